"""Make the command that measures suggestions against what people coded."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alliance_nlp.cli.console import out, path_given, step, table
from alliance_nlp.files import replacing
from alliance_nlp.wording import count

if TYPE_CHECKING:
    from alliance_nlp.benchmark.evaluation import Budget

_MEASURES = {
    "Recall@1": "recall_at_1",
    "Recall@5": "recall_at_5",
    "mAP": "map",
    "Calibr. error": "ece",
}
_AGREEMENT = {
    "Agreement": "observed",
    "Kappa": "kappa",
    "Alpha": "alpha",
    "AC1": "ac1",
    "F1": "f1",
}


def benchmark(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Folders with data.csv and codebook.csv, or coded project files.",
            metavar="DIR...",
            parser=path_given,
        ),
    ],
    *,
    budgets: Annotated[
        str,
        typer.Option(help="How many segments are decided, with commas; or all.", metavar="N,N…"),
    ] = "0,20,50,100,200,all",
    seeds: Annotated[int, typer.Option(help="How many splits into interviews.", min=1)] = 3,
    coder: Annotated[
        str | None,
        typer.Option(
            help="Whose codings of a project file; default: each coder's.", metavar="NAME"
        ),
    ] = None,
    against: Annotated[
        str,
        typer.Option(
            help="What to compare with: prior, cosine, z, logistic, centred; '' for nothing.",
            metavar="NAME,NAME…",
        ),
    ] = "prior,cosine,centred",
    labour: Annotated[
        bool, typer.Option("--labour", help="Measure too how much reading is saved: takes longer.")
    ] = False,
    model: Annotated[
        str | None, typer.Option(help="The embedding model; default: the bundled one.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Write a report there, as it comes; a run that was stopped goes on.",
            metavar="FOLDER",
            parser=path_given,
        ),
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Write every result there.", metavar="OUT", parser=path_given),
    ] = None,
) -> None:
    """Measure the suggestions against what people coded, and people against each other."""
    from alliance_nlp.benchmark import measure, read_corpus
    from alliance_nlp.benchmark.report import write_report
    from alliance_nlp.benchmark.summary import made_with, results_json

    how: dict[str, Any] = {
        "against": _baselines(against), "budgets": _budgets(budgets), "seeds": seeds,
        "labour": labour, "model": model, "keep": folder and folder / "kept",
    }  # fmt: skip
    # What is wrong shows first, and not after hours.
    chosen = [(path, one) for path in paths for one in ([coder] if coder else _coders(path))]
    names = [read_corpus(path, coder=one).name for path, one in chosen]
    _check_names(names)
    _check_places(folder, json_file)
    used = Path(model).name if model else "bundled"  # where it lies is nobody's business
    results: dict[str, Any] = {
        "_made_with": made_with(model=used, budgets=budgets, seeds=seeds, resamples=1000)
    }
    shown_people: set[Path] = set()
    for name, (path, one) in zip(names, chosen, strict=True):
        step(f"Measuring {name}")
        results[name] = measure(path, coder=one, people=path not in shown_people, **how)
        shown_people.add(path)
        _show(name, results[name])
        if folder is not None:
            write_report(results, folder)
        for written in filter(None, (json_file, folder and folder / "results.json")):
            with replacing(written) as file:
                file.write(f"{results_json(results)}\n".encode("utf-8", "replace"))
    if folder is not None:
        out.print(f"\nThe report is {folder / 'report.html'}", soft_wrap=True)


def _coders(path: Path) -> list[str | None]:
    """Return the coders of a project file, each of whom is measured alone; None for a folder."""
    from alliance_nlp.benchmark import read_coders

    coders = list(read_coders(path)) if path.is_file() else []
    return [*coders] if len(coders) > 1 else [None]


def _check_names(names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise typer.BadParameter(
                f"two corpora are called {name}, and results go by name; rename one of them"
            )


def _check_places(folder: Path | None, json_file: Path | None) -> None:
    if folder is not None and folder.is_file():
        raise typer.BadParameter(f"{folder}: this is a file; --out takes a folder")
    if json_file is not None and not json_file.parent.is_dir():
        raise typer.BadParameter(f"{json_file}: there is no folder {json_file.parent}")


def _budgets(written: str) -> list["Budget"]:
    numbers = [number.strip() for number in written.split(",")]
    if not all(number == "all" or number.isdecimal() for number in numbers):
        raise typer.BadParameter(f"{written}: whole numbers with commas, or all, as in 0,20,50,all")
    return ["all" if number == "all" else int(number) for number in numbers]


def _baselines(written: str) -> list[str]:
    from alliance_nlp.benchmark.baselines import BASELINES

    names = [name.strip() for name in written.split(",") if name.strip()]
    for name in names:
        if name not in BASELINES:
            raise typer.BadParameter(f"{name}: known are {', '.join(BASELINES)}")
    return names


def _show(name: str, found: dict[str, Any]) -> None:
    from alliance_nlp.benchmark.report.names import method_name

    shown = table("Decided", "Method", *_MEASURES, title=name, right=("Decided", *_MEASURES))
    rows = sorted(found["figures"], key=lambda row: (row["n"] == "all", str(row["n"]).zfill(9)))
    for row in rows:
        cells = [_cell(row[key]) for key in _MEASURES.values()]
        shown.add_row(str(row["n"]), method_name(row["method"]), *cells)
    out.print(shown)
    seeds = len({row["seed"] for row in found["curve"]})
    out.print(
        f"Means of {count(seeds, 'split')} into interviews, with 95 % intervals over interviews; "
        "1 is best, for the calibration error 0.",
        soft_wrap=True,
    )
    for reason in sorted({row["recall_at_5"].get("reason", "") for row in rows} - {""}):
        out.print(f"{reason[0].upper()}{reason[1:]}.", soft_wrap=True)
    for note in found["notes"]:
        out.print(f"{note}.", soft_wrap=True)
    _show_people(found["people"])
    for panel in found["panels"]:
        _show_panel(panel)


def _show_people(comparisons: list[dict[str, Any]]) -> None:
    title = "People, and the machine at the same number of codings; all codes together"
    shown = table("Reference", "Beside", *_AGREEMENT, title=title, right=(*_AGREEMENT,))
    for row in comparisons:
        agreement = row["agreement"]
        if not agreement["code_id"]:
            machine = "machine, taught" if row["taught"] else "machine, untaught"
            cells = [_cell(agreement[key]) for key in _AGREEMENT.values()]
            shown.add_row(row["reference"], row["estimate"] or machine, *cells)
    if shown.row_count:
        out.print(shown)


def _show_panel(panel: dict[str, Any]) -> None:
    out.print(
        f"\n{panel['variable']}: Cohen's kappa of each person with the others and with the machine",
        style="bold",
    )
    shown = table("Person", "Others", "Machine", right=("Others", "Machine"))
    for person in panel["annotators"]:
        shown.add_row(person["name"], *(_cell(person[of]["kappa"]) for of in ("others", "machine")))
    shown.add_row("mean", _cell(panel["people_kappa"]), _cell(panel["machine_kappa"]))
    out.print(shown)
    fleiss, with_machine = _cell(panel["fleiss"]), _cell(panel["fleiss_with_machine"])
    out.print(
        f"Fleiss' kappa of {len(panel['annotators'])} people on {panel['utterances']:,} utterances "
        f"{fleiss}, with the machine as one more {with_machine}.",
        soft_wrap=True,
    )


def _cell(figure: dict[str, Any] | float | None) -> str:
    if isinstance(figure, dict):
        value, low, high = figure["value"], figure["low"], figure["high"]
        interval = "" if low is None else f" ({low:.3f}–{high:.3f})"
        return "–" if value is None else f"{value:.3f}{interval}"
    return "–" if figure is None else f"{figure:.3f}"
