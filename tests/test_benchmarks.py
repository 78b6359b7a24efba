"""The tables in the documents are those of the stored results."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_tables_are_those_of_the_stored_results():
    script = ROOT / "benchmarks" / "make_tables.py"
    done = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_library_measures_what_the_protocol_measures():
    import numpy as np

    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import protocol
    finally:
        sys.path.pop(0)
    from alliance_nlp.benchmark import measures

    rng = np.random.default_rng(0)
    for n_segments, n_codes in [(40, 7), (12, 30), (3, 2)]:
        y = rng.random((n_segments, n_codes)) < 0.2
        p = rng.random(y.shape).round(2)  # with ties
        for k in (1, 5):
            assert np.isclose(
                measures.recall_at(y, p, k), protocol.recall_at(p, y, k), equal_nan=True
            )
        pairs = [
            (measures.mean_average_precision(y, p), protocol.mean_average_precision(p, y)),
            (measures.calibration_error(y, p), protocol.calibration_error(*protocol.shown(p, y))),
            (measures.brier_score(y, p), float(np.mean((p - y) ** 2))),
        ]
        for ours, theirs in pairs:
            assert np.isclose(ours, theirs, rtol=0, atol=1e-12, equal_nan=True)
