"""Make transcripts from subtitles: WebVTT and SubRip, with their voices and times."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from alliance_nlp.errors import TranscriptError
from alliance_nlp.transcripts.encodings import decode
from alliance_nlp.transcripts.reading import Reading, Utterance, render
from alliance_nlp.transcripts.speakers import find_labels

_TIMING = re.compile(
    r"\s*(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,](\d{3})\s*-->\s*"
    r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,](\d{3})(?:\s|$)"
)
_NOTE = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_VOICE = re.compile(r"<(?:/v\s*|v(?:\.[^\s>]*)?(?:\s+([^>]*))?)>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>\n]*>|</?[\d:.]+>|\{\\[^{}\n]*\}")
_ENTITY = re.compile(r"&(?:\w+|#\w+);")
_OUT_OF_ORDER = "cues out of order were sorted by their times"


@dataclass(frozen=True, slots=True)
class _Cue:
    begins: float
    ends: float
    payload: list[str]
    place: str


def read_vtt(content: bytes, where: str) -> Reading:
    r"""Read WebVTT as Teams, Zoom, noScribe and others write it.

    >>> vtt = b"WEBVTT\n\n00:01.000 --> 00:02.500\n<v Anna>Hi &amp; hello</v>\n"
    >>> read_vtt(vtt, "p01.vtt").transcripts[0].text
    'Anna: Hi & hello'
    """
    text, repairs = decode(content, where)
    lines = text.split("\n")
    if not re.match(r"WEBVTT(?:\s|$)", lines[0]):
        raise TranscriptError(
            f"{where}, line 1: the file does not begin with WEBVTT; export it as .vtt again"
        )
    return _read_cues(_vtt_cues(lines, where), where, repairs)


def read_srt(content: bytes, where: str) -> Reading:
    r"""Read SubRip, with `Name: words` or `[SPEAKER_00]: words`.

    >>> srt = b"1\n00:00:01,000 --> 00:00:02,500\n[SPEAKER_00]: Hi.\n"
    >>> read_srt(srt, "p01.srt").transcripts[0].turns
    (Turn(start=12, end=15, speaker='SPEAKER_00', role=''),)
    """
    import srt

    text, repairs = decode(content, where)
    try:
        subtitles = list(srt.parse(text.rstrip() + "\n"))
    except srt.SRTParseError as error:
        line = text.count("\n", 0, error.expected_start) + 1
        raise TranscriptError(
            f"{where}, line {line}: this is no SubRip cue; "
            "write a number, a line such as 00:00:01,000 --> 00:00:04,000, then the words"
        ) from error
    except (srt.TimestampParseError, ValueError, OverflowError) as error:
        raise TranscriptError(
            f"{where}: a time cannot be read; write times such as 00:00:01,000"
        ) from error
    cues = [
        _Cue(s.start.total_seconds(), s.end.total_seconds(), s.content.split("\n"), f"cue {number}")
        for number, s in enumerate(subtitles, start=1)
    ]
    return _read_cues(cues, where, repairs)


def _vtt_cues(lines: Sequence[str], where: str) -> list[_Cue]:
    """Return the cues; header, notes, styles and cue ids stand outside of them."""
    cues: list[_Cue] = []
    is_note, is_new_block = False, True
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            is_note, is_new_block = False, True
            continue
        if is_new_block:
            is_note = bool(_NOTE.match(line))
        if "-->" in line and not is_note:
            cues.append(_begin_cue(line, f"line {number}", where))
        elif cues and not is_note and not (is_new_block and _is_cue_id(lines, number)):
            # Also after a blank line: words may be lost by no mistake of a tool.
            cues[-1].payload.append(line)
        is_new_block = False
    return cues


def _is_cue_id(lines: Sequence[str], number: int) -> bool:
    return number < len(lines) and "-->" in lines[number]


def _begin_cue(line: str, place: str, where: str) -> _Cue:
    match = _TIMING.match(line)
    if not match:
        raise TranscriptError(
            f"{where}, {place}: the times cannot be read; "
            "write them such as 00:00:01.000 --> 00:00:04.000"
        )
    return _Cue(_seconds(match.groups()[:4]), _seconds(match.groups()[4:]), [], place)


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000


def _read_cues(cues: Sequence[_Cue], where: str, repairs: tuple[str, ...]) -> Reading:
    if not cues:
        raise TranscriptError(f"{where}: there is no cue in the file; export the transcript again")
    for cue in cues:
        if cue.ends < cue.begins:
            raise TranscriptError(
                f"{where}, {cue.place}: the cue ends ({_clock(cue.ends)}) before it begins "
                f"({_clock(cue.begins)}); correct one of the times"
            )
    in_order = sorted(cues, key=lambda cue: cue.begins)
    if in_order != list(cues):
        repairs += (_OUT_OF_ORDER,)
    return Reading((render(_utterances(in_order)),), repairs)


def _clock(seconds: float) -> str:
    """Write a time as 00:01:02, with thousandths where they matter."""
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    written = f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
    return f"{written}.{thousandths:03}" if thousandths else written


def _utterances(cues: Sequence[_Cue]) -> list[Utterance]:
    """Return what was said, by voice tags, else by labels in the words as Zoom writes them."""
    pieces = [(cue, *voice) for cue in cues for voice in _voices("\n".join(cue.payload))]
    unvoiced = [index for index, (_, speaker, _) in enumerate(pieces) if not speaker]
    found = find_labels([pieces[index][2] for index in unvoiced], names_alone=False)
    labels = dict(zip(unvoiced, found, strict=True))
    said: list[Utterance] = []
    labelled = ""
    for index, (cue, voice, words) in enumerate(pieces):
        label = labels.get(index)
        labelled = label.speaker if label else labelled
        is_first = index == 0 or pieces[index - 1][0] is not cue
        is_last = index + 1 == len(pieces) or pieces[index + 1][0] is not cue
        said.append(
            Utterance(
                words[label.end :] if label else words,
                voice or labelled,
                cue.begins if is_first else None,
                cue.ends if is_last else None,
            )
        )
    return said


def _voices(payload: str) -> list[tuple[str, str]]:
    """Return (speaker, line) pairs; a voice goes on until it ends or another begins."""
    voices: list[tuple[str, str]] = []
    speaker, position = "", 0
    for match in [*_VOICE.finditer(payload), None]:
        part = payload[position : match.start() if match else len(payload)]
        for line in part.split("\n"):
            words = " ".join(_plain(line).split())
            if words and speaker and voices and voices[-1][0] == speaker:
                voices[-1] = (speaker, f"{voices[-1][1]} {words}")
            elif words:
                voices.append((speaker, words))
        if match:
            speaker, position = " ".join(_plain(match[1] or "").split()), match.end()
    return voices


def _plain(marked: str) -> str:
    """Remove tags and decode entities."""
    return _ENTITY.sub(lambda match: html.unescape(match[0]), _TAG.sub("", marked))
