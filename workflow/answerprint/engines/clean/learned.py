"""Dirt, hairs, stains and sparkle, found and repaired by a network that sees three frames on either side."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from .. import Card, file_option
from .._weights import TrainedEngine
from . import _lending
from ._alignment import RADIUS, ShotAligner, Window
from ._evidence import Repair
from ._scratch_search import ScratchSearch
from .motion import Clean, Options

if TYPE_CHECKING:
    from ._network import Verdict

CERTAIN = 0.85
"""A defect has a pixel at least as probable as this,"""
BODY = 0.35
"""and consists of the connected pixels that are more probable than this,"""
EDGE = 0.06
"""and of their rim, as far as it is more probable than this."""
RIM = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, kw_only=True)
class LearnedOptions(Options):
    """How much counts as a defect, and which network decides."""

    weights: str = file_option("clean-learned")
    """The name of weights in resources/models, or the path of a file that `snakemake train_clean` made."""


class LearnedClean(TrainedEngine, Clean):
    """Repairs what a network takes for a defect, from the neighbours that it chooses; removes lasting scratches."""

    card = Card(
        stage="clean",
        name="learned",
        kind="repair",
        summary="Dirt, hairs and stains, found and repaired along motion by a small network; lasting scratches.",
        paper="Ronneberger, Fischer and Brox, U-Net, MICCAI 2015; Kroeger et al., DIS optical flow, ECCV 2016",
        licence="Apache-2.0",
        cost=0.8,
        memory=400,
        radius=RADIUS,
        gpu=True,
    )
    Options = LearnedOptions
    options: LearnedOptions
    expected = "a network that clean/learned can use"
    hint = "Train it again with this version: snakemake train_clean."

    def describe_network(self, metadata: dict[str, str]) -> Any:
        """The untrained network that the metadata of a weight file describe."""
        from .._unet import build
        from ._network import Restorer

        return Restorer(build(metadata))

    def detector(self, frames: np.ndarray) -> NetworkDetector:
        """What finds and repairs the defects of one shot."""
        return NetworkDetector(frames, self)

    def verdict(self, window: Window) -> Verdict:
        """What the network says about the frame of a window."""
        from ._network import verdict

        return verdict(self.network, window, self.device)


class NetworkDetector:
    """Defects in the frames of one shot (n, h, w, c), as the network of an engine sees them."""

    def __init__(self, frames: np.ndarray, engine: LearnedClean) -> None:
        self.frames = frames
        self.engine = engine
        self.aligner = ShotAligner(frames)
        self.scratch_search = ScratchSearch(frames, self.aligner.first_step, engine.sensitivity())

    def detect(self, i: int) -> Repair:
        """Frame `i` of the shot, repaired."""
        window = self.aligner.window(i)
        verdict = self.engine.verdict(window)
        mask = defects(verdict.probable, self.engine.sensitivity(), self.engine.options.smallest)
        frame, inpainted = _lending.lent(self.frames, i, window, verdict.lenders, mask)
        return Repair(frame=frame, mask=mask, inpainted=inpainted)

    def forget(self, before: int) -> None:
        """Drop what only frames before this one need."""
        self.aligner.forget(before)


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
