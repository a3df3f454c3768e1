"""Missing frames: what a film shows where frames of its numbered folder are not there."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np

from ..runtime.errors import FilmError
from .frame_order import placed_files
from .ledger import BLACK
from .lost_frames import MOST

Shown = Literal["refuse", "hold", "rebuild", "black"]
"""refuse: the run stops; hold: the frame before the gap; rebuild: the same, until `interpolate` draws the frames anew;
black: nothing."""


@dataclass(frozen=True, kw_only=True)
class PlacedFiles:
    """The files of a frame folder, and the places of the film that have none."""

    files: tuple[Path, ...]
    ledger: np.ndarray
    """int64, (film frames,): the file that each film frame shows, or BLACK."""
    missing: tuple[int, ...]
    """Film frames that no file holds."""
    warnings: tuple[str, ...]


def read(folder: Path, shown: Shown) -> PlacedFiles:
    """The files of a folder in order. Raises FilmError for a gap that is refused, or too long to be drawn anew."""
    placed = placed_files(folder, gaps=shown != "refuse")
    places = np.array([place for _, place in placed])
    frames = np.arange(places[-1] + 1)
    before = np.searchsorted(places, frames, side="right") - 1
    absent = places[before] != frames
    gaps = [(int(a) + 1, int(b)) for a, b in pairwise(places) if b > a + 1]
    for first, stop in gaps:
        if shown == "rebuild" and stop - first > MOST:
            raise FilmError(
                f"In {folder} {stop - first} frames are missing from frame {first} on, too many to draw anew.",
                f"At most {MOST} in a row can be: set `missing: hold` or `missing: black`.",
            )
    return PlacedFiles(
        files=tuple(path for path, _ in placed),
        ledger=np.where(absent, BLACK, before) if shown == "black" else before,
        missing=tuple(np.flatnonzero(absent).tolist()),
        warnings=tuple(_sentence(first, stop, shown) for first, stop in gaps),
    )


def _sentence(first: int, stop: int, shown: Shown) -> str:
    which = f"Frame {first} is" if stop == first + 1 else f"Frames {first} to {stop - 1} are"
    instead = {
        "hold": "the frame before is held",
        "rebuild": "the frame before is held, and editions with in-between frames have drawn ones",
        "black": "black is shown",
    }
    return f"{which} missing in the folder: {instead[shown]}."
