"""Jumps after which the picture stays displaced: splices and slipped frame lines."""

from __future__ import annotations

import numpy as np

REACH = 8
"""Frames before and after a jump that show whether the picture stays displaced."""


def displaced(path: np.ndarray, most: float) -> np.ndarray:
    """How far, in pixels (n,), jumps of up to `most` displaced each frame of a path (n,) from the longest stretch.

    A jump is a single step unlike those before and after it, after which the picture stays displaced.
    """
    offset = np.zeros(len(path))
    steps = np.diff(path)
    if len(steps) < 2 * REACH:
        return offset
    noise = 1.4826 * float(np.median(np.abs(steps - np.median(steps))))
    for at in range(1, len(path)):
        if not 1.5 + 5 * noise < abs(steps[at - 1]) <= 2 * most + noise:
            continue
        before, after = steps[max(0, at - 1 - REACH) : at - 1], steps[at : at + REACH]
        if min(len(before), len(after)) < REACH // 2:
            continue
        usual = np.median(before), np.median(after)
        jump = steps[at - 1] - np.clip(steps[at - 1], min(usual), max(usual))
        # A frame lost or repeated in a pan is a jump by the pan's own step, and a hand-held camera jerks more than
        # once: neither is the gate's.
        jerks = max(np.abs(before - usual[0]).max(), np.abs(after - usual[1]).max())
        least = max(1.5 + 5 * noise, 3 * max(map(abs, usual)), 2.5 * jerks)
        stays = np.median(path[at : at + REACH]) - np.median(path[max(0, at - REACH) : at])
        if not least < abs(jump) <= most or not 0.6 * abs(jump) < stays * np.sign(jump) < 2 * abs(jump):
            continue
        fitted = _step(path[max(0, at - 3 * REACH) : at + 3 * REACH], min(at, 3 * REACH))
        offset[at:] += fitted if noise > 0.1 and abs(fitted - jump) < abs(jump) / 3 else jump
    levels, counts = np.unique(offset, return_counts=True)
    return offset - levels[np.argmax(counts)]


def _step(path: np.ndarray, at: int) -> float:
    """By how much a path (n,) that is straight but for weave jumps before its frame `at`."""
    time = np.arange(len(path)) - at
    design = np.stack([np.ones(len(path)), time, time >= 0], axis=1)
    return float(np.linalg.lstsq(design, path, rcond=None)[0][2])
