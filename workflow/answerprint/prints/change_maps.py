"""Change maps: 16 bits for each pixel, whose bit k is set when stage k of the chain changed the pixel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from ..film.frame_rates import positions
from ..film.parts import Part
from ..frames.part_file import Reader
from ..plan.chain import STAGES


def bit(stage: str) -> int:
    """The bit of a stage, as a number."""
    return 1 << STAGES.index(stage)


@dataclass(frozen=True, kw_only=True)
class Retiming:
    """What gives an edition another rate than its film's."""

    stage: str
    before: Fraction
    """Frames a second."""
    after: Fraction
    film_frames: int

    def frames_shown(self, part: Part) -> list[int]:
        """The film frame at or before each output frame of a part."""
        times = positions(part.first, part.stop, self.film_frames, self.before, self.after)
        return [int(time) for _, time in times]


class ChangeMap:
    """The change maps of one part of an edition, from the `.changes` files of its stages."""

    def __init__(
        self,
        files: Mapping[str, Path],
        part: Part,
        size: tuple[int, int],
        retiming: Retiming | None = None,
    ) -> None:
        """`size` is (height, width); `retiming` is that of an edition at another rate."""
        self._retimed_by = retiming.stage if retiming else ""
        self._readers = {stage: Reader(path) for stage, path in files.items() if stage != self._retimed_by}
        self._in_between = Reader(files[retiming.stage]) if retiming else None
        self._part, self._size = part, size
        self.film_frames = retiming.frames_shown(part) if retiming else None

    def __len__(self) -> int:
        return len(self._in_between) if self._in_between else self._part.frames

    def of_film(self, index: int) -> np.ndarray:
        """The map of the part's film frame `index`, without in-between frames: uint16 (h, w) in the edition's size."""
        height, width = self._size
        marks = np.zeros((height, width), np.uint16)
        for stage, reader in self._readers.items():
            changed = reader.integers(index, index + 1)[0, 0]
            if changed.shape != marks.shape:
                changed = cv2.resize(changed, (width, height), interpolation=cv2.INTER_NEAREST)
            marks |= changed * np.uint16(bit(stage))
        return marks

    def __iter__(self) -> Iterator[np.ndarray]:
        """The maps of all frames that the edition has in this part."""
        last, marks = -1, np.zeros(self._size, np.uint16)
        for index in range(len(self)):
            film = min(self.film_frames[index], self._part.stop - 1) - self._part.first if self.film_frames else index
            if film != last:
                last, marks = film, self.of_film(film)
            if self._in_between is None:
                yield marks
            else:
                yield marks | self._in_between.integers(index, index + 1)[0, 0] * np.uint16(bit(self._retimed_by))
