"""Make the part of the project that is about themes: their names, and what becomes of them."""

from collections.abc import Iterable
from dataclasses import replace

from alliance_nlp.codebook import Code, Codebook
from alliance_nlp.decisions import labels_of
from alliance_nlp.embeddings.models import BUNDLED
from alliance_nlp.project import answers, checks, tables, theme_tables
from alliance_nlp.project.adopting import adopt_theme, read_since, waiting_for_answers
from alliance_nlp.project.file import ProjectFile, now
from alliance_nlp.suggestions import Suggestion
from alliance_nlp.themes import Comparison, Theme, ThemeName, compare_with_codebook


class ProjectThemes(ProjectFile):
    """The themes of an open project file.

    Args:
        path: The file.
    """

    @property
    def themes(self) -> list[Theme]:
        """The themes in the order in which they were found."""
        with self._reading():
            return theme_tables.read_themes(self._connection)

    @property
    def theme_names(self) -> list[ThemeName]:
        """The names of themes that count, also those that no theme bears now."""
        with self._reading():
            namings = theme_tables.read_namings(self._connection)
        return [naming.told for naming in theme_tables.in_force(namings)]

    @property
    def codes_since(self) -> dict[str, str]:
        """When codes were made from themes: segments read before were not read for them."""
        with self._reading():
            return read_since(self._connection)

    def set_themes(self, themes: Iterable[Theme]) -> list[ThemeName]:
        """Replace the themes, and return the names that none of the new ones bears.

        A name that a person gave stays with the theme that has most of the members it was given
        to, as `themes.match_names` explains.  One that finds no theme is kept, and comes back with
        a later run that finds its theme again.
        """
        with self._writing():
            theme_tables.write_themes(self._connection, list(themes))
            namings = theme_tables.read_namings(self._connection)
        told = [naming.told for naming in theme_tables.in_force(namings)]
        return [name for name in told if not name.theme_id]

    def name_theme(self, theme_id: str, name: str, coder: str) -> None:
        """Give a theme a name, in the place of an earlier one; `''` takes it back.

        Raises:
            ProjectError: There is no such theme, or the name is a number, as themes have anyway.
        """
        coder, name = checks.coder_name(coder), checks.theme_name(name)
        with self._writing():
            checks.check_exists(self._connection, "theme", theme_id)
            theme_tables.write_name(self._connection, theme_id, name, coder, now())

    def theme_to_code(
        self,
        theme_id: str,
        coder: str,
        *,
        name: str = "",
        definition: str = "",
        model: str = BUNDLED,
    ) -> Code:
        """Add a code that is about a theme to the codebook, and suggest it for its segments.

        Nothing is coded that way: each segment waits for an answer, with its membership for a
        probability, also where somebody had read everything before there was this code. These
        suggestions stay until five answers were given about the code, from which it is learned; the
        others stay until suggestions are made anew.

        Args:
            theme_id: The theme.
            coder: Who takes it up; the new code says so.
            name: What to call the code; `''` is the name of the theme, or else its title.
            definition: What it means; `''` is a draft, which says that it is one.
            model: What embedded the segments, if there are no suggestions yet.

        Raises:
            ProjectError: There is no such theme, no name or a number for one, or a code of that
                name already.

        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> from alliance_nlp import Project, Segment, Transcript
        >>> project = Project(Path(mkdtemp()) / "study.alliance")
        >>> project.add_transcripts([Transcript(id="p01", text="I had to wait.")])
        1
        >>> project.set_segments([Segment("p01:0-14", "p01", 0, 14, "I had to wait.")])
        >>> project.set_themes([Theme("theme-1", "", ("p01:0-14",), (0.9,))])
        []
        >>> project.theme_to_code("theme-1", "Eva", name="To wait").id
        'to-wait'
        >>> [(one.code_id, one.probability) for one in project.suggestions]
        [('to-wait', 0.9)]
        >>> project.close()
        """
        coder, name = checks.coder_name(coder), checks.theme_name(name)
        with self._writing():
            checks.check_exists(self._connection, "theme", theme_id)
            return adopt_theme(
                self._connection,
                theme_id,
                coder=coder,
                name=name,
                definition=definition,
                model=model,
                now=answers.time_of_answer(self._connection, now()),
            )

    def suggestions_of_themes(self, coder: str | None = None) -> list[Suggestion]:
        """Return what themes suggest the codes for that were made from them and have few answers.

        From fewer than five answers nothing can be learned that says more than the theme does.

        Args:
            coder: Whose answers count; `None` means everyone's.
        """
        with self._reading():
            suggestions = tables.read_suggestions(self._connection)
            given = answers.read_decisions(self._connection)
        return waiting_for_answers(suggestions, given, coder)

    def compare_themes(self, coder: str | None = None) -> Comparison:
        """Compare the themes with the codebook, as `themes.compare_with_codebook` explains.

        Themes that hardly anybody has read are compared by what is suggested.  A code that was made
        from a theme and waits for its first answers says nothing, but a theme is covered that it is
        suggested for, by half or more.

        Args:
            coder: Whose answers count; `None` means everyone's.
        """
        with self._reading():
            segments = tables.read_segments(self._connection)
            codebook = tables.read_codebook(self._connection)[1]
            themes = theme_tables.read_themes(self._connection)
            suggestions = tables.read_suggestions(self._connection)
            given = answers.read_decisions(self._connection)
            reviews = answers.read_reviews(self._connection)
            since = read_since(self._connection)
        labels = labels_of(segments, codebook, given, reviews, coder, since=since)
        waiting = waiting_for_answers(suggestions, given, coder)
        silent = {one.code_id for one in waiting}
        surest: dict[str, float] = {}
        for one in suggestions:
            surest[one.segment_id] = max(one.probability, surest.get(one.segment_id, 0.0))
        compared = compare_with_codebook(
            themes,
            segments,
            Codebook([code for code in codebook if code.id not in silent]),
            labels[:, [code.id not in silent for code in codebook]],
            likelihoods=[surest.get(segment.id, float("nan")) for segment in segments],
        )
        taken = {one.segment_id for one in waiting}
        members = {theme.id: theme.segment_ids for theme in themes}
        uncovered = (
            one
            for one in compared.uncovered
            if 2 * len(taken.intersection(members[one.theme_id])) < len(members[one.theme_id])
        )
        return replace(compared, uncovered=tuple(uncovered))
