"""Make the object through which a study is read and written."""

import os
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from alliance_nlp.codebook import Codebook
from alliance_nlp.codings import Coding, Memo, MemoTarget
from alliance_nlp.decisions import Decision, Review, codings_of, labels_of
from alliance_nlp.errors import ProjectError
from alliance_nlp.project import answers, checks, tables
from alliance_nlp.project.adopting import read_since
from alliance_nlp.project.file import copied, now, plain_errors
from alliance_nlp.project.forgetting import forget
from alliance_nlp.project.merging import merge, read_written
from alliance_nlp.project.themes import ProjectThemes
from alliance_nlp.segments import Segment
from alliance_nlp.suggestions import Suggestion
from alliance_nlp.transcripts import Transcript
from alliance_nlp.transcripts.roles import keep_roles

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Project(ProjectThemes):
    """A study in one file: opened if it is there, made if it is not.

    Each call is written to the disk, whole or not at all, before it returns, so a project that
    is interrupted opens again with everything that was answered. Two programs may have the file
    open; one waits some seconds for the other to finish writing.

    What people wrote is added to and never changed: an answer is taken back by `withdraw`, a
    review by another one. Properties read the file anew, in an order that stays the same.

    Args:
        path: The file, such as `study.alliance`; its folder exists.

    Raises:
        ProjectError: The file cannot be opened or is not a project, here and in every method
            when the file cannot be read or written.

    Warns:
        ProjectWarning: The file lies in a folder that is synchronised to a cloud.

    >>> from tempfile import mkdtemp
    >>> from alliance_nlp import Code, Codebook, Segment, Transcript
    >>> path = Path(mkdtemp()) / "study.alliance"
    >>> with Project(path) as project:
    ...     project.add_transcripts([Transcript(id="p01", text="I felt met.")])
    ...     project.set_segments([Segment("p01:0-11", "p01", 0, 11, "I felt met.")])
    ...     project.set_codebook(Codebook([Code("trust", "Trust"), Code("haste", "Haste")]))
    ...     yes = project.decide("p01:0-11", "trust", "Eva", "accept", probability=0.8)
    ...     read = project.review("p01:0-11", "Eva")
    1
    1
    >>> with Project(path) as project:
    ...     project.labels()
    ...     [(coding.code_id, coding.coder) for coding in project.codings()]
    array([[1, 0]], dtype=int8)
    [('trust', 'Eva')]
    """

    @property
    def transcripts(self) -> list[Transcript]:
        """The transcripts, by id."""
        with self._reading():
            return tables.read_transcripts(self._connection)

    @property
    def segments(self) -> list[Segment]:
        """The segments to code, by transcript and place."""
        with self._reading():
            return tables.read_segments(self._connection)

    @property
    def codebook(self) -> Codebook:
        """The newest version of the codebook; empty until one is set."""
        with self._reading():
            return tables.read_codebook(self._connection)[1]

    @property
    def codebook_version(self) -> int:
        """The number of the newest version of the codebook; 0 until one is set."""
        with self._reading():
            return tables.read_codebook(self._connection)[0]

    @property
    def suggestions(self) -> list[Suggestion]:
        """The suggestions, by transcript and place, the most probable first."""
        with self._reading():
            return tables.read_suggestions(self._connection)

    @property
    def suggestions_model(self) -> str:
        """What embedded the segments when the suggestions were made; `''` without suggestions."""
        with self._reading():
            return tables.read_suggestions_model(self._connection)

    @property
    def decisions(self) -> list[Decision]:
        """All answers ever given, earlier ones first."""
        with self._reading():
            return answers.read_decisions(self._connection)

    @property
    def reviews(self) -> list[Review]:
        """All reviews, earlier ones first."""
        with self._reading():
            return answers.read_reviews(self._connection)

    @property
    def memos(self) -> list[Memo]:
        """All memos, earlier ones first."""
        with self._reading():
            return answers.read_memos(self._connection)

    @property
    def removals(self) -> list[str]:
        """The dated notes that something was removed, earlier ones first."""
        with self._reading():
            return answers.read_removals(self._connection)

    def codings(self, coder: str | None = None) -> list[Coding]:
        """Return the codings, also those of passages that are no longer segments to code.

        Args:
            coder: Whose codings; `None` means everyone's.
        """
        with self._reading():
            return codings_of(
                tables.read_segments(self._connection, current_only=False),
                answers.read_decisions(self._connection),
                coder,
            )

    def labels(self, coder: str | None = None) -> "NDArray[np.int8]":
        """Return the labels of `segments` (rows) by `codebook` (columns): 1, 0, -1 undecided.

        Args:
            coder: Whose answers count; `None` means everyone's.
        """
        with self._reading():
            return labels_of(
                tables.read_segments(self._connection),
                tables.read_codebook(self._connection)[1],
                answers.read_decisions(self._connection),
                answers.read_reviews(self._connection),
                coder,
                since=read_since(self._connection),
            )

    def add_transcripts(self, transcripts: Iterable[Transcript]) -> int:
        """Add transcripts and return how many of them are new.

        One that is here already keeps its text and, if its file is called otherwise now, its
        id. Its turns, language and attributes are brought up to date, and so are the speakers and
        the language of its segments.

        Raises:
            ProjectError: A transcript of the same name has another text, or the text was removed
                at a participant's request. None of them is added then.
        """
        added = 0
        with self._writing():
            known = {known.id: known for known in tables.read_transcripts(self._connection)}
            removed = answers.read_removed_texts(self._connection)
            for given in transcripts:
                transcript = replace(given, id=checks.id_here(given, known))
                before = known.get(transcript.id)
                if before is None:
                    checks.check_not_removed(transcript, removed)
                    added += 1
                elif before.text != transcript.text:
                    checks.check_same_file(before, transcript)
                    continue  # its words were overwritten here, or an older release read the file
                else:
                    transcript = keep_roles(transcript, before)
                tables.write_transcript(self._connection, transcript)
                known[transcript.id] = transcript
        return added

    def set_attributes(self, transcript_id: str, attributes: Mapping[str, str]) -> None:
        """Add to what is known about an interview; a name that is here gets the new value.

        The attribute `participant` says whose interview it is: `forget` takes its value.
        """
        with self._writing():
            checks.check_exists(self._connection, "transcript", transcript_id)
            tables.add_attributes(self._connection, transcript_id, attributes)

    def set_segments(self, segments: Iterable[Segment]) -> None:
        """Make these the segments to code.

        Earlier segments that someone answered or wrote something about stay in the file, and so
        do their codings. Suggestions for segments that go, and themes with them, go too.

        Raises:
            ProjectError: A segment is not the passage of its transcript that it says.
        """
        segments = list(segments)
        with self._writing():
            texts = {known.id: known.text for known in tables.read_transcripts(self._connection)}
            for segment in segments:
                checks.check_place(segment, texts)
            tables.replace_segments(self._connection, segments)

    def set_codebook(self, codebook: Codebook) -> int:
        """Make this the newest version of the codebook and return its number.

        Nothing happens if it is the newest already. Answers about codes that it leaves out stay;
        suggestions of such codes go.
        """
        with self._writing():
            return tables.write_codebook(self._connection, codebook, now())

    def set_suggestions(self, suggestions: Iterable[Suggestion], *, model: str) -> None:
        """Put these suggestions in the place of those that are here; answers stay.

        Args:
            suggestions: At most one for each segment and code.
            model: What embedded the segments.
        """
        with self._writing():
            tables.write_suggestions(self._connection, suggestions, model)

    def decide(
        self,
        segment_id: str,
        code_id: str,
        coder: str,
        answer: Literal["accept", "reject"],
        *,
        probability: float | None = None,
    ) -> Decision:
        """Add an answer; a later one of the same coder, segment and code counts instead.

        `probability` is what the suggestion says; `None` for a code of the coder's own.
        """
        if answer not in ("accept", "reject"):
            raise ProjectError(f"the answer {answer!r} is none: say 'accept' or 'reject'")
        coder = checks.coder_name(coder)
        with self._writing():
            checks.check_exists(self._connection, "segment", segment_id)
            checks.check_exists(self._connection, "code", code_id)
            decision = Decision(
                id=uuid4().hex,
                segment_id=segment_id,
                code_id=code_id,
                coder=coder,
                answer=answer,
                decided_at=answers.time_of_answer(self._connection, now()),
                probability=None if probability is None else float(probability),
            )
            answers.write_decisions(self._connection, [decision])
        return decision

    def withdraw(self, decision_id: str, coder: str) -> Decision:
        """Take an answer back: the one before it counts again, if there is one.

        Raises:
            ProjectError: There is no such answer, it is another coder's, or it is taken back.
        """
        coder = checks.coder_name(coder)
        with self._writing():
            withdrawal = replace(
                checks.answer_to_withdraw(self._connection, decision_id, coder),
                id=uuid4().hex,
                answer="withdraw",
                decided_at=answers.time_of_answer(self._connection, now()),
                probability=None,
                withdraws=decision_id,
            )
            answers.write_decisions(self._connection, [withdrawal])
        return withdrawal

    def review(self, segment_id: str, coder: str, complete: bool = True) -> Review:
        """State that a segment has been read completely: codes not accepted are absent.

        `complete=False` takes an earlier statement back.
        """
        coder = checks.coder_name(coder)
        with self._writing():
            checks.check_exists(self._connection, "segment", segment_id)
            review = Review(
                id=uuid4().hex,
                segment_id=segment_id,
                coder=coder,
                complete=complete,
                reviewed_at=answers.time_of_answer(self._connection, now()),
            )
            answers.write_reviews(self._connection, [review])
        return review

    def add_memo(self, target: MemoTarget, target_id: str, text: str, coder: str) -> Memo:
        """Add a note on a transcript, segment, code, coding or theme.

        The `target_id` of a coding is the id of the decision that made it.
        """
        coder = checks.coder_name(coder)
        with self._writing():
            checks.check_exists(self._connection, target, target_id)
            memo = Memo(uuid4().hex, target, target_id, text, coder, now())
            answers.write_memos(self._connection, [memo])
        return memo

    def forget(self, participant: str, *, transcript_id: str | None = None) -> str:
        """Remove a participant from the file and from the cache, and return the note left behind.

        A participant who was interviewed alone goes with the whole interview. In a group their
        words are overwritten in place, so that the others' codings still point at the others'
        words. With them go the codings, answers, reviews, memos and suggestions on their
        passages, the themes that hold them (run the themes anew: names that were given stay with
        the members that do), and the vectors. In what
        others said or wrote, the participant's name and longer quotations are overwritten, and
        so are the ids of interviews that hold the name.
        This cannot be undone. Copies of the file elsewhere are not reached.

        Args:
            participant: The id of a transcript, the value of an attribute `participant` or of a
                line such as `Deltagare: …` above the talk, or the label of a speaker.
            transcript_id: The transcript, if the label is used in more than one of them.

        Raises:
            ProjectError: There is no such participant, or more than one.

        >>> from tempfile import mkdtemp
        >>> project = Project(Path(mkdtemp()) / "study.alliance")
        >>> project.add_transcripts([Transcript(id="p01", text="I felt met.")])
        1
        >>> project.forget("p01")[14:]
        "one interview was removed at a participant's request (0 codings, 0 memos)."
        >>> project.transcripts
        []
        >>> project.close()
        """
        with self._writing():
            note = forget(self._connection, participant, transcript_id, now())
        try:
            self._connection.execute("VACUUM")  # no page is left that is not in use
        except sqlite3.Error as error:
            raise ProjectError(
                f"the participant was removed, but the file could not be made smaller: {error}; "
                "there is nothing to do again"
            ) from error
        return note

    def merge(self, other_path: str | os.PathLike[str]) -> dict[str, int]:
        """Add what was answered and written in another file, and return how much of each kind.

        Transcripts, segments and codes that are not here are added with it; where a code of the
        same id is described otherwise, the description here stays, and so does the name of a
        theme. A second time adds nothing. The other file stays as it is.

        Raises:
            ProjectError: The other file is empty, damaged or no project, a transcript of the same
                name has another text, or a participant was removed from one of the two files
                only. Nothing is added then.

        >>> from tempfile import mkdtemp
        >>> folder = Path(mkdtemp())
        >>> with Project(folder / "eva.alliance") as eva, Project(folder / "ida.alliance") as ida:
        ...     ida.add_transcripts([Transcript(id="p01", text="I felt met.")])
        ...     memo = ida.add_memo("transcript", "p01", "Calm voice.", "Ida")
        ...     merged = eva.merge(ida.path)
        ...     merged["transcripts"], merged["memos"], merged["decisions"]
        1
        (1, 1, 0)
        """
        other = Path(other_path)
        if not other.is_file():
            raise ProjectError(f"there is no project file {other}")
        if other.samefile(self.path):
            raise ProjectError(f"{other} is this very file: name the other coder's")
        with closing(copied(other)) as copy, plain_errors(other):
            theirs = read_written(copy)
        with self._writing():
            return merge(self._connection, theirs, other.name, now())
