"""The human figure: people beside each other and beside the machine."""

import json
import math
import os
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss_kappa

from alliance_nlp import Code, Codebook, Project, Segment, Transcript, read_corpus
from alliance_nlp.agreement import agreements, cohen_kappa
from alliance_nlp.benchmark import (
    Corpus,
    compare_annotators,
    compare_coders,
    panels,
    people,
    read_annotations,
    read_coders,
)
from alliance_nlp.benchmark.panels import answers_of, measures_of
from alliance_nlp.benchmark.people import most_probable, parts_of
from alliance_nlp.errors import CorpusError

ROOT = Path(__file__).parents[1]
CODEBOOK = Codebook([Code("trust", "Trust"), Code("haste", "Haste"), Code("hope", "Hope")])
WORDS = {
    "trust": "I trusted her and felt safe",
    "haste": "it was rushed and too short",
    "hope": "one day it will be better",
}


def study(n_interviews=6, n_segments=6):
    """Segments that say plainly what they are about, one code each in turn."""
    names = list(WORDS)
    segments, labels = [], []
    for i in range(n_interviews):
        for k in range(n_segments):
            which = (i + k) % 3
            text = f"{WORDS[names[which]]}, in {i} and {k}"
            segments.append(Segment(f"p{i}:{k}", f"p{i}", 100 * k, 100 * k + len(text), text))
            labels.append([int(column == which) for column in range(3)])
    return tuple(segments), np.array(labels, dtype=np.int8)


def two_coders(n_interviews=6):
    """Eva, who codes as the words say, and Bo, who sees hope in each interview's first segment."""
    segments, eva = study(n_interviews)
    bo = eva.copy()
    bo[::6] = [0, 0, 1]
    return {
        name: Corpus(f"study ({name})", segments, CODEBOOK, labels)
        for name, labels in (("Eva", eva), ("Bo", bo))
    }


@pytest.fixture
def compared(encoder):
    def compare(coders, **rest):
        return compare_coders(coders, model=encoder, resamples=20, **rest)

    return compare


def row(found, code_id, **which):
    """Return the agreement of the one row that is meant."""
    (one,) = [
        each.agreement
        for each in found
        if each.agreement.code_id == code_id
        and all(getattr(each, name) == value for name, value in which.items())
    ]
    return one


# ---------------------------------------------------------------- coders of one study


def test_the_rows_are_people_then_the_machine_beside_each_with_every_code_and_the_total(compared):
    found = compared(two_coders())
    blocks = [(c.reference, c.estimate, c.taught, c.codings_of) for c in found[::4]]
    assert blocks == [
        ("Eva", "Bo", False, None),
        ("Eva", None, True, "Bo"),
        ("Eva", None, False, "Bo"),
        ("Bo", None, True, "Eva"),
        ("Bo", None, False, "Eva"),
    ]
    assert [c.agreement.code_id for c in found] == ["trust", "haste", "hope", ""] * 5


def test_two_people_are_compared_as_agreements_compares_them(compared):
    coders = two_coders()
    found = [c.agreement for c in compared(coders) if c.estimate]
    groups = [s.transcript_id for s in coders["Eva"].segments]
    assert found == agreements(
        coders["Eva"].labels, coders["Bo"].labels, [c.id for c in CODEBOOK], groups, resamples=20
    )


def test_the_machine_makes_as_many_codings_as_the_other_person_made(compared):
    coders = two_coders()
    found = compared(coders)
    for reference, other in (("Eva", "Bo"), ("Bo", "Eva")):
        for taught in (True, False):
            which = {"reference": reference, "estimate": None, "taught": taught}
            for k, code in enumerate(CODEBOOK):
                uses = int(coders[other].labels[:, k].sum())
                assert row(found, code.id, **which).estimate_uses == uses
            total = row(found, "", **which)
            assert total.estimate_uses == coders[other].labels.sum()
            assert total.reference_uses == coders[reference].labels.sum()


def test_the_machine_learns_what_a_person_does_in_other_interviews(compared):
    found = compared(two_coders())
    taught = row(found, "", reference="Eva", estimate=None, taught=True)
    untaught = row(found, "", reference="Eva", estimate=None, taught=False)
    assert taught.kappa > untaught.kappa
    assert taught.kappa > 0.9


def test_the_machine_sees_nothing_of_the_interviews_that_it_codes(encoder, monkeypatch):
    fitted = []

    class Spy(people.CodeSuggester):
        def fit(self, segments, labels, **rest):
            fitted.append(labels.copy())
            return super().fit(segments, labels, **rest)

    monkeypatch.setattr(people, "CodeSuggester", Spy)
    coders = two_coders()
    compare_coders(coders, model=encoder, resamples=2)
    assert (fitted[0] == -1).all()
    assert len(fitted) == 1 + 2 * 5
    groups = np.array([s.transcript_id for s in coders["Eva"].segments])
    for labels, whose in [(each, "Eva") for each in fitted[1:6]] + [
        (each, "Bo") for each in fitted[6:]
    ]:
        held_back = {g for g in groups if (labels[groups == g] == -1).all()}
        assert held_back
        seen = ~np.isin(groups, list(held_back))
        assert np.array_equal(labels[seen], coders[whose].labels[seen])
    for part in (fitted[1:6], fitted[6:]):
        times = sum((labels == -1).all(axis=1).astype(int) for labels in part)
        assert (times == 1).all()


def test_the_machine_and_the_people_are_compared_on_the_same_cells(compared):
    coders = two_coders()
    coders["Bo"].labels[:12] = -1
    coders["Eva"].labels[-3:, 1] = -1
    found = compared(coders)
    cells = {c.agreement.code_id: c.agreement.cells for c in found if c.estimate}
    assert cells == {"trust": 24, "haste": 21, "hope": 24, "": 69}
    assert all(c.agreement.cells == cells[c.agreement.code_id] for c in found)


def test_the_comparison_is_repeatable_and_the_seed_moves_interviews_between_parts(compared):
    coders = two_coders()
    assert str(compared(coders)) == str(compared(coders))
    drawn = {str(parts_of([f"p{i}" for i in range(9)], 5, seed)) for seed in range(4)}
    assert len(drawn) > 1


def test_three_coders_are_compared_two_by_two(compared):
    coders = two_coders()
    coders["Ida"] = Corpus("study (Ida)", coders["Eva"].segments, CODEBOOK, coders["Eva"].labels)
    pairs = {(c.reference, c.estimate) for c in compared(coders) if c.estimate}
    assert pairs == {("Eva", "Bo"), ("Eva", "Ida"), ("Bo", "Ida")}


def test_pairs_without_a_common_cell_are_left_out(compared):
    coders = two_coders()
    alone = np.full_like(coders["Eva"].labels, -1)
    coders["Ida"] = Corpus("study (Ida)", coders["Eva"].segments, CODEBOOK, alone)
    assert {c.reference for c in compared(coders)} == {"Eva", "Bo"}
    with pytest.raises(CorpusError, match="no two coders have decided"):
        compared({name: coders[name] for name in ("Eva", "Ida")})


def test_one_interview_alone_leaves_nothing_to_teach_from(compared):
    assert not any(c.taught for c in compared(two_coders(n_interviews=1)))


def test_one_coder_or_two_studies_cannot_be_compared(compared):
    coders = two_coders()
    with pytest.raises(CorpusError, match="1 coder here"):
        compared({"Eva": coders["Eva"]})
    with pytest.raises(CorpusError, match="not about the same segments and codes"):
        compared({"Eva": coders["Eva"], "Bo": two_coders(5)["Bo"]})
    other = Corpus("x", coders["Bo"].segments, Codebook(CODEBOOK[:2]), coders["Bo"].labels[:, :2])
    with pytest.raises(CorpusError, match="not about the same segments and codes"):
        compared({"Eva": coders["Eva"], "Bo": other})


def test_the_coders_of_a_project_file_are_compared(tmp_path, compared):
    text = "\n".join(WORDS.values())
    with Project(tmp_path / "study.alliance") as project:
        names = [f"p{i}" for i in range(3)]
        project.add_transcripts([Transcript(id=name, text=text) for name in names])
        places = [(text.index(words), len(words)) for words in WORDS.values()]
        project.set_segments(
            Segment(f"{name}:{at}-{at + n}", name, at, at + n, text[at : at + n])
            for name in names
            for at, n in places
        )
        project.set_codebook(CODEBOOK)
        for segment in project.segments:
            for coder in ("Eva", "Bo"):
                if coder == "Eva" or segment.transcript_id != "p2":
                    code = next(c for c, words in WORDS.items() if words == segment.text)
                    project.decide(segment.id, code, coder, "accept", probability=0.5)
                    project.review(segment.id, coder)
    found = compared(read_coders(project.path))
    assert row(found, "", reference="Bo", estimate="Eva").cells == 18
    assert row(found, "", reference="Bo", estimate="Eva").kappa == 1


def test_the_comparison_is_plain_json(compared):
    rows = json.loads(json.dumps([asdict(each) for each in compared(two_coders())]))
    assert {"kappa", "alpha", "ac1", "f1", "observed"} <= rows[0]["agreement"].keys()


def test_equally_probable_cells_are_taken_in_the_order_of_rows_then_columns():
    same = np.full((3, 2), 0.5)
    cells = np.array([[True, True], [False, True], [True, True]])
    assert most_probable(same, cells, 3).tolist() == [[1, 1], [-1, 1], [0, 0]]
    assert most_probable(same, cells, 0).tolist() == [[0, 0], [-1, 0], [0, 0]]
    assert most_probable(same, cells, 9).tolist() == [[1, 1], [-1, 1], [1, 1]]


@pytest.mark.parametrize("folds", [1, 2, 5, 9])
def test_every_interview_is_in_one_part(folds):
    interviews = [f"p{i}" for i in range(7)] * 2
    parts = parts_of(interviews, folds, 0)
    assert len(parts) == min(folds, 7)
    assert sorted(name for part in parts for name in part) == sorted(set(interviews))
    assert parts == parts_of(interviews[::-1], folds, 0)


# ---------------------------------------------------------------- many people, one answer each

DESCRIPTION = """
[annotators.about]
relation = ["Trust", "Hope"]
time = ["Haste"]
"""


def write_corpus(folder, answers, n_interviews=8):
    """Six annotated interviews and the rest; `answers` says what each annotator answers."""
    segments, labels = study(n_interviews)
    lines = ["doc_id,seg_id,text,codes"]
    for segment, own in zip(segments, labels, strict=True):
        names = "|".join(code.name for code, uses in zip(CODEBOOK, own, strict=True) if uses)
        lines.append(f'{segment.transcript_id},{segment.id},"{segment.text}",{names}')
    (folder / "data.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "codebook.csv").write_text(
        "code,definition\nTrust,\nHaste,\nHope,\n", encoding="utf-8"
    )
    (folder / "corpus.toml").write_text(DESCRIPTION, encoding="utf-8")
    rows = ["seg_id,annotator,about"]
    rows += [
        f"{segment.id},{name},{answer}"
        for name, given in answers.items()
        for segment, answer in zip(segments, given, strict=False)
    ]
    (folder / "annotators.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return read_corpus(folder)


NAMES = ("Trust at first", "has te", "no trust")


def three_annotators():
    _, labels = study(6)
    truth = ["time" if own[1] else "relation" for own in labels]
    flip = {"time": "relation", "relation": "time"}
    return {
        "0": truth,
        "1": [flip[a] if k % 7 == 0 else a for k, a in enumerate(truth)],
        "2": ["" if k % 5 == 0 else a for k, a in enumerate(truth)],
    }


def test_annotations_are_read_as_numbers_of_values_with_their_codes(tmp_path):
    corpus = write_corpus(tmp_path, three_annotators())
    (about,) = read_annotations(tmp_path, corpus)
    assert (about.variable, about.values) == ("about", ("relation", "time"))
    assert about.columns == ((0, 2), (1,))
    assert about.annotators == ("0", "1", "2")
    assert about.rows.tolist() == list(range(36))
    assert about.answers[0, :4].tolist() == [0, 1, 0, 0]
    assert about.answers[1, 0] == 1
    assert about.answers[2, 0] == -1


def test_a_question_that_nobody_answered_is_left_out(tmp_path):
    corpus = write_corpus(tmp_path, {"0": [""] * 36, "1": [""] * 36})
    assert read_annotations(tmp_path, corpus) == []
    (tmp_path / "corpus.toml").unlink()
    assert read_annotations(tmp_path, corpus) == []


def test_the_description_may_stand_elsewhere(tmp_path):
    corpus = write_corpus(tmp_path, three_annotators())
    elsewhere = tmp_path / "described.toml"
    elsewhere.write_text('[annotators.about]\ntime = ["Haste"]\nrelation = ["Trust"]\n', "utf-8")
    (about,) = read_annotations(tmp_path, corpus, description=elsewhere)
    assert about.values == ("time", "relation")
    assert about.columns == ((1,), (0,))


def test_the_figures_of_the_panel_are_those_of_other_packages(tmp_path, encoder):
    answers = three_annotators()
    answers["2"] = answers["0"][:6] + answers["1"][6:]
    corpus = write_corpus(tmp_path, answers)
    (panel,) = compare_annotators(
        corpus, read_annotations(tmp_path, corpus), model=encoder, resamples=20
    )
    table, _ = aggregate_raters(np.array(list(answers.values())).T)
    assert panel.fleiss == pytest.approx(statsmodels_fleiss_kappa(table, method="fleiss"))
    pairs = [("0", "1"), ("0", "2"), ("1", "2")]
    kappas = [cohen_kappa_score(answers[a], answers[b]) for a, b in pairs]
    assert panel.people_kappa == pytest.approx(np.mean(kappas))
    assert panel.annotators[0].others.kappa == pytest.approx(np.mean(kappas[:2]))
    assert (panel.utterances, panel.interviews, panel.taught) == (36, 6, 12)
    low, high = panel.people_interval
    assert low <= panel.people_kappa <= high


def test_the_machine_is_taught_by_the_other_interviews_only(tmp_path, encoder, monkeypatch):
    fitted = []

    class Spy(panels.CodeSuggester):
        def fit(self, segments, labels, **rest):
            fitted.append(labels.copy())
            return super().fit(segments, labels, **rest)

    monkeypatch.setattr(panels, "CodeSuggester", Spy)
    few = {name: given[:31] for name, given in three_annotators().items()}
    corpus = write_corpus(tmp_path, few)
    compare_annotators(corpus, read_annotations(tmp_path, corpus), model=encoder, resamples=2)
    (labels,) = fitted
    assert (labels[:36] == -1).all()  # the sixth interview too, of which one utterance was given
    assert np.array_equal(labels[36:], corpus.labels[36:])


def test_the_machine_stands_beside_each_annotator(tmp_path, encoder):
    corpus = write_corpus(tmp_path, three_annotators())
    annotations = read_annotations(tmp_path, corpus)
    (panel,) = compare_annotators(corpus, annotations, model=encoder, resamples=20)
    assert [each.name for each in panel.annotators] == ["0", "1", "2"]
    assert panel.annotators[0].machine.kappa > panel.annotators[1].machine.kappa
    assert panel.machine_kappa == pytest.approx(
        np.mean([each.machine.kappa for each in panel.annotators])
    )
    low, high = panel.difference_interval
    assert low <= panel.machine_kappa - panel.people_kappa <= high
    assert json.loads(json.dumps(asdict(panel)))["annotators"][0]["machine"]["f1"]


def test_few_interviews_have_no_interval(tmp_path, encoder):
    few = {name: given[:24] for name, given in three_annotators().items()}
    corpus = write_corpus(tmp_path, few)
    (panel,) = compare_annotators(corpus, read_annotations(tmp_path, corpus), model=encoder)
    assert panel.interviews == 4
    assert all(map(math.isnan, (*panel.people_interval, *panel.difference_interval)))
    assert not math.isnan(panel.machine_kappa)


def test_a_value_is_as_probable_as_its_codes_together_and_the_earlier_of_equals_wins(tmp_path):
    corpus = write_corpus(tmp_path, three_annotators())
    (about,) = read_annotations(tmp_path, corpus)
    p = np.tile([0.3, 0.5, 0.3], (len(corpus.segments), 1))
    p[1] = [0.1, 0.5, 0.3]
    p[2] = [0.25, 0.5, 0.25]
    assert answers_of(p, about)[:3].tolist() == [0, 1, 0]


def test_measures_of_two_annotators_leave_out_what_one_was_not_asked():
    first = np.array([0, 1, 2, 2, -1, 0], np.int8)
    second = np.array([0, 1, 1, 2, 2, -1], np.int8)
    assert measures_of(first, second, 3) == measures_of(first[:4], second[:4], 3)
    assert measures_of(first, second, 3).kappa == cohen_kappa(first, second)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("annotators.csv", "seg_id", "segment", "the column 'seg_id' is missing"),
        ("annotators.csv", ",about", ",subject", r"the column 'about' of corpus\.toml is missing"),
        ("annotators.csv", "p0:0,1,", "p0:0,0,", "the annotator 0 answered twice .* p0:0"),
        ("annotators.csv", "p0:1,0,", "q9:1,0,", "the segment q9:1 is not in"),
        ("annotators.csv", "p0:1,0,time", "p0:1,0,sky", "the value 'sky' of about has no codes"),
        ("corpus.toml", "Haste", "Hurry", "the code 'Hurry' is not in the codebook"),
        ("corpus.toml", "[annotators.about]", "[other]", r"no code of .* has '.*' in its name"),
        ("corpus.toml", "[annotators.about]", "[", "no TOML"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(tmp_path, name, old, new, message):
    corpus = write_corpus(tmp_path, three_annotators())
    path = tmp_path / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(CorpusError, match=message):
        read_annotations(tmp_path, corpus)


def test_missing_files_are_named(tmp_path):
    corpus = write_corpus(tmp_path, three_annotators())
    (tmp_path / "annotators.csv").unlink()
    with pytest.raises(CorpusError, match=r"annotators\.csv"):
        read_annotations(tmp_path, corpus)


def test_without_a_table_a_value_is_the_codes_that_have_it_in_their_names(tmp_path):
    corpus = write_corpus(tmp_path, {"0": ["TRUST", "has_te"] * 18})
    codebook = Codebook([replace(c, name=n) for c, n in zip(corpus.codebook, NAMES, strict=True)])
    (tmp_path / "corpus.toml").unlink()
    (about,) = read_annotations(tmp_path, replace(corpus, codebook=codebook))
    assert (about.values, about.columns) == (("TRUST", "has_te"), ((0, 2), (1,)))


# ---------------------------------------------------------------- the public release


@pytest.mark.corpora
def test_fleiss_kappa_of_the_ten_annotators_of_annomi_is_that_of_the_release():
    folder = os.environ.get("ALLIANCE_NLP_CORPORA")
    if not folder:
        pytest.skip("ALLIANCE_NLP_CORPORA does not name a folder with the public corpora")
    path = Path(folder) / "annomi"
    corpus = read_corpus(path)
    description = ROOT / "corpora" / "annomi" / "corpus.toml"
    therapist, client = read_annotations(path, corpus, description=description)
    assert len(therapist.annotators) == len(client.annotators) == 10
    assert len(therapist.rows) + len(client.rows) == 428
    assert panels.fleiss_kappa(*therapist.answers) == pytest.approx(0.737, abs=5e-4)
    assert panels.fleiss_kappa(*client.answers) == pytest.approx(0.467, abs=5e-4)
