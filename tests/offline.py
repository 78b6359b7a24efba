"""A new Python interpreter in which every connection is refused."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import alliance_nlp

# Runs before anything else in the new interpreter, and cannot be removed afterwards.
REFUSE = Path(__file__).with_name("refuse_network.py")
# Where the package of these tests lies, so that the new interpreter has the same one.
HOME = str(Path(alliance_nlp.__file__).parents[1])


def run_offline(folder, *arguments):
    """Run Python with these arguments in a folder; return what it printed and how it ended."""
    with TemporaryDirectory() as blocked:
        shutil.copy(REFUSE, Path(blocked) / "sitecustomize.py")
        path = os.pathsep.join(filter(None, [blocked, HOME, os.environ.get("PYTHONPATH")]))
        return subprocess.run(
            [sys.executable, *arguments],
            env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
