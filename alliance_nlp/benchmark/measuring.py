"""Make all that is measured of one corpus or project file, people beside the machine included."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from alliance_nlp.benchmark.annotations import read_annotations
from alliance_nlp.benchmark.baselines import BASELINES, Make
from alliance_nlp.benchmark.corpus import Corpus, read_coders, read_corpus
from alliance_nlp.benchmark.evaluation import BUDGETS, OURS, Budget, evaluate
from alliance_nlp.benchmark.labour import find_all, walk
from alliance_nlp.benchmark.panels import compare_annotators
from alliance_nlp.benchmark.people import compare_coders
from alliance_nlp.benchmark.summary import summarise
from alliance_nlp.embeddings import Model
from alliance_nlp.suggestions import CodeSuggester

COMPARED = ("prior", "cosine", "centred")


def methods_with(names: Sequence[str] = COMPARED, model: Model = None) -> dict[str, Make]:
    """Return what makes this library's suggester, and the baselines of these names.

    >>> list(methods_with(["prior"]))
    ['alliance', 'prior']
    """
    if unknown := set(names) - set(BASELINES):
        raise ValueError(
            f"there is no baseline {', '.join(sorted(unknown))}; known are {', '.join(BASELINES)}"
        )
    baselines = {name: partial(BASELINES[name], model=model) for name in names}
    return {OURS: partial(CodeSuggester, model=model), **baselines}


def measure(
    path: str | Path,
    *,
    coder: str | None = None,
    against: Sequence[str] = COMPARED,
    budgets: Sequence[Budget] = BUDGETS,
    seeds: int = 3,
    labour: bool = False,
    people: bool = True,
    model: Model = None,
    keep: str | Path | None = None,
) -> dict[str, Any]:
    """Measure the suggestions on a coded corpus, and return the tables of `summarise`.

    Where two or more coders have coded the project file, or the folder has an `annotators.csv`,
    people are set beside each other and beside the machine. What corpus.toml says of the corpus
    stands under `about`.

    Args:
        path: A folder with data.csv and codebook.csv, or a coded project file.
        coder: Whose codings of a project file; None is everyone's.
        against: Which baselines to compare with, by their names in `BASELINES`.
        budgets: How many segments are decided, as in `evaluate`.
        seeds: How many splits into interviews are drawn.
        labour: Whether to measure how much reading is saved, which takes longer.
        people: Whether to set people beside each other and the machine, where there are several.
        model: The embedding model, as in `embed`.
        keep: A folder where results are kept, so that a run that was stopped goes on.

    Raises:
        CorpusError: The corpus cannot be read, or cannot be split into interviews.

    >>> from alliance_nlp.bundled import bundled
    >>> class Letters:
    ...     def encode(self, texts):
    ...         return [[1 + text.lower().count(c) for c in "abcdefghij"] for text in texts]
    >>> folder = bundled("corpora/interviews-coded")
    >>> found = measure(folder, budgets=(0,), seeds=3, against=["prior"], model=Letters())
    >>> [(row["method"], row["recall_at_5"]["reason"]) for row in found["figures"][:1]]
    [('alliance', 'no interval: 2 interviews in the tests, 5 are needed')]
    """
    from tqdm import tqdm

    corpus, methods = read_corpus(path, coder=coder), methods_with(against, model)
    evaluations = tqdm(
        evaluate(corpus, methods=methods, budgets=budgets, seeds=seeds, model=model, keep=keep),
        total=len(methods) * len(budgets) * seeds,
        desc="Fitting",
        unit="fit",
        disable=None,  # shown only where somebody watches: on a terminal
    )
    walks, searches = [], []
    found = list(evaluations)
    for method, make in methods.items() if labour else ():
        how: dict[str, Any] = {"method": method, "model": model, "keep": keep}
        walks += [walk(corpus, make, seed=seed, **how) for seed in range(seeds)]
        searches += find_all(corpus, make, seeds=seeds, **how)
    beside = people_of(Path(path), corpus, model=model) if people else {}
    tables = summarise(corpus, found, walks=walks, searches=searches, **beside)
    return {**_about(Path(path)), **tables}


def people_of(
    path: Path, corpus: Corpus, *, model: Model = None, description: Path | None = None
) -> dict[str, Any]:
    """Return `people` or `panels`, as `summarise` takes them, if there is more than one person.

    `description` is the corpus.toml to look into, as in `read_annotations`.
    """
    if path.is_file():
        coders = read_coders(path)
        return {"people": compare_coders(coders, model=model)} if len(coders) > 1 else {}
    if not (path / "annotators.csv").is_file():
        return {}
    annotations = read_annotations(path, corpus, description=description)
    return {"panels": compare_annotators(corpus, annotations, model=model)}


def _about(path: Path) -> Mapping[str, Any]:
    described = path / "corpus.toml"
    if not described.is_file():
        return {}
    known = tomllib.loads(described.read_text(encoding="utf-8"))
    return {"about": {name: value for name, value in known.items() if isinstance(value, str)}}
