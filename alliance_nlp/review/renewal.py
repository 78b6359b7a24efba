"""Make suggestions anew, with what coders have answered since."""

from pathlib import Path

from alliance_nlp.embeddings import embed
from alliance_nlp.embeddings.models import BUNDLED
from alliance_nlp.errors import ProjectError
from alliance_nlp.project import Project, segments_to_code
from alliance_nlp.suggestions import Suggestion, suggest_codes
from alliance_nlp.suggestions.learning import Labels
from alliance_nlp.wording import quoted


def renew_suggestions(
    project: Project, *, model: str | None = None, labels: Labels | None = None
) -> list[Suggestion]:
    """Suggest codes for the segments of a project, store them, and return them.

    Args:
        project: The study, with segments and a codebook.
        model: What embeds the segments, as in `embed`.
        labels: What counts as decided, as in `suggest_codes`; `None` is everyone's answers.

    Raises:
        ProjectError: There is no segment or no codebook yet.
        ModelError: There is no such model on this machine.
    """
    labels = project.labels() if labels is None else labels
    suggestions = suggested(project, model, labels)
    name = model or BUNDLED
    if Path(name).is_dir():
        name = str(Path(name).absolute())  # so that it is found again from another folder
    project.set_suggestions(suggestions, model=name)
    return suggestions


def suggested(
    project: Project,
    model: str | None,
    labels: Labels,
    only: str = "",
    *,
    coder: str | None = None,
) -> list[Suggestion]:
    """Suggest codes, without storing them; `only` one code if that is named.

    What themes suggest and a coder, or anyone, has hardly answered yet stands in its place.
    """
    segments, codebook = segments_to_code(project), project.codebook
    if not len(codebook):
        raise ProjectError(
            f"{project.path} holds no codebook yet: "
            f"run `alliance-nlp codebook {quoted(project.path)} FILE` first"
        )
    of_themes = [
        each for each in project.suggestions_of_themes(coder) if only in ("", each.code_id)
    ]
    if only and of_themes:
        return of_themes
    embeddings = embed(segments, model=model)
    made = suggest_codes(segments, embeddings, codebook, labels=labels, model=model, only=only)
    if not of_themes:
        return made
    waiting = {each.code_id for each in of_themes}
    places = {segment.id: place for place, segment in enumerate(segments)}
    return sorted(
        [*(each for each in made if each.code_id not in waiting), *of_themes],
        key=lambda each: (places[each.segment_id], -each.probability),
    )
