"""Tells dirt from things that move too fast for the optical flow: a thing is somewhere in the other frames, too."""

from __future__ import annotations

import cv2
import numpy as np

FOUND = 0.4
"""A spot is found again where the difference has fallen to this share of its energy,"""
ALONE = 0.5
"""or, taken alone, its difference from what is behind it to this;"""
MORE = 0.2
"""and where the frame itself differs from it by this share more: texture that repeats itself is no proof."""
NEARBY = 9
"""Pixels, or one and a half times its size, within which a thing moves in any way; further away its way is straight."""
FAR = 1 / 12
"""How far a small thing may go in a frame, in heights of the picture; a large one two and a half times its size."""
CELLS = 48
"""Spots are searched for at the scale at which they cover about this many pixels."""
SOLID = np.ones((3, 3), np.uint8)
NEAR = np.ones((9, 9), np.uint8)
LARGE = 150
"""Pixels of the bodies that are looked for along a path; smaller ones are looked for by their picture."""
AS_LARGE, AS_BOLD = 2.0, 1.6
"""A thing keeps its size, and what it differs from its ground by, to within these factors from frame to frame."""
SOLIDLY, PARTS = 40, 0.3
"""From this many pixels on a body is a turning thing where both neighbours have this share of it, close by."""
HALFWAY = 0.4
"""How far from the middle of its way a thing is, in its own size."""

WITHIN = np.ones((5, 5), np.uint8), (9, 9)
"""A band of two pixels within a spot's edge is compared with what lies outside of it within such a window."""
CUT = 0.08
"""How much more it differs from that when it is repaired, to be an edge that was not there before;"""
KNOWN = 0.3
"""where what lies outside differs from the neighbours by less than this share of it;"""
TORN = 0.06, 0.045
"""and the share of the band with such an edge that makes the spot a piece of something larger: for even odds, and what
to add for each by which the logarithm of the odds is higher."""
PIECE = 100
"""Pixels that such a spot has at least."""


def standing(
    mask: np.ndarray,
    current: np.ndarray,
    step: np.ndarray,
    others: list[np.ndarray],
    excess: list[np.ndarray],
    ways: list[np.ndarray],
    *,
    between: bool,
) -> np.ndarray:
    """`mask` without the spots that, with their surroundings or alone, are found again in all `others`.

    mask: bool (h, w). current, others: float32 (h, w), the frame and its neighbours, not aligned. step: float32
    (h, w), the frame minus the neighbour brought onto it; excess: the same for the neighbours, as far as known. ways:
    flow (h, w, 2) from the frame to each neighbour. between: whether the neighbours stand on either side.
    """
    cluster = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cluster, connectivity=8)
    height, width = mask.shape
    keep = np.ones(count, bool)
    # A blotch as light as the sky beside it must not hide that this sky is in every frame.
    ground = np.where(mask, current - step, current)
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
        bare = _shrink(np.where(inner, _cut(step, *box), 0), scale)
        far = max(FAR * height, 2.5 * max(wide, high))
        # A whole number of cells to either side, so that the spot's own place is in the middle.
        reach = int(np.ceil(far / scale))
        area = np.array([box[0], box[1], box[0] + patch.shape[1] * scale, box[1] + patch.shape[0] * scale])
        area += np.array([-1, -1, 1, 1]) * reach * scale
        found = []
        for other, more, way in zip(others, excess, ways, strict=True):
            moved = np.tile(np.rint(way[y : y + high, x : x + wide].mean(axis=(0, 1))).astype(int), 2)
            places = _places(ground, other, area, moved, patch, weight, energy, scale)
            if more.any():
                # Snow and rain stand out of the other frames as well; without its ground a flake is sooner known.
                alone = _shrink(_cut(more, *(area + moved)), scale)
                places |= cv2.matchTemplate(alone, bare, cv2.TM_SQDIFF) < ALONE * float((bare * bare).sum())
            if not places.any():
                break
            found.append(places)
        keep[k] = len(found) < len(others) or (
            between and not _passing(found[0], found[1], max(NEARBY, 3 * max(wide, high) // 2) / scale)
        )
    return mask & keep[labels]


def _passing(before: np.ndarray, after: np.ndarray, near: float) -> bool:
    """Whether a thing is where `before` and `after` are True, maps of displacements: close by, or on a straight way."""
    middle = before.shape[0] // 2, before.shape[1] // 2
    away = np.hypot(*np.ogrid[-middle[0] : before.shape[0] - middle[0], -middle[1] : before.shape[1] - middle[1]])
    if (before & (away <= near)).any() and (after & (away <= near)).any():
        return True
    # The way out and the way in are opposite, to two pixels: flipping a map turns its displacements round.
    onward = cv2.dilate(after[::-1, ::-1].astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return bool((before & onward).any())


def _places(
    ground: np.ndarray,
    other: np.ndarray,
    area: np.ndarray,
    moved: np.ndarray,
    patch: np.ndarray,
    weight: np.ndarray,
    energy: float,
    scale: int,
) -> np.ndarray:
    """Where `patch` is in `other`, and not in `ground` moved like the surroundings: bool, its own place in the middle.

    ground: the frame without its spots. area: the part of it to search, x and y from and to. moved: the step of the
    surroundings, twice (x, y).
    """
    root = np.sqrt(weight)
    there = cv2.matchTemplate(_shrink(_cut(other, *(area + moved)), scale), patch, cv2.TM_SQDIFF, mask=root)
    places = there < FOUND * energy
    if places.any():
        here = cv2.matchTemplate(_shrink(_cut(ground, *area), scale), patch, cv2.TM_SQDIFF, mask=root)
        places &= here > there + MORE * energy
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
    """Where those `bodies` of a frame are that pass through it: things, not dirt. bool (h, w).

    `sides` holds the `bodies` of the frame before and of the frame after. A thing is in both, about as large and as
    light or dark, and in this frame it is about halfway; or it turns on the spot, and parts of it are in both.
    """
    moving = np.zeros(len(own), bool)
    for k, (x, y, area, mean) in enumerate(own):
        if k == 0 or area < SOLIDLY or len(sides) < 2:
            continue
        size, alike, parts = np.sqrt(area), [], []
        for other in sides:
            away = np.hypot(other[:, 0] - x, other[:, 1] - y)
            area_ratio, step_ratio = other[:, 2] / area, other[:, 3] / mean
            same = (step_ratio > 1 / AS_BOLD) & (step_ratio < AS_BOLD)
            alike.append(other[(away < 3 * size) & same & (area_ratio > 1 / AS_LARGE) & (area_ratio < AS_LARGE), :2])
            parts.append(area_ratio[(away < size + 8) & same & (area_ratio > 1 / 30) & (area_ratio < 6)].sum())
        middle = (alike[0][:, None] + alike[1][None]) / 2 - (x, y)
        halfway = bool((np.hypot(middle[..., 0], middle[..., 1]) < HALFWAY * size).any())
        moving[k] = (halfway and area >= LARGE) or min(parts) > PARTS
    return moving[labels]


def at_rest(mask: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Those spots of `mask` under 0.1 % of the picture around which all moves alike, to half a pixel; bool (h, w)."""
    spread = np.sqrt(np.maximum(cv2.blur(steps**2, (21, 21)) - cv2.blur(steps, (21, 21)) ** 2, 0).sum(axis=2))
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    keep = np.bincount(labels[mask], minlength=count) < max(60, mask.size / 1000)
    keep[labels[mask & (spread > 0.5)]] = False
    return mask & keep[labels]


def bordered(mask: np.ndarray, current: np.ndarray, behind: np.ndarray) -> np.ndarray:
    """Those spots of `mask` that have an edge in the frame itself (h, w), more than in what is `behind` them.

    For a frame that has witnesses on one side only: what a moving thing hides later has the thing's edge.
    """
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    edge = mask & (cv2.erode(mask.astype(np.uint8), SOLID) == 0)
    slopes = [np.hypot(cv2.Sobel(a, cv2.CV_32F, 1, 0), cv2.Sobel(a, cv2.CV_32F, 0, 1)) for a in (current, behind)]
    keep = np.bincount(labels[edge], (slopes[0] - 1.5 * slopes[1])[edge], count) > 0
    return mask & keep[labels]


def severed(
    mask: np.ndarray, odds: np.ndarray, current: np.ndarray, repaired: np.ndarray, step: np.ndarray, noise: float
) -> np.ndarray:
    """Those spots of `mask`, bool (h, w), that are pieces of something larger: a hand of its arm, a tip of its wing.

    odds: log odds (h, w) that a pixel's spot is dirt. current, repaired: float32 (h, w), the frame before and after;
    step: how much it differs from its neighbours. Dirt has an edge all round, and its repair has none. Where a piece
    ends that goes on beyond the spot, in what the neighbours show as well, it is the other way about; a blotch over a
    dark mouth ends like that in places, too.
    """
    if np.count_nonzero(mask) < PIECE:
        return np.zeros_like(mask)
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    outside = (~mask).astype(np.float32)
    inner = cv2.erode(mask.astype(np.uint8), WITHIN[0]) == 0
    share = cv2.blur(outside, WITHIN[1])
    band = mask & inner & (share > 0)
    beside, unlike = (cv2.blur(a * outside, WITHIN[1])[band] / share[band] for a in (current, step))
    before, after = np.abs(current[band] - beside), np.abs(repaired[band] - beside)
    cut = after > np.maximum(before + CUT + 4 * noise, 2 * before)
    # What stands out beyond the spot, too, is more of the same dirt.
    cut &= unlike < KNOWN * after
    own = labels[band]
    certain = np.zeros(count)
    np.maximum.at(certain, labels[mask], odds[mask])
    least = (TORN[0] + TORN[1] * certain) * np.bincount(own, minlength=count)
    torn = (np.bincount(own, cut, count) > least) & (np.bincount(labels.ravel(), minlength=count) >= PIECE)
    torn[0] = False
    return torn[labels]


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
