"""Make rows that can be compared: vectors without what all texts of a study share."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]

_STEADINESS = 10  # a mean of few rows is drawn to what is known already, as if by so many


def unit(rows: Floats) -> Floats:
    """Return the rows with length 1; rows of zeros stay."""
    unit: Floats = rows / (np.linalg.norm(rows, axis=-1, keepdims=True) + 1e-9)
    return unit


def steady_mean(rows: Floats, prior: Floats | float) -> Floats:
    """Return the mean row; that of few rows lies near the prior."""
    mean: Floats = (rows.sum(axis=0, dtype=float) + _STEADINESS * prior) / (len(rows) + _STEADINESS)
    return mean


def centres_of(rows: Floats, languages: Sequence[str], prior: Floats | float) -> dict[str, Floats]:
    """Return the mean row of each language, and `''` for all together."""
    overall = steady_mean(rows, prior)
    names = np.array(languages)
    of_language = {
        name: steady_mean(rows[names == name], overall) for name in sorted(set(languages))
    }
    return {**of_language, "": overall}


def less_centre(rows: Floats, languages: Sequence[str], centres: dict[str, Floats]) -> Floats:
    """Take the centre of its language off each row; a language not seen before has that of all."""
    off = [centres.get(name, centres[""]) for name in languages]
    less: Floats = rows - np.reshape(off, rows.shape)
    return less
