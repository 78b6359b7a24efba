"""Make benchmarks: how well suggestions agree with human codings, and people with each other."""

from alliance_nlp.benchmark.annotations import Annotations, read_annotations
from alliance_nlp.benchmark.corpus import Corpus, read_coders, read_corpus
from alliance_nlp.benchmark.evaluation import BUDGETS, Evaluation, evaluate
from alliance_nlp.benchmark.labour import Search, Walk, find_all, walk
from alliance_nlp.benchmark.measuring import measure
from alliance_nlp.benchmark.panels import Panel, compare_annotators
from alliance_nlp.benchmark.people import Comparison, compare_coders
from alliance_nlp.benchmark.report import write_report
from alliance_nlp.benchmark.summary import summarise

__all__ = [
    "BUDGETS",
    "Annotations",
    "Comparison",
    "Corpus",
    "Evaluation",
    "Panel",
    "Search",
    "Walk",
    "compare_annotators",
    "compare_coders",
    "evaluate",
    "find_all",
    "measure",
    "read_annotations",
    "read_coders",
    "read_corpus",
    "summarise",
    "walk",
    "write_report",
]
