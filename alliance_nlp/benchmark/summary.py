"""Make summaries: all that was measured on one corpus, as rows for JSON, reports and pandas."""

import json
import math
import platform
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from statistics import fmean
from typing import Any

import numpy as np

from alliance_nlp import __version__
from alliance_nlp.benchmark import measures
from alliance_nlp.benchmark.corpus import Corpus
from alliance_nlp.benchmark.evaluation import OURS, Budget, Evaluation
from alliance_nlp.benchmark.intervals import (
    Draws,
    Figure,
    Measured,
    code_figures,
    differences,
    figures,
    measured,
    only,
)
from alliance_nlp.benchmark.labour import Search, Walk
from alliance_nlp.benchmark.panels import Panel
from alliance_nlp.benchmark.people import Comparison

Row = dict[str, Any]
# The splits of one method and one budget.
Splits = Mapping[tuple[str, Budget], Sequence[Evaluation]]

_DECIMALS = 5
_FEWEST_USES = 5  # agreement on one code says nothing with fewer
_MOST_DEPTH = 2  # results, and what is known of a corpus, one entry a line


def made_with(**options: Any) -> Row:
    """Return what a file of results was made with: versions, machine, and the options given."""
    return {
        "library": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": platform.machine(),
        **options,
    }


def summarise(
    corpus: Corpus,
    evaluations: Iterable[Evaluation],
    *,
    walks: Sequence[Walk] = (),
    searches: Sequence[Search] = (),
    people: Sequence[Comparison] = (),
    panels: Sequence[Panel] = (),
    n_draws: int = 1000,
) -> dict[str, Any]:
    """Return the tables of one corpus: lists of rows, and how large the corpus is.

    `notes` say what has to be known of the figures. `curve` has a row for each method, split and
    budget `n`, with the names of the measuring protocol; `figures` one for each method and budget,
    with intervals; `differences` of this library against each other method; `codes` and `groups`
    (languages and roles) of this library alone; `reliability` its bins; `walks` and `searches` what
    `labour` gave; `people` and `panels` how far people are from each other and the machine from
    them. `nan` is None.

    Args:
        corpus: What was measured.
        evaluations: Of one or more methods, on the same splits.
        walks: Of any of them.
        searches: Of any of them.
        people: What `compare_coders` gave.
        panels: What `compare_annotators` gave.
        n_draws: How often interviews are drawn for an interval.
    """
    splits: dict[tuple[str, Budget], list[Evaluation]] = defaultdict(list)
    for one in evaluations:
        splits[one.method, one.budget].append(one)
    draws = Draws(corpus, n_draws)
    drawn = {key: [measured(one, draws) for one in row] for key, row in splits.items()}
    read = np.flatnonzero(corpus.measured)
    return {
        "n_segments": len(read),
        "notes": list(corpus.notes),
        "n_codes": len(corpus.codebook),
        "n_interviews": len({corpus.segments[row].transcript_id for row in read}),
        "curve": [_plain(_protocol_row(corpus, one)) for row in splits.values() for one in row],
        "figures": [_plain(row) for row in _figure_rows(splits, drawn, draws)],
        "differences": [_plain(row) for row in _difference_rows(splits, drawn, draws)],
        "codes": [_plain(row) for row in _code_rows(corpus, splits, draws)],
        "groups": [_plain(row) for row in _group_rows(corpus, splits, draws)],
        "reliability": [_plain(row) for row in _reliability_rows(splits)],
        "walks": [_plain({**asdict(one), "share": one.share}) for one in walks],
        "searches": [_plain(row) for row in _search_rows(corpus, searches)],
        "people": [_plain(row) for row in _people_rows(corpus, people)],
        "panels": [_plain(asdict(one)) for one in panels],
    }


def results_json(results: Mapping[str, Any]) -> str:
    """Write results as JSON with a line for each row, so that two files can be compared.

    Args:
        results: `_made_with`, and the summary of each corpus by its name.

    >>> print(results_json({"pilot": {"n_codes": 2, "walks": [{"share": 0.5}, {"share": None}]}}))
    {
     "pilot": {
      "n_codes": 2,
      "walks": [
       {"share": 0.5},
       {"share": null}]}}
    """
    return _lines(results, 1)


def _lines(value: Any, depth: int) -> str:
    if isinstance(value, Mapping) and depth <= _MOST_DEPTH:
        inner = (f"{json.dumps(name)}: {_lines(one, depth + 1)}" for name, one in value.items())
        return "{" + ",".join(f"\n{' ' * depth}{line}" for line in inner) + "}"
    if isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        rows = (json.dumps(one, ensure_ascii=False, allow_nan=False) for one in value)
        return "[" + ",".join(f"\n{' ' * depth}{row}" for row in rows) + "]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _protocol_row(corpus: Corpus, one: Evaluation) -> Row:
    languages = np.array([corpus.segments[row].language for row in one.rows])
    return {
        "method": one.method,
        "seed": one.seed,
        "n": one.budget,
        "n_decided": one.n_decided,
        "recall_at_1": one.recall_at_1,
        "recall_at_5": one.recall_at_5,
        "map": one.mean_average_precision,
        "ece": one.calibration_error,
        "ece_floor": one.calibration_floor,
        "brier": one.brier_score,
        "threshold": one.threshold,
        "seconds": one.seconds,
        "recall_at_1_by_language": {
            str(name): only(one, languages == name).recall_at_1 for name in sorted(set(languages))
        },
    }


def _figure_rows(
    splits: Splits,
    drawn: Mapping[tuple[str, Budget], Sequence[Mapping[str, Measured]]],
    draws: Draws,
) -> Iterator[Row]:
    for (method, budget), row in splits.items():
        yield {
            "method": method,
            "n": budget,
            "n_splits": len(row),
            **figures(drawn[method, budget], draws.n_interviews(row)),
            "ece": fmean(one.calibration_error for one in row),
            "ece_floor": fmean(one.calibration_floor for one in row),
            "seconds": fmean(one.seconds for one in row),
        }


def _difference_rows(
    splits: Splits,
    drawn: Mapping[tuple[str, Budget], Sequence[Mapping[str, Measured]]],
    draws: Draws,
) -> Iterator[Row]:
    for (method, budget), row in splits.items():
        if method != OURS and (OURS, budget) in splits:
            seeds = [one.seed for one in row]  # the other may be measured on fewer splits
            pairs = zip(splits[OURS, budget], drawn[OURS, budget], strict=True)
            ours = [values for one, values in pairs if one.seed in seeds]
            exceeding = differences(ours, drawn[method, budget], draws.n_interviews(row))
            yield {"against": method, "n": budget, "n_splits": len(row), **exceeding}


def _code_rows(corpus: Corpus, splits: Splits, draws: Draws) -> Iterator[Row]:
    uses = (corpus.labels[corpus.measured] == 1).sum(axis=0)
    for (method, budget), row in splits.items():
        if method == OURS:
            found = code_figures(row, draws)
            for column, code in enumerate(corpus.codebook):
                support = {"code": code.name, "uses": int(uses[column])}
                yield {**support, "n": budget, **found[code.id]}


def _group_rows(corpus: Corpus, splits: Splits, draws: Draws) -> Iterator[Row]:
    for by in ("language", "role"):
        of_segment = np.array([getattr(segment, by) for segment in corpus.segments], dtype=object)
        names = sorted(set(of_segment[corpus.measured]))
        for name in names if len(names) > 1 else ():
            for (method, budget), row in splits.items():
                parts = [only(one, of_segment[one.rows] == name) for one in row]
                parts = [one for one in parts if one.n_test]
                if method == OURS and parts:
                    found = [measured(one, draws) for one in parts]
                    n_test = sum(one.n_test for one in parts)
                    group = {"by": by, "group": name, "n": budget, "n_test": n_test}
                    yield {**group, **figures(found, draws.n_interviews(parts))}


def _reliability_rows(splits: Splits) -> Iterator[Row]:
    for (method, budget), row in splits.items():
        reference = np.concatenate([one.reference for one in row])
        estimate = np.concatenate([one.estimate for one in row])
        bins = measures.reliability(reference, estimate)
        yield {"method": method, "n": budget, "bins": bins}


def _search_rows(corpus: Corpus, searches: Iterable[Search]) -> Iterator[Row]:
    uses = (corpus.labels[corpus.measured] == 1).sum(axis=0)
    codes = {code.id: column for column, code in enumerate(corpus.codebook)}
    for one in searches:
        column = codes[one.code_id]
        known = {"code": corpus.codebook[column].name, "uses": int(uses[column])}
        yield {**asdict(one), **known, "work_saved": one.work_saved}


def _people_rows(corpus: Corpus, people: Iterable[Comparison]) -> Iterator[Row]:
    names = {code.id: code.name for code in corpus.codebook}
    for one in people:
        agreement, row = one.agreement, asdict(one)
        few = min(agreement.reference_uses, agreement.estimate_uses) < _FEWEST_USES
        if agreement.code_id and few:
            nothing = dict.fromkeys(("kappa", "alpha", "ac1", "f1"))
            row["agreement"] |= {**nothing, "kappa_interval": (None, None)}
        known = {"code": names.get(agreement.code_id, ""), "paradox": agreement.paradox and not few}
        reason = f"one of the two used it fewer than {_FEWEST_USES} times" if few else ""
        yield {**row, **known, "reason": reason}


def _plain(value: Any) -> Any:
    """Return values as JSON has them: `nan` is None, and figures have five decimals."""
    if isinstance(value, Figure):
        rounded = {name: getattr(value, name) for name in ("value", "low", "high")}
        plain = {name: _plain(round(number, _DECIMALS)) for name, number in rounded.items()}
        return {**plain, "reason": value.reason} if value.reason else plain
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value
