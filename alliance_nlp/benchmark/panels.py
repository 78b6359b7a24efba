"""Make panels: many people beside each other and beside the machine, utterance by utterance."""

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from itertools import combinations

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
    percentile_interval,
)
from alliance_nlp.benchmark.annotations import Annotations
from alliance_nlp.benchmark.corpus import Corpus
from alliance_nlp.embeddings import Model, embed
from alliance_nlp.suggestions import CodeSuggester
from alliance_nlp.suggestions.learning import UNDECIDED
from alliance_nlp.suggestions.rows import Floats

Interval = tuple[float, float]


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


def measures_of(first: Labels, second: Labels, n_values: int) -> Measures:
    """Return the measures of two lists of answers, numbers of values from 0.

    >>> a, b = np.array([0, 1, 2, 2], np.int8), np.array([0, 1, 1, 2], np.int8)
    >>> found = measures_of(a, b, 3)
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


def _panel(
    annotations: Annotations,
    machine: Labels,
    n_interviews: int,
    taught: int,
    intervals: tuple[Interval, Interval, Interval],
) -> Panel:
    people, n_values = annotations.answers, len(annotations.values)
    between = {
        pair: measures_of(people[pair[0]], people[pair[1]], n_values)
        for pair in combinations(range(len(people)), 2)
    }
    with_machine = [measures_of(one, machine, n_values) for one in people]
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
    columns, n = list(zip(*draws, strict=True)), len(rows)
    people_interval, machine_interval, difference = (percentile_interval(c, n) for c in columns)
    return people_interval, machine_interval, difference


def _averaged(measures: Sequence[Measures]) -> Measures:
    columns = zip(*(astuple(each) for each in measures), strict=True)
    return Measures(*map(_mean, columns)) if measures else Measures(*[math.nan] * 5)


def _mean(values: Sequence[float]) -> float:
    """Return the mean of the values that are defined."""
    defined = [value for value in values if not math.isnan(value)]
    return sum(defined) / len(defined) if defined else math.nan
