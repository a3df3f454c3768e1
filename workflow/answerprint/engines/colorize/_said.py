"""What a person said about the colours of one shot, as colours of its frames at the size at which colour is planned."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ...frames import lab, optical_flow
from .. import references
from . import _spread
from ._carry import Colour
from ._options import HintsOptions

SPREAD_WIDTH = 160
"""Points are spread at this width: the equations of a frame are then solved in a quarter of a second."""
TRIED = 5
"""Frames of a shot, evenly spread, of which one is coloured by its likeness to a picture of another shot."""
LIKENESS = 0.5
"""Trust in colour that comes by appearance alone."""
PLAIN = 0.6
"""Correlation from which a frame plainly resembles a picture of another shot: forty frames later a camera that stands
still sees its view with 0.67 to 1.0, other scenes reach 0.5."""
OPAQUE = 0.5
"""Share of paint from which a place counts as painted."""


def pictures(options: HintsOptions, frames: range, lumas: np.ndarray) -> dict[int, Colour]:
    """Colours of the frames of a shot that have a coloured picture, by their number in the shot.

    A shot without one has a frame that is coloured by its likeness to a picture of another shot, where there is any.
    """
    paths = {frame - frames.start: path for frame, path in options.paths().items() if frame in frames}
    own = {i: (_laid_on(path, lumas[i]), np.ones(lumas[i].shape, np.float32)) for i, path in paths.items()}
    if own or not options.likenesses():
        return own
    # Pictures that a person named for this shot come before those of the shots around it.
    chosen = options.likenesses()[: len(options.like) or None]
    tried = np.unique(np.linspace(0, len(lumas) - 1, TRIED).astype(int)).tolist()
    likeness, i, path = max(
        (_spread.alike(lumas[i], _small(path, lumas[i].shape)[0]), i, path) for path in chosen for i in tried
    )
    if not options.like and likeness < PLAIN:
        return {}
    return {i: (_laid_on(path, lumas[i]), np.full(lumas[i].shape, LIKENESS, np.float32))}


def marks(options: HintsOptions, frames: range, shape: tuple[int, ...]) -> dict[int, np.ndarray]:
    """a, b of points and strokes (h, w, 2), NaN where there are none, by the number of their frame in the shot."""
    width, height = size_within(shape[1], shape[0], SPREAD_WIDTH)
    known: dict[int, np.ndarray] = {}
    for frame, path in options.painted().items():
        if frame in frames:
            known[frame - frames.start] = _strokes(path, (width, height))
    x, y = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
    for frame, points in options.points().items():
        if frame not in frames:
            continue
        colours = known.setdefault(frame - frames.start, np.full((height, width, 2), np.nan))
        for px, py, rgb, radius in points:
            away = np.hypot(x - px, (y - py) * shape[0] / shape[1])
            colours[(away <= radius) | (away == away.min())] = lab.from_rgb(np.array(rgb))[1:]
    return {i: colours for i, colours in known.items() if np.isfinite(colours).any()}


def coloured_by_marks(luma: np.ndarray, known: np.ndarray, base: np.ndarray | None) -> np.ndarray:
    """a, b (h, w, 2) of a frame from its points and strokes, on top of the colour that it has already."""
    height, width = luma.shape
    size = known.shape[1::-1]
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    below = None if base is None else cv2.resize(base, size, interpolation=cv2.INTER_AREA)
    spread = _spread.from_points(small, known, below)
    change = spread if below is None else spread - below
    slope, offset = _spread.guided_lines(change, small.astype(np.float32) / 255, 2, 0.02**2)
    slope, offset = (enlarged(v, width, height) for v in (slope, offset))
    grown = slope * (luma.astype(np.float32) / 255)[..., None] + offset
    return grown if base is None else base + grown


def size_within(width: int, height: int, most: int) -> tuple[int, int]:
    """(width, height) reduced to a width of at most `most`."""
    scale = min(1.0, most / width)
    return max(1, round(width * scale)), max(1, round(height * scale))


def enlarged(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """A small picture (h, w, k) at full size."""
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR).reshape(height, width, -1)


def _laid_on(path: Path, luma: np.ndarray) -> np.ndarray:
    """a, b (h, w, 2) for the frame `luma` from the picture at `path`."""
    return _spread.from_picture(luma, *_small(path, luma.shape))


def _small(path: Path, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Brightness uint8 (h, w) and a, b (h, w, 2) of the picture at `path`."""
    picture = references.picture(path, "stages.colorize")
    small = cv2.resize(picture, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return optical_flow.eight_bits(optical_flow.luma(small)), lab.from_rgb(small)[..., 1:]


def _strokes(path: Path, size: tuple[int, int]) -> np.ndarray:
    """a, b (h, w, 2) of the paint in a transparent picture, at `size` (width, height); NaN where there is none."""
    painted = references.picture(path, "stages.colorize.strokes", alpha=True)
    paint = np.dstack([painted[..., :3] * painted[..., 3:], painted[..., 3]])
    paint = cv2.resize(paint, size, interpolation=cv2.INTER_AREA)
    colours = lab.from_rgb(paint[..., :3] / np.maximum(paint[..., 3:], 1e-6))[..., 1:].astype(np.float64)
    colours[paint[..., 3] < OPAQUE] = np.nan
    return colours
