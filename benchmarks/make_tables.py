"""Make the tables of the README and of benchmarks/README.md from the stored results.

    python benchmarks/make_tables.py            writes them
    python benchmarks/make_tables.py --check    fails if they differ

The results in benchmarks/results are what run.py wrote, one file per corpus; teaching.json is what
teaching.py wrote, themes.json what themes.py wrote.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from alliance_nlp.benchmark.evaluation import OURS
from alliance_nlp.benchmark.report.names import method_name

ROOT = Path(__file__).parent.parent
ORDER = (
    "prior", "cosine", "z", "logistic", "centred", "tfidf_svm", "setfit", "setfit_minilm",
    "asreview", OURS,
)  # fmt: skip
ONE_SPLIT = ("setfit", "setfit_minilm")
METHODS = {
    name: f"{method_name(name)}, one split" if name in ONE_SPLIT else method_name(name)
    for name in ORDER
} | {OURS: f"**{method_name(OURS)}**"}
THEME_METHODS = {
    "one_theme": "all in one theme",
    "kmeans": "KMeans, told the number of codes",
    "hdbscan": "HDBSCAN",
    "bertopic": "BERTopic",
    OURS: METHODS[OURS],
}
BUDGETS: tuple[int | str, ...] = (0, 20, 50, 100, 200, "all")
SHORT = ("nhs_fft", "os_focus", "gennovate")
ACCURACY = ("recall_at_1", "recall_at_5", "map", "micro_f1", "macro_f1")
LEARNS_NOTHING = ("cosine", "z")
MIB = 1024**2

Row = dict[str, Any]


def read_results() -> dict[str, Row]:
    """Read what is stored of each corpus, by its name."""
    folder = ROOT / "benchmarks" / "results"
    read = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    return {name: found for one in read for name, found in one.items() if name != "_made_with"}


def made_with() -> Row:
    """Return what the first of the results was made with."""
    path = min((ROOT / "benchmarks" / "results").glob("*.json"))
    made: Row = json.loads(path.read_text(encoding="utf-8"))["_made_with"]
    return made


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(figure: Row | float | None) -> str:
    """Write a figure with its interval."""
    if figure is None:
        return "–"
    if not isinstance(figure, dict):
        return f"{figure:.3f}"
    value, low, high = figure["value"], figure["low"], figure["high"]
    if value is None:
        return "–"
    return f"{value:.3f}" if low is None else f"{value:.3f} ({low:.3f}–{high:.3f})"


def methods_of(rows: Iterable[Row]) -> list[str]:
    """Return the methods of some rows in the order of the tables."""
    present = {row["method"] for row in rows}
    return [method for method in METHODS if method in present]


def at(rows: Iterable[Row], **wanted: Any) -> Row | None:
    """Return the row that has these values, if there is one."""
    found = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    return found[0] if found else None


def figures_table(results: dict[str, Row], measure: str) -> str:
    """Make the table of one measure: every corpus, every method, by number of decided segments."""
    rows = []
    for name, found in results.items():
        for method in methods_of(found["figures"]):
            cells = []
            for budget in BUDGETS:
                row = at(found["figures"], method=method, n=budget)
                again = method in LEARNS_NOTHING and budget != 0
                cells.append("–" if row is None or again else cell(row[measure]))
            rows.append([name, METHODS[method], *cells])
        rows.append(["", "people among themselves", human(found), *[""] * (len(BUDGETS) - 1)])
    return table(["corpus", "method", *map(str, BUDGETS)], rows)


def human(found: Row) -> str:
    """Say how people agree among themselves on this corpus."""
    return str(found["about"]["human_agreement"])


def differences_table(results: dict[str, Row]) -> str:
    """Make the table of paired differences in mean average precision and recall@5."""
    rows = []
    for name, found in results.items():
        for budget in (20, 50, 100, 200):
            row = at(found["differences"], against="centred", n=budget)
            if row:
                rows.append([name, str(budget), cell(row["recall_at_5"]), cell(row["map"])])
    return table(["corpus", "decided", "recall@5", "mAP"], rows)


def calibration_table(results: dict[str, Row]) -> str:
    """Make the table of calibration errors above their floor, and of Brier scores."""
    rows = []
    for name, found in results.items():
        for method in (OURS, "centred"):
            cells = []
            for budget in BUDGETS:
                row = at(found["figures"], method=method, n=budget)
                above = row and row["ece"] - row["ece_floor"]
                cells.append("–" if row is None else f"{above:.3f}, {row['brier']['value']:.4f}")
            rows.append([name, METHODS[method], *cells])
    return table(["corpus", "method", *map(str, BUDGETS)], rows)


def setfit_table(results: dict[str, Row]) -> str:
    """Make the table of the methods that tune a model, beside ours on the same split."""
    rows = []
    for name, found in results.items():
        for method in ("setfit", "setfit_minilm"):
            for budget in (20, 100):
                theirs = at(found["curve"], method=method, n=budget, seed=0)
                ours = at(found["curve"], method=OURS, n=budget, seed=0)
                if theirs and ours:
                    rows.append([
                        name, METHODS[method], str(budget), f"{theirs['map']:.3f}",
                        f"{ours['map']:.3f}", f"{theirs['seconds']:.0f}",
                        f"{ours['seconds']:.2f}", f"{theirs['seconds'] / ours['seconds']:,.0f}",
                    ])  # fmt: skip
    head = ["corpus", "method", "decided", "mAP", "mAP, ours", "seconds", "seconds, ours", "times"]
    return table(head, rows)


def labour_table(results: dict[str, Row]) -> str:
    """Make the table of the work that each method takes over."""
    methods = [
        m
        for m in METHODS
        if any(r["method"] == m for f in results.values() for r in (*f["walks"], *f["searches"]))
    ]
    rows = []
    for name, found in results.items():
        cells = []
        for method in methods:
            shares = [row["share"] for row in found["walks"] if row["method"] == method]
            saved = [row["work_saved"] for row in found["searches"] if row["method"] == method]
            cells.append(", ".join(f"{fmean(v):.3f}" if v else "–" for v in (shares, saved)))
        rows.append([name, *cells])
    return table(["corpus", *(METHODS[method] for method in methods)], rows)


def offered_table(results: dict[str, Row]) -> str:
    """Make the table of the share of codings that are offered after so many segments."""
    rows = []
    for name, found in results.items():
        for method in (OURS, "centred"):
            row = [at(found["figures"], method=method, n=budget) for budget in BUDGETS[:-1]]
            rows.append([name, METHODS[method], *(cell(r and r["share_offered"]) for r in row)])
    return table(["corpus", "method", *map(str, BUDGETS[:-1])], rows)


def footprint_table(results: dict[str, Row]) -> str:
    """Make the table of seconds, memory and size on disk."""
    rows = []
    for method, title in METHODS.items():
        took = [found["took"][method] for found in results.values() if method in found["took"]]
        if took:
            seconds = [
                f"{fmean(values):.2f}" if values else "–"
                for budget in (20, 100)
                for values in [list(seconds_of(results, method, budget))]
            ]
            memory = max(one["peak_memory_bytes"] for one in took) / MIB
            size = took[0]["installed_bytes"] / MIB
            rows.append([title, *seconds, f"{memory:,.0f}", f"{size:,.0f}"])
    head = ["method", "seconds at 20", "seconds at 100", "peak memory, MiB", "installed, MiB"]
    return table(head, rows)


def seconds_of(results: dict[str, Row], method: str, budget: int) -> Iterator[float]:
    """Yield what fitting and predicting took, of each corpus and split."""
    for found in results.values():
        for row in found["curve"]:
            if row["method"] == method and row["n"] == budget:
                yield row["seconds"]


def people_table(results: dict[str, Row]) -> str:
    """Make the table of people beside each other and beside the machine."""
    rows = []
    for name, found in results.items():
        for panel in found["panels"]:
            variable = panel["variable"].replace("_", " ")
            for person in panel["annotators"]:
                kappas = [
                    f"{person[of][m]:.3f}"
                    for m in ("kappa", "ac1", "f1")
                    for of in ("others", "machine")
                ]
                rows.append([name, variable, person["name"], *kappas])
            between = [panel["people_kappa"], *panel["people_interval"]]
            machine = [panel["machine_kappa"], *panel["machine_interval"]]
            means = ["{:.3f} ({:.3f}–{:.3f})".format(*one) for one in (between, machine)]
            rows.append([name, variable, "mean", *means, "", "", "", ""])
            fleiss = [f"{panel['fleiss']:.3f}", f"{panel['fleiss_with_machine']:.3f} with it"]
            rows.append([name, variable, "Fleiss' kappa", *fleiss, "", "", "", ""])
    head = ["corpus", "variable", "person", "kappa, others", "kappa, machine", "AC1, others",
            "AC1, machine", "F1, others", "F1, machine"]  # fmt: skip
    return table(head, rows)


def short_table(results: dict[str, Row]) -> str:
    """Make the three rows of the README."""
    head = ["corpus", "cosine, 0 answers", "alliance_nlp, 0", "centred logistic regression, 20",
            "alliance_nlp, 20", "people among themselves"]  # fmt: skip
    rows = []
    for name in SHORT:
        found = results[name]
        of = [("cosine", 0), (OURS, 0), ("centred", 20), (OURS, 20)]
        picked = [at(found["figures"], method=method, n=budget) for method, budget in of]
        rows.append([name, *(cell(row and row["recall_at_5"]) for row in picked), human(found)])
    return table(head, rows)


def read_teaching() -> Row:
    """Read what teaching.py stored."""
    path = ROOT / "benchmarks" / "teaching.json"
    stored: Row = json.loads(path.read_text(encoding="utf-8"))
    return stored


def means(rows: Sequence[Row], names: Sequence[str], **wanted: Any) -> str:
    """Write the means over splits of some figures of the rows that have these values."""
    picked = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    return ", ".join(f"{fmean(row[name] for row in picked):.3f}" for name in names)


def orders_table(teaching: Row) -> str:
    """Make the table of what is known after reading in each order."""
    orders = list(
        dict.fromkeys(row["order"] for rows in teaching["orders"].values() for row in rows)
    )
    figures = ("recall_at_5", "map")
    made = [
        [name, str(n), *(means(rows, figures, order=order, n=n) for order in orders)]
        for name, rows in teaching["orders"].items()
        for n in sorted({row["n"] for row in rows})
    ]
    together = [row for rows in teaching["orders"].values() for row in rows]
    made += [
        ["**mean**", str(n), *(means(together, figures, order=order, n=n) for order in orders)]
        for n in sorted({row["n"] for row in together})
    ]
    return table(["corpus", "decided", *orders], made)


def languages_table(teaching: Row) -> str:
    """Make the table of what one language teaches the others."""
    rows = teaching["languages"]
    languages = sorted({row["language"] for row in rows})
    return table(
        ["decided, in English", *languages],
        [
            [str(n), *(means(rows, ["recall_at_1"], n=n, language=one) for one in languages)]
            for n in sorted({row["n"] for row in rows})
        ],
    )


def rationales_table(teaching: Row) -> str:
    """Make the table of the sentences that are named as reasons."""
    rows = teaching["rationales"]
    return table(
        ["decided", "named", "at random", "codings"],
        [
            [str(n), means(rows, ["named"], n=n), means(rows, ["at_random"], n=n),
             str(sum(row["codings"] for row in rows if row["n"] == n))]
            for n in sorted({row["n"] for row in rows})
        ],
    )  # fmt: skip


def weights_table(teaching: Row) -> str:
    """Make the table of what parameters learned from more corpora bring."""
    figures = ("recall_at_5", "map", "ece_above_floor")
    return table(
        ["corpus", "decided", "shipped: recall@5, mAP, calibration", "all but this one"],
        [
            [name, str(n), *(means(rows, figures, weights=which, n=n)
                             for which in ("shipped", "all but this"))]
            for name, rows in teaching["weights"].items()
            for n in sorted({row["n"] for row in rows})
        ],
    )  # fmt: skip


def refit_table(teaching: Row) -> str:
    """Make the table of what a refit takes."""
    refit = teaching["refit"]
    head = ["segments", "codes", "decided", *(f"{METHODS[name]}, s" for name in refit["seconds"])]
    sizes = [f"{refit[name]:,}" for name in ("segments", "codes", "decided")]
    return table(head, [[*sizes, *(f"{value:.2f}" for value in refit["seconds"].values())]])


def read_themes() -> Row:
    """Read what themes.py stored."""
    path = ROOT / "benchmarks" / "themes.json"
    stored: Row = json.loads(path.read_text(encoding="utf-8"))
    return stored


def theme_rows(themes: Row) -> Iterator[tuple[str, Row]]:
    """Yield the name of a corpus and the figures of a method on it."""
    for name, found in themes.items():
        if name != "_scaling":
            for row in found["methods"]:
                yield name, row


def ranged(figure: Row, form: str = "{:.3f}") -> str:
    """Write the mean over runs, with the least and the most of them where they differ."""
    if figure["value"] is None:
        return "–"
    mean, least, most = (form.format(figure[name]) for name in ("value", "least", "most"))
    return mean if least == most else f"{mean} [{least}–{most}]"


def themes_table(themes: Row) -> str:
    """Make the table of themes beside the codes that people gave."""
    rows = []
    for name, found in themes.items():
        if name == "_scaling":
            continue
        for row in found["methods"]:
            f1 = row["best_f1"]
            interval = "" if f1["low"] is None else f" ({f1['low']:.3f}–{f1['high']:.3f})"
            figures = [ranged(row["outside"], "{:.2f}"), ranged(row["ami"]), ranged(f1) + interval]
            rows.append([
                name, THEME_METHODS[row["method"]], ranged(row["themes"], "{:.0f}"), *figures,
                ranged(row["recovered"], "{:.2f}"), f"{row['processor_seconds']:.2f}",
            ])  # fmt: skip
        human = ["people among themselves", found["human_agreement"], *[""] * 5]
        rows.append(["", *human])
    head = ["corpus", "method", "themes", "outside", "AMI", "best-match F1", "recovered", "seconds"]
    return table(head, rows)


def theme_stability_table(themes: Row) -> str:
    """Make the table of how far themes stay the same."""
    rows = [
        [name, THEME_METHODS[row["method"]],
         *(cell(row[one]) for one in ("resampled", "shuffled", "again"))]
        for name, row in theme_rows(themes)
        if row["method"] != "one_theme"
    ]  # fmt: skip
    return table(["corpus", "method", "80 % of the transcripts", "other order", "run again"], rows)


def theme_languages_table(themes: Row) -> str:
    """Make the table of themes that hold the languages together."""
    rows = [
        [name, THEME_METHODS[row["method"]], ranged(row["themes"], "{:.0f}"),
         ranged(row["alike_themes"], "{:.2f}"), ranged(row["alike_segments"], "{:.2f}")]
        for name, row in theme_rows(themes)
        if row["alike_themes"]["value"] is not None
    ]  # fmt: skip
    return table(["corpus", "method", "themes", "share of themes", "share of segments"], rows)


def theme_scaling_table(themes: Row) -> str:
    """Make the table of what large numbers of segments take."""
    rows = []
    for row in themes["_scaling"]:
        begins = [THEME_METHODS[row["method"]], f"{row['n']:,}"]
        if row["ended"]:
            rows.append([*begins, row["ended"], "–", "–", "–"])
        else:
            memory = f"{row['peak_memory_bytes'] / MIB:,.0f}"
            seconds = [f"{row[one]:,.1f}" for one in ("seconds", "processor_seconds")]
            rows.append([*begins, *seconds, memory, f"{row['themes']:,}"])
    head = ["method", "segments", "seconds", "of a processor", "peak memory, MiB", "themes"]
    return table(head, rows)


def theme_versions(themes: Row) -> str:
    """Say with which versions each method was measured."""
    spelled = {"library": "alliance_nlp", "python": "Python", "numpy": "NumPy"}
    made: dict[str, dict[str, None]] = {}
    for row in [*(row for _, row in theme_rows(themes)), *themes["_scaling"]]:
        shown = [
            f"{spelled.get(name, name)} {value}"
            for name, value in row["made_with"].items()
            if name not in ("machine", "cores", "threads")
        ]
        made.setdefault(row["method"], {})[", ".join(shown)] = None
    return "\n".join(
        f"* {THEME_METHODS[method]}: {'; '.join(made[method])}"
        for method in THEME_METHODS
        if method in made
    )


def filled(text: str, tables: dict[str, str]) -> str:
    """Put each table between its two marks."""
    for name, made in tables.items():
        mark = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not mark.search(text):
            raise SystemExit(f"there is no place marked <!-- {name} -->")
        text = mark.sub(lambda found, made=made: f"{found[1]}{made}\n{found[2]}", text)
    return text


def main() -> None:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    results, made, teaching = read_results(), made_with(), read_teaching()
    themes = read_themes()
    wanted = {
        ROOT / "README.md": {"benchmark rows": short_table(results)},
        ROOT / "benchmarks" / "README.md": {
            **{measure: figures_table(results, measure) for measure in ACCURACY},
            "differences": differences_table(results),
            "calibration": calibration_table(results),
            "setfit": setfit_table(results),
            "labour": labour_table(results),
            "offered": offered_table(results),
            "footprint": footprint_table(results),
            "people": people_table(results),
            "orders": orders_table(teaching),
            "languages": languages_table(teaching),
            "rationales": rationales_table(teaching),
            "weights": weights_table(teaching),
            "refit": refit_table(teaching),
            "themes": themes_table(themes),
            "theme stability": theme_stability_table(themes),
            "theme languages": theme_languages_table(themes),
            "theme scaling": theme_scaling_table(themes),
            "theme versions": theme_versions(themes),
            "made with": f"alliance_nlp {made['library']}, Python {made['python']}, "
            f"NumPy {made['numpy']}, {made['machine']}, {made['cores']} cores, one thread for each "
            "method.",
        },
    }
    for path, tables in wanted.items():
        text = path.read_text(encoding="utf-8")
        full = filled(text, tables)
        if check and full != text:
            sys.exit(f"{path}: its tables are not those of the results; run this without --check")
        if not check:
            path.write_text(full, encoding="utf-8")


if __name__ == "__main__":
    main()
