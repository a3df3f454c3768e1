"""Fills defects from the neighbours of a frame, each pixel from one of them, so that the film's grain stays.

A pixel is lent by the neighbour that fits best around the defect, and that shows in it what most neighbours show: one
that has dirt of its own there does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...frames import optical_flow
from . import _repair
from ._alignment import Window, matched

DOUBTFUL = np.ones((23, 23), np.uint8)
"""How far around a defect motion is not trusted: flow at half size compares patches of 16 pixels."""
AROUND = np.ones((15, 15), np.uint8)
"""How far around a defect a lent picture is compared with the frame."""
COARSE = 4
"""How well neighbours fit is compared at 1 / COARSE of the size,"""
NEAR, FAR = 1.5, 4.5
"""averaged over so many of its pixels (standard deviation), over more in the middle of a large defect."""
DISTANT = 0.3
"""A neighbour counts as so much worse for each frame that it is further away than the nearest."""
GRAINY = 0.008
"""Standard deviation of grain from which it is restored: reading between pixels smooths it,"""
MOST_GRAIN = 1.5
"""by at most this."""
UNKNOWN = 9.0
"""Misfit where a neighbour does not show the place."""


@dataclass(frozen=True, kw_only=True)
class Offers:
    """The neighbours of a frame, aligned along motion that is carried across its defects from around them."""

    flows: dict[int, np.ndarray]
    """By how many frames later a neighbour is: flow to it, float32 (h, w, 2)."""
    pictures: list[np.ndarray]
    """Their brightness, aligned and matched, float32 (h, w), in the order of `flows`."""


def offers(frames: np.ndarray, i: int, window: Window, defects: np.ndarray) -> Offers:
    """What the neighbours of frame `i` of `frames` (n, h, w, c) show at its defects, bool (h, w)."""
    doubtful = cv2.dilate(defects.astype(np.uint8), DOUBTFUL) > 0
    flows = {slot: _repair.fill_in_coarse(flow, doubtful, 2) for slot, flow in window.flows.items()}
    pictures = []
    for slot, flow in flows.items():
        picture = optical_flow.warp(optical_flow.luma(frames[i + slot]), flow)
        gain, offset = matched(picture, window.pictures[0])
        pictures.append(gain * picture + offset)
    return Offers(flows=flows, pictures=pictures)


def lent(
    frames: np.ndarray, i: int, window: Window, offered: Offers, defects: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Frame `i` of `frames` (n, h, w, c) with its defects, bool (h, w), filled; and where no neighbour could."""
    frame = frames[i]
    if not defects.any():
        return frame, defects
    wide = cv2.dilate(defects.astype(np.uint8), _repair.RING) > 0
    near = cv2.dilate(wide.astype(np.uint8), AROUND) > 0
    picture, shown = frame.copy(), np.zeros(near.shape, bool)
    if offered.flows:
        lender = _lenders(window.pictures[0], offered, wide, near)
        for k, (slot, flow) in enumerate(offered.flows.items()):
            here = near & (lender == k)
            if here.any():
                picture[here] = _repair.along(frames[i + slot], flow, here)
            shown |= here & optical_flow.inside(flow)
    ring = near & ~wide & shown
    lost = _misfits(np.abs(picture - frame).mean(axis=2), ring, wide, _repair.LOST + 4 * window.noise) & defects
    if window.noise > GRAINY:
        picture = _with_grain(picture, frame, ring, near)
    picture = picture + _repair.fill_in_coarse(frame - picture, ~ring, COARSE)
    repaired = frame.copy()
    repaired[defects] = np.clip(picture[defects], 0, 1)
    if lost.any():
        _repair.patch(repaired, defects, lost)
    return repaired, lost


def _lenders(grey: np.ndarray, offered: Offers, wide: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Which neighbour lends each pixel of a frame of this brightness (h, w), by its number in `offered`: int (h, w)."""
    height, width = wide.shape
    size = -(-width // COARSE), -(-height // COARSE)
    usual: np.ndarray = np.zeros_like(grey)
    usual[near] = np.sort([picture[near] for picture in offered.pictures], axis=0)[len(offered.pictures) // 2]
    trusted = cv2.resize((~wide).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    misfits = []
    for (slot, flow), picture in zip(offered.flows.items(), offered.pictures, strict=True):
        around, within = (
            cv2.resize(np.where(where, np.abs(picture - other), 0), size, interpolation=cv2.INTER_AREA)
            for where, other in ((~wide, grey), (near, usual))
        )
        misfit = _averaged(around, trusted) * (1 + DISTANT * (abs(slot) - 1)) + cv2.GaussianBlur(within, (0, 0), 0.5)
        whole = cv2.resize(misfit, (width, height), interpolation=cv2.INTER_LINEAR)
        misfits.append(np.where(optical_flow.inside(flow), whole, UNKNOWN))
    return np.argmin(misfits, axis=0)


def _with_grain(picture: np.ndarray, frame: np.ndarray, ring: np.ndarray, near: np.ndarray) -> np.ndarray:
    """`picture` (h, w, c), lent at the pixels `near`, with as much fine detail as the frame has on the ring."""
    inner = cv2.erode(near.astype(np.uint8), _repair.RING) > 0
    sample = ring & inner
    if not sample.any():
        return picture
    fine = [one - cv2.GaussianBlur(one, (0, 0), 1.0).reshape(one.shape) for one in (frame, picture)]
    wanted, given = (float(np.square(one[sample]).mean()) for one in fine)
    more = np.clip(np.sqrt(wanted / max(given, 1e-9)), 1.0, MOST_GRAIN)
    return np.where(inner[..., None], picture + np.float32(more - 1) * fine[1], picture)


def _averaged(error: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The mean error near each pixel, where errors have the given weights; over a wider place where these are small."""
    (near, near_weight), (far, far_weight) = (
        [cv2.GaussianBlur(plane, (0, 0), sigma) for plane in (error, weight)] for sigma in (NEAR, FAR)
    )
    return np.where(near_weight > 0.02, near / np.maximum(near_weight, 1e-3), far / np.maximum(far_weight, 1e-3))


def _misfits(error: np.ndarray, ring: np.ndarray, wide: np.ndarray, limit: float) -> np.ndarray:
    """The spots of `wide`, bool (h, w), around which the error (h, w) on the ring is above a limit, or unknown."""
    count, labels = cv2.connectedComponents(wide.astype(np.uint8), connectivity=8)
    reached = cv2.dilate(labels.astype(np.float32), AROUND).astype(np.int32)[ring]
    size = np.bincount(reached, minlength=count)
    mean = np.bincount(reached, error[ring], count) / np.maximum(size, 1)
    bad = (mean > limit) | (size == 0)
    bad[0] = False
    return bad[labels]
