"""Dirt as `motion` finds it, by a network in shots too short for that, and lasting scratches that a network judges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ._evidence import Repair
from ._two_pass import FEWEST
from .learned import LearnedClean, NetworkDetector
from .motion import Clean


class MixedClean(LearnedClean):
    """As `clean/motion`, but for shots of one or two frames, which are done as by `clean/learned`, and scratches."""

    card = replace(
        LearnedClean.card,
        name="mixed",
        summary="Dirt as `motion` finds it, in shots of two frames as `learned` does; upright scratches that last.",
        cost=1.1 * Clean.card.cost,
        memory=800,
        # A few frames of a film are not worth waiting for a GPU.
        gpu=False,
    )
    trained_as = "clean/learned"

    def detector(self, frames: np.ndarray) -> NetworkDetector:
        """What finds and repairs the defects of one shot."""
        return ShortShotDetector(frames, self)


class ShortShotDetector(NetworkDetector):
    """Defects in the frames of one shot (n, h, w, c); a network sees those of a shot too short for `motion`."""

    def detect(self, i: int) -> Repair:
        """Frame `i` of the shot, repaired."""
        return self.motion.detect(i) if len(self.frames) >= FEWEST else super().detect(i)
