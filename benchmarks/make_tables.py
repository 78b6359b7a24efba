"""Make the tables of the README and of benchmarks/README.md from the stored results.

    python benchmarks/make_tables.py            writes them
    python benchmarks/make_tables.py --check    fails if they differ

The results in benchmarks/results are what benchmarks/protocol.py wrote with --json, one file per
suggester; how people agree comes from the corpus.toml of each corpus.
"""

import argparse
import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
METHODS = {
    "cosine": "cosine",
    "z": "z-score of the cosine",
    "centred": "centred logistic regression",
    "alliance": "alliance_nlp",
}
SHORT = ("nhs_fft", "os_focus", "gennovate")
MEASURES = {"recall_at_5": "recall@5", "map": "mAP"}

Results = dict[str, dict[str, Any]]


def read_results() -> Results:
    """Read what each method gave, by the name of its file."""
    folder = ROOT / "benchmarks" / "results"
    return {
        name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in METHODS
    }


def cell(results: Results, method: str, corpus: str, budget: int | str, measure: str) -> str:
    """Write the mean over splits, with the lowest and the highest."""
    rows = [row for row in results[method][corpus]["curve"] if row["n"] == budget]
    values = [row[measure] for row in rows if row[measure] is not None]
    if not values:
        return "–"
    return f"{np.mean(values):.3f} ({min(values):.2f}–{max(values):.2f})"


def people(corpus: str) -> str:
    """Say how people agree among themselves on this corpus."""
    path = ROOT / "corpora" / corpus / "corpus.toml"
    return str(tomllib.loads(path.read_text(encoding="utf-8"))["human_agreement"])


def short_table(results: Results) -> str:
    """Make the three rows of the README."""
    lines = [
        "| corpus | cosine, 0 answers | alliance_nlp, 0 | centred logistic regression, 20 | "
        "alliance_nlp, 20 | people among themselves |",
        "|---|---|---|---|---|---|",
    ]
    for corpus in SHORT:
        figures = [
            cell(results, method, corpus, budget, "recall_at_5")
            for method, budget in (
                ("cosine", 0), ("alliance", 0), ("centred", 20), ("alliance", 20),
            )
        ]  # fmt: skip
        lines.append(f"| {corpus} | {' | '.join(figures)} | {people(corpus)} |")
    return "\n".join(lines)


def long_table(results: Results, measure: str) -> str:
    """Make the table of one measure: every corpus, every method, by number of decided segments."""
    budgets: list[int | str] = [0, 20, 50, "all"]
    lines = [
        f"| corpus | method | {' | '.join(str(budget) for budget in budgets)} |",
        f"|---|---|{'---|' * len(budgets)}",
    ]
    corpora = [name for name in results["alliance"] if not name.startswith("_")]
    for corpus in corpora:
        for method, title in METHODS.items():
            figures = [
                cell(results, method, corpus, budget, measure)
                if method in ("alliance", "centred") or budget == 0
                else "–"
                for budget in budgets
            ]
            lines.append(f"| {corpus} | {title} | {' | '.join(figures)} |")
        lines.append(f"| | people among themselves | {people(corpus)} | | | |")
    return "\n".join(lines)


def filled(text: str, tables: dict[str, str]) -> str:
    """Put each table between its two marks."""
    for name, table in tables.items():
        mark = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not mark.search(text):
            raise SystemExit(f"there is no place marked <!-- {name} -->")
        text = mark.sub(lambda found, table=table: f"{found[1]}{table}\n{found[2]}", text)
    return text


def main() -> None:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    results = read_results()
    made = results["alliance"]["_made_with"]
    wanted = {
        ROOT / "README.md": {"benchmark rows": short_table(results)},
        ROOT / "benchmarks" / "README.md": {
            **{measure: long_table(results, measure) for measure in MEASURES},
            "made with": f"alliance_nlp {made['library']}, Python {made['python']}, "
            f"NumPy {made['numpy']}, {made['machine']}.",
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
