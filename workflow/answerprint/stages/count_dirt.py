"""The dirt of one frame, counted without repairing it: small spots that neither neighbouring frame has."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..frames.optical_flow import eight_bits

EDGE = 0.06
"""Share of width and height along each side that is not searched for dirt and scratches: the gate may show there."""
WIDTH = 640
"""Dirt is searched for in pictures at most this wide: what disappears at that size is grain."""
NEAR, SPOT, AROUND, AWAY = (np.ones((size, size), np.uint8) for size in (5, 11, 15, 41))

BOLD_AREA, BOLD_TIMES = 6, 2
"""A bold spot has so many pixels of that picture or more, and one that stands out by so many times what a spot must and
lies AWAY from motion: nearly all spots of undamaged film lie beside what moves."""
LONG, HIGH, FULL = 16, 4, 0.6
"""A streak of videotape is at least so long and at most so high, in pixels of that picture, four times as long as high,
and fills so much of the rectangle round it."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """The spots of one frame."""

    dirt: float
    """Share of pixels in spots, 0..1."""
    stir: float
    """Share of pixels in motion, 0..1."""
    bold: float
    """Spots that a person sees, away from what moves."""
    dropouts: float
    """Spots that are level streaks."""


def count(
    before: np.ndarray, now: np.ndarray, after: np.ndarray, step: np.ndarray, back: np.ndarray, noise: float
) -> Counts:
    """What of `now` (h, w) neither `before` nor `after` has.

    Where something larger than a spot has changed there is motion, and no spot is counted. `step` and `back`
    (dx, dy, angle) align `before` and `after` with `now`, whose noise has the standard deviation `noise`. Uncovered
    ground, or a thing that moves fast, differs from one neighbour but seldom from both.
    """
    scale = min(1.0, WIDTH / now.shape[1])
    if scale < 1:
        before, now, after = (
            cv2.resize(x, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for x in (before, now, after)
        )
    threshold = int(255 * (0.06 + 4 * noise))
    picture = eight_bits(now)
    neighbours = [_aligned(frame, now, motion, scale) for frame, motion in ((before, step), (after, back))]
    dark, clear, moving = _dark_spots(picture, neighbours, threshold)
    bright, bright_clear, _ = _dark_spots(255 - picture, [255 - neighbour for neighbour in neighbours], threshold)
    height, width = picture.shape
    y, x = int(height * EDGE), int(width * EDGE)
    inner = (slice(y, height - y), slice(x, width - x))
    return Counts(
        dirt=float((dark | bright)[inner].mean()),
        stir=float(moving[inner].mean()),
        bold=float(_bold(dark[inner], clear[inner]) + _bold(bright[inner], bright_clear[inner])),
        dropouts=float(sum(_streaks(spots[inner]) for spots in (dark, bright))),
    )


def _bold(spots: np.ndarray, clear: np.ndarray) -> int:
    """How many spots of a mask (h, w) are large enough to be seen, and stand out clearly somewhere."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(spots.astype(np.uint8), connectivity=8)
    standing_out = np.unique(labels[spots & clear])
    return int(np.count_nonzero(stats[standing_out, cv2.CC_STAT_AREA] >= BOLD_AREA))


def _streaks(spots: np.ndarray) -> int:
    """How many spots of a mask (h, w) are long, level and thin."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(spots.astype(np.uint8), connectivity=8)
    width, height, area = (stats[1:, column] for column in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    streak = (width >= LONG) & (height <= HIGH) & (width >= 4 * height) & (area >= FULL * width * height)
    return int(np.count_nonzero(streak))


def _aligned(other: np.ndarray, now: np.ndarray, step: np.ndarray, scale: float) -> np.ndarray:
    """A neighbouring frame, as bright as `now` and aligned with it, in 8 bits."""
    height, width = now.shape
    sample = (slice(None, None, 8), slice(None, None, 8))
    other = other * np.float32(np.median((now[sample] + 0.02) / (other[sample] + 0.02)))
    matrix = np.array([[1, -step[2], step[0] * scale], [step[2], 1, step[1] * scale]])
    matrix[:, 2] -= (matrix[:, :2] - np.eye(2)) @ np.array([(width - 1) / 2, (height - 1) / 2])
    return cv2.warpAffine(eight_bits(other), matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def _dark_spots(
    picture: np.ndarray, neighbours: list[np.ndarray], threshold: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Dark spots (h, w); where, away from motion, the picture is so much darker than both neighbours that a person sees
    it; and where it has changed without its spots too: something moves there."""
    without_spots = cv2.morphologyEx(picture, cv2.MORPH_CLOSE, SPOT)
    spots = cv2.subtract(without_spots, picture) > threshold
    darker = np.minimum(*(cv2.subtract(cv2.erode(neighbour, NEAR), picture) for neighbour in neighbours))
    moving = np.zeros(picture.shape, bool)
    for neighbour in neighbours:
        moving |= cv2.absdiff(without_spots, cv2.morphologyEx(neighbour, cv2.MORPH_CLOSE, SPOT)) >= threshold
    around, near = (cv2.dilate(moving.astype(np.uint8), size) > 0 for size in (AROUND, AWAY))
    return spots & (darker > threshold) & ~around, (darker > BOLD_TIMES * threshold) & ~near, moving
