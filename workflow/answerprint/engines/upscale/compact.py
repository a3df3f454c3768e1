"""Enlargement by a small network of this workflow's own, held to what the film shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import product
from typing import Any

import cv2
import numpy as np

from ...frames import optical_flow
from .. import Card, Clip, Result, file_option
from .._weights import NetworkOptions, TrainedEngine
from . import _chroma, _reduction
from ._resampling import resized
from ._steadying import Surroundings, surroundings
from ._target import EnlargingEngine, TargetOptions

REACH = 14
"""Margin of a piece: how many pixels away a pixel can change what the network adds to it."""
MOST = 96_000
"""Pixels of a piece of a frame that the network sees, margins included: 6 MB for each of its layers, which stay in a
processor's cache. In pieces twice as large the margins cost 5 % less, but other jobs share the cache."""


@dataclass(frozen=True, kw_only=True)
class CompactOptions(NetworkOptions, TargetOptions):
    """How far frames are enlarged, how much detail they gain, and how closely they keep to the film."""

    weights: str = file_option("upscale-compact")
    """A name of weights in resources/models, or the path of a file that `snakemake train_upscale` made. `bicubic`:
    those for pictures that a cubic has reduced, as papers measure."""
    strength: float = 1.0
    """Share of the network's detail that is added to a cubic enlargement, 0 to 1."""
    tolerance: float = 1.0
    """How far the result, reduced again, may be from the film: standard deviations of its grain; 0: not at all."""
    steady: float = 1.0
    """Share, 0 to 1, of what the network sees that is averaged with the frames before and after, along motion."""
    glitter: bool = True
    """Leave bright points that the frames before and after do not share without detail."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 2 <= self.scale <= 4:
            raise ValueError(f"scale is {self.scale}, but it must be 2, 3 or 4")
        for name in ("strength", "steady"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}, but it must be 0 to 1")
        if not 0 <= self.tolerance <= 5:
            raise ValueError(f"tolerance is {self.tolerance}, but it must be 0 to 5")


class CompactUpscale(TrainedEngine, EnlargingEngine):
    """Enlarges brightness by a network that sees it steadied by its neighbours; colour follows brightness."""

    card = Card(
        stage="upscale",
        name="compact",
        kind="enhance",
        summary="a small network trained here on film's own blur, grain and compression; its result, reduced again, "
        "is the film within a share of its grain",
        paper="Bhardwaj et al., Collapsible Linear Blocks for Super-Efficient Super Resolution, MLSys 2022; Irani and "
        "Peleg, Improving resolution by image registration, CVGIP 53(3), 1991",
        licence="Apache-2.0",
        cost=1.0,
        memory=300,
        radius=1,
        gpu=True,
    )
    Options = CompactOptions
    options: CompactOptions
    expected = "a network that upscale/compact can use"
    hint = "Train it again with this version: snakemake train_upscale."

    def describe_network(self, metadata: dict[str, str]) -> Any:
        """The untrained network that the metadata of a weight file describe."""
        from . import _compact_network

        return _compact_network.build(metadata)

    def enlarge(self, clip: Clip) -> Result:
        """The core frames, `scale` times wider and higher.

        Statistics: `glitter`, the share of pixels left without detail.
        """
        lumas = [optical_flow.luma(frame) for frame in clip.frames]
        (_, height, width, channels), scale = clip.frames.shape, self.options.scale
        frames = np.empty((len(clip.indices), height * scale, width * scale, channels), np.float32)
        glitter = np.zeros(len(frames), np.float32)
        for row, i in enumerate(clip.indices):
            beside = [lumas[k] for k in (i - 1, i + 1) if 0 <= k < len(lumas)]
            around = surroundings(lumas[i], beside)
            frames[row], glitter[row] = self._one(clip.frames[i], around), around.glitter.mean()
        return Result(frames=frames, statistics={"glitter": glitter})

    def _one(self, frame: np.ndarray, around: Surroundings) -> np.ndarray:
        """One frame done."""
        share = np.float32(self.options.strength) * (1 - around.glitter if self.options.glitter else 1)
        share = np.full_like(around.noise, 1) * share
        tolerance = np.float32(self.options.tolerance) * around.noise * share
        if frame.shape[2] == 1:
            return self._enlarged(frame[..., 0], around.steady, share, tolerance)[..., None]
        luma, differences = _chroma.split(frame)
        larger = self._enlarged(luma, around.steady, share, tolerance)
        colour = _chroma.enlarged(differences, luma, larger)
        held = [
            _reduction.agreeing(*pair, self.options.scale, tolerance)
            for pair in zip(np.moveaxis(colour, 2, 0), np.moveaxis(differences, 2, 0), strict=True)
        ]
        return np.clip(_chroma.joined(larger, np.stack(held, axis=2)), 0, 1)

    def _enlarged(self, luma: np.ndarray, steady: np.ndarray, share: np.ndarray, tolerance: np.ndarray) -> np.ndarray:
        """Brightness (h, w) enlarged."""
        scale = self.options.scale
        seen = luma + np.float32(self.options.steady) * (steady - luma)
        height, width = (side * scale for side in luma.shape)
        start = cv2.resize(luma + share * (seen - luma), (width, height), interpolation=cv2.INTER_CUBIC)
        wide = cv2.resize(share, (width, height), interpolation=cv2.INTER_LINEAR)
        larger = _reduction.agreeing(start + wide * self.detail(seen), luma, scale, tolerance)
        return np.asarray(np.clip(larger, 0, 1, out=larger))

    def detail(self, seen: np.ndarray) -> np.ndarray:
        """What the network adds to a cubic enlargement of a picture (h, w): float32 (h * scale, w * scale)."""
        scale = self.options.scale
        times = 2 if scale == 2 else 4
        network = partial(self.network.detail, scale=times)
        height, width = seen.shape
        rows, columns = _pieces(height, width)
        high, wide = -(-height // rows), -(-width // columns)
        # All pieces are of one size, so that a GPU can be given several at a time.
        below, beside = rows * high - height, columns * wide - width
        padded = np.pad(seen, ((REACH, REACH + below), (REACH, REACH + beside)), mode="symmetric")
        corners = list(product(range(0, height, high), range(0, width, wide)))
        pieces = ([padded[None, y : y + high + 2 * REACH, x : x + wide + 2 * REACH]] for y, x in corners)
        detail = np.empty((height * times, width * times), np.float32)
        for (y, x), answer in zip(corners, self.inference.answers(network, pieces), strict=True):
            place = detail[y * times : (y + high) * times, x * times : (x + wide) * times]
            inner = answer[0, REACH * times :, REACH * times :]
            place[:] = inner[: place.shape[0], : place.shape[1]]
        return detail if times == scale else resized(detail, height * scale, width * scale)


@lru_cache
def _pieces(height: int, width: int) -> tuple[int, int]:
    """The rows and columns of pieces of a frame for which the network has least to do; none holds more than MOST."""

    def seen(grid: tuple[int, int]) -> tuple[int, int]:
        high, wide = (-(-side // count) + 2 * REACH for side, count in zip((height, width), grid, strict=True))
        return high * wide * grid[0] * grid[1], high * wide

    grids = product(range(1, height // 64 + 2), range(1, width // 64 + 2))
    return min((grid for grid in grids if seen(grid)[1] <= MOST), key=seen)
