"""The frames of a shot at half size."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

import cv2
import numpy as np

SMALL = 2
"""So many times smaller than the frames."""
HELD = 12
"""About as many are asked for again and again while one frame is examined."""


class Frames(Protocol):
    """Frames of one shot, (n, h, w, c)."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Frames, height, width and channels."""

    def __len__(self) -> int:
        """How many there are."""

    def __getitem__(self, i: int, /) -> np.ndarray:
        """One of them, (h, w, c)."""


class Halves:
    """Frames of one shot (n, h, w, c) at half size, each made when it is asked for; the last HELD are kept."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        count, height, width, channels = frames.shape
        self.shape = count, -(-height // SMALL), -(-width // SMALL), channels
        self._kept = lru_cache(HELD)(self._half)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._frames)

    def __getitem__(self, i: int) -> np.ndarray:
        """One of them, (h, w, c), not to be written to."""
        return self._kept(i)

    def _half(self, i: int) -> np.ndarray:
        height, width, channels = self.shape[1:]
        small = cv2.resize(self._frames[i], (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray(small).reshape(height, width, channels)
