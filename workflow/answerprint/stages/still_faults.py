"""What one frame shows by itself: how light, noisy and sharp it is, upright lines, a codec's blocks, combs, colour."""

from __future__ import annotations

import cv2
import numpy as np

from .count_dirt import EDGE

LEAST_GREY = 0.02
"""Share of a picture that must be neither black nor white to show noise: the small letters of a title card have nothing
flat, and their edges would pass for grain of 3 % of white."""


def numbers(now: np.ndarray) -> dict[str, float]:
    """The numbers of one frame by itself."""
    mean, deviation = cv2.meanStdDev(now)
    fine = now - cv2.GaussianBlur(now, (0, 0), 0.8)
    coarse = now - cv2.GaussianBlur(now, (0, 0), 2.5)
    noise = noise_of(now)
    # Of white noise the first filter passes 0.66 of the variance and the second 0.98.
    fine_power = max(float(np.mean(fine * fine)) - 0.66 * noise**2, 0.0)
    coarse_power = max(float(np.mean(coarse * coarse)) - 0.98 * noise**2, 1e-6)
    return {
        "brightness": float(np.ravel(mean)[0]),
        "contrast": float(np.ravel(deviation)[0]),
        "noise": noise,
        "sharpness": min(fine_power / coarse_power, 1.0),
        "line": _line(now, noise),
        "blockiness": _blockiness(now),
        "combing": _combing(now),
    }


def noise_of(now: np.ndarray) -> float:
    """Standard deviation of noise where a picture (h, w), float32 0..1, is flat and neither black nor white, or 0.

    Immerkaer, "Fast Noise Variance Estimation" (1996), with the median for the mean.
    """
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    response = np.abs(cv2.filter2D(now, -1, kernel))[1:-1:2, 1:-1:2]
    smooth = cv2.blur(now, (7, 7))
    slope = np.abs(cv2.Sobel(smooth, -1, 1, 0)) + np.abs(cv2.Sobel(smooth, -1, 0, 1))
    grey = smooth[1:-1:2, 1:-1:2]
    valid = (grey > 0.04) & (grey < 0.96)
    if valid.mean() < LEAST_GREY or valid.sum() < 100:
        return 0.0
    slope = slope[1:-1:2, 1:-1:2]
    flat = valid & (slope <= np.median(slope[valid]))
    return float(1.4826 * np.median(response[flat]))


def _line(now: np.ndarray, noise: float) -> float:
    """The largest share of the height along which one column is brighter, or darker, than those beside it."""
    smooth = cv2.blur(now, (1, 5))
    left, right = np.roll(smooth, 4, axis=1), np.roll(smooth, -4, axis=1)
    picture = np.minimum(left, right) > 0.04  # Next to a black gate every edge would be a line.
    left, right = smooth - left, smooth - right
    threshold = 0.01 + noise / 2
    margin = int(now.shape[1] * EDGE) + 5
    lines = [picture & (np.minimum(sign * left, sign * right) > threshold) for sign in (1, -1)]
    shares = [line[:, margin:-margin].mean(axis=0) for line in lines]
    return float(np.max(shares)) if shares[0].size else 0.0


def _blockiness(now: np.ndarray) -> float:
    """How much larger the mean step across the lines of the 8 x 8 grid is than the one just beside them."""
    ratios = []
    for image in (now, now.T):
        steps = np.abs(np.diff(image[::2], axis=1)).mean(axis=0)
        if len(steps) < 24:
            return 0.0
        grid = steps[7:-2:8]
        beside = (steps[6:-3:8][: len(grid)] + steps[8:-1:8][: len(grid)]) / 2
        ratios.append(float(grid.mean() / max(beside.mean(), 1e-4)))
    return max(float(np.mean(ratios)) - 1, 0.0)


def _combing(now: np.ndarray) -> float:
    """Share of pixels unlike the lines above and below, which are alike, less the same share counted sideways."""

    def comb(image: np.ndarray) -> float:
        middle, above, below = image[1:-1], image[:-2], image[2:]
        torn = (above - middle) * (below - middle) > 0.06**2
        return float((torn & (np.abs(above - below) < 0.04)).mean())

    if min(now.shape) < 3:
        return 0.0
    return max(comb(now) - comb(np.ascontiguousarray(now.T)), 0.0)


def chroma(frame: np.ndarray) -> float:
    """Spread between channels that one pixel in 200 exceeds; 0 for one channel."""
    if frame.shape[2] == 1:
        return 0.0
    # Averaged over 4 x 4 pixels, because coloured noise is not colour.
    size = (max(1, frame.shape[1] // 4), max(1, frame.shape[0] // 4))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    return float(np.quantile(small.max(axis=2) - small.min(axis=2), 0.995))
