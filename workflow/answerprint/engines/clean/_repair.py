"""Fills spots from a neighbouring frame along the motion of their surroundings, or from the frame itself."""

from __future__ import annotations

import cv2
import numpy as np

RING = np.ones((7, 7), np.uint8)
LOST = 0.1
"""Neighbours that differ from the frame around a spot by more than this, plus grain, do not show what belongs there."""


def fill_in(picture: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """`picture` (h, w) or (h, w, c) with the hole filled smoothly from its surroundings (pull-push, coarse to fine).

    Gortler et al., "The Lumigraph" (SIGGRAPH 1996), section 3.4.
    """
    weight: np.ndarray = (~hole).astype(np.float32)
    value: np.ndarray = picture.reshape(*hole.shape, -1) * weight[..., None]
    levels = [(value, weight)]
    while min(weight.shape) > 2 and weight.min() == 0:
        size = (weight.shape[1] + 1) // 2, (weight.shape[0] + 1) // 2
        weight = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
        value = cv2.resize(value, size, interpolation=cv2.INTER_AREA).reshape(*weight.shape, -1)
        levels.append((value, weight))
    value, weight = levels.pop()
    filled = value / np.maximum(weight, 1e-6)[..., None]
    for value, weight in reversed(levels):
        size = weight.shape[1], weight.shape[0]
        smooth = cv2.resize(filled, size, interpolation=cv2.INTER_LINEAR).reshape(value.shape)
        filled = value + smooth * (1 - weight[..., None])
    return filled.reshape(picture.shape).astype(np.float32)


def fill_in_coarse(picture: np.ndarray, hole: np.ndarray, scale: int) -> np.ndarray:
    """`fill_in` at 1 / `scale` of the size: for what is smooth anyway, such as motion."""
    height, width = hole.shape
    size = -(-width // scale), -(-height // scale)
    flat = picture.reshape(height, width, -1).copy()
    flat[hole] = 0
    weight = 1 - cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    value = cv2.resize(flat, size, interpolation=cv2.INTER_AREA).reshape(*weight.shape, -1)
    small = fill_in(value / np.maximum(weight, 1e-6)[..., None], weight < 0.01)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR).reshape(picture.shape)


def along(image: np.ndarray, steps: np.ndarray, where: np.ndarray) -> np.ndarray:
    """`image` (h, w, c) read at the pixels `where` (h, w) plus their steps (h, w, 2), cubic: (pixels, c)."""
    y, x = np.nonzero(where)
    count, row = len(y), 4096
    # OpenCV reads tables of under 32768 entries a side.
    table = np.zeros((-(-count // row) * row, 2), np.float32)
    table[:count] = steps[where] + np.column_stack([x, y])
    to_x, to_y = (table[:, k].reshape(-1, row).copy() for k in (0, 1))
    read = cv2.remap(image, to_x, to_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return read.reshape(-1, image.shape[2])[:count]


def filled(
    frame: np.ndarray, before: np.ndarray, after: np.ndarray, hole: np.ndarray, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """`frame` (h, w, c) with the hole filled, and which pixels no neighbour could fill, bool (h, w).

    Each spot is filled from the neighbour that fits better around it: one neighbour, not the mean of both, so that the
    film's grain stays. A smooth correction removes the remaining difference in brightness. Where both differ too much
    around a spot, it is filled from elsewhere in the same frame.
    """
    if not hole.any():
        return frame, hole
    wide = cv2.dilate(hole.astype(np.uint8), RING)
    count, labels = cv2.connectedComponents(wide, connectivity=8)
    ring = cv2.dilate(wide, RING).astype(bool) & (wide == 0)
    near = cv2.dilate(labels.astype(np.float32), RING).astype(np.int32)[ring]
    size = np.maximum(np.bincount(near, minlength=count), 1)
    errors = [np.bincount(near, np.abs(n - frame).mean(axis=2)[ring], count) / size for n in (before, after)]
    better = np.where((errors[0] <= errors[1])[labels][..., None], before, after)
    better = better + fill_in_coarse(frame - better, wide.astype(bool), 4)
    lost = (np.minimum(*errors) > LOST + 4 * noise)[labels] & hole
    repaired = frame.copy()
    repaired[hole] = better[hole]
    if lost.any():
        patch(repaired, hole, lost)
    return repaired, lost


def telea(plane: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """`plane` (h, w), 0..1, with the hole (h, w) filled from its surroundings.

    Telea, "An image inpainting technique based on the fast marching method", Journal of Graphics Tools 2004.
    """
    # OpenCV rounds to whole numbers: brightness of 0..1 would come out as noise.
    steps = np.clip(plane * 65535 + 0.5, 0, 65535).astype(np.uint16)
    filled = cv2.inpaint(steps, hole.astype(np.uint8), 3, cv2.INPAINT_TELEA)
    return np.where(hole, filled.astype(np.float32) / 65535, plane)


def patch(frame: np.ndarray, hole: np.ndarray, lost: np.ndarray) -> None:
    """Fills the spots `lost` of a frame (h, w, c), in place, each with the piece whose surroundings fit best.

    The piece brings its texture and grain with it; the difference of its surroundings is smoothly removed, as in Perez,
    Gangnet and Blake, "Poisson image editing" (SIGGRAPH 2003). Where no piece is within reach: Telea (2004).
    """
    height, width = lost.shape
    grey = frame.mean(axis=2)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(lost.astype(np.uint8), RING), connectivity=8)
    for k, (x, y, wide, high, _) in enumerate(stats):
        if k == 0:
            continue
        top, left, bottom, right = max(0, y - 4), max(0, x - 4), min(height, y + high + 4), min(width, x + wide + 4)
        box = slice(top, bottom), slice(left, right)
        spot = (labels[box] == k) & lost[box]
        far = max(24, max(wide, high))
        rows, columns = slice(max(0, top - far), bottom + far), slice(max(0, left - far), right + far)
        # A piece has to agree with the few pixels around the spot; pieces with a hole of their own are out.
        rim = (cv2.dilate(spot.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0) & ~hole[box]
        soiled = cv2.matchTemplate(hole[rows, columns].astype(np.float32), spot.astype(np.float32), cv2.TM_CCORR)
        unlike = cv2.matchTemplate(grey[rows, columns], grey[box], cv2.TM_SQDIFF, mask=rim.astype(np.float32))
        unlike[soiled > 0.5] = np.inf
        best = int(unlike.argmin())
        if not rim.any() or not np.isfinite(unlike.flat[best]):
            for c in range(frame.shape[2]):
                plane = np.ascontiguousarray(frame[..., c][box])
                frame[..., c][box][spot] = telea(plane, spot)[spot]
            continue
        v, u = (int(a) for a in divmod(best, unlike.shape[1]))
        piece = frame[rows, columns][v : v + bottom - top, u : u + right - left]
        smooth = fill_in(frame[box] - piece, ~rim)
        frame[box][spot] = (piece + smooth)[spot]
