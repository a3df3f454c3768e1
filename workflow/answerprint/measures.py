"""Measures of frames on disk: arrays by name whose first axis runs over frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .engines import Measures
from .files import whole


def gather(paths: list[Path], output: Path) -> None:
    """Join the measures of all parts into those of the film."""
    save(output, joined(paths))


def joined(paths: list[Path]) -> Measures:
    """The measures of a film from those of its parts."""
    return in_a_row([dict(np.load(path)) for path in paths])


def in_a_row(found: list[Measures]) -> Measures:
    """Measures of runs of frames, one after another, as those of all of them."""
    return {key: np.concatenate([measures[key] for measures in found]) for key in found[0]}


def save(output: Path, measures: Measures) -> None:
    """Write measures whole, as an .npz."""
    arrays: dict[str, Any] = dict(measures)
    with whole(output) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)
