"""Make transcripts from texts as they are printed: labels, paragraphs and time stamps in lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from alliance_nlp.transcripts.encodings import decode
from alliance_nlp.transcripts.headers import ends_sentence, read_header
from alliance_nlp.transcripts.reading import Reading, known
from alliance_nlp.transcripts.speakers import Label, find_labels
from alliance_nlp.transcripts.times import Stamp, find_stamps
from alliance_nlp.transcripts.transcript import Transcript, Turn

_WRAPPED_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a printed transcript; a row of a table knows its speaker and times."""

    text: str
    label: Label | None = None
    begins: float | None = None
    ends: float | None = None


def read_text(content: bytes, where: str) -> Reading:
    r"""Read a plain text file.

    >>> (transcript,) = read_text(b"I: Why?\nP: Because.", "p01.txt").transcripts
    >>> [transcript.text[turn.start : turn.end] for turn in transcript.turns]
    ['Why?', 'Because.']
    """
    text, repairs = decode(content, where)
    lines = text.split("\n")
    # Blank lines between short ones: the paragraphs were wrapped by whoever saved them.
    wrapped = "" in text.strip().split("\n") and max(map(len, lines)) <= _WRAPPED_WIDTH
    return Reading((read_lines([Line(line) for line in lines], wrapped=wrapped),), repairs)


def read_lines(lines: Sequence[Line], *, wrapped: bool) -> Transcript:
    r"""Find the turns and the times in the lines of one transcript.

    Labels and time stamps stay in the text, outside of the turns; a stamp within an answer parts
    it into two turns of the speaker. Above the first label only whole sentences are speech, the
    rest is heading. Without any label each paragraph is a turn.

    Args:
        lines: The lines; the text is these joined by `\n`.
        wrapped: Whether a paragraph goes on over lines until a blank one.

    >>> lines = [Line("00:00:01 I: So?"), Line("P: No. #00:00:09-5#")]
    >>> read_lines(lines, wrapped=False).sync_points
    ((12, 1.0), (22, 9.5))
    """
    written = [line.text for line in lines]
    stamps = find_stamps(written)
    blanked = [_without(line, found) for line, found in zip(written, stamps, strict=True)]
    n_header, attributes = read_header(blanked)
    talk = range(n_header, len(lines))
    found = find_labels(
        blanked[n_header:],
        after_time=[i - n_header for i in talk if _begins_with_time(written[i], stamps[i])],
        before_time=[i - n_header for i in talk if _ends_with_time(written[i], stamps[i])],
    )
    labels = [lines[index].label or label for index, label in zip(talk, found, strict=True)]
    scan = _Scan(
        labelled=any(labels),
        wrapped=wrapped,
        offset=sum(len(line) + 1 for line in written[:n_header]),
    )
    for index, label in zip(talk, labels, strict=True):
        scan.take(lines[index], stamps[index], label)
    return Transcript(
        "",
        "\n".join(written),
        tuple(scan.turns),
        sync_points=known(scan.points),
        attributes=attributes,
    )


def _without(line: str, stamps: Sequence[Stamp]) -> str:
    """Return the line with blanks in place of its stamps."""
    for stamp in stamps:
        line = line[: stamp.start] + " " * (stamp.end - stamp.start) + line[stamp.end :]
    return line


def _begins_with_time(line: str, stamps: Sequence[Stamp]) -> bool:
    return bool(stamps) and not line[: stamps[0].start].strip()


def _ends_with_time(line: str, stamps: Sequence[Stamp]) -> bool:
    """Tell `Anna Berg  0:49` from a paragraph that f4 ends with `#00:00:49-0#`."""
    if not stamps or line[stamps[0].start] == "#":
        return False
    return bool(line[: stamps[0].start].strip()) and not line[stamps[-1].end :].strip()


class _Scan:
    """The state of going through the lines once: who speaks, which turn is open, the time."""

    def __init__(self, *, labelled: bool, wrapped: bool, offset: int) -> None:
        self.turns: list[Turn] = []
        self.points: list[tuple[int, float | None]] = []
        self._labelled = labelled
        self._wrapped = wrapped
        self._offset = offset
        self._speaker: str | None = None
        self._is_open = False
        self._time: float | None = None  # of the words to come

    def take(self, line: Line, stamps: Sequence[Stamp], label: Label | None) -> None:
        """Add the words of one line to the turns."""
        if label:
            self._speaker, self._is_open = label.speaker, False
        if not self._labelled and not (self._wrapped and line.text.strip()):
            self._is_open = False  # a paragraph ends
        if not self._labelled or self._speaker is not None or ends_sentence(line.text):
            self._take_words(line, stamps, label.end if label else 0)
        self._offset += len(line.text) + 1

    def _take_words(self, line: Line, stamps: Sequence[Stamp], position: int) -> None:
        """Add what stands between stamps; a stamp belongs to the words after it, if any."""
        if line.begins is not None:
            self._time = line.begins
        spoken, ends = False, line.ends
        for stamp in stamps:
            spoken |= self._add(line.text, position, stamp.start, None)
            position = max(position, stamp.end)
            if spoken and not line.text[position:].strip():
                self.points.append((self.turns[-1].end, stamp.begins))
            else:
                self._time = stamp.begins
            ends = stamp.ends if stamp.ends is not None else ends
            self._is_open = False
        self._add(line.text, position, len(line.text), ends)

    def _add(self, line: str, start: int, end: int, ends: float | None) -> bool:
        """Add the words of `line[start:end]`, if any, to the open turn or as a new one."""
        words = line[start:end].strip()
        if not words:
            return False
        first = self._offset + line.index(words, start)
        last = first + len(words)
        self.points += [(first, self._time), (last, ends)]
        self._time = None
        if self._is_open:
            self.turns[-1] = Turn(self.turns[-1].start, last, self.turns[-1].speaker)
        else:
            self.turns.append(Turn(first, last, self._speaker or ""))
        self._is_open = True
        return True
