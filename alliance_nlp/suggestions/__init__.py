"""Make suggestions: codes for segments, with probability and reasons."""

from alliance_nlp.suggestions.suggestion import Suggestion

__all__ = ["Suggestion"]
