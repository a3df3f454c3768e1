"""Tells dirt from things that move too fast for the optical flow: a thing is somewhere in the other frames, too."""

from __future__ import annotations

import cv2
import numpy as np

FOUND = 0.4
"""A spot is found again where the difference has fallen to this share of its energy,"""
MORE = 0.2
"""and where the frame itself differs from it by this share more: texture that repeats itself is no proof."""
REACH = 9
"""Pixels to search around a small spot; large ones are searched for one and a half times their size around."""
CELLS = 48
"""Spots are searched for at the scale at which they cover about this many pixels."""
SOLID = np.ones((3, 3), np.uint8)
NEAR = np.ones((9, 9), np.uint8)
PARTS = 0.2
"""A thing is moving where both neighbours have this share of its pixels near by,"""
TWIN = 0.8
"""or, if it is large, where one of them has a body that agrees with it in size and step to within this factor."""
LARGE = 400


def standing(
    mask: np.ndarray, current: np.ndarray, step: np.ndarray, others: list[np.ndarray], ways: list[np.ndarray]
) -> np.ndarray:
    """`mask` without the spots that, together with their surroundings, are found again in all `others`.

    mask: bool (h, w). current, others: float32 (h, w), the frame and its neighbours, not aligned. step: float32
    (h, w), the frame minus the neighbour brought onto it. ways: flow (h, w, 2) from the frame to each neighbour.
    """
    cluster = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cluster, connectivity=8)
    height, width = mask.shape
    keep = np.ones(count, bool)
    for k in range(1, count):
        x, y, wide, high, _ = (int(v) for v in stats[k])
        margin = 3 + max(wide, high) // 8
        box = max(0, x - margin), max(0, y - margin), min(width, x + wide + margin), min(height, y + high + margin)
        own = _cut(labels, *box) == k
        inner = own & _cut(mask, *box)
        ring = cv2.dilate(own.astype(np.uint8), np.ones((2 * margin + 1,) * 2, np.uint8)) > 0
        ring &= ~own & ~_cut(mask, *box)
        # The surroundings weigh as much as the spot: on flat ground the spot's colour alone is easily found.
        weight = inner + np.float32(inner.sum() / max(1, ring.sum())) * ring
        scale = 1
        while inner.sum() / scale**2 > CELLS:
            scale *= 2
        patch, weight, unlike = (_shrink(a, scale) for a in (_cut(current, *box), weight, _cut(step, *box)))
        energy = float((weight * unlike * unlike).sum())
        far = max(REACH, 3 * max(wide, high) // 2)
        area = np.array([box[0] - far, box[1] - far, box[2] + far, box[3] + far])
        keep[k] = not all(
            _moved_here(
                current, other, area, way[y : y + high, x : x + wide].mean(axis=(0, 1)), patch, weight, energy, scale
            )
            for other, way in zip(others, ways, strict=True)
        )
    return mask & keep[labels]


def _moved_here(
    current: np.ndarray,
    other: np.ndarray,
    area: np.ndarray,
    way: np.ndarray,
    patch: np.ndarray,
    weight: np.ndarray,
    energy: float,
    scale: int,
) -> bool:
    """Whether `patch` is in `other` at a place where `current`, moved like the surroundings, does not have it, too."""
    root = np.sqrt(weight)
    there = cv2.matchTemplate(_shrink(_cut(other, *area), scale), patch, cv2.TM_SQDIFF, mask=root)
    if there.min() > FOUND * energy:
        return False
    back = np.tile(np.rint(way).astype(int), 2)
    here = cv2.matchTemplate(_shrink(_cut(current, *(area - back)), scale), patch, cv2.TM_SQDIFF, mask=root)
    return bool(((there < FOUND * energy) & (here > there + MORE * energy)).any())


def _shrink(picture: np.ndarray, scale: int) -> np.ndarray:
    picture = picture.astype(np.float32)
    if scale == 1:
        return picture
    size = max(1, picture.shape[1] // scale), max(1, picture.shape[0] // scale)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _cut(picture: np.ndarray, x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    """A rectangle of a picture, its edge repeated where the rectangle reaches beyond."""
    height, width = picture.shape
    rows, columns = np.arange(y0, y1).clip(0, height - 1), np.arange(x0, x1).clip(0, width - 1)
    return picture[rows[:, None], columns]


def bodies(mask: np.ndarray, step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Solid parts of `mask`: labels (h, w), and float64 (labels, 4) centre x, y, pixels, mean step of each.

    Hairs and specks have none; parts that lie close together count as one.
    """
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, SOLID)
    count, labels = cv2.connectedComponents(cv2.dilate(opened, NEAR), connectivity=8)
    solid = opened > 0
    y, x = np.nonzero(solid)
    own = labels[solid]
    area = np.maximum(np.bincount(own, minlength=count), 1).astype(np.float64)
    sums = [np.bincount(own, values, count) / area for values in (x, y, step[solid])]
    return labels, np.column_stack([sums[0], sums[1], area, sums[2]])


def travelling(labels: np.ndarray, own: np.ndarray, sides: list[np.ndarray]) -> np.ndarray:
    """Where those `bodies` of a frame are that other frames have, too, at some distance: things, not dirt. bool (h, w).

    `sides` holds the `bodies` of the frame before and of the frame after, or of one of them at the end of a shot.
    A thing turns and falls into pieces, so it is enough that all have a part of it near by, as light or dark as it is.
    """
    moving = np.zeros(len(own), bool)
    for k, (x, y, area, mean) in enumerate(own):
        if k == 0 or area < 40 or not sides:
            continue
        parts, twins = [], False
        for other in sides:
            size, ratio = other[:, 2] / area, other[:, 3] / mean
            near = np.hypot(other[:, 0] - x, other[:, 1] - y) < 3 * np.sqrt(area) + 8
            parts.append(size[near & (ratio > 0.2) & (ratio < 5) & (size > 1 / 30) & (size < 6)].sum())
            twins |= bool((near & (ratio > TWIN) & (ratio < 1 / TWIN) & (size > TWIN) & (size < 1 / TWIN)).any())
        moving[k] = min(parts) > PARTS or (twins and area > LARGE)
    return moving[labels]


def small_at_rest(mask: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Those spots of `mask` of under a thousandth of the picture around which all moves alike, to half a pixel.

    For a frame that has witnesses on one side only: what a moving thing hides later is neither there nor small.
    """
    spread = np.sqrt(np.maximum(cv2.blur(steps**2, (21, 21)) - cv2.blur(steps, (21, 21)) ** 2, 0).sum(axis=2))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] < max(60, mask.size / 1000)
    keep[labels[mask & (spread > 0.5)]] = False
    return mask & keep[labels]


def elsewhere(mask: np.ndarray, streaks: np.ndarray) -> np.ndarray:
    """`mask` without the spots that lie mostly in or beside `streaks`, both bool (h, w)."""
    if not mask.any() or not streaks.any():
        return mask
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    within = cv2.dilate(streaks.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    inside = labels[mask]
    keep = np.bincount(inside, within[mask], count) < 0.5 * np.bincount(inside, minlength=count)
    keep[0] = False
    return keep[labels]
