"""Make the human figure of corpora in which many people answered about the same utterances."""

import csv
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt

from alliance_nlp.agreement import (
    FEWEST_INTERVIEWS,
    Labels,
    cohen_kappa,
    f1_score,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    observed_agreement,
)
from alliance_nlp.benchmark.corpus import Corpus
from alliance_nlp.embeddings import Model, embed
from alliance_nlp.errors import CorpusError
from alliance_nlp.suggestions import CodeSuggester
from alliance_nlp.suggestions.learning import UNDECIDED
from alliance_nlp.suggestions.parts import Floats

_KEYS = ("seg_id", "annotator")
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Annotations:
    """What several people answered about one variable, one value for each utterance.

    Attributes:
        variable: The column of annotators.csv.
        values: The answers that could be given.
        columns: For each value the columns of the corpus's labels that say the same.
        annotators: Who answered.
        rows: The rows of the corpus that somebody was asked about.
        answers: int8 (n_annotators, n_rows): the number of the value, -1 not asked.
    """

    variable: str
    values: tuple[str, ...]
    columns: tuple[tuple[int, ...], ...]
    annotators: tuple[str, ...]
    rows: npt.NDArray[np.intp]
    answers: Labels


@dataclass(frozen=True, slots=True)
class Measures:
    """How far two annotators agree, or one with several on average.

    Attributes:
        observed: Share of utterances with the same answer.
        kappa: Cohen's kappa.
        alpha: Krippendorff's alpha.
        ac1: Gwet's AC1.
        f1: Mean F1 of the values that either of the two uses.
    """

    observed: float
    kappa: float
    alpha: float
    ac1: float
    f1: float


@dataclass(frozen=True, slots=True)
class Annotator:
    """One person beside the machine.

    Attributes:
        name: The annotator.
        others: The annotator with each other one, on average.
        machine: The annotator with the machine.
    """

    name: str
    others: Measures
    machine: Measures


@dataclass(frozen=True, slots=True)
class Panel:
    """How far the annotators of one variable are from each other, and the machine from them.

    Attributes:
        variable: The variable.
        utterances: How many utterances somebody was asked about.
        interviews: How many interviews they are from.
        taught: How many segments of other interviews the machine learned from.
        fleiss: Fleiss' kappa of the people.
        fleiss_with_machine: The same with the machine as one more of them.
        alpha: Krippendorff's alpha of the people.
        alpha_with_machine: The same with the machine as one more.
        annotators: Each beside the machine.
        people_kappa: Mean of Cohen's kappa over all pairs of people.
        people_interval: Its 95 % interval, as in `agreement.interval`.
        machine_kappa: Mean of Cohen's kappa of the machine with each person.
        machine_interval: Its 95 % interval.
        difference_interval: 95 % interval of the machine's mean less that of the people, from the
            same draws.
    """

    variable: str
    utterances: int
    interviews: int
    taught: int
    fleiss: float
    fleiss_with_machine: float
    alpha: float
    alpha_with_machine: float
    annotators: tuple[Annotator, ...]
    people_kappa: float
    people_interval: Interval
    machine_kappa: float
    machine_interval: Interval
    difference_interval: Interval


def read_annotations(
    folder: str | Path, corpus: Corpus, *, description: str | Path | None = None
) -> list[Annotations]:
    """Read `annotators.csv`: what several people answered about the same utterances.

    It has the columns seg_id and annotator, and one for each variable, empty where the annotator
    was not asked. Which codes say the same as a value stands in a table for each variable, such as

        [annotators.client_talk_type]
        change = ["change talk"]

    Args:
        folder: The folder of the corpus.
        corpus: What `read_corpus` returned for it.
        description: The TOML file with these tables; None is `corpus.toml` in the folder.

    Raises:
        CorpusError: A file, a column, a table or a code is missing, a value has no codes, or
            somebody answered twice about one utterance.
    """
    path = Path(folder) / "annotators.csv"
    described = Path(folder) / "corpus.toml" if description is None else Path(description)
    tables = _tables(described)
    rows, variables = _read_rows(path)
    missing = [variable for variable in tables if variable not in variables]
    if missing:
        raise CorpusError(f"{path}: the column {missing[0]!r} of {described.name} is missing")
    return [_annotations(path, rows, name, table, corpus) for name, table in tables.items()]


def compare_annotators(
    corpus: Corpus,
    annotations: Sequence[Annotations],
    *,
    model: Model = None,
    resamples: int = 1000,
    random_state: int = 0,
) -> list[Panel]:
    """Compare the annotators of each variable with each other, and the machine with each.

    The machine is taught with the corpus's labels of the interviews from which no utterance was
    given to the annotators, and with nothing of the others. Each value of a variable gets the sum
    of the probabilities of its codes; the highest is the machine's answer, the earlier value of
    equals: one answer to each utterance, as each person gave.

    Args:
        corpus: The corpus.
        annotations: What `read_annotations` returned for it.
        model: The embedding model, as in `embed`.
        resamples: How often interviews are drawn for the intervals.
        random_state: Decides the draws.
    """
    groups = np.array([segment.transcript_id for segment in corpus.segments], dtype=object)
    asked = np.zeros(len(groups), dtype=bool)
    for each in annotations:
        asked |= np.isin(groups, groups[each.rows])
    labels = np.where(asked[:, None], UNDECIDED, corpus.labels).astype(np.int8)
    embeddings = embed(corpus.segments, model=model)
    suggester = CodeSuggester(corpus.codebook, model=model)
    suggester.fit(corpus.segments, labels, embeddings=embeddings)
    probabilities = suggester.predict_proba(corpus.segments, embeddings=embeddings)
    taught = int((labels != UNDECIDED).any(axis=1).sum())
    panels = []
    for each in annotations:
        machine, interviews = answers_of(probabilities, each), groups[each.rows]
        intervals = _intervals(
            each.answers, machine, interviews, resamples=resamples, random_state=random_state
        )
        panels.append(_panel(each, machine, len(set(interviews)), taught, intervals))
    return panels


def answers_of(probabilities: Floats, annotations: Annotations) -> Labels:
    """Return the number of the most probable value for each utterance that was asked about.

    A value is as probable as its codes together; of equals the earlier one is taken.

    Args:
        probabilities: (n_segments, n_codes), those of the corpus.
        annotations: Whose values and utterances.
    """
    asked = probabilities[annotations.rows]
    sums = [asked[:, list(columns)].sum(axis=1) for columns in annotations.columns]
    answers: Labels = np.argmax(np.stack(sums, axis=1), axis=1).astype(np.int8)
    return answers


def measure(first: Labels, second: Labels, n_values: int) -> Measures:
    """Return the measures of two lists of answers, numbers of values from 0.

    >>> a, b = np.array([0, 1, 2, 2], np.int8), np.array([0, 1, 1, 2], np.int8)
    >>> found = measure(a, b, 3)
    >>> round(found.observed, 3), round(found.kappa, 3), round(found.f1, 3)
    (0.75, 0.636, 0.778)
    """
    both = (first >= 0) & (second >= 0)
    first, second = first[both], second[both]
    by_value = [
        f1_score((first == value).astype(np.int8), (second == value).astype(np.int8))
        for value in range(n_values)
    ]
    return Measures(
        observed=observed_agreement(first, second),
        kappa=cohen_kappa(first, second),
        alpha=krippendorff_alpha(first, second),
        ac1=gwet_ac1(first, second, categories=n_values) if n_values > 1 else math.nan,
        f1=_mean(by_value),
    )


def _tables(path: Path) -> dict[str, dict[str, list[str]]]:
    try:
        described = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path}: this file is missing or no TOML ({error})") from error
    tables = described.get("annotators", {})
    if not tables:
        raise CorpusError(f"{path}: there is no table [annotators.…] that maps values to codes")
    return dict(tables)


def _read_rows(path: Path) -> tuple[list[dict[str, str]], list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = list(reader.fieldnames or ())
            rows = [{name: value or "" for name, value in row.items()} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(f"{path}: this is no CSV table in UTF-8 ({error})") from error
    for name in _KEYS:
        if name not in columns:
            raise CorpusError(f"{path}: the column {name!r} is missing")
    seen: set[tuple[str, str]] = set()
    for row in rows:
        who = (row["seg_id"], row["annotator"])
        if who in seen:
            raise CorpusError(
                f"{path}: the annotator {who[1]} answered twice about the segment {who[0]}"
            )
        seen.add(who)
    return rows, [name for name in columns if name not in _KEYS]


def _annotations(
    path: Path,
    rows: Sequence[dict[str, str]],
    variable: str,
    table: Mapping[str, Sequence[str]],
    corpus: Corpus,
) -> Annotations:
    values = {value: number for number, value in enumerate(table)}
    places = {segment.id: row for row, segment in enumerate(corpus.segments)}
    given = [row for row in rows if row[variable]]
    for row in given:
        if row["seg_id"] not in places:
            raise CorpusError(f"{path}: the segment {row['seg_id']} is not in {corpus.name}")
        if row[variable] not in values:
            raise CorpusError(
                f"{path}: the value {row[variable]!r} of {variable} has no codes in the table "
                f"[annotators.{variable}]"
            )
    annotators = sorted({row["annotator"] for row in given})
    asked = sorted({places[row["seg_id"]] for row in given})
    column = {row: number for number, row in enumerate(asked)}
    answers = np.full((len(annotators), len(asked)), UNDECIDED, dtype=np.int8)
    for row in given:
        place = annotators.index(row["annotator"]), column[places[row["seg_id"]]]
        answers[place] = values[row[variable]]
    return Annotations(
        variable=variable,
        values=tuple(values),
        columns=_columns(path, table, corpus),
        annotators=tuple(annotators),
        rows=np.array(asked, dtype=np.intp),
        answers=answers,
    )


def _columns(
    path: Path, table: Mapping[str, Sequence[str]], corpus: Corpus
) -> tuple[tuple[int, ...], ...]:
    known = {code.name: column for column, code in enumerate(corpus.codebook)}
    for name in (name for names in table.values() for name in names):
        if name not in known:
            raise CorpusError(f"{path}: the code {name!r} is not in the codebook of {corpus.name}")
    return tuple(tuple(known[name] for name in names) for names in table.values())


def _panel(
    annotations: Annotations,
    machine: Labels,
    n_interviews: int,
    taught: int,
    intervals: tuple[Interval, Interval, Interval],
) -> Panel:
    people, n_values = annotations.answers, len(annotations.values)
    between = {
        pair: measure(people[pair[0]], people[pair[1]], n_values)
        for pair in combinations(range(len(people)), 2)
    }
    with_machine = [measure(one, machine, n_values) for one in people]
    beside = [
        Annotator(
            name, _averaged([each for pair, each in between.items() if k in pair]), with_machine[k]
        )
        for k, name in enumerate(annotations.annotators)
    ]
    return Panel(
        variable=annotations.variable,
        utterances=people.shape[1],
        interviews=n_interviews,
        taught=taught,
        fleiss=fleiss_kappa(*people),
        fleiss_with_machine=fleiss_kappa(*people, machine),
        alpha=krippendorff_alpha(*people),
        alpha_with_machine=krippendorff_alpha(*people, machine),
        annotators=tuple(beside),
        people_kappa=_mean([each.kappa for each in between.values()]),
        people_interval=intervals[0],
        machine_kappa=_mean([each.kappa for each in with_machine]),
        machine_interval=intervals[1],
        difference_interval=intervals[2],
    )


def _intervals(
    people: Labels,
    machine: Labels,
    groups: npt.NDArray[np.object_],
    *,
    resamples: int,
    random_state: int,
) -> tuple[Interval, Interval, Interval]:
    """Return those of the people's mean kappa, of the machine's, and of their difference."""
    rows = [np.flatnonzero(groups == name) for name in dict.fromkeys(groups)]
    nothing = (math.nan, math.nan)
    if len(rows) < FEWEST_INTERVIEWS:
        return nothing, nothing, nothing
    random = np.random.default_rng(random_state)
    draws = []
    for _ in range(resamples):
        drawn = np.concatenate([rows[i] for i in random.integers(len(rows), size=len(rows))])
        one, other = people[:, drawn], machine[drawn]
        of_people = _mean([cohen_kappa(a, b) for a, b in combinations(one, 2)])
        of_machine = _mean([cohen_kappa(a, other) for a in one])
        draws.append((of_people, of_machine, of_machine - of_people))
    columns = list(zip(*draws, strict=True))
    return _bounds(columns[0]), _bounds(columns[1]), _bounds(columns[2])


def _bounds(values: Sequence[float]) -> Interval:
    defined = [value for value in values if not math.isnan(value)]
    if not defined:
        return (math.nan, math.nan)
    low, high = np.percentile(defined, (2.5, 97.5))
    return (float(low), float(high))


def _averaged(measures: Sequence[Measures]) -> Measures:
    columns = zip(*(astuple(each) for each in measures), strict=True)
    return Measures(*map(_mean, columns)) if measures else Measures(*[math.nan] * 5)


def _mean(values: Sequence[float]) -> float:
    """Return the mean of the values that are defined."""
    defined = [value for value in values if not math.isnan(value)]
    return sum(defined) / len(defined) if defined else math.nan
