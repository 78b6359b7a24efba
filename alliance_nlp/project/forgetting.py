"""Forget a participant: their words, what was made of them, and where others name or quote them."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from sqlite3 import Connection

from alliance_nlp.codebook import Code
from alliance_nlp.codings import Memo
from alliance_nlp.decisions import codings_of
from alliance_nlp.project import answers, tables
from alliance_nlp.project.names import is_name, names_in, parts, telling
from alliance_nlp.project.overwriting import Names, Quotations, overwrite
from alliance_nlp.project.renaming import rename_transcripts
from alliance_nlp.project.requests import Request, understand
from alliance_nlp.segments import Segment
from alliance_nlp.themes.drafts import words_in_a_row
from alliance_nlp.transcripts import Transcript
from alliance_nlp.wording import count

# An earlier segmentation may have embedded other runs of sentences than those known now; a
# meaning unit has hardly ever more sentences than this.
_LONGEST_UNIT = 30
# A name of fewer words may have been said by anyone.
_SHORTEST_PHRASE = 4


def fingerprint(text: str) -> str:
    """Return the SHA-256 by which a removed text is known again."""
    return hashlib.sha256(text.encode()).hexdigest()


def forget(connection: Connection, participant: str, transcript_id: str | None, now: str) -> str:
    """Remove a participant and return the note; the caller commits, then vacuums the file."""
    request = understand(tables.read_transcripts(connection), participant, transcript_id)
    segments = tables.read_segments(connection, current_only=False)
    gone = [each for each in segments if _goes(each.transcript_id, each.start, each.end, request)]
    rest = [_overwritten(transcript, request) for transcript in request.rest]
    note = _note(connection, request, gone, now)
    # First, because it may fail and can be done twice.
    _forget_vectors(request, segments, gone, rest)
    _delete(connection, request, gone)
    _overwrite_texts(connection, request, rest)
    answers.write_removal(
        connection, note, now, [fingerprint(transcript.text) for transcript in request.touched]
    )
    return note


def _goes(transcript_id: str, start: int, end: int, request: Request) -> bool:
    """Tell whether a passage holds words of the participant."""
    if request.group is None:
        return any(transcript_id == transcript.id for transcript in request.interviews)
    return transcript_id == request.group.id and any(
        start < turn.end and turn.start < end
        for turn in request.group.turns
        if request.is_theirs(turn)
    )


def _overwritten(transcript: Transcript, request: Request) -> Transcript:
    """Return a transcript that stays without the participant's words and name."""
    text, turns = transcript.text, list(transcript.turns)
    names = Names(request.names)
    if request.group is not None and transcript.id == request.group.id:
        for position, turn in enumerate(turns):
            if request.is_theirs(turn):
                label = text.rfind(
                    turn.speaker, turns[position - 1].end if position else 0, turn.start
                )
                text = overwrite(text, turn.start if label < 0 else label, turn.end)
                turns[position] = replace(turn, speaker=overwrite(turn.speaker))
        # Here the label means them, even if another group has someone of the same label.
        names = Names(telling({*request.names, request.speaker}))
    return replace(
        transcript,
        text=names.overwrite(text),
        turns=tuple(replace(turn, speaker=names.overwrite(turn.speaker)) for turn in turns),
        attributes=tuple((name, names.overwrite(value)) for name, value in transcript.attributes),
        source=_without_names(transcript.source, transcript, request),
    )


def _without_names(file: str, transcript: Transcript, request: Request) -> str:
    """Return the name of a file or an id without the participant's name, however it is written."""
    called = set(filter(is_name, request.names))
    called = called.union(*(parts(name, shortest=2) for name in called)) - request.shared
    if request.group is not None and transcript.id == request.group.id:
        called |= names_in(request.speaker) - request.shared | {request.speaker}
    names = Names(form for name in filter(is_name, called) for form in (name, name.casefold()))
    # Beside a digit or an underscore, too, which are no ends of a word in what is said.
    return re.sub(r"[^\W\d_]+", lambda word: names.overwrite(word[0]), names.overwrite(file))


def _note(connection: Connection, request: Request, gone: Sequence[Segment], now: str) -> str:
    """Say what was removed, and nothing that would tell who."""
    codings = len(codings_of(gone, answers.read_decisions(connection)))
    memos = len(_memos_on(connection, request, gone))
    if request.group is not None:
        what = "one participant's words were removed from a group interview at their request"
    elif len(request.interviews) == 1:
        what = "one interview was removed at a participant's request"
    else:
        what = f"{len(request.interviews)} interviews were removed at a participant's request"
    return f"On {now[:10]} {what} ({count(codings, 'coding')}, {count(memos, 'memo')})."


def _memos_on(connection: Connection, request: Request, gone: Sequence[Segment]) -> list[Memo]:
    ids = {segment.id for segment in gone}
    decisions = answers.read_decisions(connection)
    about = {("segment", id_) for id_ in ids}
    about |= {("coding", decision.id) for decision in decisions if decision.segment_id in ids}
    about |= {("transcript", transcript.id) for transcript in request.interviews}
    return [
        memo for memo in answers.read_memos(connection) if (memo.target, memo.target_id) in about
    ]


def _forget_vectors(
    request: Request,
    segments: Sequence[Segment],
    gone: Sequence[Segment],
    rest: Sequence[Transcript],
) -> None:
    """Remove the vectors of all that was embedded of the texts that go or change."""
    from alliance_nlp.embeddings import forget_vectors

    texts = {transcript.id: transcript.text for transcript in rest}
    changed = [
        segment
        for segment in segments
        if segment.transcript_id in texts
        and texts[segment.transcript_id][segment.start : segment.end] != segment.text
    ]
    passages = {(segment.text, segment.language) for segment in [*gone, *changed]}
    passages |= request.words()
    passages |= {  # the interviewer's as well
        (transcript.text[turn.start : turn.end], transcript.language)
        for transcript in request.interviews
        for turn in transcript.turns
    }
    passages |= {  # whole turns, because segments may have been cut otherwise before
        (transcript.text[turn.start : turn.end], transcript.language)
        for transcript in request.rest
        for turn in transcript.turns
        if texts[transcript.id][turn.start : turn.end] != transcript.text[turn.start : turn.end]
    }
    forget_vectors(_runs(passages, _LONGEST_UNIT))


def _runs(passages: Iterable[tuple[str, str]], longest: int) -> Iterator[str]:
    """Yield passages, given with their language, and each run of up to `longest` sentences.

    A sentence that is too long for a meaning unit counts as a whole and as its parts.
    """
    from alliance_nlp.segments import sentences, short_parts

    for text, language in passages:
        yield text
        whole = sentences(text, language)
        parts = [part for one in whole for part in short_parts(text, one)]
        for ranges in [whole] if parts == whole else [whole, parts]:
            for first, (start, _) in enumerate(ranges):
                for _, end in ranges[first : first + longest]:
                    yield text[start:end]


def _delete(connection: Connection, request: Request, gone: Sequence[Segment]) -> None:
    memos = json.dumps([memo.id for memo in _memos_on(connection, request, gone)])
    connection.execute("DELETE FROM memos WHERE id IN (SELECT value FROM json_each(?))", [memos])
    these = "IN (SELECT value FROM json_each(:ids))"
    stale = f"IN (SELECT theme_id FROM theme_members WHERE segment_id {these})"
    _delete_named(connection, request)
    with _changes_allowed(connection):
        for statement in (
            # Keywords may quote a member, so a theme with one that goes cannot stay.
            f"UPDATE themes SET parent_id = '' WHERE parent_id {stale}",
            f"DELETE FROM themes WHERE id {stale}",
            f"UPDATE suggestions SET accepted_id = NULL WHERE accepted_id {these}",
            f"UPDATE suggestions SET rejected_id = NULL WHERE rejected_id {these}",
            f"DELETE FROM suggestions WHERE segment_id {these}",
            f"DELETE FROM decisions WHERE segment_id {these}",
            f"DELETE FROM reviews WHERE segment_id {these}",
            f"DELETE FROM segments WHERE id {these}",
        ):
            connection.execute(statement, {"ids": json.dumps([segment.id for segment in gone])})
    for transcript in request.interviews:
        connection.execute("DELETE FROM transcripts WHERE id = ?", [transcript.id])


def _delete_named(connection: Connection, request: Request) -> None:
    """Delete what was named of theirs, also what is no segment any more since it was cut anew."""
    members = connection.execute(
        'SELECT rowid, transcript_id, start, "end" FROM theme_name_members'
    ).fetchall()
    gone = [row for row, id_, start, end in members if _goes(id_, start, end, request)]
    these = "IN (SELECT value FROM json_each(:rows))"
    # A name outlives its theme by the members that stay; without any it is of no use.
    connection.execute(
        f"""
        UPDATE theme_names SET name = '' WHERE position IN (
            SELECT naming FROM theme_name_members
            GROUP BY naming HAVING NOT sum(NOT rowid {these}))
        """,
        {"rows": json.dumps(gone)},
    )
    connection.execute(
        f"DELETE FROM theme_name_members WHERE rowid {these}", {"rows": json.dumps(gone)}
    )


@contextmanager
def _changes_allowed(connection: Connection) -> Iterator[None]:
    """Take the triggers that guard the answers away for a moment.

    Only this transaction sees the file without them, and if it fails they were never away.
    """
    triggers = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    yield
    for _, sql in triggers:
        connection.execute(sql)


def _overwrite_texts(connection: Connection, request: Request, rest: Sequence[Transcript]) -> None:
    """Overwrite the participant's words and name in all that stays."""
    for transcript in rest:
        connection.execute(
            "UPDATE transcripts SET text = ? WHERE id = ?", [transcript.text, transcript.id]
        )
        tables.write_transcript(connection, transcript)
    renamed = _renamed(request)
    files = [
        name
        for transcript in (*request.interviews, *request.rest)
        if transcript in request.interviews or transcript.id in renamed
        for name in (transcript.id, transcript.source)
    ]
    names, quotations = Names([*request.names, *files]), Quotations(_runs(request.words(), 1))
    theirs = _Said(text for text, _ in request.words())
    others = _Said(transcript.text for transcript in rest)
    in_lower_case = Names(name.casefold() for name in request.names)

    def cleaned(text: str) -> str:
        return names.overwrite(quotations.overwrite(text))

    def quotes(text: str) -> bool:
        """Tell what nobody said but them, in so many words."""
        return theirs.holds(text) and not others.holds(text)

    def cleaned_title(title: str) -> str:
        kept = in_lower_case.overwrite(cleaned(title)) == title and not quotes(title)
        return title if kept else ""

    def cleaned_words(words: str) -> str:
        kept = [word for word in json.loads(words) if cleaned_title(word)]
        return json.dumps(kept, ensure_ascii=False)

    def cleaned_name(name: str) -> str:
        return overwrite(name) if _is_phrase(name) and quotes(name) else cleaned(name)

    def cleaned_codes(codes: str) -> str:
        return tables.codes_to_json(
            _with_texts(code, cleaned, quotes) for code in tables.codes_from_json(codes)
        )

    _rewrite(connection, "segments", "context", names.overwrite)
    if request.group is not None:
        _blank_contexts(connection, request.group.id)
    _rewrite(connection, "memos", "text", cleaned)
    _rewrite(connection, "theme_names", "name", cleaned_name)
    _rewrite(connection, "themes", "title", cleaned_title)
    _rewrite(connection, "themes", "phrases", cleaned_words)
    _rewrite(connection, "themes", "keywords", cleaned_words)
    _rewrite(connection, "codebook_versions", "codes", cleaned_codes)
    _rewrite(connection, "suggestions", "matched", cleaned)
    with _changes_allowed(connection):
        rename_transcripts(connection, renamed)


def _renamed(request: Request) -> dict[str, str]:
    """Return the ids that hold the participant's name, each with what it becomes."""
    renamed: dict[str, str] = {}
    taken = {transcript.id for transcript in request.rest}
    for transcript in request.rest:
        new = without = _without_names(transcript.id, transcript, request)
        if without != transcript.id:
            number = 1
            while new in taken:
                number += 1
                new = f"{without}-{number}"
            renamed[transcript.id] = new
            taken.add(new)
    return renamed


def _blank_contexts(connection: Connection, transcript_id: str) -> None:
    """Blank the contexts that say what the transcript no longer says."""
    connection.execute(
        """
        UPDATE segments SET context = '' WHERE transcript_id = :id AND NOT
            instr((SELECT text FROM transcripts WHERE id = :id), context)
        """,
        {"id": transcript_id},
    )


def _rewrite(
    connection: Connection, table: str, column: str, cleaned: Callable[[str], str]
) -> None:
    rows = connection.execute(f"SELECT rowid, {column} FROM {table}").fetchall()
    connection.executemany(
        f"UPDATE {table} SET {column} = ? WHERE rowid = ?",
        [(cleaned(text), rowid) for rowid, text in rows if cleaned(text) != text],
    )


def _with_texts(code: Code, cleaned: Callable[[str], str], quotes: Callable[[str], bool]) -> Code:
    return replace(
        code,
        name=cleaned(code.name),
        definition=cleaned(code.definition),
        include=cleaned(code.include),
        exclude=cleaned(code.exclude),
        # An example is a quotation however short it is.
        examples=tuple(overwrite(one) if quotes(one) else cleaned(one) for one in code.examples),
        source=cleaned(code.source),
        translations=tuple(_with_texts(one, cleaned, quotes) for one in code.translations),
    )


class _Said:
    """What was said, to find words in whatever their case, spacing and punctuation."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = [words_in_a_row(text) for text in texts]

    def holds(self, text: str) -> bool:
        """Tell whether somebody said these words, one after the other."""
        words = words_in_a_row(text)
        return words != words_in_a_row("") and any(words in said for said in self._texts)


def _is_phrase(name: str) -> bool:
    """Tell words that are quoted from those that anybody would choose for a name."""
    return len(words_in_a_row(name).split()) >= _SHORTEST_PHRASE
