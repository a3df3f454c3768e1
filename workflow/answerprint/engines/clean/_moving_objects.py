"""Tells dirt from objects that move too fast for the optical flow: an object is somewhere in the other frames, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

SOLID = np.ones((3, 3), np.uint8)
NEAR = np.ones((9, 9), np.uint8)
TONES = 1.6
"""A piece of a thing differs from the ground as the thing does to within this factor,"""
SMALLEST, LARGEST = 1 / 30, 6
"""and is this many times as large."""

BAND, WINDOW = np.ones((5, 5), np.uint8), (9, 9)
"""A band of two pixels inside a spot's edge is compared with what lies outside the spot within such a window."""
NEW_EDGE = 0.08
"""An edge is new if the repair raises the band's difference from the outside by more than this, of 1,"""
SAME_OUTSIDE = 0.3
"""and if the outside differs from the neighbours by less than this share of it."""
TORN_SHARE, TORN_GROWTH = 0.06, 0.045
"""Share of the band with a new edge that makes the spot a piece of something larger, at even odds of being dirt, and
what to add for each unit of the log odds."""
LIKELY, OWN = 2.0, 0.45
"""From these log odds on, the spot must have had an edge of its own as well, which the repair takes away, on this share
of the band, as a hand has where it is not the arm;"""
HAND, NEW = 0.01, 0.08
"""and if it covers this share of the picture, a new edge on that is enough, whatever its odds. Of 2863 such spots of
dirt nine had a new edge and their own."""
PIECE = 100
"""Pixels that such a spot has at least."""


def bodies(mask: np.ndarray, step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Solid parts of `mask`: labels (h, w), and float64 (labels, 4) centre x, y, pixels, mean step of each.

    Hairs and specks have none; parts that lie close together count as one.
    """
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, SOLID)
    count, labels = cv2.connectedComponents(cv2.dilate(opened, NEAR), connectivity=8)
    solid = opened > 0
    y, x = np.nonzero(solid)
    body = labels[solid]
    area = np.maximum(np.bincount(body, minlength=count), 1).astype(np.float64)
    means = [np.bincount(body, values, count) / area for values in (x, y, step[solid])]
    return labels, np.column_stack([means[0], means[1], area, means[2]])


def turning(listed: np.ndarray, nearby: Sequence[np.ndarray]) -> np.ndarray:
    """How much of each body of a frame is close by in both the frame before and the one after, as pieces: a share.

    listed, nearby: what `bodies` gives of the frame and of those two. Things that turn or flap on the spot have much.
    """
    share = np.zeros(len(listed))
    if len(nearby) < 2:
        return share
    for k, (x, y, area, mean) in enumerate(listed[1:], 1):
        pieces = []
        for other in nearby:
            away = np.hypot(other[:, 0] - x, other[:, 1] - y)
            size, tone = other[:, 2] / area, other[:, 3] / mean
            alike = (tone > 1 / TONES) & (tone < TONES) & (size > SMALLEST) & (size < LARGEST)
            pieces.append(size[alike & (away < np.sqrt(area) + 8)].sum())
        share[k] = min(pieces)
    return share


@dataclass(frozen=True, kw_only=True)
class Torn:
    """What shows whether a repair tore a spot off something larger: pictures (h, w)."""

    odds: np.ndarray
    """Log odds that a pixel's spot is dirt."""
    current: np.ndarray
    """Brightness of the frame before the repair."""
    repaired: np.ndarray
    """And after it."""
    step: np.ndarray
    """How much the frame differs from its neighbours."""
    noise: float
    """Standard deviation of the grain."""


@dataclass(frozen=True, kw_only=True)
class Edges:
    """What a repair does along the edges of spots, inside them."""

    band: np.ndarray
    """Where that is measured, bool (h, w);"""
    new: np.ndarray
    """where the repair makes an edge that was not there, bool, one for each pixel of the band;"""
    own: np.ndarray
    """where it takes one away;"""
    more: np.ndarray
    """and by how much more it differs from what lies outside than the frame does, of 1."""


def edges(mask: np.ndarray, torn: Torn) -> Edges:
    """What the repair of the spots of `mask`, bool (h, w), does along their edges."""
    outside = (~mask).astype(np.float32)
    share = cv2.blur(outside, WINDOW)
    band = mask & (cv2.erode(mask.astype(np.uint8), BAND) == 0) & (share > 0)
    beside, unlike = (cv2.blur(a * outside, WINDOW)[band] / share[band] for a in (torn.current, torn.step))
    before, after = np.abs(torn.current[band] - beside), np.abs(torn.repaired[band] - beside)
    least = NEW_EDGE + 4 * torn.noise
    new, own = (more > np.maximum(less + least, 2 * less) for less, more in ((before, after), (after, before)))
    # What stands out beyond the spot, too, is more of the same dirt.
    return Edges(band=band, new=new & (unlike < SAME_OUTSIDE * after), own=own, more=after - before)


def severed(mask: np.ndarray, torn: Torn) -> np.ndarray:
    """Those spots of `mask`, bool (h, w), that are pieces of something larger: the hand of an arm, the tip of a wing.

    Dirt has an edge all round, and its repair has none. Where a piece continues beyond the spot, in what the neighbours
    show as well, it is the other way round; a blotch over a dark mouth ends like that in places, too, and a soft one.
    """
    if np.count_nonzero(mask) < PIECE:
        return np.zeros_like(mask)
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    found = edges(mask, torn)
    spot = labels[found.band]
    odds = np.zeros(count)
    np.maximum.at(odds, labels[mask], torn.odds[mask])
    size = np.bincount(spot, minlength=count)
    newly, lost = (np.bincount(spot, edge, count) / np.maximum(size, 1) for edge in (found.new, found.own))
    pixels = np.bincount(labels.ravel(), minlength=count)
    enough = np.where((odds >= LIKELY) & (pixels > HAND * mask.size), NEW, TORN_SHARE + TORN_GROWTH * odds)
    pieces = (newly > enough) & ((odds < LIKELY) | (lost > OWN)) & (pixels >= PIECE)
    pieces[0] = False
    return pieces[labels]


def elsewhere(mask: np.ndarray, streaks: np.ndarray) -> np.ndarray:
    """`mask` without the spots that lie mostly in or next to `streaks`, both bool (h, w)."""
    if not mask.any() or not streaks.any():
        return mask
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    within = cv2.dilate(streaks.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    inside = labels[mask]
    keep = np.bincount(inside, within[mask], count) < 0.5 * np.bincount(inside, minlength=count)
    keep[0] = False
    return keep[labels]
