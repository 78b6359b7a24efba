"""Themes as tables and pictures: what is said stays text, nothing is loaded, order is forgotten."""

import base64
import csv
import dataclasses
import hashlib
import json
import random
import re
import stat
import sys

import numpy as np
import pytest
from html_page import Page
from typer.testing import CliRunner

from alliance_nlp.cli import app
from alliance_nlp.errors import ExportError
from alliance_nlp.export import (
    map_page,
    pictures,
    positions,
    segments_to_frame,
    spread_to_frame,
    themes_to_frame,
    write_theme_pictures,
)
from alliance_nlp.project import Project
from alliance_nlp.segments import Segment
from alliance_nlp.themes import Theme
from alliance_nlp.transcripts import Transcript, Turn

FILES = {
    f"{name}.{ending}"
    for name, endings in {
        "map": ("html", "svg", "png"),
        "participants": ("svg", "png", "csv"),
        "languages": ("svg", "png", "csv"),
        "themes": ("csv",),
        "segments": ("csv",),
    }.items()
    for ending in endings
}
NASTY = '</script><script>alert(1)</script> <b>"fish" & chips</b> <!-- \u2028'


def said(number, text="We waited.", *, transcript="p01", speaker="", role="participant", lang="en"):
    start = number * 100
    end = start + len(text)
    return Segment(
        f"{transcript}:{start}-{end}", transcript, start, end, text, "", speaker, role, lang
    )


def theme_of(members, **other):
    ids = tuple(each.id for each in members)
    made = Theme("theme-1", "", ids, (0.5,) * len(ids), keywords=("wait", "time"))
    return dataclasses.replace(made, **other)


def study(n=30, n_themes=3):
    """Segments of three interviews in three languages around as many directions as themes."""
    noise = np.random.default_rng(0)
    segments = [
        said(i, f"Said {i}", transcript=f"p{i % 3 + 9}", lang=("en", "sv", "zh")[i % 3])
        for i in range(n)
    ]
    rows = noise.normal(scale=0.2, size=(n, 16))
    rows[range(n), [i // 3 % (n_themes + 1) for i in range(n)]] += 1
    themes = [
        theme_of(segments[3 * k :: 3 * n_themes + 3], id=f"theme-{k}", name=f"Name {k}")
        for k in range(n_themes)
    ]
    return themes, segments, (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype("float32")


def content_of(page):
    return json.loads(re.search(r'id="content">(.*?)</script>', page, re.DOTALL)[1])


def html(folder):
    return (folder / "map.html").read_text(encoding="utf-8")


# Tables


def test_a_theme_is_a_row_and_the_last_row_is_what_belongs_to_none():
    segments = [said(0), said(1, "Väntan", lang="sv"), said(2, transcript="p02")]
    theme = theme_of(segments[:2], title="the waiting", phrases=("we waited", "so long"))
    frame = themes_to_frame([theme], segments)
    first, last = frame.to_dict("records")
    assert first["theme"] == 1
    assert first["count"] == 2
    assert first["keywords"] == "wait, time"
    assert first["phrases"] == "we waited; so long"
    assert (first["participants"], first["interviews"]) == (1, 1)
    assert first["languages"] == "en 1; sv 1"
    assert first["examples"] == "We waited.\nVäntan"
    assert (last["theme"], last["count"], last["name"]) == (0, 1, "in no theme")
    assert np.isnan(last["stability"])
    assert (first["parent"], first["contrasts"], last["parent"], last["contrasts"]) == ("",) * 4


def test_a_theme_says_what_it_is_part_of_and_what_is_at_its_edges():
    segments = [said(n, f"We waited {n}.") for n in range(5)]
    edges = tuple(one.id for one in segments[:0:-1])
    theme = theme_of(segments, parent_id="theme-9", contrast_ids=edges)
    frame = themes_to_frame([theme], segments)
    assert frame["parent"].tolist() == ["theme-9", ""]
    assert frame["contrasts"].tolist() == ["We waited 4.\nWe waited 3.\nWe waited 2.", ""]
    assert frame.columns[-3:].tolist() == ["theme_id", "parent", "contrasts"]
    elsewhere = theme_of(segments, contrast_ids=("p99:0-1",))
    with pytest.raises(ExportError, match="not given: p99:0-1"):
        themes_to_frame([elsewhere], segments)


def test_the_counts_of_themes_add_up_to_what_participants_say():
    themes, segments, _ = study()
    asked = [said(n, "How?", transcript="p10", role="interviewer") for n in range(40, 45)]
    assert themes_to_frame(themes, [*segments, *asked])["count"].sum() == len(segments)


def test_where_only_interviewers_speak_they_are_counted():
    segments = [said(n, role="interviewer") for n in range(3)]
    assert themes_to_frame([], segments)["count"].tolist() == [3]


def test_row_i_of_the_segments_is_segment_i():
    segments = [said(2), said(0), said(1)]
    theme = theme_of(segments[1:2], exemplar_ids=(segments[1].id,), also_ids=(segments[0].id,))
    frame = segments_to_frame([theme], segments)
    assert frame["segment"].tolist() == [each.id for each in segments]
    assert frame["theme"].tolist() == [0, 1, 0]
    assert frame["theme_name"].tolist() == ["", "wait · time", ""]
    assert frame["probability"].tolist() == [0.0, 0.5, 0.0]
    assert frame["exemplar"].tolist() == [False, True, False]
    assert frame["also_in"].tolist() == ["1", "", ""]


def test_tables_of_nothing_have_their_columns():
    assert len(segments_to_frame([], [])) == 0
    assert "quotation" in segments_to_frame([], []).columns
    assert themes_to_frame([], [])["count"].tolist() == [0]
    assert spread_to_frame([], []).shape == (1, 0)


def test_participants_are_speakers_of_an_interview_and_two_before_ten():
    segments = [
        said(0, transcript="p10"),
        said(0, transcript="p2", speaker="Bo"),
        said(1, transcript="p2", speaker="Li"),
        said(0, transcript="p1", speaker="Li"),
    ]
    assert list(spread_to_frame([], segments).columns) == ["p1", "p2, Bo", "p2, Li", "p10"]


def test_shares_are_of_all_that_a_participant_says():
    segments = [said(0), said(1), said(2), said(3), said(0, transcript="p02")]
    frame = spread_to_frame([theme_of([segments[0], segments[4]])], segments, shares=True)
    assert frame["p01"].tolist() == [0.25, 0.75]
    assert frame["p02"].tolist() == [1.0, 0.0]


def test_languages_come_most_frequent_first():
    segments = [said(0, lang="zh"), said(1, lang="sv"), said(2, lang="sv")]
    assert list(spread_to_frame([], segments, by="language").columns) == ["sv", "zh"]
    with pytest.raises(ValueError, match="participant or language"):
        spread_to_frame([], segments, by="speaker")


@pytest.mark.parametrize("make", [themes_to_frame, segments_to_frame, spread_to_frame])
def test_a_theme_of_other_segments_is_refused(make):
    with pytest.raises(ExportError, match="segment that is not given: p01:0-10"):
        make([theme_of([said(0)])], [said(1)])


# The map


@pytest.mark.parametrize("n", [3, 11, 12, 60, 300])
def test_the_order_of_the_segments_makes_no_difference_to_the_map(n):
    _, segments, embeddings = study(n)
    shuffled = random.Random(1).sample(range(n), n)
    places = positions.positions_of(segments, embeddings)
    again = positions.positions_of([segments[i] for i in shuffled], embeddings[shuffled])
    assert np.array_equal(places[shuffled], again)
    assert np.isclose(np.abs(places).max(), 1)


def test_what_is_alike_lies_together_in_whatever_language():
    _, segments, embeddings = study(240)
    places = positions.positions_of(segments, embeddings)
    subject = np.arange(240) // 3 % 4
    far = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    np.fill_diagonal(far, np.inf)
    assert (subject[far.argmin(axis=1)] == subject).mean() > 0.95


def test_equal_segments_few_segments_and_none_have_places():
    for n in (0, 1, 2, 40):
        segments = [said(i) for i in range(n)]
        places = positions.positions_of(segments, np.ones((n, 4)))
        assert places.shape == (n, 2)
        assert np.isfinite(places).all()


def test_embeddings_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(ValueError, match="one row per segment"):
        positions.positions_of([said(0)], np.ones((2, 3)))
    with pytest.raises(ValueError, match="one row per segment"):
        write_theme_pictures(tmp_path / "out", [], [said(0)], np.ones((2, 3)))


def test_of_six_thousand_segments_an_even_sample_is_drawn_with_all_exemplars():
    segments = [said(i, transcript=f"p{i % 10}") for i in range(6000)]
    small = theme_of(segments[:60], exemplar_ids=(segments[7].id,))
    rows = positions.sampled([small], segments)
    assert len(rows) == len(set(rows)) == 5000
    assert 7 in rows
    assert 48 <= sum(row < 60 for row in rows) <= 52
    for interview in range(10):
        assert 490 <= sum(row % 10 == interview for row in rows) <= 510
    shuffled = random.Random(1).sample(segments, 6000)
    assert {shuffled[row].id for row in positions.sampled([small], shuffled)} == {
        segments[row].id for row in rows
    }


def test_the_page_says_that_it_shows_a_sample(tmp_path, monkeypatch):
    monkeypatch.setattr(positions, "MOST_ON_A_MAP", 20)
    write_theme_pictures(tmp_path, *study(30))
    page = Page(html(tmp_path))
    assert "An even sample of 20 of 30 segments." in " ".join(page.texts("p"))
    assert len(content_of(html(tmp_path))["dots"]) == 20


# What is written


def test_everything_is_written_and_readable_by_the_user_alone(tmp_path):
    written = write_theme_pictures(tmp_path / "new" / "pictures", *study(), title="Waiting")
    assert {path.name for path in written} == FILES
    assert {path.name for path in (tmp_path / "new" / "pictures").iterdir()} == FILES
    for path in written:
        assert path.stat().st_size > 50
        if sys.platform != "win32":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_same_themes_of_shuffled_segments_are_the_same_files(tmp_path):
    themes, segments, embeddings = study(60)
    shuffled = random.Random(1).sample(range(60), 60)
    write_theme_pictures(tmp_path / "a", themes, segments, embeddings)
    write_theme_pictures(
        tmp_path / "b", themes, [segments[i] for i in shuffled], embeddings[shuffled]
    )
    for name in FILES - {"segments.csv"}:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


@pytest.mark.parametrize(("n", "n_themes"), [(1, 0), (1, 1), (9, 0), (9, 1), (90, 12)])
def test_few_and_many_themes_can_be_drawn(tmp_path, n, n_themes):
    segments = [said(i, f"Said {i}") for i in range(n)]
    themes = [theme_of(segments[k :: max(n_themes, 1) + 1], id=f"t{k}") for k in range(n_themes)]
    embeddings = np.random.default_rng(0).normal(size=(n, 8))
    write_theme_pictures(tmp_path, themes, segments, embeddings)
    page = Page(html(tmp_path))
    assert len(page.find("article", "theme")) == n_themes
    assert ("No theme was found." in page.texts("p", "intro")) is (n_themes == 0)


def test_without_segments_there_is_nothing_to_draw(tmp_path):
    with pytest.raises(ExportError, match="no segments"):
        write_theme_pictures(tmp_path, [], [], np.zeros((0, 3)))


def test_a_folder_without_a_name_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ExportError, match="a folder without a name"):
        write_theme_pictures("", [], [Segment("p01:0-1", "p01", 0, 1, "x")], np.ones((1, 3)))
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path):
    (tmp_path / "taken").write_text("x")
    for folder in ("taken", "taken/within"):
        with pytest.raises(ExportError, match="is not a folder"):
            write_theme_pictures(tmp_path / folder, *study())


def test_what_is_said_is_never_markup(tmp_path):
    segments = [said(i, NASTY, transcript='p"<i>', speaker="<u>&") for i in range(3)]
    theme = theme_of(
        segments[:2], name="<em>x</em>", phrases=("<s>",), exemplar_ids=(segments[0].id,)
    )
    write_theme_pictures(tmp_path, [theme], segments, np.eye(3), title="A <b>& C")
    page = Page(html(tmp_path))
    assert len(page.find("script")) == 2
    assert not any(page.find(tag) for tag in ("em", "u", "s"))
    assert page.texts("h1") == ["A <b>& C"]
    assert page.find("blockquote")[1]["text"] == NASTY
    content = content_of(html(tmp_path))
    assert {dot[5] for dot in content["dots"]} == {NASTY}
    assert content["people"] == ['p"<i>']
    assert content["themes"][1] == "1. <em>x</em>"


def test_the_page_loads_nothing_and_only_its_own_script_may_run(tmp_path):
    write_theme_pictures(tmp_path, *study())
    written = html(tmp_path)
    assert not re.search(r"https?:|//[a-z]|url\(|@import|\bsrc=|\bstyle=|\bon[a-z]+=", written)
    page = Page(written)
    assert all(each.get("href", "#").startswith("#") for each in page.elements)
    (policy,) = [each for each in page.find("meta") if "http-equiv" in each]
    assert "default-src 'none'" in policy["content"]
    _, script = re.findall(r"<script[^>]*>(.*?)</script>", written, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy["content"]
    assert not re.search(r"fetch|XMLHttp|sendBeacon|WebSocket|innerHTML|eval", script)


def test_every_mark_has_its_quotation_and_the_legend_counts_them(tmp_path):
    themes, segments, embeddings = study(30)
    write_theme_pictures(tmp_path, themes, segments, embeddings)
    page = Page(html(tmp_path))
    (dots,) = [each for each in page.find("g") if each.get("id") == "dots"]
    content = content_of(html(tmp_path))
    assert len(page.find("use", within=dots)) == len(content["dots"]) == 30
    assert sorted(dot[5] for dot in content["dots"]) == sorted(each.text for each in segments)
    (legend,) = page.find("fieldset")
    counts = [int(each) for each in page.texts("i", within=legend)]
    assert counts == [*(len(each.segment_ids) for each in themes), 30 - sum(counts[:-1])]


def test_chinese_titles_and_emoji_are_drawn_or_numbered_and_never_boxes(tmp_path, monkeypatch):
    segments = [said(i, "慢慢来 🙂", transcript="访谈", lang="zh") for i in range(12)]
    themes = [theme_of(segments[:5], name="信任 🙂"), theme_of(segments[5:9], id="t2", title="🙂")]
    write_theme_pictures(tmp_path / "found", themes, segments, np.eye(12))
    monkeypatch.setattr(pictures, "_CJK_FONTS", ())
    pictures._fonts.cache_clear()
    write_theme_pictures(tmp_path / "none", themes, segments, np.eye(12))
    assert pictures._drawable("信任", "Theme 1") == "Theme 1"
    assert pictures._drawable("so 🙂 long", "Theme 1") == "so long"
    assert pictures._drawable("🙂", "Theme 2") == "Theme 2"
    pictures._fonts.cache_clear()
    for folder in ("found", "none"):
        assert "信任 🙂" in html(tmp_path / folder)
        assert "信任 🙂" in (tmp_path / folder / "themes.csv").read_text(encoding="utf-8-sig")


def test_long_titles_are_cut_by_their_width():
    assert pictures._shortened("a" * 60, 20) == "a" * 19 + "…"
    assert pictures._width(pictures._shortened("慢" * 60, 20)) <= 20


def test_numbers_do_not_lie_upon_each_other():
    places = np.random.default_rng(0).normal(scale=20, size=(40, 2))
    moved = pictures.apart(places, 10)
    far = np.hypot(*(moved[:, None] - moved[None]).transpose(2, 0, 1))
    assert far[np.triu_indices(40, 1)].min() > 9


def test_seventy_two_themes_look_different_even_without_colour():
    looks = {(pictures._mark(n), pictures._colour(n)) for n in range(1, 73)}
    assert len(looks) == 72
    assert set(map_page.SHAPES) == set(pictures.MARKS)


def test_cells_that_a_spreadsheet_would_execute_are_made_harmless(tmp_path):
    segments = [said(i, "=1+1", transcript="@p01") for i in range(3)]
    write_theme_pictures(tmp_path, [theme_of(segments, name="=cmd()")], segments, np.eye(3))
    for name in ("segments.csv", "themes.csv", "participants.csv"):
        with (tmp_path / name).open(encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file):
                assert not any(cell.startswith(("=", "@")) for cell in row), (name, row)


def test_of_many_participants_those_who_say_most_are_drawn(tmp_path):
    segments = [said(k, transcript=f"p{i}") for i in range(90) for k in range(1 + (i > 40))]
    write_theme_pictures(tmp_path, [], segments, np.random.default_rng(0).normal(size=(139, 8)))
    page = Page(html(tmp_path))
    assert "Shown are the 60 of 90 participants who say most" in " ".join(page.texts("p", "intro"))
    with (tmp_path / "participants.csv").open(encoding="utf-8-sig") as file:
        assert len(next(csv.reader(file))) == 91


# The command


@pytest.fixture
def project(tmp_path, monkeypatch, encoder):
    monkeypatch.chdir(tmp_path)
    from alliance_nlp.embeddings.models import Source

    monkeypatch.setattr(
        "alliance_nlp.embeddings.find_model",
        lambda model=None: Source("stand-in", "1", "", lambda: encoder),
    )
    text = "\n".join(f"We waited for hour {i}." for i in range(12))
    transcript = Transcript(id="p01", text=text, turns=(Turn(0, len(text), "P", "participant"),))
    with Project("study.alliance") as made:
        made.add_transcripts([transcript])
        starts = [match.start() for match in re.finditer("^We", text, re.MULTILINE)]
        ends = [match.start() for match in re.finditer("\n|$", text)]
        made.set_segments(
            [
                Segment(f"p01:{a}-{b}", "p01", a, b, text[a:b], speaker="P", role="participant")
                for a, b in zip(starts, ends, strict=False)
            ]
        )


@pytest.mark.usefixtures("project")
def test_the_command_writes_the_folder_and_says_so(tmp_path):
    run = CliRunner().invoke(app, ["themes", "study.alliance", "--pictures", "pictures"])
    assert run.exit_code == 0, run.output
    assert "map.html" in run.stdout
    assert {path.name for path in (tmp_path / "pictures").iterdir()} == FILES


@pytest.mark.usefixtures("project")
def test_the_command_refuses_a_file_in_one_sentence_before_it_looks_for_themes(tmp_path):
    run = CliRunner().invoke(app, ["themes", "study.alliance", "--pictures", "study.alliance"])
    assert isinstance(run.exception, (SystemExit, ExportError))
    assert run.exit_code == 1
    assert "Looking" not in run.stderr
