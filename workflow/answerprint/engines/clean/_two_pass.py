"""The frames of a clip, each looked at twice: roughly at half size, then closely between roughly cleaned neighbours."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from ...frames import optical_flow
from ._blotch_detector import WIDE, Finding, Witness, examine, nothing
from ._scratch_search import Upright

ONE_SIDED = 1.6
"""How much more evidence the first and the last frame of a shot need."""
DIRTY = 0.002
"""Share of a frame that is dirt from which on its neighbours are looked at past it, too."""
ROUGHLY = -1.0
"""Log odds from which on the first look takes a spot for dirt: a miss would be copied, an error weakens a witness."""
ALONE = 2.0
"""Log odds that dirt in such a frame has to reach."""
BOLDLY = 6.0
"""Log odds that a blotch has to reach where only the neighbours are asked how the picture moves."""
SMALL = 2
"""The first look is at pictures this many times smaller."""
BENT, MOSTLY = 2.0, 0.5
"""Where motion that is less straight than this, in small pixels, fills a large place, but not so much of the picture,
it is asked for once more of the neighbours alone."""


class Shot:
    """Frames of one shot (n, h, w, c), and what is computed once for several of them.

    Without the first look, dirt in a neighbour would bend the flow, hide dirt beside it and be copied.
    """

    def __init__(self, frames: np.ndarray, *, sensitivity: float, smallest: int) -> None:
        self.frames = frames
        self.sensitivity = sensitivity
        self.smallest = smallest
        self._smalls: dict[int, np.ndarray] = {}
        self._small_looks: dict[int, np.ndarray] = {}
        self._small_flows: dict[tuple[int, int], np.ndarray] = {}
        self._besides: dict[tuple[int, int, int], Finding | None] = {}
        self._firsts: dict[int, Finding | None] = {}
        self._roughs: dict[int, np.ndarray] = {}
        self._looks: dict[int, np.ndarray] = {}
        # Not the bound method: frames of 1080p that hold each other wait gigabytes long for Python's collector.
        own = weakref.proxy(self)
        self.upright = Upright(frames, lambda a, b: own._small_flow(a, b), sensitivity)

    def clean(self, i: int) -> Finding:
        """One frame, repaired. It depends on the two frames before and the two after it."""
        pair, beyond = [], []
        for near, far in ((i - 1, i - 2), (i + 1, i + 2)):
            if not 0 <= near < len(self.frames):
                continue
            steps = optical_flow.flow(self._look(i), self._look(near), "fast")
            pair.append(Witness(frame=self.rough(near), raw=optical_flow.luma(self.frames[near]), steps=steps))
            if 0 <= far < len(self.frames):
                chain = steps + optical_flow.warp(self._onward(near, far), steps)
                beyond.append(Witness(frame=self.frames[far], raw=optical_flow.luma(self.frames[far]), steps=chain))
        still = None
        if len(pair) == 1 and beyond:
            # Two frames of the same side bear witness together; one alone would be no proof.
            far = 2 if i == 0 else i - 2
            cleaned = _without(self.frames[far], self._beside(far, far - 1, far + 1))
            pair, beyond = [*pair, replace(beyond[0], frame=cleaned)], []
            still = self._onward(1, 2) if i == 0 else self._onward(i - 1, i - 2)
        if len(pair) < 2:
            return nothing(self.frames[i])
        first = [f for f in (self._first(i - 1), self._first(i + 1)) if f is not None]
        return examine(
            self.frames[i],
            pair,
            beyond=beyond,
            # Centres and pixel counts of the small picture, as they would be in this one.
            like=[f.bodies * (SMALL, SMALL, SMALL**2, 1) for f in first],
            company=[f.tally for f in first],
            still=still,
            through=(lambda: self._between(i)) if still is None else None,
            sensitivity=self.sensitivity * (1.0 if still is None else ONE_SIDED),
            smallest=self.smallest,
            doubt=0.0 if still is None else ALONE,
        )

    def forget(self, i: int) -> None:
        """Drop what frames up to this one needed."""
        for store in (self._smalls, self._small_looks, self._firsts, self._roughs, self._looks):
            for j in [j for j in store if j <= i]:
                del store[j]
        self.upright.forget(i)
        self._besides = {key: found for key, found in self._besides.items() if min(key) > i}
        self._small_flows = {key: flow for key, flow in self._small_flows.items() if min(key) > i}

    def rough(self, i: int) -> np.ndarray:
        """A frame as the first look cleans it; the first and the last of a shot as they are."""
        if i not in self._roughs:
            self._roughs[i] = _without(self.frames[i], self._first(i))
        return self._roughs[i]

    def _first(self, i: int) -> Finding | None:
        """The first look at a frame: beside its neighbours, and past dirty ones; at an end beside the two next."""
        if i not in self._firsts:
            last = len(self.frames) - 1
            ends = {0: (1, 2), last: (last - 1, last - 2)}
            found = self._beside(i, *ends.get(i, (i - 1, i + 1)))
            if i not in ends and found is not None:
                dirty = self._dirty(i - 1), self._dirty(i + 1)
                # Dirt in the same place of a neighbour hides dirt; then the frame behind it bears witness.
                for before, after, needed in (
                    (i - 2, i + 1, dirty[0]),
                    (i - 1, i + 2, dirty[1]),
                    (i - 2, i + 2, all(dirty)),
                ):
                    other = self._beside(i, before, after) if needed else None
                    found = found if other is None else found.joined(other)
            self._firsts[i] = found
        return self._firsts[i]

    def _dirty(self, i: int) -> bool:
        """Whether so much of a frame is dirt that dirt beside it may lie in the same place."""
        plain = self._beside(i, i - 1, i + 1)
        return plain is None or float(plain.mask.mean()) > DIRTY

    def _beside(self, i: int, before: int, after: int) -> Finding | None:
        """The first look at a frame beside two others of the shot."""
        if not (0 <= before < len(self.frames) and 0 <= after < len(self.frames)):
            return None
        key = i, before, after
        if key not in self._besides:
            steps = self._small_flow(i, before), self._small_flow(i, after)
            if (before - i) * (after - i) > 0:
                self._besides[key] = self._look_at(key, steps, still=self._small_flow(before, after))
                return self._besides[key]

            def through() -> tuple[np.ndarray, np.ndarray]:
                return _through(self._small_look(before), self._small_look(after), (i - before) / (after - before))

            found = self._look_at(key, steps, through=through)
            bent = steps[0] * (after - i) + steps[1] * (i - before)
            crooked = (np.abs(bent).max(axis=2) > BENT * (after - before)).astype(np.uint8)
            # A large blotch draws the flow to what resembles it. In a fight the neighbours know no better.
            if crooked.mean() < MOSTLY and cv2.erode(crooked, WIDE).any():
                found = found.joined(self._look_at(key, through(), doubt=BOLDLY).wide())
            self._besides[key] = found
        return self._besides[key]

    def _look_at(
        self,
        key: tuple[int, int, int],
        steps: tuple[np.ndarray, np.ndarray],
        *,
        still: np.ndarray | None = None,
        through: Callable[[], tuple[np.ndarray, np.ndarray]] | None = None,
        doubt: float = ROUGHLY,
    ) -> Finding:
        """The first look at a frame beside two others, in a small size and along given motion."""
        pair = [
            Witness(frame=self._small(j), raw=optical_flow.luma(self._small(j)), steps=way)
            for j, way in zip(key[1:], steps, strict=True)
        ]
        return examine(
            self._small(key[0]),
            pair,
            beyond=[],
            like=[],
            company=[],
            still=still,
            through=through,
            sensitivity=self.sensitivity,
            smallest=1,
            doubt=doubt,
        )

    def _small(self, i: int) -> np.ndarray:
        if i not in self._smalls:
            frame = self.frames[i]
            size = -(-frame.shape[1] // SMALL), -(-frame.shape[0] // SMALL)
            small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
            self._smalls[i] = small.reshape(size[1], size[0], -1)
        return self._smalls[i]

    def _small_flow(self, i: int, j: int) -> np.ndarray:
        """Flow between small frames as they are, but for the smallest dirt, which a median takes away."""
        if (i, j) not in self._small_flows:
            self._small_flows[i, j] = optical_flow.flow(self._small_look(i), self._small_look(j), "fast")
        return self._small_flows[i, j]

    def _small_look(self, i: int) -> np.ndarray:
        if i not in self._small_looks:
            self._small_looks[i] = cv2.medianBlur(optical_flow.eight_bits(optical_flow.luma(self._small(i))), 3)
        return self._small_looks[i]

    def _onward(self, i: int, j: int) -> np.ndarray:
        """The same for the frames in full size."""
        height, width = self.frames.shape[1:3]
        return SMALL * cv2.resize(self._small_flow(i, j), (width, height), interpolation=cv2.INTER_LINEAR)

    def _between(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        """Flow from a frame to its neighbours, roughly cleaned and small, that the frame itself is not asked for."""
        height, width = self.frames.shape[1:3]
        size = -(-width // SMALL), -(-height // SMALL)
        before, after = (cv2.resize(self._look(j), size, interpolation=cv2.INTER_AREA) for j in (i - 1, i + 1))
        ways = [cv2.resize(way, (width, height)) * SMALL for way in _through(before, after, 0.5)]
        return ways[0], ways[1]

    def _look(self, i: int) -> np.ndarray:
        """What the optical flow sees of a roughly cleaned frame."""
        if i not in self._looks:
            self._looks[i] = optical_flow.eight_bits(optical_flow.luma(self.rough(i)))
        return self._looks[i]


def _without(frame: np.ndarray, first: Finding | None) -> np.ndarray:
    """A frame (h, w, c) without what a first look at it in a small size has found, if anything."""
    if first is None or not first.mask.any():
        return frame
    size = frame.shape[1], frame.shape[0]
    hole = cv2.resize(first.mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    filled = cv2.resize(first.frame, size, interpolation=cv2.INTER_CUBIC).reshape(frame.shape)
    return np.where(hole[..., None], filled, frame)


def _through(before: np.ndarray, after: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Flow to two looks, uint8 (h, w), from what lies `share` of the way from the one to the other."""
    whole = optical_flow.flow(before, after, "fast")
    there = whole
    for _ in range(2):
        there = optical_flow.warp(whole, -share * there)
    return -share * there, (1 - share) * there
