"""Make themes: clusters of segments that are offered for interpretation."""

from alliance_nlp.themes.find import find_themes
from alliance_nlp.themes.matching import ThemeName, match_names
from alliance_nlp.themes.theme import Theme

__all__ = ["Theme", "ThemeName", "find_themes", "match_names"]
