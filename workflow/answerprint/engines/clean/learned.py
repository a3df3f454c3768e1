"""Dirt, hairs, stains and sparkle, found by a network that sees three frames on either side, repaired along motion."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from .. import Card, file_option
from .._weights import TrainedEngine
from . import _lending, _passing
from ._alignment import RADIUS, ShotAligner, Window
from ._evidence import Repair
from ._passing import Body
from ._scratch_search import ScratchSearch
from .motion import Clean, Options

CERTAIN = 0.9
"""A defect has a pixel at least as probable as this,"""
BODY = 0.15
"""and consists of the connected pixels that are more probable than this,"""
EDGE = 0.03
"""and of their rim, as far as it is more probable than this."""
RIM = np.ones((5, 5), np.uint8)


@dataclass(frozen=True, kw_only=True)
class LearnedOptions(Options):
    """How much counts as a defect, and which network decides."""

    weights: str = file_option("clean-learned")
    """The name of weights in resources/models, or the path of a file that `snakemake train_clean` made."""


class LearnedClean(TrainedEngine, Clean):
    """Repairs along motion what a network takes for a defect; removes lasting scratches."""

    card = Card(
        stage="clean",
        name="learned",
        kind="repair",
        summary="Dirt, hairs and stains, found by a small network and repaired along motion; lasting scratches.",
        paper="Ronneberger, Fischer and Brox, U-Net, MICCAI 2015; Kroeger et al., DIS optical flow, ECCV 2016",
        licence="Apache-2.0",
        cost=0.8,
        memory=500,
        radius=RADIUS + 1,
        gpu=True,
    )
    Options = LearnedOptions
    options: LearnedOptions
    expected = "a network that clean/learned can use"
    hint = "Train it again with this version: snakemake train_clean."

    def describe_network(self, metadata: dict[str, str]) -> Any:
        """The untrained network that the metadata of a weight file describe."""
        from .._unet import build
        from ._network import Detector

        return Detector(build(metadata))

    def detector(self, frames: np.ndarray) -> NetworkDetector:
        """What finds and repairs the defects of one shot."""
        return NetworkDetector(frames, self)

    def probability(self, window: Window) -> np.ndarray:
        """The network's probability that each pixel of a window's frame is a defect, float32 (h, w)."""
        from ._network import probability

        return probability(self.network, window, self.inference)


class NetworkDetector:
    """Defects in the frames of one shot (n, h, w, c), as the network of an engine sees them."""

    def __init__(self, frames: np.ndarray, engine: LearnedClean) -> None:
        self.frames = frames
        self.engine = engine
        self.aligner = ShotAligner(frames)
        self.scratch_search = ScratchSearch(frames, self.aligner.first_step, engine.sensitivity())
        self._windows: dict[int, Window] = {}
        self._masks: dict[int, np.ndarray] = {}
        self._bodies: dict[int, list[Body]] = {}

    def detect(self, i: int) -> Repair:
        """Frame `i` of the shot, repaired."""
        window, mask = self._window(i), self._mask(i)
        if here := self._bodies[i]:
            mask = _passing.without_passing(mask, here, self._nearby_bodies(i))
        offered = _lending.offers(self.frames, i, window, mask)
        mask = _lending.contradicted(window.pictures[0], offered, mask)
        frame, inpainted = _lending.lent(self.frames, i, window, offered, mask)
        return Repair(frame=frame, mask=mask, inpainted=inpainted)

    def forget(self, before: int) -> None:
        """Drop what only frames before this one need."""
        self.aligner.forget(before)
        for kept in (self._windows, self._masks, self._bodies):
            for i in [i for i in kept if i < before]:
                del kept[i]

    def _window(self, i: int) -> Window:
        # What frame i + 1 was looked at for is not needed again once it has been repaired.
        for past in [k for k in self._windows if k < i - 1]:
            del self._windows[past]
        if i not in self._windows:
            self._windows[i] = self.aligner.window(i)
        return self._windows[i]

    def _mask(self, i: int) -> np.ndarray:
        """What the network takes for a defect in frame `i`, bool (h, w)."""
        if i not in self._masks:
            engine, window = self.engine, self._window(i)
            self._masks[i] = defects(engine.probability(window), engine.sensitivity(), engine.options.smallest)
            self._bodies[i] = _passing.bodies(self._masks[i], window.pictures[0])
        return self._masks[i]

    def _nearby_bodies(self, i: int) -> list[Body]:
        """The larger things that the network takes for defects in the frames before and after frame `i`."""
        nearby = []
        for j in (i - 1, i + 1):
            if 0 <= j < len(self.frames):
                self._mask(j)
                nearby += self._bodies[j]
        return nearby


def defects(probable: np.ndarray, sensitivity: float, smallest: int) -> np.ndarray:
    """Where defects are, bool (h, w), from the probability of one at each pixel: whole, with their soft edges.

    sensitivity: how much evidence is needed, relative to the usual; smallest: pixels.
    """
    certain, body, edge = (_shifted(p, sensitivity) for p in (CERTAIN, BODY, EDGE))
    _, labels, stats, _ = cv2.connectedComponentsWithStats((probable > body).astype(np.uint8), connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= smallest
    keep &= np.bincount(labels[probable > certain], minlength=len(keep)) > 0
    keep[0] = False
    whole = keep[labels]
    return whole | ((cv2.dilate(whole.astype(np.uint8), RIM) > 0) & (probable > edge))


def _shifted(probability: float, sensitivity: float) -> float:
    """A probability whose odds are as many times as high as evidence is asked for, squared."""
    odds = math.log(probability / (1 - probability)) + 2 * math.log(sensitivity)
    return 1 / (1 + math.exp(-odds))
