"""Segment, theme and suggest codes for interview transcripts, for a person to confirm."""

from importlib import import_module
from typing import Any

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
    "suggest_codes": "suggestions",
    "to_frame": "export",
}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
