"""Film frames read from a part and the parts beside it, by their numbers in the film."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from .part_file import Reader, to_floats

BLOCK_BYTES = 64_000_000
"""Memory for the frames handed to an engine at once: 24 frames of 640x360 grey and more, 2 to 7 of 1080p."""
LARGEST_BLOCK = 24
"""Frames handed to an engine at once, at most."""
SHARED_BLOCK = 8
"""As many at least, where neighbours are looked at: what is found in them is found again for the next block, which for
2 frames of 1080p at a time took `clean` twice as long."""
OPEN = 16
"""Part files that stay open: a film may have more of them than a process may have files."""


class FrameWindow:
    """Film frames of consecutive part files; `bounds` are (first, stop) of each in film frames."""

    def __init__(self, paths: Sequence[Path], bounds: Sequence[Sequence[int]]) -> None:
        self._parts = [(first, stop, path) for path, (first, stop) in zip(paths, bounds, strict=True)]
        self._reader = lru_cache(maxsize=OPEN)(Reader)
        self.first = bounds[0][0]
        self.stop = bounds[-1][1]
        self.format = self._reader(paths[0]).format

    def integers(self, start: int, stop: int) -> np.ndarray:
        """Film frames start..stop as stored: (n, channels, height, width)."""
        pieces = [
            self._reader(path).integers(max(start, first) - first, min(stop, last) - first)
            for first, last, path in self._parts
            if first < stop and last > start
        ]
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    def locate(self, frame: int) -> tuple[Reader, int]:
        """The part file that holds a film frame, and its number there."""
        return next((self._reader(path), frame - first) for first, stop, path in self._parts if first <= frame < stop)

    def frames(self, start: int, stop: int) -> np.ndarray:
        """Film frames start..stop as float32 (n, h, w, c), 0..1."""
        return to_floats(self.integers(start, stop), self.format.depth)

    def block_length(self, radius: int = 0) -> int:
        """How many frames fit into one block, where `radius` neighbours on either side are looked at."""
        channels, height, width, _ = self.format
        least = max(2, min(SHARED_BLOCK, radius))
        return max(least, min(LARGEST_BLOCK, BLOCK_BYTES // (height * width * channels * 4)))
