"""Make seconds from the times that transcription tools write into a text."""

import re
from dataclasses import dataclass

_CLOCK = r"\d{1,3}:\d{1,2}(?::\d{1,2})?"
_DOTTED = r"\d{1,2}\.\d{2}(?:\.\d{2})?"  # two digits of seconds: [1.5] is the length of a pause
_FRACTION = r"(?:[.,-]\d{1,3})?"
_DASH = r"\s*(?:-->|[-–—])\s*"
_COLON_TIME = f"{_CLOCK}{_FRACTION}"
_ANY_TIME = f"(?:{_CLOCK}|{_DOTTED}){_FRACTION}"
_SPAN = f"{_ANY_TIME}(?:{_DASH}{_ANY_TIME})?"
_ENCLOSED = re.compile(
    rf"#(?:{_SPAN})#|\[(?:{_SPAN})\]|\{{(?:{_SPAN})\}}|\({_COLON_TIME}(?:{_DASH}{_COLON_TIME})?\)"
)
# Without a mark around it a time is a stamp only where nobody would say it: with hours at the
# start of a paragraph, or after a name and two spaces.
_LONG_START = re.compile(r"\s*(\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,3})?)(?!\d)(?![ap]m\b)")
_SHORT_START = re.compile(r"\s*(\d{1,3}:\d{2}(?:[.,]\d{1,3})?)(?=\s|$)")
_AFTER_NAME = re.compile(r"(?<=\S)(?:[ \u00a0]{2,}|\t+)(\d{1,2}:\d{2}(?::\d{2})?)\s*$")
_SIXTY = 60
_SEPARATORS = re.compile(r"[:.,-]")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time written into a line: its place there, and the seconds it begins and ends."""

    start: int
    end: int
    begins: float
    ends: float | None = None


def seconds_of(written: str) -> float | None:
    """Return a time of day or a count of seconds in seconds, `None` if it is neither.

    Hours, minutes and seconds may be parted by colons or dots; f4 writes tenths after a hyphen.

    >>> seconds_of("00:01:02-3"), seconds_of("1:6"), seconds_of("[02.05]"), seconds_of("62,5")
    (62.3, 66.0, 125.0, 62.5)
    """
    time = written.strip().strip("#[]{}()").strip()
    if re.fullmatch(r"\d{1,9}(?:[.,]\d{1,9})?s?", time) and not re.fullmatch(_DOTTED, time):
        return float(time.rstrip("s").replace(",", "."))
    match = re.fullmatch(rf"({_CLOCK}|{_DOTTED})({_FRACTION.replace('1,3', '1,9')})", time)
    if not match:
        return None
    *hours, minutes, seconds = map(int, _SEPARATORS.split(match[1]))
    if seconds >= _SIXTY or (hours and minutes >= _SIXTY):  # 75:30 without hours is possible
        return None
    fraction = float(f"0.{match[2][1:]}") if match[2] else 0.0
    return sum(hours) * 3600 + minutes * 60 + seconds + fraction


def span_of(written: str) -> tuple[float | None, float | None]:
    """Return the beginning and the end of a time span, or a time and `None`.

    >>> span_of("0:00.0 - 1:06.5")
    (0.0, 66.5)
    """
    first, *rest = re.split(
        r"\s+(?:-->|[-–—])\s+|-->|[–—]", written.strip().strip("#[]{}()"), maxsplit=1
    )
    return seconds_of(first), seconds_of(rest[0]) if rest else None


def find_stamps(lines: list[str]) -> list[list[Stamp]]:
    """Return the stamps of each line, in order.

    A bare `02:03` at the start of a line counts if it happens in two lines or more and the times
    never decrease: one alone may be what somebody said.

    >>> find_stamps(["I: So? #00:01:02-3#"])
    [[Stamp(start=7, end=19, begins=62.3, ends=None)]]
    """
    starts = [seconds_of(match[1]) for line in lines if (match := _SHORT_START.match(line))]
    short = [seconds for seconds in starts if seconds is not None]
    patterns = [_LONG_START, _AFTER_NAME]
    if len(short) > 1 and short == sorted(short):
        patterns.append(_SHORT_START)
    return [_stamps(line, patterns) for line in lines]


def _stamps(line: str, patterns: list[re.Pattern[str]]) -> list[Stamp]:
    found = {}
    for match in _ENCLOSED.finditer(line):
        begins, ends = span_of(match[0])
        if begins is not None:
            found[match.start()] = Stamp(match.start(), match.end(), begins, ends)
    for pattern in patterns:
        bare = pattern.search(line) if pattern is _AFTER_NAME else pattern.match(line)
        if bare and (begins := seconds_of(bare[1])) is not None:
            found.setdefault(bare.start(1), Stamp(bare.start(1), bare.end(1), begins))
    return [found[start] for start in sorted(found)]
