"""Make benchmarks: how well suggestions agree with human codings."""

from alliance_nlp.benchmark.corpus import Corpus, read_coders, read_corpus
from alliance_nlp.benchmark.evaluation import BUDGETS, Evaluation, evaluate

__all__ = ["BUDGETS", "Corpus", "Evaluation", "evaluate", "read_coders", "read_corpus"]
