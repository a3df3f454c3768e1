"""The steady course of a quantity through a shot, and how much trembles round it.

What the camera or the light did on purpose is a course: level, straight, bent, or broken by a step. What the gate or
the lamp added is what remains.
"""

from __future__ import annotations

import numpy as np

STIFFNESS = 9.0
"""How many times sharper than noise could bend it a path must turn before the turn counts as the camera's.
4 lets one path in ten follow weave of 2 px, 9 none of a hundred; both keep the start of a pan of 0.1 px a frame."""
LEVEL = 4.0
"""How many times steeper than noise could tilt it a path must run before it counts as moving."""


def integrate(steps: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """The path (n, k) that steps (n, k) add up to; steps nobody saw are drawn between those beside them.

    The first step leads in from another shot and counts for nothing.
    """
    seen = confidence > 0
    seen[0] = False
    if not seen.any():
        return np.zeros_like(steps)
    at = np.arange(len(steps))
    whole = np.stack([np.interp(at, at[seen], column[seen]) for column in steps.T], axis=1)
    whole[0] = 0
    return np.cumsum(whole, axis=0)


def jitter(values: np.ndarray, reach: int = 6) -> np.ndarray:
    """Robust standard deviation (k,) of what a moving parabola over 2 reach + 1 frames leaves of values (n, k)."""
    reach = min(reach, (len(values) - 1) // 2)
    if reach < 2:
        return np.zeros(values.shape[1])
    powers = np.arange(-reach, reach + 1)[:, None] ** np.arange(3.0)
    kernel = -powers[reach] @ np.linalg.pinv(powers)
    kernel[reach] += 1
    left = np.lib.stride_tricks.sliding_window_view(values, len(kernel), axis=0) @ kernel
    return 1.4826 * np.median(np.abs(left), axis=0) / np.sqrt((kernel**2).sum())


def trend(values: np.ndarray, horizon: float, floor: float, level: bool = True) -> np.ndarray:
    """The steady course (n, k) of values (n, k): level, else straight, and bent or broken where that cannot be noise.

    Whittaker's smoother over `horizon` frames, its stiffness lowered where the course turns more sharply than the noise
    in `values` (at least `floor`) could turn it, so that a noiseless curve comes back as it is; where its slope is no
    more than noise it is drawn level, if `level`. Columns bend together, when most do. Spikes of one or two frames are
    bridged; across a step between stretches that stay apart, a lamp or a splice, nothing is drawn.
    (Whittaker 1923; reweighting: Black and Rangarajan, IJCV 1996.)
    """
    n = len(values)
    if n < 4:
        return values.copy()
    middle = np.median(_windows(values, 2, 2), axis=-1)
    apart = np.abs(values - middle)
    usual = np.maximum(1.4826 * np.median(apart, axis=0), floor)
    spike = np.median(apart / usual, axis=1) > 6
    noise = np.maximum(jitter(np.where(spike[:, None], middle, values)), floor)
    scaled, weights = values / noise, np.where(spike, 1e-6, 1.0)
    before, after = (np.median(_windows(scaled, *reach), axis=-1) for reach in ((4, 0), (0, 4)))
    rise = np.median(np.abs(after[1:] - before[:-1]), axis=1)
    steps = np.median(np.abs(np.diff(scaled, axis=0)), axis=1)
    cuts = np.flatnonzero((rise > 8) & (steps > 0.75 * rise)) + 1
    stretches = zip(np.split(scaled, cuts), np.split(weights, cuts), strict=True)
    return np.concatenate([_course(*stretch, horizon, level) for stretch in stretches]) * noise


def _windows(values: np.ndarray, left: int, right: int) -> np.ndarray:
    """Each value with those `left` before and `right` after it, mirrored through the ends: (n, k, left + 1 + right)."""
    padded = np.pad(values, ((left, right), (0, 0)), mode="reflect", reflect_type="odd")
    return np.lib.stride_tricks.sliding_window_view(padded, left + 1 + right, axis=0)


def _course(values: np.ndarray, weights: np.ndarray, horizon: float, level: bool) -> np.ndarray:
    """The steady course (n, k) of values whose noise is 1."""
    n = len(values)
    if n < 4:
        return values
    # What the smoother lets through of white noise, as slope and as bend.
    stiffness = (2 * np.sin(np.pi / horizon)) ** -4.0
    wave = 2 * np.sin(np.pi * np.arange(2048) / 4096)
    passed = 1 / (1 + stiffness * wave**4)
    bend, slope = (np.sqrt(np.mean((wave**order * passed) ** 2)) for order in (2, 1))
    course = _smoothed(values, weights, np.zeros(n - 1), stiffness, STIFFNESS * bend)
    if not level:
        return course
    slopes = np.median(np.diff(course, axis=0) ** 2, axis=1) / (LEVEL * max(slope, np.sqrt(12 / n**3))) ** 2
    reach = int(horizon) // 8
    around = np.lib.stride_tricks.sliding_window_view(np.pad(slopes, reach, mode="symmetric"), 2 * reach + 1)
    flat = np.clip(1 - around.max(axis=1), 0, 1) ** 2
    return _smoothed(values, weights, flat * (horizon * 10 / 2 / np.pi) ** 2, stiffness, STIFFNESS * bend)


def _smoothed(
    values: np.ndarray, weights: np.ndarray, level: np.ndarray, stiffness: float, bend: float, rounds: int = 20
) -> np.ndarray:
    """`values` (n, k) smoothed against slope by `level` (n - 1) and against bends by `stiffness`, less past `bend`."""
    from scipy.linalg import solveh_banded

    n = len(values)
    held = np.full(n - 2, stiffness)
    course = values
    for _ in range(rounds):
        bands = np.zeros((3, n))
        bands[2] = weights
        bands[2, :-1] += level
        bands[2, 1:] += level
        bands[1, 1:] -= level
        for offset, factor in ((0, 1), (1, 4), (2, 1)):
            bands[2, offset : n - 2 + offset] += factor * held
        bands[1, 1:-1] -= 2 * held
        bands[1, 2:] -= 2 * held
        bands[0, 2:] += held
        course = solveh_banded(bands, weights[:, None] * values)
        held = stiffness / (1 + np.median(np.diff(course, 2, axis=0) ** 2, axis=1) / bend**2)
    return course
