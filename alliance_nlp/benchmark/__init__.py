"""Make benchmarks: how well suggestions agree with human codings."""

from alliance_nlp.benchmark.corpus import Corpus, read_corpus

__all__ = ["Corpus", "read_corpus"]
