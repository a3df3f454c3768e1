"""The first, rough look at the frames of a shot, at its smallest size: each between its neighbours as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np

from ...frames import optical_flow
from . import _undisturbed
from ._blotch_detector import examine
from ._evidence import WIDE, Detection, Evidence, Flows, Neighbour
from ._halves import Frames

SEEN = 2
"""What is found in a frame depends on so many frames on either side."""
DIRTY = 0.002
"""From this share of a frame being dirt, its neighbours are also compared with the frame behind it."""
ROUGH_ODDS = -1.0
"""Log odds from which the first pass takes a spot for dirt: a miss is copied, an error only weakens a neighbour."""
BYPASS_ODDS = 6.0
"""Log odds that a blotch must reach where only the neighbours say how the picture moves."""
BENT, MOSTLY = 2.0, 0.5
"""Where motion deviates from a straight line by more than this, in pixels, over a wide place but less than this
share of the picture, it is measured once more from the neighbours alone."""


class FirstPass:
    """Dirt in the small frames of one shot (n, h, w, c), roughly; keeps what several need until told to forget it."""

    def __init__(self, frames: Frames, sensitivity: float) -> None:
        self.frames = frames
        self.sensitivity = sensitivity
        self._views: dict[int, np.ndarray] = {}
        self._flows: dict[tuple[int, int], np.ndarray] = {}
        self._comparisons: dict[tuple[int, int, int], Detection | None] = {}
        self._found: dict[int, Detection | None] = {}

    def found(self, i: int) -> Detection | None:
        """Dirt in a frame: between its neighbours, and past dirty ones; at an end beside the next two.

        None in a shot of fewer frames.
        """
        if i not in self._found:
            last = len(self.frames) - 1
            ends = {0: (1, 2), last: (last - 1, last - 2)}
            detection = self._compare(i, *ends.get(i, (i - 1, i + 1)))
            if i not in ends and detection is not None:
                dirty = self._dirty(i - 1), self._dirty(i + 1)
                # Dirt in the same place of a neighbour hides dirt; then the frame behind it is compared.
                for before, after, needed in (
                    (i - 2, i + 1, dirty[0]),
                    (i - 1, i + 2, dirty[1]),
                    (i - 2, i + 2, all(dirty)),
                ):
                    other = self._compare(i, before, after) if needed else None
                    detection = detection if other is None else detection.joined(other)
            self._found[i] = detection
        return self._found[i]

    def onward(self, i: int, j: int) -> np.ndarray:
        """Flow between frames as they are, but for the smallest dirt, which a median removes, (h, w, 2)."""
        if (i, j) not in self._flows:
            self._flows[i, j] = optical_flow.flow(self._view(i), self._view(j), "fast")
        return self._flows[i, j]

    def forget(self, i: int) -> None:
        """Drop what frames up to this one needed."""
        store: dict[int, Any]
        for store in (self._views, self._found):
            for j in [j for j in store if j <= i]:
                del store[j]
        self._comparisons = {key: detection for key, detection in self._comparisons.items() if min(key) > i}
        self._flows = {key: flow for key, flow in self._flows.items() if min(key) > i}

    def _dirty(self, i: int) -> bool:
        """Whether so much of a frame is dirt that dirt in the next frame may lie in the same place."""
        detection = self._compare(i, i - 1, i + 1)
        return detection is None or float(detection.mask.mean()) > DIRTY

    def _compare(self, i: int, before: int, after: int) -> Detection | None:
        """Dirt in a frame, compared with two others of the shot; None where these do not exist."""
        if not (0 <= before < len(self.frames) and 0 <= after < len(self.frames)):
            return None
        key = i, before, after
        if key not in self._comparisons:
            one_sided = (before - i) * (after - i) > 0
            self._comparisons[key] = self._compare_one_sided(*key) if one_sided else self._compare_between(*key)
        return self._comparisons[key]

    def _compare_one_sided(self, i: int, near: int, far: int) -> Detection:
        """Dirt in a frame, compared with two others on one side of it."""
        flows = self.onward(i, near), self.onward(i, far)
        return examine(self._evidence((i, near, far), flows, onward_flow=self.onward(near, far)))

    def _compare_between(self, i: int, before: int, after: int) -> Detection:
        """Dirt in a frame, compared with two others on either side of it."""
        key = i, before, after

        def bypass() -> Flows:
            return _undisturbed.between(self._view(before), self._view(after), (i - before) / (after - before))

        first = self.onward(i, before), self.onward(i, after)
        views = [self._view(before), self._view(after)]
        flows = _undisturbed.flows(self._view(i), views, first)
        detection = examine(self._evidence(key, flows, bypass=bypass))
        bend = first[0] * (after - i) + first[1] * (i - before)
        crooked = (np.abs(bend).max(axis=2) > BENT * (after - before)).astype(np.uint8)
        # A large blotch draws the flow to what resembles it. Where all is in turmoil, the neighbours know no better.
        if crooked.mean() < MOSTLY and cv2.erode(crooked, WIDE).any():
            detection = detection.joined(examine(self._evidence(key, bypass(), least_odds=BYPASS_ODDS)).wide())
        return detection

    def _evidence(
        self,
        key: tuple[int, int, int],
        flows: Sequence[np.ndarray],
        *,
        onward_flow: np.ndarray | None = None,
        bypass: Callable[[], Flows] | None = None,
        least_odds: float = ROUGH_ODDS,
    ) -> Evidence:
        """A frame and two others, along given motion."""
        i, *others = key
        return Evidence(
            frame=self.frames[i],
            pair=[
                Neighbour(frame=frame, raw=optical_flow.luma(frame), flow=flow)
                for frame, flow in zip(map(self.frames.__getitem__, others), flows, strict=True)
            ],
            onward_flow=onward_flow,
            bypass=bypass,
            sensitivity=self.sensitivity,
            smallest=1,
            least_odds=least_odds,
        )

    def _view(self, i: int) -> np.ndarray:
        """What the optical flow sees of a frame."""
        if i not in self._views:
            self._views[i] = cv2.medianBlur(optical_flow.eight_bits(optical_flow.luma(self.frames[i])), 3)
        return self._views[i]
