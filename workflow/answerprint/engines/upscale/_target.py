"""What all engines that enlarge share: to a height, or to square pixels, by a whole factor and one resampling."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from ...film.enlargement import Enlargement
from .. import Clip, PixelEngine, Result
from ._consistency import compared
from ._resampling import resized


@dataclass(frozen=True, kw_only=True)
class TargetOptions:
    """How far frames are enlarged."""

    scale: int = 2
    """How many times wider and higher."""
    to: int = 0
    """Height of the result in pixels, such as 2160, instead of a scale; 0: as `scale` says. Frames are enlarged by the
    network's factor and then resampled once."""
    square_pixels: bool = False
    """Make pixels square that are not: they are wider or narrower in the source, and here the picture is. The network
    sees them as they are. With `to` set to the film's own height that alone happens."""

    def __post_init__(self) -> None:
        if not 0 <= self.to <= 17280:
            raise ValueError(f"to is {self.to}, but it must be 0 to 17280")


class EnlargingEngine(PixelEngine):
    """An engine that enlarges by whole factors, to any height, and to square pixels."""

    options: TargetOptions

    @property
    def scale(self) -> int:
        """How many times wider and higher the output is, unless it is enlarged to a height."""
        return self.options.scale

    @property
    def enlargement(self) -> Enlargement:
        """How large frames become."""
        options = self.options
        return Enlargement(scale=options.scale, to=options.to, square_pixels=options.square_pixels)

    def factor(self, height: int, wanted: int) -> int:
        """By how much frames of a height are enlarged before they are resampled to the height that is wanted."""
        return min(4, max(2, -(-wanted // height)))

    def enlarge(self, clip: Clip) -> Result:
        """The core frames, `scale` times wider and higher."""
        raise NotImplementedError(f"{self.card.name} does not enlarge")

    def limited(self, larger: np.ndarray, source: np.ndarray) -> np.ndarray:
        """A frame (y, x, c) of the wanted size within the limits that the engine promises, if any, to its source."""
        return larger

    def run(self, clip: Clip) -> Result:
        """The core frames at the size asked for. Raises FilmError where that is smaller than they are.

        Statistics: those of `_consistency.compared`, of frames before they are resampled, and the engine's own.
        """
        height, width = clip.frames.shape[1:3]
        self.enlargement.require_larger(height)
        size = self.enlargement.size(height, width, clip.pixel_aspect)
        if size == (height * self.scale, width * self.scale):
            return self._compared(clip)
        whole = self.with_options(dataclasses.replace(self.options, scale=self.factor(height, size[0]), to=0))
        assert isinstance(whole, EnlargingEngine)
        result = whole._compared(clip)
        pairs = zip(result.frames, clip.frames[clip.core], strict=True)
        return dataclasses.replace(result, frames=np.stack([whole.limited(resized(a, *size), b) for a, b in pairs]))

    def _compared(self, clip: Clip) -> Result:
        """The core frames, `scale` times wider and higher, and how they compare with those that they were made from."""
        result = self.enlarge(clip)
        pairs = zip(result.frames, clip.frames[clip.core], strict=True)
        rows = [compared(larger, source, self.options.scale) for larger, source in pairs]
        statistics = {name: np.array([row[name] for row in rows], np.float32) for row in rows[:1] for name in row}
        return dataclasses.replace(result, statistics={**statistics, **result.statistics})

    def warp_mask(self, clip: Clip) -> np.ndarray:
        """The core frames of `clip`, which are masks, at the size of the result: float32 (core, ..., 1), 0..1."""
        height, width = clip.frames.shape[1:3]
        size = self.enlargement.size(height, width, clip.pixel_aspect)
        if size == (height * self.scale, width * self.scale):
            return super().warp_mask(clip)
        return np.clip([resized(mask, *size) for mask in clip.frames[clip.core]], 0, 1).astype(np.float32)
