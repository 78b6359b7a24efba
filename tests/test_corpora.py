"""The invented interviews: what they are, how they are read, and their example codings."""

import csv
import io
import re
import runpy
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from alliance_nlp import Codebook, read_transcripts

CORPORA = Path(__file__).parents[1] / "corpora"
INTERVIEWS = CORPORA / "interviews"
CODED = CORPORA / "interviews-coded"
MAKE = runpy.run_path(str(CORPORA / "make_coded.py"))
FILES = [path for path in INTERVIEWS.iterdir() if not path.name.startswith(".")]
INVENTED = {"en": "Invented interview", "sv": "Påhittad intervju", "zh": "虚构访谈"}


def table(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


@pytest.fixture(scope="module")
def transcripts():
    return {transcript.id: transcript for transcript in read_transcripts(INTERVIEWS)}


@pytest.fixture(scope="module")
def codings():
    return table(CODED / "codings.csv")


@pytest.fixture(scope="module")
def codebook():
    return Codebook.builtin("alliance")


def spoken(transcript, role=None):
    return [
        transcript.text[turn.start : turn.end]
        for turn in transcript.turns
        if role in (None, turn.role)
    ]


def test_there_are_six_interviews_two_per_language_in_four_formats(transcripts):
    assert sorted(transcripts) == sorted(path.stem for path in FILES)
    assert Counter(t.language for t in transcripts.values()) == {"en": 2, "sv": 2, "zh": 2}
    assert {path.suffix for path in FILES} == {".txt", ".docx", ".vtt", ".srt"}


def test_the_language_is_the_one_that_the_name_of_the_file_says(transcripts):
    assert all(t.language == name[:2] for name, t in transcripts.items())


def test_each_interview_is_as_long_as_a_short_interview(transcripts):
    for transcript in transcripts.values():
        words = " ".join(spoken(transcript))
        if transcript.language == "zh":
            assert 1500 <= len(re.findall(r"[\u4e00-\u9fff]", words)) <= 3000, transcript.id
        else:
            assert 900 <= len(words.split()) <= 1800, transcript.id


def test_two_speak_in_turns_and_the_participant_says_most(transcripts):
    for transcript in transcripts.values():
        assert len({turn.speaker for turn in transcript.turns}) == 2, transcript.id
        roles = [turn.role for turn in transcript.turns]
        assert roles == (["interviewer", "participant"] * len(roles))[: len(roles)], transcript.id
        asked, answered = (
            len("".join(spoken(transcript, r))) for r in ("interviewer", "participant")
        )
        assert answered > 3 * asked, transcript.id


@pytest.mark.parametrize(
    ("name", "turns", "begins", "ends"),
    [
        ("en-stroke-physio", 53, "Okay, that's recording.", "I'll stop it there."),
        ("en-dialysis-counselling", 60, "So this is working,", "I've washing out."),
        ("sv-arbetsterapeut-stroke", 48, "Då kör vi.", "Det är kvar."),
        ("sv-kurator-onkologi", 52, "Så, nu spelar den in.", "hissen har kvicknat till."),
        ("zh-naocuzhong-huanzhe", 55, "叔，咱们就随便聊，", "半糖的。"),
        ("zh-yiwu-shegong", 50, "好，那我们开始录了啊。", "水果带两个走。"),
    ],
)
def test_every_turn_is_read_and_nothing_but_turns(transcripts, name, turns, begins, ends):
    words = spoken(transcripts[name])
    assert len(words) == turns
    assert words[0].startswith(begins)
    assert words[-1].endswith(ends)
    assert not re.search(r"-->|#\d|<v|\[[A-Z]|^(I|P|Interviewer|Participant):", "\n".join(words))


def test_times_are_read_where_the_format_has_them(transcripts):
    timed = {name for name, transcript in transcripts.items() if transcript.sync_points}
    assert timed == set(transcripts) - {"en-dialysis-counselling", "sv-kurator-onkologi"}


def test_each_file_says_that_it_is_invented_or_the_readme_says_it(transcripts):
    unlabelled = set()
    for path in FILES:
        content = path.read_bytes()
        if path.suffix == ".docx":
            content = zipfile.ZipFile(path).read("word/document.xml")
        label = INVENTED[path.name[:2]]
        if label not in content.decode("utf-8"):
            unlabelled.add(path.name)
        assert not any(label in words for words in spoken(transcripts[path.stem])), path.name
    assert unlabelled == {"zh-naocuzhong-huanzhe.srt"}
    readme = (CORPORA / "README.md").read_text(encoding="utf-8")
    assert "this page says it for `zh-naocuzhong-huanzhe.srt`" in " ".join(readme.split())
    assert all(path.name in readme for path in FILES)


def test_every_quote_stands_once_within_one_answer(transcripts, codings):
    for row in codings:
        transcript = transcripts[row["transcript_id"]]
        assert transcript.text.count(row["quote"]) == 1, row["quote"]
        assert sum(row["quote"] in words for words in spoken(transcript, "participant")) == 1, row


def test_each_interview_has_twenty_to_forty_codings_and_none_twice(transcripts, codings):
    assert len({tuple(row.values()) for row in codings}) == len(codings)
    per_interview = Counter(row["transcript_id"] for row in codings)
    assert set(per_interview) == set(transcripts)
    assert all(20 <= n <= 40 for n in per_interview.values())


def test_some_passages_have_several_codes(codings):
    assert max(Counter(row["quote"] for row in codings).values()) > 1


def test_every_child_code_is_used_in_several_languages(codings, codebook):
    used = {row["code_id"] for row in codings}
    assert used <= {code.id for code in codebook}
    languages = {(row["code_id"], row["transcript_id"][:2]) for row in codings}
    spread = Counter(code_id for code_id, _ in languages)
    assert all(spread[code.id] >= 2 for code in codebook if code.parent)


def test_the_corpus_files_are_what_the_script_makes(tmp_path):
    MAKE["make_coded"](tmp_path)
    for made in tmp_path.iterdir():
        kept = CODED / made.name
        assert made.read_text(encoding="utf-8") == kept.read_text(encoding="utf-8"), (
            f"{kept} is out of date; run python corpora/make_coded.py"
        )
    assert {made.name for made in tmp_path.iterdir()} == {"data.csv", "codebook.csv"}


def test_the_rows_of_the_corpus_are_the_turns_with_the_names_of_their_codes(transcripts, codebook):
    rows = table(CODED / "data.csv")
    names = {row["code"] for row in table(CODED / "codebook.csv")}
    assert len(names) == len(codebook)
    assert len({row["seg_id"] for row in rows}) == len(rows)
    assert len(rows) == sum(len(transcript.turns) for transcript in transcripts.values())
    for row in rows:
        codes = row["codes"].split("|") if row["codes"] else []
        assert names.issuperset(codes)
        assert row["speaker"] == "participant" or not codes


def test_every_coding_arrives_in_the_corpus(codings, codebook):
    rows = table(CODED / "data.csv")
    for coding in codings:
        (row,) = [row for row in rows if coding["quote"] in row["text"]]
        assert row["doc_id"] == coding["transcript_id"]
        assert codebook.by_id(coding["code_id"]).name in row["codes"].split("|")


def test_a_quote_that_does_not_stand_once_is_refused(transcripts):
    with pytest.raises(ValueError, match=r"stands 0 times in en-stroke-physio\.vtt"):
        MAKE["turn_of"]("I trusted her at once.", transcripts["en-stroke-physio"])
    with pytest.raises(ValueError, match=r"stands \d+ times"):
        MAKE["turn_of"]("Yeah", transcripts["en-stroke-physio"])


def test_the_corpus_says_that_its_codings_are_no_reference():
    described = tomllib.loads((CODED / "corpus.toml").read_text(encoding="utf-8"))
    assert described["human_agreement"].startswith("none")
    assert described["learn"] is False
    assert described["languages"] == ["en", "sv", "zh"]


PUBLIC = sorted(path.parent.name for path in CORPORA.glob("*/corpus.toml") if path.parent != CODED)


def test_there_are_ten_public_corpora_and_none_of_their_texts_is_here():
    assert len(PUBLIC) == 10
    for name in PUBLIC:
        assert [path.name for path in (CORPORA / name).iterdir()] == ["corpus.toml"]


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_corpus_is_described_for_whoever_quotes_it(name):
    described = tomllib.loads((CORPORA / name / "corpus.toml").read_text(encoding="utf-8"))
    assert described["name"] == name
    for key in ("source", "revision", "licence", "citation", "human_agreement", "uncoded_means"):
        assert described[key].strip(), key
    assert re.search(r"[0-9a-f]{40}", described["revision"])
    assert re.search(r"\(\d{4}\).*https?://", described["citation"]) or described[
        "citation"
    ].startswith("not verified: ")
