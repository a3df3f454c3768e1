"""Dirt found by motion, or by a network in shots too short for that; a network has the last word on scratches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ._evidence import Detector
from .learned import LearnedClean
from .motion import Clean

SHORTEST = 3
"""Frames of the shortest shot in which each frame has two others to be compared with."""


class MixedClean(LearnedClean):
    """Dirt as by `clean/motion`, in shots of one or two frames as by `clean/learned`; scratches as by the latter."""

    card = replace(
        LearnedClean.card,
        name="mixed",
        summary="Dirt as `motion` finds it, in shots of one or two frames as `learned`; upright scratches that last.",
        cost=1.2 * Clean.card.cost,
        memory=760,
        # A few short shots are not worth waiting for a GPU.
        gpu=False,
    )
    trained_as = "clean/learned"

    def detector(self, frames: np.ndarray) -> Detector:
        """What finds and repairs the defects of one shot."""
        return self.by_motion(frames) if len(frames) >= SHORTEST else super().detector(frames)
