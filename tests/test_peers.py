"""The methods that ours is measured against learn, and say what they take of a computer."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from packaging.utils import canonicalize_name

from alliance_nlp import Code, Codebook, Segment

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))
try:
    import footprint
    import peers
    import protocol
finally:
    sys.path.pop(0)

TOPICS = {
    "en": {
        "Trust": ["I trust my nurse {}", "trust came slowly {}", "she earned my trust {}"],
        "Time": ["there is no time {}", "time runs out {}", "too little time {}"],
        "Food": ["the soup was cold {}", "we ate cold soup {}", "nobody liked the soup {}"],
    },
    "zh": {
        "信任": ["我很信任护士{}", "慢慢有了信任{}", "信任不是马上就有{}"],
        "时间": ["没有足够的时间{}", "时间总是不够{}", "时间过得太快{}"],
        "饭菜": ["医院的饭菜很凉{}", "饭菜不好吃{}", "没有人喜欢饭菜{}"],
    },
}
ENDINGS = {
    "en": ["yesterday", "again", "at home", "I said", "in the end", "you know"],
    "zh": ["昨天", "又来了", "在家里", "我说过", "到最后", "你知道"],
}


def corpus(language="en"):
    """Return 54 segments in random order, each with one code, the codes and all labels."""
    topics = TOPICS[language]
    said = [
        (line.format(f" {end}" if language == "en" else end), column)
        for column, lines in enumerate(topics.values())
        for line in lines
        for end in ENDINGS[language]
    ]
    order = np.random.default_rng(0).permutation(len(said))
    segments = [
        Segment(f"p01:{i}-{i + 1}", "p01", i, i + 1, said[row][0], language=language)
        for i, row in enumerate(order)
    ]
    labels = np.zeros((len(said), len(topics)), np.int8)
    labels[np.arange(len(said)), [said[row][1] for row in order]] = 1
    return segments, Codebook([Code(name, name) for name in topics]), labels


def decided(labels, rows):
    known = np.full(labels.shape, -1, np.int8)
    known[rows] = labels[rows]
    return known


def learned(kind, segments, codebook, known):
    model = kind(codebook, random_state=0).fit(segments, known, embeddings=None)
    p = model.predict_proba(segments, embeddings=None)
    assert p.shape == known.shape
    assert np.isfinite(p).all()
    assert ((p >= 0) & (p <= 1)).all()
    return p


def precision(labels, p, rest):
    return protocol.mean_average_precision(p[rest], labels[rest] == 1)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_words_with_a_linear_machine_beat_how_often_a_code_was_used(language):
    segments, codebook, labels = corpus(language)
    known, rest = decided(labels, slice(0, 18)), slice(18, None)
    machine = learned(peers.TfidfSVM, segments, codebook, known)
    prior = learned(protocol.Prior, segments, codebook, known)
    assert precision(labels, machine, rest) > 0.9
    assert precision(labels, prior, rest) < 0.6


def test_without_two_positive_answers_a_code_gets_its_rate_of_use():
    segments, codebook, labels = corpus()
    known = decided(labels, slice(0, 18))
    known[:18, 0] = 0  # never applied
    known[:18, 1] = [1] + [0] * 17  # applied once
    known[:18, 2] = 1  # never refused
    p = learned(peers.TfidfSVM, segments, codebook, known)
    assert np.array_equal(p, learned(protocol.Prior, segments, codebook, known))


def test_without_any_answer_all_codes_are_equally_likely():
    segments, codebook, labels = corpus()
    assert (learned(peers.TfidfSVM, segments, codebook, np.full_like(labels, -1)) == 0.5).all()


def test_rare_and_common_codes_get_probabilities_near_how_often_they_are_used():
    segments, codebook, labels = corpus()
    known = decided(labels, slice(0, 36))
    p = learned(peers.TfidfSVM, segments, codebook, known)
    assert np.allclose(p[36:].mean(axis=0), labels[36:].mean(axis=0), atol=0.15)


def test_a_code_that_words_say_nothing_about_still_ranks_by_the_machine():
    segments, codebook, _ = corpus()
    answers = np.random.default_rng(3).integers(0, 2, (len(segments), len(codebook)))
    model = peers.TfidfSVM(codebook).fit(segments, answers.astype(np.int8))
    assert model.models_.keys() == {0, 1, 2}
    for code, (machine, slope, _) in model.models_.items():
        assert slope > 0
        values = machine.decision_function(model.vectorizer_.transform([s.text for s in segments]))
        p = model.predict_proba(segments)[:, code]
        assert np.array_equal(np.argsort(p, kind="stable"), np.argsort(values, kind="stable"))


def test_chinese_is_cut_into_words_and_other_writing_is_left_as_it_is():
    assert peers.spaced("我相信护士").split() == ["我", "相信", "护士"]
    assert peers.spaced("Vi skyndade långsamt.") == "Vi skyndade långsamt."


def test_the_size_of_a_method_counts_what_it_requires_once():
    alone = sum(
        Path(str(file.locate())).stat().st_size
        for file in distribution("scikit-learn").files
        if Path(str(file.locate())).is_file()
    )
    size = footprint.installed_size("scikit-learn")
    assert size > alone + 1e7  # NumPy and SciPy
    assert footprint.installed_size("scikit-learn", "numpy") == size
    assert footprint.installed_size("scikit_learn") == size


def test_our_size_is_that_of_the_checkout_and_its_dependencies():
    ours = footprint.installed_size("alliance-nlp")
    assert ours > footprint.installed_size(*footprint.BASELINE_DISTRIBUTIONS)


def test_a_distribution_that_is_not_there_has_no_size():
    with pytest.raises(PackageNotFoundError):
        footprint.installed_size("no-such-distribution-of-ours")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not say it")
def test_peak_memory_rises_by_what_is_held_and_is_in_bytes():
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'benchmarks')!r}); import footprint\n"
        "before = footprint.peak_memory(); held = b'x' * 200_000_000\n"
        "print(footprint.peak_memory() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 150_000_000 < int(done.stdout) < 400_000_000


def test_methods_are_compared_with_the_versions_that_the_tests_ran_with_but_for_pandas():
    tested, compared = (
        {
            canonicalize_name(name): version
            for name, _, version in (
                line.partition("==")
                for line in path.read_text(encoding="utf-8").splitlines()
                if not line.startswith("#")
            )
        }
        for path in (ROOT / "constraints.txt", ROOT / "benchmarks" / "peers-constraints.txt")
    )
    assert {name for name in tested if tested[name] != compared.get(name)} == {"pandas"}


def test_every_peer_names_what_it_needs():
    for kind in peers.PEERS.values():
        assert kind.distributions
        assert all(isinstance(name, str) for name in kind.distributions)


@pytest.fixture
def asreview():
    if find_spec("asreview") is None:  # importing it here would leave a file behind
        pytest.skip("ASReview is compared with only where the extra `benchmarks` is")


@pytest.mark.usefixtures("asreview")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_asreview_finds_the_code_that_is_asked_for(language):
    segments, codebook, labels = corpus(language)
    known = np.full_like(labels, -1)
    known[:18, 1] = labels[:18, 1]
    p = learned(peers.ASReviewDefault, segments, codebook, known)
    ranked = labels[18:, 1][np.argsort(-p[18:, 1], kind="stable")]
    assert ranked[: labels[18:, 1].sum()].mean() > 0.9


@pytest.mark.usefixtures("asreview")
def test_asreview_reads_top_down_until_it_has_answers_of_both_kinds():
    segments, codebook, labels = corpus()
    known = np.full_like(labels, -1)
    known[:5, 0] = 0
    known[:5, 1] = 1
    p = learned(peers.ASReviewDefault, segments, codebook, known)
    for column in p.T:
        assert np.array_equal(np.argsort(-column, kind="stable"), np.arange(len(segments)))


@pytest.mark.usefixtures("asreview")
def test_asreview_fits_only_the_codes_that_are_asked_for():
    segments, codebook, labels = corpus()
    known = np.full_like(labels, -1)
    known[:18, 2] = labels[:18, 2]
    model = peers.ASReviewDefault(codebook).fit(segments, known)
    assert model.models_.keys() == {2}


@pytest.mark.usefixtures("asreview")
def test_asreview_is_used_with_its_own_default_parameters():
    segments, codebook, labels = corpus()
    model = peers.ASReviewDefault(codebook).fit(segments, labels)
    machine = model.models_[0]
    assert type(machine).__module__ == "asreview.models.classifiers"
    assert (machine.C, machine.loss) == (0.11, "squared_hinge")


@pytest.mark.slow
@pytest.mark.usefixtures("asreview")
def test_asreview_leaves_no_file_and_no_cache_under_requests(tmp_path):
    code = (
        f"import sys; sys.path[:0] = [{str(ROOT / 'benchmarks')!r}, {str(ROOT)!r}]\n"
        "import peers; peers._asreview_cycle()\n"
        "import requests; print(requests.Session.__module__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.strip() == "requests.sessions"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of the packages under it, not of ours
@pytest.mark.parametrize("kind", [peers.SetFit, peers.SetFitMiniLM])
def test_a_tuned_sentence_model_beats_how_often_a_code_was_used(kind, tmp_path, monkeypatch):
    pytest.importorskip(
        "setfit", reason="SetFit is compared with only where the extra `benchmarks` is"
    )
    monkeypatch.chdir(tmp_path)
    segments, codebook, labels = corpus()
    known, rest = decided(labels, slice(0, 12)), slice(12, None)
    known[12:20, 0] = labels[12:20, 0]  # decided for one code only: such rows do not train
    p = learned(kind, segments, codebook, known)
    assert precision(labels, p, rest) > 0.9
    assert list(tmp_path.iterdir()) == []  # no checkpoints are left behind


@pytest.mark.parametrize("kind", [peers.SetFit, peers.SetFitMiniLM])
def test_setfit_without_answers_trains_nothing(kind):
    segments, codebook, labels = corpus()
    assert (learned(kind, segments, codebook, np.full_like(labels, -1)) == 0.5).all()
