"""Colour of an enlarged picture: resampled so that it ends where brightness does.

He, Sun and Tang, "Guided Image Filtering" (ECCV 2010); He and Sun, "Fast Guided Filter" (2015).
"""

from __future__ import annotations

import cv2
import numpy as np

WEIGHTS = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Of red, green and blue in brightness (ITU-R BT.709)."""
RADIUS = 2
"""Source pixels around each of which colour is taken to follow brightness along a line."""
FLAT = 1e-4
"""Variance of brightness below which colour is not taken to follow it."""


def split(frame: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A frame (h, w, 3) as brightness (h, w) and the differences (h, w, 2) of red and blue to it."""
    luma = frame @ WEIGHTS
    return luma, frame[..., [0, 2]] - luma[..., None]


def joined(luma: np.ndarray, differences: np.ndarray) -> np.ndarray:
    """A frame (h, w, 3) from what `split` gives."""
    red, blue = differences[..., 0] + luma, differences[..., 1] + luma
    green = (luma - WEIGHTS[0] * red - WEIGHTS[2] * blue) / WEIGHTS[1]
    return np.stack([red, green, blue], axis=2)


def enlarged(differences: np.ndarray, luma: np.ndarray, larger: np.ndarray) -> np.ndarray:
    """Colour differences (h, w, 2) at the size of `larger`, the brightness that `luma` (h, w) has become."""
    size = (2 * RADIUS + 1, 2 * RADIUS + 1)
    height, width = larger.shape
    mean = cv2.blur(luma, size)
    variance = np.maximum(cv2.blur(luma * luma, size) - mean * mean, 0) + FLAT
    planes = []
    for plane in np.moveaxis(differences, 2, 0):
        around = cv2.blur(plane, size)
        slope = (cv2.blur(plane * luma, size) - around * mean) / variance
        start = around - slope * mean
        slope, start = (
            cv2.resize(cv2.blur(part, size), (width, height), interpolation=cv2.INTER_LINEAR) for part in (slope, start)
        )
        planes.append(slope * larger + start)
    return np.stack(planes, axis=2)
