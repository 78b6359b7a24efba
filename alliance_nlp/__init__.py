"""Segment, theme and suggest codes for interview transcripts, for a person to confirm."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # editors and type checkers follow no __getattr__
    from alliance_nlp.benchmark import read_corpus as read_corpus
    from alliance_nlp.codebook import Code as Code
    from alliance_nlp.codebook import Codebook as Codebook
    from alliance_nlp.codebook import read_codebook as read_codebook
    from alliance_nlp.codings import Coding as Coding
    from alliance_nlp.codings import Memo as Memo
    from alliance_nlp.decisions import Decision as Decision
    from alliance_nlp.decisions import Review as Review
    from alliance_nlp.embeddings import embed as embed
    from alliance_nlp.export import segments_to_frame as segments_to_frame
    from alliance_nlp.export import themes_to_frame as themes_to_frame
    from alliance_nlp.export import to_frame as to_frame
    from alliance_nlp.project import Project as Project
    from alliance_nlp.segments import Segment as Segment
    from alliance_nlp.segments import segment as segment
    from alliance_nlp.suggestions import CodeSuggester as CodeSuggester
    from alliance_nlp.suggestions import Suggestion as Suggestion
    from alliance_nlp.suggestions import suggest_codes as suggest_codes
    from alliance_nlp.themes import Theme as Theme
    from alliance_nlp.themes import find_themes as find_themes
    from alliance_nlp.transcripts import Transcript as Transcript
    from alliance_nlp.transcripts import Turn as Turn
    from alliance_nlp.transcripts import read_transcripts as read_transcripts

__version__ = "0.1.0"

# Imported when first used, so that `import alliance_nlp` costs nothing.
_HOMES = {
    "Code": "codebook",
    "CodeSuggester": "suggestions",
    "Codebook": "codebook",
    "Coding": "codings",
    "Decision": "decisions",
    "Memo": "codings",
    "Project": "project",
    "Review": "decisions",
    "Segment": "segments",
    "Suggestion": "suggestions",
    "Theme": "themes",
    "Transcript": "transcripts",
    "Turn": "transcripts",
    "embed": "embeddings",
    "find_themes": "themes",
    "read_codebook": "codebook",
    "read_corpus": "benchmark",
    "read_transcripts": "transcripts",
    "segment": "segments",
    "segments_to_frame": "export",
    "suggest_codes": "suggestions",
    "themes_to_frame": "export",
    "to_frame": "export",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
