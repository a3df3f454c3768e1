"""Lanczos enlargement that agrees with its source: shrunk again, the result gives back the original picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .. import Card, Clip, Result
from ._reduction import reduce
from ._target import EnlargingEngine, TargetOptions


@dataclass(frozen=True, kw_only=True)
class LanczosOptions(TargetOptions):
    """How far, and how exactly, frames are enlarged."""

    iterations: int = 4
    """Rounds of back-projection, 0 (plain Lanczos) to 20."""
    halo: float = 0.01
    """How far, in brightness 0..1, a pixel may leave the range of the source pixels around it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 2 <= self.scale <= 4:
            raise ValueError(f"scale is {self.scale}, but it must be 2, 3 or 4")
        if not 0 <= self.iterations <= 20:
            raise ValueError(f"iterations is {self.iterations}, but it must be 0 to 20")
        if not 0 <= self.halo <= 1:
            raise ValueError(f"halo is {self.halo}, but it must be 0 to 1")


class Lanczos(EnlargingEngine):
    """Each frame enlarged by Lanczos and corrected until it shrinks to the source, without halos."""

    card = Card(
        stage="upscale",
        name="lanczos",
        kind="enhance",
        summary="Lanczos with iterative back-projection and a halo limit; no model, nothing invented",
        paper="Irani and Peleg, Improving resolution by image registration, CVGIP 53(3), 1991",
        licence="Apache-2.0",
        cost=0.1,
        memory=150,
    )
    Options = LanczosOptions
    options: LanczosOptions

    def enlarge(self, clip: Clip) -> Result:
        """The core frames, `scale` times wider and higher."""
        return Result(frames=np.stack([self._one(clip.frames[index]) for index in clip.indices]))

    def limited(self, larger: np.ndarray, source: np.ndarray) -> np.ndarray:
        """The frame (y, x, c) no further than `halo` beyond the source pixels around each of its own."""
        return np.clip(larger, *self._limits(source, *larger.shape[:2]))

    def _one(self, frame: np.ndarray) -> np.ndarray:
        scale = self.options.scale
        big = enlarge(frame, scale)
        low, high = self._limits(frame, *big.shape[:2])
        np.clip(big, low, high, out=big)
        for _ in range(self.options.iterations):
            big += enlarge(frame - reduce(big, scale), scale)
            np.clip(big, low, high, out=big)
        return big

    def _limits(self, source: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
        """The least and the most that pixels (height, width, c) may be: Lanczos, back-projection and cubics ring."""
        box = np.ones((3, 3), np.uint8)
        low, high = (
            _channels(cv2.resize(extreme(source, box), (width, height), interpolation=cv2.INTER_LINEAR))
            for extreme in (cv2.erode, cv2.dilate)
        )
        return np.maximum(low - self.options.halo, 0), np.minimum(high + self.options.halo, 1)


def enlarge(frame: np.ndarray, scale: int) -> np.ndarray:
    """A frame (h, w, c) as (h * scale, w * scale, c)."""
    return _channels(cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_LANCZOS4))


def _channels(frame: np.ndarray) -> np.ndarray:
    """A frame (h, w, c) from OpenCV, which drops the last axis of grey ones."""
    return frame if frame.ndim == 3 else frame[..., None]
