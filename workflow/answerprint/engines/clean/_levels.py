"""Examines the frames of a shot from coarse to fine: each between neighbours without what is found at half the size.

Left in a neighbour, dirt would bend the flow, hide dirt next to it and be copied (Burt and Adelson, The Laplacian
pyramid as a compact image code, 1983; Tu, Auto-context and its application to high-level vision tasks, CVPR 2008).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

import cv2
import numpy as np

from ...frames import optical_flow
from . import _context, _undisturbed
from ._blotch_detector import decide, prepare
from ._evidence import Case, Detection, Evidence, Flows, Neighbour, nothing
from ._halves import SMALL, Frames, Halves
from ._scratch_search import RADIUS as SCRATCH_RADIUS
from ._scratch_search import Judge, ScratchSearch

SLIGHT = 0.5
"""By what share of what makes a spot clear it must stand out: its odds decide."""
HALVED, LEAST = 2, 64
"""Frames are halved so many times at most, and none to fewer lines or columns than this."""
FIRST_STEP = 2
"""At the smallest size they are examined once more, before: between frames as they are, so many further on either side.
Dirt that lies in the same place of two frames in a row would hide itself."""
SEEN = (2 * FIRST_STEP + _context.REACH) + (HALVED + 1) * (1 + _context.REACH)
"""What is found in a frame depends on so many frames on either side."""
HELD = 2 + _context.REACH
"""What is known of frames so far back, and further, no finer level asks for."""


class Coarser(Protocol):
    """What is known of a shot at half the size, or at the same one."""

    frames: Frames
    """Its frames."""

    def detect(self, i: int) -> Detection | None:
        """Dirt in one frame; None where nothing is known about it."""

    def onward(self, i: int, j: int) -> np.ndarray:
        """Flow from a frame to one next to it, (h, w, 2)."""


class Level:
    """Dirt in the frames of one shot (n, h, w, c), to be asked in order: what several need is kept for HELD frames."""

    def __init__(self, frames: Frames, coarser: Coarser, *, sensitivity: float, smallest: int, step: int = 1) -> None:
        self.frames = frames
        self.sensitivity = sensitivity
        self.smallest = smallest
        self.coarser = coarser
        self.step = step
        self.scale = round(frames.shape[1] / coarser.frames.shape[1])
        self._cleaned: dict[int, np.ndarray] = {}
        self._views: dict[int, np.ndarray] = {}
        self._cases: dict[int, Case | None] = {}
        self._listings: dict[int, _context.Listing] = {}
        self._detections: dict[int, Detection] = {}

    def detect(self, i: int) -> Detection:
        """Dirt in one frame, repaired. It depends on at most SEEN frames on either side."""
        if i not in self._detections:
            case = self.case(i)
            self._detections[i] = nothing(self.frames[i]) if case is None else decide(case, self.context(i, case))
            # What stands out in it counts for the next frames; the rest of its case is large.
            self._listing(i)
            _drop(self._cases, i)
            for held in (self._cleaned, self._views, self._listings, self._detections):
                _drop(held, i - HELD)
        return self._detections[i]

    def case(self, i: int) -> Case | None:
        """What stands out in a frame, if anything."""
        if i not in self._cases:
            evidence = self.evidence(i)
            self._cases[i] = None if evidence is None else prepare(evidence)
        return self._cases[i]

    def context(self, i: int, case: Case) -> _context.Context:
        """What the spots of the frames around a frame say about those of its case."""
        before, after = _context.around(i, len(self.frames), self._listing)
        spots = case.spots
        here = _context.listing(np.where(spots.mask, spots.labels, 0), spots.step)
        return _context.context(here, before, after, spots.mask.shape)

    def _listing(self, i: int) -> _context.Listing:
        """All that stands out clearly in a frame, dirt or not."""
        if i not in self._listings:
            case = self.case(i)
            self._listings[i] = (
                _context.NO_SPOTS if case is None else _context.connected(case.spots.clear, case.spots.step)
            )
        return self._listings[i]

    def evidence(self, i: int) -> Evidence | None:
        """What frame `i` is compared with; None in a shot that has too few frames for it."""
        pair, beyond = self._neighbours(i)
        behind = beyond[0] if len(pair) == 1 else None
        one_sided = behind is not None
        if behind is not None:
            # Two frames on the same side confirm each other; one alone would prove nothing.
            pair, beyond = [*pair, replace(behind, frame=self._clean(self._far(i)))], []
        if len(pair) < 2:
            return None
        nearby = [self.coarser.detect(j) for j in self._near(i)]
        return Evidence(
            frame=self.frames[i],
            pair=pair,
            beyond=beyond,
            # Centres and pixel counts of the small picture, as they would be in this one.
            nearby_bodies=[
                other.bodies * (self.scale, self.scale, self.scale**2, 1) for other in nearby if other is not None
            ],
            nearby_tallies=[other.tally for other in nearby if other is not None],
            earlier=self._earlier(i),
            one_sided=one_sided,
            apart=self.step,
            bypass=None if one_sided else lambda: self._bypass(i),
            sensitivity=self.sensitivity,
            smallest=self.smallest,
            slight=SLIGHT,
        )

    def _earlier(self, i: int) -> np.ndarray | None:
        """The log odds of dirt in a frame, (h, w), by the coarser level; None where nothing is known about it."""
        found, (height, width) = self.coarser.detect(i), self.frames.shape[1:3]
        return None if found is None else cv2.resize(found.odds, (width, height), interpolation=cv2.INTER_NEAREST)

    def _near(self, i: int) -> list[int]:
        """The frames that a frame is compared with."""
        return [j for j in (i - self.step, i + self.step) if 0 <= j < len(self.frames)]

    def _far(self, i: int) -> int:
        """The second one on the same side, of a frame that has them on one side only."""
        return 2 * self._near(i)[0] - i

    def _neighbours(self, i: int) -> tuple[list[Neighbour], list[Neighbour | None]]:
        """The cleaned frames on either side of a frame, and the frame behind each, if there is one."""
        pair: list[Neighbour] = []
        beyond: list[Neighbour | None] = []
        for near, flow in self._flows_from(i).items():
            pair.append(Neighbour(frame=self._clean(near), raw=optical_flow.luma(self.frames[near]), flow=flow))
            far = 2 * near - i
            behind = None
            if 0 <= far < len(self.frames):
                chain = flow + optical_flow.warp(self._onward(near, far), flow)
                raw = optical_flow.luma(self.frames[far])
                behind = Neighbour(frame=self.frames[far], raw=raw, flow=chain)
            beyond.append(behind)
        return pair, beyond

    def _flows_from(self, i: int) -> dict[int, np.ndarray]:
        """Flow from a cleaned frame to those next to it, by their numbers."""
        near = self._near(i)
        view, others = self._view(i), [self._view(j) for j in near]
        flows = [optical_flow.flow(view, other, "fast") for other in others]
        return dict(zip(near, _undisturbed.flows(view, others, flows) if len(near) == 2 else flows, strict=True))

    def onward(self, i: int, j: int) -> np.ndarray:
        """Flow between cleaned frames, (h, w, 2)."""
        return optical_flow.flow(self._view(i), self._view(j), "fast")

    def _onward(self, i: int, j: int) -> np.ndarray:
        """Flow between frames, as the coarser level measures it, (h, w, 2)."""
        height, width = self.frames.shape[1:3]
        return self.scale * np.asarray(cv2.resize(self.coarser.onward(i, j), (width, height)))

    def _clean(self, i: int) -> np.ndarray:
        """A frame without what the coarser level finds in it, (h, w, c)."""
        if i not in self._cleaned:
            self._cleaned[i] = _without(self.frames[i], self.coarser.detect(i))
        return self._cleaned[i]

    def _bypass(self, i: int) -> Flows:
        """Flow from a frame to its cleaned neighbours, measured at small size between these alone."""
        height, width = self.frames.shape[1:3]
        size = -(-width // SMALL), -(-height // SMALL)
        before, after = (cv2.resize(self._view(j), size, interpolation=cv2.INTER_AREA) for j in self._near(i))
        flows = [cv2.resize(flow, (width, height)) * SMALL for flow in _undisturbed.between(before, after, 0.5)]
        return flows[0], flows[1]

    def _view(self, i: int) -> np.ndarray:
        """What the optical flow sees of a cleaned frame."""
        if i not in self._views:
            self._views[i] = optical_flow.eight_bits(optical_flow.luma(self._clean(i)))
        return self._views[i]


class ShotDetector(Level):
    """Dirt and lasting scratches in the frames of one shot (n, h, w, c)."""

    def __init__(self, frames: np.ndarray, *, sensitivity: float, smallest: int, judge: Judge | None = None) -> None:
        sizes: list[Frames] = [frames]
        while len(sizes) <= HALVED and min(sizes[-1].shape[1:3]) >= SMALL * LEAST:
            sizes.append(Halves(sizes[-1]))
        coarser: Coarser = Level(sizes[-1], AsTheyAre(sizes[-1]), sensitivity=sensitivity, smallest=1, step=FIRST_STEP)
        for small in sizes[:0:-1]:
            coarser = Level(small, coarser, sensitivity=sensitivity, smallest=1)
        super().__init__(frames, coarser, sensitivity=sensitivity, smallest=smallest)
        # Caution is for wings and limbs, which no scratch looks like.
        self.scratch_search = ScratchSearch(frames, min(sensitivity, 1.0), judge)

    def forget(self, done: int) -> None:
        """Drop what no frame after this one needs."""
        self.scratch_search.forget(done - SCRATCH_RADIUS)


class AsTheyAre:
    """The frames of one shot (n, h, w, c), of which nothing is known."""

    def __init__(self, frames: Frames) -> None:
        self.frames = frames

    def detect(self, i: int) -> None:
        """Nothing is known of any frame."""

    def onward(self, i: int, j: int) -> np.ndarray:
        """Flow between frames as they are, (h, w, 2)."""
        one, other = (optical_flow.eight_bits(optical_flow.luma(self.frames[k])) for k in (i, j))
        return optical_flow.flow(one, other, "fast")


def _drop(held: dict[int, Any], last: int) -> None:
    """Drop what is held of frames up to the last."""
    for j in [j for j in held if j <= last]:
        del held[j]


def _without(frame: np.ndarray, detection: Detection | None) -> np.ndarray:
    """A frame (h, w, c) without what was found in it at half size, or at its own, if anything."""
    if detection is None or not detection.mask.any():
        return frame
    size = frame.shape[1], frame.shape[0]
    hole = cv2.resize(detection.mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    filled = cv2.resize(detection.frame, size, interpolation=cv2.INTER_CUBIC).reshape(frame.shape)
    return np.where(hole[..., None], filled, frame)
