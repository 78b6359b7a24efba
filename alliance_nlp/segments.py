"""Make segments: the passages that are offered for coding."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import numpy.typing as npt

from alliance_nlp.embeddings import Model, embed
from alliance_nlp.errors import ModelError
from alliance_nlp.transcripts.transcript import Role, Transcript, Turn

if TYPE_CHECKING:
    from spacy.language import Language

Unit = Literal["meaning", "turn", "sentence"]
Range = tuple[int, int]
Floats = npt.NDArray[np.floating]

FEWEST_WORDS = 20
MOST_WORDS = 120

_DRAWN_OUT = re.compile(r"(.)\1+")  # mmmm, jaaa, 嗯嗯嗯
# What listeners say to show that they listen; a turn of nothing else is not offered for coding.
# "No" is missing on purpose: it can be an answer.
_BACKCHANNELS = frozenset(
    _DRAWN_OUT.sub(r"\1", word)
    for word in """
    ah aha alright exactly hm huh mhm mh mm oh ok okay really right sure uh uhuh um wow yeah yep yes
    yup å asså hmhm ja jadå jaha jaja jajamen jaså javisst jo just det nämen okej precis visst
    嗯 嗯哼 哦 噢 喔 啊 呃 额 唔 好 好的 好吧 对 对的 对啊 是 是的 是啊 是吗 行
    可以 没错 沒錯 当然 當然 明白 對 對的 這樣 这样 哈 哎 唉
    """.split()  # noqa: SIM905  a list of seventy quoted words would hide them
)
_BRACKETED = re.compile(r"\[[^\]\n]*\]|\([^)\n]*\)|（[^）\n]*）|【[^】\n]*】|<[^>\n]*>")
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_UNIT_COST = 1.1  # in sentences of average spread
_LEAST_SPREAD = 0.001  # sentences closer than this are about the same
_MOST_CHARACTERS = 40 * MOST_WORDS  # a look no further ahead than this
_HAN_PER_WORD = 1.6  # a Chinese word has that many characters on average in running speech
# Swedish opens a quotation with the mark that English closes it with, and speech with a dash.
_OPENING = re.compile(r"(?:(?<=\s)(?:[\"'”’»(\[]|[–—-]\s)|[“‘«„「『（【])+$")
_LONGEST_OPENING = 8
_IN_A_NUMBER = re.compile(r"\d\.\d")
# The last three end sentences, also of a language in which they were not found.
_CLAUSE_END = re.compile(r"[,;:]\s+|[—–…，；：、。！？]\s*")


@dataclass(frozen=True, slots=True)
class Segment:
    """A passage to code: `transcript.text[start:end]`.

    Attributes:
        id: Says the place: `'p01:120-184'` is code points 120 to 184 of transcript `p01`.
        transcript_id: The transcript that it belongs to.
        start: First code point in the transcript's text.
        end: The code point after the last one.
        text: Exactly `transcript.text[start:end]`.
        context: The preceding turn of the other speaker, `''` if there is none.
        speaker: The label of the speaker, `''` if there is none.
        role: `'interviewer'`, `'participant'` or `''`.
        language: ISO 639-1 code, `''` if it is not known.
    """

    id: str
    transcript_id: str
    start: int
    end: int
    text: str
    context: str = ""
    speaker: str = ""
    role: Role = ""
    language: str = ""


def offered(segments: Iterable[Segment]) -> list[Segment]:
    """Return the segments that are offered for coding: all but those that interviewers speak.

    >>> asked = Segment("p01:0-9", "p01", 0, 9, "And then?", role="interviewer")
    >>> said = Segment("p01:10-19", "p01", 10, 19, "I waited.", role="participant")
    >>> [segment.text for segment in offered([asked, said])]
    ['I waited.']
    """
    return [segment for segment in segments if segment.role != "interviewer"]


def participant_of(segment: Segment) -> tuple[str, str]:
    """Return who says a segment: its transcript, and the speaker there, who may be `''`."""
    return segment.transcript_id, segment.speaker


def segment(
    transcripts: Iterable[Transcript],
    *,
    unit: Unit = "meaning",
    model: Model = None,
    pipeline: str | None = None,
) -> list[Segment]:
    """Cut transcripts into segments, in order, never across speakers.

    Turns that hold nothing but backchannels ("mm", "ja", "嗯") are left out; as context they are
    skipped.

    Args:
        transcripts: What `read_transcripts` returned.
        unit: `'turn'`, `'sentence'`, or `'meaning'`: an answer is cut between the sentences where
            its subject changes, into 20 to 120 words as a rule (Graneheim & Lundman 2004 name the
            unit; the cuts are the change points of the sentences' embeddings, found exactly by
            dynamic programming, as in Arlot, Celisse & Harchaoui 2019).
        model: The embedding model that sees where a subject changes, as in `embed`.
        pipeline: An installed spaCy pipeline, such as `'sv_core_news_sm'`, for the sentences of
            its language; None splits by punctuation.

    Raises:
        ModelError: The model or the pipeline is not installed.
        ValueError: There is no such unit.

    >>> from alliance_nlp import Transcript, Turn
    >>> talk = Transcript(id="p01", text="I: And then? P: I waited. Nobody came.", language="en",
    ...                   turns=(Turn(3, 12, "I", "interviewer"), Turn(16, 38, "P", "participant")))
    >>> [(s.id, s.text) for s in segment([talk], unit="sentence")][1:]
    [('p01:16-25', 'I waited.'), ('p01:26-38', 'Nobody came.')]
    """
    if unit not in get_args(Unit):
        raise ValueError(f"unit={unit!r}: a unit is one of {', '.join(get_args(Unit))}")
    segments = []
    for transcript in transcripts:
        ranges = [
            [] if _is_backchannel(transcript.text[turn.start : turn.end])
            else _trimmed(transcript.text, [(turn.start, turn.end)]) if unit == "turn"
            else _sentences_of(transcript, turn, pipeline)
            for turn in transcript.turns
        ]  # fmt: skip
        if unit == "meaning":
            ranges = _meaning_units(transcript.text, ranges, model)
        segments += [
            made
            for turn, context, turn_ranges in zip(
                transcript.turns, _contexts(transcript), ranges, strict=True
            )
            for made in _segments_of(transcript, turn, context, turn_ranges)
            if not _is_backchannel(made.text)
        ]
    return segments


def sentences(text: str, language: str, *, pipeline: str | None = None) -> list[Range]:
    r"""Return the half-open ranges of the sentences of a text, without surrounding space.

    A line break ends a sentence. Text without any punctuation is one sentence.

    >>> sentences("Ja, kl. 10.30. Sen då?\nInget.", "sv")
    [(0, 14), (15, 22), (23, 29)]
    """
    nlp = _pipeline(language, pipeline)
    found: list[Range] = []
    for line in re.finditer(r"[^\n]+", text):
        words = line.group()
        starts = [span.start_char for span in nlp(words).sents]
        cuts = [
            line.start() + start - _n_opening(words[max(0, start - _LONGEST_OPENING) : start])
            for start in starts
            if not _IN_A_NUMBER.fullmatch(words[start - 2 : start + 1])  # Chinese: 3.|5度
        ]
        found += zip(cuts, [*cuts[1:], line.end()], strict=True)
    return _trimmed(text, found)


def count_words(text: str) -> int:
    """Count words; Chinese, which does not mark them, is counted as characters / 1.6.

    >>> count_words("Vi skyndar långsamt"), count_words("我们慢慢来吧不急")
    (3, 5)
    """
    without_han, n_han = HAN.subn(" ", text)
    return len(_words(without_han)) + round(n_han / _HAN_PER_WORD)


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFC", text))  # a combining mark parts no word


def _is_backchannel(text: str) -> bool:
    words = _words(
        _BRACKETED.sub(" ", text).lower().replace("-", "").replace("all right", "alright")
    )
    return all(_DRAWN_OUT.sub(r"\1", word) in _BACKCHANNELS for word in words)


def _sentences_of(transcript: Transcript, turn: Turn, pipeline: str | None) -> list[Range]:
    text = transcript.text[turn.start : turn.end]
    found = sentences(text, transcript.language, pipeline=pipeline)
    return [(turn.start + start, turn.start + end) for start, end in found]


@lru_cache(maxsize=16)
def _pipeline(language: str, name: str | None) -> "Language":
    import spacy

    if name is not None:
        try:
            nlp = spacy.load(name)
        except OSError as error:
            raise ModelError(
                f"{name}: this spaCy pipeline is not installed; `python -m spacy download {name}` "
                "installs it"
            ) from error
        if language in ("", nlp.lang):
            if not any(nlp.has_pipe(pipe) for pipe in ("parser", "senter", "sentencizer")):
                nlp.add_pipe("sentencizer")
            return nlp
    try:
        nlp = spacy.blank(language or "xx")
    except ImportError:  # a language that spaCy does not know
        nlp = spacy.blank("xx")
    nlp.add_pipe("sentencizer")
    nlp.max_length = 10_000_000  # a guard for parsers; the sentencizer needs no memory
    return nlp


def _n_opening(text: str) -> int:
    """Count the marks at the end of a text that belong to what they open, not to the text."""
    opening = _OPENING.search(text)
    return len(opening.group()) if opening else 0


def _trimmed(text: str, ranges: Iterable[Range]) -> list[Range]:
    """Take the white space off both ends of each range; drop what is empty then."""
    kept = []
    for start, end in ranges:
        inner = text[start:end]
        before = len(inner) - len(inner.lstrip())
        if inner := inner.strip():
            kept.append((start + before, start + before + len(inner)))
    return kept


def _meaning_units(text: str, turns: Sequence[list[Range]], model: Model) -> list[list[Range]]:
    """Join the sentences of each turn to meaning units."""
    turns = [[part for whole in turn for part in short_parts(text, whole)] for turn in turns]
    lengths = [[count_words(text[i:j]) for i, j in turn] for turn in turns]
    # A turn too short to hold two units needs no look at its meaning.
    long = [k for k, n_words in enumerate(lengths) if sum(n_words) >= 2 * FEWEST_WORDS]
    units = [[(turn[0][0], turn[-1][1])] if turn else [] for turn in turns]
    if not long:
        return units
    vectors = embed([text[i:j] for k in long for i, j in turns[k]], model=model).astype(float)
    n = len(vectors)
    spread = (1.0 - float(np.square(vectors.mean(axis=0)).sum())) * n / (n - 1 or 1)
    ends = np.cumsum([len(turns[k]) for k in long])
    for k, rows in zip(long, np.split(vectors, ends[:-1]), strict=True):
        pieces = _best_cuts(lengths[k], rows, spread)
        units[k] = [(turns[k][i][0], turns[k][j - 1][1]) for i, j in pieces]
    return units


def short_parts(text: str, whole: Range) -> Iterator[Range]:
    """Cut a sentence of more than 120 words, such as speech without punctuation, at its clauses."""
    start, end = whole
    places = [whole[0] + match.end() for match in _CLAUSE_END.finditer(text[start:end])]
    spaces = [whole[0] + match.end() for match in re.finditer(r"\s+", text[start:end])]
    while count_words(text[start : min(end, start + _MOST_CHARACTERS)]) > MOST_WORDS:
        candidates = (places, spaces, range(start + 1, end))
        cut = next(filter(None, (_last_within(text, start, where) for where in candidates)))
        yield from _trimmed(text, [(start, cut)])
        start = cut
    yield from _trimmed(text, [(start, end)])


def _last_within(text: str, start: int, places: Sequence[int]) -> int | None:
    """Return the last place that leaves 20 to 80 words before it, if there is one."""
    last = None
    for k in range(bisect_right(places, start), len(places)):
        n_words = count_words(text[start : places[k]])
        if n_words > 80:
            break
        if n_words >= FEWEST_WORDS:
            last = places[k]
    return last


def _best_cuts(n_words: Sequence[int], vectors: Floats, spread: float) -> list[Range]:
    """Choose the cuts that cost least; return half-open ranges of sentences.

    A unit costs what its sentences scatter around their mean, in sentences of average `spread`,
    and a little more than one for itself: an arbitrary cut saves one. Fewer than 20 words or more
    than 120 cost more than a cut saves.
    """
    n = len(n_words)
    sums = np.vstack([np.zeros(vectors.shape[1]), np.cumsum(vectors, axis=0)])
    least = np.full(n + 1, np.inf)
    least[0] = 0.0
    previous = [0] * (n + 1)
    for end in range(1, n + 1):
        total = 0
        for start in range(end - 1, -1, -1):
            total += n_words[start]
            together = sums[end] - sums[start]
            scatter = (end - start) - together @ together / (end - start)
            cost = least[start] + scatter / max(spread, _LEAST_SPREAD) + _UNIT_COST
            cost += 4.0 * (total < FEWEST_WORDS) + 0.2 * max(0, total - MOST_WORDS)
            if cost < least[end]:
                least[end], previous[end] = cost, start
            if total > 2 * MOST_WORDS:
                break
    cuts, end = [], n
    while end:
        cuts.append((previous[end], end))
        end = previous[end]
    return cuts[::-1]


def _contexts(transcript: Transcript) -> list[str]:
    """Return for each turn the last turn of somebody else that says something."""
    contexts = []
    said: dict[str, str] = {}  # what each speaker said last, in order
    for turn in transcript.turns:
        others = (words for speaker, words in reversed(said.items()) if speaker != turn.speaker)
        contexts.append(next(others, ""))
        words = transcript.text[turn.start : turn.end]
        if not _is_backchannel(words):
            said.pop(turn.speaker, None)
            said[turn.speaker] = words
    return contexts


def _segments_of(
    transcript: Transcript, turn: Turn, context: str, ranges: Iterable[Range]
) -> Iterator[Segment]:
    for start, end in ranges:
        yield Segment(
            id=f"{transcript.id}:{start}-{end}",
            transcript_id=transcript.id,
            start=start,
            end=end,
            text=transcript.text[start:end],
            context=context,
            speaker=turn.speaker,
            role=turn.role,
            language=transcript.language,
        )
