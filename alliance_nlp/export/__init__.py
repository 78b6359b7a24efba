"""Make tables, pictures and pages: codings for other programs, the first pass for a reader."""

from alliance_nlp.export.frames import segments_to_frame, spread_to_frame, themes_to_frame
from alliance_nlp.export.page import write_page
from alliance_nlp.export.tables import to_frame, write_codings
from alliance_nlp.export.themes import folder_for, write_theme_pictures

__all__ = [
    "folder_for",
    "segments_to_frame",
    "spread_to_frame",
    "themes_to_frame",
    "to_frame",
    "write_codings",
    "write_page",
    "write_theme_pictures",
]
