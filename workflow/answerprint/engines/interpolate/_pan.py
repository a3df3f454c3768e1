"""Pans: the step of the whole picture, for textures that look alike a post or a window further."""

from __future__ import annotations

import cv2
import numpy as np

from ...frames import optical_flow

WIDTH = 48
"""Width of the pictures in which a pan is looked for: fences and windows have vanished in them."""
ALIKE, WIDE = 0.02, 7.0
"""Places that are the same in both frames to within 2 % of the range, once moved by the pan, move with it: in the mean
over 7 pixels around, because a limb may pass between a place that both frames show without it."""

UNLIKE, REACH = 0.1, 3.0
"""Motions that differ by a post move the brightness by a tenth of the range, in the mean over 3 pixels around."""


def step(a: np.ndarray, b: np.ndarray, flow: np.ndarray | None = None) -> np.ndarray | None:
    """The step (2,) in pixels by which the whole grey picture (h, w) moves from a to b; None where it does not pan.

    flow: steps from a to b, float32 (any, w, 2), if they are known already.
    """
    height, width = a.shape
    factor = min(1.0, WIDTH / width)
    size = (max(8, round(width * factor)), max(8, round(height * factor)))
    small = [cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for picture in (a, b)]
    shift, _ = cv2.phaseCorrelate(small[0], small[1], cv2.createHanningWindow(size, cv2.CV_32F))
    rough = np.array([shift[0] * width / size[0], shift[1] * height / size[1]], np.float32)
    if np.hypot(*rough) < 1:
        return None
    if flow is None:
        first, second = (optical_flow.eight_bits(picture) for picture in (a, b))
        flow = optical_flow.flow(first, second, "fast")
    # Exactly: what the flow says where it is near.
    sample = flow[::2, ::2].reshape(-1, 2)
    near = np.abs(sample - rough).max(axis=1) < 1 / factor
    return np.asarray(np.median(sample[near], axis=0), np.float32) if near.mean() >= 0.1 else None


def moved(a: np.ndarray, b: np.ndarray, time: float, pan: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both frames (h, w, c) as a pan shows them at a moment."""
    steps = np.broadcast_to(pan, (*a.shape[:2], 2))
    return (
        optical_flow.warp(a, np.float32(-time) * steps).reshape(a.shape),
        optical_flow.warp(b, np.float32(1 - time) * steps).reshape(b.shape),
    )


def alike(difference: np.ndarray, reach: float = WIDE) -> np.ndarray:
    """How far places are the same in both frames, 0..1, from their difference, 0..1, around them: float32 (h, w)."""
    around = cv2.GaussianBlur(difference, (0, 0), reach)
    return np.asarray(np.exp(-((around / np.float32(ALIKE)) ** 2)), np.float32)


def unlike(change: np.ndarray) -> np.ndarray:
    """How far a change (h, w, c) of a drawn frame is one of its motion and not of its sharpness: 0..1, (h, w, 1)."""
    around = cv2.GaussianBlur(np.abs(change).mean(axis=2), (0, 0), REACH)
    return np.asarray(1 - np.exp(-((around / np.float32(UNLIKE)) ** 2)), np.float32)[..., None]
