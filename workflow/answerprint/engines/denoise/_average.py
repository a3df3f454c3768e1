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


class Motion:
    """Motion between the frames of a shot (n, h, w, c), seen at half size, where noise is averaged.

    It is measured from each frame to the next and joined over more of them; kept until told to forget.
    """

    def __init__(self, frames: np.ndarray) -> None:
        self._frames = frames
        self._views: dict[int, np.ndarray] = {}
        self._steps: dict[tuple[int, int], np.ndarray] = {}

    def between(self, i: int, j: int) -> np.ndarray:
        """Flow (h, w, 2) from frame i to another, pixels."""
        height, width = self._frames.shape[1:3]
        return cv2.resize(self._joined(i, j), (width, height), interpolation=cv2.INTER_LINEAR) * 2

    def forget(self, before: int) -> None:
        """Drop what concerns frames before this one."""
        for k in [k for k in self._views if k < before]:
            del self._views[k]
        for pair in [pair for pair in self._steps if min(pair) < before]:
            del self._steps[pair]

    def _joined(self, i: int, j: int) -> np.ndarray:
        nearer = j - 1 if j > i else j + 1
        if nearer == i:
            return self._step(i, j)
        flow = self._joined(i, nearer)
        return flow + optical_flow.warp(self._step(nearer, j), flow)

    def _step(self, i: int, j: int) -> np.ndarray:
        if (i, j) not in self._steps:
            self._steps[i, j] = optical_flow.flow(self._view(i), self._view(j), "medium")
        return self._steps[i, j]

    def _view(self, i: int) -> np.ndarray:
        """What the optical flow sees of a frame."""
        if i not in self._views:
            grey = optical_flow.luma(self._frames[i])
            half = (grey.shape[1] + 1) // 2, (grey.shape[0] + 1) // 2
            small = cv2.resize(grey, half, interpolation=cv2.INTER_AREA)
            self._views[i] = optical_flow.eight_bits(cv2.GaussianBlur(small, (0, 0), 0.8))
        return self._views[i]


def averaged(
    frames: np.ndarray, i: int, noise: np.ndarray, radius: int, motion: Motion
) -> tuple[np.ndarray, np.ndarray, float]:
    """Mean of frame i and its neighbours along motion (h, w, c), the share of the noise left in it (h, w), and the
    average number of frames that went into it.

    `noise` (h, w, c) is that of frame i.
    """
    frame = frames[i]
    height, width, _ = frame.shape
    total = frame.copy()
    weights, squares = np.ones((height, width), np.float32), np.ones((height, width), np.float32)
    for j in range(max(0, i - radius), min(len(frames), i + radius + 1)):
        if j == i:
            continue
        flow = motion.between(i, j)
        moved = optical_flow.warp(frames[j], flow, cv2.INTER_CUBIC)
        weight = _trust(frame, moved, noise) * optical_flow.inside(flow)
        total += weight[..., None] * moved
        weights += weight
        squares += weight * weight
    return total / weights[..., None], np.sqrt(squares) / weights, float(weights.mean())


def _trust(frame: np.ndarray, moved: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """How far a neighbour brought onto a frame shows the same there, 0..1 (h, w): it differs by no more than noise."""
    ratio = np.ascontiguousarray((((frame - moved) / noise) ** 2).mean(axis=2)) * 0.5
    wide, narrow = cv2.blur(ratio, (7, 7)), cv2.blur(ratio, (3, 3))
    return np.exp(-2.0 * np.maximum(wide - 1.15, 0) - np.maximum(narrow - 2.2, 0))
