"""Examines each frame of a shot twice: roughly at half size, then closely between its roughly cleaned neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ...frames import optical_flow
from . import _context, _undisturbed
from ._blotch_detector import decide, prepare
from ._evidence import Case, Detection, Evidence, Flows, Neighbour, nothing
from ._first_pass import SMALL, FirstPass
from ._scratch_search import Judge, ScratchSearch

FEWEST = 3
"""Frames that a shot must have: two others confirm each other, one alone would prove nothing."""
SLIGHT = 0.5
"""By what share of what makes a spot clear it must stand out in the second pass: its odds decide. In the first, half
the size has made grain half as strong, and a bird that is taken from the neighbours is lost in the frame."""


class ShotDetector:
    """Dirt in the frames of one shot (n, h, w, c); keeps what several frames need until told to forget it."""

    def __init__(
        self,
        frames: np.ndarray,
        *,
        sensitivity: float,
        smallest: int,
        judge: Judge | None = None,
    ) -> None:
        self.frames = frames
        self.sensitivity = sensitivity
        self.smallest = smallest
        self.first_pass = FirstPass(frames, sensitivity)
        self._views: dict[int, np.ndarray] = {}
        self._cases: dict[int, Case | None] = {}
        self._listings: dict[int, _context.Listing] = {}
        self._detections: dict[int, Detection] = {}
        self.scratch_search = ScratchSearch(frames, sensitivity, judge)

    def detect(self, i: int) -> Detection:
        """Dirt in one frame, repaired. It depends on at most 4 + `_context.REACH` frames on either side."""
        for past in [j for j in self._detections if j < i - _context.REACH]:
            del self._detections[past]
        if i not in self._detections:
            case = self.case(i)
            self._detections[i] = nothing(self.frames[i]) if case is None else decide(case, self.context(i, case))
            for past in [j for j in self._cases if j <= i]:
                del self._cases[past]
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
        """What frame `i` is compared with in the second pass; None in a shot that has too few frames for it."""
        if len(self.frames) < FEWEST:
            return None
        near = self.first_pass.neighbours(i)
        one_sided = (near[0] - i) * (near[1] - i) > 0
        flows = self._flows(i, near)
        behind = [self._behind(i, j, flow) for j, flow in zip(near, flows, strict=True)]
        nearby = [first for first in (self.first_pass.found(i - 1), self.first_pass.found(i + 1)) if first is not None]
        return Evidence(
            frame=self.frames[i],
            pair=[
                Neighbour(frame=self.first_pass.cleaned(j), raw=optical_flow.luma(self.frames[j]), flow=flow)
                for j, flow in zip(near, flows, strict=True)
            ],
            # Behind the nearer of two on one side is the farther.
            beyond=[None, behind[1]] if one_sided else behind,
            # Centres and pixel counts of the small picture, as they would be in this one.
            nearby_bodies=[first.bodies * (SMALL, SMALL, SMALL**2, 1) for first in nearby],
            nearby_tallies=[first.tally for first in nearby],
            onward_flow=self.first_pass.onward(*near) if one_sided else None,
            bypass=None if one_sided else lambda: self._bypass(i),
            closely=True,
            sensitivity=self.sensitivity,
            smallest=self.smallest,
            slight=SLIGHT,
        )

    def _behind(self, i: int, near: int, flow: np.ndarray) -> Neighbour | None:
        """The frame behind one to which this flow leads from frame `i`, if there is one, and the flow to it."""
        far = near + (1 if near > i else -1)
        if not 0 <= far < len(self.frames):
            return None
        onward = flow + optical_flow.warp(self.first_pass.onward(near, far), flow)
        return Neighbour(frame=self.frames[far], raw=optical_flow.luma(self.frames[far]), flow=onward)

    def _flows(self, i: int, near: Sequence[int]) -> Sequence[np.ndarray]:
        """Flow from a roughly cleaned frame to each of two others."""
        view, others = self._view(i), [self._view(j) for j in near]
        return _undisturbed.flows(view, others, [optical_flow.flow(view, other, "fast") for other in others])

    def forget(self, i: int) -> None:
        """Drop what frames up to this one needed."""
        for j in [j for j in self._listings if j <= i]:
            del self._listings[j]
        # What stands out is known of so many frames more.
        i += _context.REACH
        for j in [j for j in self._views if j <= i]:
            del self._views[j]
        self.first_pass.forget(i)
        self.scratch_search.forget(i)

    def _bypass(self, i: int) -> Flows:
        """Flow from a frame to its roughly cleaned neighbours, measured at small size between these alone."""
        height, width = self.frames.shape[1:3]
        size = -(-width // SMALL), -(-height // SMALL)
        before, after = (cv2.resize(self._view(j), size, interpolation=cv2.INTER_AREA) for j in (i - 1, i + 1))
        flows = [cv2.resize(flow, (width, height)) * SMALL for flow in _undisturbed.between(before, after, 0.5)]
        return flows[0], flows[1]

    def _view(self, i: int) -> np.ndarray:
        """What the optical flow sees of a roughly cleaned frame."""
        if i not in self._views:
            self._views[i] = optical_flow.eight_bits(optical_flow.luma(self.first_pass.cleaned(i)))
        return self._views[i]
