"""Measures the grain of a film as a function of brightness."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from math import erf, exp, pi, sqrt

import cv2
import numpy as np

from ...frames import optical_flow

BINS = 8
"""Steps of brightness, evenly from black to white."""
BLOCK = 8
QUARTILE = 0.86
"""Lower quartile of the variance of a block of 64 values of white noise, of the true variance."""
SMOOTHED = 0.77
"""The same after the filter of `spatial`: neighbouring values are alike, so blocks differ more."""

SHADOWS = (0.02, 0.035, 0.05, 0.07, 0.1)
"""Limits of the brightnesses at which noise is checked for being cut off at black."""


def curve(difference: np.ndarray, brightness: np.ndarray, quartile: float = QUARTILE) -> np.ndarray:
    """Standard deviation of `difference` (h, w) in the calmest quarter of blocks, by `brightness`: float32 (8).

    quartile: what the lower quartile of blocks' variances is of the true one where there is noise alone.
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
        blocks = variance[step == k]
        if len(blocks) >= 12:
            result[k] = np.sqrt(max(0.0, float(np.percentile(blocks, 25))) / quartile)
    return result


def temporal(frame: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Noise of `frame` (h, w, c) by brightness, from its difference to the frame before along motion: (8, c).

    Whole-pixel steps, because reading between pixels would smooth the noise away.
    """
    grey, other = optical_flow.luma(frame), optical_flow.luma(before)
    look, other_look = (optical_flow.eight_bits(cv2.GaussianBlur(a, (0, 0), 1.5)) for a in (grey, other))
    steps = np.rint(optical_flow.flow(look, other_look, "ultrafast"))
    moved = optical_flow.warp(before, steps, cv2.INTER_NEAREST)
    light = cv2.blur(grey, (5, 5))
    return np.stack([curve((frame - moved)[..., c], light) for c in range(frame.shape[2])], axis=1) / np.sqrt(2)


def spatial(frame: np.ndarray) -> np.ndarray:
    """Noise of `frame` (h, w, c) by brightness, from what a filter that ignores ramps leaves of it: (8, c).

    Immerkaer, "Fast noise variance estimation" (1996).
    """
    light = cv2.blur(optical_flow.luma(frame), (5, 5))
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    planes = (cv2.filter2D(frame[..., c], -1, kernel) for c in range(frame.shape[2]))
    return np.stack([curve(plane, light, SMOOTHED) for plane in planes], axis=1)


def complete(curves: np.ndarray) -> np.ndarray:
    """Median of noise curves (n, 8, c) with the steps of brightness that do not occur filled from their neighbours."""
    result = np.zeros((BINS, curves.shape[2]), np.float32)
    for c in range(result.shape[1]):
        for k in range(BINS):
            values = curves[:, k, c][np.isfinite(curves[:, k, c])]
            result[k, c] = np.median(values) if len(values) else np.nan
        bins = np.flatnonzero(np.isfinite(result[:, c]))
        result[:, c] = np.interp(np.arange(BINS), bins, result[bins, c]) if len(bins) else 0.0
    return result


def at_black(frame: np.ndarray) -> np.ndarray:
    """Noise of `frame` (h, w, c) before black cut it off, from how many pixels of a shadow are black and its mean.

    (c,); NaN where too few are black: then nothing was cut off. Of normal noise of deviation s about x = t s, the share
    Phi(-t) is cut off, and the mean is s (phi(t) + t Phi(t)).
    """
    result = np.full(frame.shape[2], np.nan, np.float32)
    _, mean, share = _cut()
    for c in range(frame.shape[2]):
        plane = frame[..., c]
        light = cv2.blur(plane, (9, 9))
        levels = []
        for low, high in pairwise(SHADOWS):
            shadow = plane[(light > low) & (light <= high)]
            black = float(np.mean(shadow <= 0.5 / 255)) if len(shadow) >= 200 else 0.0
            if 0.1 < black < 0.75:
                levels.append(float(shadow.mean()) / float(np.interp(black, share[::-1], mean[::-1])))
        if levels:
            result[c] = np.median(levels)
    return result


def cut_off(black: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Noise that is cut off at black in a shot, (c,), from `at_black` (n, c) and the noise curve (8, c); 0 for none.

    It must show in most frames and be as strong as where it is not cut off: film whose blacks are calm is left alone.
    """
    usual = np.isfinite(black).mean(axis=0) > 0.5
    level = np.array([np.median(c[np.isfinite(c)]) if np.isfinite(c).any() else 0.0 for c in black.T])
    beside = noise[1:3].mean(axis=0)
    return np.where(usual & (np.abs(level - beside) < 0.25 * beside), level, 0.0).astype(np.float32)


def uncut(picture: np.ndarray, noise: float) -> np.ndarray:
    """A clean picture (h, w) without the light that noise, cut off at black, adds to shadows: 2 % for noise of 5 %."""
    if noise <= 0:
        return picture
    at, mean, _ = _cut()
    result = picture.astype(np.float32)
    dark = picture < 3 * noise
    result[dark] = np.maximum(np.interp(picture[dark] / noise, mean, at) * noise, 0)
    return result


@lru_cache
def _cut() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Levels in deviations of normal noise, their mean when it is cut off at 0, and the share that is cut off."""
    at = np.linspace(-4, 6, 1001)
    below = np.array([0.5 * (1 + erf(t / sqrt(2))) for t in at])
    density = np.array([exp(-t * t / 2) / sqrt(2 * pi) for t in at])
    return at, density + at * below, 1 - below
