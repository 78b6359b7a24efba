"""Evaluations: what is decided, what is measured, what is kept; and the labour that is saved."""

import json
from dataclasses import replace
from functools import partial
from typing import ClassVar

import numpy as np
import pytest

from alliance_nlp import Code, Codebook, CodeSuggester, Segment
from alliance_nlp.benchmark import Corpus, evaluate, find_all, measure, summarise, walk
from alliance_nlp.benchmark.baselines import Prior
from alliance_nlp.benchmark.evaluation import split
from alliance_nlp.benchmark.summary import made_with, results_json
from alliance_nlp.errors import CorpusError

N_CODES = 4


class Remembering(Prior):
    """Knows nothing of the text, and remembers what it was given."""

    given: ClassVar = []

    def fit(self, segments, labels, *, embeddings):
        Remembering.given.append(labels.copy())
        return super().fit(segments, labels, embeddings=embeddings)


class Oracle(Prior):
    """Knows the first code of every text, since it is written there."""

    def predict_proba(self, segments, *, embeddings):
        ids = [code.id for code in self.codebook]
        p = np.full((len(segments), len(ids)), 0.01)
        for row, segment in enumerate(segments):
            p[row, ids.index(segment.text[:2])] = 0.99
        return p


class Constant(Prior):
    """Gives the same probability to everything."""

    def __init__(self, codebook, share=0.5):
        super().__init__(codebook)
        self.share = share

    def predict_proba(self, segments, *, embeddings):
        return np.full((len(segments), len(self.codebook)), self.share)

    def remake(self, codebook):
        return Constant(codebook, self.share)


@pytest.fixture(autouse=True)
def forgotten():
    Remembering.given.clear()


@pytest.fixture
def corpus():
    """Return six interviews of 15 segments, one code to each; the text begins with its id."""
    rng = np.random.default_rng(0)
    segments, labels = [], np.zeros((90, N_CODES), dtype=np.int8)
    for row in range(90):
        document, number = f"p{row // 15}", row % 15
        code = int(rng.integers(N_CODES))
        labels[row, code] = 1
        place = f"{document}:{10 * number}-{10 * number + 9}"
        text = f"c{code} said {number}"
        language = "sv" if row % 2 else "en"
        segments.append(
            Segment(place, document, 10 * number, 10 * number + 9, text, language=language)
        )
    codebook = Codebook([Code(f"c{k}", f"Code {k}", f"About {k}") for k in range(N_CODES)])
    return Corpus("pilot", tuple(segments), codebook, labels)


def remembered(corpus, encoder, **options):
    methods = {"remembering": Remembering}
    return list(evaluate(corpus, methods=methods, model=encoder, **options))


def test_of_the_test_interviews_nothing_is_known_and_of_the_others_the_budget(corpus, encoder):
    found = remembered(corpus, encoder, budgets=(0, 10, "all"), seeds=2)
    fits = {(g >= 0).any(axis=1).sum(): g for g in Remembering.given}
    assert sorted(fits) == [0, 10, 75]
    for one in found:
        tested = {corpus.segments[row].transcript_id for row in one.rows}
        assert len(tested) == 1
        assert len(one.rows) == 15
        for labels in Remembering.given:
            assert set(np.unique(labels)) <= {-1, 0, 1}
    for seed in range(2):
        test, pool = split(corpus, seed)
        assert not set(test) & set(pool)
        assert sorted({*test, *pool}) == list(range(90))


def test_a_budget_beyond_the_corpus_is_all_of_it(corpus, encoder):
    found = remembered(corpus, encoder, budgets=(20, 5000), seeds=1)
    assert [(one.budget, one.n_decided) for one in found] == [(20, 20), ("all", 75)]


def test_a_negative_budget_is_refused(corpus, encoder):
    with pytest.raises(ValueError, match="from 0 on, or 'all'"):
        list(evaluate(corpus, model=encoder, budgets=(-5,)))


def test_columns_are_in_another_order_for_each_seed_and_named(corpus, encoder):
    found = list(evaluate(corpus, methods={"o": Oracle}, model=encoder, budgets=(0,), seeds=4))
    assert len({one.code_ids for one in found}) > 1
    assert all(one.recall_at_1 == one.mean_average_precision == 1 for one in found)


def test_segments_that_nobody_read_completely_are_neither_test_nor_decided(corpus, encoder):
    corpus.labels[:40] = -1
    corpus.labels[0, 2] = 1  # one answer, not a complete reading
    found = remembered(corpus, encoder, budgets=("all",), seeds=3)
    for one in found:
        assert one.rows.min() >= 40
        assert one.n_test + one.n_decided == 50
    for labels in Remembering.given:
        assert len(labels) == 90  # the text of all is seen
        assert (labels[:40] == -1).all()


def test_one_interview_that_was_read_is_too_few(corpus, encoder):
    corpus.labels[15:] = -1
    with pytest.raises(CorpusError, match="pilot: at least two interviews that were read"):
        list(evaluate(corpus, model=encoder))
    with pytest.raises(CorpusError, match="at least two interviews"):
        walk(corpus, Prior, method="prior", model=encoder)


def test_a_run_that_was_stopped_goes_on(corpus, encoder, tmp_path):
    options = {"budgets": (0, 10), "seeds": 2, "keep": tmp_path / "kept"}
    methods = {"remembering": Remembering}
    stopped = evaluate(corpus, methods=methods, model=encoder, **options)
    first = next(stopped)
    stopped.close()
    before = len(Remembering.given)
    found = remembered(corpus, encoder, **options)
    assert np.array_equal(found[0].estimate, first.estimate)
    assert found[0].seconds == first.seconds
    n_fits = len(Remembering.given) - before
    assert n_fits == 3 + 2  # what was missing, and once for each seed to warm up
    again = remembered(corpus, encoder, **options)
    assert len(Remembering.given) - before == n_fits
    assert [one.recall_at_5 for one in again] == [one.recall_at_5 for one in found]


@pytest.mark.parametrize("change", ["text", "label", "code", "method"])
def test_nothing_is_kept_of_another_corpus_or_method(corpus, encoder, tmp_path, change):
    options = {"budgets": (0,), "seeds": 1, "keep": tmp_path, "model": encoder}
    list(evaluate(corpus, methods={"m": Remembering}, **options))
    method = Remembering
    if change == "text":
        altered = (replace(corpus.segments[0], text="c0 changed"), *corpus.segments[1:])
        corpus = replace(corpus, segments=altered)
    elif change == "label":
        corpus.labels[0] = 1
    elif change == "code":
        reworded = [replace(code, definition="Otherwise") for code in corpus.codebook]
        corpus = replace(corpus, codebook=Codebook(reworded))
    else:
        method = partial(Remembering, model="another")
    Remembering.given.clear()
    list(evaluate(corpus, methods={"m": method}, **options))
    assert Remembering.given


@pytest.mark.parametrize("left", [0, 10, -40])
def test_half_of_a_kept_result_is_measured_again(corpus, encoder, tmp_path, left):
    options = {"budgets": (0,), "seeds": 1, "keep": tmp_path}
    remembered(corpus, encoder, **options)
    (path,) = tmp_path.glob("*.npz")
    path.write_bytes(path.read_bytes()[:left])
    Remembering.given.clear()
    remembered(corpus, encoder, **options)
    assert Remembering.given


def made_with_share(share):
    return lambda codebook: Constant(codebook, share=share)


@pytest.mark.parametrize(
    "making", [partial(partial, Constant), made_with_share], ids=["partial", "closure"]
)
def test_another_option_is_another_result(corpus, encoder, tmp_path, making):
    def first_estimate(**option):
        methods = {"m": making(**option)}
        options = {"budgets": (0,), "seeds": 1, "keep": tmp_path, "model": encoder}
        return next(evaluate(corpus, methods=methods, **options)).estimate[0, 0]

    assert [first_estimate(share=share) for share in (0.25, 0.5, 0.25)] == [0.25, 0.5, 0.25]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_method_that_is_in_no_file_is_not_kept(corpus, encoder, tmp_path):
    typed = {}
    exec(
        compile("def make(codebook): return Prior(codebook)", "<cell>", "exec"),
        {"Prior": Prior},
        typed,
    )
    for make in (typed["make"], Constant(corpus.codebook).remake):
        options = {"methods": {"m": make}, "model": encoder, "budgets": (0,), "seeds": 1}
        with pytest.raises(ValueError, match="write it into a module, or keep no results"):
            next(evaluate(corpus, keep=tmp_path, **options))
        assert next(evaluate(corpus, **options)).n_test == 15


def test_a_method_that_gives_no_numbers_is_refused(corpus, encoder):
    class Broken(Prior):
        def predict_proba(self, segments, *, embeddings):
            return np.full((len(segments), N_CODES), np.nan)

    with pytest.raises(ValueError, match=r"Broken\.predict_proba .* not all are numbers"):
        list(evaluate(corpus, methods={"b": Broken}, model=encoder, budgets=(0,), seeds=1))


def test_a_walk_that_always_offers_the_code_takes_everything_over(corpus, encoder):
    found = walk(corpus, Oracle, method="oracle", model=encoder)
    assert (found.share, found.read) == (1.0, (0, 25, 50, 75))
    assert sum(found.codings) == 90


def test_a_search_that_knows_the_answer_reads_little_more_than_it_finds(corpus, encoder):
    corpus.labels[:, 0] = 0
    corpus.labels[::6, 0] = 1  # 15 of 90
    marked = [
        replace(s, text="c0" if row % 6 == 0 else "c1") for row, s in enumerate(corpus.segments)
    ]
    corpus = replace(corpus, segments=tuple(marked))
    (found,) = (
        one
        for one in find_all(corpus, Oracle, method="oracle", model=encoder)
        if one.code_id == "c0"
    )
    assert (found.read, found.found) == ((10, 20), (10, 15))
    assert found.in_order == (2, 4)  # rows 0 and 6; 12 and 18
    assert found.work_saved == pytest.approx(0.95 - 20 / 90)


def test_a_walk_and_a_search_are_kept(corpus, encoder, tmp_path):
    how = {"model": encoder, "keep": tmp_path, "method": "m"}
    walked, searched = walk(corpus, Remembering, **how), find_all(corpus, Remembering, **how)
    Remembering.given.clear()
    assert walk(corpus, Remembering, **how) == walked
    assert find_all(corpus, Remembering, **how) == searched
    assert not Remembering.given


def test_a_summary_has_every_table_and_is_plain_json(corpus, encoder):
    methods = {"alliance": partial(CodeSuggester, model=encoder), "prior": Prior}
    found = list(evaluate(corpus, methods=methods, model=encoder, budgets=(0, 20), seeds=3))
    walks = [walk(corpus, make, method=name, model=encoder) for name, make in methods.items()]
    summary = summarise(corpus, found, walks=walks, n_draws=50)
    read = json.loads(results_json({"_made_with": made_with(), "pilot": summary}))["pilot"]
    assert (read["n_segments"], read["n_codes"], read["n_interviews"]) == (90, 4, 6)
    assert len(read["curve"]) == 2 * 2 * 3
    assert len(read["figures"]) == 2 * 2
    assert [(row["against"], row["n"]) for row in read["differences"]] == [
        ("prior", 0),
        ("prior", 20),
    ]
    assert {row["code"] for row in read["codes"]} == {f"Code {k}" for k in range(N_CODES)}
    assert {(row["by"], row["group"]) for row in read["groups"]} == {
        ("language", "en"), ("language", "sv"),
    }  # fmt: skip
    assert sum(n for _, _, n in read["reliability"][0]["bins"]) == 3 * 15 * N_CODES
    values = [row["recall_at_5"]["value"] for row in read["figures"]]
    curve = [row["recall_at_5"] for row in read["curve"] if row["method"] == "prior"]
    assert np.mean(curve[:3]) == pytest.approx(values[2], abs=1e-5)


def test_everything_is_measured_in_one_call(corpus, encoder, tmp_path):
    folder = tmp_path / "pilot"
    folder.mkdir()
    rows = ["doc_id,seg_id,text,codes"]
    rows += [
        f"{s.transcript_id},{s.id},{s.text},Code {labels.argmax()}"
        for s, labels in zip(corpus.segments, corpus.labels, strict=True)
    ]
    (folder / "data.csv").write_text("\n".join(rows), encoding="utf-8")
    codes = ["code,definition", *(f"{c.name},{c.definition}" for c in corpus.codebook)]
    (folder / "codebook.csv").write_text("\n".join(codes), encoding="utf-8")
    (folder / "corpus.toml").write_text('title = "Pilot"\nlearn = false\n', encoding="utf-8")
    found = measure(folder, budgets=(0,), seeds=1, labour=True, model=encoder, against=["prior"])
    assert found["about"] == {"title": "Pilot"}
    assert {row["method"] for row in found["figures"]} == {"alliance", "prior"}
    assert {row["method"] for row in found["walks"]} == {"alliance", "prior"}
    assert found["people"] == found["panels"] == []
