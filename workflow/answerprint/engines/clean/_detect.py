"""Finds one-frame defects: what a frame shows and neither of its neighbours does, once aligned along motion.

Every threshold is relative to the film itself: its grain, how much the neighbours differ from each other, and how well
they explain the frame around the spot. The last two are high on hands, water, glitter and mouths, so spots there need
far more evidence than dirt on a calm background.

Kokaram, "Motion Picture Restoration" (1998): SDIa and SDIp, a spike against both neighbours; Nadenau and Mitra,
"Blotch and scratch detection in image sequences based on rank ordered differences" (1997): outside the range of a
neighbourhood of both.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

SQUARE = np.ones((3, 3), np.uint8)
FLOOR = 0.014
"""The smallest step that counts, of 1: three steps of an 8-bit film."""
GRAINY = 0.01
"""Mean difference of aligned neighbours above which pictures are compared through a small blur."""
ACTIVITY_LIMIT = 0.3
"""Larger differences of the neighbours count as this much, so that dirt in one does not hide dirt next to it."""
DOUBT_LIMIT = 0.09
"""Activity above this does not raise the thresholds further: a bold step is always worth scoring."""
SAMPLES = 1500
"""Pixels by which two pictures are made equally bright."""
BETTER_FIT = 0.7
"""The second fit of brightness replaces the first only if it leaves less than this share of its error: on a wide even
sky it always leaves a little less."""


@dataclass(frozen=True, kw_only=True)
class Spikes:
    """How far each pixel of a frame stands out from both neighbours: pictures float32 (h, w)."""

    strong: np.ndarray
    """Distance outside the range of both neighbours' 3x3 surroundings, in units of what a clear spot needs."""
    weak: np.ndarray
    """Step from both neighbours in the same direction, in units of its threshold."""
    noise: float
    """Standard deviation of the grain."""


def quiet_level(activity: np.ndarray, current: np.ndarray) -> float:
    """Mean difference of two aligned pictures where little moves, which grain causes. Clipped areas do not count."""
    sample, light = activity[::4, ::4], current[::4, ::4]
    sample = sample[(light > 0.04) & (light < 0.96)]
    return float(np.percentile(sample, 25)) if len(sample) > 50 else 0.0


def match_brightness(picture: np.ndarray, target: np.ndarray) -> tuple[np.float32, np.float32]:
    """Gain and offset that give `picture` the brightness and contrast of `target`, robust to what only one shows."""
    every = sampling(picture)
    return fit_brightness(picture[every], target[every])


def sampling(picture: np.ndarray) -> tuple[slice, slice]:
    """A grid of about SAMPLES pixels of a picture (h, w): more do not make the fit of brightness better."""
    step = max(1, int(np.sqrt(picture.size / SAMPLES)))
    return slice(None, None, step), slice(None, None, step)


def fit_brightness(picture: np.ndarray, target: np.ndarray) -> tuple[np.float32, np.float32]:
    """As `match_brightness`, from all pixels of pictures of floats, 0..1."""
    x, y = (one.ravel().astype(np.float64) for one in (picture, target))
    squares, products = x * x, x * y
    fits = []
    # A large blotch misleads a fit that starts from all pixels; a change of light one that starts from few.
    for error in (np.zeros(len(x)), np.abs(y - x)):
        usual = _median(error)
        for _ in range(3):
            keep = (error <= max(2.5 * usual, 1 / 255)).astype(np.float64)
            count = keep.sum()
            mean_x, mean_y = keep @ x / count, keep @ y / count
            spread, slope = keep @ squares / count - mean_x**2, keep @ products / count - mean_x * mean_y
            gain = min(max(slope / spread, 0.5), 2.0) if spread > 1e-4 else 1.0
            offset = mean_y - gain * mean_x
            error = np.abs(y - gain * x - offset)
            usual = _median(error)
        fits.append((usual, gain, offset))
    first, second = fits
    _, gain, offset = second if second[0] < BETTER_FIT * first[0] else first
    return np.float32(gain), np.float32(offset)


def _median(values: np.ndarray) -> float:
    """The upper median, in three fifths of the time that NumPy's takes for so few values."""
    return float(np.partition(values, len(values) // 2)[len(values) // 2])


def spikes(current: np.ndarray, before: np.ndarray, after: np.ndarray, beyond: list[np.ndarray]) -> Spikes:
    """How far each pixel stands out from both neighbours; all pictures float32 (h, w), aligned, equally bright.

    `beyond` holds differences between further frames and these neighbours, at most one a side.
    """
    quiet = quiet_level(cv2.blur(cv2.absdiff(before, after), (9, 9)), current)
    grain = quiet / 1.13
    if quiet > GRAINY:
        sigma = min(1.5, 0.5 * quiet / GRAINY)
        current, before, after = (cv2.GaussianBlur(a, (0, 0), sigma) for a in (current, before, after))
        beyond = [cv2.blur(a, (3, 3)) for a in beyond]
    low = cv2.erode(cv2.min(before, after), SQUARE)
    high = cv2.dilate(cv2.max(before, after), SQUARE)
    outside = np.maximum(current - high, low - current)
    to_before, to_after = current - before, current - after
    residual = cv2.min(np.abs(to_before), np.abs(to_after))
    step = np.where(to_before * to_after > 0, residual, 0)

    spread = cv2.absdiff(before, after)
    if len(beyond) == 2:
        spread = cv2.max(spread, cv2.min(*beyond))
    activity = cv2.blur(np.minimum(spread, ACTIVITY_LIMIT), (9, 9))
    quiet = quiet_level(activity, current)
    # The mean of |x - y| over grain of standard deviation s is 1.13 s; the mean of the smaller of two steps 0.7 s.
    noise = quiet / 1.13
    activity = np.maximum(activity - 1.15 * quiet, 0)
    least = FLOOR + 2.5 * noise
    calm = cv2.dilate((step > least + activity).astype(np.uint8), np.ones((5, 5), np.uint8)) == 0
    around = np.maximum(surroundings(residual, calm) - 0.7 * noise, 0)
    doubt = np.minimum(activity + around, DOUBT_LIMIT)
    return Spikes(strong=outside / (2.2 * (FLOOR + 3 * noise + 3 * doubt)), weak=step / (least + doubt), noise=grain)


def surroundings(picture: np.ndarray, counts: np.ndarray, size: int = 17) -> np.ndarray:
    """Mean of `picture` over the pixels of a square that count; 0 where hardly any do."""
    counts = counts.astype(np.float32)
    return cv2.blur(picture * counts, (size, size)) / np.maximum(cv2.blur(counts, (size, size)), 0.05)


def connected_spots(
    layers: list[Spikes], visible: np.ndarray, sensitivity: float, smallest: int, slight: float
) -> np.ndarray:
    """Weak pixels connected to a stronger one (hysteresis), in spots of at least `smallest` pixels: bool (h, w).

    `layers` has one entry a channel; `visible` is False where a neighbour does not show that place. The strongest pixel
    of a spot must reach the share `slight` of what it has in a clear one.
    """
    strong = visible & np.logical_or.reduce([layer.strong > slight * sensitivity for layer in layers])
    body = strong | (visible & np.logical_or.reduce([layer.weak > sensitivity for layer in layers]))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(body.astype(np.uint8), connectivity=8)
    keep = np.zeros(count, bool)
    keep[labels[strong]] = True
    keep &= stats[:, cv2.CC_STAT_AREA] >= smallest
    keep[0] = False
    return keep[labels]
