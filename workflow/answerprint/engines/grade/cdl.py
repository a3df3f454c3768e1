"""Grades each shot as decided: dark film lifted, then a colour decision list, then colour tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...frames import optical_flow
from ...runtime.errors import unknown_name_error
from .. import Card, Clip, Measures, PixelEngine, Result, file_option
from . import _cdl, _cube

SMOOTH = 0.05**2
"""Variance of brightness that a region may have and still be lifted as one."""
NOISY = 4.0
"""Parts darker than so many standard deviations of the noise are lifted half as much as the shot."""


@dataclass(frozen=True, kw_only=True)
class CdlOptions:
    """The grade of a shot, in the film's own code values; as it stands here it changes nothing."""

    slope: tuple[float, ...] = (1.0, 1.0, 1.0)
    """Slope of red, green and blue of an ASC CDL, from 0."""
    offset: tuple[float, ...] = (0.0, 0.0, 0.0)
    """Offset of red, green and blue of the CDL."""
    power: tuple[float, ...] = (1.0, 1.0, 1.0)
    """Power of red, green and blue of the CDL, above 0."""
    saturation: float = 1.0
    """Saturation of the CDL, from 0; 1 leaves it."""
    collection: tuple[str, ...] = file_option(())
    """Instead of these four, a correction of a .ccc, .cc or .cdl file as "ID=path"; several are applied in order."""
    cubes: tuple[str, ...] = file_option(())
    """Colour tables as "NAME=path.cube", applied in order after the correction."""
    lift: float = 1.0
    """How many times brighter the darkest parts become, 1..8; white stays, and the contrast of small things is kept."""
    black: float = 0.0
    """The code value, 0..0.3, that becomes black before."""

    def __post_init__(self) -> None:
        for name, least in (("slope", 0.0), ("offset", -10.0), ("power", 0.01)):
            row = tuple(getattr(self, name))
            numbers = len(row) == 3 and all(isinstance(value, int | float) and math.isfinite(value) for value in row)
            if not numbers or min(row) < least:
                raise ValueError(f"{name} must be three numbers from {least:g}, not {list(row)}")
            object.__setattr__(self, name, tuple(map(float, row)))
        for name, low, high in (("saturation", 0, 10), ("lift", 1, 8), ("black", 0, 0.3)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be within {low}..{high}, not {getattr(self, name)}")
        for text in (*self.collection, *self.cubes):
            if "=" not in text:
                raise ValueError(f"{text!r} is not NAME=path")

    def corrections(self) -> list[_cdl.Correction]:
        """The corrections to apply in order; those that change nothing are left out."""
        if self.collection:
            return [_chosen(text) for text in self.collection]
        own = _cdl.Correction(slope=self.slope, offset=self.offset, power=self.power, saturation=self.saturation)
        return [own] if own != _cdl.Correction() else []


class Cdl(PixelEngine):
    """Applies a grade."""

    card = Card(
        stage="grade",
        name="cdl",
        kind="enhance",
        summary="the grade decided for a shot: dark film lifted, an ASC CDL, colour tables (.cube)",
        paper="ASC Color Decision List 1.2; Adobe Cube LUT Specification 1.0; local lift: He et al., Guided Image "
        "Filtering, ECCV 2010",
        licence="Apache-2.0",
        cost=0.1,
        memory=60,
        measured=True,
        needs_any=("slope", "offset", "power", "saturation", "collection", "cubes", "lift", "black"),
    )
    Options = CdlOptions
    options: CdlOptions

    def load(self) -> None:
        """Raises FilmError for files that are no corrections or tables."""
        self.options.corrections()
        for text in self.options.cubes:
            _cube.read(_path(text))

    def measure(self, clip: Clip) -> Measures:
        """`noise`: its standard deviation in each core frame, as a share of white, float32 (core,)."""
        return {"noise": np.array([_noise(optical_flow.luma(clip.frames[i])) for i in clip.indices], np.float32)}

    def plan(self, measures: Measures, *, first: int) -> Measures:
        """`noise`: that of the shot, so that all its frames are lifted alike, float32 (n,)."""
        return {"noise": np.full_like(measures["noise"], np.median(measures["noise"]))}

    def run(self, clip: Clip) -> Result:
        """The core frames, graded; statistics: mean brightness before and after."""
        frames = clip.frames[clip.core].copy()
        before = frames.mean(axis=(1, 2, 3))
        corrections, cubes = self.options.corrections(), [_cube.read(_path(text)) for text in self.options.cubes]
        lifts = self.options.lift != 1 or self.options.black != 0
        for row, noise in enumerate(clip.plan["noise"][clip.core]):
            if lifts:
                frames[row] = _lifted(frames[row], self.options, float(noise))
            if frames.shape[3] == 3 or corrections or cubes:
                colour: Any = np.broadcast_to(frames[row], (*frames.shape[1:3], 3))
                for correction in corrections:
                    colour = _cdl.applied(colour, correction)
                for cube in cubes:
                    colour = _cube.applied(colour, cube)
                # A grey film stays grey: a grade that colours it needs the film in three channels.
                frames[row] = colour if frames.shape[3] == 3 else optical_flow.luma(colour)[..., None]
        changed = bool(lifts or corrections or cubes)
        mask = np.full(frames.shape[:3], changed)
        return Result(frames=frames, mask=mask, statistics={"before": before, "after": frames.mean(axis=(1, 2, 3))})


def _lifted(frame: np.ndarray, options: CdlOptions, noise: float) -> np.ndarray:
    """A frame (h, w, c) brighter where its surroundings are dark; noise itself is lifted less."""
    frame = np.maximum(frame - np.float32(options.black), 0) / np.float32(1 - options.black)
    bright = optical_flow.luma(frame)
    around = np.clip(_surroundings(bright), 1e-4, 1)
    extra = (options.lift - 1) * around / (around + NOISY * noise) if noise > 0 else options.lift - 1
    gain = (1 + extra) / (1 + extra * around)
    return np.asarray(frame * gain[..., None].astype(np.float32), np.float32)


def _surroundings(bright: np.ndarray) -> np.ndarray:
    """Brightness (h, w) smoothed within regions, not across their edges, over a thirtieth of the width."""
    size = 2 * max(2, bright.shape[1] // 60) + 1
    box = [cv2.blur(image, (size, size)) for image in (bright, bright * bright)]
    slope = (box[1] - box[0] ** 2) / (box[1] - box[0] ** 2 + SMOOTH)
    slope, offset = (cv2.blur(image, (size, size)) for image in (slope, box[0] * (1 - slope)))
    return np.asarray(slope * bright + offset)


def _noise(bright: np.ndarray) -> float:
    """Standard deviation of noise (Immerkaer, "Fast Noise Variance Estimation", 1996, with the median for the mean)."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    return float(1.4826 * np.median(np.abs(cv2.filter2D(bright, -1, kernel))))


def _chosen(text: str) -> _cdl.Correction:
    """The correction that "ID=path" names; raises FilmError that lists those of the file if it has no such one."""
    name, found = text.partition("=")[0].strip(), _cdl.read(_path(text))
    if name not in found:
        raise unknown_name_error(f"correction of {_path(text)}", name, list(found))
    return found[name]


def _path(text: str) -> Path:
    return Path(text.partition("=")[2].strip()).expanduser()
