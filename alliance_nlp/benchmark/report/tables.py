"""Make tables: what `summarise` measured on a corpus, in the order in which a reviewer asks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from alliance_nlp.benchmark.evaluation import OURS
from alliance_nlp.benchmark.report.cells import (
    NOTHING,
    Cell,
    Group,
    Table,
    bytes_cell,
    difference_cell,
    number_cell,
    seconds_cell,
    with_best,
)
from alliance_nlp.benchmark.report.names import (
    Corpus,
    Results,
    budget_name,
    budgets,
    corpora,
    in_order,
    method_name,
    size,
    telling,
    title,
)
from alliance_nlp.wording import count, language_name

Row = Mapping[str, Any]
LOWER_IS_BETTER = frozenset({"ece", "ece_floor", "brier", "coverage_error", "seconds"})
_MEASURES = {
    "recall_at_1": "Recall@1",
    "recall_at_5": "Recall@5",
    "map": "mAP",
    "ece": "Calibration error",
    "ece_floor": "its floor",
    "brier": "Brier score",
    "micro_f1": "Micro F1",
    "macro_f1": "Macro F1",
    "precision_at_1": "Precision@1",
    "precision_at_3": "Precision@3",
    "precision_at_5": "Precision@5",
    "coverage_error": "Coverage error",
    "average_precision": "Average precision",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
}
_MAIN = ("recall_at_1", "recall_at_5", "map", "ece", "ece_floor", "brier", "micro_f1", "macro_f1")
_FURTHER = ("precision_at_1", "precision_at_3", "precision_at_5", "coverage_error")
_DIFFERENCES = ("recall_at_1", "recall_at_5", "map", "micro_f1", "macro_f1", "brier")
_GROUPS = ("recall_at_1", "recall_at_5", "map", "micro_f1", "macro_f1", "brier")
_CODES = ("average_precision", "recall_at_5", "precision", "recall", "f1")
_NOT_MEASURED = Cell(NOTHING, reason="not measured with so many decided")
_NO_BEST = {"ece_floor", "seconds"}


def overview(results: Results) -> Table:
    """Return how good the suggestions are on each corpus, beside the best other method."""
    groups = []
    for name, corpus in corpora(results).items():
        rows = [
            _overview_row(corpus, n)
            for n in telling(budgets(corpus["figures"]))
            if _figure(corpus, OURS, n)
        ]
        groups.append(Group(f"{title(name, corpus)}: {size(corpus)}", tuple(rows)))
    return Table(
        "overview",
        "Recall@5 and mAP of alliance_nlp, and the paired difference in recall@5 to whichever "
        "other method has the highest there. ▲ alliance_nlp is better, ▼ it is worse: the 95 % "
        "interval leaves out 0. Methods measured on fewer splits are left out here.",
        ("Segments decided", "Recall@5", "mAP", "Best other", "Recall@5 of it", "Difference"),
        tuple(groups),
    )


def main_table(name: str, corpus: Corpus) -> Table:
    """Return the measures of every method for every number of decided segments."""

    def cells(row: Row) -> list[Cell]:
        return [*(number_cell(row[measure]) for measure in _MAIN), seconds_cell(row["seconds"])]

    headings = (*(_MEASURES[measure] for measure in _MAIN), "Seconds")
    return Table(
        f"{name}-main",
        "Every method on the same splits, with 95 % intervals over interviews; the best of each "
        "number in bold. Higher is better, but for calibration error and Brier score. The "
        "calibration error has its floor beside it in place of an interval, since segments that "
        "are drawn twice raise it.",
        ("Method", *headings),
        _by_budget(corpus, "figures", cells, [0, *map(_direction, _MAIN), 0]),
    )


def resource_table(name: str, corpus: Corpus) -> Table:
    """Return what each method takes: memory while it ran, and what has to be installed."""
    took = corpus.get("took", {})
    rows = tuple(
        (
            Cell(method_name(method)),
            bytes_cell(took[method].get("peak_memory_bytes")),
            bytes_cell(took[method].get("installed_bytes")),
        )
        for method in in_order(took)
    )
    return Table(
        f"{name}-resources",
        "What each method takes, in megabytes: the most memory while it ran on this corpus, and "
        "what somebody installs to use it.",
        ("Method", "Peak memory", "Installed"),
        (Group("", rows),) if rows else (),
    )


def further_table(name: str, corpus: Corpus) -> Table:
    """Return what else is measured: precision among the first, and coverage error."""

    def cells(row: Row) -> list[Cell]:
        return [_measure_cell(row, measure) for measure in _FURTHER]

    return Table(
        f"{name}-further",
        "How much of what is offered is right, and how far down the list a reader goes. Higher "
        "is better, but for coverage error, which counts codes.",
        ("Method", *(_MEASURES[measure] for measure in _FURTHER)),
        _by_budget(corpus, "figures", cells, [0, *map(_direction, _FURTHER)]),
    )


def difference_table(name: str, corpus: Corpus) -> Table:
    """Return by how much alliance_nlp exceeds each other method, in pairs."""

    def cells(row: Row) -> list[Cell]:
        return [_difference(row, measure) for measure in _DIFFERENCES]

    return Table(
        f"{name}-differences",
        "alliance_nlp less each other method, in pairs: the same splits, the same interviews "
        "drawn. ▲ alliance_nlp is better, ▼ it is worse: the 95 % interval leaves out 0.",
        ("Against", *(_MEASURES[measure] for measure in _DIFFERENCES)),
        _by_budget(corpus, "differences", cells, [0] * (len(_DIFFERENCES) + 1), "against"),
    )


def offered_table(name: str, corpus: Corpus) -> Table:
    """Return how much of the first pass is taken over after so many reviewed segments."""
    columns = budgets(corpus["figures"])
    rows = []
    for method in in_order(row["method"] for row in corpus["figures"]):
        found = [_figure(corpus, method, n) for n in columns]
        cells = [number_cell(row["share_offered"]) if row else _NOT_MEASURED for row in found]
        rows.append((Cell(method_name(method)), *cells))
    return Table(
        f"{name}-offered",
        "How much of the first pass is taken over: the share of all human codings in the test "
        "interviews that stand among the first five codes, by the number of segments reviewed "
        "before.",
        ("Method", *(budget_name(corpus, n) for n in columns)),
        (Group("", with_best(rows, [0, *(1 for _ in columns)])),) if rows else (),
    )


def labour_table(name: str, corpus: Corpus) -> Table:
    """Return what each method saves somebody who reads on, and who looks for one code."""
    walks, searches = corpus.get("walks", ()), corpus.get("searches", ())
    rows = []
    for method in in_order(row["method"] for row in (*walks, *searches)):
        shares = [row["share"] for row in walks if row["method"] == method]
        saved = [row["work_saved"] for row in searches if row["method"] == method]
        rows.append((Cell(method_name(method)), _mean_cell(shares), _mean_cell(saved)))
    n_codes = len({row["code_id"] for row in searches})
    return Table(
        f"{name}-labour",
        "Reading whole interviews in order: the share of codings that stood among the first five "
        "when their segment was reached, mean over the orders drawn. Looking for one code: work "
        f"saved over reading everything until 95 % are found (WSS@95), mean over {n_codes} codes. "
        "With the lowest and the highest.",
        ("Method", "First pass offered", "WSS@95"),
        (Group("", with_best(rows, [0, 1, 1])),) if rows else (),
    )


def search_table(name: str, corpus: Corpus) -> Table:
    """Return the work saved in the search for each code."""
    searches = corpus.get("searches", ())
    methods = in_order(row["method"] for row in searches)
    saved = {(row["code_id"], row["method"]): row["work_saved"] for row in searches}
    rows = [
        (Cell(name), *(number_cell(saved.get((code_id, method))) for method in methods))
        for code_id, name in {row["code_id"]: row["code"] for row in searches}.items()
    ]
    return Table(
        f"{name}-searches",
        "WSS@95 of each code that was looked for.",
        ("Code", *map(method_name, methods)),
        (Group("", tuple(rows)),) if rows else (),
    )


def code_tables(name: str, corpus: Corpus) -> list[tuple[int | str, Table]]:
    """Return a table of all codes for each of three budgets, most used codes first."""
    return [(n, _code_table(name, corpus, n)) for n in reversed(telling(budgets(corpus["codes"])))]


def group_table(name: str, corpus: Corpus) -> Table:
    """Return the measures by language and by the speaker's role."""
    return Table(
        f"{name}-groups",
        "alliance_nlp by the language of the segment and by the speaker’s role; the number of "
        "test segments is summed over the splits.",
        ("Segments", "Tested", *(_MEASURES[measure] for measure in _GROUPS)),
        tuple(
            Group(
                budget_name(corpus, n),
                tuple(
                    (
                        Cell(_group_name(row)),
                        Cell(f"{row['n_test']:,}"),
                        *(number_cell(row[measure]) for measure in _GROUPS),
                    )
                    for row in corpus["groups"]
                    if row["n"] == n
                ),
            )
            for n in telling(budgets(corpus["groups"]))
        ),
    )


def _overview_row(corpus: Corpus, n: int | str) -> tuple[Cell, ...]:
    ours = _figure(corpus, OURS, n)
    rows = [
        row
        for row in corpus["figures"]
        if row["n"] == n
        and row["method"] != OURS
        and row["recall_at_5"]["value"] is not None
        and row.get("n_splits") == ours.get("n_splits")
    ]
    best = max(rows, key=lambda row: float(row["recall_at_5"]["value"]), default=None)
    cells = (
        Cell(budget_name(corpus, n)),
        number_cell(ours["recall_at_5"]),
        number_cell(ours["map"]),
    )
    if best is None:
        return (*cells, Cell(NOTHING), Cell(NOTHING), Cell(NOTHING))
    difference = next(
        row for row in corpus["differences"] if (row["against"], row["n"]) == (best["method"], n)
    )
    return (
        *cells,
        Cell(method_name(best["method"])),
        number_cell(best["recall_at_5"]),
        _difference(difference, "recall_at_5"),
    )


def _code_table(name: str, corpus: Corpus, n: int | str) -> Table:
    rows = [row for row in corpus["codes"] if row["n"] == n]
    rows = sorted(rows, key=lambda row: (-row["uses"], row["code"]))
    return Table(
        f"{name}-codes-{n}",
        f"Each code with how often people used it, {budget_name(corpus, n)}. Precision, recall "
        "and F1 are those at the suggested threshold.",
        ("Code", "Uses", *(_MEASURES[measure] for measure in _CODES)),
        (
            Group(
                "",
                tuple(
                    (
                        Cell(row["code"]),
                        Cell(f"{row['uses']:,}"),
                        *(number_cell(row[measure]) for measure in _CODES),
                    )
                    for row in rows
                ),
            ),
        ),
    )


def _by_budget(
    corpus: Corpus,
    which: str,
    cells: Callable[[Row], list[Cell]],
    directions: Sequence[int],
    key: str = "method",
) -> tuple[Group, ...]:
    """Return a group of rows for each number of decided segments, a row for each method."""
    groups = []
    for n in budgets(corpus[which]):
        rows = [
            (Cell(_measured_name(row, corpus)), *cells(row)) for row in _at(corpus[which], n, key)
        ]
        groups.append(Group(budget_name(corpus, n), with_best(rows, directions)))
    return tuple(groups)


def _at(rows: Iterable[Row], n: int | str, key: str = "method") -> list[Row]:
    found = {row[key]: row for row in rows if row["n"] == n}
    return [found[method] for method in in_order(found)]


def _measured_name(row: Row, corpus: Corpus) -> str:
    """Return the name of a method, and on how few splits it was measured if others had more."""
    name = method_name(row.get("method") or row["against"])
    splits = row.get("n_splits")
    if splits is None or splits == _figure(corpus, OURS, row["n"]).get("n_splits"):
        return name
    return f"{name} ({count(splits, 'split')})"


def _figure(corpus: Corpus, method: str, n: int | str) -> Row:
    rows = (row for row in corpus["figures"] if (row["method"], row["n"]) == (method, n))
    return next(rows, {})


def _direction(measure: str) -> int:
    return 0 if measure in _NO_BEST else -1 if measure in LOWER_IS_BETTER else 1


def _measure_cell(row: Row, measure: str) -> Cell:
    return number_cell(row[measure], decimals=1 if measure == "coverage_error" else 3)


def _difference(row: Row, measure: str) -> Cell:
    return difference_cell(row[measure], lower_is_better=measure in LOWER_IS_BETTER)


def _mean_cell(numbers: Sequence[float | None]) -> Cell:
    known = [number for number in numbers if number is not None]
    if not known:
        return Cell(NOTHING, reason="not run with this method, or no code has 10 uses to look for")
    return number_cell({"value": fmean(known), "low": min(known), "high": max(known)})


def _group_name(row: Row) -> str:
    if row["by"] == "language":
        return language_name(row["group"]).capitalize()
    return (row["group"] or "no role known").capitalize()
