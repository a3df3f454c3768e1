"""Dirt, hairs, lint, blotches and sparkle: found where both neighbours disagree with a frame, repaired along motion."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .. import Card, Clip, PixelEngine, Result
from ._shot import Shot


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much counts as a defect."""

    strength: float = 0.5
    """Sensitivity of the detector, 0..1: 0 only finds the boldest dirt, 1 also the faintest, at more risk."""
    smallest: int = 2
    """Spots of fewer pixels than this are left alone; at least 1."""

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise ValueError(f"strength is {self.strength}, outside 0..1")
        if self.smallest < 1:
            raise ValueError(f"smallest is {self.smallest}, under 1")


class Clean(PixelEngine):
    """Replaces what stands in one frame only by what its neighbours show there; all else is kept to the bit."""

    card = Card(
        stage="clean",
        name="motion",
        kind="repair",
        summary="One-frame dirt, hairs and blotches, repaired from the neighbouring frames along motion.",
        paper="Kokaram, Motion Picture Restoration, Springer 1998",
        licence="Apache-2.0",
        radius=2,
    )
    Options = Options

    def run(self, clip: Clip) -> Result:
        """The core frames without their one-frame defects; pixels outside the mask are the film's own bits."""
        # Half the evidence at full strength, twice as much at none.
        sensitivity = 4.0 ** (0.5 - self.options.strength)
        shot = Shot(clip.frames, sensitivity=sensitivity, smallest=self.options.smallest)
        frames = clip.frames[clip.core].copy()
        masks = np.zeros(frames.shape[:3], bool)
        defects = np.zeros(len(frames))
        for k, i in enumerate(clip.indices):
            finding = shot.clean(i)
            frames[k][finding.mask] = finding.frame[finding.mask]
            masks[k] = finding.mask
            defects[k] = cv2.connectedComponents(finding.mask.astype(np.uint8))[0] - 1
            shot.forget(i - 2)
        return Result(frames=frames, mask=masks, statistics={"defects": defects, "repaired": masks.mean(axis=(1, 2))})
