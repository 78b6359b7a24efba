"""Make benchmarks: how well suggestions agree with human codings."""

from alliance_nlp.benchmark.corpus import Corpus, read_corpus
from alliance_nlp.benchmark.evaluation import BUDGETS, Evaluation, evaluate
from alliance_nlp.benchmark.labour import Search, Walk, find_all, walk
from alliance_nlp.benchmark.summary import summarise

__all__ = [
    "BUDGETS",
    "Corpus",
    "Evaluation",
    "Search",
    "Walk",
    "evaluate",
    "find_all",
    "read_corpus",
    "summarise",
    "walk",
]
