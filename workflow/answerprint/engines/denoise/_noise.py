"""How much the grain of a film is, as a function of brightness."""

from __future__ import annotations

import cv2
import numpy as np

from ... import motion

BINS = 8
"""Steps of brightness, evenly from black to white."""
BLOCK = 8
QUARTILE = 0.87
"""Lower quartile of the variance of a block of 64 grain values, of the true variance (chi squared)."""


def curve(difference: np.ndarray, brightness: np.ndarray) -> np.ndarray:
    """Standard deviation of `difference` (h, w) in the calmest quarter of blocks, by `brightness`: float32 (8).

    NaN where a step of brightness has under 12 blocks. Blocks at the ends of the scale are left out: they are clipped.
    """
    high, wide = (n // BLOCK * BLOCK for n in difference.shape)
    size = wide // BLOCK, high // BLOCK
    result = np.full(BINS, np.nan, np.float32)
    if not high or not wide:
        return result

    def mean(picture: np.ndarray) -> np.ndarray:
        return cv2.resize(picture[:high, :wide], size, interpolation=cv2.INTER_AREA)

    variance = mean(difference * difference) - mean(difference) ** 2
    light = mean(brightness)
    step = np.where((light > 0.02) & (light < 0.98), light * BINS, -1).astype(np.int32)
    for k in range(BINS):
        own = variance[step == k]
        if len(own) >= 12:
            result[k] = np.sqrt(max(0.0, float(np.percentile(own, 25))) / QUARTILE)
    return result


def temporal(frame: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Noise of `frame` (h, w, c) by brightness, from its difference to the frame before along motion: (8, c).

    Whole-pixel steps, because reading between pixels would smooth the noise away.
    """
    grey, other = motion.luma(frame), motion.luma(before)
    look, other_look = (motion.eight_bits(cv2.GaussianBlur(a, (0, 0), 1.5)) for a in (grey, other))
    steps = np.rint(motion.flow(look, other_look, "ultrafast"))
    moved = motion.warp(before, steps, cv2.INTER_NEAREST)
    light = cv2.blur(grey, (5, 5))
    return np.stack([curve((frame - moved)[..., c], light) for c in range(frame.shape[2])], axis=1) / np.sqrt(2)


def spatial(frame: np.ndarray) -> np.ndarray:
    """Noise of `frame` (h, w, c) by brightness, from what a mask that is blind to ramps leaves of it: (8, c).

    Immerkaer, "Fast noise variance estimation" (1996).
    """
    light = cv2.blur(motion.luma(frame), (5, 5))
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    return np.stack([curve(cv2.filter2D(frame[..., c], -1, kernel), light) for c in range(frame.shape[2])], axis=1)


def complete(curves: np.ndarray) -> np.ndarray:
    """Median of noise curves (n, 8, c) with the steps of brightness that do not occur filled from their neighbours."""
    result = np.zeros((BINS, curves.shape[2]), np.float32)
    for c in range(result.shape[1]):
        for k in range(BINS):
            values = curves[:, k, c][np.isfinite(curves[:, k, c])]
            result[k, c] = np.median(values) if len(values) else np.nan
        known = np.flatnonzero(np.isfinite(result[:, c]))
        result[:, c] = np.interp(np.arange(BINS), known, result[known, c]) if len(known) else 0.0
    return result
