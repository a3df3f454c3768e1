"""Lends pixels from another element: a second print or scan, which shows the same moment without this one's dirt.

It is asked where it has no damage of its own and agrees with the film around this one's, better than the frames before
and after do: what stands still or moves smoothly they show as well, in the film's own grain.
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
MOST = 0.2
"""A pixel counts for at most so much of a misfit."""
OUTSTANDING = 0.08
"""An element that stands out from both neighbours by more than this, plus what they differ by, is worn there."""
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

    def filled(self, frames: np.ndarray, i: int, repaired: np.ndarray, mask: np.ndarray) -> Loan:
        """Frame `i` of the film (n, h, w, c), `repaired` in `mask`, bool (h, w), with elements' pixels there."""
        lent, frame = np.zeros_like(mask), repaired
        if not mask.any():
            return Loan(frame=frame, lent=lent)
        damaged = _Damaged(frames[i], repaired, mask)
        neighbours = damaged.neighbours(frames, i)
        for number, element in enumerate(self._elements):
            wanted = mask & ~lent
            if not wanted.any() or not element.present[i]:
                continue
            picture, usable = damaged.offered(element.frames[i], self._worn(number, i), neighbours)
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


@dataclass(frozen=True, kw_only=True)
class _Neighbours:
    """What the frames before and after a frame show of it."""

    pictures: list[np.ndarray]
    """Their brightness, (h, w)."""
    misfit: np.ndarray
    """How badly the better of them fits around each pixel, (h, w)."""

    def deny(self, shown: np.ndarray) -> np.ndarray:
        """Where they agree and a picture (h, w) stands out from both, as dirt of its own does, bool (h, w)."""
        if len(self.pictures) < 2:
            return np.zeros(shown.shape, bool)
        before, after = self.pictures
        outside = np.maximum(shown - np.maximum(before, after), np.minimum(before, after) - shown)
        alone = outside > OUTSTANDING + np.abs(before - after)
        return cv2.dilate(alone.astype(np.uint8), RIM) > 0


class _Damaged:
    """A frame of the film (h, w, c), the same repaired without elements, and where that is, bool (h, w)."""

    def __init__(self, film: np.ndarray, repaired: np.ndarray, mask: np.ndarray) -> None:
        self._film, self._repaired, self._mask = film, repaired, mask
        self._grey = optical_flow.luma(film)
        # What the damage covers says nothing about who shows the picture.
        self._dirt = cv2.dilate(mask.astype(np.uint8), RIM) > 0

    def offered(self, element: np.ndarray, worn: np.ndarray, neighbours: _Neighbours) -> tuple[np.ndarray, np.ndarray]:
        """What a frame of an element shows here, (h, w, c), and where it may be used, bool (h, w).

        `worn`: where it is damaged itself, as far as its own frames tell.
        """
        brought = aligned(self._film, self._dirt, element, worn)
        if brought is None:
            return self._film, np.zeros_like(self._mask)
        told = brought.shown & ~self._dirt
        noise = _noise(self._grey, told)
        picture = brought.picture + _around(self._film - brought.picture, told)
        picture = _with_grain(picture, self._film, told, noise)
        shown, fixed = optical_flow.luma(picture), optical_flow.luma(self._repaired)
        misfit = self._misfit(shown, told)
        fits = (misfit < UNLIKE + GRAIN * noise) & (misfit < neighbours.misfit) & ~neighbours.deny(shown)
        both = np.abs(shown - self._grey) < SAME * np.abs(fixed - self._grey)
        usable = brought.shown & fits & ~_mostly(both & self._mask, self._mask)
        # Slivers are the edges of where something does not fit.
        return picture, cv2.morphologyEx(usable.astype(np.uint8), cv2.MORPH_OPEN, RIM) > 0

    def neighbours(self, frames: np.ndarray, i: int) -> _Neighbours:
        """The frames before and after it, along motion, with its light."""
        pictures, misfit = [], np.full(self._grey.shape, np.inf, np.float32)
        view = optical_flow.eight_bits(_repair.fill_in(self._grey, self._dirt))
        for j in (i - 1, i + 1):
            if not 0 <= j < len(frames):
                continue
            other = optical_flow.luma(frames[j])
            flow = optical_flow.flow(view, optical_flow.eight_bits(other), "fast")
            told = optical_flow.inside(flow) & ~self._dirt
            picture = optical_flow.warp(other, flow, cv2.INTER_CUBIC)
            picture = picture + _around(self._grey - picture, told)
            pictures.append(picture)
            misfit = np.minimum(misfit, self._misfit(picture, told))
        return _Neighbours(pictures=pictures, misfit=misfit)

    def _misfit(self, shown: np.ndarray, told: np.ndarray) -> np.ndarray:
        """The mean difference from a picture (h, w) around each pixel; infinite where too little can be compared."""
        known = cv2.GaussianBlur(told.astype(np.float32), (0, 0), AROUND) > KNOWN
        # Dirt of a neighbour is no sign that it shows something else.
        return np.where(known, _around(np.minimum(np.abs(shown - self._grey), MOST), told), np.inf)


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
