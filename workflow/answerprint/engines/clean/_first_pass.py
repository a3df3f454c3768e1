"""The first, rough look at the frames of a shot: at half size, each between its neighbours as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from ...frames import optical_flow
from . import _undisturbed
from ._blotch_detector import examine
from ._evidence import WIDE, Detection, Evidence, Flows, Neighbour

DIRTY = 0.002
"""From this share of a frame being dirt, its neighbours are also compared with the frame behind it."""
ROUGH_ODDS = -1.0
"""Log odds from which the first pass takes a spot for dirt: a miss is copied, an error only weakens a neighbour."""
BYPASS_ODDS = 6.0
"""Log odds that a blotch must reach where only the neighbours say how the picture moves."""
SMALL = 2
"""The first pass works on pictures this many times smaller."""
BENT, MOSTLY = 2.0, 0.5
"""Where motion deviates from a straight line by more than this, in small pixels, over a wide place but less than this
share of the picture, it is measured once more from the neighbours alone."""


class FirstPass:
    """Dirt in the frames of one shot (n, h, w, c), roughly; keeps what several frames need until told to forget it.

    Left in a neighbour, dirt would bend the flow, hide dirt next to it and be copied.
    """

    def __init__(self, frames: np.ndarray, sensitivity: float) -> None:
        self.frames = frames
        self.sensitivity = sensitivity
        self._smalls: dict[int, np.ndarray] = {}
        self._small_views: dict[int, np.ndarray] = {}
        self._small_flows: dict[tuple[int, int], np.ndarray] = {}
        self._comparisons: dict[tuple[int, int, int], Detection | None] = {}
        self._found: dict[int, Detection | None] = {}
        self._cleaned: dict[int, np.ndarray] = {}

    def cleaned(self, i: int) -> np.ndarray:
        """A frame without what is found in it, (h, w, c)."""
        if i not in self._cleaned:
            self._cleaned[i] = _without(self.frames[i], self.found(i))
        return self._cleaned[i]

    def cleaned_between_neighbours(self, i: int) -> np.ndarray:
        """A frame without what its neighbours alone show to be dirt, (h, w, c)."""
        return _without(self.frames[i], self._compare(i, i - 1, i + 1))

    def found(self, i: int) -> Detection | None:
        """Dirt in a small frame: between its neighbours, and past dirty ones; at an end beside the next two.

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
        """The flow between small frames, at full size."""
        height, width = self.frames.shape[1:3]
        return SMALL * cv2.resize(self._small_flow(i, j), (width, height), interpolation=cv2.INTER_LINEAR)

    def forget(self, i: int) -> None:
        """Drop what frames up to this one needed."""
        for store in (self._smalls, self._small_views, self._found, self._cleaned):
            for j in [j for j in store if j <= i]:
                del store[j]
        self._comparisons = {key: detection for key, detection in self._comparisons.items() if min(key) > i}
        self._small_flows = {key: flow for key, flow in self._small_flows.items() if min(key) > i}

    def _dirty(self, i: int) -> bool:
        """Whether so much of a frame is dirt that dirt in the next frame may lie in the same place."""
        detection = self._compare(i, i - 1, i + 1)
        return detection is None or float(detection.mask.mean()) > DIRTY

    def _compare(self, i: int, before: int, after: int) -> Detection | None:
        """Dirt in a small frame, compared with two others of the shot; None where these do not exist."""
        if not (0 <= before < len(self.frames) and 0 <= after < len(self.frames)):
            return None
        key = i, before, after
        if key not in self._comparisons:
            one_sided = (before - i) * (after - i) > 0
            self._comparisons[key] = self._compare_one_sided(*key) if one_sided else self._compare_between(*key)
        return self._comparisons[key]

    def _compare_one_sided(self, i: int, near: int, far: int) -> Detection:
        """Dirt in a small frame, compared with two others on one side of it."""
        flows = self._small_flow(i, near), self._small_flow(i, far)
        return examine(self._small_evidence((i, near, far), flows, onward_flow=self._small_flow(near, far)))

    def _compare_between(self, i: int, before: int, after: int) -> Detection:
        """Dirt in a small frame, compared with two others on either side of it."""
        key = i, before, after

        def bypass() -> Flows:
            return _undisturbed.between(
                self._small_view(before), self._small_view(after), (i - before) / (after - before)
            )

        first = self._small_flow(i, before), self._small_flow(i, after)
        views = [self._small_view(before), self._small_view(after)]
        flows = _undisturbed.flows(self._small_view(i), views, first)
        detection = examine(self._small_evidence(key, flows, bypass=bypass))
        bend = first[0] * (after - i) + first[1] * (i - before)
        crooked = (np.abs(bend).max(axis=2) > BENT * (after - before)).astype(np.uint8)
        # A large blotch draws the flow to what resembles it. Where all is in turmoil, the neighbours know no better.
        if crooked.mean() < MOSTLY and cv2.erode(crooked, WIDE).any():
            detection = detection.joined(examine(self._small_evidence(key, bypass(), least_odds=BYPASS_ODDS)).wide())
        return detection

    def _small_evidence(
        self,
        key: tuple[int, int, int],
        flows: Sequence[np.ndarray],
        *,
        onward_flow: np.ndarray | None = None,
        bypass: Callable[[], Flows] | None = None,
        least_odds: float = ROUGH_ODDS,
    ) -> Evidence:
        """A small frame and two others, along given motion."""
        i, *others = key
        return Evidence(
            frame=self._small(i),
            pair=[
                Neighbour(frame=self._small(j), raw=optical_flow.luma(self._small(j)), flow=flow)
                for j, flow in zip(others, flows, strict=True)
            ],
            onward_flow=onward_flow,
            bypass=bypass,
            sensitivity=self.sensitivity,
            smallest=1,
            least_odds=least_odds,
        )

    def _small(self, i: int) -> np.ndarray:
        if i not in self._smalls:
            frame = self.frames[i]
            size = -(-frame.shape[1] // SMALL), -(-frame.shape[0] // SMALL)
            small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
            self._smalls[i] = small.reshape(size[1], size[0], -1)
        return self._smalls[i]

    def _small_flow(self, i: int, j: int) -> np.ndarray:
        """Flow between small frames as they are, but for the smallest dirt, which a median removes."""
        if (i, j) not in self._small_flows:
            self._small_flows[i, j] = optical_flow.flow(self._small_view(i), self._small_view(j), "fast")
        return self._small_flows[i, j]

    def _small_view(self, i: int) -> np.ndarray:
        """What the optical flow sees of a small frame."""
        if i not in self._small_views:
            self._small_views[i] = cv2.medianBlur(optical_flow.eight_bits(optical_flow.luma(self._small(i))), 3)
        return self._small_views[i]


def _without(frame: np.ndarray, detection: Detection | None) -> np.ndarray:
    """A frame (h, w, c) without what the first pass, at small size, found in it, if anything."""
    if detection is None or not detection.mask.any():
        return frame
    size = frame.shape[1], frame.shape[0]
    hole = cv2.resize(detection.mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    filled = cv2.resize(detection.frame, size, interpolation=cv2.INTER_CUBIC).reshape(frame.shape)
    return np.where(hole[..., None], filled, frame)
