"""The best nearly upright paths through strips of a picture, by dynamic programming (Viterbi).

Bruni and Vitulano, "A generalized model for scratch detection", IEEE Transactions on Image Processing 13 (2004).
"""

from __future__ import annotations

import numpy as np

LEAN = 1.0
"""What a step to the side costs."""
LENGTH = 0.25
"""Share of the height that a line must span."""
MOST = 32
"""The most lines that are taken from a frame."""
MARGIN = 6
"""A line keeps the ends of others so many columns away,"""
BESIDE = np.arange(-4, 5)
"""and all of them from these columns."""


def line_paths(
    ridge: np.ndarray, wide: int, least: float, score: float, most: int = MOST
) -> list[tuple[int, np.ndarray]]:
    """First strip and columns of each line, the best first; each keeps others away from its surroundings.

    ridge: how far a line would stand out from each place, (strips, w); a place gains what this is above `least`, and
    a line at least `score`. wide: the column at which a second picture begins beside the first; no line crosses it.
    """
    gain = np.clip(ridge - least, -1, 2)
    for edge in (0, wide):
        gain[:, max(0, edge - 3) : edge + 3] = -1
    gain[:, -3:] = -1
    best, came = _best_scores(gain)
    count, width = best.shape
    scores = best.ravel()
    paths: list[tuple[int, np.ndarray]] = []
    for end in _boldest_first(scores, score):
        if scores[end] == 0:
            continue
        path = _traced_back(scores, came, width, end)
        bottom, x = divmod(end, width)
        scores[path[:, None] + BESIDE] = 0
        best[bottom:, x - MARGIN : x + MARGIN + 1] = 0
        if len(path) >= LENGTH * count:
            paths.append((bottom + 1 - len(path), path % width - MARGIN))
            if len(paths) == most:
                break
    return paths


def _best_scores(gain: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The score of the best path that ends at each place, and the step to the column it came from.

    Both (strips, w), with MARGIN columns more on either side: a path from there would be worth less than none.
    """
    count, width = gain.shape
    best, above = np.zeros((count, width + 2 * MARGIN), np.float32), np.zeros(width, np.float32)
    straight, left, right = (best[:, MARGIN + k : MARGIN + k + width] for k in (0, -1, 1))
    for gains, here, before, after in zip(gain, straight, left, right, strict=True):
        np.add(gains, above, out=above)
        np.maximum(above, 0, out=here)
        np.maximum(before, after, out=above)
        above -= LEAN
        np.maximum(above, here, out=above)
    straight, left, right = straight[:-1], left[:-1], right[:-1]
    came = np.zeros(best.shape, np.int8)
    came[1:, MARGIN:-MARGIN] = np.where(straight >= np.maximum(left, right) - LEAN, 0, np.where(left >= right, -1, 1))
    return best, came


def _boldest_first(scores: np.ndarray, score: float) -> list[int]:
    """The places of this score and more, the highest first, of equal ones the first."""
    ends = np.flatnonzero(scores >= score)
    order: list[int] = ends[np.argsort(-scores[ends], kind="stable")].tolist()
    return order


def _traced_back(scores: np.ndarray, came: np.ndarray, width: int, end: int) -> np.ndarray:
    """Places of the path that ends at this place, from its first strip down, in arrays so wide."""
    path = []
    # A view of the memory gives single numbers twice as fast as the array does.
    score, step = scores.data, came.ravel().data
    while end >= 0 and score[end] > 0:
        path.append(end)
        end += step[end] - width
    return np.array(path[::-1])
