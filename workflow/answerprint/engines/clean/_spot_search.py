"""Searches the neighbouring frames for a spot: what is found again, close by or on a straight path, is an object."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

FOUND = 0.4
"""A spot is found again where the difference falls below this share of its energy,"""
ALONE = 0.5
"""or, without its surroundings, below this share;"""
MORE = 0.2
"""and where the frame itself differs by this share more: texture that repeats itself proves nothing."""
NEARBY = 9
"""Pixels, or one and a half times its size, within which an object moves in any way; further away its path is straight.
"""
FAR = 1 / 12
"""How far a small object may move in a frame, in heights of the picture; a large one two and a half times its size."""
CELLS = 48
"""Spots are searched for at the scale at which they cover about this many pixels."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """A frame and the neighbours in which its spots are searched for: pictures float32 (h, w)."""

    current: np.ndarray
    """Brightness of the frame."""
    step: np.ndarray
    """The frame minus the neighbour brought onto it."""
    others: list[np.ndarray]
    """Brightness of the neighbours, not aligned."""
    excess: list[np.ndarray]
    """The neighbours minus what belongs there, as far as it is known: 0 where they were not cleaned."""
    flows: list[np.ndarray]
    """Flow (h, w, 2) from the frame to each neighbour."""
    between: bool
    """Whether the neighbours are on either side of the frame."""


@dataclass(frozen=True, kw_only=True)
class _Spot:
    """One spot with its surroundings, cut out and shrunk until it covers about CELLS pixels."""

    box: tuple[int, int, int, int]
    """Left, top, width and height of the spot in the frame."""
    scale: int
    """How many times smaller the pictures below are."""
    patch: np.ndarray
    """The frame there."""
    weight: np.ndarray
    """How much each pixel counts."""
    bare: np.ndarray
    """The spot's difference from what is behind it, alone."""
    energy: float
    """Weighted square of this difference, surroundings included."""
    area: np.ndarray
    """Part of the frame to search: left, top, right, bottom."""


def not_found_again(mask: np.ndarray, search: Search) -> np.ndarray:
    """`mask` (h, w) without the spots that are found again, with their surroundings or alone, in all other frames."""
    cluster = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cluster, connectivity=8)
    keep = np.ones(count, bool)
    # A blotch as light as the sky next to it must not hide that this sky is in every frame.
    ground = np.where(mask, search.current - search.step, search.current)
    for k in range(1, count):
        left, top, wide, high, _ = (int(v) for v in stats[k])
        spot = _cut_out((left, top, wide, high), (labels, k), mask, search)
        places = _places_in_all(spot, ground, search)
        near = max(NEARBY, 3 * max(wide, high) // 2) / spot.scale
        keep[k] = len(places) < len(search.others) or (search.between and not _passing(places[0], places[1], near))
    return mask & keep[labels]


def _cut_out(
    spot: tuple[int, int, int, int], cluster: tuple[np.ndarray, int], mask: np.ndarray, search: Search
) -> _Spot:
    """The spot in a box (left, top, width, height), ready to be matched; cluster: labels (h, w), and the spot's own."""
    left, top, wide, high = spot
    height, width = mask.shape
    margin = 3 + max(wide, high) // 8
    box = (
        *(max(0, left - margin), max(0, top - margin)),
        *(min(width, left + wide + margin), min(height, top + high + margin)),
    )
    dilated = _cut(cluster[0], *box) == cluster[1]
    inner = dilated & _cut(mask, *box)
    ring = cv2.dilate(dilated.astype(np.uint8), np.ones((2 * margin + 1,) * 2, np.uint8)) > 0
    ring &= ~dilated & ~_cut(mask, *box)
    # The surroundings weigh as much as the spot: on flat ground the spot's tone alone is easily found.
    weight = inner + np.float32(inner.sum() / max(1, ring.sum())) * ring
    scale = 1
    while inner.sum() / scale**2 > CELLS:
        scale *= 2
    step = _cut(search.step, *box)
    patch, weight, unlike = (_shrink(a, scale) for a in (_cut(search.current, *box), weight, step))
    # A whole number of cells to either side, so that the spot's own place is in the middle.
    reach = int(np.ceil(max(FAR * height, 2.5 * max(wide, high)) / scale))
    area = np.array([box[0], box[1], box[0] + patch.shape[1] * scale, box[1] + patch.shape[0] * scale])
    return _Spot(
        box=spot,
        scale=scale,
        patch=patch,
        weight=weight,
        bare=_shrink(np.where(inner, step, 0), scale),
        energy=float((weight * unlike * unlike).sum()),
        area=area + np.array([-1, -1, 1, 1]) * reach * scale,
    )


def _places_in_all(spot: _Spot, ground: np.ndarray, search: Search) -> list[np.ndarray]:
    """Where the spot is in each other frame, its own place in the middle; ends before the first that lacks it."""
    left, top, wide, high = spot.box
    places = []
    for other, excess, flow in zip(search.others, search.excess, search.flows, strict=True):
        moved = np.tile(np.rint(flow[top : top + high, left : left + wide].mean(axis=(0, 1))).astype(int), 2)
        places_here = _places(spot, ground, other, moved)
        if excess.any():
            # Snow and rain stand out of the other frames as well; a flake is easier to find without its ground.
            alone = _shrink(_cut(excess, *(spot.area + moved)), spot.scale)
            least = ALONE * float((spot.bare * spot.bare).sum())
            places_here |= cv2.matchTemplate(alone, spot.bare, cv2.TM_SQDIFF) < least
        if not places_here.any():
            break
        places.append(places_here)
    return places


def _passing(before: np.ndarray, after: np.ndarray, near: float) -> bool:
    """Whether an object is near in both maps of displacements, `before` and `after`, or on a straight path."""
    middle = before.shape[0] // 2, before.shape[1] // 2
    away = np.hypot(*np.ogrid[-middle[0] : before.shape[0] - middle[0], -middle[1] : before.shape[1] - middle[1]])
    if (before & (away <= near)).any() and (after & (away <= near)).any():
        return True
    # The way out and the way in are opposite, to two pixels: flipping a map reverses its displacements.
    onward = cv2.dilate(after[::-1, ::-1].astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return bool((before & onward).any())


def _places(spot: _Spot, ground: np.ndarray, other: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """Where the spot is in `other`, and not in `ground` moved like its surroundings; its own place is in the middle.

    ground: the frame without its spots. moved: the step of the surroundings, twice (x, y).
    """
    root = np.sqrt(spot.weight)
    there = cv2.matchTemplate(
        _shrink(_cut(other, *(spot.area + moved)), spot.scale), spot.patch, cv2.TM_SQDIFF, mask=root
    )
    places = there < FOUND * spot.energy
    if places.any():
        here = cv2.matchTemplate(_shrink(_cut(ground, *spot.area), spot.scale), spot.patch, cv2.TM_SQDIFF, mask=root)
        places &= here > there + MORE * spot.energy
    return places


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
