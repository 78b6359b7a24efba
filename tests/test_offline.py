"""Once installed, nothing needs the network: the demo runs with every connection refused."""

import shutil
import socket

import pytest
from offline import run_offline

from alliance_nlp import Project


def test_the_block_itself_works(tmp_path):
    attempt = "import socket; socket.create_connection(('192.0.2.1', 9), timeout=1)"
    done = run_offline(tmp_path, "-c", attempt)
    assert done.returncode != 0
    assert "REFUSED" in done.stderr


def test_these_tests_run_blocked_too():
    with pytest.raises(OSError, match="the network is blocked"):
        socket.create_connection(("192.0.2.1", 9), timeout=1)


@pytest.mark.model
@pytest.mark.slow
def test_the_demo_runs_in_an_empty_folder_with_the_network_blocked(real_demo):
    folder, done = real_demo
    assert "REFUSED" not in done.stderr
    assert all(line.endswith("…") for line in done.stderr.splitlines())  # steps and nothing else
    assert "Suggested codes" in done.stdout
    made = {path.name for path in (folder / "alliance-demo").iterdir()}
    assert {"demo.alliance", "codings.csv", "index.html"} <= made
    with Project(folder / "alliance-demo" / "demo.alliance") as project:
        assert project.suggestions_model == "bundled"
        assert len(project.themes) > 1


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.usefixtures("embedded")
def test_a_second_run_of_the_demo_keeps_decisions(real_demo, tmp_path):
    shutil.copytree(real_demo[0] / "alliance-demo", tmp_path / "demo")
    with Project(tmp_path / "demo" / "demo.alliance") as project:
        first = project.suggestions[0]
        answer = project.decide(first.segment_id, first.code_id, "anna", "accept")
        n_decisions = len(project.decisions)
    again = run_offline(tmp_path, "-m", "alliance_nlp", "demo", "--out", "demo")
    assert again.returncode == 0, again.stderr
    with Project(tmp_path / "demo" / "demo.alliance") as project:
        assert answer in project.decisions
        assert len(project.decisions) == n_decisions
