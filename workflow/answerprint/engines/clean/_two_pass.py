"""Examines each frame of a shot twice: roughly at half size, then closely between its roughly cleaned neighbours."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ...frames import optical_flow
from . import _context, _undisturbed
from ._blotch_detector import decide, prepare
from ._evidence import Case, Detection, Evidence, Flows, Neighbour, nothing
from ._first_pass import SMALL, FirstPass
from ._scratch_search import Judge, ScratchSearch

ONE_SIDED = 1.6
"""How much more evidence the first and the last frame of a shot need."""
ONE_SIDED_ODDS = 2.0
"""Log odds that dirt in the first and the last frame of a shot must reach."""
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
        # Caution is for wings and limbs, which no scratch looks like.
        self.scratch_search = ScratchSearch(frames, min(sensitivity, 1.0), judge)

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
        pair, beyond = self._neighbours(i)
        behind = beyond[0] if len(pair) == 1 else None
        one_sided = behind is not None
        if behind is not None:
            # Two frames on the same side confirm each other; one alone would prove nothing.
            far = 2 if i == 0 else i - 2
            cleaned = self.first_pass.cleaned_between_neighbours(far)
            pair, beyond = [*pair, replace(behind, frame=cleaned)], []
        if len(pair) < 2:
            return None
        nearby = [first for first in (self.first_pass.found(i - 1), self.first_pass.found(i + 1)) if first is not None]
        return Evidence(
            frame=self.frames[i],
            pair=pair,
            beyond=beyond,
            # Centres and pixel counts of the small picture, as they would be in this one.
            nearby_bodies=[first.bodies * (SMALL, SMALL, SMALL**2, 1) for first in nearby],
            nearby_tallies=[first.tally for first in nearby],
            onward_flow=self.first_pass.onward(*((1, 2) if i == 0 else (i - 1, i - 2))) if one_sided else None,
            bypass=None if one_sided else lambda: self._bypass(i),
            closely=True,
            sensitivity=self.sensitivity * (ONE_SIDED if one_sided else 1.0),
            smallest=self.smallest,
            slight=SLIGHT,
            least_odds=ONE_SIDED_ODDS if one_sided else 0.0,
        )

    def _neighbours(self, i: int) -> tuple[list[Neighbour], list[Neighbour | None]]:
        """The roughly cleaned frames on either side of a frame, and the frame behind each, if there is one."""
        pair: list[Neighbour] = []
        beyond: list[Neighbour | None] = []
        for near, flow in self._flows_from(i).items():
            pair.append(
                Neighbour(frame=self.first_pass.cleaned(near), raw=optical_flow.luma(self.frames[near]), flow=flow)
            )
            far = 2 * near - i
            behind = None
            if 0 <= far < len(self.frames):
                chain = flow + optical_flow.warp(self.first_pass.onward(near, far), flow)
                raw = optical_flow.luma(self.frames[far])
                behind = Neighbour(frame=self.frames[far], raw=raw, flow=chain)
            beyond.append(behind)
        return pair, beyond

    def _flows_from(self, i: int) -> dict[int, np.ndarray]:
        """Flow from a roughly cleaned frame to those next to it, by their numbers."""
        near = [j for j in (i - 1, i + 1) if 0 <= j < len(self.frames)]
        view, others = self._view(i), [self._view(j) for j in near]
        flows = [optical_flow.flow(view, other, "fast") for other in others]
        return dict(zip(near, _undisturbed.flows(view, others, flows) if len(near) == 2 else flows, strict=True))

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
