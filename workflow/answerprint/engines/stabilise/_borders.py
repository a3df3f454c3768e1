"""What a moved frame shows at its borders, where it has no picture: its own lines beside them, stretched.

A repeated edge shows as a smeared bar. Here the frame's edge stays at the edge, and the lines near it are drawn apart.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

REACH = 3
"""Lines are stretched as far into the picture as this many times the gap: by half."""
LEAST = 0.5
"""Pixels; no whole line is missing in a narrower gap."""

Band = tuple[slice, slice]


def stretched(matrix: np.ndarray, shape: tuple[int, ...]) -> Iterator[tuple[Band, np.ndarray, np.ndarray]]:
    """The bands of a frame (h, w, ...) moved by a 2x3 matrix that are to be stretched: rows and columns of each, and
    where in the unmoved frame their pixels come from, float32 x and y."""
    height, width = shape[:2]
    back = cv2.invertAffineTransform(matrix)
    corners = np.array([[0, 0, 1], [width - 1, 0, 1], [0, height - 1, 1], [width - 1, height - 1, 1]], float)
    x, y = back @ corners.T
    gaps = {
        "left": -min(x[0], x[2]),
        "right": max(x[1], x[3]) - (width - 1),
        "top": -min(y[0], y[1]),
        "bottom": max(y[2], y[3]) - (height - 1),
    }
    gaps = {side: gap for side, gap in gaps.items() if gap > LEAST}
    for side, gap in gaps.items():
        rows, columns = slice(0, height), slice(0, width)
        if side in ("left", "right"):
            columns = _beside(side == "left", gap, width)
        else:
            rows = _beside(side == "top", gap, height)
        yield (rows, columns), *_sources(back, gaps, (rows, columns), (height, width))


def _beside(first: bool, gap: float, size: int) -> slice:
    """The lines, of `size`, that a gap before the first or behind the last of them stretches."""
    depth = min(int(np.ceil(REACH * gap)), size)
    return slice(0, depth) if first else slice(size - depth, size)


def _sources(
    back: np.ndarray, gaps: dict[str, float], band: Band, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = (np.arange(lines.start, lines.stop, dtype=float) for lines in band)
    height, width = size
    x = back[0, 0] * columns + back[0, 1] * rows[:, None] + back[0, 2]
    y = back[1, 0] * columns + back[1, 1] * rows[:, None] + back[1, 2]
    x = x + _pull(columns, gaps.get("left", 0.0)) - _pull(width - 1 - columns, gaps.get("right", 0.0))
    y = y + (_pull(rows, gaps.get("top", 0.0)) - _pull(height - 1 - rows, gaps.get("bottom", 0.0)))[:, None]
    return x.astype(np.float32), y.astype(np.float32)


def _pull(distance: np.ndarray, gap: float) -> np.ndarray:
    """How many pixels further inside a line at this distance from the edge comes from."""
    return gap * np.maximum(0.0, 1 - distance / (REACH * gap)) if gap else np.zeros_like(distance)
