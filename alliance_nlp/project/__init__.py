"""Make the project: one SQLite file that holds a study; the only place with SQL."""

from alliance_nlp.project.checks import coder_name, segments_to_code, suggestions_to_answer
from alliance_nlp.project.folders import synchronised_folder
from alliance_nlp.project.project import Project

__all__ = [
    "Project",
    "coder_name",
    "segments_to_code",
    "suggestions_to_answer",
    "synchronised_folder",
]
