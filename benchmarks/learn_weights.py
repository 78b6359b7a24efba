"""Learn the parameters that carry over from codebook to codebook, and write models/weights.json.

    python benchmarks/learn_weights.py CORPORA [--leave-out NAME] [--out models/weights.json]
                                               [--any-licence]

Only corpora whose corpus.toml says `learn = true` are read: their licences allow it. On each of
them the evidence of the codebook's words alone is fitted to the human codings by a logistic
regression; the mean over corpora of its slope is `scale`, and of its intercept, plus the logarithm
of the number of codes, `intercept`. (The suggester bounds what it makes of much evidence, which the
slope does not know; the bound was chosen with these slopes.) `--any-licence` reads all corpora, for
a comparison that is not shipped.
"""

import argparse
import json
import tomllib
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from alliance_nlp import embed, read_corpus
from alliance_nlp.suggestions.evidence import weigh_evidence


def learnable(corpora: Path, leave_out: str, *, any_licence: bool) -> list[Path]:
    """List the folders that may be learned from."""
    return [
        folder
        for folder in sorted(corpora.iterdir())
        if (folder / "corpus.toml").is_file()
        and (any_licence or is_free(folder))
        and folder.name != leave_out
    ]


def is_free(folder: Path) -> bool:
    """Say whether a licence lets parameters that are learned from a corpus be shipped."""
    return bool(tomllib.loads((folder / "corpus.toml").read_text(encoding="utf-8")).get("learn"))


def learn(folder: Path) -> tuple[float, float]:
    """Return the slope and the intercept of one corpus."""
    corpus = read_corpus(folder)
    embeddings = embed(corpus.segments)
    evidence = weigh_evidence(corpus.segments, embeddings, corpus.codebook)
    scores = evidence.weigh(corpus.segments, embeddings).scores
    model = LogisticRegression(C=np.inf).fit(scores.reshape(-1, 1), corpus.labels.ravel())
    return float(model.coef_[0, 0]), float(model.intercept_[0] + np.log(len(corpus.codebook)))


def main() -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--leave-out", default="")
    parser.add_argument("--out", type=Path, default=Path("models/weights.json"))
    parser.add_argument("--any-licence", action="store_true")
    options = parser.parse_args()
    if options.any_licence and options.out == parser.get_default("out"):
        parser.error("what any licence was learned from is not shipped: name another file as --out")
    folders = learnable(options.corpora, options.leave_out, any_licence=options.any_licence)
    learned = {folder.name: learn(folder) for folder in folders}
    for name, (slope, intercept) in learned.items():
        print(f"{name:<16} slope {slope:6.2f}  intercept {intercept:6.2f}")
    scale, intercept = np.mean(list(learned.values()), axis=0).round(2).tolist()
    weights = {"scale": scale, "intercept": intercept, "learned_from": sorted(learned)}
    options.out.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")
    print(f"{options.out}: {weights}")


if __name__ == "__main__":
    main()
