"""Make codebooks: the codes of a study, with definition, include, exclude and examples."""

from alliance_nlp.codebook.code import Code, Codebook, folded
from alliance_nlp.codebook.reading import read_codebook

__all__ = ["Code", "Codebook", "folded", "read_codebook"]
