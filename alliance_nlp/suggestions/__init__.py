"""Make suggestions: codes for segments, with probability and reasons."""

from alliance_nlp.suggestions.contradictions import Contradiction, contradicted
from alliance_nlp.suggestions.orders import (
    ORDERS,
    Order,
    most_informative_first,
    most_likely_first,
)
from alliance_nlp.suggestions.suggest import suggest_codes
from alliance_nlp.suggestions.suggester import CodeSuggester
from alliance_nlp.suggestions.suggestion import Suggestion, match_of, on_offer

__all__ = [
    "ORDERS",
    "CodeSuggester",
    "Contradiction",
    "Order",
    "Suggestion",
    "contradicted",
    "match_of",
    "most_informative_first",
    "most_likely_first",
    "on_offer",
    "suggest_codes",
]
