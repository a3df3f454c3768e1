"""Dirt in film that shows frames twice, as where 16 or 18 frames a second were printed or played to 24.

The copy of a frame explains all of its dirt. So dirt is looked for among the frames that are the film's own, and what
is found in one is repaired in its copy too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from ...frames.repeated import own_frames
from ._detect import SQUARE
from ._evidence import Detector, Repair
from ._scratches import Line

ITS_OWN = 0.1
"""Where a copy is by more than this, of 1, lighter or darker than all that its original shows around that place, it may
have dirt of its own: compressed copies of *Chaplin* do so in one of 37."""


class OwnFrames:
    """Defects in the frames of a shot (n, h, w, c), found among those that are its own; to be asked in order.

    `detector_of` makes what finds defects in a shot.
    """

    def __init__(self, frames: np.ndarray, detector_of: Callable[[np.ndarray], Detector]) -> None:
        self._frames = frames
        own = own_frames(frames)
        self._originals = np.flatnonzero(own)
        self._numbers = np.cumsum(own) - 1
        self._among_all = detector_of(frames)
        self._among_own = self._among_all if own.all() else detector_of(frames[own])
        self._last: tuple[int, Repair] | None = None
        self._differing: dict[int, bool] = {}

    def detect(self, i: int) -> Repair:
        """Frame `i` of the shot, repaired; beside its own copy it is compared only where that is not quite alike."""
        number = int(self._numbers[i])
        shared, original = self._shared(number), self._frames[self._originals[number]]
        if np.count_nonzero(self._numbers == number) == 1:
            return shared
        repair = self._among_all.detect(i) if self._differs(number) else self._untouched(i)
        # Where the copy is rather like the repaired frame, the dirt is not on both.
        more = shared.mask & (_unlike(self._frames[i], original) < _unlike(self._frames[i], shared.frame))
        return replace(
            repair,
            frame=np.where(more[..., None], shared.frame, repair.frame),
            mask=repair.mask | more,
            inpainted=np.where(more, shared.inpainted, repair.inpainted),
        )

    def scratches(self, i: int) -> list[Line]:
        """The scratches of frame `i`."""
        number = int(self._numbers[i])
        if self._differs(number):
            return self._among_all.scratch_search.scratches(i)
        return self._among_own.scratch_search.scratches(number)

    def forget(self, done: int) -> None:
        """Drop what no frame after this one needs."""
        self._among_all.forget(done)
        if self._among_own is not self._among_all:
            self._among_own.forget(int(self._numbers[done]))

    def _differs(self, number: int) -> bool:
        """Whether a copy of one of the film's own frames is not quite like it."""
        if number not in self._differing:
            original, *copies = np.flatnonzero(self._numbers == number)
            self._differing[number] = any(_differ(self._frames[copy], self._frames[original]) for copy in copies)
        return self._differing[number]

    def _untouched(self, i: int) -> Repair:
        nowhere = np.zeros(self._frames.shape[1:3], bool)
        return Repair(frame=self._frames[i], mask=nowhere, inpainted=nowhere)

    def _shared(self, number: int) -> Repair:
        """One of the film's own frames, repaired; a frame and its copies ask for it in a row."""
        if self._last is None or self._last[0] != number:
            self._last = number, self._among_own.detect(number)
        return self._last[1]


def _differ(copy: np.ndarray, original: np.ndarray) -> bool:
    """Whether a frame (h, w, c) shows something that the frame which it repeats does not, or the other way round."""
    return any(
        bool(((one > cv2.dilate(other, SQUARE) + ITS_OWN) | (one < cv2.erode(other, SQUARE) - ITS_OWN)).any())
        for c in range(copy.shape[2])
        for one, other in ((copy[..., c], original[..., c]), (original[..., c], copy[..., c]))
    )


def _unlike(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How much two frames (h, w, c) differ, mean over the channels: (h, w)."""
    return np.asarray(np.abs(one - other).mean(axis=2))
