"""Make themes: clusters of segments that are offered for interpretation."""

from alliance_nlp.themes.comparison import (
    Comparison,
    SharedCode,
    SplitCode,
    UncoveredTheme,
    compare_with_codebook,
)
from alliance_nlp.themes.drafts import draft_code
from alliance_nlp.themes.find import find_themes
from alliance_nlp.themes.matching import ThemeName, match_names
from alliance_nlp.themes.theme import Theme
from alliance_nlp.themes.tree import Level

__all__ = [
    "Comparison",
    "Level",
    "SharedCode",
    "SplitCode",
    "Theme",
    "ThemeName",
    "UncoveredTheme",
    "compare_with_codebook",
    "draft_code",
    "find_themes",
    "match_names",
]
