"""Finds one-frame defects: what stands in a frame, but in neither of its neighbours brought onto it along motion.

Every threshold is in units of what the film itself shows there: its grain, how restless the neighbours are among
themselves, and how well they explain the frame around the spot. The last two are high on hands, water, glitter and
mouths, so those need far more evidence than dirt on a calm background.

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
"""The least step that counts, of 1: three steps of an 8-bit film."""
GRAINY = 0.01
"""Mean difference of aligned neighbours above which pictures are looked at through a small blur."""
RESTLESS = 0.3
"""Differences above this say no more than this one, so that dirt in a neighbour does not hide dirt beside it."""
BOLD = 0.09
"""More restlessness than this does not raise the thresholds: a bold step may always be looked at more closely."""
PLAINLY = 0.7
"""How much less a second fit of brightness must leave over than the first, to be taken: on a wide even sky it always
leaves a little less."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What speaks for a defect, for one frame: pictures float32 (h, w)."""

    strong: np.ndarray
    """Distance outside the range of both neighbours' 3x3 surroundings, in units of its threshold."""
    weak: np.ndarray
    """Step from both neighbours to the same side, in units of its threshold."""
    noise: float
    """Standard deviation of the grain."""


def quiet_level(activity: np.ndarray, current: np.ndarray) -> float:
    """Mean difference of two aligned pictures where little moves: what grain alone makes. Borders do not count."""
    some, lit = activity[::4, ::4], current[::4, ::4]
    some = some[(lit > 0.04) & (lit < 0.96)]
    return float(np.percentile(some, 25)) if len(some) > 50 else 0.0


def brightness(picture: np.ndarray, target: np.ndarray) -> tuple[np.float32, np.float32]:
    """Gain and offset that give `picture` the brightness and contrast of `target`, deaf to what is only in one."""
    x, y = picture[::8, ::8].ravel(), target[::8, ::8].ravel()
    fits = []
    # A large blotch leads a fit astray that begins with all pixels; a change of light one that begins with few.
    for keep in (np.ones(len(x), bool), _close(np.abs(y - x))):
        for _ in range(3):
            u, v = x[keep], y[keep]
            spread = float(u.var())
            slope = float(((u - u.mean()) * (v - v.mean())).mean())
            gain = float(np.clip(slope / spread, 0.5, 2.0)) if spread > 1e-4 else 1.0
            offset = float(v.mean() - gain * u.mean())
            error = np.abs(y - gain * x - offset)
            keep = _close(error)
        fits.append((float(np.median(error)), gain, offset))
    usual, other = fits
    _, gain, offset = other if other[0] < PLAINLY * usual[0] else usual
    return np.float32(gain), np.float32(offset)


def _close(error: np.ndarray) -> np.ndarray:
    return error <= max(2.5 * float(np.median(error)), 1 / 255)


def evidence(current: np.ndarray, before: np.ndarray, after: np.ndarray, beyond: list[np.ndarray]) -> Evidence:
    """How much each pixel stands out of both neighbours; all pictures float32 (h, w), aligned, equally bright.

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
    activity = cv2.blur(np.minimum(spread, RESTLESS), (9, 9))
    quiet = quiet_level(activity, current)
    # The mean of |x - y| over grain of standard deviation s is 1.13 s; the mean of the smaller of two steps 0.7 s.
    noise = quiet / 1.13
    activity = np.maximum(activity - 1.15 * quiet, 0)
    least = FLOOR + 2.5 * noise
    calm = cv2.dilate((step > least + activity).astype(np.uint8), np.ones((5, 5), np.uint8)) == 0
    around = np.maximum(surroundings(residual, calm) - 0.7 * noise, 0)
    doubt = np.minimum(activity + around, BOLD)
    return Evidence(strong=outside / (2.2 * (FLOOR + 3 * noise + 3 * doubt)), weak=step / (least + doubt), noise=grain)


def surroundings(picture: np.ndarray, counts: np.ndarray, size: int = 17) -> np.ndarray:
    """Mean of `picture` over the pixels of a square that count; 0 where hardly any does."""
    counts = counts.astype(np.float32)
    return cv2.blur(picture * counts, (size, size)) / np.maximum(cv2.blur(counts, (size, size)), 0.05)


def candidates(found: list[Evidence], known: np.ndarray, sensitivity: float, smallest: int) -> np.ndarray:
    """Weak pixels connected to a strong one (hysteresis), of at least `smallest` pixels: bool (h, w).

    `found` has one entry a channel; `known` is False where a neighbour does not show that place.
    """
    seeds = known & np.logical_or.reduce([f.strong > sensitivity for f in found])
    body = seeds | (known & np.logical_or.reduce([f.weak > sensitivity for f in found]))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(body.astype(np.uint8), connectivity=8)
    keep = np.zeros(count, bool)
    keep[labels[seeds]] = True
    keep &= stats[:, cv2.CC_STAT_AREA] >= smallest
    keep[0] = False
    return keep[labels]


def agreed(mask: np.ndarray, step: np.ndarray, spread: np.ndarray, noise: float, limit: float = 0.22) -> np.ndarray:
    """Those spots of `mask` over which the neighbours' `spread`, beyond grain, is below `limit` times the `step`."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    inside = labels[mask]
    keep = np.bincount(inside, spread[mask] - 1.13 * noise, count) < limit * np.bincount(inside, step[mask], count)
    keep[0] = False
    return keep[labels]
