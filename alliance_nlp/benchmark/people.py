"""Make the human figure: how far coders are from each other, and the machine from each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from alliance_nlp.agreement import Agreement, Labels, agreements
from alliance_nlp.benchmark.corpus import Corpus
from alliance_nlp.embeddings import Model, embed
from alliance_nlp.errors import CorpusError
from alliance_nlp.suggestions import CodeSuggester
from alliance_nlp.suggestions.learning import UNDECIDED
from alliance_nlp.suggestions.rows import Floats

FOLDS = 5
Cells = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far a coder is from another, or from the machine, on one code or on all.

    Attributes:
        reference: The coder who is the reference.
        estimate: The other coder; None is the machine.
        taught: Whether the machine learned from the reference's answers in other interviews.
        codings_of: Whose number of codings the machine made; None for two coders.
        agreement: The measures, on the cells that the two coders have decided; `code_id` `''` is
            all codes.
    """

    reference: str
    estimate: str | None
    taught: bool
    codings_of: str | None
    agreement: Agreement


def compare_coders(
    coders: Mapping[str, Corpus],
    *,
    model: Model = None,
    folds: int = FOLDS,
    resamples: int = 1000,
    random_state: int = 0,
) -> list[Comparison]:
    """Compare every two coders of one study, and the machine with each of them.

    Two coders are compared on the cells that both have decided. On the same cells each is then the
    reference of the machine, which makes as many codings there as the other coder made: the most
    probable ones, counted over all codes for the total and code by code for the rows of codes. So
    neither side is helped by how freely it codes.

    The machine appears twice. Taught, it has seen what the reference decided in other interviews
    and nothing of the interviews that it codes (cross-validation by interview); untaught, it knows
    the codebook and the texts. Taught rows are left out for a reference who has decided about one
    interview only. Two people share a training that the codebook does not hold, and the machine
    may learn a person's habits that a colleague does not know: the figures stand beside each other,
    they are no contest.

    Args:
        coders: What `read_coders` returned.
        model: The embedding model, as in `embed`.
        folds: In how many parts the interviews are cut at most; no part is taught for itself.
        resamples: How often interviews are drawn for the intervals, as in `interval`.
        random_state: Decides how interviews fall into parts, and the draws.

    Returns:
        For each pair of coders the two, then the machine beside the first and beside the second;
        each with a row for every code and the total last. Pairs without a common cell are left
        out.

    Raises:
        CorpusError: There are fewer than two coders, they have not coded the same segments with
            the same codebook, or no two of them have decided about a common cell.
    """
    corpus = _shared(coders)
    pairs = [
        (first, second)
        for first, second in combinations(coders, 2)
        if _both(coders[first].labels, coders[second].labels).any()
    ]
    if not pairs:
        raise CorpusError("no two coders have decided about the same code of the same segment")
    embeddings = embed(corpus.segments, model=model)
    untaught = _predicted(corpus, np.full_like(corpus.labels, UNDECIDED), embeddings, model)
    estimates: dict[str, dict[bool, Floats]] = {}
    for name in dict.fromkeys(name for pair in pairs for name in pair):
        estimates[name] = {False: untaught}
        own = _cross_validated(coders[name], embeddings, model, folds, random_state)
        if own is not None:
            estimates[name] = {True: own, False: untaught}
    found = []
    for first, second in pairs:
        measure = _Measure(corpus, resamples, random_state)
        found += measure.people(coders, first, second)
        for reference, other in ((first, second), (second, first)):
            for taught, probabilities in estimates[reference].items():
                found += measure.machine(coders, reference, other, probabilities, taught)
    return found


def most_probable(probabilities: Floats, cells: Cells, n: int) -> Labels:
    """Return labels with the `n` most probable cells as 1, the others as 0.

    Args:
        probabilities: `(n_segments, n_codes)`.
        cells: The cells to choose among; -1 stands in the others. Of equally probable ones the
            earlier row goes first, then the earlier column.
        n: How many; all of the cells if there are not as many.

    >>> p = np.array([[0.9, 0.2], [0.7, 0.8]])
    >>> most_probable(p, np.array([[True, True], [True, False]]), 2)
    array([[ 1,  0],
           [ 1, -1]], dtype=int8)
    """
    labels = np.where(cells, 0, UNDECIDED).astype(np.int8)
    places = np.flatnonzero(cells)
    order = np.argsort(-probabilities.ravel()[places], kind="stable")
    labels.ravel()[places[order[:n]]] = 1
    return labels


def parts_of(interviews: Sequence[str], folds: int, random_state: int) -> list[set[str]]:
    """Cut interviews at random into at most `folds` parts of nearly the same number.

    The order in which they are given does not matter.

    >>> sorted(map(len, parts_of(["p01", "p02", "p03", "p01"], 2, 0)))
    [1, 2]
    """
    drawn = np.random.default_rng(random_state).permutation(sorted(set(interviews)))
    parts = np.array_split(drawn, min(folds, len(drawn)) or 1)
    return [set(part.tolist()) for part in parts]


@dataclass(frozen=True, slots=True)
class _Measure:
    """How two codings of the corpus are compared, every time in the same way."""

    corpus: Corpus
    resamples: int
    random_state: int

    def people(
        self, coders: Mapping[str, Corpus], reference: str, estimate: str
    ) -> list[Comparison]:
        theirs, others = coders[reference].labels, coders[estimate].labels
        return [
            Comparison(reference, estimate, taught=False, codings_of=None, agreement=each)
            for each in (*self._by_code(theirs, others), *self._total(theirs, others))
        ]

    def machine(
        self,
        coders: Mapping[str, Corpus],
        reference: str,
        other: str,
        probabilities: Floats,
        taught: bool,
    ) -> list[Comparison]:
        theirs, others = coders[reference].labels, coders[other].labels
        cells = _both(theirs, others)
        uses = (others == 1) & cells
        columns = [
            most_probable(probabilities[:, [k]], cells[:, [k]], int(uses[:, k].sum()))
            for k in range(cells.shape[1])
        ]
        in_all = most_probable(probabilities, cells, int(uses.sum()))
        rows = (*self._by_code(theirs, np.hstack(columns)), *self._total(theirs, in_all))
        return [Comparison(reference, None, taught, other, agreement) for agreement in rows]

    def _by_code(self, reference: Labels, estimate: Labels) -> list[Agreement]:
        code_ids = [code.id for code in self.corpus.codebook]
        *by_code, _ = self._agreements(reference, estimate, code_ids)
        return by_code

    def _total(self, reference: Labels, estimate: Labels) -> list[Agreement]:
        return self._agreements(reference, estimate, [])

    def _agreements(
        self, reference: Labels, estimate: Labels, code_ids: Sequence[str]
    ) -> list[Agreement]:
        return agreements(
            reference,
            estimate,
            code_ids,
            [segment.transcript_id for segment in self.corpus.segments],
            resamples=self.resamples,
            random_state=self.random_state,
        )


def _shared(coders: Mapping[str, Corpus]) -> Corpus:
    """Return one of the corpora, whose segments and codebook are those of all."""
    if len(coders) < 2:
        raise CorpusError(
            f"{len(coders)} coder here: to know how far people are from each other takes two"
        )
    first, *others = coders.values()
    for other in others:
        same_codes = tuple(other.codebook) == tuple(first.codebook)
        if other.segments != first.segments or not same_codes:
            raise CorpusError(
                f"{first.name} and {other.name} are not about the same segments and codes; "
                "only codings of the same ones can be compared"
            )
    return first


def _both(first: Labels, second: Labels) -> Cells:
    both: Cells = (first >= 0) & (second >= 0)
    return both


def _predicted(corpus: Corpus, labels: Labels, embeddings: Floats, model: Model) -> Floats:
    suggester = CodeSuggester(corpus.codebook, model=model)
    suggester.fit(corpus.segments, labels, embeddings=embeddings)
    return suggester.predict_proba(corpus.segments, embeddings=embeddings)


def _cross_validated(
    coder: Corpus, embeddings: Floats, model: Model, folds: int, random_state: int
) -> Floats | None:
    """Return probabilities for each interview that the coder's answers in it had no part in."""
    interviews = np.array([segment.transcript_id for segment in coder.segments], dtype=object)
    decided = (coder.labels != UNDECIDED).any(axis=1)
    parts = parts_of(interviews[decided].tolist(), folds, random_state)
    if len(parts) < 2:
        return None
    probabilities = np.full(coder.labels.shape, np.nan)
    for part in parts:
        held_back = np.isin(interviews, list(part))
        labels = coder.labels.copy()
        labels[held_back] = UNDECIDED
        probabilities[held_back] = _predicted(coder, labels, embeddings, model)[held_back]
    return probabilities
