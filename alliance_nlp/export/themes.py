"""Make a folder that shows themes: the map, who says what, and the tables behind them."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from alliance_nlp.errors import ExportError
from alliance_nlp.export import positions
from alliance_nlp.export.frames import (
    candidates,
    segments_to_frame,
    spread_to_frame,
    theme_label,
    theme_numbers,
    themes_to_frame,
)
from alliance_nlp.export.map_page import map_page
from alliance_nlp.export.pictures import FULL_AT, Dot, map_pictures, spread_pictures
from alliance_nlp.export.tables import harmless
from alliance_nlp.files import replacing
from alliance_nlp.segments import Segment
from alliance_nlp.themes import Theme
from alliance_nlp.wording import count

if TYPE_CHECKING:
    import pandas as pd

_ABOUT_THE_MAP = "Near each other is alike; how far apart groups lie says little."
_ALL_OF = {"participant": "that the participant says", "language": "in the language"}
_ABOUT_SHARES = (
    "Numbers of segments; the darker, the greater their part of all {}, from white for none to "
    f"{FULL_AT:.0%} and more."
)


def write_theme_pictures(
    folder: str | Path,
    themes: Sequence[Theme],
    segments: Sequence[Segment],
    embeddings: npt.ArrayLike,
    *,
    title: str = "Themes",
) -> list[Path]:
    """Write pictures and tables of themes into a folder, and return their paths.

    `map.html` is one page that loads nothing: the map of segments to point at and search, the
    themes and who says what.  `map`, `participants` and `languages` as `.svg` and `.png` are for a
    paper.  `themes.csv`, `segments.csv`, `participants.csv` and `languages.csv` hold what
    `themes_to_frame`, `segments_to_frame` and `spread_to_frame` return.  A title in a script that
    no font of this machine can draw stands in the tables and on the page, and as `Theme 3` in the
    pictures.  They hold what people said in confidence: new files are readable by the user alone.

    Args:
        folder: Where to; it is made if it is not there.
        themes: What is shown, numbered in this order.
        segments: What the themes were found in.
        embeddings: One row per segment.
        title: What stands above the pictures.

    Raises:
        ExportError: There are no segments, a theme is about one that is not given, or a file
            cannot be written.
        ValueError: The embeddings do not fit the segments.

    >>> import tempfile
    >>> segments = [Segment(f"p01:{i}-{i + 1}", "p01", i, i + 1, "a") for i in range(3)]
    >>> theme = Theme("theme-1", "Waiting", ("p01:0-1", "p01:1-2"), (1.0, 1.0))
    >>> written = write_theme_pictures(tempfile.mkdtemp(), [theme], segments, np.eye(3))
    >>> [path.name for path in written][:4]
    ['map.html', 'map.svg', 'map.png', 'participants.svg']
    """
    if not segments:
        raise ExportError("there are no segments, so there is nothing to draw; cut some first")
    vectors = np.asarray(embeddings)
    if len(vectors) != len(segments):
        raise ValueError(
            f"embeddings of shape {vectors.shape} do not fit {len(segments)} segments: "
            "one row per segment is needed"
        )
    folder = folder_for(folder)
    dots, note = _dots(themes, segments, vectors)
    labels = [theme_label(theme, number) for number, theme in enumerate(themes, start=1)]
    spread = {
        "participant": spread_to_frame(themes, segments),
        "language": spread_to_frame(themes, segments, by="language"),
    }
    totals = spread["language"].sum(axis=1).tolist()
    note = f"{note} {_ABOUT_THE_MAP}".strip()
    page = map_page(themes, segments, dots, spread, title=title, note=note)
    files = {"map.html": page.encode("utf-8", errors="replace")}
    drawn = map_pictures(dots, labels, [totals[-1], *totals[:-1]], title=title, note=note)
    files |= {f"map{ending}": content for ending, content in drawn.items()}
    for by, frame in spread.items():
        note = _ABOUT_SHARES.format(_ALL_OF[by])
        drawn = spread_pictures(frame, by=by, title=f"{title}, by {by}", note=note)
        files |= {f"{by}s{ending}": content for ending, content in drawn.items()}
    files["themes.csv"] = _csv(themes_to_frame(themes, segments))
    files["segments.csv"] = _csv(segments_to_frame(themes, segments))
    files |= {f"{by}s.csv": _csv(frame.reset_index()) for by, frame in spread.items()}
    for name, content in files.items():
        with replacing(folder / name) as file:
            file.write(content)
    return [folder / name for name in files]


def folder_for(folder: str | Path) -> Path:
    """Return a folder that pictures can be written to, made if it was not there.

    Raises:
        ExportError: It is a file, or cannot be made.
    """
    if not str(folder):
        raise ExportError("a folder without a name: name one for the pictures")
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise ExportError(f"{folder} is not a folder: name one for the pictures") from error
    except OSError as error:
        raise ExportError(
            f"{folder}: the folder cannot be made ({error.strerror}); choose another place"
        ) from error
    return folder


def _dots(
    themes: Sequence[Theme], segments: Sequence[Segment], vectors: npt.NDArray[np.floating]
) -> tuple[list[Dot], str]:
    """Place the segments, and say so if they are a sample."""
    numbers = theme_numbers(themes, segments)
    said = {each.id for each in candidates(themes, segments)}
    rows = [row for row, each in enumerate(segments) if each.id in said]
    kept = positions.sampled(themes, [segments[row] for row in rows], positions.MOST_ON_A_MAP)
    n_said, rows = len(rows), [rows[each] for each in kept]
    places = positions.positions_of([segments[row] for row in rows], vectors[rows])
    dots = [
        Dot(row, round(float(x), 4), round(float(y), 4), numbers.get(segments[row].id, 0))
        for row, (x, y) in zip(rows, places, strict=True)
    ]
    dots.sort(key=lambda dot: segments[dot.row].id)
    note = f"An even sample of {len(rows):,} of {count(n_said, 'segment')}."
    return dots, note if len(rows) < n_said else ""


def _csv(frame: "pd.DataFrame") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(map(harmless, map(str, frame.columns)))
    for row in frame.itertuples(index=False):
        cells = ("" if isinstance(cell, float) and np.isnan(cell) else cell for cell in row)
        writer.writerow([harmless(c) if isinstance(c, str) else c for c in cells])
    return text.getvalue().encode("utf-8-sig")
