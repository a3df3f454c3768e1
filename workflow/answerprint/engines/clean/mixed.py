"""Dirt found by motion inside shots, and by a network at their ends, where motion has neighbours on one side only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ._evidence import Repair
from .learned import LearnedClean, NetworkDetector
from .motion import Clean


class MixedClean(LearnedClean):
    """As `clean/motion`, but for the first and the last frame of each shot, which are done as by `clean/learned`."""

    card = replace(
        LearnedClean.card,
        name="mixed",
        summary="Dirt as `motion` finds it inside shots and `learned` at their ends; upright scratches that last.",
        cost=1.2 * Clean.card.cost,
        memory=800,
        # A few frames of each shot are not worth waiting for a GPU.
        gpu=False,
    )
    trained_as = "clean/learned"

    def detector(self, frames: np.ndarray) -> NetworkDetector:
        """What finds and repairs the defects of one shot."""
        return EndsDetector(frames, self)


class EndsDetector(NetworkDetector):
    """Defects in the frames of one shot (n, h, w, c); a network sees those of its ends."""

    def detect(self, i: int) -> Repair:
        """Frame `i` of the shot, repaired."""
        return self.motion.detect(i) if 0 < i < len(self.frames) - 1 else super().detect(i)
