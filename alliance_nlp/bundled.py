"""Make paths to the files that travel inside the wheel: interviews, known models."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def bundled(relative: str) -> Path:
    """Return the path of a bundled file or folder, such as `'corpora/interviews'`.

    In the wheel it lies inside the package; in a checkout beside it, where there is one copy.

    >>> bundled("models/models.toml").name
    'models.toml'
    """
    inside = _PACKAGE / relative
    return inside if inside.exists() else _PACKAGE.parent / relative
