"""Motion between two frames: flow both ways and the step of a pan, at the size at which it is measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import cv2
import numpy as np

from ...frames import optical_flow
from . import _pan

Quality = Literal["auto", "fine", "fast"]
SMALL = 400
"""Motion of frames up to this width is measured at full size with `quality: auto`: it gains 1.1 dB on triplets of 256
pixels, and nothing on those of 854, where it takes seven times as long."""


@dataclass(frozen=True, kw_only=True)
class Motion:
    """Two frames as small grey pictures, and the motion between them, in pixels of these."""

    grey: tuple[np.ndarray, np.ndarray]
    """float32 (h, w) each, 0..1."""
    there: np.ndarray
    """From the first to the second, float32 (h, w, 2)."""
    back: np.ndarray
    pan: np.ndarray | None
    """The step (2,) of the whole picture, None where it does not pan."""

    def at(self, time: float) -> np.ndarray:
        """Motion through each pixel at a moment, from the first frame to the second: float32 (4, h, w, 2).

        From the flow of the first frame, from that of the second, that of the whole picture, and none. Each flow is
        right where the other is wrong: at opposite sides of a moving object.
        """
        still = np.zeros_like(self.there)
        panned = still if self.pan is None else np.broadcast_to(self.pan, still.shape)
        return np.stack([_projected(self.there, time), -_projected(self.back, 1 - time), panned, still])


def measure(before: np.ndarray, after: np.ndarray, quality: Quality, width: int) -> Motion:
    """The motion between two frames (h, w, c), wider ones shrunk to `width`.

    fine: DIS at full size; otherwise it ends at half the size, and so does what comes back.
    """
    fine = is_fine(quality, before.shape[1])
    grey = tuple(shrunk(optical_flow.luma(frame), width) for frame in (before, after))
    there, back = flows(grey[0], grey[1], "fine" if fine else quality)
    if not fine:
        size = tuple(max(1, (side + 1) // 2) for side in there.shape[:2])
        there, back = enlarged(there, size), enlarged(back, size)
        grey = tuple(_resized(picture, size) for picture in grey)
    return between((grey[0], grey[1]), there, back)


def between(grey: tuple[np.ndarray, np.ndarray], there: np.ndarray, back: np.ndarray) -> Motion:
    """The motion of two grey pictures with their flow each way; the pan is the same backwards."""
    return Motion(grey=grey, there=there, back=back, pan=_pan.step(*grey, np.concatenate([there, -back])))


def is_fine(quality: Quality, width: int) -> bool:
    """Whether motion between frames of that width is measured at full size."""
    return quality == "fine" or (quality == "auto" and width <= SMALL)


def flows(before: np.ndarray, after: np.ndarray, quality: Quality) -> tuple[np.ndarray, np.ndarray]:
    """Flow from each of two grey pictures (h, w), 0..1, to the other: float32 (h, w, 2) in pixels. auto: not fine."""
    first, second = (optical_flow.eight_bits(picture) for picture in (before, after))
    if quality == "fine":
        return _fine(first, second), _fine(second, first)
    preset: optical_flow.Preset = "fast" if quality == "fast" else "medium"
    return optical_flow.flow(first, second, preset), optical_flow.flow(second, first, preset)


def enlarged(steps: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Steps (h, w, 2) at another size (height, width), in pixels of that size."""
    height, width = steps.shape[:2]
    if tuple(size) == (height, width):
        return steps
    return _resized(steps, size) * np.array([size[1] / width, size[0] / height], np.float32)


def _resized(picture: np.ndarray, size: Sequence[int]) -> np.ndarray:
    kind = cv2.INTER_AREA if size[1] < picture.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (size[1], size[0]), interpolation=kind), np.float32)


def shrunk(picture: np.ndarray, width: int) -> np.ndarray:
    """A grey picture of at most that width."""
    factor = min(1.0, width / picture.shape[1])
    return picture if factor == 1 else _resized(picture, (max(1, round(picture.shape[0] * factor)), width))


def _projected(steps: np.ndarray, time: float) -> np.ndarray:
    """Flow through each pixel at `time`, from the flow of the pixels at time 0, by fixed-point iteration."""
    passing = steps
    for _ in range(4):
        passing = optical_flow.warp(steps, np.float32(-time) * passing)
    return passing


@lru_cache(maxsize=64)
def _solver(height: int, width: int) -> cv2.DISOpticalFlow:
    """DIS at full size with a patch every other pixel: 0.7 dB better on UCF101 triplets than its medium preset.

    One for each size: a solver that has adapted to small pictures stays that way.
    """
    solver = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    solver.setFinestScale(0)
    solver.setPatchStride(2)
    return solver


def _fine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Flow from a to b, uint8 (h, w), at full size: float32 (h, w, 2)."""
    height, width = a.shape
    # DIS refuses pictures under about 16 pixels and reads past the edge of very thin ones: pad them by repetition.
    bottom, right = max(0, 32 - height), max(0, 32 - width)
    if bottom or right:
        a, b = (cv2.copyMakeBorder(x, 0, bottom, 0, right, cv2.BORDER_REPLICATE) for x in (a, b))
    return np.asarray(_solver(*a.shape).calc(a, b, None), np.float32)[:height, :width]  # type: ignore[call-overload]
