"""Make names: what methods, measures and corpora are called in a report."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from itertools import count as numbers
from typing import Any

from alliance_nlp.benchmark.evaluation import OURS
from alliance_nlp.wording import count

Corpus = Mapping[str, Any]  # the tables of one corpus, as `summarise` makes them
Results = Mapping[str, Any]  # of several, by name, and `_made_with`

_METHODS = {
    OURS: ("alliance_nlp", "this library: codebook and decisions together"),
    "prior": ("code frequency", "how often each code was used so far, the same for every segment"),
    "cosine": ("cosine", "cosine of segment and “name: definition”; learns nothing"),
    "z": ("z-score", "the cosine as a z-score per code over all segments; learns nothing"),
    "logistic": ("logistic", "one balanced logistic regression per code on the embeddings"),
    "centred": ("centred logistic", "logistic regression, unbalanced, on centred embeddings"),
    "tfidf_svm": ("TF-IDF SVM", "TF-IDF and one linear support vector machine per code"),
    "setfit": ("SetFit E5", "SetFit on the bundled multilingual-e5-small"),
    "setfit_minilm": ("SetFit MiniLM", "SetFit on all-MiniLM-L6-v2"),
    "asreview": ("ASReview", "the default model of ASReview"),
}


def method_name(method: str) -> str:
    """Return what a method is called in tables and plots; an unknown one keeps its name.

    >>> method_name("alliance"), method_name("prior"), method_name("ours_v2")
    ('alliance_nlp', 'code frequency', 'ours_v2')
    """
    return _METHODS[method][0] if method in _METHODS else method


def method_description(method: str) -> str:
    """Return what a method does, `''` for an unknown one.

    >>> method_description("setfit_minilm")
    'SetFit on all-MiniLM-L6-v2'
    """
    return _METHODS[method][1] if method in _METHODS else ""


def in_order(methods: Iterable[str]) -> list[str]:
    """Return methods once each, this library first, unknown ones last, in alphabetical order.

    >>> in_order(["ours_v2", "prior", "alliance", "prior"])
    ['alliance', 'prior', 'ours_v2']
    """
    known = list(_METHODS)
    return sorted(set(methods), key=lambda m: (known.index(m) if m in known else len(known), m))


def looks(results: Results) -> dict[str, int]:
    """Return which line style each method has, the same one for all corpora of a report.

    >>> looks({"a": {"figures": [{"method": "mine"}, {"method": "alliance"}]}})
    {'alliance': 0, 'mine': 10}
    """
    methods = in_order(
        row["method"]
        for corpus in corpora(results).values()
        for rows in ("figures", "walks", "searches")
        for row in corpus.get(rows, ())
    )
    known = list(_METHODS)
    unknown = [method for method in methods if method not in known]
    return {m: known.index(m) if m in known else len(known) + unknown.index(m) for m in methods}


def corpora(results: Results) -> dict[str, Corpus]:
    """Return the corpora of a file of results, without what it was made with.

    >>> list(corpora({"_made_with": {}, "annomi": {}, "_pilot": {}}))
    ['annomi', '_pilot']
    """
    return {name: corpus for name, corpus in results.items() if name != "_made_with"}


def anchors(results: Results) -> dict[str, str]:
    """Return a short unique word of letters, digits and hyphens for each corpus.

    >>> anchors({"pa_counsel": {}, "pa counsel": {}, "访谈": {}})
    {'pa_counsel': 'pa-counsel', 'pa counsel': 'pa-counsel-2', '访谈': 'corpus'}
    """
    found: dict[str, str] = {}
    for name in corpora(results):
        slug = "-".join(re.findall(r"[A-Za-z0-9]+", name)) or "corpus"
        numbered = (f"{slug}-{number}" for number in numbers(2))
        found[name] = next(one for one in chain([slug], numbered) if one not in found.values())
    return found


def title(name: str, corpus: Corpus) -> str:
    """Return the title of a corpus, or else its name.

    >>> title("annomi", {"about": {"title": "Motivational interviewing"}}), title("mine", {})
    ('Motivational interviewing', 'mine')
    """
    return str(corpus.get("about", {}).get("title") or name)


def size(corpus: Corpus) -> str:
    """Return how large a corpus is, in words.

    >>> size({"n_segments": 1318, "n_codes": 27, "n_interviews": 1})
    '1,318 segments, 27 codes, 1 interview'
    """
    things = ("segment", "code", "interview")
    return ", ".join(count(corpus[f"n_{thing}s"], thing) for thing in things)


def budgets(rows: Iterable[Mapping[str, Any]]) -> list[int | str]:
    """Return the numbers of decided segments that occur in rows, in order, `'all'` last.

    >>> budgets([{"n": "all"}, {"n": 50}, {"n": 0}, {"n": 50}])
    [0, 50, 'all']
    """
    found = {row["n"] for row in rows}
    return [*sorted(n for n in found if n != "all"), *(["all"] if "all" in found else [])]


def telling(found: Sequence[int | str]) -> list[int | str]:
    """Return the budgets that a table shows which cannot show all: none, the most, all.

    >>> telling([0, 20, 50, 100, 200, "all"]), telling(["all"])
    ([0, 200, 'all'], ['all'])
    """
    numbers = [n for n in found if n != "all"]
    return [n for n in found if n == "all" or n in (numbers[0], numbers[-1])]


def budget_name(corpus: Corpus, n: int | str) -> str:
    """Return how many segments were decided, in words; for all, how many that were per split.

    >>> budget_name({"curve": [{"n": "all", "n_decided": 536}, {"n": "all", "n_decided": 541}]},
    ...             "all")
    'all decided (536 to 541)'
    >>> budget_name({}, 0), budget_name({}, 50)
    ('none decided', '50 decided')
    """
    if n != "all":
        return f"{n or 'none'} decided"
    decided = sorted({row["n_decided"] for row in corpus.get("curve", ()) if row["n"] == n})
    ends = dict.fromkeys(f"{one:,}" for one in (*decided[:1], *decided[-1:]))
    return f"all decided ({' to '.join(ends)})" if decided else "all decided"
