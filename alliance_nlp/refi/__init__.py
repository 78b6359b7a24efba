"""Write REFI-QDA 1.5: codebooks (.qdc) and projects (.qdpx) that other analysis tools open.

Both writers return what the format could not carry, as sentences for the user.  Identifiers are
derived from what they stand for, so two exports of one study name the same things alike and can be
merged.  Equal input gives equal bytes.
"""

from alliance_nlp.refi.codebook import write_codebook_qdc
from alliance_nlp.refi.project import write_project_qdpx

__all__ = ["write_codebook_qdc", "write_project_qdpx"]
