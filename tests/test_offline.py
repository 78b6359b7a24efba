"""Once installed, nothing needs the network: the demo runs with every connection refused."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

# Runs before anything else in the new interpreter, and cannot be removed afterwards.
REFUSE = Path(__file__).with_name("refuse_network.py")


def run_blocked(tmp_path, *arguments):
    (tmp_path / "blocked").mkdir(exist_ok=True)
    shutil.copy(REFUSE, tmp_path / "blocked" / "sitecustomize.py")
    inherited = os.environ.get("PYTHONPATH", "")
    path = os.pathsep.join(filter(None, [str(tmp_path / "blocked"), inherited]))
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path},
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def test_the_block_itself_works(tmp_path):
    attempt = "import socket; socket.create_connection(('192.0.2.1', 9), timeout=1)"
    done = run_blocked(tmp_path, "-c", attempt)
    assert done.returncode != 0
    assert "REFUSED" in done.stderr


def test_these_tests_run_blocked_too():
    with pytest.raises(OSError, match="the network is blocked"):
        socket.create_connection(("192.0.2.1", 9), timeout=1)


@pytest.mark.model
@pytest.mark.slow
def test_the_demo_runs_with_the_network_blocked_and_a_second_run_keeps_decisions(tmp_path):
    from alliance_nlp import Project

    done = run_blocked(tmp_path, "-m", "alliance_nlp", "demo", "--out", "demo")
    assert done.returncode == 0, done.stderr
    assert "REFUSED" not in done.stderr
    made = {path.name for path in Path(tmp_path / "demo").iterdir()}
    assert {"demo.alliance", "codings.csv", "index.html"} <= made
    with Project(tmp_path / "demo" / "demo.alliance") as project:
        first = project.suggestions[0]
        answer = project.decide(first.segment_id, first.code_id, "anna", "accept")
        n_decisions = len(project.decisions)
    again = run_blocked(tmp_path, "-m", "alliance_nlp", "demo", "--out", "demo")
    assert again.returncode == 0, again.stderr
    with Project(tmp_path / "demo" / "demo.alliance") as project:
        assert answer in project.decisions
        assert len(project.decisions) == n_decisions
