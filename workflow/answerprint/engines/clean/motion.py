"""Dirt, hairs, lint, blotches and sparkle of one frame, repaired along motion, and upright scratches that last."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .. import Card, Clip, PixelEngine, Result
from . import _moving_objects
from ._blotch_detector import Finding
from ._masked_repair import mend
from ._scratch_repair import unscratched
from ._two_pass import Shot


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much counts as a defect."""

    strength: float = 0.5
    """Sensitivity of the detector, 0..1: 0 only finds the boldest dirt, 1 also the faintest, at more risk."""
    smallest: int = 2
    """Spots of fewer pixels than this are left alone; at least 1."""
    scratches: bool = True
    """Whether upright scratches that stay for several frames are taken off as well."""

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise ValueError(f"strength is {self.strength}, outside 0..1")
        if self.smallest < 1:
            raise ValueError(f"smallest is {self.smallest}, under 1")


class Clean(PixelEngine):
    """Replaces what stands in one frame only, and takes lasting scratches off; all else is kept to the bit."""

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
        shot = Shot(clip.frames, sensitivity=self.sensitivity(), smallest=self.options.smallest)
        frames = clip.frames[clip.core].copy()
        masks = np.zeros(frames.shape[:3], bool)
        defects, scratches, inpainted = (np.zeros(len(frames)) for _ in range(3))
        for k, i in enumerate(clip.indices):
            finding = self.found(shot, i)
            frames[k], streaks, scratches[k] = unscratched(
                frames[k], shot.upright.scratches(i) if self.options.scratches else []
            )
            # A spot that is a piece of a scratch goes with it.
            spots = _moving_objects.elsewhere(finding.mask, streaks)
            frames[k][spots] = finding.frame[spots]
            masks[k] = spots | streaks
            defects[k] = cv2.connectedComponents(spots.astype(np.uint8))[0] - 1
            inpainted[k] = (spots & finding.inpainted).mean()
            shot.forget(i - 4)
        frames, masks, given = mend(clip, frames, masks, radius=self.card.radius)
        return Result(
            frames=frames,
            mask=masks,
            statistics={
                "defects": defects,
                "scratches": scratches,
                "repaired": masks.mean(axis=(1, 2)),
                **given,
                "inpainted": inpainted + given.get("inpainted", 0.0),
            },
        )

    def sensitivity(self) -> float:
        """How much evidence a spot needs, of what is usual: half at full strength, twice as much at none."""
        return 4.0 ** (0.5 - self.options.strength)

    def found(self, shot: Shot, i: int) -> Finding:
        """The spots of one frame of a shot, and what they hide."""
        return shot.clean(i)
