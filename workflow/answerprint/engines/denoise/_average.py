"""A frame averaged with its neighbours along motion, and how much of its noise is left.

Buades, Lisani and Miladinovic, "Patch-based video denoising with optical flow estimation" (IEEE TIP 2016).
"""

from __future__ import annotations

import cv2
import numpy as np

from ...frames import optical_flow
from . import _noise


def noise_of(frame: np.ndarray, curve: np.ndarray) -> np.ndarray:
    """Standard deviation of the noise at each pixel of a frame (h, w, c), from its curve (8, c) over brightness."""
    light = optical_flow.eight_bits(cv2.blur(optical_flow.luma(frame), (5, 5)))
    steps = (np.arange(256) + 0.5) / 256 * _noise.BINS - 0.5
    tables = (np.interp(steps, np.arange(_noise.BINS), c).astype(np.float32) for c in curve.T)
    return np.stack([np.maximum(table, 0.1 / 255)[light] for table in tables], axis=2)


def averaged(
    frames: np.ndarray, i: int, noise: np.ndarray, radius: int, looks: dict[int, np.ndarray] | None = None
) -> tuple[np.ndarray, np.ndarray, float]:
    """Mean of frame i and its neighbours along motion (h, w, c), the share of the noise left in it (h, w), and the
    average number of frames that went into it.

    `noise` (h, w, c) is that of frame i; `looks` keeps what the optical flow sees of a frame from one call to the next.
    """
    looks = {} if looks is None else looks
    frame = frames[i]
    height, width, _ = frame.shape
    total = frame.copy()
    weights, squares = np.ones((height, width), np.float32), np.ones((height, width), np.float32)
    for j in range(max(0, i - radius), min(len(frames), i + radius + 1)):
        if j == i:
            continue
        half = optical_flow.flow(_look(frames, i, looks), _look(frames, j, looks), "medium")
        flow = cv2.resize(half, (width, height), interpolation=cv2.INTER_LINEAR) * 2
        moved = optical_flow.warp(frames[j], flow, cv2.INTER_CUBIC)
        weight = _trust(frame, moved, noise) * optical_flow.inside(flow)
        total += weight[..., None] * moved
        weights += weight
        squares += weight * weight
    return total / weights[..., None], np.sqrt(squares) / weights, float(weights.mean())


def _look(frames: np.ndarray, i: int, looks: dict[int, np.ndarray]) -> np.ndarray:
    """What the optical flow sees of a frame: half its size, so that noise is averaged."""
    if i not in looks:
        grey = optical_flow.luma(frames[i])
        half = (grey.shape[1] + 1) // 2, (grey.shape[0] + 1) // 2
        small = cv2.resize(grey, half, interpolation=cv2.INTER_AREA)
        looks[i] = optical_flow.eight_bits(cv2.GaussianBlur(small, (0, 0), 0.8))
    return looks[i]


def _trust(frame: np.ndarray, moved: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """How far a neighbour brought onto a frame shows the same there, 0..1 (h, w): it differs by no more than noise."""
    ratio = np.ascontiguousarray((((frame - moved) / noise) ** 2).mean(axis=2)) * 0.5
    wide, narrow = cv2.blur(ratio, (7, 7)), cv2.blur(ratio, (3, 3))
    return np.exp(-2.0 * np.maximum(wide - 1.15, 0) - np.maximum(narrow - 2.2, 0))
