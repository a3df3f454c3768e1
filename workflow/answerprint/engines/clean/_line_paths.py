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
    count, width = gain.shape
    best, came = _best_scores(gain)
    paths: list[tuple[int, np.ndarray]] = []
    taken = np.zeros(gain.shape, bool)
    while len(paths) < most:
        bottom, x = divmod(int(best.argmax()), width)
        if best[bottom, x] < score:
            break
        path = _traced_back(best, came, bottom, x)
        rows = np.arange(bottom + 1 - len(path), bottom + 1)
        crossed = taken[rows, path].any()
        near = np.clip(path[:, None] + np.arange(-4, 5), 0, width - 1)
        best[rows[:, None], near], taken[rows[:, None], near] = 0, True
        best[bottom:, max(0, x - 6) : x + 7] = 0
        if not crossed and len(path) >= LENGTH * count:
            paths.append((int(rows[0]), path))
    return paths


def _best_scores(gain: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The score of the best path that ends at each place (strips, w), and the step to the column it came from."""
    count, width = gain.shape
    # A column of zeros on either side: a path that came from there would be worth less than none.
    best, above = np.zeros((count, width + 2), np.float32), np.zeros(width, np.float32)
    straight, left, right = best[:, 1:-1], best[:, :-2], best[:, 2:]
    for gains, here, before, after in zip(gain, straight, left, right, strict=True):
        np.add(gains, above, out=above)
        np.maximum(above, 0, out=here)
        np.maximum(before, after, out=above)
        above -= LEAN
        np.maximum(above, here, out=above)
    straight, left, right = straight[:-1], left[:-1], right[:-1]
    came = np.zeros(gain.shape, np.int8)
    came[1:] = np.where(straight >= np.maximum(left, right) - LEAN, 0, np.where(left >= right, -1, 1))
    return np.ascontiguousarray(best[:, 1:-1]), came


def _traced_back(best: np.ndarray, came: np.ndarray, bottom: int, x: int) -> np.ndarray:
    """Columns of the path that ends in strip `bottom` at column `x`, from its first strip down."""
    path = []
    while bottom >= 0 and best[bottom, x] > 0:
        path.append(x)
        x += int(came[bottom, x])
        bottom -= 1
    return np.array(path[::-1])
