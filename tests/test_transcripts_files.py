import hashlib
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_nlp.errors import TranscriptError, TranscriptWarning
from alliance_nlp.transcripts import Transcript, Turn, read_transcripts
from alliance_nlp.transcripts.languages import language_of
from alliance_nlp.transcripts.read import _READERS
from alliance_nlp.transcripts.roles import give_roles, role_of

TALK = "Interviewer: How are you?\nP1: Fine, thank you."


def put(folder, name, content=TALK):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def ids(transcripts):
    return [transcript.id for transcript in transcripts]


def test_a_file_gives_text_turns_roles_language_source_and_hash(tmp_path):
    path = put(tmp_path, "p01.txt")
    (transcript,) = read_transcripts(path)
    assert (transcript.id, transcript.source, transcript.language) == ("p01", "p01.txt", "en")
    assert transcript.text == TALK
    assert [turn.role for turn in transcript.turns] == ["interviewer", "participant"]
    assert transcript.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_folder_is_read_to_its_depth_in_order_of_id(tmp_path):
    for name in ("b.txt", "sub/a.MD", "c.TXT"):
        put(tmp_path, name)
    assert (
        ids(read_transcripts(tmp_path)) == ids(read_transcripts(str(tmp_path))) == ["a", "b", "c"]
    )


def test_hidden_files_lock_files_and_other_endings_are_passed_over(tmp_path):
    for name in ("p.txt", ".p.txt", "~$p.docx", ".git/x.txt", "q.png", "ReadMe.md", "LICENSE.txt"):
        put(tmp_path, name, TALK if name == "p.txt" else b"\x00")
    assert ids(read_transcripts(tmp_path)) == ["p"]


@pytest.mark.parametrize("name", ["Åsa.txt", "Åsa/p2.txt", "Åsa.pdf"])
def test_a_name_that_is_not_utf8_is_refused_and_the_others_are_read(tmp_path, name):
    put(tmp_path, "p1.txt")
    try:
        put(tmp_path, os.fsdecode(name.encode("cp1252")))
    except (OSError, UnicodeError):
        pytest.skip("this system has no such names")
    sentence = r"\?sa.*: the name holds characters that cannot be read \(here \?\); rename the file"
    with pytest.raises(TranscriptError, match=sentence) as raised:
        read_transcripts(tmp_path)
    assert str(raised.value).encode()
    with pytest.warns(TranscriptWarning, match=f"left out: .*{sentence}"):
        assert ids(read_transcripts(tmp_path, on_error="warn")) == ["p1"]


def test_a_folder_below_a_hidden_one_is_read_when_it_is_named(tmp_path):
    put(tmp_path, ".study/p.txt")
    assert ids(read_transcripts(tmp_path / ".study")) == ["p"]


def test_a_sequence_of_paths_gives_the_same_in_any_order_and_each_file_once(tmp_path):
    one, two = put(tmp_path, "p1.txt"), put(tmp_path, "p2.txt", TALK + " Really.")
    assert read_transcripts([one, two, one]) == read_transcripts((str(two), tmp_path))
    assert read_transcripts([]) == []


def test_equal_stems_take_the_ending_and_equal_names_the_folder(tmp_path):
    put(tmp_path, "p1.txt")
    put(tmp_path, "p1.md")
    put(tmp_path, "a/p2.txt")
    put(tmp_path, "b/p2.txt")
    put(tmp_path, "p3.txt")
    wanted = ["a-p2.txt", "b-p2.txt", "p1.md", "p1.txt", "p3"]
    assert ids(read_transcripts(tmp_path)) == wanted
    assert ids(read_transcripts(list(tmp_path.rglob("*.*")))) == wanted


def test_interviews_of_two_tables_that_share_an_id_take_the_file(tmp_path):
    put(tmp_path, "x.csv", "doc,text\n1,Hi.\n2,Yes.\n")
    put(tmp_path, "y.csv", "doc,text\n1,Hi.\n")
    assert ids(read_transcripts(tmp_path)) == ["2", "x-1", "y-1"]


def test_an_id_is_the_same_however_the_system_composes_letters(tmp_path):
    put(tmp_path, "a\u030asa.txt")
    assert ids(read_transcripts(tmp_path)) == ["\u00e5sa"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("old.doc", "save it as .docx"),
        ("old.rtf", "save it as .docx"),
        (
            "p.xyz",
            "the ending '.xyz' is not known; read are .txt, .md, .docx, .vtt, .srt, .csv, .tsv",
        ),
        ("p.txt", "the file is empty"),
        ("p.csv", "the file is empty"),
        ("p.docx", "the file is empty"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_a_remedy(tmp_path, name, sentence):
    with pytest.raises(TranscriptError) as caught:
        read_transcripts(put(tmp_path, name, b""))
    assert str(tmp_path / name) in str(caught.value)
    assert sentence in str(caught.value)


def test_an_old_word_document_in_a_folder_is_not_passed_over_in_silence(tmp_path):
    put(tmp_path, "p1.txt")
    put(tmp_path, "p2.doc", b"\xd0\xcf\x11\xe0")
    with pytest.warns(TranscriptWarning, match=r"p2\.doc: \.doc cannot be read"):
        assert ids(read_transcripts(tmp_path, on_error="warn")) == ["p1"]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("p2.pdf", ".docx"), ("p2.XLSX", ".csv"), ("p2.json", ".txt"), ("p2.otr", ".txt")],
)
def test_a_format_that_is_not_read_is_told_with_a_remedy(tmp_path, name, remedy):
    put(tmp_path, "p1.txt")
    put(tmp_path, name)
    with pytest.warns(TranscriptWarning, match=f"{name}: .* save it as {remedy}") as caught:
        assert ids(read_transcripts(tmp_path, on_error="warn")) == ["p1"]
    assert len(caught) == 1
    with pytest.raises(TranscriptError, match=name):
        read_transcripts(tmp_path)


def test_nothing_to_read_is_an_error_that_names_the_endings(tmp_path):
    put(tmp_path, "picture.png", b"\x89PNG")
    with pytest.raises(
        TranscriptError, match=r"no transcript in the folder; read are \.txt.*\.tsv"
    ):
        read_transcripts(tmp_path)
    with pytest.raises(TranscriptError, match="there is no such file or folder"):
        read_transcripts(tmp_path / "nowhere")


def test_labels_without_words_are_refused(tmp_path):
    with pytest.raises(TranscriptError, match="nobody says anything"):
        read_transcripts(put(tmp_path, "p.txt", "Interviewer:\nPatient:\n"))


def test_warn_gives_one_warning_per_file_and_the_rest(tmp_path):
    put(tmp_path, "a.txt")
    put(tmp_path, "b.txt", b"")
    put(tmp_path, "c.vtt", "no")
    put(tmp_path, "d.docx", "no")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert ids(read_transcripts(tmp_path, on_error="warn")) == ["a"]
    assert [w.category for w in caught] == [TranscriptWarning] * 3
    assert {w.filename for w in caught} == {__file__}
    with pytest.raises(TranscriptError, match=r"b\.txt"):
        read_transcripts(tmp_path)


def test_all_repairs_of_a_file_are_one_warning(tmp_path):
    content = (
        "WEBVTT\n\n00:05.000 --> 00:06.000\n<v P>Två år.\n\n00:01.000 --> 00:02.000\n<v I>Så?\n"
    )
    path = put(tmp_path, "p.vtt", content.encode() + b"\xff")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        read_transcripts(path)
    assert [w.filename for w in caught] == [__file__]
    assert "p.vtt: bytes that cannot be decoded" in str(caught[0].message)
    assert "; cues out of order" in str(caught[0].message)


def test_an_unknown_answer_to_on_error_is_refused(tmp_path):
    with pytest.raises(ValueError, match="'raise' or 'warn'"):
        read_transcripts(tmp_path, on_error="ignore")


def test_language_overrides_what_the_words_say(tmp_path):
    (transcript,) = read_transcripts(put(tmp_path, "p.txt"), language="da")
    assert transcript.language == "da"


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("Fine.", "en"),
        ("Hej, hur är det?", "sv"),
        ("Ja.", "sv"),
        ("嗯。", "zh"),
        ("我在 Stroke Unit 工作，我們常常開會。", "zh"),
        ("Jag tycker att det är viktigt att vi möts i samma rum. " * 8, "sv"),
        ("Det er viktig at vi møtes i samme rom, og så får vi se på det. " * 8, "no"),
        ("Ich denke, dass es wichtig ist, sich im selben Raum zu treffen. " * 8, "de"),
        ("I think that it is important to meet in the same room. " * 8, "en"),
        ("…", ""),
        ("", ""),
    ],
)
def test_the_language_is_told_from_short_and_long_talk(words, language):
    assert language_of(words) == language


@pytest.mark.parametrize(
    ("speaker", "role"),
    [
        *(
            (s, "interviewer")
            for s in [
                "I",
                "I1",
                "Q",
                "Interviewer",
                "INTERVIEWER",
                "Intervjuare",
                "Moderator",
                "主持人",
                "问",
            ]
        ),
        *(
            (s, "participant")
            for s in ["P", "P12", "R", "Respondent", "Deltagare", "受访者A", "受訪者", "答", "IP3"]
        ),
        ("Interviewer 2", "interviewer"),
        ("Anna (Interviewer)", "interviewer"),
        *((s, "") for s in ["Anna", "Kurator", "SPEAKER_00", "i", "p", "张三"]),
        ("", ""),
    ],
)
def test_roles_are_known_by_words_in_three_languages(speaker, role):
    assert role_of(speaker) == role


def spoken(*talk, name="p01"):
    text, turns = "", []
    for speaker, words in talk:
        turns.append(Turn(len(text), len(text) + len(words), speaker))
        text += words
    return Transcript(name, text, tuple(turns))


def roles(*talk, **options):
    (transcript,) = give_roles([spoken(*talk)], **options)
    return [turn.role for turn in transcript.turns]


def test_who_asks_clearly_is_the_interviewer():
    asked, told = ("Anna", "How was it then?"), ("Bo", "It was good, I would say, in the end.")
    assert roles(asked, told, asked, told) == ["interviewer", "participant"] * 2
    assert roles(("Anna", "怎么样？"), ("Bo", "很好，谢谢你。")) == ["interviewer", "participant"]


def test_nobody_is_guessed_when_both_ask_or_one_speaks_or_the_asker_speaks_most():
    assert roles(("Anna", "How?"), ("Bo", "Why?")) == ["", ""]
    assert roles(("Anna", "How? Well."), ("Anna", "So?")) == ["", ""]
    assert roles(("", "How?"), ("", "So.")) == ["", ""]
    assert roles(("Anna", "I said a lot, and so what?"), ("Bo", "Yes.")) == ["", ""]


def test_a_patient_who_asks_is_no_interviewer():
    assert roles(("Patient", "Why?"), ("Kurator", "Because.")) == ["participant", ""]


def test_who_is_left_when_the_interviewer_is_named_is_a_participant():
    assert roles(("I", "So."), ("Anna", "Why?"), ("", "hm")) == ["interviewer", "participant", ""]


def test_two_who_ask_a_group_are_both_interviewers():
    group = [("Eva", "And you?"), ("Bo", "Good."), ("Ida", "Why?"), ("Li", "It helps me.")]
    assert roles(*group) == ["interviewer", "participant"] * 2


def test_a_name_has_the_same_role_in_all_interviews():
    asked = spoken(("Eva", "How was it then?"), ("Bo", "It was good, in the end."), name="p01")
    silent = spoken(("Eva", "Mm."), ("Ali", "It was hard for me."), name="p02")
    assert [turn.role for turn in give_roles([silent])[0].turns] == ["", ""]
    for order in ([asked, silent], [silent, asked]):
        read = {each.id: each for each in give_roles(order)}
        assert [turn.role for turn in read["p02"].turns] == ["interviewer", "participant"]


@pytest.mark.parametrize("label", ["Speaker 1", "SPEAKER_00", "A", "说话人1"])
def test_a_number_or_a_letter_is_another_person_in_each_interview(label):
    asked = spoken((label, "How was it then?"), ("Bo", "It was good, in the end."), name="p01")
    silent = spoken((label, "I was ill for a year."), ("Ali", "Mm."), name="p02")
    assert [turn.role for turn in give_roles([asked, silent])[1].turns] == ["", ""]


def test_who_is_named_as_an_interviewer_is_one_and_all_others_are_participants(tmp_path):
    talk = (("P1", "Why?"), ("Anna", "Because."), ("", "hm"))
    assert roles(*talk, interviewers=["P1"]) == ["interviewer", "participant", ""]
    (tmp_path / "p01.txt").write_text("Anna: So.\nBo: Well.\nAnna: Yes.\nBo: No.", encoding="utf-8")
    (read,) = read_transcripts(tmp_path, interviewers="Bo")
    assert [turn.role for turn in read.turns] == ["participant", "interviewer"] * 2
    with pytest.warns(TranscriptWarning, match="no speaker is called 'Eva'"):
        read_transcripts(tmp_path, interviewers=["Bo", "Eva"])


@pytest.mark.parametrize("ending", sorted(_READERS))
@settings(max_examples=60)
@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.text().map(lambda text: f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}".encode()),
        st.text().map(lambda text: f"1\n00:00:01,000 --> 00:00:02,000\n{text}".encode()),
        st.text().map(lambda text: f"text,start,speaker\n{text}".encode("utf-16")),
    )
)
def test_any_bytes_are_read_or_refused_and_never_crash(tmp_path_factory, ending, content):
    path = put(tmp_path_factory.getbasetemp() / "any", f"p{ending}", content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TranscriptWarning)
        try:
            transcripts = read_transcripts(path, language="en")
        except TranscriptError as error:
            assert f"p{ending}" in str(error)
            return
    for transcript in transcripts:
        assert all(transcript.text[turn.start : turn.end].strip() for turn in transcript.turns)


def test_reading_is_imported_without_the_libraries_that_it_may_need():
    code = (
        "import sys, alliance_nlp.transcripts; "
        "assert not {'docx', 'srt', 'py3langid', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])
