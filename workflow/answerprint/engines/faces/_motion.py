"""How a face moves from one frame to another, and where that can be trusted."""

from __future__ import annotations

import cv2
import numpy as np

from ...frames import optical_flow
from ._patch import blurred

UNLIKE = 0.02
"""Difference (share of white) beyond that of grain at which a place no longer counts as the same: a slope of light."""
ASTRAY = 1.0
"""Pixels by which motion forward and back may miss the start before it counts as lost."""


def motion(face: np.ndarray, other: np.ndarray, grain: float) -> tuple[np.ndarray, np.ndarray]:
    """Flow (h, w, 2) from a face to another picture of it, and how far it can be trusted, 0..1 (h, w).

    grain: the mean square difference that the grain of both makes.
    """
    looks = [optical_flow.eight_bits(blurred(image, 1.0)) for image in (face, other)]
    there, back = optical_flow.flow(looks[0], looks[1]), optical_flow.flow(looks[1], looks[0])
    unlike = blurred((face - optical_flow.warp(other, there, cv2.INTER_CUBIC)) ** 2, 2.0)
    missed = optical_flow.disagreement(there, back)
    far = np.maximum(unlike - grain, 0) / UNLIKE**2 + (missed / ASTRAY) ** 2
    return there, np.asarray(np.exp(-far / 2) * optical_flow.inside(there), np.float32)
