"""Make the errors of the library: one tree, each also the built-in that a caller expects."""


class AllianceError(Exception):
    """Any error that this library raises on purpose; its text is one sentence for the user."""


class TranscriptError(AllianceError, ValueError):
    """A transcript cannot be read."""


class CodebookError(AllianceError, ValueError):
    """A codebook cannot be read or contradicts itself."""


class CorpusError(AllianceError, ValueError):
    """A benchmark corpus cannot be read."""


class ModelError(AllianceError, ValueError):
    """An embedding model is missing, damaged or does not fit."""


class CacheError(AllianceError, OSError):
    """The cache of vectors cannot be read or written."""


class ProjectError(AllianceError, RuntimeError):
    """A project file cannot be opened, read or written."""


class TranscriptRefusedError(ProjectError):
    """One transcript cannot be added to a project; others can."""


class ExportError(AllianceError, ValueError):
    """What was asked for cannot be written in this form, or at this place."""


class TranscriptWarning(UserWarning):
    """One transcript was left out, or something in it had to be repaired."""


class ProjectWarning(UserWarning):
    """A project needs attention: where its file lies, what was refused, what is not done yet."""
