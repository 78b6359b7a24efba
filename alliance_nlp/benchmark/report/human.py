"""Make tables of the human figure: people beside each other, and the machine beside them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from alliance_nlp.benchmark.report.cells import Cell, Group, Table, number_cell
from alliance_nlp.benchmark.report.names import Corpus
from alliance_nlp.wording import count

Row = Mapping[str, Any]
_COLUMNS = ("Decided", "Uses", "Agreement", "Cohen’s kappa", "Krippendorff’s alpha", "AC1", "F1")
_PARADOX = (
    "agreement is 0.8 or more and kappa below 0.4: most of the agreement is on where a code is not "
    "used; F1 says how far the uses agree (Feinstein & Cicchetti 1990)"
)


def people_table(name: str, corpus: Corpus) -> Table:
    """Return how far every two coders are from each other, and the machine from each of them."""
    return Table(
        f"{name}-people",
        "Every two coders on what both have decided, over all codes, and the machine with each of "
        "them, on the same segments at the same number of codings. Taught: it had seen what this "
        "coder decided in other interviews. Uses are those of the first and of the second.",
        ("Between", *_COLUMNS),
        tuple(
            Group(
                heading,
                tuple(
                    (Cell(_between(row)), *_agreement_cells(row))
                    for row in rows
                    if not row["agreement"]["code_id"]
                ),
            )
            for heading, rows in _pairs(corpus.get("people", ())).items()
        ),
    )


def people_code_table(name: str, corpus: Corpus) -> Table:
    """Return the same code by code."""
    return Table(
        f"{name}-people-codes",
        "The same code by code; the machine makes as many codings of a code as the other coder.",
        ("Code", *_COLUMNS),
        tuple(
            Group(f"{heading}: {between}", tuple(of_codes))
            for heading, rows in _pairs(corpus.get("people", ())).items()
            for between in dict.fromkeys(map(_between, rows))
            if (of_codes := list(_code_rows(rows, between)))
        ),
    )


def panel_tables(name: str, corpus: Corpus) -> Iterator[Table]:
    """Yield a table for each variable that several people answered: each beside the machine."""
    for number, panel in enumerate(corpus.get("panels", ()), start=1):
        rows = [_annotator_row(one) for one in panel["annotators"]]
        means = (
            _between_cell(panel["people_kappa"], panel["people_interval"]),
            _between_cell(panel["machine_kappa"], panel["machine_interval"]),
        )
        yield Table(
            f"{name}-panel-{number}",
            _panel_caption(panel),
            (
                "Person",
                "Cohen’s kappa with the others",
                "with the machine",
                "alpha with the others",
                "with the machine",
                "AC1 with the others",
                "with the machine",
                "F1 with the others",
                "with the machine",
            ),
            (
                Group("", tuple(rows)),
                Group("Mean over all pairs", ((Cell("Cohen’s kappa"), *means, *[Cell("")] * 6),)),
            ),
        )


def _pairs(people: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the comparisons by the two coders that each is about."""
    pairs: dict[str, list[Row]] = {}
    for row in people:
        both = sorted((row["reference"], row["estimate"] or row["codings_of"]))
        pairs.setdefault(" and ".join(both), []).append(row)
    return pairs


def _between(row: Row) -> str:
    if row["estimate"] is not None:
        return f"{row['reference']} and {row['estimate']}"
    return f"{row['reference']} and the machine, {'taught' if row['taught'] else 'untaught'}"


def _code_rows(rows: Sequence[Row], between: str) -> Iterator[tuple[Cell, ...]]:
    for row in rows:
        if row["agreement"]["code_id"] and _between(row) == between:
            yield Cell(row["code"]), *_agreement_cells(row)


def _agreement_cells(row: Row) -> list[Cell]:
    agreement = row["agreement"]
    reason = _PARADOX if row["paradox"] else row.get("reason", "")
    return [
        Cell(f"{agreement['cells']:,}"),
        Cell(f"{agreement['reference_uses']:,} / {agreement['estimate_uses']:,}"),
        number_cell(agreement["observed"]),
        _between_cell(agreement["kappa"], agreement["kappa_interval"], reason),
        *(
            number_cell({"value": agreement[name], "reason": row.get("reason", "")})
            if agreement[name] is None
            else number_cell(agreement[name])
            for name in ("alpha", "ac1", "f1")
        ),
    ]


def _annotator_row(annotator: Row) -> tuple[Cell, ...]:
    sides = (annotator["others"], annotator["machine"])
    cells = (number_cell(side[name]) for name in ("kappa", "alpha", "ac1", "f1") for side in sides)
    return (Cell(str(annotator["name"])), *cells)


def _between_cell(value: float | None, interval: Sequence[float | None], reason: str = "") -> Cell:
    return number_cell({"value": value, "low": interval[0], "high": interval[1], "reason": reason})


def _panel_caption(panel: Row) -> str:
    low, high = panel["difference_interval"]
    difference = (
        f" The machine’s mean kappa less that of the people lies between {_number(low)} and "
        f"{_number(high)} (95 % interval)."
        if low is not None
        else ""
    )
    return (
        f"{panel['variable'].replace('_', ' ').capitalize()}: "
        f"{count(panel['utterances'], 'utterance')} of {count(panel['interviews'], 'interview')}, "
        f"{len(panel['annotators'])} people. Fleiss’ kappa of the people is "
        f"{_number(panel['fleiss'])}, with the machine as one more of them "
        f"{_number(panel['fleiss_with_machine'])}; Krippendorff’s alpha {_number(panel['alpha'])} "
        f"and {_number(panel['alpha_with_machine'])}. The machine had learned from "
        f"{count(panel['taught'], 'segment')} of other interviews.{difference}"
    )


def _number(value: float | None) -> str:
    return number_cell(value).text
