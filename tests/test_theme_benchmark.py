"""The measures of themes are what a hand computes, and each way of grouping gives a theme or -1."""

import json
import math
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from alliance_nlp import Code, Codebook, Segment
from alliance_nlp.benchmark.corpus import Corpus

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))
try:
    import make_tables
    import theme_measures as measures
    import theme_peers
    import themes
finally:
    sys.path.pop(0)

SUBJECTS = {
    "trust": ["I trust my nurse", "trust came slowly", "she earned my trust"],
    "time": ["there is no time", "time runs out", "too little time"],
    "food": ["the soup was cold", "we ate cold soup", "nobody liked the soup"],
}


def said(n_transcripts=6, repeats=10):
    """Return segments on three subjects in each transcript, embeddings that tell them, subjects."""
    random = np.random.default_rng(0)
    segments, subjects = [], []
    for transcript in range(n_transcripts):
        for number in range(repeats * len(SUBJECTS)):
            subject = number % len(SUBJECTS)
            line = list(SUBJECTS.values())[subject][number // len(SUBJECTS) % 3]
            name = f"p{transcript:02}"
            place = f"{name}:{number}-{number + 1}"
            language = "en" if number % 2 else "sv"
            segments.append(
                Segment(place, name, number, number + 1, f"{line} {number}", language=language)
            )
            subjects.append(subject)
    rows = np.eye(16)[subjects] + 0.05 * random.normal(size=(len(segments), 16))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return segments, rows.astype(np.float32), np.array(subjects)


def corpus_of(segments, applied, name="sib200"):
    codebook = Codebook([Code(f"c{k}", f"code {k}") for k in range(applied.shape[1])])
    return Corpus(name, tuple(segments), codebook, applied.astype(np.int8))


def codes(*columns):
    return np.array(columns, dtype=bool).T


def test_the_best_theme_for_a_code_is_the_one_with_the_largest_f1():
    labels = np.array([0, 0, 0, 1, 1, -1])
    applied = codes([1, 1, 0, 1, 0, 0], [0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 0, 1], [0] * 6)
    best = measures.best_f1(labels, applied)
    # Theme 0 holds 2 of 3 with 3 members: 4/6. Theme 1 holds 1 of 2 with 2 members: 2/4.
    assert best[:3] == pytest.approx([2 / 3, 1 / 2, 0])
    assert math.isnan(best[3])


def test_a_segment_that_counts_twice_is_the_same_as_two_segments():
    random = np.random.default_rng(1)
    labels, applied = random.integers(-1, 4, 40), random.random((40, 5)) < 0.3
    times = random.integers(0, 3, 40)
    again = np.repeat(np.arange(40), times)
    weighed = measures.best_f1(labels, applied, times.astype(float))
    assert weighed == pytest.approx(measures.best_f1(labels[again], applied[again]))


def test_without_themes_no_code_is_found():
    assert measures.best_f1(np.full(3, -1), codes([1, 1, 0])).tolist() == [0.0]


def test_numbers_that_no_segment_has_are_no_themes():
    labels, applied = np.array([5, 5, -1]), codes([1, 1, 0])
    assert measures.best_f1(labels, applied).tolist() == [1.0]
    assert measures.alike_in_languages(labels, ["en", "sv", "en"]) == (1.0, 1.0)


def test_codes_agree_over_segments_with_exactly_one_code():
    applied = codes([1, 1, 0, 0, 1, 0], [0, 0, 1, 1, 1, 0])
    # The last two have two codes and none, and would not agree.
    assert measures.agreement(np.array([7, 7, 3, 3, 3, 7]), applied) == pytest.approx(1)
    assert measures.agreement(np.array([7, 3, 7, 3, 3, 7]), applied) < 0.1
    # Outside is a label of its own.
    assert measures.agreement(np.array([-1, -1, 3, 3, 3, 7]), applied) == pytest.approx(1)
    assert math.isnan(measures.agreement(np.array([1]), codes([0])))


def test_themes_are_alike_in_languages_within_a_factor_of_two():
    languages = ["en"] * 6 + ["zh"] * 3
    # Chinese is a third of all: a half in theme 0, two of three in theme 1, none in theme 2.
    labels = np.array([0, 0, 1, 2, 2, -1, 0, 1, 1])
    labels[6:] = [0, 1, 1]
    assert measures.alike_in_languages(labels, languages) == (2 / 3, 6 / 8)
    labels[5] = 2
    assert measures.alike_in_languages(labels, languages) == (2 / 3, 6 / 9)
    assert all(math.isnan(one) for one in measures.alike_in_languages(labels * 0 - 1, languages))


def test_a_draw_keeps_whole_transcripts_two_at_least():
    segments, _, _ = said(n_transcripts=10)
    for draw in range(3):
        rows = measures.resampled(segments, draw)
        kept = {segments[row].transcript_id for row in rows}
        assert len(kept) == 8
        assert rows.tolist() == [k for k, one in enumerate(segments) if one.transcript_id in kept]
        assert np.array_equal(rows, measures.resampled(segments, draw))
    two, _, _ = said(n_transcripts=2)
    assert len(measures.resampled(two, 0)) == len(two)


def test_the_interval_draws_transcripts_and_holds_the_value():
    segments, _, subjects = said(n_transcripts=12)
    labels = np.where(np.random.default_rng(0).random(len(segments)) < 0.2, -1, subjects)
    applied = np.eye(3, dtype=bool)[subjects]
    corpus = corpus_of(segments, applied)
    value = measures.best_f1(labels, applied).mean()
    bounds = themes.f1_interval([labels], corpus)
    assert value - 0.05 < bounds["low"] < value < bounds["high"] < value + 0.05
    few = corpus_of(segments[:60], applied[:60])
    assert themes.f1_interval([labels[:60]], few) == {"low": None, "high": None}


def test_codes_that_are_hardly_used_are_not_looked_for():
    segments, _, subjects = said()
    applied = np.column_stack([np.eye(3, dtype=bool)[subjects], np.arange(len(segments)) < 9])
    corpus = corpus_of(segments, applied)
    assert themes.measured_codes(corpus).shape[1] == 3
    found = themes.of_run(subjects, corpus)
    assert (found["best_f1"], found["recovered"], found["themes"]) == (1, 1, 3)
    assert found["outside"] == 0


def test_what_is_always_the_same_is_stable_and_nothing_has_no_stability():
    segments, _, subjects = said()
    runs = {"whole-0": subjects, "shuffled": subjects}
    for draw in range(measures.DRAWS):
        part = np.full(len(segments), -1)
        rows = measures.resampled(segments, draw)
        part[rows] = subjects[rows]
        runs[f"draw-{draw}"] = part
    found = themes.stability(runs, segments)
    assert found == {"resampled": pytest.approx(1), "shuffled": pytest.approx(1), "again": None}
    again = themes.stability({**runs, "whole-1": subjects[::-1]}, segments)
    assert again["again"] == pytest.approx(measures.mutual_information(subjects, subjects[::-1]))
    runs["whole-0"] = np.full(len(segments), -1)
    assert set(themes.stability(runs, segments).values()) == {None}


@pytest.mark.parametrize("name", ["kmeans", "hdbscan", theme_peers.OURS])
def test_each_method_finds_three_clear_subjects(name):
    segments, rows, subjects = said()
    labels = theme_peers.METHODS[name].group(segments, rows, 3, 0)
    assert labels.shape == subjects.shape
    assert measures.best_f1(labels, np.eye(3, dtype=bool)[subjects]).min() > 0.8


def test_one_theme_holds_everything():
    segments, rows, _ = said()
    assert not theme_peers.METHODS["one_theme"].group(segments, rows, 3, 0).any()


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of the packages under it, not of ours
def test_bertopic_finds_three_clear_subjects_with_its_defaults():
    if find_spec("bertopic") is None:
        pytest.skip("BERTopic is compared with only where the extra `benchmarks` is")
    segments, rows, subjects = said()
    group = theme_peers.METHODS["bertopic"].group
    labels = group(segments, rows, 3, 0)
    assert labels.shape == subjects.shape
    assert measures.best_f1(labels, np.eye(3, dtype=bool)[subjects]).min() > 0.8
    assert np.array_equal(labels, group(segments, rows, 3, 0))  # the seed is all its chance


def test_more_segments_than_there_are_come_again_with_noise_under_other_names():
    segments, rows, _ = said(n_transcripts=1, repeats=4)
    chosen, vectors = themes.enlarged(segments, rows, 30)
    assert len({one.id for one in chosen}) == len(chosen) == len(vectors) == 30
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(30), abs=1e-6)
    assert sorted(one.text for one in chosen[:12]) == sorted(one.text for one in segments)
    assert [one.text for one in chosen[12:24]] == [one.text for one in chosen[:12]]
    cosines = (vectors[12:24] * vectors[:12]).sum(axis=1)
    assert np.all((cosines > 0.95) & (cosines < 1))
    assert len({one.transcript_id for one in chosen}) == 3


def test_what_was_kept_replaces_what_is_stored_and_the_rest_stays(tmp_path, monkeypatch):
    segments, rows, subjects = said()
    corpus = corpus_of(segments, np.eye(3, dtype=bool)[subjects])
    monkeypatch.setattr(themes, "read_corpus", lambda folder: corpus)
    monkeypatch.setattr(themes, "embed", lambda segments: rows)
    themes.measure_alone("sib200", "kmeans", tmp_path, tmp_path / "work")
    assert list(themes.missing(["sib200"], ["kmeans", "hdbscan"], tmp_path / "work")) == [
        ("sib200", "hdbscan")
    ]
    stored = {
        "sib200": {"methods": [{"method": "bertopic"}, {"method": "kmeans"}]},
        "annomi": {"segments": 7, "methods": [{"method": "bertopic"}]},
        "_scaling": [{"method": "bertopic", "n": 1_000}],
    }
    found = themes.gather(tmp_path, tmp_path / "work", stored)
    kmeans, bertopic = found["sib200"]["methods"]
    assert bertopic == {"method": "bertopic"}
    assert kmeans["best_f1"]["value"] == kmeans["ami"]["value"] == pytest.approx(1)
    assert kmeans["made_with"]["scikit-learn"]
    assert found["sib200"]["codes_measured"] == 3
    assert found["annomi"] == stored["annomi"]
    assert found["_scaling"] == stored["_scaling"]
    themes.forget(["sib200"], ["kmeans"], [1_000], tmp_path / "work")
    assert list(themes.missing(["sib200"], ["kmeans"], tmp_path / "work")) == [("sib200", "kmeans")]


@pytest.mark.slow
def test_a_method_that_takes_too_long_is_ended_and_said_so(monkeypatch):
    monkeypatch.setattr(themes, "MOST_SECONDS", 0.5)
    slow = [sys.executable, "-c", "import time; time.sleep(60)"]
    assert themes.scale("kmeans", 1_000, slow) == "not done after 0.5 seconds"
    killed = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]
    monkeypatch.setattr(themes, "MOST_SECONDS", 60)
    assert themes.scale("kmeans", 1_000, killed) == "ended by the system, out of memory"
    with pytest.raises(subprocess.CalledProcessError):
        themes.scale("kmeans", 1_000, [sys.executable, "-c", "raise SystemExit(3)"])


def test_a_table_says_what_did_not_come_to_an_end():
    done = {"method": "kmeans", "n": 1_000, "ended": "", "seconds": 2.0, "processor_seconds": 1.5}
    done |= {"peak_memory_bytes": 2**30, "themes": 50}
    ended = {"method": "hdbscan", "n": 100_000, "ended": "not done after 1,200 seconds"}
    table = make_tables.theme_scaling_table({"_scaling": [done, ended]})
    assert "| 1,000 | 2.0 | 1.5 | 1,024 | 50 |" in table
    assert "| HDBSCAN | 100,000 | not done after 1,200 seconds | – | – | – |" in table


def test_a_figure_of_several_runs_shows_the_least_and_the_most():
    assert make_tables.ranged({"value": 0.25, "least": 0.2, "most": 0.3}) == "0.250 [0.200–0.300]"
    assert make_tables.ranged({"value": 7.0, "least": 7.0, "most": 7.0}, "{:.0f}") == "7"
    assert make_tables.ranged({"value": None, "least": None, "most": None}) == "–"


def test_stored_rows_say_what_they_were_measured_with():
    stored = json.loads((ROOT / "benchmarks" / "themes.json").read_text(encoding="utf-8"))
    assert set(stored) <= {*themes.CORPORA, "_scaling"}
    rows = [row for name in stored.keys() - {"_scaling"} for row in stored[name]["methods"]]
    for row in [*rows, *stored["_scaling"]]:
        needed = theme_peers.METHODS[row["method"]].distributions
        assert {"python", "numpy", *needed} <= row["made_with"].keys()
