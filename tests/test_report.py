"""The report shows the numbers of the results, whatever the codes are called."""

import json
import re
from functools import partial

import numpy as np
import pytest
from html_page import Page

from alliance_nlp import Codebook, CodeSuggester, Segment
from alliance_nlp.benchmark import evaluate
from alliance_nlp.benchmark.baselines import Centred, Cosine, Prior
from alliance_nlp.benchmark.corpus import Corpus
from alliance_nlp.benchmark.labour import find_all, walk
from alliance_nlp.benchmark.report import html_report, latex_tables, markdown_tables, write_report
from alliance_nlp.benchmark.report.cells import Cell, Group, Table, with_best
from alliance_nlp.benchmark.report.markup import latex, markdown
from alliance_nlp.benchmark.report.plots import Line, line_plot
from alliance_nlp.benchmark.summary import summarise
from alliance_nlp.codebook import Code
from alliance_nlp.errors import ExportError

EVIL = [
    "<script>alert('1')</script>",
    "A & B | C",
    '50 % of #1_a {x} ~ ^ \\ $y$ "z"',
    "信任与安全",
    "🙂 [note]",
    "*bold* `code`",
]


def made_corpus(name="made", codes=EVIL, n_interviews=20, each=8):
    """Return a corpus whose texts hold a word of each of their codes."""
    random = np.random.default_rng(7)
    words = ["trust", "time", "goal", "power", "fear", "hope"]
    segments, labels = [], []
    for interview in range(n_interviews):
        start = 0
        for number in range(each):
            row = random.random(len(codes)) < 0.25
            text = " ".join([f"s{number}", *(words[k] for k in np.flatnonzero(row)), "and so on"])
            segments.append(
                Segment(
                    id=f"i{interview}:{number}",
                    transcript_id=f"i{interview}",
                    start=start,
                    end=start + len(text),
                    text=text,
                    context="",
                    speaker="P",
                    role="participant" if number % 2 else "interviewer",
                    language="sv" if interview % 2 else "zh",
                )
            )
            start += len(text) + 1
            labels.append(row)
    codebook = Codebook([Code(f"c{k}", code, f"about {words[k]}") for k, code in enumerate(codes)])
    return Corpus(name, tuple(segments), codebook, np.array(labels, dtype=np.int8))


@pytest.fixture(scope="module")
def results(encoder, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALLIANCE_NLP_CACHE", str(tmp_path_factory.mktemp("cache")))
        corpus = made_corpus()
        methods = {
            "alliance": partial(CodeSuggester, model=encoder),
            "prior": Prior,
            "cosine": partial(Cosine, model=encoder),
            "centred": Centred,
            "<mine> $x$ 我": Centred,
        }
        found = evaluate(corpus, methods=methods, budgets=(0, 20, "all"), seeds=2, model=encoder)
        walks = [
            walk(corpus, make, method=name, seed=seed, model=encoder)
            for name, make in methods.items()
            for seed in range(2)
        ]
        searches = [
            search
            for name, make in methods.items()
            for search in find_all(corpus, make, method=name, seeds=2, model=encoder)
        ]
        summary = summarise(corpus, found, walks=walks, searches=searches, n_draws=50)
    summary["about"] = {"title": "Made & invented", "human_agreement": "κ = 0.7 <two people>"}
    made_with = {"library": "0.1.0", "command": "alliance-nlp benchmark made --seeds 2"}
    return json.loads(json.dumps({"_made_with": made_with, "made": summary}))


@pytest.fixture(scope="module")
def html(results):
    return html_report(results)


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def written(figure):
    """Write a figure as a cell of the page does."""
    number = f"{figure['value']:.3f}".replace("-", "−")
    if figure["low"] is None:
        return number
    return f"{number}{figure['low']:.3f}–{figure['high']:.3f}"


def figure_of(results, method, n):
    (found,) = [
        row for row in results["made"]["figures"] if (row["method"], row["n"]) == (method, n)
    ]
    return found


def test_the_main_table_holds_the_numbers_of_the_results(page, results):
    rows = page.table("made-main")
    at = next(k for k, row in enumerate(rows) if row == ["20 decided"])
    ours = rows[at + 1]
    figures = figure_of(results, "alliance", 20)
    assert ours[0] == "alliance_nlp"
    assert ours[1:4] == [written(figures[name]) for name in ("recall_at_1", "recall_at_5", "map")]
    assert ours[4:6] == [f"{figures['ece']:.3f}", f"{figures['ece_floor']:.3f}"]
    assert ours[6:9] == [written(figures[name]) for name in ("brier", "micro_f1", "macro_f1")]


def test_every_method_stands_in_every_group_of_the_main_table(page):
    names = ["alliance_nlp", "code frequency", "cosine", "centred logistic", "<mine> $x$ 我"]
    assert [row[0] for row in page.table("made-main")[1:] if len(row) > 1] == names * 3


def test_the_share_offered_is_that_of_the_results(page, results):
    head, *rows = page.table("made-offered")
    assert head[1:3] == ["none decided", "20 decided"]
    for row, method in zip(rows, ("alliance", "prior", "cosine", "centred"), strict=False):
        shares = [figure_of(results, method, n)["share_offered"] for n in (0, 20, "all")]
        assert row[1:] == [written(share) for share in shares]


def test_the_code_tables_hold_each_code_with_its_uses_and_figures(page, results):
    rows = {row[0]: row for row in page.table("made-codes-20")}
    for code in (row for row in results["made"]["codes"] if row["n"] == 20):
        shown = rows[code["code"]]
        assert shown[1] == str(code["uses"])
        expected = [written(code[name]) for name in ("average_precision", "recall_at_5")]
        assert shown[2:4] == expected


def test_the_codes_that_were_looked_for_stand_under_their_names(page, results):
    names = [row[0] for row in page.table("made-searches")[1:]]
    assert names == list(dict.fromkeys(row["code"] for row in results["made"]["searches"]))


def test_a_difference_says_whether_its_interval_leaves_out_zero(page, results):
    rows = iter(page.table("made-differences")[1:])
    marks = {}
    for row in rows:
        if len(row) == 1:
            heading = row[0]
        else:
            marks[heading.split()[0], row[0]] = row[3]
    for row in (row for row in results["made"]["differences"] if row["against"] == "prior"):
        low, high = row["map"]["low"], row["map"]["high"]
        name = {0: "none", 20: "20", "all": "all"}[row["n"]]
        shown = marks[name, "code frequency"]
        assert ("▲" in shown, "▼" in shown) == (low > 0, high < 0)


def test_a_number_that_is_not_there_is_a_dash_with_its_reason(results):
    reason = "fewer than 5 uses in every test"
    made = json.loads(json.dumps(results))
    row = next(row for row in made["made"]["codes"] if row["n"] == 20)
    row["f1"] = {"value": None, "low": None, "high": None, "reason": reason}
    html = html_report(made)
    page = Page(html)
    (shown,) = [each for each in page.table("made-codes-20") if each[0] == row["code"]]
    assert shown[-1] == "–a"
    assert f"<sup>a</sup> {reason}" in html
    assert f"<sup>a</sup> {reason}" in markdown_tables(made)
    assert f"\\textsuperscript{{a}} {reason}" in latex_tables(made)


def test_a_reason_common_to_all_is_said_once_and_without_a_mark():
    reason = "no interval: 2 interviews in the tests, 5 are needed"
    rows = ((Cell("a"), Cell("0.5", reason=reason)), (Cell("b"), Cell("0.6", reason=reason)))
    table = Table("t", "Recall.", ("Code", "Recall"), (Group("", rows),))
    assert table.footnotes == {}
    assert markdown(table).endswith("\n\nNo interval: 2 interviews in the tests, 5 are needed.")


def test_the_page_loads_nothing_and_runs_nothing(html, page):
    assert not re.search(r"https?:|//\w|url\((?!#)|@import|<link|<img|<iframe|\ssrc=", html)
    assert not re.search(r"<script|\sstyle=|\son\w+=", html)
    links = [each["href"] for each in page.elements if each.get("href")]
    assert links
    assert all(link.startswith("#") for link in links)
    (policy,) = [each["content"] for each in page.find("meta") if "http-equiv" in each]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy


def test_every_reference_leads_to_one_place_on_the_page(html, page):
    ids = [each["id"] for each in page.elements if "id" in each]
    assert len(ids) == len(set(ids))
    inner = {each["href"].removeprefix("#") for each in page.elements if each.get("href")}
    clips = set(re.findall(r"url\(#(\w+)\)", html))
    assert clips
    assert inner | clips <= set(ids)


def test_every_plot_has_a_name_and_a_description_for_who_cannot_see_it(page):
    drawn = page.find("svg")
    assert len(drawn) == 10
    for svg in drawn:
        assert svg["role"] == "img"
        assert svg["aria-label"]
        (name,), (description,) = page.find("title", within=svg), page.find("desc", within=svg)
        assert name["text"]
        assert description["text"]
    assert len({svg["aria-label"] for svg in drawn}) == len(drawn)


def test_plots_name_the_methods_in_words_that_stay_words(page):
    for svg in page.find("svg"):
        words = [each["text"] for each in page.find("text", within=svg)]
        assert "alliance_nlp" in words or "centred logistic" in words
        assert "<mine> $x$ 我" in words


def test_tables_tell_headings_from_cells(page):
    for table in page.find("table"):
        columns = page.find("th", within=page.find("thead", within=table)[0])
        assert columns
        assert all(each["scope"] == "col" for each in columns)
        for row in page.find("tr", within=table)[1:]:
            (heading,) = page.find("th", within=row)
            assert heading["scope"] in {"row", "rowgroup"}
            n_cells = len(page.find("td", within=row))
            assert n_cells == (0 if heading["scope"] == "rowgroup" else len(columns) - 1)


def test_codes_keep_their_names_on_the_page_whatever_they_are(page):
    shown = {row[0] for row in page.table("made-codes-all")[1:]}
    assert shown == set(EVIL)
    assert page.find("h2")[3]["text"] == "Made & invented"
    assert "κ = 0.7 <two people>" in [each["text"] for each in page.find("dd")]


def test_the_page_says_which_command_made_it(page):
    assert "alliance-nlp benchmark made --seeds 2" in [each["text"] for each in page.find("dd")]


def test_markdown_tables_have_as_many_cells_in_each_row(results):
    tables = re.findall(r"(?:^\|.*\n)+", markdown_tables(results), flags=re.M)
    assert len(tables) >= 8
    for table in tables:
        counts = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(counts) == 1


def test_markdown_shows_what_codes_are_called_and_no_markup(results):
    text = markdown_tables(results)
    assert "<script" not in text
    assert r"A \& B \| C" in text
    assert "信任与安全" in text
    assert r"\*bold\* \`code\`" in text
    assert "alliance\\_nlp" in text


def unescaped(text, sign):
    return re.findall(rf"(?<!\\){re.escape(sign)}", text)


def test_latex_tables_are_balanced_and_have_as_many_cells_in_each_row(results):
    text = latex_tables(results)
    begun, ended = (re.findall(rf"\\{word}{{(\w+)}}", text) for word in ("begin", "end"))
    assert begun == ended == ["longtable"] * len(begun)
    body = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
    unquoted = re.sub(r"\\[\\{}]", "", body)
    assert unquoted.count("{") == unquoted.count("}")
    for sign in "%#$~^_":
        assert not unescaped(re.sub(r"\\label{[^}]*}", "", body), sign), sign
    for table in body.split("\\begin{longtable}")[1:]:
        n_columns = len(re.match(r"{(l?r*)}", table)[1])
        rows = [line for line in table.splitlines() if line.endswith(" \\\\")]
        for row in rows:
            if "\\multicolumn" not in row:
                assert len(unescaped(row, "&")) == n_columns - 1


def test_latex_labels_are_unique(results):
    labels = re.findall(r"\\label{([^}]*)}", latex_tables(results))
    assert len(labels) == len(set(labels)) >= 8


def test_latex_takes_no_code_for_a_command():
    rows = tuple((Cell(code), Cell("0.5", "0.4–0.6")) for code in EVIL)
    text = latex(Table("t", "A_b & 5 %.", ("Code", "F1"), (Group("[x]", rows),)))
    assert r"\caption{A\_b \& 5 \%.}" in text
    assert r"50 \% of \#1\_a \{x\} \textasciitilde{} \textasciicircum{} \textbackslash{}" in text
    assert r"\$y\$ ''z''" in text
    assert "\n🙂 {[}note{]} & " in text


def test_the_same_results_make_the_same_bytes(results, html):
    again = json.loads(json.dumps(results))
    assert html_report(again) == html


def test_settings_of_the_user_for_plots_change_nothing():
    import matplotlib

    def draw():
        lines = [Line("a", 0, (0, 1), (0.1, 0.4))]
        return line_plot(lines, title="T", description="D", heading="H", x_label="x")

    plain = draw()
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "figure.dpi": 300}):
        assert draw() == plain


def test_names_at_the_ends_of_lines_do_not_cover_each_other():
    lines = [Line(f"method {k}", k, (0, 1), (0.1, 0.5 + k / 1e4)) for k in range(10)]
    shown = Page(line_plot(lines, title="T", description="D", heading="H", x_label="x"))
    heights = sorted(
        float(each["y"]) for each in shown.find("text") if each["text"].startswith("method")
    )
    assert len(heights) == 10
    assert np.diff(heights).min() > 9.5  # the size of the letters


def test_the_best_of_a_column_is_found_below_zero_too():
    rows = [(Cell("a"), Cell("−0.200")), (Cell("b"), Cell("−0.100")), (Cell("c"), Cell("–"))]
    assert [row[1].best for row in with_best(rows, [0, 1])] == [False, True, False]
    assert [row[1].best for row in with_best(rows, [0, -1])] == [True, False, False]


def agreement(code_id, kappa, interval, observed=0.9):
    return {
        "code_id": code_id,
        "cells": 1428,
        "reference_uses": 30,
        "estimate_uses": 31,
        "observed": observed,
        "kappa": kappa,
        "alpha": 0.611,
        "ac1": 0.85,
        "f1": None,
        "interviews": 8,
        "kappa_interval": interval,
    }


def test_people_stand_beside_each_other_and_the_machine_beside_them(results):
    pair = {"reference": "A & B", "estimate": "C", "taught": False, "codings_of": None}
    machine = {"reference": "A & B", "estimate": None, "taught": True, "codings_of": "C"}
    of_code, in_all = {"code": "Trust", "paradox": True}, {"code": "", "paradox": False}
    made = json.loads(json.dumps(results))
    made["made"]["people"] = [
        {**pair, **of_code, "agreement": agreement("c1", 0.1, [None, None], observed=0.99)},
        {**pair, **in_all, "agreement": agreement("", 0.61, [0.5, 0.7])},
        {**machine, **in_all, "agreement": agreement("", 0.52, [0.4, 0.6])},
    ]
    page = Page(html_report(made))
    heading, people, machine = page.table("made-people")[1:]
    assert heading == ["A & B and C"]
    assert people[:5] == ["A & B and C", "1,428", "30 / 31", "0.900", "0.6100.500–0.700"]
    assert people[5:] == ["0.611", "0.850", "–a"]
    assert machine[0] == "A & B and the machine, taught"
    assert machine[4] == "0.5200.400–0.600"
    (rare,) = page.table("made-people-codes")[2:]
    assert rare[:5] == ["Trust", "1,428", "30 / 31", "0.990", "0.100a"]
    assert any("Feinstein & Cicchetti 1990" in each["text"] for each in page.find("p"))


def test_a_panel_shows_each_person_beside_the_machine(results):
    others = {"observed": 0.8, "kappa": 0.737, "alpha": 0.7, "ac1": 0.75, "f1": 0.7}
    machine = {"observed": 0.6, "kappa": 0.512, "alpha": 0.5, "ac1": 0.55, "f1": 0.5}
    made = json.loads(json.dumps(results))
    made["made"]["panels"] = [
        {
            "variable": "client_talk",
            "utterances": 428,
            "interviews": 7,
            "taught": 1200,
            "fleiss": 0.4671,
            "fleiss_with_machine": 0.42,
            "alpha": 0.46,
            "alpha_with_machine": 0.41,
            "annotators": [{"name": 3, "others": others, "machine": machine}],
            "people_kappa": 0.47,
            "people_interval": [0.4, 0.5],
            "machine_kappa": 0.38,
            "machine_interval": [0.3, 0.45],
            "difference_interval": [-0.12, -0.02],
        }
    ]
    page = Page(html_report(made))
    rows = page.table("made-panel-1")
    assert rows[1][:3] == ["3", "0.737", "0.512"]
    assert rows[-1][:3] == ["Cohen’s kappa", "0.4700.400–0.500", "0.3800.300–0.450"]
    assert any(each["text"].startswith("Client talk: 428 utt") for each in page.find("caption"))
    assert "0.467, with the machine" in latex_tables(made)


def test_memory_and_size_are_shown_in_megabytes(results):
    made = json.loads(json.dumps(results))
    made["made"]["took"] = {"prior": {"peak_memory_bytes": 512e6, "installed_bytes": 1.3e9}}
    page = Page(html_report(made))
    assert page.table("made-resources")[1:] == [["code frequency", "512", "1,300"]]


def test_a_method_measured_on_fewer_splits_says_so_and_is_no_best_other(results):
    made = json.loads(json.dumps(results))
    for row in (*made["made"]["figures"], *made["made"]["differences"]):
        method = row.get("method") or row["against"]
        row["n_splits"] = 1 if method == "cosine" else 2
    page = Page(html_report(made))
    assert "cosine (1 split)" in [row[0] for row in page.table("made-main")]
    assert "cosine" not in [row[3] for row in page.table("overview") if len(row) > 1]


def test_results_of_a_corpus_measured_with_one_method_alone_make_a_report(results):
    made = json.loads(json.dumps(results))
    corpus = made["made"]
    for name in ("figures", "reliability", "curve"):
        corpus[name] = [row for row in corpus[name] if row["method"] == "alliance"]
    corpus |= {"differences": [], "walks": [], "searches": [], "groups": []}
    page = Page(html_report(made))
    assert len(page.find("svg")) == 5
    assert "Against the other methods" not in [each["text"] for each in page.find("h3")]
    assert latex_tables(made).count("\\begin{longtable}") == 7


def test_the_report_is_written_into_a_new_folder(results, html, tmp_path):
    folder = tmp_path / "new" / "report"
    write_report(results, folder)
    assert (folder / "report.html").read_text(encoding="utf-8") == html
    assert (folder / "tables.md").read_text(encoding="utf-8") == markdown_tables(results)
    assert (folder / "tables.tex").read_text(encoding="utf-8") == latex_tables(results)


def test_a_folder_that_is_a_file_is_refused_in_a_sentence(results, tmp_path):
    (tmp_path / "report").write_text("mine", encoding="utf-8")
    with pytest.raises(ExportError, match=r"report: .*folder"):
        write_report(results, tmp_path / "report")
    assert (tmp_path / "report").read_text(encoding="utf-8") == "mine"
