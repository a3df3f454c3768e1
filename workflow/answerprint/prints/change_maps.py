"""Change maps: one byte a pixel whose bit k says that stage k of the chain changed the pixel."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from ..film.frame_rates import positions
from ..frames.part_file import Reader
from ..plan.chain import STAGES


def bit(stage: str) -> int:
    """The bit of a stage, as a byte."""
    return 1 << STAGES.index(stage)


class ChangeMap:
    """The change maps of one part, from the `.changes` files of the stages before and in an edition.

    `bounds` are the film frames of the part. With an `interpolate` step among the files, `rates` (before, after)
    say which film frames an output frame lies between.
    """

    def __init__(
        self,
        files: dict[str, Path],
        bounds: tuple[int, int],
        size: tuple[int, int],
        frames: int = 0,
        rates: tuple[Fraction, Fraction] | None = None,
    ) -> None:
        self._readers = {stage: Reader(path) for stage, path in files.items() if stage != "interpolate"}
        self._between = Reader(files["interpolate"]) if "interpolate" in files else None
        self._bounds, self._size = bounds, size
        self.film_frames = [int(place) for _, place in positions(*bounds, frames, *rates)] if rates else None

    def __len__(self) -> int:
        return len(self._between) if self._between else self._bounds[1] - self._bounds[0]

    def of_film(self, index: int) -> np.ndarray:
        """The map of the part's film frame `index`, without in-between frames: uint8 (h, w) in the edition's size."""
        height, width = self._size
        marks = np.zeros((height, width), np.uint8)
        for stage, reader in self._readers.items():
            changed = reader.integers(index, index + 1)[0, 0]
            if changed.shape != marks.shape:
                changed = cv2.resize(changed, (width, height), interpolation=cv2.INTER_NEAREST)
            marks |= changed * np.uint8(bit(stage))
        return marks

    def __iter__(self) -> Iterator[np.ndarray]:
        """The maps of all frames that the edition has in this part."""
        last, marks = -1, np.zeros(self._size, np.uint8)
        for index in range(len(self)):
            film = min(self.film_frames[index], self._bounds[1] - 1) - self._bounds[0] if self.film_frames else index
            if film != last:
                last, marks = film, self.of_film(film)
            if self._between is None:
                yield marks
            else:
                yield marks | self._between.integers(index, index + 1)[0, 0] * np.uint8(bit("interpolate"))
