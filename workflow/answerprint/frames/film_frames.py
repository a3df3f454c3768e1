"""Frames of a film as an engine asks for them, one by one, where a whole part at once would not fit into memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np

from .window import FrameWindow

HELD = 12
"""So many frames, the last that were asked for, are not read again: for each, `clean` looks at ten others."""


class FilmFrames:
    """Some frames of a window in order, float32 (n, h, w, c), 0..1, each read when it is asked for."""

    def __init__(self, window: FrameWindow, numbers: Sequence[int], held: dict[int, np.ndarray] | None = None) -> None:
        self._window, self._numbers = window, numbers
        self._held = {} if held is None else held
        channels, height, width, _ = window.format
        self.shape = len(numbers), height, width, channels

    def __len__(self) -> int:
        """How many there are."""
        return len(self._numbers)

    @overload
    def __getitem__(self, which: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, which: slice | np.ndarray) -> FilmFrames: ...
    def __getitem__(self, which: int | slice | np.ndarray) -> np.ndarray | FilmFrames:
        """One of them, (h, w, c), not to be written to; or those of a slice or of a mask, bool (n,)."""
        if isinstance(which, slice):
            return FilmFrames(self._window, self._numbers[which], self._held)
        if isinstance(which, np.ndarray):
            return FilmFrames(self._window, [self._numbers[i] for i in np.flatnonzero(which).tolist()], self._held)
        number = self._numbers[which]
        # What was asked for last goes to the end.
        frame = self._held.pop(number, None)
        self._held[number] = self._window.frames(number, number + 1)[0] if frame is None else frame
        while len(self._held) > HELD:
            del self._held[next(iter(self._held))]
        return self._held[number]
