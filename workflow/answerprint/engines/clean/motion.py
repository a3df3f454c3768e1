"""Dirt, hairs, lint, blotches and sparkle in single frames, repaired along motion, and lasting upright scratches."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .. import Card, Clip, PixelEngine, Result
from . import _moving_objects
from ._evidence import Detection
from ._masked_repair import inpaint_marked
from ._scratch_repair import remove_scratches
from ._two_pass import ShotDetector


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much counts as a defect."""

    strength: float = 0.5
    """Sensitivity of the detector, 0..1: 0 only finds the boldest dirt, 1 also the faintest, at more risk."""
    smallest: int = 2
    """Spots of fewer pixels than this are left alone; at least 1."""
    scratches: bool = True
    """Whether upright scratches that last for several frames are removed as well."""

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise ValueError(f"strength is {self.strength}, outside 0..1")
        if self.smallest < 1:
            raise ValueError(f"smallest is {self.smallest}, under 1")


class Clean(PixelEngine):
    """Replaces what only one frame shows, and removes lasting scratches; all else is kept to the bit."""

    card = Card(
        stage="clean",
        name="motion",
        kind="repair",
        summary="One-frame dirt, hairs and blotches, repaired along motion; upright scratches that last.",
        paper="Kokaram, Motion Picture Restoration, Springer 1998",
        licence="Apache-2.0",
        cost=0.2,
        memory=215,
        radius=4,
    )
    Options = Options

    def run(self, clip: Clip) -> Result:
        """The core frames without their defects; pixels outside the mask are the film's own bits."""
        detector = ShotDetector(clip.frames, sensitivity=self.sensitivity(), smallest=self.options.smallest)
        frames = clip.frames[clip.core].copy()
        masks = np.zeros(frames.shape[:3], bool)
        defects, scratches, inpainted = (np.zeros(len(frames)) for _ in range(3))
        for k, i in enumerate(clip.indices):
            detection = self.detect(detector, i)
            lines = detector.scratch_search.scratches(i) if self.options.scratches else []
            frames[k], streaks, scratches[k] = remove_scratches(frames[k], lines)
            # A spot that is a piece of a scratch goes with it.
            spots = _moving_objects.elsewhere(detection.mask, streaks)
            frames[k][spots] = detection.frame[spots]
            masks[k] = spots | streaks
            defects[k] = cv2.connectedComponents(spots.astype(np.uint8))[0] - 1
            inpainted[k] = (spots & detection.inpainted).mean()
            detector.forget(i - 4)
        frames, masks, marked = inpaint_marked(clip, frames, masks, radius=self.card.radius)
        return Result(
            frames=frames,
            mask=masks,
            statistics={
                "defects": defects,
                "scratches": scratches,
                "repaired": masks.mean(axis=(1, 2)),
                **marked,
                "inpainted": inpainted + marked.get("inpainted", 0.0),
            },
        )

    def sensitivity(self) -> float:
        """How much evidence a spot needs, relative to the usual: half at full strength, twice as much at none."""
        return 4.0 ** (0.5 - self.options.strength)

    def detect(self, detector: ShotDetector, i: int) -> Detection:
        """Dirt in frame `i` of a shot, repaired."""
        return detector.detect(i)
