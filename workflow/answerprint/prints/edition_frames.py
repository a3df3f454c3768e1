"""The frames of an edition in any order, read from the part files that hold them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ..film import log_view
from ..frames.part_file import Reader


class EditionFrames:
    """Consecutive frames of an edition, in one or more part files."""

    def __init__(self, files: Sequence[Path], first: int, view: str = "") -> None:
        """first: the edition's number of the first frame of the first file; view: that through which
        they are to be seen, if any.
        """
        self._view = view
        self._readers = [Reader(path) for path in files]
        self._starts = [first]
        for reader in self._readers:
            self._starts.append(self._starts[-1] + len(reader))

    @property
    def depth(self) -> int:
        """Bits of the stored values."""
        return self._readers[0].depth

    @property
    def own(self) -> range:
        """The numbers of the frames in the first file."""
        return range(self._starts[0], self._starts[1])

    def run(self, start: int, stop: int) -> Iterator[np.ndarray]:
        """Frames start..stop one after another, as stored or as their view shows them: (channels, height, width)."""
        if not self._starts[0] <= start <= stop <= self._starts[-1]:
            raise ValueError(f"frames {start} to {stop} are not in {self._starts[0]} to {self._starts[-1]}")
        for index in range(start, stop):
            number = bisect_right(self._starts, index) - 1
            (planes,) = self._readers[number].integers(index - self._starts[number], index - self._starts[number] + 1)
            yield log_view.shown(planes, self._view, self.depth) if self._view else planes
