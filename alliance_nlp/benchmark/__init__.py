"""Make benchmarks: how well suggestions agree with human codings, and people with each other."""

from alliance_nlp.benchmark.annotators import compare_annotators, read_annotations
from alliance_nlp.benchmark.corpus import Corpus, read_coders, read_corpus
from alliance_nlp.benchmark.evaluation import BUDGETS, Evaluation, evaluate
from alliance_nlp.benchmark.people import compare_coders

__all__ = [
    "BUDGETS",
    "Corpus",
    "Evaluation",
    "compare_annotators",
    "compare_coders",
    "evaluate",
    "read_annotations",
    "read_coders",
    "read_corpus",
]
