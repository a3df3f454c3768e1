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
INSTEAD = {
    "hold": "the frame before is held",
    "rebuild": "the frame before is held, and editions with in-between frames have drawn ones",
    "black": "black is shown",
}


@dataclass(frozen=True, kw_only=True)
class _Gap:
    """Film frames first..stop (exclusive) that no file holds."""

    first: int
    stop: int
    before: str
    """The file before the gap. Files are rarely numbered as the film's frames are, from 0."""
    after: str

    def __str__(self) -> str:
        several = self.stop > self.first + 1
        which = f"Film frames {self.first} to {self.stop - 1} are" if several else f"Film frame {self.first} is"
        return f"{which} missing between {self.before} and {self.after}"


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
    gaps = [
        _Gap(first=a + 1, stop=b, before=left.name, after=right.name)
        for (left, a), (right, b) in pairwise(placed)
        if b > a + 1
    ]
    for gap in gaps:
        if shown == "rebuild" and gap.stop - gap.first > MOST:
            raise FilmError(
                f"{gap} in {folder}, too many to draw anew.",
                f"At most {MOST} in a row can be: set `missing: hold` or `missing: black`.",
            )
    return PlacedFiles(
        files=tuple(path for path, _ in placed),
        ledger=np.where(absent, BLACK, before) if shown == "black" else before,
        missing=tuple(np.flatnonzero(absent).tolist()),
        warnings=tuple(f"{gap} in the folder: {INSTEAD[shown]}." for gap in gaps),
    )
