"""The numbers of benchmarks: those of the protocol, and the tables those of the stored results."""

import csv
import json
import subprocess
import sys
from functools import partial
from importlib import import_module
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

import alliance_nlp
from alliance_nlp import CodeSuggester, embed, read_corpus
from alliance_nlp.benchmark import evaluate, find_all, walk
from alliance_nlp.benchmark.baselines import BASELINES

ROOT = Path(__file__).parents[1]
BUDGETS = (0, 5, 20)
SEEDS = 2
WORDS = {
    "Trust": ["trust", "confide", "safe", "rely", "honest", "open"],
    "Haste": ["hurry", "minutes", "clock", "late", "rushed", "schedule"],
    "Goals": ["walk", "aim", "goal", "plan", "stairs", "reach"],
    "Grief": ["loss", "cry", "miss", "sad", "gone", "night"],
    "Unused": ["never"],
}
USES = {"Trust": 0.3, "Haste": 0.15, "Goals": 0.15, "Grief": 0.1}
FILLER = ["and", "then", "we", "sat", "there", "with", "tea", "while", "it", "rained", "outside"]


def script(name):
    """Import a script of benchmarks/, which is no package."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        return import_module(name)
    finally:
        sys.path.pop(0)


@pytest.fixture(scope="module")
def protocol():
    return script("protocol")


@pytest.fixture
def generated(tmp_path):
    """Write a corpus of eight interviews in which words tell the codes, not always."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "generated"
    folder.mkdir()
    rows = []
    for document in range(8):
        for number in range(18):
            codes = [name for name, share in USES.items() if rng.random() < share]
            said = [str(rng.choice(WORDS[code])) for code in codes for _ in range(2)]
            said += [*rng.choice(FILLER, 4), rng.choice(WORDS[str(rng.choice(list(WORDS)))])]
            speaker = "participant" if number % 3 else "interviewer"
            rng.shuffle(said)
            place = [f"d{document}", f"d{document}_{number}", speaker]
            rows.append([*place, " ".join(said), "|".join(codes), "en"])
    with (folder / "data.csv").open("w", encoding="utf-8", newline="") as file:
        header = ["doc_id", "seg_id", "speaker", "text", "codes", "lang"]
        csv.writer(file).writerows([header, *rows])
    with (folder / "codebook.csv").open("w", encoding="utf-8", newline="") as file:
        defined = [[name, " ".join(words[:3])] for name, words in WORDS.items()]
        csv.writer(file).writerows([["code", "definition"], *defined])
    return folder


def assert_the_same(protocol, theirs, ours, folder, model):
    assert_the_same_curve(protocol, theirs, ours, folder, model)
    assert_the_same_labour(protocol, theirs, ours, folder, model)


def assert_the_same_curve(protocol, theirs, ours, folder, model):
    corpus = read_corpus(folder)
    embeddings = embed(corpus.segments, model=model)
    rows = []
    for seed in range(SEEDS):
        shuffled = protocol.shuffled_corpus(alliance_nlp, folder, seed)
        rows += protocol.learning_curve(theirs, shuffled, embeddings, BUDGETS, seed)
    budgets = (*BUDGETS, "all")
    found = list(evaluate(corpus, methods={"m": ours}, budgets=budgets, seeds=SEEDS, model=model))
    assert [(row["seed"], row["n"]) for row in rows] == [(one.seed, one.budget) for one in found]
    for row, one in zip(rows, found, strict=True):
        figures = {
            "recall_at_1": one.recall_at_1,
            "recall_at_5": one.recall_at_5,
            "map": one.mean_average_precision,
            "ece": one.calibration_error,
            "ece_floor": one.calibration_floor,
            "brier": one.brier_score,
        }
        for name, figure in figures.items():
            assert figure == pytest.approx(row[name], rel=0, abs=1e-9, nan_ok=True), name


def assert_the_same_labour(protocol, theirs, ours, folder, model):
    corpus = read_corpus(folder)
    embeddings = embed(corpus.segments, model=model)
    walks = []
    for seed in range(SEEDS):
        shuffled = protocol.shuffled_corpus(alliance_nlp, folder, seed)
        walks.append(protocol.walk(theirs, shuffled, embeddings, seed))
    saved = protocol.work_saved(theirs, shuffled, embeddings)
    ours_walked = [
        walk(corpus, ours, method="m", seed=seed, model=model).share for seed in range(SEEDS)
    ]
    assert ours_walked == pytest.approx(walks, rel=0, abs=1e-9)
    searches = find_all(corpus, ours, method="m", seeds=SEEDS, model=model)
    ours_saved = np.mean([search.work_saved for search in searches])
    assert ours_saved == pytest.approx(saved, rel=0, abs=1e-9)


def test_a_generated_corpus_gives_the_numbers_of_the_protocol(protocol, generated, encoder):
    ours = partial(CodeSuggester, model=encoder)
    assert_the_same(protocol, ours, ours, generated, encoder)


@pytest.mark.parametrize("name", ["prior", "logistic", "centred"])
def test_baselines_give_the_numbers_of_the_protocol(protocol, generated, encoder, name):
    assert_the_same(protocol, protocol.BASELINES[name], BASELINES[name], generated, encoder)


@pytest.mark.model
@pytest.mark.usefixtures("embedded")
def test_the_bundled_interviews_give_the_numbers_of_the_protocol(protocol):
    folder = ROOT / "corpora" / "interviews-coded"
    assert_the_same(protocol, CodeSuggester, CodeSuggester, folder, None)
    for name in ("cosine", "z"):  # in one test: the segments are embedded once
        assert_the_same_curve(protocol, protocol.BASELINES[name], BASELINES[name], folder, None)


def test_the_copy_of_the_protocol_measures_as_the_library_does(protocol):
    from alliance_nlp.benchmark import measures

    rng = np.random.default_rng(0)
    for n_segments, n_codes in [(40, 7), (12, 30), (3, 2)]:
        y = rng.random((n_segments, n_codes)) < 0.2
        p = rng.random(y.shape).round(2)  # with ties
        pairs = [
            (measures.recall_at(y, p, 1), protocol.recall_at(p, y, 1)),
            (measures.recall_at(y, p, 5), protocol.recall_at(p, y, 5)),
            (measures.mean_average_precision(y, p), protocol.mean_average_precision(p, y)),
            (measures.calibration_error(y, p), protocol.calibration_error(*protocol.shown(p, y))),
            (measures.calibration_floor(y, p), protocol.calibration_floor(protocol.shown(p, y)[0])),
            (measures.brier_score(y, p), float(np.mean((p - y) ** 2))),
        ]
        for ours, theirs in pairs:
            assert ours == pytest.approx(theirs, rel=0, abs=1e-12, nan_ok=True)


@pytest.fixture(scope="module")
def teaching():
    return script("teaching")


@pytest.mark.parametrize("name", ["random", "document", "likely", "informative"])
def test_each_order_reads_segments_of_the_pool_once(teaching, generated, encoder, name):
    corpus = read_corpus(generated)
    embeddings = embed(corpus.segments, model=encoder)
    pool = np.random.default_rng(3).permutation(len(corpus.segments))[:70]
    make = partial(CodeSuggester, model=encoder)
    read = teaching.READING[name](corpus, embeddings, make, pool, 45)
    assert len(set(read)) == len(read) == 45
    assert set(read) <= set(pool)
    if name == "document":
        interviews = [corpus.segments[row].transcript_id for row in read]
        assert len(list(groupby(interviews))) == len(set(interviews))


def test_human_rationales_are_found_in_the_segment_that_they_are_of(teaching, generated):
    corpus = read_corpus(generated)
    with (generated / "data.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (generated / "rationales.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["seg_id", "seeker_post", "rationales_json"])
        for row in rows:
            said = {name: f"{row['text'][2:9]}|" for name in row["codes"].split("|") if name}
            writer.writerow([row["seg_id"], "", json.dumps(said)])
    found = teaching.human_rationales(corpus, generated)
    assert len(found) == (corpus.labels == 1).sum()
    segments = {segment.id: segment.text for segment in corpus.segments}
    for (segment_id, _), ((start, end),) in found.items():
        assert segments[segment_id][start:end] == segments[segment_id][2:9].strip()
    assert teaching.overlap((0, 3), [(2, 9)])
    assert not teaching.overlap((0, 2), [(2, 9)])


def test_the_tables_are_those_of_the_stored_results():
    script = ROOT / "benchmarks" / "make_tables.py"
    done = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
