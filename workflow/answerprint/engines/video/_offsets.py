"""How far one record of a picture lies from another: colour from brightness, red and blue from green.

Two records of one scene need not be alike, but within any small block one is nearly a linear function of the other once
they lie on each other. So the offset sought is the one at which blocks explain each other best.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from ...frames.optical_flow import luma

WIDTH = 640
"""Records are compared in pictures at most this wide."""
REACH = 8
"""The furthest offset that is looked for, in pixels of that picture."""
BLOCK = 16
"""Side of a block, pixels."""
COLOUR_BLUR = 2.0
"""Brightness and colour are compared at the detail that the colour of video has, a third of brightness."""
FINE = 2.0
"""Records of a film are compared by detail finer than this: colours differ, but edges are where they are."""
LEAST = 1e-5
"""Variance of a block under which it says nothing: a standard deviation of 0.8 steps of 255."""
COLOURED, PLACES = 2e-4, 0.05
"""Variance of colour, a standard deviation of 1.4 %, under which it is the tint of a scan, which lies anywhere; and the
share of the blocks that must have more."""
CERTAIN = 0.15
"""A parabola through whole pixels errs by a tenth; what it puts further away than this is looked at in half pixels."""
ENOUGH = 8
"""Blocks that must say something."""


def scale(width: int) -> float:
    """The size of the picture in which records of a film this wide are compared, as a share of its own."""
    return min(1.0, WIDTH / width)


def chroma_curve(frame: np.ndarray) -> np.ndarray:
    """How little of colour brightness explains when it is moved by -REACH..REACH pixels to the right: 0..2 for each.

    frame: (h, w, 3) at the size of `scale`. All zeros where colour or brightness has too little detail to say.
    """
    grey = luma(frame)
    soft = _blurred(grey)
    colours = [_Blocks(_blurred(frame[..., c] - grey), soft, COLOURED, PLACES) for c in (0, 2)]
    curves = [np.array([blocks.unlike(step, 0) for step in range(-REACH, REACH + 1)]) for blocks in colours]
    curves = [curve for curve in curves if np.isfinite(curve).all()]
    return np.sum(curves, axis=0) if curves else np.zeros(2 * REACH + 1)


def record_offset(frame: np.ndarray, channel: int) -> np.ndarray:
    """Where a channel of a frame (h, w, 3) lies, seen from green: pixels to the right, pixels down, and the shares of
    its blocks' variance that green does not explain as they lie and once they lie on each other.

    frame: at the size of `scale`. All zeros where there is too little detail to say.
    """
    green, record = (frame[..., c] - cv2.GaussianBlur(frame[..., c], (0, 0), FINE) for c in (1, channel))
    blocks = _Blocks(record, green)
    along = range(-REACH, REACH + 1)
    costs = {(x, 0): blocks.unlike(x, 0) for x in along} | {(0, y): blocks.unlike(0, y) for y in along}
    if not np.isfinite(list(costs.values())).all():
        return np.zeros(4)
    now = min(costs, key=lambda place: costs[place])
    while True:
        for place in _around(*now):
            if place not in costs:
                costs[place] = blocks.unlike(*place)
        best = min(_around(*now), key=lambda place: costs[place])
        if best == now:
            break
        now = best
    x, y = now
    across = x + _vertex(costs[x - 1, y], costs[now], costs[x + 1, y]) if abs(x) < REACH else float(x)
    down = y + _vertex(costs[x, y - 1], costs[now], costs[x, y + 1]) if abs(y) < REACH else float(y)
    if max(abs(across), abs(down)) > CERTAIN:
        across, down = blocks.refined(across, down)
    return np.array([across, down, costs[0, 0], blocks.unlike(across, down)])


def vertex(curve: np.ndarray) -> float:
    """The offset of the least value of a curve over -REACH..REACH, between its points by a parabola."""
    low = int(np.argmin(curve))
    beside = 0 < low < len(curve) - 1
    return low - REACH + (_vertex(*curve[low - 1 : low + 2]) if beside else 0.0)


def rival(curve: np.ndarray) -> float:
    """How deep another valley of such a curve is, as a share of the deepest one below the ridge between them: 0..1."""
    low, shares = int(np.argmin(curve)), [0.0]
    for side in (curve[low::-1], curve[low:]):
        ridge = np.maximum.accumulate(side)
        at = int(np.argmax(ridge - side))
        shares.append(float((ridge - side)[at] / max(ridge[at] - curve[low], 1e-9)))
    return max(shares)


def _vertex(before: float, least: float, after: float) -> float:
    bend = before - 2 * least + after
    return float((before - after) / (2 * bend)) if bend > 0 else 0.0


def _around(x: int, y: int) -> Iterator[tuple[int, int]]:
    for v in range(max(-REACH, y - 1), min(REACH, y + 1) + 1):
        for u in range(max(-REACH, x - 1), min(REACH, x + 1) + 1):
            yield u, v


def _blurred(picture: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(picture, (0, 0), COLOUR_BLUR)


class _Blocks:
    """The blocks of a record (h, w), beside those of a reference (h, w) that can be moved."""

    def __init__(self, record: np.ndarray, reference: np.ndarray, least: float = LEAST, places: float = 0.0) -> None:
        """Blocks whose variance is more than `least` count, if they are that share of all."""
        height, width = record.shape
        self._grid = (height - 2 * REACH) // BLOCK, (width - 2 * REACH) // BLOCK
        self._reference = reference
        self._enough = max(ENOUGH, places * self._grid[0] * self._grid[1])
        if min(self._grid) < 1:
            return
        self._own = self._cut(record, 0, 0)
        self._mean = self._means(self._own)
        self._variance = self._means(self._own * self._own) - self._mean**2
        self._telling = self._variance > least

    def refined(self, across: float, down: float) -> tuple[float, float]:
        """An offset that is right to a tenth of a pixel, to a few hundredths."""
        here = self.unlike(across, down)
        along = [self.unlike(across + step, down) for step in (-0.5, 0.5)]
        below = [self.unlike(across, down + step) for step in (-0.5, 0.5)]
        return (
            across + 0.5 * _vertex(along[0], here, along[1]),
            down + 0.5 * _vertex(below[0], here, below[1]),
        )

    def unlike(self, across: float, down: float) -> float:
        """The share of the record's variance that the reference, moved so far, does not explain; nan: it cannot say."""
        if min(self._grid) < 1:
            return np.nan
        other = self._cut(self._reference, across, down)
        mean = self._means(other)
        spread = self._means(other * other) - mean**2
        shared = self._means(self._own * other) - self._mean * mean
        telling = self._telling & (spread > LEAST)
        if np.count_nonzero(telling) < self._enough:
            return np.nan
        return float(1 - (shared[telling] ** 2 / (spread[telling] * self._variance[telling])).mean())

    def _cut(self, picture: np.ndarray, across: float, down: float) -> np.ndarray:
        """The part of a picture that the blocks cover once it is moved."""
        rows, columns = (BLOCK * count for count in self._grid)
        y, x = REACH - down, REACH - across
        if across == int(across) and down == int(down):
            return np.ascontiguousarray(picture[int(y) : int(y) + rows, int(x) : int(x) + columns])
        step = np.array([[1, 0, x], [0, 1, y]])
        back = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(picture, step, (columns, rows), flags=back, borderMode=cv2.BORDER_REPLICATE)

    def _means(self, picture: np.ndarray) -> np.ndarray:
        return cv2.resize(picture, self._grid[::-1], interpolation=cv2.INTER_AREA)
