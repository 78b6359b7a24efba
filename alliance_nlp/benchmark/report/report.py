"""Make reports: what was measured, as one HTML page to look at, and as tables for a paper."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliance_nlp import __version__
from alliance_nlp.benchmark.evaluation import OURS
from alliance_nlp.benchmark.report import human, tables
from alliance_nlp.benchmark.report.cells import Table
from alliance_nlp.benchmark.report.curves import (
    RECENT,
    decided_ticks,
    difference_rows,
    learning_lines,
    reliability_lines,
    search_lines,
    walk_lines,
)
from alliance_nlp.benchmark.report.markup import latex, markdown
from alliance_nlp.benchmark.report.names import (
    Corpus,
    Results,
    anchors,
    budget_name,
    budgets,
    corpora,
    looks,
    method_description,
    method_name,
    size,
    telling,
    title,
)
from alliance_nlp.benchmark.report.plots import N_LOOKS, forest_plot, line_plot
from alliance_nlp.errors import ExportError
from alliance_nlp.export.inline import page_environment, template_text
from alliance_nlp.files import replacing

if TYPE_CHECKING:
    from jinja2 import Environment

_PACKAGE = "alliance_nlp.benchmark.report"
_CURVES = {"recall_at_5": "Recall@5", "map": "mAP"}
_ABOUT = {
    "source": "Source",
    "revision": "Revision",
    "licence": "Licence",
    "citation": "Citation",
    "unit": "One segment is",
    "uncoded_means": "An uncoded segment means",
    "human_agreement": "Agreement between people",
    "published_result": "Published result",
    "note": "Note",
}
_ALL_OPEN = 40  # codes in a table that needs no folding
_TEX_HEAD = """\
% Made by alliance_nlp {version}. In the preamble: \\usepackage{{booktabs,longtable}}.
% Names of codes may need a Unicode engine (XeLaTeX, LuaLaTeX) and a font that has their letters.
% Below a number stands its 95 % interval.
"""


@dataclass(frozen=True, slots=True)
class _Plots:
    """What is drawn of one corpus, each a list of SVG elements."""

    learning: list[str]
    differences: list[str]
    reliability: list[str]
    walks: list[str]
    searches: list[str]


def write_report(results: Results, folder: str | Path) -> None:
    """Write report.html, tables.md and tables.tex into a folder, which is made if it is not there.

    A file that is there already is replaced when the new one is whole.

    Args:
        results: What `summarise` made of each corpus, by its name, and `_made_with`. Of a corpus
            `about` may be what its corpus.toml says, and `took` the memory of each method.
        folder: Where to.

    Raises:
        ExportError: The folder cannot be made, or a file not written.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp(), "report")
    >>> write_report({"_made_with": {"seeds": 3}}, folder)
    >>> sorted(path.name for path in folder.iterdir())
    ['report.html', 'tables.md', 'tables.tex']
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(
            f"{folder}: this folder cannot be made ({error.strerror}); choose another name or place"
        ) from error
    texts = {
        "report.html": html_report(results),
        "tables.md": markdown_tables(results),
        "tables.tex": latex_tables(results),
    }
    for name, text in texts.items():
        with replacing(folder / name) as file:
            file.write(text.encode("utf-8", errors="replace"))


def html_report(results: Results) -> str:
    """Return one page with all tables and plots, which needs no other file and loads nothing.

    The same results make the same page, letter for letter.

    >>> "alliance_nlp" in html_report({"_made_with": {"seeds": 3}})
    True
    """
    of_methods = looks(results)
    page = (
        _environment()
        .get_template("report.html")
        .render(
            version=__version__,
            made_with=results.get("_made_with", {}),
            overview=tables.overview(results),
            corpora=[
                _section(name, anchors(results)[name], corpus, of_methods)
                for name, corpus in corpora(results).items()
            ],
            methods=[
                {
                    "name": method_name(method),
                    "description": method_description(method),
                    "look": look % N_LOOKS,
                }
                for method, look in of_methods.items()
            ],
        )
    )
    return _with_own_names(page)


def markdown_tables(results: Results) -> str:
    """Return the tables for a README, a chapter for each corpus.

    >>> print(markdown_tables({}).splitlines()[0])
    # Benchmark
    """
    parts = ["# Benchmark", markdown(tables.overview(results))]
    for name, corpus in corpora(results).items():
        parts += [f"## {title(name, corpus)}", f"{size(corpus)}."]
        parts += [markdown(table) for table in _paper_tables(anchors(results)[name], corpus)]
    return "\n\n".join(parts) + "\n"


def latex_tables(results: Results) -> str:
    """Return the tables for a paper, with booktabs and longtable.

    >>> "usepackage" in latex_tables({})
    True
    """
    parts = [_TEX_HEAD.format(version=__version__), latex(tables.overview(results))]
    for name, corpus in corpora(results).items():
        parts.append(f"% {' '.join(title(name, corpus).split())}: {size(corpus)}")
        parts += [latex(table) for table in _paper_tables(anchors(results)[name], corpus)]
    return "\n\n".join(parts) + "\n"


def _paper_tables(name: str, corpus: Corpus) -> Iterator[Table]:
    made = [
        tables.main_table(name, corpus),
        tables.further_table(name, corpus),
        tables.difference_table(name, corpus),
        tables.offered_table(name, corpus),
        tables.labour_table(name, corpus),
        tables.group_table(name, corpus),
        tables.resource_table(name, corpus),
        human.people_table(name, corpus),
        *human.panel_tables(name, corpus),
        *(table for _, table in tables.code_tables(name, corpus)),
    ]
    yield from (table for table in made if table.groups)


def _section(
    name: str, anchor: str, corpus: Corpus, of_methods: Mapping[str, int]
) -> dict[str, Any]:
    about = corpus.get("about", {})
    return {
        "anchor": anchor,
        "name": name,
        "title": title(name, corpus),
        "size": size(corpus),
        "notes": corpus.get("notes", ()),
        "n_segments": corpus["n_segments"],
        "n_codes": corpus["n_codes"],
        "n_interviews": corpus["n_interviews"],
        "about": {words: about[key] for key, words in _ABOUT.items() if about.get(key)},
        "main": tables.main_table(anchor, corpus),
        "further": tables.further_table(anchor, corpus),
        "differences": tables.difference_table(anchor, corpus),
        "offered": tables.offered_table(anchor, corpus),
        "labour": tables.labour_table(anchor, corpus),
        "searches": tables.search_table(anchor, corpus),
        "groups": tables.group_table(anchor, corpus),
        "resources": tables.resource_table(anchor, corpus),
        "people": human.people_table(anchor, corpus),
        "people_codes": human.people_code_table(anchor, corpus),
        "panels": list(human.panel_tables(anchor, corpus)),
        "codes": [
            (budget_name(corpus, n), table) for n, table in tables.code_tables(anchor, corpus)
        ],
        "codes_open": corpus["n_codes"] <= _ALL_OPEN,
        "plots": _plots(title(name, corpus), corpus, of_methods),
    }


def _plots(of: str, corpus: Corpus, of_methods: Mapping[str, int]) -> _Plots:
    return _Plots(
        learning=list(_learning_plots(of, corpus, of_methods)),
        differences=list(_difference_plots(of, corpus, of_methods)),
        reliability=list(_reliability_plots(of, corpus, of_methods)),
        walks=list(_walk_plots(of, corpus, of_methods)),
        searches=list(_search_plots(of, corpus, of_methods)),
    )


def _learning_plots(of: str, corpus: Corpus, of_methods: Mapping[str, int]) -> Iterator[str]:
    for measure, name in _CURVES.items():
        if lines := learning_lines(corpus, measure, of_methods):
            yield line_plot(
                lines,
                title=f"{name}, {of}",
                description=f"{name} of each method over the number of decided segments, with "
                "bands for the 95 % intervals where there are any; the numbers are in the table.",
                heading=name,
                x_label="segments decided",
                ticks=decided_ticks(corpus),
            )


def _difference_plots(of: str, corpus: Corpus, of_methods: Mapping[str, int]) -> Iterator[str]:
    for measure, name in _CURVES.items():
        groups = difference_rows(corpus, measure, of_methods)
        if any(groups.values()):
            yield forest_plot(
                groups,
                title=f"Differences in {name}, {of}",
                description=f"{name} of alliance_nlp less that of each other method, with 95 % "
                "intervals; right of the line alliance_nlp is better.",
                x_label=f"{name} of alliance_nlp less that of the other",
            )


def _reliability_plots(of: str, corpus: Corpus, of_methods: Mapping[str, int]) -> Iterator[str]:
    for n in telling(budgets(corpus["reliability"])):
        yield line_plot(
            reliability_lines(corpus, n, of_methods),
            title=f"Reliability, {of}, {budget_name({}, n)}",
            description="Share that people coded over the probability that was given, in ten bins "
            "of the same number of pairs; on the diagonal the two are the same.",
            heading=f"Share that people coded, {budget_name({}, n)}",
            x_label="probability given",
            square=True,
            ends_meet=True,
        )


def _walk_plots(of: str, corpus: Corpus, of_methods: Mapping[str, int]) -> Iterator[str]:
    for recent in (False, True):
        when = f"last {RECENT} segments" if recent else "so far"
        heading = f"Share of codings offered, {when}"
        if lines := walk_lines(corpus, of_methods, recent=recent):
            yield line_plot(
                lines,
                title=f"{heading}, {of}",
                description="Share of codings that stood among the first five codes when their "
                "segment was reached, over the segments read.",
                heading=heading,
                x_label="segments read",
                markers=False,
            )


def _search_plots(of: str, corpus: Corpus, of_methods: Mapping[str, int]) -> Iterator[str]:
    if lines := search_lines(corpus, of_methods):
        yield line_plot(
            lines,
            title=f"Looking for one code, {of}",
            description="Share of a code’s segments found over the share of segments read, mean "
            "over the codes, beside reading in order.",
            heading="Share of the code’s segments found",
            x_label="share of the segments read",
            markers=False,
            ends_meet=True,
        )


def _with_own_names(page: str) -> str:
    """Return the page with the names inside each drawing unlike those inside the others."""
    parts = page.split("<svg ")
    named = (
        re.sub(r'(\bid="|href="#|url\(#)([mp][0-9a-f]{10}\b)', rf"\g<1>s{number}\g<2>", part)
        for number, part in enumerate(parts)
    )
    return "<svg ".join(named)


@cache
def _environment() -> "Environment":
    style = template_text("alliance_nlp.export", "page.css")
    style += template_text(_PACKAGE, "report.css")
    environment = page_environment(_PACKAGE, style=style)
    environment.globals["ours"] = method_name(OURS)
    return environment
