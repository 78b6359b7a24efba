"""Names that people gave to themes: they follow their members from run to run."""

import sqlite3
from dataclasses import replace
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_nlp import Project, Segment, Transcript
from alliance_nlp.project import file
from alliance_nlp.themes import Theme, ThemeName, match_names
from alliance_nlp.transcripts import Turn

TEXT = "abcdefghijklmnopqrst"


def interview(id_):
    return Transcript(id_, TEXT, source=f"{id_}.txt")


def segments_of(id_):
    return [
        Segment(f"{id_}:{at}-{at + 1}", id_, at, at + 1, letter) for at, letter in enumerate(TEXT)
    ]


def theme(id_, *segment_ids, **fields):
    return Theme(id_, "", segment_ids, (1.0,) * len(segment_ids), **fields)


@pytest.fixture
def project(tmp_path):
    with Project(tmp_path / "study.alliance") as project:
        project.add_transcripts([interview("p01"), interview("p02")])
        project.set_segments(segments_of("p01") + segments_of("p02"))
        yield project


IDS = [segment.id for segment in segments_of("p01") + segments_of("p02")]


def names(project):
    return [each.name for each in project.themes]


def told(name, members, *, id_="old", at="2026-01-01", interviews=("p01", "p02")):
    return ThemeName(name, "Eva", at, id_, tuple(members), interviews)


HERE = {id_: id_.partition(":")[0] for id_ in IDS}


# Matching


def test_nothing_is_matched_with_nothing():
    assert match_names([], [theme("t", *IDS)], HERE) == {}
    assert match_names([told("X", IDS)], [], HERE) == {}


def test_more_than_half_in_common_is_asked_for():
    name = told("X", IDS[:10])
    assert match_names([name], [theme("t", *IDS[:5])], HERE) == {}  # exactly half
    assert match_names([name], [theme("t", *IDS[:6])], HERE) == {0: "t"}
    assert match_names([name], [theme("t", *IDS[:20])], HERE) == {}
    assert match_names([name], [theme("t", *IDS[:19])], HERE) == {0: "t"}


def test_two_names_of_one_theme_go_to_the_one_that_fits_better():
    rows = [told("Narrow", IDS[:12]), told("Exact", IDS[:20])]
    assert match_names(rows, [theme("t", *IDS[:20])], HERE) == {1: "t"}
    # Together they have most in common if the first one takes what is left.
    both = [theme("t", *IDS[:20]), theme("u", *IDS[:10])]
    assert match_names(rows, both, HERE) == {0: "u", 1: "t"}


def test_where_overlaps_are_equal_the_same_id_decides_in_any_order():
    rows = [told("A", IDS[:4], id_="t"), told("B", IDS[:4], id_="u")]
    themes = [theme("u", *IDS[:4]), theme("t", *IDS[:4])]
    assert match_names(rows, themes, HERE) == {0: "t", 1: "u"}
    assert match_names(rows[::-1], themes[::-1], HERE) == {1: "t", 0: "u"}


def test_members_that_are_gone_and_interviews_that_are_new_do_not_count():
    name = told("X", [*IDS[:4], *(f"gone:{at}-{at}" for at in range(9))], interviews=("p01",))
    grown = theme("t", *IDS[:4], *IDS[20:40])
    assert match_names([name], [grown], HERE) == {0: "t"}
    heard = replace(name, transcript_ids=("p01", "p02"))
    assert match_names([heard], [grown], HERE) == {}
    assert match_names([told("X", ["gone:0-1"])], [grown], HERE) == {}


@given(
    st.lists(st.sets(st.integers(0, 19), min_size=1), min_size=1, max_size=4),
    st.lists(st.integers(0, 3), min_size=20, max_size=20),
)
def test_above_one_half_no_two_themes_can_claim_one_name(members, groups):
    """The themes of a run are disjoint, so each name has one theme that it can go to at most."""
    themes = [theme(f"t{g}", *(IDS[i] for i in range(20) if groups[i] == g)) for g in range(4)]
    for rows in members:
        name = told("X", [IDS[i] for i in rows])
        possible = [t.id for t in themes if match_names([name], [t], HERE)]
        assert len(possible) <= 1
        assert list(match_names([name], themes, HERE).values()) == possible


# In the project


def test_a_name_goes_over_to_the_theme_of_a_new_run_and_stays_its_coders(project):
    project.set_themes([theme("t1", *IDS[:10]), theme("t2", *IDS[20:30])])
    project.name_theme("t1", "Waiting", "Eva")
    project.name_theme("t2", "Haste", "Ida")
    assert project.set_themes([theme("u2", *IDS[21:31]), theme("u1", *IDS[:9])]) == []
    assert names(project) == ["Haste", "Waiting"]
    assert [(one.name, one.coder, one.named_id, one.theme_id) for one in project.theme_names] == [
        ("Waiting", "Eva", "t1", "u1"),
        ("Haste", "Ida", "t2", "u2"),
    ]


def test_a_name_without_a_theme_is_told_and_comes_back(project):
    project.set_themes([theme("t1", *IDS[:10])])
    project.name_theme("t1", "Waiting", "Eva")
    (lost,) = project.set_themes([theme("u1", *IDS[30:])])
    assert (lost.name, lost.coder, lost.segment_ids) == ("Waiting", "Eva", tuple(sorted(IDS[:10])))
    assert names(project) == [""]
    assert [one.theme_id for one in project.theme_names] == [""]
    assert [one.name for one in project.set_themes([])] == ["Waiting"]
    assert project.set_themes([theme("w1", *IDS[:10])]) == []
    assert names(project) == ["Waiting"]


def test_a_name_is_compared_with_what_was_named_and_does_not_wander_off(project):
    project.set_themes([theme("t1", *IDS[:10])])
    project.name_theme("t1", "Waiting", "Eva")
    project.set_themes([theme("u1", *IDS[2:12])])
    assert names(project) == ["Waiting"]
    (lost,) = project.set_themes([theme("w1", *IDS[4:14])])  # near the second, not the first
    assert lost.name == "Waiting"


def test_another_name_takes_the_place_of_the_one_that_was_carried(project):
    project.set_themes([theme("t1", *IDS[:10])])
    project.name_theme("t1", "Waiting", "Eva")
    project.set_themes([theme("u1", *IDS[1:10])])
    project.name_theme("u1", "Patience", "Ida")
    assert names(project) == ["Patience"]
    assert project.set_themes([theme("t1", *IDS[:10])]) == []
    assert names(project) == ["Patience"]
    assert [one.name for one in project.theme_names] == ["Patience"]
    kept = project._connection.execute("SELECT name, coder FROM theme_names").fetchall()
    assert kept == [("Waiting", "Eva"), ("Patience", "Ida")]  # nothing is overwritten


def test_a_name_that_was_taken_back_stays_away(project):
    project.set_themes([theme("t1", *IDS[:10])])
    project.name_theme("t1", "Waiting", "Eva")
    project.set_themes([theme("u1", *IDS[1:10])])
    project.name_theme("u1", "", "Eva")
    for id_ in ("u1", "t1"):
        assert project.set_themes([theme(id_, *IDS[:10])]) == []
        assert names(project) == [""]
    project.name_theme("t1", "Patience", "Eva")
    assert names(project) == ["Patience"]


def test_everything_a_theme_says_comes_back_as_it_was_given(project):
    given_ = Theme(
        "t1", "", (IDS[3], IDS[1]), (1.0, 0.5), ("慢", "tid"), (IDS[1], IDS[3]), 0.25, "t2",
        "Att vänta", ("慢慢来", "i väntan på"), (IDS[3],), (IDS[9], IDS[7]), (0.4, 0.3), 2,
    )  # fmt: skip
    project.set_themes([given_, theme("t2", IDS[9])])
    assert project.themes[0] == given_
    project.name_theme("t1", "X", "Eva")
    assert project.theme_names[0].segment_ids == (IDS[1], IDS[3])  # not what belongs there too


def test_a_name_survives_new_interviews_and_a_segmentation_that_goes_and_comes_back(project):
    project.set_themes([theme("t1", *IDS[:6], *IDS[20:24])])
    project.name_theme("t1", "Waiting", "Eva")
    more = [f"p03:{at}-{at + 1}" for at in range(20)]
    project.add_transcripts([interview("p03")])
    every = segments_of("p01") + segments_of("p02") + segments_of("p03")
    project.set_segments(every)
    assert project.set_themes([theme("u1", *IDS[:6], *IDS[20:24], *more)]) == []
    project.set_segments([Segment("p01:0-20", "p01", 0, 20, TEXT)])
    assert project.themes == []
    assert [one.name for one in project.set_themes([theme("w1", "p01:0-20")])] == ["Waiting"]
    project.set_segments(every)
    assert project.set_themes([theme("t1", *IDS[:6], *IDS[20:24])]) == []
    assert names(project) == ["Waiting"]


# Forgetting


def test_a_name_outlives_a_member_who_asks_to_be_forgotten(project):
    project.set_themes([theme("t1", *IDS[15:25]), theme("t2", *IDS[25:], contrast_ids=(IDS[25],))])
    project.name_theme("t1", "Waiting", "Eva")
    project.name_theme("t2", "Haste", "Eva")
    project.forget("p02")
    assert project.themes == []
    # That of the other theme had no other members.
    assert [one.name for one in project.theme_names] == ["Waiting"]
    assert project.theme_names[0].segment_ids == tuple(sorted(IDS[15:20]))
    assert project.set_themes([theme("u1", *IDS[15:20])]) == []
    assert names(project) == ["Waiting"]
    content = project.path.read_bytes()
    assert b"p02" not in content
    assert b"Haste" not in content


WORDS = {
    "p01": "Ingen hade frågat förut. Jag fick vänta i korridoren. Mormor kokte kaffe.",
    "p02": "Jag fick vänta i tre veckor. 慢慢来。",
}


@pytest.fixture
def spoken(tmp_path):
    with Project(tmp_path / "study.alliance") as project:
        project.add_transcripts([Transcript(id_, text) for id_, text in WORDS.items()])
        project.set_segments(
            [
                Segment(f"{id_}:0-{len(text)}", id_, 0, len(text), text, language="sv")
                for id_, text in WORDS.items()
            ]
        )
        yield project


def test_what_a_theme_says_holds_no_word_of_the_forgotten(spoken):
    first, second = (segment.id for segment in spoken.segments)
    says = {
        "title": "frågat förut",
        "phrases": ("mormor kokte kaffe", "jag fick vänta"),
        "keywords": ("korridoren", "vänta"),
    }
    spoken.set_themes([theme("t1", second, **says)])
    spoken.forget("p01")
    (kept,) = spoken.themes
    assert (kept.title, kept.phrases, kept.keywords) == ("", ("jag fick vänta",), ("vänta",))
    content = spoken.path.read_bytes().decode("utf-8", "ignore").casefold()
    assert not [word for word in ("frågat", "mormor", "korridor", first) if word in content]


def test_a_theme_to_which_the_forgotten_belong_too_goes(spoken):
    first, second = (segment.id for segment in spoken.segments)
    also = theme("t1", second, also_ids=(first,), also_probabilities=(0.4,), title="frågat")
    spoken.set_themes([also])
    spoken.forget("p01")
    assert spoken.themes == []


def test_a_name_in_the_words_of_the_forgotten_alone_is_overwritten(spoken):
    _, second = (segment.id for segment in spoken.segments)
    spoken.set_themes([theme("t1", second)])
    for name in ("Ingen hade frågat förut", "Jag fick vänta i", "Mormor"):
        spoken.name_theme("t1", name, "Eva")
    spoken.forget("p01")
    kept = [name for (name,) in spoken._connection.execute("SELECT name FROM theme_names")]
    assert kept == ["█████ ████ ██████ █████".replace(" ", "█"), "Jag fick vänta i", "Mormor"]


def test_names_follow_a_group_that_is_renamed(tmp_path):
    said = "Anna: Ja.\nBo: Det tar tid.\n"
    with Project(tmp_path / "study.alliance") as project:
        turns = (Turn(6, 9, "Anna", "participant"), Turn(14, 26, "Bo", "participant"))
        project.add_transcripts([Transcript("Anna och Bo", said, turns)])
        bos = Segment("Anna och Bo:14-26", "Anna och Bo", 14, 26, said[14:26], speaker="Bo")
        project.set_segments([bos])
        project.set_themes([theme("t1", bos.id)])
        project.name_theme("t1", "Tid", "Eva")
        project.forget("Anna")
        (now,) = project.segments
        assert project.theme_names[0].segment_ids == (now.id,)
        assert project.theme_names[0].transcript_ids == (now.transcript_id,)
        assert b"Anna" not in project.path.read_bytes()


def cut_twice(project, transcript, *, named, name="To wait"):
    """Name a theme of the first segmentation, of which nothing is left then."""
    project.add_transcripts([transcript])
    text = transcript.text

    def segments(*ends):
        return [
            Segment(f"{transcript.id}:{a}-{b}", transcript.id, a, b, text[a:b])
            for a, b in zip((0, *ends), (*ends, len(text)), strict=True)
        ]

    first = segments(*named)
    project.set_segments([*project.segments, *first])
    for number, one in enumerate(first):
        project.set_themes([theme(f"t{number}", one.id)])
        project.name_theme(f"t{number}", f"{name} {number}", "Eva")
    project.set_segments([*segments_of("p01"), *segments(2)])
    assert [one.segment_ids for one in project.theme_names] == [(one.id,) for one in first]
    return first


def test_what_was_named_before_segments_were_cut_anew_is_forgotten_too(project):
    cut_twice(project, Transcript("anna-svensson", "I had to wait. It took long."), named=(14,))
    project.forget("anna-svensson")
    assert project.theme_names == []
    content = project.path.read_bytes()
    assert [word for word in (b"anna", b"svensson", b"To wait") if word in content] == []


def test_a_name_whose_members_are_away_outlives_one_of_them(project):
    anna = Transcript("anna-svensson", "I had to wait.")
    project.add_transcripts([anna])
    hers = Segment("anna-svensson:0-14", anna.id, 0, 14, anna.text)
    project.set_segments([*segments_of("p01"), hers])
    project.set_themes([theme("t1", IDS[0], hers.id)])
    project.name_theme("t1", "To wait", "Eva")
    project.set_segments([Segment("p01:0-20", "p01", 0, 20, TEXT)])
    project.forget(anna.id)
    assert [(one.name, one.segment_ids) for one in project.theme_names] == [
        ("To wait", (IDS[0],)),
    ]
    assert b"svensson" not in project.path.read_bytes()


def test_of_a_group_cut_anew_what_one_said_is_forgotten_and_the_rest_renamed(project):
    said = "Anna: Ja.\nBo: Det tar tid.\n"
    turns = (Turn(6, 9, "Anna", "participant"), Turn(14, 26, "Bo", "participant"))
    cut_twice(project, Transcript("Anna och Bo", said, turns), named=(14,))
    project.forget("Anna")
    (kept,) = project.theme_names
    (renamed,) = {one.id for one in project.transcripts} - {"p01", "p02"}
    assert (kept.name, kept.segment_ids) == ("To wait 1", (f"{renamed}:14-27",))
    assert kept.transcript_ids == (renamed,)
    rows = project._connection.execute("SELECT transcript_id FROM theme_name_members").fetchall()
    assert rows == [(renamed,)]
    assert project._connection.execute("PRAGMA foreign_key_check").fetchall() == []
    content = project.path.read_bytes()
    assert [word for word in (b"Anna", b"To wait 0") if word in content] == []


def test_what_another_file_named_before_it_was_cut_anew_is_forgotten_after_merging(
    project, tmp_path
):
    with Project(tmp_path / "ida.alliance") as ida:
        ida.add_transcripts([interview("p01")])
        cut_twice(ida, Transcript("anna-svensson", "I had to wait."), named=())
    assert project.merge(ida.path)["theme names"] == 1
    assert project.theme_names[0].segment_ids == ("anna-svensson:0-14",)
    project.forget("anna-svensson")
    assert project.theme_names == []
    assert b"svensson" not in project.path.read_bytes()


# Merging, and files of an earlier release


def copy_of(project, path):
    with Project(path) as ida:
        ida.add_transcripts(project.transcripts)
        ida.set_segments(project.segments)
    return path


def test_names_of_another_file_go_to_the_themes_with_the_same_members(project, tmp_path):
    with Project(copy_of(project, tmp_path / "ida.alliance")) as ida:
        ida.set_themes([theme("t1", *IDS[:10]), theme("t2", *IDS[20:30])])
        ida.name_theme("t1", "Wait", "Ida")
        ida.set_themes([theme("u1", *IDS[:9]), theme("t2", *IDS[20:30])])
        ida.name_theme("u1", "Waiting", "Ida")
        ida.name_theme("t2", "Courage", "Ida")
    project.set_themes([theme("m1", *IDS[1:10]), theme("m2", *IDS[20:30])])
    project.name_theme("m2", "To dare", "Eva")
    assert project.merge(ida.path)["theme names"] == 3
    assert names(project) == ["Waiting", "To dare"]  # a name that is here stays
    assert project.merge(ida.path)["theme names"] == 0
    assert names(project) == ["Waiting", "To dare"]


def test_a_file_of_the_first_version_keeps_its_names_and_they_are_carried(tmp_path):
    path = tmp_path / "old.alliance"
    connection = sqlite3.connect(path)
    script = files("alliance_nlp.project").joinpath("schema.sql").read_text(encoding="utf-8")
    connection.executescript(script)
    connection.executescript(
        """
        PRAGMA user_version = 1;
        INSERT INTO written_by VALUES ('0.1.0');
        INSERT INTO transcripts VALUES ('p01', 'abcdefghij', 'en', 'p01.txt', '');
        """
    )
    for at in range(10):
        row = (f"p01:{at}-{at + 1}", "p01", at, at + 1, "", "", "", "en", 1)
        connection.execute("INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    connection.executemany(
        "INSERT INTO themes VALUES (?, ?, ?, ?, ?)",
        [(1, "t1", '["a"]', 0.5, ""), (2, "t2", "[]", 0.5, ""), (3, "t3", "[]", 0.5, "")],
    )
    connection.executemany(
        "INSERT INTO theme_members VALUES (?, ?, ?, 1.0, ?)",
        [("t1", at, f"p01:{at}-{at + 1}", at) for at in range(4)]
        + [("t2", at, f"p01:{at + 5}-{at + 6}", None) for at in range(4)]
        + [("t3", 0, "p01:9-10", None)],
    )
    connection.executemany(
        "INSERT INTO theme_names (theme_id, name, coder, named_at) VALUES (?, ?, 'Eva', '2026')",
        [("t1", "Wait"), ("t1", "Waiting"), ("t2", "Haste"), ("t2", ""), ("lost", "Trust")],
    )
    connection.commit()
    connection.close()
    with Project(path) as project:
        assert [(each.name, each.exemplar_ids[:1]) for each in project.themes] == [
            ("Waiting", ("p01:0-1",)),
            ("", ()),
            ("", ()),
        ]
        assert [one.name for one in project.theme_names] == ["Waiting", "Trust"]
        run = [
            theme("u1", *(f"p01:{at}-{at + 1}" for at in range(3))),
            theme("u2", *(f"p01:{at + 5}-{at + 6}" for at in range(4))),
        ]
        assert [one.name for one in project.set_themes(run)] == ["Trust"]
        assert names(project) == ["Waiting", ""]
        assert project.set_themes([theme("lost", "p01:9-10")]) != []
        assert names(project) == ["Trust"]  # of this one the id is all that is known
        assert project._connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert len(file.MIGRATIONS) == 2
