"""Change maps: 16 bits for each pixel, whose bit k is set when stage k of the chain changed the pixel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from ..film.parts import Part
from ..frames.changed import CHANGED, LENT
from ..frames.part_file import Reader
from ..plan.chain import STAGES


def bit(stage: str) -> int:
    """The bit of a stage, as a number."""
    return 1 << STAGES.index(stage)


ELEMENT = 1 << 15
"""The bit of pixels that are another element's: it stands beside that of the stage that took them."""
TAG = "change_map"
"""The tag by which a change map says what its values mean."""


def legend(stages: Iterable[str], *, elements: bool = False) -> str:
    """What the values of a change map of these stages mean, such as "2 stabilise, 16 clean"; of a film with others."""
    said = [f"{bit(stage)} {stage}" for stage in stages]
    return ", ".join([*said, f"{ELEMENT} another element"] if elements else said)


def stages_of(path: Path) -> dict[str, int]:
    """The bit of each stage as the change map at `path` says; empty for one that does not say."""
    with av.open(f"file:{path}") as container:
        tags = {name.lower(): value for name, value in container.metadata.items()}
    pairs = (entry.split(maxsplit=1) for entry in tags.get(TAG, "").split(", ") if entry)
    return {stage: int(value) for value, stage in pairs}


@dataclass(frozen=True, kw_only=True)
class Retimed:
    """The stage that gives a part other moments than the film's, and the film frame at or before each of them."""

    stage: str
    film_frames: tuple[int, ...]

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Retimed:
        """What the record of that stage for the part says."""
        return cls(stage=record["stage"], film_frames=tuple(int(Fraction(time)) for time in record["times"]))


class ChangeMap:
    """The change maps of one part of an edition, from the `.changes` files of its stages."""

    def __init__(
        self,
        files: Mapping[str, Path],
        part: Part,
        size: tuple[int, int],
        retimed: Retimed | None = None,
    ) -> None:
        """`size` is (height, width); `retimed` is for an edition with a stage that does that."""
        self._retimed_by = retimed.stage if retimed else ""
        self._readers = {stage: Reader(path) for stage, path in files.items() if stage != self._retimed_by}
        self._in_between = Reader(files[retimed.stage]) if retimed else None
        self._part, self._size = part, size
        self.film_frames = retimed.film_frames if retimed else None

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
            marks |= (changed & CHANGED) * np.uint16(bit(stage)) | (changed & LENT != 0) * np.uint16(ELEMENT)
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
