"""What the blotch detector works on and what it hands back, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from ...frames import optical_flow
from ._dirt_score import Score
from ._scratch_search import ScratchSearch
from ._spot_traits import Scene

WIDE = np.ones((7, 7), np.uint8)
"""Spots that contain such a square are worth a second flow, from one neighbour to the other."""

Flows = tuple[np.ndarray, np.ndarray]
"""Flow (h, w, 2) in pixels from a frame to each of two others."""


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """Another frame of the shot, and the motion to it."""

    frame: np.ndarray
    """What pixels are taken from, (h, w, c): already cleaned, if possible."""
    raw: np.ndarray
    """Its brightness as on the film, (h, w)."""
    flow: np.ndarray
    """Flow from the examined frame, (h, w, 2) in pixels."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that speaks for or against dirt in one frame."""

    frame: np.ndarray
    """The frame to examine, (h, w, c)."""
    pair: Sequence[Neighbour]
    """The two frames that it is compared with."""
    beyond: Sequence[Neighbour | None] = ()
    """The frame behind each of those two, if there is one."""
    nearby_bodies: Sequence[np.ndarray] = ()
    """For the frame before and the one after: its solid spots, as `_moving_objects.bodies` lists them."""
    earlier: np.ndarray | None = None
    """Log odds of dirt by an earlier look at the frame, as `Detection` has them, (h, w)."""
    nearby_tallies: Sequence[np.ndarray] = ()
    """How many dark and light spots the frame before and the one after have, (2,) each."""
    one_sided: bool
    """Whether both neighbours are on the same side of the frame."""
    apart: int
    """By how many frames one of the three is later than the one before."""
    bypass: Callable[[], Flows] | None = None
    """Computes the flow to the pair from the pair alone, which dirt in the frame cannot mislead."""
    sensitivity: float
    """How much evidence a spot needs, in units of what is usual."""
    smallest: int
    """Pixels that a spot must have."""
    slight: float
    """By what share of what makes a spot clear it must stand out."""


@dataclass(frozen=True, kw_only=True)
class Alignment:
    """The two neighbours as bright as the frame, before and after they are brought onto it along motion."""

    sources: list[np.ndarray]
    """The neighbours in their own place, (h, w, c)."""
    raws: list[np.ndarray]
    """Their brightness as on the film, in their own place, (h, w)."""
    warped: list[np.ndarray]
    """The neighbours brought onto the frame, (h, w, c)."""
    lent: list[np.ndarray]
    """Where the frame behind the other neighbour stands in for each, bool (h, w): what left the picture, or enters."""
    visible: np.ndarray
    """Where both show something, bool (h, w)."""
    further: list[np.ndarray | None]
    """The frame behind each brought onto the frame, and as bright: brightness (h, w). None where there is none."""
    flows: list[np.ndarray]
    """Flow from the frame to each, (h, w, 2)."""

    @property
    def unlike(self) -> list[np.ndarray]:
        """How much the brightness of each neighbour that has a frame behind it differs from that, (h, w)."""
        pairs = zip(self.warped, self.further, strict=False)
        return [cv2.absdiff(optical_flow.luma(near), far) for near, far in pairs if far is not None]


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """What stands out in a frame: pictures (h, w)."""

    mask: np.ndarray
    """Where that is, bool."""
    strength: np.ndarray
    """How far each pixel is outside the range of both neighbours, in units of what a clear spot needs."""
    noise: float
    """Standard deviation of the grain."""


@dataclass(frozen=True, kw_only=True)
class Spots:
    """The candidates of a frame and what is known about them: pictures (h, w)."""

    score: Score
    """Where they are, and how much each looks like dirt by itself."""
    body_labels: np.ndarray
    """The number of each pixel's solid body, int32."""
    bodies: np.ndarray
    """The solid bodies, as `_moving_objects.bodies` lists them."""
    scene: Scene
    """The frame beside its neighbours."""
    step: np.ndarray
    """The frame minus the neighbour closer in brightness, mean over the channels."""

    @property
    def mask(self) -> np.ndarray:
        """Where they are, bool."""
        return self.score.regions.mask

    @property
    def labels(self) -> np.ndarray:
        """The number of the spot that is nearest to each pixel, int32."""
        return self.score.regions.labels

    def which(self, chosen: np.ndarray) -> np.ndarray:
        """Where those spots are that are chosen, bool by their number: bool (h, w)."""
        return self.mask & chosen[self.labels]

    @property
    def clear(self) -> np.ndarray:
        """Where those are that stand out clearly, bool (h, w): that another is let go says nothing about it."""
        return self.which(self.score.traits["strongest"] > 0)


@dataclass(frozen=True, kw_only=True)
class Case:
    """What stands out in one frame, before the frames around it are asked which of it is dirt."""

    frame: np.ndarray
    """The frame, (h, w, c)."""
    neighbours: Sequence[np.ndarray]
    """The two that it was compared with, brought onto it, (h, w, c)."""
    spots: Spots
    """What stands out."""
    traits: np.ndarray
    """What networks see of each spot, by its number, from 1: see `_spot_judge`."""


@dataclass(frozen=True, kw_only=True)
class Repair:
    """One frame, repaired."""

    frame: np.ndarray
    """The frame, repaired, (h, w, c)."""
    mask: np.ndarray
    """Where it was repaired, bool (h, w)."""
    inpainted: np.ndarray
    """Where it was filled from the frame itself because the neighbours disagreed, bool (h, w)."""


class Detector(Protocol):
    """What finds and repairs the defects of one shot, frame after frame."""

    scratch_search: ScratchSearch

    def detect(self, i: int) -> Repair:
        """Frame `i` of the shot, repaired."""

    def forget(self, done: int) -> None:
        """Drop what no frame after this one needs."""


@dataclass(frozen=True, kw_only=True)
class Detection(Repair):
    """What was found in one frame, and what else stood out there."""

    rejected: np.ndarray
    """Where something stood out that is not taken for dirt, bool (h, w)."""
    odds: np.ndarray
    """Log odds that what stood out is dirt, float32 (h, w); 0 elsewhere."""
    bodies: np.ndarray
    """All that stood out, dirt or not, as `_moving_objects.bodies` lists it."""
    tally: np.ndarray
    """How many dark and how many light spots that were, (2,)."""


def nothing(frame: np.ndarray) -> Detection:
    """The detection of a frame (h, w, c) in which nothing stands out."""
    mask = np.zeros(frame.shape[:2], bool)
    return Detection(
        frame=frame,
        mask=mask,
        inpainted=mask,
        rejected=mask,
        odds=np.zeros(frame.shape[:2], np.float32),
        bodies=np.zeros((1, 4)),
        tally=np.zeros(2, int),
    )
