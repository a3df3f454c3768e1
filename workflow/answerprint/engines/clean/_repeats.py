"""Dirt in a frame that is shown twice, as where 16 or 18 frames a second were printed or played to 24.

The copy of a frame explains all of its dirt. So dirt is also looked for among the frames that are the film's own, and
what is found in one is repaired in its copy too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ...frames.repeated import own_frames
from ._evidence import Detector, Repair

AROUND = 4
"""A frame is looked at again where one of so many frames on either side is a copy: it was compared with both."""
APART = 1.0
"""Log odds of dirt that a spot must reach among the film's own frames, between which things move further."""


class SharedDirt:
    """Defects that frames of a shot (n, h, w, c) share with their copies; to be asked in order.

    `detector_of` makes what finds defects in a shot; what it finds depends on `seen` frames on either side.
    """

    def __init__(self, frames: np.ndarray, detector_of: Callable[[np.ndarray, float], Detector], seen: int) -> None:
        self._frames = frames
        self._own = own_frames(frames)
        self._numbers = np.cumsum(self._own) - 1
        self._detector = None if self._own.all() else detector_of(frames[self._own], APART)
        self._seen = seen
        self._last: tuple[int, Repair] | None = None

    def added_to(self, repair: Repair, i: int) -> Repair:
        """A repair of frame `i` by all frames around it, and that by the film's own frames."""
        if self._detector is None or self._own[max(0, i - AROUND) : i + AROUND + 1].all():
            return repair
        shared = self._shared(self._detector, int(self._numbers[i]))
        shown = self._frames[np.flatnonzero(self._own)[self._numbers[i]]]
        # Where the copy is rather like the repaired frame, the dirt is not on both.
        more = shared.mask & (_unlike(self._frames[i], shown) < _unlike(self._frames[i], shared.frame))
        return replace(
            repair,
            frame=np.where(more[..., None], shared.frame, repair.frame),
            mask=repair.mask | more,
            inpainted=np.where(more, shared.inpainted, repair.inpainted),
        )

    def _shared(self, detector: Detector, number: int) -> Repair:
        """One of the film's own frames, repaired; a frame and its copies ask for it in a row."""
        if self._last is None or self._last[0] != number:
            self._last = number, detector.detect(number)
            detector.forget(number - self._seen)
        return self._last[1]


def _unlike(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How much two frames (h, w, c) differ, mean over the channels: (h, w)."""
    return np.asarray(np.abs(one - other).mean(axis=2))
