"""Make suggestions: codes for segments, with probability and reasons."""

from alliance_nlp.suggestions.suggest import suggest_codes
from alliance_nlp.suggestions.suggester import CodeSuggester
from alliance_nlp.suggestions.suggestion import Suggestion, match_of, on_offer

__all__ = ["CodeSuggester", "Suggestion", "match_of", "on_offer", "suggest_codes"]
