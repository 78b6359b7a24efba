"""Make the comparison of themes with the codebook: shared codes, missing ones, ones to split."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from alliance_nlp.codebook import Code
from alliance_nlp.segments import Segment, offered
from alliance_nlp.themes.theme import Theme

LARGEST_P = 0.05
FEWEST_INTERVIEWS = 2  # what one person says is no pattern of the study
COVERED_FROM = 0.25  # less than this of a theme is not what the theme is about
FEWEST_READ = 5
SPLIT_FROM = 0.25
FEWEST_PASSAGES = 5

Labels = npt.NDArray[np.int8]
_Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class SharedCode:
    """How far a theme and a code are the same passages, among the segments that were read.

    Attributes:
        theme_id: The theme.
        code_id: The code.
        segment_ids: The members that have the code, most typical of the theme first.
        n_theme: How many members were read for the code.
        n_code: How many passages have the code, in the theme or not.
        share_of_theme: Of the members that were read, how many have the code, 0 to 1.
        share_of_code: Of the passages with the code, how many are in the theme, 0 to 1.
        lift: How many times as often members have it as all that was read.
        n_interviews: In how many interviews both come together.
        p_value: How likely as many would come together by chance, adjusted for all pairs.
        enriched: The theme has the code more often than chance would, in two interviews or more.
    """

    theme_id: str
    code_id: str
    segment_ids: tuple[str, ...]
    n_theme: int
    n_code: int
    share_of_theme: float
    share_of_code: float
    lift: float
    n_interviews: int
    p_value: float
    enriched: bool

    @property
    def n_shared(self) -> int:
        """How many members have the code."""
        return len(self.segment_ids)


@dataclass(frozen=True, slots=True)
class UncoveredTheme:
    """A theme that no code of the codebook is about.

    Attributes:
        theme_id: The theme.
        n_read: How many members were read; 0 where suggestions are all there is to go by.
        share_covered: How many of them have a code that the theme is about, 0 to 1; from
            suggestions: how many can be expected to have any code.
        share_coded: How many of them have any code at all; nan from suggestions.
    """

    theme_id: str
    n_read: int
    share_covered: float
    share_coded: float


@dataclass(frozen=True, slots=True)
class SplitCode:
    """A code whose passages fall into two themes or more, each of which is about the code.

    In each are a quarter or more of those of its passages that are in any theme.

    Attributes:
        code_id: The code.
        parts: What it shares with each theme, the largest part first.
    """

    code_id: str
    parts: tuple[SharedCode, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Themes beside the codebook.

    Attributes:
        shared: All pairs of a theme and a code that have passages in common; those of a theme
            together, in the order of the themes, the surest first.
        uncovered: Themes that no code is about, the largest first.
        to_split: Codes that may be two, the most used first.
    """

    shared: tuple[SharedCode, ...] = ()
    uncovered: tuple[UncoveredTheme, ...] = ()
    to_split: tuple[SplitCode, ...] = ()

    def enriched(self, theme_id: str = "") -> list[SharedCode]:
        """Return the codes that themes, or this one, have more often than chance would."""
        return [pair for pair in self.shared if pair.enriched and theme_id in ("", pair.theme_id)]


def compare_with_codebook(
    themes: Iterable[Theme],
    segments: Sequence[Segment],
    codebook: Sequence[Code],
    labels: npt.ArrayLike,
    *,
    likelihoods: npt.ArrayLike | None = None,
) -> Comparison:
    """Say which codes each theme is about, which themes lack a code, which codes may be two.

    Only segments that were read for a code count for it, and what interviewers say does not.
    A pair is tested with the exact conditional test over strata (Gart 1970; Mehta, Patel & Gray
    1985): one-sided, Fisher's within one interview, and over several the chance of as many shared
    passages if within each interview the code fell on segments at random.  What differs between
    interviews, and who talks much of what, cannot make a pair look sure that way.  Segments that
    follow each other in an interview may still belong together, which no such test knows: so a
    p-value is a little too small, and a code counts as enriched only if it is found in two
    interviews (in one if no more were read).  P-values are adjusted over all pairs of a theme and
    a code that both have members among what was read (Benjamini & Hochberg 1995).

    A theme is about a code that it enriches, or that a quarter of its read members have.  Where
    less than a quarter of them have such a code, no code covers the theme.

    Args:
        themes: The themes.
        segments: One for each row of the labels.
        codebook: One code for each column.
        labels: int8 (n_segments, n_codes): 1 applies, 0 does not, -1 nobody has decided.
        likelihoods: How likely any code applies to each segment, such as the probability of its
            first suggestion, nan where nothing is known; used for themes of which fewer than
            five members were read.

    Raises:
        ValueError: The labels or likelihoods do not fit, or a theme has a segment not given.

    >>> segments = [Segment(f"p{i % 2}:{i}-{i + 1}", f"p{i % 2}", i, i + 1, "x") for i in range(20)]
    >>> themes = [Theme("theme-1", "", tuple(s.id for s in segments[:8]), (1.0,) * 8)]
    >>> labels = [[1]] * 6 + [[0]] * 14
    >>> (pair,) = compare_with_codebook(themes, segments, [Code("wait", "Wait")], labels).shared
    >>> pair.code_id, pair.n_shared, pair.share_of_theme, pair.share_of_code, round(pair.lift, 1)
    ('wait', 6, 0.75, 1.0, 2.5)
    >>> pair.enriched, round(pair.p_value, 4)
    (True, 0.0011)
    """
    themes = list(themes)
    answers = _checked(labels, segments, codebook)
    expected = _checked_likelihoods(likelihoods, segments)
    members = _members(themes, segments)
    said = {segment.id for segment in offered(segments)} or {segment.id for segment in segments}
    answers[[segment.id not in said for segment in segments]] = -1
    interviews = np.unique([segment.transcript_id for segment in segments], return_inverse=True)[1]
    read = _Read(segments, codebook, answers, interviews)
    pairs = _pairs(themes, members, read)
    return Comparison(
        shared=tuple(pairs),
        uncovered=tuple(_uncovered(themes, members, pairs, read, expected)),
        to_split=tuple(_to_split(codebook, pairs)),
    )


def exact_tail(
    in_both: Sequence[int], in_first: Sequence[int], in_second: Sequence[int], of: Sequence[int]
) -> float:
    """Return how likely as many or more come together by chance, each stratum for itself.

    Args:
        in_both: How many are in both groups, for each stratum.
        in_first: How many are in the first.
        in_second: How many are in the second.
        of: How many there are.

    >>> round(exact_tail([3], [3], [3], [6]), 9)
    0.05
    >>> round(exact_tail([1, 1], [1, 1], [1, 1], [2, 4]), 9)
    0.125
    """
    chances = np.ones(1)  # of so many in both, in excess of the fewest that are possible
    fewest = 0
    for first, second, all_ in zip(in_first, in_second, of, strict=True):
        least, most = max(0, first + second - all_), min(first, second)
        fewest += least
        if most > least:
            chances = np.convolve(chances, _hypergeometric(least, most, first, second, all_))
    return float(min(1.0, chances[max(0, sum(in_both) - fewest) :].sum()))


def _checked(
    labels: npt.ArrayLike, segments: Sequence[Segment], codebook: Sequence[Code]
) -> Labels:
    answers = np.array(labels, dtype=np.int8)  # a copy
    if answers.shape != (len(segments), len(codebook)) and answers.size + len(segments):
        raise ValueError(
            f"labels of shape {answers.shape} do not fit {len(segments)} segments and "
            f"{len(codebook)} codes: one row per segment and one column per code are needed"
        )
    return answers.reshape(len(segments), len(codebook))


def _checked_likelihoods(
    likelihoods: npt.ArrayLike | None, segments: Sequence[Segment]
) -> npt.NDArray[np.float64]:
    if likelihoods is None:
        return np.full(len(segments), np.nan)
    expected = np.asarray(likelihoods, dtype=np.float64)
    if expected.shape != (len(segments),):
        raise ValueError(
            f"likelihoods of shape {expected.shape} do not fit {len(segments)} segments: one "
            "number for each is needed"
        )
    return expected


def _members(themes: Sequence[Theme], segments: Sequence[Segment]) -> list[_Rows]:
    rows = {segment.id: row for row, segment in enumerate(segments)}
    for theme in themes:
        missing = [id_ for id_ in theme.segment_ids if id_ not in rows]
        if missing:
            raise ValueError(
                f"{theme.id} has a segment that is not given: {missing[0]}; find the themes anew "
                "for these segments"
            )
    return [np.array([rows[id_] for id_ in theme.segment_ids], dtype=np.intp) for theme in themes]


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read: segments and the numbers of their interviews, codes, and the answers."""

    segments: Sequence[Segment]
    codebook: Sequence[Code]
    answers: Labels
    interviews: _Rows


def _pairs(themes: Sequence[Theme], members: Sequence[_Rows], read: _Read) -> list[SharedCode]:
    """Return the pairs that have passages in common; those that have none are tested as well."""
    from scipy.stats import false_discovery_control

    found: list[SharedCode] = []
    tested: list[int] = []
    p_values: list[float] = []
    for theme, rows in zip(themes, members, strict=True):
        for column, code in enumerate(read.codebook):
            counted = _Counts(read.answers[:, column], rows, read.interviews)
            if not (counted.theme.sum() and counted.code.sum()):
                continue
            if len(counted.shared):
                ids = tuple(read.segments[row].id for row in counted.shared)
                tested.append(len(p_values))
                found.append(counted.pair(theme.id, code.id, ids))
            p_values.append(counted.p_value() if len(counted.shared) else 1.0)
    if not p_values:
        return []
    adjusted = false_discovery_control(p_values)[tested]
    sure = [
        replace(pair, p_value=float(p), enriched=pair.enriched and bool(p <= LARGEST_P))
        for pair, p in zip(found, adjusted, strict=True)
    ]
    order = {theme.id: place for place, theme in enumerate(themes)}
    return sorted(
        sure, key=lambda one: (order[one.theme_id], one.p_value, -one.n_shared, one.code_id)
    )


class _Counts:
    """One theme and one code, counted in each interview among the segments read for the code."""

    def __init__(self, answers: Labels, members: _Rows, interviews: _Rows) -> None:
        inside = np.zeros(len(answers), dtype=bool)
        inside[members] = True
        read, has = answers >= 0, answers == 1
        n = int(interviews.max(initial=-1)) + 1
        self.shared = members[has[members]]
        self.both = np.bincount(interviews[inside & has], minlength=n)
        self.theme = np.bincount(interviews[inside & read], minlength=n)
        self.code = np.bincount(interviews[has], minlength=n)
        self.all = np.bincount(interviews[read], minlength=n)

    def p_value(self) -> float:
        rows = np.flatnonzero((self.theme > 0) & (self.code > 0))
        counts = (self.both[rows], self.theme[rows], self.code[rows], self.all[rows])
        return exact_tail(*(each.tolist() for each in counts))

    def pair(self, theme_id: str, code_id: str, segment_ids: tuple[str, ...]) -> SharedCode:
        """Return the pair, enriched as far as interviews go, before its p-value is adjusted."""
        n_theme, n_code, n_all = (int(n.sum()) for n in (self.theme, self.code, self.all))
        n_interviews = int((self.both > 0).sum())
        share = len(segment_ids) / n_theme
        return SharedCode(
            theme_id=theme_id,
            code_id=code_id,
            segment_ids=segment_ids,
            n_theme=n_theme,
            n_code=n_code,
            share_of_theme=share,
            share_of_code=len(segment_ids) / n_code,
            lift=share / (n_code / n_all),
            n_interviews=n_interviews,
            p_value=1.0,
            enriched=n_interviews >= min(FEWEST_INTERVIEWS, int((self.all > 0).sum())),
        )


def _hypergeometric(
    least: int, most: int, first: int, second: int, all_: int
) -> npt.NDArray[np.float64]:
    """Return how likely each number from least to most is to be in both groups."""
    from scipy.special import gammaln

    both = np.arange(least, most + 1)
    counts = (both, first - both, second - both, all_ - first - second + both)
    logs = -np.sum([gammaln(count + 1) for count in counts], axis=0)
    weights = np.exp(logs - logs.max())
    likely: npt.NDArray[np.float64] = weights / weights.sum()
    return likely


def _uncovered(
    themes: Sequence[Theme],
    members: Sequence[_Rows],
    pairs: Sequence[SharedCode],
    read: _Read,
    expected: npt.NDArray[np.float64],
) -> list[UncoveredTheme]:
    columns = {code.id: column for column, code in enumerate(read.codebook)}
    about = defaultdict(set)
    for pair in pairs:
        if pair.enriched or pair.share_of_theme >= COVERED_FROM:
            about[pair.theme_id].add(columns[pair.code_id])
    found = []
    for theme, rows in zip(themes, members, strict=True):
        answers = read.answers[rows]
        has = answers[(answers == 1).any(axis=1) | (answers == 0).all(axis=1)] == 1
        if len(has) >= FEWEST_READ and columns:
            covered = has[:, sorted(about[theme.id])].any(axis=1).mean()
            coded = has.any(axis=1).mean()
            one = UncoveredTheme(theme.id, len(has), float(covered), float(coded))
        elif (known := expected[rows][np.isfinite(expected[rows])]).size >= FEWEST_READ:
            one = UncoveredTheme(theme.id, 0, float(known.mean()), float("nan"))
        else:
            continue
        if one.share_covered < COVERED_FROM:
            found.append((len(rows), one))
    return [one for _, one in sorted(found, key=lambda each: (-each[0], each[1].theme_id))]


def _to_split(codebook: Sequence[Code], pairs: Sequence[SharedCode]) -> list[SplitCode]:
    """Go by the passages that are in any theme: the others tell for no theme and against none."""
    n_gathered: Counter[str] = Counter()
    for pair in pairs:
        n_gathered[pair.code_id] += pair.n_shared
    parts = defaultdict(list)
    for pair in pairs:
        substantial = pair.n_shared >= max(FEWEST_PASSAGES, SPLIT_FROM * n_gathered[pair.code_id])
        if pair.enriched and substantial:
            parts[pair.code_id].append(pair)
    split = [
        SplitCode(code.id, tuple(sorted(parts[code.id], key=lambda each: -each.n_shared)))
        for code in codebook
        if len(parts[code.id]) > 1
    ]
    return sorted(split, key=lambda one: (-one.parts[0].n_code, one.code_id))
