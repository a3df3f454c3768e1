"""Deinterlacing along motion: the lines that a field lacks, from the fields before and after it.

Each field is first made a picture by bwdif. Those on either side are laid over it by optical flow, and count where they
agree with the lines that the field has. What is then left of the difference to those lines is spread over the lines
between, and the field's own lines come back as they were (the error correction of QTGMC's lossless mode). This is done
twice: first quickly for every field, then for every frame from pictures that no longer have bwdif's jagged edges.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from ..frames import optical_flow
from ..frames.optical_flow import Preset

TOLERANCE = 15 / 255
"""Difference on a field's own lines, 0..1, from which a picture hardly counts."""
ALONE = 0.25
"""Weight of what the picture itself has between those lines beside pictures that agree, of 1."""
INVENTED = 0.8
"""How much less a line counts that bwdif made in the picture that it comes from."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How fields are stored."""

    top_first: bool
    depth: int
    """Bits of a value, at the top of 16."""

    def first_line(self, number: int) -> int:
        """The first line, 0 or 1, of the field of that number."""
        return number % 2 if self.top_first else 1 - number % 2

    def picture(self, planes: np.ndarray) -> np.ndarray:
        """Stored planes (channels, h, w) as float32 (h, w, channels), 0..1."""
        values = planes.transpose(1, 2, 0) >> np.uint16(16 - self.depth)
        return np.ascontiguousarray(values, np.float32) / np.float32((1 << self.depth) - 1)

    def planes(self, picture: np.ndarray) -> np.ndarray:
        """A picture (h, w, channels) as stored planes, rounded."""
        levels = (1 << self.depth) - 1
        values = np.clip(picture.transpose(2, 0, 1) * levels + 0.5, 0, levels)
        return values.astype(np.uint16) << np.uint16(16 - self.depth)


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One time over the fields."""

    reach: int
    """Fields on either side that are used."""
    preset: Preset
    """How closely motion is measured."""
    every: int
    """1: every field is made a picture; 2: the first of each frame."""


PASSES = (Pass(reach=2, preset="fast", every=1), Pass(reach=3, preset="medium", every=2))


def motion_compensated(fields: Iterable[tuple[int, np.ndarray]], layout: Layout) -> Iterator[tuple[int, np.ndarray]]:
    """(index, planes) of frames, one for the first field of each; the lines of that field are as they were.

    fields: (number, planes) in order, two numbers a frame, planes uint16 (channels, h, w) of which bwdif made every
    other line. A frame depends on the five fields on either side of its own.
    """
    for one in PASSES:
        fields = _passed(fields, layout, one)
    return ((number // 2, planes) for number, planes in fields)


def _passed(fields: Iterable[tuple[int, np.ndarray]], layout: Layout, one: Pass) -> Iterator[tuple[int, np.ndarray]]:
    window: dict[int, np.ndarray] = {}
    waiting: list[int] = []
    for number, picture in fields:
        window[number] = picture
        if number % one.every == 0:
            waiting.append(number)
        if waiting and number >= waiting[0] + one.reach:
            yield waiting[0], _refined(window, waiting.pop(0), layout, one)
        for old in [old for old in window if old < number - 2 * one.reach]:
            del window[old]
    for number in waiting:
        yield number, _refined(window, number, layout, one)


def _refined(window: dict[int, np.ndarray], number: int, layout: Layout, one: Pass) -> np.ndarray:
    picture = layout.picture(window[number])
    own = np.zeros(picture.shape[0], np.float32)
    own[layout.first_line(number) :: 2] = 1
    view = _view(picture)
    share = cv2.blur(np.repeat(own[:, None], picture.shape[1], axis=1), (5, 5))
    total, weights = ALONE * picture, np.full(picture.shape[:2], ALONE, np.float32)
    for other in sorted(window):
        if other == number or abs(other - number) > one.reach:
            continue
        there = layout.picture(window[other])
        flow = optical_flow.flow(view, _view(there), one.preset)
        moved = optical_flow.warp(there, flow, cv2.INTER_CUBIC)
        error = np.abs(optical_flow.luma(moved) - optical_flow.luma(picture)) * own[:, None]
        weight = np.exp(-((cv2.blur(error, (5, 5)) / share / TOLERANCE) ** 2))
        weight *= 1 - INVENTED * _invented(flow, layout.first_line(other))
        total += weight[..., None] * moved
        weights += weight
    blended = total / weights[..., None]
    # Each line between two own ones takes half of what is wrong with either.
    wrong = (picture - blended) * own[:, None, None]
    blended += 1.5 * cv2.blur(wrong, (1, 3)).reshape(wrong.shape)
    planes = layout.planes(blended)
    kept = own > 0
    planes[:, kept] = window[number][:, kept]
    return planes


def _invented(flow: np.ndarray, first_line: int) -> np.ndarray:
    """How far from a line of its field, 0..1 (1: between two), each pixel's source in another picture lies: (h, w)."""
    rows = (np.arange(flow.shape[0], dtype=np.float32)[:, None] + flow[..., 1] - first_line) / 2
    return 2 * np.abs(rows - np.round(rows))


def _view(picture: np.ndarray) -> np.ndarray:
    return optical_flow.eight_bits(optical_flow.luma(picture))
