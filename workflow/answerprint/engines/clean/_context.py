"""What other spots say about a spot: those of other frames that are on a path through it, move as it does, or are near.

Dirt lies anywhere, in one frame. A ball or a bird is in the next frames as well, further along its way; drops of rain
fall together; flames and sequins keep to their place. All is measured against how much of it chance makes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

REACH = 2
"""Frames on either side whose spots count."""
SIZES, TONES = 2.5, 2.0
"""A thing keeps its size, and how far it stands out, to within these factors from frame to frame."""
STILL = 1.5
"""Pixels that it moves at least: a hair that the gate holds stays where it is."""
FAR = 1 / 3
"""How far it may move in a frame, in heights of the picture."""
SLACK = 1.5
"""How far a straight path misses by itself, pixels."""
SUREST = 8.0
"""The evidence for a path is cut off at this."""
CELL = 3
"""Steps are alike within a square of this many cells of two pixels."""
NEAR = 1 / 8
"""Spots are near each other within this, in heights of the picture, and the size of the spot."""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The spots of one frame, as arrays by their number, from 0."""

    centre: np.ndarray
    """float64 (n, 2): x and y."""
    pixels: np.ndarray
    """How many each has, float64 (n,)."""
    tone: np.ndarray
    """How much lighter the frame is there than its neighbours, of 1, float64 (n,)."""

    def __len__(self) -> int:
        return len(self.pixels)


NO_SPOTS = Listing(centre=np.empty((0, 2)), pixels=np.empty(0), tone=np.empty(0))


@dataclass(frozen=True, kw_only=True)
class Context:
    """What other spots say about each spot of a frame, float64 (n,)."""

    path: np.ndarray
    """Evidence that it is a thing on a straight path: minus the decimal logarithm of how many such paths chance makes
    (Desolneux, Moisan and Morel, A grouping principle and applications, PAMI 2003)."""
    second_path: np.ndarray
    """That for another path, through other frames: a thing is on one with each two of them, dirt by chance on one."""
    fellows: np.ndarray
    """How many times as many spots move like it as chance makes, at its best: a natural logarithm, at least 0."""
    alike_in_one: np.ndarray
    """How many spots like it the frame before or the one after has, whichever has more;"""
    alike_in_both: np.ndarray
    """and whichever has fewer. What crosses the picture faster than a path is followed is in one of them at least."""
    alike_here: np.ndarray
    """How many others like it its own frame has: where there are none, one in the next is hardly there by chance."""
    company: np.ndarray
    """How many more spots the frames around it have near it than elsewhere: a logarithm."""


def listing(labels: np.ndarray, step: np.ndarray) -> Listing:
    """The spots of labels, int32 (h, w), 0 for the rest, in a frame that is `step` lighter than its neighbours."""
    count = int(labels.max(initial=0)) + 1
    y, x = np.nonzero(labels)
    spot = labels[y, x]
    pixels = np.maximum(np.bincount(spot, minlength=count)[1:], 1).astype(np.float64)
    means = [np.bincount(spot, values, count)[1:] / pixels for values in (x, y, step[y, x])]
    return Listing(centre=np.column_stack(means[:2]), pixels=pixels, tone=means[2])


def around(i: int, count: int, listing_of: Callable[[int], Listing]) -> tuple[list[Listing], list[Listing]]:
    """The listings of the frames before and after frame `i` of `count`, the nearest first."""
    before, after = (
        [listing_of(i + side * k) for k in range(1, REACH + 1) if 0 <= i + side * k < count] for side in (-1, 1)
    )
    return before, after


def connected(mask: np.ndarray, step: np.ndarray) -> Listing:
    """The connected spots of a mask, bool (h, w)."""
    return listing(cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[1], step)


def context(here: Listing, before: Sequence[Listing], after: Sequence[Listing], shape: tuple[int, int]) -> Context:
    """What the spots of the frames before and after, the nearest first, say about those of a frame of this shape."""
    pairs = [(before[0], after[0], True)] if before and after else []
    pairs += [(near, far, False) for side in (before, after) for near, far in pairwise(side)]
    paths = [_path(here, one, other, between, shape) for one, other, between in pairs]
    *_, second, best = np.sort([np.zeros(len(here))] * 2 + paths, axis=0)
    alike = [(_unlikeness(here, other) <= 1).sum(axis=1) for other in (*before[:1], *after[:1])]
    fewer, more = np.sort([np.zeros(len(here))] * (2 - len(alike)) + alike, axis=0)
    return Context(
        path=best,
        second_path=second,
        alike_in_one=more,
        alike_in_both=fewer,
        alike_here=np.maximum((_unlikeness(here, here) <= 1).sum(axis=1) - 1, 0),
        fellows=_fellows(here, before[:1], after[:1], shape),
        company=_company(here, [*before, *after], shape),
    )


def _path(here: Listing, one: Listing, other: Listing, between: bool, shape: tuple[int, int]) -> np.ndarray:
    """Evidence for a straight path through two other frames: on either side, or the nearer and the farther on one."""
    likeness = [(listed, _unlikeness(here, listed)) for listed in (one, other)]
    evidence = np.zeros(len(here))
    for k in range(len(here)):
        steps, dense = [], []
        for listed, unlike in likeness:
            alike = np.flatnonzero(unlike[k] <= 1)
            # All that are as like it could have been taken for it; half of the range is not told apart.
            rivals = np.searchsorted(np.sort(unlike[k][alike]), np.maximum(unlike[k][alike], 0.5), side="right")
            steps.append(listed.centre[alike] - here.centre[k])
            dense.append(rivals / (shape[0] * shape[1]))
        length = np.hypot(*steps[0].T)
        usable = (length > STILL) & (length < FAR * shape[0])
        if usable.any() and len(steps[1]):
            onward = (-steps[0] if between else 2 * steps[0])[usable]
            bend = np.hypot(*np.moveaxis(onward[:, None] - steps[1], 2, 0)) + SLACK
            # So many would be as near as the first by chance, and so many as near as the second to where it must be.
            chance = (np.pi * length**2 * dense[0])[usable, None] * np.pi * bend**2 * dense[1]
            # What bends by more than its step and twice its size does not go on; wings bend by as much as their size.
            straight = bend <= SLACK + length[usable, None] + 2 * np.sqrt(here.pixels[k])
            evidence[k] = -np.log10(chance.min(where=straight, initial=1))
    return evidence.clip(0, SUREST)


def _fellows(here: Listing, before: Sequence[Listing], after: Sequence[Listing], shape: tuple[int, int]) -> np.ndarray:
    """How many times as many spots move like each, from the frame before or to the one after, as chance makes."""
    sizes = np.array(shape)[::-1]
    reach = np.array([int(FAR * shape[0])] * 2)
    cells = reach + 1
    count, expected = np.zeros(cells), 0.0
    spots, places = [], []
    for other, sign in [*((one, -1) for one in before), *((one, 1) for one in after)]:
        k, m = np.nonzero(_unlikeness(here, other) <= 1)
        steps = sign * (other.centre[m] - here.centre[k])
        expected += len(k)
        close = (np.abs(steps) < reach).all(axis=1) & (np.abs(steps) > STILL).any(axis=1)
        spots.append(k[close])
        places.append(((steps[close] + reach) / 2).astype(int))
    if not spots:
        return np.zeros(len(here))
    spot, place = np.concatenate(spots), np.concatenate(places)
    np.add.at(count, tuple(place.T), 1)
    around = cv2.boxFilter(count, -1, (CELL, CELL), normalize=False, borderType=cv2.BORDER_CONSTANT)
    overlap = (1 - np.abs(2 * place - reach) / sizes).prod(axis=1)
    chance = expected * overlap * (2 * CELL) ** 2 / sizes.prod()
    more = np.log(around[tuple(place.T)] / (chance + 2))
    best = np.zeros(len(here))
    np.maximum.at(best, spot, more)
    return best


def _unlikeness(here: Listing, other: Listing) -> np.ndarray:
    """How unlike spots are: 0 to 1 where they may be the same, float64 (n, m)."""
    sizes = np.abs(np.log(here.pixels[:, None] / other.pixels)) / np.log(SIZES)
    product = here.tone[:, None] * other.tone
    ratio = np.where(product > 0, here.tone[:, None] ** 2 / np.maximum(product, 1e-12), np.inf)
    return np.maximum(sizes, np.abs(np.log(np.maximum(ratio, 1e-12))) / np.log(TONES))


def _company(here: Listing, others: Sequence[Listing], shape: tuple[int, int]) -> np.ndarray:
    """How many more spots other frames have near each spot than elsewhere: a logarithm, float64 (n,)."""
    near, expected = np.zeros(len(here)), np.zeros(len(here))
    reach = NEAR * shape[0] + np.sqrt(here.pixels)
    for other in others:
        away = np.hypot(*np.moveaxis(here.centre[:, None] - other.centre, 2, 0))
        near += (away < reach[:, None]).sum(axis=1)
        expected += len(other) * np.minimum(np.pi * reach**2 / (shape[0] * shape[1]), 1)
    return np.log((near + 1) / (expected + 1))
