"""Measure themes beside other ways of grouping segments, and write benchmarks/themes.json.

    python benchmarks/themes.py CORPORA [--work FOLDER] [--only NAME,NAME] [--methods NAME,NAME]

CORPORA is the folder that holds the corpora, as for run.py. They are read with `read_corpus` and
embedded with `embed`, once: every method gets the same rows. Each method runs on each corpus in a
process of its own, with one thread. What it gave is kept in the work folder, so that a run that was
stopped goes on; `--again` forgets that for the methods that are named. Rows of what is not kept
stay as they are stored, each with the versions that it was measured with.

The result of a method is one number for each segment: its theme, or -1 outside all themes. Of ours
a segment's theme is the one whose `segment_ids` hold it. Measured is:

* AMI: the adjusted mutual information (Vinh, Epps & Bailey 2010) with the codes that people gave,
  over segments with exactly one code; outside is a label of its own.
* best-match F1: for each code applied to ten segments or more, the largest F1 of any one theme as
  an answer to "which segments have this code?"; the mean over these codes. Its interval draws whole
  transcripts again and again, as `alliance_nlp.benchmark.intervals` does.
* recovered: the share of these codes whose best-match F1 is 0.3 or more.
* outside: the share of segments in no theme.
* resampled: the AMI between the themes of all transcripts and those of 80 % of them drawn at
  random (two at least), over the segments that both have, outside a label of its own; the mean of
  five draws, the same for every method.
* shuffled: the AMI between the themes and those of the same rows in another order. again: between
  those of two runs, for methods that give others each time.
* alike: the share of themes whose mix of languages is within a factor of two of that of all
  segments, in each language; and the share of the segments in themes that are in such themes.

Stability and alike are `nan` without themes. Methods that depend on chance run three times: a
figure is the mean, beside the least and the most; stability is that of the first run.
"""

import argparse
import json
import math
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt
from footprint import peak_memory
from run import CORPORA as ALL_CORPORA
from run import described
from theme_measures import (
    DRAWS,
    agreement,
    alike_in_languages,
    best_f1,
    drawn_f1,
    mutual_information,
    resampled,
)
from theme_peers import METHODS, Method

from alliance_nlp import Segment, embed, read_corpus
from alliance_nlp.benchmark.corpus import Corpus
from alliance_nlp.benchmark.intervals import figure
from alliance_nlp.benchmark.summary import made_with, results_json

OUT = Path(__file__).parent / "themes.json"
CORPORA = ("nhs_fft", "os_focus", "gennovate", "annomi", "sib200")
FEWEST_USES = 10  # of a code, to be looked for among the themes
RECOVERED_FROM = 0.3

SIZES = (1_000, 10_000, 100_000)
SCALING_CODES = 50  # what KMeans is told where there is no codebook
NOISE = 0.2  # the length of what is added to a row of length 1 that is there again
WARM_UP = 5_000  # from 4,096 rows on UMAP compiles another search for neighbours
MOST_SECONDS = 1_200

Floats = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]
Row = dict[str, Any]


# ---------------------------------------------------------------- one method on one corpus


def fits(method: Method) -> list[str]:
    """Name what a method is run on: everything, in another order, parts."""
    runs = [f"whole-{seed}" for seed in range(method.runs)]
    return [*runs, "shuffled", *(f"draw-{draw}" for draw in range(DRAWS))]


def kept_path(work: Path, name: str, method: str, fit: str) -> Path:
    """Return where the result of a run is kept."""
    return work / name / f"{method}.{fit}.json"


def rows_of(segments: Sequence[Segment], fit: str) -> npt.NDArray[np.intp]:
    """Return which rows a run gets, in their order."""
    kind, _, number = fit.partition("-")
    if kind == "shuffled":
        return np.random.default_rng(0).permutation(len(segments))
    return resampled(segments, int(number)) if kind == "draw" else np.arange(len(segments))


def measure_alone(name: str, method: str, folder: Path, work: Path) -> None:
    """Run one method on one corpus in this process, and keep what it gave."""
    task, corpus = METHODS[method], read_corpus(folder / name)
    embeddings = embed(corpus.segments)
    for fit in fits(task):
        path = kept_path(work, name, method, fit)
        if path.is_file():
            continue
        rows = rows_of(corpus.segments, fit)
        seed = int(fit.partition("-")[2]) if fit.startswith("whole") else 0
        chosen = [corpus.segments[row] for row in rows]
        grouped = partial(task.group, chosen, embeddings[rows], len(corpus.codebook), seed)
        labels, took = timed(grouped)
        found = np.full(len(corpus.segments), -1)
        found[rows] = labels
        write_kept(path, {**took, "made_with": versions(method), "labels": found.tolist()})
        print(".", end="", flush=True)


def timed(group: Callable[[], Labels]) -> tuple[Labels, Row]:
    """Run a method in one process; return what it gave, and the seconds that it took."""
    import joblib

    began, worked = time.perf_counter(), time.process_time()
    with joblib.parallel_config(backend="sequential"):  # hdbscan asks for four workers
        labels = group()
    took = time.perf_counter() - began, time.process_time() - worked
    return labels, {"seconds": took[0], "processor_seconds": took[1]}


def versions(method: str) -> Row:
    """Return the versions that a method is measured with."""
    names = METHODS[method].distributions
    return {**made_with(cores=os.cpu_count(), threads=1), **{one: version(one) for one in names}}


def write_kept(path: Path, found: Row) -> None:
    """Write a file as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(found), encoding="utf-8")
    unfinished.replace(path)


# ---------------------------------------------------------------- the figures of what was kept


def figures(name: str, method: str, corpus: Corpus, work: Path) -> Row | None:
    """Make the row of one method on one corpus; None while runs are missing."""
    paths = {fit: kept_path(work, name, method, fit) for fit in fits(METHODS[method])}
    if not all(path.is_file() for path in paths.values()):
        return None
    read = {fit: json.loads(path.read_text(encoding="utf-8")) for fit, path in paths.items()}
    labels = {fit: np.array(one["labels"]) for fit, one in read.items()}
    runs = [labels[fit] for fit in labels if fit.startswith("whole")]
    same_size = [one for fit, one in read.items() if not fit.startswith("draw")]
    row: Row = {"method": method, "runs": len(runs)}
    row |= over_runs([of_run(one, corpus) for one in runs])
    row["best_f1"] |= f1_interval(runs, corpus)
    row |= stability(labels, corpus.segments)
    row["processor_seconds"] = min(one["processor_seconds"] for one in same_size)
    row["made_with"] = read["whole-0"]["made_with"]
    return row


def measured_codes(corpus: Corpus) -> npt.NDArray[np.bool_]:
    """Return which segments have each code that is applied often enough."""
    applied = corpus.labels == 1
    often: npt.NDArray[np.bool_] = applied[:, applied.sum(axis=0) >= FEWEST_USES]
    return often


def of_run(labels: Labels, corpus: Corpus) -> dict[str, float]:
    """Return the measures of one run."""
    best = best_f1(labels, measured_codes(corpus))
    languages = [segment.language for segment in corpus.segments]
    alike = alike_in_languages(labels, languages) if len(set(languages)) > 1 else (math.nan,) * 2
    return {
        "themes": float(len(np.unique(labels[labels >= 0]))),
        "outside": float((labels < 0).mean()),
        "ami": agreement(labels, corpus.labels == 1),
        "best_f1": float(best.mean()),
        "recovered": float((best >= RECOVERED_FROM).mean()),
        "alike_themes": alike[0],
        "alike_segments": alike[1],
    }


def over_runs(runs: Sequence[dict[str, float]]) -> Row:
    """Return mean, least and most of each measure."""
    return {
        name: {
            "value": defined(fmean(one[name] for one in runs)),
            "least": defined(min(one[name] for one in runs)),
            "most": defined(max(one[name] for one in runs)),
        }
        for name in runs[0]
    }


def f1_interval(runs: Sequence[Labels], corpus: Corpus) -> Row:
    """Return between what the mean best-match F1 of the runs lies, over transcripts."""
    applied = measured_codes(corpus)
    n_transcripts = len({segment.transcript_id for segment in corpus.segments})
    splits = [
        (float(best_f1(one, applied).mean()), drawn_f1(one, applied, corpus.segments))
        for one in runs
    ]
    found = asdict(figure(splits, n_transcripts))
    return {bound: defined(found[bound]) for bound in ("low", "high")}


def stability(labels: dict[str, Labels], segments: Sequence[Segment]) -> Row:
    """Return how far the themes stay the same: with other transcripts, another order, again."""
    whole = labels["whole-0"]
    if not (whole >= 0).any():
        return {"resampled": None, "shuffled": None, "again": None}
    parts = [(rows_of(segments, fit), labels[fit]) for fit in labels if fit.startswith("draw")]
    runs = [labels[fit] for fit in labels if fit.startswith("whole")]
    pairs = [mutual_information(one, other) for one, other in combinations(runs, 2)]
    return {
        "resampled": fmean(mutual_information(whole[rows], part[rows]) for rows, part in parts),
        "shuffled": mutual_information(whole, labels["shuffled"]),
        "again": fmean(pairs) if pairs else None,
    }


def defined(value: float) -> float | None:
    """Return None for what is not a number, which JSON does not know."""
    return None if math.isnan(value) else value


# ---------------------------------------------------------------- large numbers of segments


def prepare(n_segments: int, folder: Path, work: Path) -> Path:
    """Write so many segments of all corpora and their embeddings, for the processes to read.

    The corpora in one drawn order; from there on the same again as other transcripts, each row
    with noise. Nobody is an interviewer, so that every method gathers all.
    """
    path = work / f"segments-{n_segments}.pickle"
    if not path.is_file():
        segments = [
            replace(named(one, name), role="")
            for name in ALL_CORPORA
            for one in read_corpus(folder / name).segments
        ]
        with path.open("wb") as file:
            pickle.dump(enlarged(segments, embed(segments), n_segments), file)
    return path


def enlarged(
    segments: Sequence[Segment], embeddings: Floats, n_segments: int
) -> tuple[list[Segment], Floats]:
    """Return so many segments with rows of length 1: at first all distinct, then with noise."""
    random = np.random.default_rng(0)
    order = random.permutation(len(segments))
    places = [divmod(k, len(segments)) for k in range(n_segments)]
    chosen = [named(segments[order[k]], str(copy)) for copy, k in places]
    rows = np.asarray(embeddings)[[order[k] for _, k in places]]
    noise = random.normal(size=rows.shape).astype(rows.dtype)
    noise *= NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
    again = np.array([copy > 0 for copy, _ in places])
    rows[again] += noise[again]
    return chosen, rows / np.linalg.norm(rows, axis=1, keepdims=True)


def named(segment: Segment, origin: str) -> Segment:
    """Return the segment with an id and a transcript of its own."""
    transcript_id = f"{origin}/{segment.transcript_id}"
    return replace(segment, id=f"{origin}/{segment.id}", transcript_id=transcript_id)


def scale_alone(method: str, n_segments: int, work: Path) -> None:
    """Time one method on so many segments in this process, after one run that is not timed."""
    with (work / f"segments-{n_segments}.pickle").open("rb") as file:
        segments, rows = pickle.load(file)
    group, first = METHODS[method].group, min(n_segments, WARM_UP)
    timed(partial(group, segments[:first], rows[:first], SCALING_CODES, 0))
    labels, took = timed(partial(group, segments, rows, SCALING_CODES, 0))
    kept = {
        **took,
        "peak_memory_bytes": peak_memory(),
        "themes": len(np.unique(labels[labels >= 0])),
        "outside": float((labels < 0).mean()),
        "ended": "",
        "made_with": versions(method),
    }
    write_kept(scaling_path(work, method, n_segments), kept)


def scaling_path(work: Path, method: str, n_segments: int) -> Path:
    """Return where the seconds of one method are kept."""
    return work / "scaling" / f"{method}.{n_segments}.json"


def scale(method: str, n_segments: int, alone: Sequence[object]) -> str:
    """Time one method in a process of its own; say how it ended, `''` if it came to an end."""
    given = [*alone, "--sizes", n_segments, "--methods", method]
    try:
        done = subprocess.run(
            [*map(str, given)], check=False, env=one_thread(), timeout=MOST_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"not done after {MOST_SECONDS:,} seconds"
    if done.returncode == -signal.SIGKILL:
        return "ended by the system, out of memory"
    done.check_returncode()
    return ""


def one_thread() -> dict[str, str]:
    """Return the environment of a process that uses one thread."""
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
    return {**os.environ, **dict.fromkeys(threads, "1"), "TOKENIZERS_PARALLELISM": "false"}


# ---------------------------------------------------------------- all of it


def gather(folder: Path, work: Path, stored: Row) -> Row:
    """Return the stored results with what was kept in the place of what it replaces."""
    results: Row = {}
    for name in CORPORA:
        old = {row["method"]: row for row in stored.get(name, {}).get("methods", ())}
        if (work / name).is_dir():
            corpus = read_corpus(folder / name)
            new = {method: figures(name, method, corpus, work) for method in METHODS}
            old |= {method: row for method, row in new.items() if row}
            about = size_of(corpus)
        else:
            about = {key: value for key, value in stored.get(name, {}).items() if key != "methods"}
        if old:
            results[name] = {**about, "methods": [old[one] for one in METHODS if one in old]}
    rows = {(row["method"], row["n"]): row for row in stored.get("_scaling", ())}
    for method in METHODS:
        for n_segments in SIZES:
            path = scaling_path(work, method, n_segments)
            if path.is_file():
                found = json.loads(path.read_text(encoding="utf-8"))
                rows[method, n_segments] = {"method": method, "n": n_segments, **found}
    wanted = [(method, n_segments) for method in METHODS for n_segments in SIZES]
    return {**results, "_scaling": [rows[one] for one in wanted if one in rows]}


def size_of(corpus: Corpus) -> Row:
    """Say how large a corpus is."""
    return {
        "segments": len(corpus.segments),
        "transcripts": len({segment.transcript_id for segment in corpus.segments}),
        "codes": len(corpus.codebook),
        "codes_measured": measured_codes(corpus).shape[1],
        "segments_with_one_code": int(((corpus.labels == 1).sum(axis=1) == 1).sum()),
        "human_agreement": described(corpus.name)["human_agreement"],
    }


def missing(names: Sequence[str], methods: Sequence[str], work: Path) -> Iterator[tuple[str, str]]:
    """Yield the corpora and methods that are not measured yet."""
    for method in methods:
        for name in names:
            paths = [kept_path(work, name, method, fit) for fit in fits(METHODS[method])]
            if not all(path.is_file() for path in paths):
                yield name, method


def forget(names: Sequence[str], methods: Sequence[str], sizes: Sequence[int], work: Path) -> None:
    """Remove what was kept of these methods."""
    for method in methods:
        for name in names:
            for fit in fits(METHODS[method]):
                kept_path(work, name, method, fit).unlink(missing_ok=True)
        for n_segments in sizes:
            scaling_path(work, method, n_segments).unlink(missing_ok=True)


def main() -> None:
    """Measure what is not kept yet, then write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpora", type=Path, nargs="?", default=os.getenv("ALLIANCE_NLP_CORPORA"))
    parser.add_argument("--work", type=Path, default=Path("themes-work"))
    parser.add_argument("--only", default=",".join(CORPORA), help="corpora; '' for none")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="'' for no scaling")
    parser.add_argument("--again", action="store_true", help="measure anew what was kept")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.corpora is None:
        sys.exit("Name the folder of the corpora, or set ALLIANCE_NLP_CORPORA to it.")
    folder, work = Path(options.corpora), options.work
    names, methods = listed(options.only), listed(options.methods)
    sizes = [int(one) for one in listed(options.sizes)]
    if options.alone:
        if names:
            measure_alone(names[0], methods[0], folder, work)
        else:
            scale_alone(methods[0], sizes[0], work)
        return
    work.mkdir(parents=True, exist_ok=True)
    if options.again:
        forget(names, methods, sizes, work)
    alone = [sys.executable, __file__, folder, "--work", work, "--alone"]
    for name, method in missing(names, methods, work):
        print(f"\n{name}, {method} ", end="", flush=True)
        which = ["--only", name, "--methods", method]
        subprocess.run([*map(str, alone), *which], check=True, env=one_thread())
    for n_segments in sizes:
        for method in methods:
            path = scaling_path(work, method, n_segments)
            if METHODS[method].scales and not path.is_file():
                prepare(n_segments, folder, work)
                print(f"\n{n_segments:,} segments, {method} ", end="", flush=True)
                if ended := scale(method, n_segments, [*alone, "--only", ""]):
                    write_kept(path, {"ended": ended, "made_with": versions(method)})
    stored = json.loads(OUT.read_text(encoding="utf-8")) if OUT.is_file() else {}
    OUT.write_text(results_json(gather(folder, work, stored)) + "\n", encoding="utf-8")
    print(f"\n{OUT}")


def listed(text: str) -> list[str]:
    """Return the names between commas."""
    return [one for one in text.split(",") if one]


if __name__ == "__main__":
    main()
