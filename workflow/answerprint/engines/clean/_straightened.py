"""A line and what is beside it, straightened, as the network that tells scratches sees them.

Its own frame and those near by are cut along the line, so that it stands in the middle column of each picture: as the
frame shows it, and without what the neighbours show along motion. A scratch is alike on both sides, goes on in the
frames near by and is new against each of them; an object is not, or not in all of these pictures.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from ._curves import median
from ._scratches import Line
from ._strips import Strips

ASIDE = 8
"""Columns of the strips on either side of a line."""
ROWS = 12
"""Rows of a picture, whatever the length of the line."""
STEPS = (-2, -1, 1, 2)
"""The frames near by, by how many frames later they are."""
PICTURES = 2 + 3 * len(STEPS)
"""The line in its own frame: as it is, against all that its neighbours show, and against each of them; then in each
frame near by: as it is, and against all that its neighbours show. Zeros where there is no such frame."""
FAINTEST = 0.01
"""The depth of a line that is less deep, of 1."""
LIMIT = 3.0
"""The most that a pixel stands out, in units of the line's depth."""


def straightened(line: Line, here: Strips, near: Mapping[int, tuple[Strips, float]]) -> np.ndarray:
    """A line's pictures, float32 (ROWS, PICTURES, 2 * ASIDE + 1), in units of its depth, a dark line turned bright.

    near: strips of the frames near by, and how many pixels further right the line stands there.
    """
    scale = here.shown.shape[1] / here.width
    x = (line.x + 0.5) * scale - 0.5
    # Where there is no frame near by, it counts as one that shows the same.
    own = _along([here.shown, here.excess, *(here.moved.get(step, here.shown) for step in STEPS)], x, line.top)
    own[2:] = own[0] - own[2:]
    pictures = [own]
    for step in STEPS:
        if step in near:
            there, aside = near[step]
            pictures.append(_along([there.shown, there.excess], x + aside * scale, line.top))
        else:
            pictures.append(np.zeros((2, len(x), 2 * ASIDE + 1), np.float32))
    stack = np.concatenate(pictures) * np.float32(1 if line.bright else -1)
    # Where what the neighbours show is not taken away, the ground is.
    plain = [0, *range(2, 2 + len(STEPS)), *range(2 + len(STEPS), PICTURES, 2)]
    stack[plain] -= _sides(stack[plain])
    depth = max(float(median(stack[0, :, ASIDE - 1 : ASIDE + 2].mean(axis=1))), FAINTEST)
    rows = cv2.resize(_side_by_side(stack), None, fx=1, fy=ROWS / len(x), interpolation=cv2.INTER_AREA)
    return np.clip(rows / np.float32(depth), -LIMIT, LIMIT).reshape(ROWS, PICTURES, -1)


def _along(planes: list[np.ndarray], x: np.ndarray, top: int) -> np.ndarray:
    """Planes of strips (strips, w) along a path from strip `top` down, to a fraction of a pixel: (k, n, columns)."""
    last = planes[0].shape[1] - 1
    left = np.floor(x).astype(int)[:, None] + np.arange(-ASIDE, ASIDE + 2)
    rows, columns = np.arange(top, top + len(x))[:, None], np.clip(left, 0, last)
    cut = np.stack([plane[rows, columns] for plane in planes])
    share = (x - np.floor(x)).astype(np.float32)[:, None]
    return cut[..., :-1] * (1 - share) + cut[..., 1:] * share


def _sides(pictures: np.ndarray) -> np.ndarray:
    """The mean of what is 3 to 5 columns to either side of the middle of pictures, row by row: (k, n, 1)."""
    left, right = (pictures[..., ASIDE + k : ASIDE + k + 3].mean(axis=2) for k in (-5, 3))
    return ((left + right) / 2)[..., None]


def _side_by_side(pictures: np.ndarray) -> np.ndarray:
    """Pictures (k, n, w) as one, (n, k * w)."""
    return np.ascontiguousarray(pictures.transpose(1, 0, 2)).reshape(pictures.shape[1], -1)
