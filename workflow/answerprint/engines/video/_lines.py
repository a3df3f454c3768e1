"""Lines of videotape that lie beside their place: jitter of the time base, and lines torn away by head switching."""

from __future__ import annotations

import cv2
import numpy as np

SOFT = 1.5
"""Lines are compared after a blur of this many pixels along them, so that a displacement shows as a slope."""
TEXTURED = 0.004
"""A line must have this much slope, of 1 a pixel, in the mean, to say where it lies."""
LOWEST = 0.06
"""Share of the height at the bottom in which torn lines are looked for."""
UNLIKE, TORN = 0.5, 0.75
"""A torn line is at most half as like the one above as lines usually are; three quarters of the torn lines are so."""


def displacements(grey: np.ndarray) -> tuple[np.ndarray, float]:
    """How far each line of a picture (h, w) lies to the right of the mean of those above and below, pixels (h - 2,);
    nan where it cannot be said. And the share of what differs between lines that this explains, in the median.
    """
    soft = cv2.GaussianBlur(grey, (0, 1), SOFT, sigmaY=1e-6)
    mean = (soft[:-2] + soft[2:]) / 2
    slope = (mean[:, 2:] - mean[:, :-2]) / 2
    difference = (soft[1:-1] - mean)[:, 1:-1]
    power, shared = (slope * slope).sum(axis=1), (slope * difference).sum(axis=1)
    telling = power > slope.shape[1] * TEXTURED**2
    steps = np.where(telling, -shared / np.maximum(power, 1e-9), np.nan)
    explained = shared**2 / np.maximum(power * (difference**2).sum(axis=1), 1e-12)
    return steps, float(np.median(explained[telling])) if telling.any() else 0.0


def jitter(before: np.ndarray, now: np.ndarray) -> tuple[float, float]:
    """Standard deviation of the place of lines in pixels, from two frames (h, w) of one shot; and the share explained.

    What stands still, such as slanted edges of the picture, is no jitter.
    """
    (first, _), (second, explained) = displacements(before), displacements(now)
    change = (second - first)[np.isfinite(second - first)]
    if len(change) < 20:
        return 0.0, 0.0
    # Each displacement has the variance of one line and half of another; the change between frames has it twice.
    return float(1.4826 * np.median(np.abs(change)) / 3**0.5), explained


def torn(grey: np.ndarray) -> int:
    """How many of the lowest lines of a picture (h, w) are unlike those above them, noisy and out of place."""
    height = len(grey)
    fine = grey - cv2.GaussianBlur(grey, (0, 1), 8, sigmaY=1e-6)
    above, below = fine[:-1], fine[1:]
    likeness = (above * below).mean(axis=1) / np.sqrt((above**2).mean(axis=1) * (below**2).mean(axis=1) + 1e-12)
    step = np.sqrt(((above - below) ** 2).mean(axis=1))
    usual = slice(height // 2, int(height * (1 - LOWEST)))
    if usual.stop - usual.start < 8:
        return 0
    unlike = likeness < UNLIKE * np.median(likeness[usual])
    unlike &= step > 1.5 * np.percentile(step[usual], 90) + 1 / 255
    lines = [count for count in range(2, int(height * LOWEST) + 1) if unlike[-count] and unlike[-count:].mean() >= TORN]
    return max(lines, default=0)
