"""Make the commands on themes: find them, look at one, name it, turn it into a code."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from alliance_nlp.cli.console import next_step, open_study, out, path_given, step, table
from alliance_nlp.cli.study import Model, Study
from alliance_nlp.cli.tables import shortened, theme_words, themes_table
from alliance_nlp.errors import ProjectError
from alliance_nlp.wording import count, percent, quoted

if TYPE_CHECKING:
    from alliance_nlp.codebook import Code
    from alliance_nlp.project import Project
    from alliance_nlp.segments import Segment
    from alliance_nlp.themes import Comparison, Level, SharedCode, Theme, ThemeName

_CODES_PER_THEME = 2
_MOST_UNCOVERED = 5
_MOST_TO_SPLIT = 3
_QUOTATION_CELLS = 300


def themes(
    study: Study,
    model: Model = None,
    level: Annotated[
        str | None,
        typer.Option(help="How far to cut: broad, fine, or a number of themes.", metavar="LEVEL"),
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(
            help="Write the map of segments, who says what, and tables into this folder.",
            metavar="FOLDER",
            parser=path_given,
        ),
    ] = None,
) -> None:
    """Look for candidate themes: segments that are alike; and compare them with the codebook."""
    from alliance_nlp.embeddings import embed
    from alliance_nlp.export import folder_for, write_theme_pictures
    from alliance_nlp.project import segments_to_code
    from alliance_nlp.segments import offered
    from alliance_nlp.themes import find_themes

    cut = _level(level)
    with open_study(study) as project:
        segments = segments_to_code(project)
        folder = folder_for(pictures) if pictures else None  # a mistyped one is told at once
        step("Looking for themes")
        embeddings = embed(segments, model=model)
        unborne = project.set_themes(find_themes(segments, embeddings, level=cut))
        found = project.themes
        if found:
            out.print(themes_table(found, segments))
        _tell_how_much(found, offered(segments) or segments, cut)
        for each in unborne:
            _tell_where_it_went(each, found)
        _compare(project, found, model)
        if folder:
            step("Drawing")
            name = project.path.stem
            written = write_theme_pictures(folder, found, segments, embeddings, title=name)
            out.print(f"Written: {written[0]}, and {len(written) - 1} more there", soft_wrap=True)


def _tell_how_much(found: Sequence["Theme"], said: Sequence["Segment"], cut: "Level") -> None:
    from alliance_nlp.themes.find import FEWEST_SEGMENTS

    if not found:
        out.print(
            f"No themes: {count(len(said), 'segment')} are too few for any."
            if len(said) < FEWEST_SEGMENTS
            else f"No themes: nothing in {count(len(said), 'segment')} gathers."
        )
        return
    n_outside = len(said) - sum(len(theme.segment_ids) for theme in found)
    fewer = isinstance(cut, int) and len(found) < cut
    finest = " (there are no more, or the others are too small)" if fewer else ""
    out.print(
        f"{count(len(found), 'theme')}{finest}; {n_outside:,} of {count(len(said), 'segment')} "
        "belong to none. Comes back: how much of a theme is found again when interviews, or parts "
        "of the only one, are left out. A theme is an offer to interpret, not a finding."
    )


def _tell_where_it_went(name: "ThemeName", found: Sequence["Theme"]) -> None:
    """Say that no theme bears a name now, and which one has most of what was named."""
    named = set(name.segment_ids)
    shared = [len(named.intersection(theme.segment_ids)) for theme in found]
    most = max(shared, default=0)
    where = (
        f"{most} of its {count(len(named), 'segment')} are in theme {shared.index(most) + 1} now. "
        if most > 1
        else ""
    )
    out.print(
        f"No theme is “{name.name}” ({name.coder}) this time. {where}The name is kept, and comes "
        "back with a run that finds these segments together again."
    )


def _level(given: str | None) -> "Level":
    if given is None:
        return None
    if given in ("broad", "fine"):
        return cast("Level", given)
    if given.isdecimal() and int(given) >= 1:
        return int(given)
    raise typer.BadParameter(f"{given!r} is no level: say broad, fine or a number of themes")


def theme(
    study: Study,
    which: Annotated[
        str,
        typer.Argument(
            help="Its number in the list of themes, its name or its id.", metavar="THEME"
        ),
    ],
    *,
    name: Annotated[
        str | None, typer.Option(help="What to call it; an empty name takes one back.")
    ] = None,
    to_code: Annotated[
        bool,
        typer.Option("--to-code", help="Add a code for it, and suggest it for its segments."),
    ] = False,
    definition: Annotated[
        str, typer.Option(help="What the code means, in the place of the draft.")
    ] = "",
    coder: Annotated[str, typer.Option(help="Your name: names and codes carry it.")] = "",
    model: Model = None,
) -> None:
    """Look at one theme; give it a name, or turn it into a code to answer about.

    Nothing is coded that way: its segments become suggestions of the new code. Say --model as
    you did for the themes, unless suggestions have been made already: theirs stays.
    """
    if (name is not None or to_code) and not coder.strip():
        raise typer.BadParameter("say who you are: --coder NAME")
    if definition and not to_code:
        raise typer.BadParameter("--definition is what a code means: say --to-code, too")
    with open_study(study) as project:
        found = project.themes
        number = _number_of(which, found, project)
        one = found[number - 1]
        if to_code:  # first, because it may be refused
            code = _to_code(
                project, one, coder, name=name or "", definition=definition, model=model
            )
        if name is not None:
            project.name_theme(one.id, name, coder)
            called = project.themes[number - 1].name
            is_called = f"is called “{called}” now" if called else "has no name now"
            out.print(f"Theme {number} {is_called}.")
        if to_code:
            options = f"--coder {quoted(coder.strip())} --terminal --order likely"
            options += f" --code {quoted(code.id)}"
            next_step(f"alliance-nlp review {quoted(study)} {options}")
        elif name is None:
            _show(project, one, number)
            next_step(
                f"alliance-nlp theme {quoted(study)} {number} --name NAME --coder YOUR-NAME",
                _command_to_code(study, number, model),
            )


def _number_of(which: str, found: Sequence["Theme"], project: "Project") -> int:
    """Return the number of the theme that is meant, from 1."""
    from alliance_nlp.codebook import folded

    wanted = folded(which)
    if wanted.isdecimal() and 1 <= int(wanted) <= len(found):
        return int(wanted)
    called = [
        number
        for number, each in enumerate(found, start=1)
        if wanted and wanted in (each.id, folded(each.name))
    ]
    if len(called) == 1:
        return called[0]
    if called:
        numbers = " and ".join(map(str, called))
        raise ProjectError(f"themes {numbers} are both called {which!r}: say the number")
    there = f"they are numbered from 1 to {len(found)}" if found else "none has been found"
    raise ProjectError(
        f"there is no theme {which!r} in {project.path}: {there} "
        f"(`alliance-nlp themes {quoted(project.path)}` lists them)"
    )


def _command_to_code(study: Path, number: int, model: str | None) -> str:
    with_model = f" --model {quoted(model)}" if model else ""
    return f"alliance-nlp theme {quoted(study)} {number} --to-code --coder YOUR-NAME{with_model}"


def _to_code(
    project: "Project",
    one: "Theme",
    coder: str,
    *,
    name: str,
    definition: str,
    model: str | None,
) -> "Code":
    from alliance_nlp.embeddings import find_model
    from alliance_nlp.embeddings.models import BUNDLED

    if model:
        find_model(model)  # a mistyped one is told at once
    code = project.theme_to_code(
        one.id, coder, name=name, definition=definition, model=model or BUNDLED
    )
    n_suggested = sum(each.code_id == code.id for each in project.suggestions)
    listed = table("Code", "Definition", title=f"A new code, in version {project.codebook_version}")
    listed.add_row(code.name, code.definition)
    out.print(listed)
    out.print(
        f"It is suggested for {count(n_suggested, 'segment')}. Nothing is coded until you answer. "
        f"To rewrite the code: export the codebook (`alliance-nlp export {quoted(project.path)} "
        f"codebook.xlsx`), change it there, and read it (`alliance-nlp codebook "
        f"{quoted(project.path)} codebook.xlsx`).",
        soft_wrap=True,
    )
    return code


def _show(project: "Project", one: "Theme", number: int) -> None:
    """Show what a theme says of itself, its heart and its edges, and the codes it is about."""
    texts = {segment.id: segment for segment in project.segments}
    out.print(f"\nTheme {number}: {one.name or one.title or theme_words(one)}", style="bold")
    out.print(f"Words: {', '.join(one.keywords)}" if one.keywords else "No word sets it apart.")
    if one.phrases:
        out.print(f"Phrases: {'; '.join(one.phrases)}")
    interviews = {texts[segment_id].transcript_id for segment_id in one.segment_ids}
    out.print(
        f"{count(len(one.segment_ids), 'segment')} in {count(len(interviews), 'interview')}; "
        f"{percent(one.stability)} of it comes back when "
        f"{'interviews' if len(project.transcripts) > 1 else 'parts'} are left out."
    )
    _show_quotations("At its heart", [texts[id_] for id_ in one.exemplar_ids])
    _show_quotations("At its edges", [texts[id_] for id_ in one.contrast_ids])
    if project.decisions:
        _show_shared(project, project.compare_themes().enriched(one.id), {one.id: number})


def _show_quotations(title: str, quotations: Sequence["Segment"]) -> None:
    if quotations:
        out.print(f"\n{title}", style="bold")
    for segment in quotations:
        out.print(f"  {segment.transcript_id}: {shortened(segment.text, _QUOTATION_CELLS)}")


def _compare(project: "Project", found: Sequence["Theme"], model: str | None) -> None:
    """Say what the themes and the answers tell about the codebook, if they tell anything."""
    if not (found and len(project.codebook) and project.decisions):
        return
    compared = project.compare_themes()
    numbers = {each.id: number for number, each in enumerate(found, start=1)}
    first = [pair for each in found for pair in compared.enriched(each.id)[:_CODES_PER_THEME]]
    _show_shared(project, first, numbers)
    _show_uncovered(project, compared, found, model)
    _show_to_split(project, compared, numbers)


def _show_shared(
    project: "Project", pairs: Sequence["SharedCode"], numbers: dict[str, int]
) -> None:
    if not pairs:
        return
    codes = project.codebook
    shown = table(
        "Theme", "Code", "Of the theme", "Of the code", "By chance",
        title="Codes that themes are about", right=("Theme", "Of the theme", "Of the code"),
    )  # fmt: skip
    for pair in pairs:
        shown.add_row(
            str(numbers[pair.theme_id]),
            codes.by_id(pair.code_id).name,
            f"{pair.share_of_theme:.0%} ({pair.n_shared} of {pair.n_theme})",
            f"{pair.share_of_code:.0%}",
            _chance(pair.p_value),
        )
    out.print(shown)
    out.print(
        "Among the segments that were read. By chance: how likely so many would come together if "
        "within each interview the code fell anywhere, adjusted for all pairs (exact stratified "
        "test, Benjamini-Hochberg)."
    )


def _show_uncovered(
    project: "Project", compared: "Comparison", found: Sequence["Theme"], model: str | None
) -> None:
    if not compared.uncovered:
        return
    by_id = {each.id: (number, each) for number, each in enumerate(found, start=1)}
    shown = table(
        "Theme", "Words that set it apart", "Read", "With a code of its own",
        title="Themes that no code covers", right=("Theme", "Read", "With a code of its own"),
    )  # fmt: skip
    for uncovered in compared.uncovered[:_MOST_UNCOVERED]:
        number, one = by_id[uncovered.theme_id]
        expected = "" if uncovered.n_read else " expected"
        shown.add_row(
            str(number),
            one.name or theme_words(one),
            str(uncovered.n_read),
            f"{uncovered.share_covered:.0%}{expected}",
        )
    out.print(shown)
    number, _ = by_id[compared.uncovered[0].theme_id]
    out.print(
        f"A new code, if it is worth one: {_command_to_code(project.path, number, model)}",
        soft_wrap=True,
    )


def _show_to_split(project: "Project", compared: "Comparison", numbers: dict[str, int]) -> None:
    if not compared.to_split:
        return
    codes = project.codebook
    texts = {segment.id: segment.text for segment in project.segments}
    shown = table(
        "Code", "Theme", "Passages", "For example",
        title="Codes that may be two", right=("Theme", "Passages"),
    )  # fmt: skip
    for split in compared.to_split[:_MOST_TO_SPLIT]:
        name = codes.by_id(split.code_id).name
        for pair in split.parts:
            shown.add_row(
                name,
                str(numbers[pair.theme_id]),
                f"{pair.n_shared} of {pair.n_code}",
                shortened(texts[pair.segment_ids[0]], 120),
            )
            name = ""
    out.print(shown)


def _chance(p_value: float) -> str:
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"
