"""A participant who asks to be forgotten is gone from the bytes of the file and from the cache."""

import sqlite3
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from alliance_nlp.codebook import Code, Codebook
from alliance_nlp.embeddings import read_vectors, write_vectors
from alliance_nlp.errors import ProjectError
from alliance_nlp.project import Project
from alliance_nlp.project.overwriting import BLOCK, Names, Quotations, overwrite
from alliance_nlp.segments import Segment
from alliance_nlp.segments import segment as cut
from alliance_nlp.suggestions import Suggestion
from alliance_nlp.themes import Theme
from alliance_nlp.transcripts import Transcript, Turn, read_transcripts

# Words that occur nowhere else, in three scripts.
SVENSKA = "Jag vågade äntligen berätta om ålderdomshemmet på Trollhättevägen."
ZHONGWEN = "后来我才敢告诉她关于老房子的火灾的全部经过。"
ENGLISH = "Rosalind's quokka kept me company while I was learning to walk again."
CODEBOOK = Codebook([Code("trust", "Trust"), Code("haste", "Haste")])


def interview(id_, *turns, **rest):
    """Build a transcript from (speaker, role, words), with the labels in the text."""
    text, built = "", []
    for speaker, role, words in turns:
        text += f"{speaker}: " if speaker else ""
        built.append(Turn(len(text), len(text) + len(words), speaker, role))
        text += f"{words}\n"
    source, sha256 = f"{id_}.docx", f"{len(text):064x}"
    return Transcript(id_, text, tuple(built), source=source, sha256=sha256, **rest)


def segments_of(transcript):
    """Cut a transcript into its turns, with the turn before as the context."""
    before, segments = "", []
    for turn in transcript.turns:
        words = transcript.text[turn.start : turn.end]
        segments.append(
            Segment(
                f"{transcript.id}:{turn.start}-{turn.end}",
                transcript.id,
                turn.start,
                turn.end,
                words,
                context=before,
                speaker=turn.speaker,
                role=turn.role,
            )
        )
        before = words
    return segments


HERS = interview(
    "grannskap-07",
    ("Eva", "interviewer", "Hur gick det?"),
    ("Gunvor Östling", "participant", SVENSKA),
    ("Gunvor Östling", "participant", ZHONGWEN),
    ("Gunvor Östling", "participant", ENGLISH),
    attributes=(("participant", "Gunvor-Ö"), ("age", "83")),
)
OTHERS = interview(
    "p02",
    ("Eva", "interviewer", "Kände du någon där?"),
    ("Patient", "participant", "Ja, Gunvor Östling bodde granne. Det var tryggt."),
    attributes=(("site", "nära Gunvor Östlings hus"),),
)
GROUP = interview(
    "fg1",
    ("Moderator", "interviewer", "Välkomna. Anna?"),
    ("Anna Berg", "participant", SVENSKA),
    ("Bo", "participant", "Som Anna sade: det tar tid. Annandag 😀, Annas ord."),
    ("Anna Berg", "participant", ZHONGWEN),
    ("Cia", "participant", "Mm."),
    ("Bo", "participant", "Ja."),
    attributes=(("place", "Umeå"),),
)


@pytest.fixture
def project(tmp_path):
    with Project(tmp_path / "study.alliance") as project:
        project.set_codebook(CODEBOOK)
        yield project


def fill(project, *transcripts):
    """Put something of every kind on every segment, with the participant's words in it."""
    project.add_transcripts(transcripts)
    segments = [segment for transcript in transcripts for segment in segments_of(transcript)]
    project.set_segments(segments)
    project.set_themes(
        [
            Theme("theme-all", "", tuple(one.id for one in segments), (1.0,) * len(segments)),
            Theme(
                "theme-one",
                "",
                (segments[-1].id,),
                (1.0,),
                ("gunvor", "anna", "tid"),
                (),
                0.5,
                "theme-all",
            ),
        ]
    )
    project.name_theme("theme-all", "Som Gunvor Östling och Anna Berg", "Eva")
    project.set_suggestions(
        [
            Suggestion(
                one.id,
                "trust",
                0.5,
                ((one.start, one.end),),
                "name",
                segments[1].id,
                segments[1].id,
            )
            for one in segments
        ],
        model="m",
    )
    for segment in segments:
        decision = project.decide(segment.id, "trust", "Eva", "accept", probability=0.5)
        project.review(segment.id, "Eva")
        project.add_memo("segment", segment.id, f"Säger: {segment.text}", "Eva")
        project.add_memo("coding", decision.id, f"Jämför {segment.transcript_id}", "Eva")
    project.withdraw(project.decide(segments[1].id, "haste", "Eva", "accept").id, "Eva")
    quotation = SVENSKA[:40].upper()
    project.add_memo("code", "trust", f"Som i «{quotation}» och {HERS.id}, {HERS.source}.", "Eva")
    code = Code("trust", "Trust", definition="Feels safe.", examples=(ZHONGWEN, "I dared."))
    project.set_codebook(Codebook([code, Code("haste", "Haste", "Som hos Anna Berg.")]))
    return segments


def found_in(folder, *texts):
    """Return which of the texts the bytes of any file in the folder hold."""
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    encodings = ("utf-8", "utf-16-le", "utf-16-be", "unicode_escape")
    return {text for text in texts for encoding in encodings if text.encode(encoding) in content}


def words_of(*sentences):
    """Return sentences, their longer words and, for Chinese, pieces of four characters."""
    pieces = {word.strip(".,") for sentence in sentences for word in sentence.split()}
    pieces |= {ZHONGWEN[at : at + 4] for at in range(len(ZHONGWEN) - 4)}
    common = {"kept", "while", "learning", "company", "again"}
    return {*sentences, *(piece for piece in pieces if len(piece) > 3)} - common


def test_a_forgotten_interview_is_nowhere_in_the_bytes(project, tmp_path):
    fill(project, HERS, OTHERS)
    secrets = words_of(SVENSKA, ZHONGWEN, ENGLISH)
    secrets |= {HERS.id, HERS.source, HERS.sha256, "Gunvor Östling", "Gunvor-Ö"}
    assert found_in(tmp_path, *secrets) == secrets  # the search finds what is there
    note = project.forget("grannskap-07")
    assert found_in(tmp_path, *secrets) == set()
    project.close()
    assert found_in(tmp_path, *secrets) == set()
    assert [path.name for path in tmp_path.glob("study*")] == ["study.alliance"]
    assert (
        note[13:] == " one interview was removed at a participant's request (4 codings, 8 memos)."
    )


def test_what_others_said_stays_in_its_place(project):
    segments = fill(project, HERS, OTHERS)
    kept = [segment for segment in segments if segment.transcript_id == "p02"]
    before = [one for one in project.decisions if one.segment_id in {one.id for one in kept}]
    project.forget("grannskap-07")
    (transcript,) = project.transcripts
    assert len(transcript.text) == len(OTHERS.text)
    assert transcript.turns == OTHERS.turns
    assert dict(transcript.attributes) == {"site": f"nära {BLOCK * 14}s hus"}
    assert [one.id for one in project.segments] == [one.id for one in kept]
    assert project.segments[1].text == f"Ja, {BLOCK * 14} bodde granne. Det var tryggt."
    assert project.decisions == before
    assert len(project.codings()) == len(project.reviews) == 2
    assert [one.accepted_id for one in project.suggestions] == [None, None]
    assert [one.rejected_id for one in project.suggestions] == [None, None]
    (theme,) = project.themes
    assert (theme.id, theme.parent_id) == ("theme-one", "")
    assert project.codebook.by_id("trust").definition == "Feels safe."
    assert project.codebook.by_id("trust").examples[1] == "I dared."
    assert project.memos[-1].text.startswith("Som i «█")


def test_all_interviews_with_the_attribute_go(project, tmp_path):
    later = replace(HERS, id="grannskap-08", text=HERS.text.replace("Hur", "Och"), sha256="")
    fill(project, HERS, later, OTHERS)
    note = project.forget("Gunvor-Ö")
    assert "2 interviews were removed" in note
    assert [one.id for one in project.transcripts] == ["p02"]
    assert found_in(tmp_path, "grannskap", SVENSKA) == set()


def test_a_person_interviewed_alone_goes_by_their_label(project, tmp_path):
    fill(project, HERS, OTHERS)
    assert "one interview was removed" in project.forget("Gunvor Östling")
    assert found_in(tmp_path, HERS.id, "Gunvor Östling") == set()


def test_one_of_a_group_goes_and_the_others_stay_in_place(project, tmp_path):
    segments = fill(project, GROUP)
    secrets = words_of(SVENSKA, ZHONGWEN) | {"Anna Berg", "Berg"}
    assert found_in(tmp_path, *secrets) == secrets
    note = project.forget("Anna Berg")
    assert found_in(tmp_path, *secrets) == set()
    assert note[13:] == (
        " one participant's words were removed from a group interview at their request "
        "(2 codings, 4 memos)."
    )
    (transcript,) = project.transcripts
    assert len(transcript.text) == len(GROUP.text)
    assert transcript.text.splitlines()[:3] == [
        f"Moderator: Välkomna. {BLOCK * 4}?",
        BLOCK * len(f"Anna Berg: {SVENSKA}"),
        f"Bo: Som {BLOCK * 4} sade: det tar tid. Annandag 😀, {BLOCK * 4}s ord.",
    ]
    assert [turn.speaker for turn in transcript.turns].count(BLOCK * 9) == 2
    assert [turn.start for turn in transcript.turns] == [turn.start for turn in GROUP.turns]
    kept = [segment for segment in segments if segment.speaker != "Anna Berg"]
    assert [one.id for one in project.segments] == [one.id for one in kept]
    assert [one.context for one in project.segments] == ["", "", "", "Mm."]
    assert len(project.codings()) == 4
    (theme,) = project.themes
    assert theme.keywords == ("gunvor", "tid")


def test_all_of_a_group_can_be_forgotten_one_after_the_other(project):
    fill(project, GROUP)
    for name in ("Anna Berg", "Bo", "Cia"):
        project.forget(name)
    assert len(project.removals) == 3
    assert project.transcripts[0].text.startswith("Moderator: Välkomna.")
    assert [one.speaker for one in project.segments] == ["Moderator"]


def test_a_label_of_several_groups_is_asked_about(project):
    def group(id_):
        turns = (("P1", "participant", f"Jag {id_}."), ("P2", "participant", "Nej."))
        return interview(id_, *turns)

    fill(project, group("fg1"), group("fg2"))
    with pytest.raises(ProjectError, match="'P1' speaks in fg1, fg2"):
        project.forget("P1")
    project.forget("P1", transcript_id="fg2")
    assert project.transcripts[0].text == "P1: Jag fg1.\nP2: Nej.\n"
    assert project.transcripts[1].text == f"{BLOCK * 12}\nP2: Nej.\n"


def test_an_unknown_participant_is_refused_with_those_who_are_known(project):
    with pytest.raises(ProjectError, match="there is none at all"):
        project.forget("Anna")
    fill(project, HERS, GROUP)
    known = "fg1, Anna Berg, Bo, Cia, grannskap-07, Gunvor-Ö, Gunvor Östling"
    for name in ("Anna", "", "Moderator"):
        with pytest.raises(ProjectError, match=f"there is {known}$"):
            project.forget(name)
    assert len(project.transcripts) == 2


def test_a_note_stays_that_does_not_say_who(project):
    fill(project, HERS, OTHERS)
    note = project.forget("grannskap-07")
    assert project.removals == [note]
    assert note.startswith("On 20")
    assert "grannskap" not in note
    with pytest.raises(ProjectError, match="no participant"):
        project.forget("grannskap-07")


def test_answers_are_guarded_again_afterwards(project):
    fill(project, HERS, OTHERS)
    project.forget("grannskap-07")
    connection = sqlite3.connect(project.path)
    for statement in ("DELETE FROM decisions", "DELETE FROM reviews"):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            connection.execute(statement)
    connection.close()


def test_what_fails_halfway_forgets_nothing_and_leaves_the_guards(project, monkeypatch):
    fill(project, HERS, OTHERS)
    before = project.transcripts, project.decisions, project.memos
    monkeypatch.setattr("alliance_nlp.project.answers.write_removal", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        project.forget("grannskap-07")
    assert (project.transcripts, project.decisions, project.memos) == before
    with pytest.raises(sqlite3.IntegrityError, match="never"):
        project._connection.execute("DELETE FROM decisions")


def test_vectors_of_their_passages_and_sentences_are_forgotten(project, monkeypatch):
    forgotten = []
    monkeypatch.setattr("alliance_nlp.embeddings.forget_vectors", forgotten.extend)
    two = interview(
        "p03",
        ("Eva", "interviewer", "Och?"),
        ("P", "participant", "Jag gick hem. Sen sov jag."),
    )
    fill(project, two, OTHERS)
    project.forget("p03")
    assert {"Och?", "Jag gick hem. Sen sov jag.", "Jag gick hem.", "Sen sov jag."} == set(forgotten)


def test_vectors_of_units_that_an_earlier_run_cut_are_forgotten(project):
    sentences = [f"Det var den {nth} gången jag gick dit." for nth in ("första", "andra", "tredje")]
    theirs = interview("p03", ("P", "participant", " ".join(sentences)))
    earlier = [" ".join(sentences[:2]), " ".join(sentences[1:])]
    vectors = dict.fromkeys(earlier, np.eye(4, dtype=np.float32)[0])
    write_vectors("model-a", vectors)
    fill(project, theirs, OTHERS)
    assert set(read_vectors("model-a", earlier)) == set(earlier)
    project.forget("p03")
    assert read_vectors("model-a", earlier) == {}


def test_vectors_of_the_parts_of_a_long_sentence_are_forgotten(project, monkeypatch):
    embedded, forgotten = [], []
    words = " ".join(f"ord{number}" + "," * (number % 30 == 29) for number in range(150)) + "."
    long = interview("p03", ("Eva", "interviewer", "Och?"), ("P", "participant", words))

    def embed(texts, **_):
        embedded.extend(texts)
        return np.eye(len(texts), dtype=np.float32)

    monkeypatch.setattr("alliance_nlp.segments.embed", embed)
    monkeypatch.setattr("alliance_nlp.embeddings.forget_vectors", forgotten.extend)
    units = [one.text for one in cut([long])]
    project.add_transcripts([long])
    project.forget("p03")
    assert len(embedded) > 1
    assert {*embedded, *units, words} <= set(forgotten)


def test_a_name_of_one_word_is_overwritten_and_what_others_are_called_stays(project):
    theirs = interview(
        "p07",
        ("Eva", "interviewer", "Hur?"),
        ("Gunvor", "participant", "Bra."),
        ("Maja", "participant", "Jo."),
        ("Patient", "participant", "Nej."),
        ("Nurse", "participant", "Ja."),
    )
    said = "Gunvor, Maja, Nurse. Patient?"
    project.add_transcripts([theirs, interview("p02", ("Maja Ek", "participant", said))])
    project.forget("p07")
    (transcript,) = project.transcripts
    assert transcript.text == f"Maja Ek: {BLOCK * 6}, Maja, Nurse. Patient?\n"


@pytest.fixture(params=["VACUUM", "no VACUUM"])
def vacuum(request, project):
    """Whether the file can be made smaller; the names are gone either way."""
    if request.param == "no VACUUM":
        deny_vacuum(project)


def deny_vacuum(project):
    def authorizer(action, *_):  # VACUUM attaches the file that it makes
        return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_ATTACH else sqlite3.SQLITE_OK

    project._connection.set_authorizer(authorizer)


def forget_in_any_case(project, participant, **rest):
    with suppress(ProjectError):
        project.forget(participant, **rest)
    assert len(project.removals) == 1


@pytest.mark.usefixtures("vacuum")
@pytest.mark.parametrize(
    ("id_", "said", "gone"),
    [
        ("Karin Holm", "Karin Holm told me. Karin's aunt is Holm, too.", ["Karin", "Holm"]),
        ("Intervju 3 - Karin Holm", "Karin sa intervju 3.", ["Karin"]),
        ("karin_holm", "Det var Karin Holm som sa det.", ["Karin", "Holm"]),
        ("KarinHolm2", "Karin holds on. Karin Holm.", ["Karin", "Holm"]),
        ("王小明", "后来我和王小明说过这件事。", ["王小明"]),
        ("王小明的访谈", "访谈里我和王小明说过。", ["王小明"]),
    ],
)
def test_an_id_that_is_a_name_is_overwritten_in_what_others_said(
    project, tmp_path, id_, said, gone
):
    theirs = interview(id_, ("Interviewer", "interviewer", "Hm?"), ("P", "participant", "Mm."))
    other = interview("p02", ("P", "participant", said), attributes=(("about", said),))
    fill(project, theirs, other)
    assert found_in(tmp_path, *gone) == set(gone)
    forget_in_any_case(project, id_)
    (transcript,) = project.transcripts
    for name in gone:
        said = said.replace(name, BLOCK * len(name))
    assert transcript.text.replace(BLOCK * 10, f"{BLOCK * 5} {BLOCK * 4}") == f"P: {said}\n"
    project.close()
    assert found_in(tmp_path, id_, *gone) == set()


@pytest.mark.parametrize("id_", ["p01", "interview3", "Interview 3", "KOD17", "FG1", "访谈3"])
def test_an_id_that_is_no_name_leaves_what_others_said(project, id_):
    said = "Interview, kod, pat, fg, 访谈: allt. KOD and FG."
    theirs = interview(id_, ("P", "participant", "Mm."))
    project.add_transcripts([theirs, interview("p09", ("P", "participant", said))])
    project.forget(id_)
    assert project.transcripts[0].text == f"P: {said}\n"


@pytest.mark.usefixtures("vacuum")
def test_the_parts_of_a_label_are_overwritten_after_an_interview_as_after_a_group(
    project, tmp_path
):
    theirs = interview(
        "p01",
        ("Eva", "interviewer", "Hur?"),
        ("Syster Annika Berggren (kvinna)", "participant", "Jo."),
    )
    said = "Annika och ANNIKA BERGGREN. Berggrens syster, Syster. annika, Annikas, Annikason."
    other = interview("p02", ("P", "participant", said))
    fill(project, theirs, other)
    forget_in_any_case(project, "p01")
    b = BLOCK
    assert project.transcripts[0].text == (
        f"P: {b * 6} och {b * 6} {b * 8}. {b * 8}s syster, Syster. annika, {b * 6}s, Annikason.\n"
    )
    project.close()
    assert found_in(tmp_path, "Annika ", "Annika och", "Berggren", "BERGGREN") == set()


def test_parts_that_are_short_or_someone_elses_stay(project):
    theirs = interview(
        "p01", ("Jo Ek Berg", "participant", "Mm."), ("Ann Li", "participant", "Mm.")
    )
    said = "Jo, jag tog Li och Berg. Ann."
    project.add_transcripts([theirs, interview("p02", ("Bo Berg", "participant", said))])
    project.forget("p01")
    assert project.transcripts[0].text == f"Bo Berg: Jo, jag tog Li och Berg. {BLOCK * 3}.\n"


@pytest.mark.usefixtures("vacuum")
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Deltagare", "Annika Berggren"),
        ("Participant", "Annika Berggren"),
        ("PATIENT", "Annika Berggren"),
        ("Informanten", "Annika Berggren"),
        ("受访者", "王小明"),
        ("参与者", "王小明"),
    ],
)
def test_the_participant_of_a_header_can_be_forgotten_in_three_languages(
    project, tmp_path, key, value
):
    folder = tmp_path / "interviews"
    folder.mkdir()
    header = f"{key}: {value}\nDatum: 2024-05-12\n\n"
    talk = "Intervjuare: Hur?\nPatient: Bra.\nIntervjuare: Och sen?\nPatient: Nja.\n"
    (folder / "p01.txt").write_text(header + talk, encoding="utf-8")
    said = talk.replace("Bra", f"Jag mötte {value}") + f"Patient: {value[:6]}!\n"
    (folder / "p02.txt").write_text(said, encoding="utf-8")
    transcripts = read_transcripts(folder)
    (folder / "p01.txt").unlink()
    (folder / "p02.txt").unlink()
    assert (key, value) in transcripts[0].attributes
    fill(project, *transcripts)
    assert found_in(tmp_path, value) == {value}
    forget_in_any_case(project, value)
    assert [one.id for one in project.transcripts] == ["p02"]
    project.close()
    assert found_in(tmp_path, value, *value.split()) == set()


def test_what_a_header_says_beside_a_name_is_no_name(project):
    theirs = interview(
        "p01",
        ("P", "participant", "Mm."),
        attributes=(
            ("Patient", "kvinna, 54 år, Annika"),
            ("Patient age", "Grown"),
            ("Klient", "diabetes"),
            ("Deltagare 1", "Cecilia"),
        ),
    )
    said = "En kvinna, 54 år, diabetes. Annika. Kvinna. Cecilia. Grown."
    project.add_transcripts([theirs, interview("p02", ("P", "participant", said))])
    with pytest.raises(ProjectError, match="no participant 'Cecilia'"):
        project.forget("Cecilia")
    project.forget("p01")
    expected = said.replace("Annika", BLOCK * 6)
    assert project.transcripts[0].text == f"P: {expected}\n"


@pytest.mark.usefixtures("vacuum")
@pytest.mark.parametrize(
    ("id_", "label", "expected"),
    [
        ("Anna och Bo", "Anna", f"{BLOCK * 4} och Bo"),
        ("Anna och Bo", "Anna Berg", f"{BLOCK * 4} och Bo"),
        ("2024_anna2_bo", "Anna Berg", f"2024_{BLOCK * 4}2_bo"),
        ("bo-ek", "Bo Ek", f"{BLOCK * 2}-{BLOCK * 2}"),
        ("王小明和李华", "王小明", f"{BLOCK * 3}和李华"),
    ],
)
def test_the_name_of_a_groups_file_loses_the_name_and_nothing_else(
    project, tmp_path, id_, label, expected
):
    group = interview(
        id_,
        ("Moderator", "interviewer", "Ja?"),
        (label, "participant", SVENSKA),
        ("Dora", "participant", "Det tar tid."),
        ("Moderator", "interviewer", "Och?"),
        ("Dora", "participant", "Mm."),
        attributes=(("place", "Umeå"),),
        sync_points=((0, 1.0),),
    )
    segments = fill(project, group)
    memo = project.add_memo("transcript", id_, "Lugnt.", "Eva")
    before = {
        (one.code_id, one.coder, one.answer, one.decided_at)
        for one in project.decisions
        if one.segment_id != segments[1].id
    }
    forget_in_any_case(project, label)
    (transcript,) = project.transcripts
    assert (transcript.id, transcript.source) == (expected, f"{expected}.docx")
    assert transcript.attributes == group.attributes
    assert transcript.sync_points == group.sync_points
    assert len(transcript.turns) == 5
    kept = [segments[0], *segments[2:]]
    ids = [one.id.replace(id_, expected) for one in kept]
    assert [one.id for one in project.segments] == ids
    assert [one.segment_id for one in project.suggestions] == ids
    assert {one.segment_id for one in project.decisions} == set(ids)
    assert {one.segment_id for one in project.reviews} == set(ids)
    assert {
        (one.code_id, one.coder, one.answer, one.decided_at) for one in project.decisions
    } == before
    assert [theme.segment_ids for theme in project.themes] == [(ids[-1],)]
    targets = {one.target_id for one in project.memos if one.target == "segment"}
    assert targets == set(ids)
    assert [one.id for one in project.memos if one.target_id == expected] == [memo.id]
    assert project._connection.execute("PRAGMA foreign_key_check").fetchall() == []
    with pytest.raises(sqlite3.IntegrityError, match="never"):
        project._connection.execute("UPDATE decisions SET coder = 'Ida'")
    name = label.split()[0]
    project.close()
    assert found_in(tmp_path, id_, f"{label}", f"{name} och", f"{name.lower()}-") == set()


def test_suggestions_show_renamed_passages(project):
    group = interview(
        "Anna och Bo", ("Anna", "participant", SVENSKA), ("Bo", "participant", "Det tar tid.")
    )
    project.add_transcripts([group, OTHERS])
    passages = segments_of(group) + segments_of(OTHERS)
    project.set_segments(passages)
    _, bos, _, patients = (one.id for one in passages)
    project.set_suggestions(
        [
            Suggestion(patients, "trust", 0.5, (), "name", bos, bos),
            Suggestion(bos, "trust", 0.5, (), "name", patients, None),
        ],
        model="m",
    )
    project.forget("Anna")
    found = {one.segment_id: (one.accepted_id, one.rejected_id) for one in project.suggestions}
    renamed = bos.replace("Anna", BLOCK * 4)
    assert found == {patients: (renamed, renamed), renamed: (patients, None)}


def test_ids_that_hold_the_same_but_for_the_name_stay_apart(project):
    def group(id_, who):
        return interview(id_, (who, "participant", f"Jag {who}."), ("Bo", "participant", "Nej."))

    fill(project, group("Anna och Bo", "Anna"), group("Elsa och Bo", "Elsa"))
    project.forget("Anna")
    project.forget("Elsa")
    first = f"{BLOCK * 4} och Bo"
    assert [one.id for one in project.transcripts] == [first, f"{first}-2"]
    assert {one.transcript_id for one in project.segments} == {first, f"{first}-2"}
    assert [one.segment_id for one in project.reviews] == [one.id for one in project.segments]


def test_the_file_of_someone_else_who_is_called_after_them_is_renamed_too(project, tmp_path):
    theirs = interview("p01", ("Karin Holm", "participant", "Mm."), ("Bo Ek", "participant", "Ja."))
    other = interview("Mannen till Karin Holm", ("Sven Ek", "participant", "Jag har det bra."))
    fill(project, theirs, other)
    project.forget("p01")
    (transcript,) = project.transcripts
    assert transcript.id == f"Mannen till {BLOCK * 10}"
    assert project.segments[0].speaker == "Sven Ek"
    assert found_in(tmp_path, "Karin", "Holm") == set()


def test_the_renamed_group_read_again_is_refused_and_merges_with_one_that_forgot_too(
    project, tmp_path
):
    group = replace(GROUP, id="Anna och Bo", source="Anna och Bo.docx")
    fill(project, group)
    with Project(tmp_path / "ida.alliance") as ida:
        ida.set_codebook(CODEBOOK)
        fill(ida, group)
        ida.forget("Anna Berg")
    project.forget("Anna Berg")
    with pytest.raises(ProjectError, match="Anna och Bo was removed at a participant's request"):
        project.add_transcripts([group])
    assert project.merge(ida.path)["decisions"] == 4
    assert len(project.transcripts) == 1


def test_a_file_that_cannot_be_made_smaller_says_that_the_participant_is_gone(project):
    fill(project, HERS, OTHERS)

    deny_vacuum(project)
    with pytest.raises(ProjectError, match="the participant was removed, but the file could not"):
        project.forget("grannskap-07")
    assert [one.id for one in project.transcripts] == ["p02"]
    assert len(project.removals) == 1


def test_no_vector_of_theirs_stays_in_the_cache(project):
    def vectors(transcript):
        texts = [segment.text for segment in segments_of(transcript)]
        return {text: np.eye(4, dtype=np.float32)[0] for text in texts}

    fill(project, HERS, OTHERS)
    write_vectors("model-a", vectors(HERS) | vectors(OTHERS))
    write_vectors("model-b", vectors(HERS))
    project.forget("grannskap-07")
    assert read_vectors("model-a", vectors(HERS)) == read_vectors("model-b", vectors(HERS)) == {}
    # The answer that named them went with them, the question stays.
    assert set(read_vectors("model-a", vectors(OTHERS))) == {"Kände du någon där?"}


def test_vectors_of_others_who_named_them_are_forgotten_too(project, monkeypatch):
    forgotten = []
    monkeypatch.setattr("alliance_nlp.embeddings.forget_vectors", forgotten.extend)
    fill(project, HERS, OTHERS)
    project.forget("Gunvor-Ö")
    together = "Ja, Gunvor Östling bodde granne. Det var tryggt."
    assert {"Ja, Gunvor Östling bodde granne.", together, SVENSKA, ZHONGWEN} <= set(forgotten)
    assert "Kände du någon där?" not in forgotten


def test_the_removed_interview_is_refused_when_it_is_brought_in_again(project, tmp_path):
    fill(project, HERS, OTHERS)
    with Project(tmp_path / "ida.alliance") as ida:
        ida.set_codebook(CODEBOOK)
        fill(ida, HERS, OTHERS)
    project.forget("grannskap-07")
    with pytest.raises(ProjectError, match="was removed at a participant's request"):
        project.add_transcripts([replace(HERS, id="under-another-name")])
    with pytest.raises(ProjectError, match=r"remove it from ida\.alliance too, then merge"):
        project.merge(ida.path)
    with Project(ida.path) as ida:
        with pytest.raises(ProjectError, match="remove it here too, then merge"):
            ida.merge(project.path)
        ida.forget("grannskap-07")
    assert project.merge(ida.path)["decisions"] == 2
    assert [one.id for one in project.transcripts] == ["p02"]


def test_the_group_interview_read_again_stays_overwritten(project):
    fill(project, GROUP)
    project.forget("Anna Berg")
    before = project.transcripts
    assert project.add_transcripts([GROUP]) == 0
    assert project.transcripts == before


def test_an_interview_without_turns_can_be_forgotten(project, tmp_path):
    project.add_transcripts([Transcript("lone", SVENSKA, source="lone.txt")])
    project.add_memo("code", "trust", SVENSKA, "Eva")
    project.forget("lone")
    assert found_in(tmp_path, *words_of(SVENSKA), "lone") == set()
    assert set(project.memos[0].text) == {BLOCK, "."}


# Overwriting


@pytest.mark.parametrize(
    ("names", "text", "expected"),
    [
        ([], "Anna", "Anna"),
        (["Anna"], "Anna, ANNA, Anna's, Annas", "????, ????, ????'s, ????s"),
        (["Anna"], "Susanna, Annandag, anna", "Susanna, Annandag, anna"),
        (["P1"], "P1 P10 xP1 P1_b", "?? P10 xP1 ??_b"),
        (["李明"], "我和李明说", "我和??说"),
        (["Anna"], "我和Anna说", "我和????说"),
        (["Anna", "Anna Berg"], "Anna Berg.", "?????????."),
        (["C. Ek"], "C. Ek, C Ek", "?????, C Ek"),
    ],
)
def test_names_are_overwritten_as_whole_words(names, text, expected):
    assert Names(names).overwrite(text) == expected.replace("?", BLOCK)


@pytest.mark.parametrize(
    ("text", "overwritten"),
    [
        ("Often 'I don't know'.", ""),
        ("At the end of the day this code is rare.", ""),
        ("一个人说：我不知道", ""),
        (
            "As in: at the end of THE day i stayed -- at home, alone (!)",
            "at the end of THE day i stayed -- at home, alone",
        ),
        ("Telling: 'she listened to all of it'!", "she listened to all of it"),
    ],
)
def test_quotations_are_longer_than_what_two_people_say_by_chance(text, overwritten):
    said = Quotations(
        [
            "I don't know. At the end of the day, I stayed at home alone.",
            "She listened to all of it.",
            "我不知道。",
        ]
    )
    assert said.overwrite(text) == text.replace(overwritten, BLOCK * len(overwritten))


def test_overwriting_keeps_lines_and_length():
    assert overwrite("a\nb😀", 0) == f"{BLOCK}\n{BLOCK}{BLOCK}"
    assert overwrite("", 0) == ""
