"""A face averaged over frames around it, along its motion: the face stays, and grain, other in each frame, goes."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np

from ...frames import optical_flow
from ._motion import motion
from ._patch import Patch

REACH = 4
"""So many other frames of the shot are looked at, the nearest: two on either side, at its ends more on one. They halve
the grain. Two would gain 0.1 dB less, six 0.05 dB more."""


def averaged(patch: Patch, frames: np.ndarray, index: int, noise: float) -> Patch:
    """The patch of a face in the frame at that place of a shot (n, h, w, c) with its `calm` from the frames around it.

    They count where they show the same, so a face that turns, blinks or speaks too fast keeps its own grain there.
    noise: of the face, share of white.
    """
    total, weight = patch.luma.copy(), np.ones_like(patch.luma)
    for at in _nearest(index, len(frames)):
        other = optical_flow.luma(frames[at][patch.place])
        steps, trust = motion(patch.luma, other, 2 * noise**2)
        total += trust * optical_flow.warp(other, steps, cv2.INTER_CUBIC)
        weight += trust
    return dataclasses.replace(patch, calm=np.asarray(total / weight, np.float32))


def _nearest(index: int, length: int) -> list[int]:
    """The nearest other frames, by their place."""
    first = min(max(0, index - REACH // 2), max(0, length - REACH - 1))
    return [at for at in range(first, min(length, first + REACH + 1)) if at != index]
