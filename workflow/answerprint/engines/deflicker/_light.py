"""How the light changes from frame to frame: the same places compared along motion, one to four frames apart.

Steps between neighbours alone add up to a drift; those over several frames hold it. Everything is measured on small
pictures of log brightness, whose grain is averaged out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import cv2
import numpy as np

from ...frames import optical_flow
from .. import Clip, Measures

BLACK = 0.02
"""Added to brightness before its logarithm: below this, noise and black offset dominate, not light."""
CELLS = (72, 96)
"""Rows and columns of the small picture."""
CLASSES = 8
"""Equally large classes of brightness whose change is followed."""
TILES = (6, 8)
"""Rows and columns of the regions whose change is followed."""
OFFSETS = (1, 2, 4)
"""How many frames before it a frame is compared with."""
UNSEEN = 10.0
"""The spread of a comparison with a frame that is not there."""
CUT, USUAL, NEARBY = 0.03, 3.0, 6
"""Where every comparison across a frame's beginning differs by more than CUT within regions, and by USUAL times as much
as the NEARBY steps on either side, a shot ends: cuts reach 0.04 to 0.25, fast motion 0.08, but for long, and a frame
that is unlike its neighbours is not unlike for those that pass over it."""


def measured(clip: Clip, offsets: Sequence[int] = OFFSETS) -> Measures:
    """Steps of log brightness of 8 classes and 48 tiles since earlier frames (core, offsets, 56), how much the pixels
    of a tile differ about them (core, offsets), the classes' levels (core, 8) and their shares of tiles (core, 48, 8).
    """
    first = max(0, clip.core.start - max(offsets))
    smalls = [small(frame) for frame in clip.frames[first : clip.core.stop]]
    flows = _flows(smalls) if max(offsets) > 1 else ([], [])
    rows: dict[str, list[np.ndarray]] = {"steps": [], "spread": [], "levels": [], "shares": []}
    for index in range(clip.core.start - first, len(smalls)):
        now = smalls[index]
        steps, spread = np.zeros((len(offsets), CLASSES + TILES[0] * TILES[1])), np.full(len(offsets), UNSEEN)
        for row, offset in enumerate(offsets):
            if offset <= index:
                steps[row], spread[row] = _step(smalls, flows, index, offset)
        order = np.argsort(now.ravel(), kind="stable").reshape(CLASSES, -1)
        rows["steps"].append(steps)
        rows["spread"].append(spread)
        rows["levels"].append(np.median(now.ravel()[order], axis=1))
        rows["shares"].append(_shares(order))
    return {name: np.stack(values) for name, values in rows.items()}


def stretches(spread: np.ndarray) -> Iterator[slice]:
    """The stretches of a shot between cuts that nobody found, from the spread (n, offsets) of all comparisons."""
    steps, cuts = spread[:, 0], []
    for index in range(1, len(spread)):
        near = [*steps[max(1, index - NEARBY) : index], *steps[index + 1 :][:NEARBY]]
        if near and _across(spread, index) > max(CUT, USUAL * float(np.median(near))):
            cuts.append(index)
    for start, stop in pairwise([0, *cuts, len(spread)]):
        yield slice(start, stop)


def _across(spread: np.ndarray, index: int) -> float:
    """The least spread (n, offsets) of all comparisons of a frame before `index` with one from there on."""
    pairs = [(later, row) for row, offset in enumerate(OFFSETS) for later in range(index, index + offset)]
    return float(min(spread[later, row] for later, row in pairs if OFFSETS[row] <= later < len(spread)))


def path(steps: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """The log brightness (n, 56), 0 in the first frame, that steps (n, offsets, 56) agree on best.

    Least squares over all pairs of frames, each weighed by how well its pixels agree (spread, (n, offsets)) and, again
    and again, by how well it fits the others (Cauchy).
    """
    from scipy.linalg import solveh_banded

    n, reach = len(steps), max(OFFSETS)
    pairs = [(row, offset) for row, offset in enumerate(OFFSETS) if offset < n]
    prior = 1 / (0.005**2 + spread**2)
    weights = prior.copy()
    levels = np.zeros((n, steps.shape[2]))
    for _ in range(6):
        bands, right = np.zeros((reach + 1, n)), np.zeros_like(levels)
        # Where the whole lies does not matter; without a hold the equations have no single answer.
        bands[reach] = 0.01
        for row, offset in pairs:
            weight, step = weights[offset:, row], steps[offset:, row]
            bands[reach, offset:] += weight
            bands[reach, :-offset] += weight
            bands[reach - offset, offset:] -= weight
            right[offset:] += weight[:, None] * step
            right[:-offset] -= weight[:, None] * step
        levels = solveh_banded(bands[reach - min(reach, n - 1) :], right)
        for row, offset in pairs:
            error = np.median(np.abs(levels[offset:] - levels[:-offset] - steps[offset:, row]), axis=1)
            weights[offset:, row] = prior[offset:, row] / (1 + (error / 0.01) ** 2)
    return levels - levels[:1]


def small(frame: np.ndarray) -> np.ndarray:
    """Log brightness (72, 96) of a frame of any size."""
    grey = cv2.resize(optical_flow.luma(frame), CELLS[::-1], interpolation=cv2.INTER_AREA)
    return np.log(np.maximum(grey, 0) + BLACK)


def _view(picture: np.ndarray) -> np.ndarray:
    """What the optical flow sees of a small picture: its texture, which light does not change."""
    detail = picture - cv2.blur(picture, (15, 15))
    contrast = np.sqrt(np.maximum(cv2.blur(detail * detail, (15, 15)), 0)) + 0.05
    return np.clip(detail / contrast * 40 + 128.5, 0, 255).astype(np.uint8)


def _flows(smalls: list[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The flow from each small picture but the first to the one before it, and from that one to it."""
    pairs = list(pairwise(_view(picture) for picture in smalls))
    return [optical_flow.flow(now, before) for before, now in pairs], [optical_flow.flow(*pair) for pair in pairs]


def _step(
    smalls: list[np.ndarray], flows: tuple[list[np.ndarray], list[np.ndarray]], index: int, offset: int
) -> tuple[np.ndarray, float]:
    """Change (56,) of the same places up to picture `index` since `offset` pictures before it, and its spread.

    Flow finds bright things rather than what they hide: compared one way alone, a crowd would seem to darken, frame by
    frame. So both ways count alike.
    """
    before, now = smalls[index - offset], smalls[index]
    if offset == 1:
        return _compared(_with_the_camera(before, now), now)
    back, onward = (one[index - offset : index] for one in flows)
    one, other = (
        _compared(optical_flow.warp(before, _composed(back[::-1])), now),
        _compared(before, optical_flow.warp(now, _composed(onward))),
    )
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def _composed(flows: Sequence[np.ndarray]) -> np.ndarray:
    """The flow from the first of several pictures to the last, from the flows between neighbours."""
    total = np.zeros((*CELLS, 2), np.float32)
    for flow in flows:
        total = total + optical_flow.warp(flow, total)
    return total


def _with_the_camera(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """`before` shifted as the camera moved, where that makes the two more alike.

    Over a single frame that is steadier than flow, which in crowds follows what is bright.
    """
    size = now.shape[::-1]
    # phaseCorrelate multiplies the window into its arguments, so it gets copies.
    shift, _ = cv2.phaseCorrelate(before.copy(), now.copy(), cv2.createHanningWindow(size, cv2.CV_32F))
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]])
    moved = cv2.warpAffine(before, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    still, along = (float(np.median(np.abs(x - np.median(x)))) for x in (now - before, now - moved))
    # A shift also blurs, which makes pictures alike: it has to win clearly.
    return moved if along < 0.8 * still else before


def _compared(before: np.ndarray, now: np.ndarray) -> tuple[np.ndarray, float]:
    """Median change of the same places by class and by tile (56,): what moves is outvoted; and its spread in tiles.

    Classes are ranked by the mean of both frames, because ranked by one, its extremes would seem to fall back.
    """
    step = now - before
    order = np.argsort((before + now).ravel(), kind="stable").reshape(CLASSES, -1)
    tiles = _tiled(step)
    middle = np.median(tiles, axis=1)
    spread = float(np.median(np.abs(tiles - middle[:, None])))
    return np.concatenate([np.median(step.ravel()[order], axis=1), middle]), spread


def _shares(order: np.ndarray) -> np.ndarray:
    """The share of each class (8, pixels) in the middle third, by brightness, of each tile: (48, 8)."""
    label = np.empty(order.size, np.int64)
    label[order] = np.arange(CLASSES)[:, None]
    middle = np.sort(_tiled(label.reshape(CELLS)), axis=1)
    third = middle.shape[1] // 3
    return np.stack([(middle[:, third:-third] == one).mean(axis=1) for one in range(CLASSES)], axis=1)


def _tiled(picture: np.ndarray) -> np.ndarray:
    """A small picture (72, 96) by regions: (48, pixels)."""
    rows, columns = TILES
    high, wide = CELLS[0] // rows, CELLS[1] // columns
    return picture.reshape(rows, high, columns, wide).swapaxes(1, 2).reshape(rows * columns, high * wide)
