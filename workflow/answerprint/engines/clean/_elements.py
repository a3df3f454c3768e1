"""Lends pixels from another element: a second print or scan, which shows the same moment without this one's dirt.

It is trusted where it agrees with the film around the damage and has no damage of its own; elsewhere it is not asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ...frames import optical_flow
from .. import Element
from . import _repair
from ._element_alignment import aligned

RIM = np.ones((5, 5), np.uint8)
"""Dirt reaches so far into its surroundings: what lies there is compared with nothing."""
AROUND = 6.0
"""Standard deviation, pixels, of the surroundings in which an element has to agree with the film, and its light with
the film's."""
KNOWN = 0.03
"""Share of the surroundings that must be undamaged in both, or nothing can be compared."""
UNLIKE, GRAIN = 0.035, 2.0
"""An element that differs more than this in its surroundings, plus so many times the grain, shows something else."""
SAME = 0.5
"""Where an element is as dark or light as the damage itself, within this share of how far that stands out, both prints
have it, and neither is asked."""
GRAINY, LEAST_GRAIN, MOST_GRAIN = 0.008, 0.7, 1.5
"""Standard deviation of grain from which the element's is brought to the film's, by these factors at most."""

Damage = Callable[[int], np.ndarray]
"""Where a frame of some consecutive ones is damaged, bool (h, w), asked in order."""


@dataclass(frozen=True, kw_only=True)
class Loan:
    """A frame with pixels of other elements, (h, w, c), and where these are, bool (h, w)."""

    frame: np.ndarray
    lent: np.ndarray


class Lenders:
    """The other elements of a clip, in the order in which they are asked."""

    def __init__(self, elements: tuple[Element, ...], detector: Callable[[np.ndarray], Damage]) -> None:
        """`detector` finds damage in consecutive frames (n, h, w, c)."""
        self._elements, self._detector = elements, detector
        self._damage: dict[int, tuple[int, Damage]] = {}

    def filled(self, i: int, film: np.ndarray, repaired: np.ndarray, mask: np.ndarray) -> Loan:
        """Frame `i` of the film (h, w, c), repaired where `mask`, bool (h, w), says, with elements' pixels there."""
        lent, frame = np.zeros_like(mask), repaired
        for number, element in enumerate(self._elements):
            wanted = mask & ~lent
            if not wanted.any() or not element.present[i]:
                continue
            picture, usable = _offered(film, mask, repaired, element.frames[i], self._worn(number, i))
            here = wanted & usable
            if here.any():
                frame = frame.copy() if frame is repaired else frame
                frame[here] = np.clip(picture[here], 0, 1)
                lent |= here
        return Loan(frame=frame, lent=lent)

    def _worn(self, number: int, i: int) -> np.ndarray:
        """Where an element is damaged itself in frame `i`, bool (y, x)."""
        element = self._elements[number]
        first, stop = _run(element.present, i)
        if self._damage.get(number, (-1, None))[0] != first:
            self._damage[number] = first, self._detector(np.ascontiguousarray(element.frames[first:stop]))
        return self._damage[number][1](i - first)


def _offered(
    film: np.ndarray, mask: np.ndarray, repaired: np.ndarray, element: np.ndarray, worn: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What a frame of an element shows of the film's, (h, w, c), and where it may be used, bool (h, w)."""
    dirt = cv2.dilate(mask.astype(np.uint8), RIM) > 0
    brought = aligned(film, dirt, element, worn)
    if brought is None:
        return film, np.zeros_like(mask)
    # What the film's damage covers says nothing about the element, nor does the element's own.
    told = brought.shown & ~dirt
    picture = brought.picture + _around(film - brought.picture, told)
    noise = _noise(optical_flow.luma(film), told)
    picture = _with_grain(picture, film, told, noise)
    grey, shown, fixed = (optical_flow.luma(one) for one in (film, picture, repaired))
    limit = UNLIKE + GRAIN * noise
    agrees = _around(np.abs(shown - grey), told) < limit
    known = cv2.GaussianBlur(told.astype(np.float32), (0, 0), AROUND) > KNOWN
    both = np.abs(shown - grey) < SAME * np.abs(fixed - grey)
    return picture, brought.shown & known & agrees & ~_mostly(both & mask, mask)


def _run(present: np.ndarray, i: int) -> tuple[int, int]:
    """First and stop of the frames around `i` without a gap."""
    gaps = np.flatnonzero(~present)
    before, after = gaps[gaps < i], gaps[gaps > i]
    return (int(before[-1]) + 1 if len(before) else 0), (int(after[0]) if len(after) else len(present))


def _around(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """The mean of `values`, (h, w) or (h, w, c), over what counts around each pixel; farther off where little does."""
    weight = where.astype(np.float32)
    flat = values.reshape(*where.shape, -1) * weight[..., None]
    total, mass = (cv2.GaussianBlur(one, (0, 0), AROUND).reshape(*where.shape, -1) for one in (flat, weight))
    mean = total / np.maximum(mass, 1e-4)
    return _repair.fill_in_coarse(mean.astype(np.float32), mass[..., 0] < KNOWN, 4).reshape(values.shape)


def _mostly(here: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The spots of `mask`, bool (h, w), of which more than half is `here`, bool (h, w)."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    share = np.bincount(labels[here], minlength=count) / np.maximum(np.bincount(labels.ravel(), minlength=count), 1)
    more = share > 0.5
    more[0] = False
    return more[labels]


def _noise(grey: np.ndarray, where: np.ndarray) -> float:
    """Standard deviation of the grain: a median of three keeps a tenth of it, and the median of |x| is 0.67 of it."""
    fine = np.abs(grey - cv2.medianBlur(grey, 3))[where]
    return float(np.median(fine)) / 0.6 if len(fine) else 0.0


def _with_grain(picture: np.ndarray, film: np.ndarray, told: np.ndarray, noise: float) -> np.ndarray:
    """`picture` (h, w, c) with as much fine detail as the film has where both can be compared."""
    if noise < GRAINY or not told.any():
        return picture
    fine = [one - cv2.GaussianBlur(one, (0, 0), 1.0).reshape(one.shape) for one in (film, picture)]
    wanted, given = (float(np.square(one[told]).mean()) for one in fine)
    factor = np.clip(np.sqrt(wanted / max(given, 1e-9)), LEAST_GRAIN, MOST_GRAIN)
    return picture + np.float32(factor - 1) * fine[1]
