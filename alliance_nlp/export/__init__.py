"""Make tables and a page: codings for other programs, the first pass for a reader."""

from alliance_nlp.export.page import write_page
from alliance_nlp.export.tables import to_frame, write_codings

__all__ = ["to_frame", "write_codings", "write_page"]
