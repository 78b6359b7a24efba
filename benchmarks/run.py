"""Measure this library and its peers on the public corpora, and write benchmarks/results.

    python benchmarks/run.py CORPORA [--work FOLDER] [--only NAME,NAME] [--methods NAME,NAME]

CORPORA is the folder that holds the corpora (`corpora/<name>/corpus.toml` says where each comes
from); without it the environment variable ALLIANCE_NLP_CORPORA is asked. Each method runs on each
corpus in a process of its own, which tells its memory, with one thread; what was measured is kept
in the work folder, so that a run that was stopped goes on. A corpus that parameters were learned
from is measured with parameters learned without it.
"""

import argparse
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from footprint import BASELINE_DISTRIBUTIONS, installed_size, peak_memory
from peers import PEERS

from alliance_nlp import CodeSuggester, read_corpus
from alliance_nlp.benchmark.baselines import BASELINES, Make
from alliance_nlp.benchmark.corpus import Corpus
from alliance_nlp.benchmark.evaluation import BUDGETS, OURS, Budget, Evaluation, evaluate
from alliance_nlp.benchmark.labour import Search, Walk, find_all, walk
from alliance_nlp.benchmark.measuring import people_of
from alliance_nlp.benchmark.report import write_report
from alliance_nlp.benchmark.summary import made_with, results_json, summarise

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
CORPORA = (
    "nhs_fft", "os_focus", "os_focus_initial", "gennovate", "annomi",
    "epitome", "sib200", "pa_counsel", "pdpilot", "xed",
)  # fmt: skip
SEEDS = 3
CODE_BUDGETS = (0, 50, "all")  # figures of each code are stored for these


@dataclass(frozen=True)
class Task:
    """What is measured of one method.

    Attributes:
        make: What makes it from a codebook.
        distributions: What somebody installs to use it.
        corpora: On which corpora.
        budgets: How many segments are decided; none if it only searches for one code.
        seeds: How many splits.
        walks: Whether it goes along on a first pass.
        searches: Whether it searches for all of one code.
    """

    make: Make
    distributions: tuple[str, ...] = BASELINE_DISTRIBUTIONS
    corpora: tuple[str, ...] = CORPORA
    budgets: tuple[Budget, ...] = BUDGETS
    seeds: int = SEEDS
    walks: bool = False
    searches: bool = False


# Minutes for each fit: three corpora, two budgets, one split.
_SETFIT: dict[str, Any] = {
    "corpora": ("nhs_fft", "os_focus", "gennovate"), "budgets": (20, 100), "seeds": 1,
}  # fmt: skip

TASKS: dict[str, Task] = {
    OURS: Task(CodeSuggester, ("alliance-nlp",), walks=True, searches=True),
    **{
        name: Task(make, walks=name != "logistic", searches=name in ("cosine", "centred"))
        for name, make in BASELINES.items()
    },
    "tfidf_svm": Task(PEERS["tfidf_svm"], PEERS["tfidf_svm"].distributions),
    "asreview": Task(PEERS["asreview"], PEERS["asreview"].distributions, budgets=(), searches=True),
    "setfit": Task(PEERS["setfit"], PEERS["setfit"].distributions, **_SETFIT),
    "setfit_minilm": Task(PEERS["setfit_minilm"], PEERS["setfit_minilm"].distributions, **_SETFIT),
}


def described(name: str) -> dict[str, Any]:
    """Return what corpus.toml says of a corpus."""
    return tomllib.loads((ROOT / "corpora" / name / "corpus.toml").read_text(encoding="utf-8"))


def left_out_weights(folder: Path, name: str, work: Path) -> Path | None:
    """Return parameters that never saw this corpus; None for one that is not learned from."""
    if not described(name)["learn"]:
        return None
    path = work / f"weights-without-{name}.json"
    if not path.is_file():
        learn = [sys.executable, ROOT / "benchmarks" / "learn_weights.py", folder]
        subprocess.run([*learn, "--leave-out", name, "--out", path], check=True)
    return path


def making(task: Task, folder: Path, name: str, work: Path) -> Make:
    """Return what makes the method for this corpus."""
    if task.make is CodeSuggester and (path := left_out_weights(folder, name, work)):
        return partial(CodeSuggester, weights=path)
    return task.make


def measure(
    method: str, corpus: Corpus, make: Make, keep: Path
) -> Iterator[Evaluation | Walk | Search]:
    """Measure one method on one corpus, or read what was kept."""
    task = TASKS[method]
    if task.budgets:
        methods = {method: make}
        yield from evaluate(
            corpus, methods=methods, budgets=task.budgets, seeds=task.seeds, keep=keep
        )
    if task.walks:
        for seed in range(task.seeds):
            yield walk(corpus, make, method=method, seed=seed, keep=keep)
    if task.searches:
        yield from find_all(corpus, make, method=method, seeds=SEEDS, keep=keep)


def measure_alone(method: str, folder: Path, name: str, work: Path) -> None:
    """Measure one method on one corpus in this process, and note what it took."""
    noted = work / f"{name}.{method}.json"
    before = json.loads(noted.read_text(encoding="utf-8")) if noted.is_file() else {}
    corpus, make = read_corpus(folder / name), making(TASKS[method], folder, name, work)
    for found in measure(method, corpus, make, work / name):
        print("." if found else "", end="", flush=True)
    took = {
        # Of a run that goes on, the parts that were measured now may be the smaller ones.
        "peak_memory_bytes": max(peak_memory(), before.get("peak_memory_bytes", 0)),
        "installed_bytes": installed_size(*TASKS[method].distributions),
    }
    noted.write_text(json.dumps(took), encoding="utf-8")


def gather(folder: Path, name: str, work: Path) -> dict[str, Any] | None:
    """Make the tables of one corpus from what was kept."""
    done = [method for method in TASKS if (work / f"{name}.{method}.json").is_file()]
    if OURS not in done:
        return None
    corpus = read_corpus(folder / name)
    found = [
        one
        for method in done
        for one in measure(method, corpus, making(TASKS[method], folder, name, work), work / name)
    ]
    path, description = folder / name, ROOT / "corpora" / name / "corpus.toml"
    summary = summarise(
        corpus,
        [one for one in found if isinstance(one, Evaluation)],
        walks=[one for one in found if isinstance(one, Walk)],
        searches=[one for one in found if isinstance(one, Search)],
        **people_of(path, corpus, description=description),
    )
    summary["codes"] = [row for row in summary["codes"] if row["n"] in CODE_BUDGETS]
    took = {
        method: json.loads((work / f"{name}.{method}.json").read_text(encoding="utf-8"))
        for method in done
    }
    about = {key: value for key, value in described(name).items() if isinstance(value, str)}
    return {"about": about, "took": took, **summary}


def main() -> None:
    """Measure what is not kept yet, then write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpora", type=Path, nargs="?", default=os.getenv("ALLIANCE_NLP_CORPORA"))
    parser.add_argument("--work", type=Path, default=Path("benchmark-work"))
    parser.add_argument("--only", default=",".join(CORPORA))
    parser.add_argument("--methods", default=",".join(TASKS))
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.corpora is None:
        sys.exit("Name the folder of the corpora, or set ALLIANCE_NLP_CORPORA to it.")
    folder, work = Path(options.corpora), options.work
    names, methods = options.only.split(","), options.methods.split(",")
    missing = [name for name in names if not (folder / name / "data.csv").is_file()]
    if missing:
        sys.exit(f"{folder} lacks {', '.join(missing)}; corpora/NAME/corpus.toml says the source.")
    work.mkdir(parents=True, exist_ok=True)
    if options.alone:
        measure_alone(methods[0], folder, names[0], work)
        return
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    for method in methods:
        for name in names:
            if name in TASKS[method].corpora:
                print(f"\n{name}, {method} ", end="", flush=True)
                alone = [sys.executable, __file__, folder, "--work", work, "--alone"]
                which = ["--only", name, "--methods", method]
                subprocess.run([*alone, *which], check=True, env=one_thread)
    for name in names:
        if summary := gather(folder, name, work):
            results = {"_made_with": made_with(cores=os.cpu_count(), threads=1), name: summary}
            path = RESULTS / f"{name}.json"
            path.write_text(results_json(results) + "\n", encoding="utf-8")
            print(f"\n{path}")
    stored = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))
    ]
    write_report({key: value for one in stored for key, value in one.items()}, work / "report")
    print(f"\nThe page of all corpora is {work / 'report' / 'report.html'}")


if __name__ == "__main__":
    main()
