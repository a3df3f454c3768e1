"""Removes gate weave and jump; keeps the camera's own path.

Measured: how the dominant background moves from one frame to the next. Planned: the path that these steps add up
to, and a steady one near it. Applied: each frame moved once, from its original pixels, by the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from ...frames.trend import integrate, jitter, trend
from .. import Card, Clip, Measures, PixelEngine, Result
from ._borders import stretched
from ._motion import motion, texture
from ._moving import fill, matrix_of, resample
from ._splices import displaced

ENDS = 5
"""Frames at either end of a shot that show whether the camera went somewhere."""
MOST_ZOOM = 1.02
"""How much `crop` may magnify; what is still missing then is stretched."""


@dataclass(frozen=True, kw_only=True)
class PathOptions:
    """How the path is steadied."""

    strength: float = 1.0
    """Share of the weave that is removed, 0..1."""
    smoothness: int = 100
    """Frames over which an undisturbed camera path is steady, 4..10000; weave slower than this is kept."""
    drift: float = 0.006
    """A weaving picture that wanders to and fro by no more than this share of its width throughout the shot is held
    still: a camera that creeps goes one way; 0..0.1."""
    splice: float = 0.08
    """The largest jump in the middle of a shot, after which the picture stays displaced, that is undone: a splice or a
    slipped frame line; a share of the width, 0..0.5. The longest stretch of the shot stays where it is."""
    limit: float = 0.02
    """The furthest a frame may be moved, as a share of its width, 0..0.2."""
    rotation: bool = True
    """Whether rotation is steadied too."""
    dead_zone: float = 0.15
    """A frame that would move less than this many pixels is left untouched, and so is a shot in which the root mean
    square of all moves is less and none is three times as far; 0..2."""
    borders: Literal["keep", "fill", "crop"] = "keep"
    """What the gap shows where the moved frame has no picture: its own edge, since the lines near it are stretched
    (keep); neighbouring frames, where they show it (fill); nothing, since the shot is magnified by up to 2 % (crop)."""

    def __post_init__(self) -> None:
        for name, low, high in (
            *(("strength", 0, 1), ("smoothness", 4, 10000), ("drift", 0, 0.1), ("splice", 0, 0.5)),
            *(("limit", 0, 0.2), ("dead_zone", 0, 2)),
        ):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be within {low}..{high}, not {getattr(self, name)}")
        if self.borders not in ("keep", "fill", "crop"):
            raise ValueError(f"borders must be keep, fill or crop, not {self.borders}")


class Path(PixelEngine):
    """Steadies the picture along a robust path."""

    card = Card(
        stage="stabilise",
        name="path",
        kind="repair",
        summary="Gate weave and jump removed by one resampling; pans, tilts and zooms of the camera kept.",
        paper="Grundmann et al., Auto-Directed Video Stabilization with Robust L1 Optimal Camera Paths, CVPR 2011; "
        "Liu et al., Bundled Camera Paths for Video Stabilization, SIGGRAPH 2013",
        licence="Apache-2.0",
        cost=0.006,
        memory=110,
        radius=2,
        measure_radius=1,
        measured=True,
    )
    Options = PathOptions
    options: PathOptions

    def measure(self, clip: Clip) -> Measures:
        """Motion (core, 3): dx, dy in pixels and the angle in radians since the frame before; size (core, 2)."""
        steps = np.zeros((len(clip.indices), 3))
        confidence = np.zeros(len(clip.indices))
        before = texture(clip.frames[clip.core.start - 1]) if clip.core.start > 0 else None
        for row, index in enumerate(clip.indices):
            now = texture(clip.frames[index])
            if before is not None:
                steps[row], confidence[row] = motion(before, now, clip.frames.shape[2] / now.shape[1])
            before = now
        size = np.tile(np.array(clip.frames.shape[2:0:-1], float), (len(steps), 1))
        return {"motion": steps, "confidence": confidence, "size": size}

    def plan(self, measures: Measures, *, first: int) -> Measures:
        """The path of the picture and its correction, each (n, 3) as in `measure`, and the magnification (n,)."""
        path = integrate(measures["motion"], measures["confidence"])
        if np.count_nonzero(measures["confidence"][1:]) < len(path) / 2:
            path[:] = 0  # too little was seen of the camera to tell weave from it
        width, height = measures["size"][0]
        reach = np.hypot(width, height) / 2
        scale = np.array([1.0, 1.0, reach])
        # A frame that only repeats the last one (24 to 25 fps, cartoons) has no time of its own and moves with it;
        # three in a row are a camera that stands.
        same = (np.abs(np.diff(path * scale, axis=0, prepend=np.inf)) < 0.01).all(axis=1)
        stands = _with_neighbours(_with_neighbours(same).min(axis=1)).max(axis=1)
        new = ~same | stands
        correction, spliced = np.zeros_like(path), np.zeros_like(path)
        for axis in range(3 if self.options.rotation else 2):
            pixels = path[new, axis : axis + 1] * scale[axis]
            jumps = displaced(pixels[:, 0], self.options.splice * width)[:, None] if axis < 2 else 0 * pixels
            steadied = self._course(pixels - jumps, width) - (pixels - jumps)
            correction[:, axis] = (steadied * self.options.strength)[np.cumsum(new) - 1, 0]
            spliced[:, axis] = jumps[np.cumsum(new) - 1, 0]
        correction[np.abs(correction[:, 2]) < self.options.dead_zone, 2] = 0
        far = np.hypot(correction[:, 0], correction[:, 1]) + np.abs(correction[:, 2])
        correction *= np.minimum(1.0, self.options.limit * width / np.maximum(far, 1e-9))[:, None]
        seen = np.sqrt((far**2).mean()) >= self.options.dead_zone or far.max() >= 3 * self.options.dead_zone
        correction[(far < self.options.dead_zone) | (not seen)] = 0
        correction -= spliced
        zoom = 1.0
        if self.options.borders == "crop":
            gap = np.abs(correction[:, :2]) + np.abs(correction[:, 2:])
            zoom = min(float((1 + 2 * gap / np.array([width, height])).max()), MOST_ZOOM)
        return {"path": path, "correction": correction / scale, "zoom": np.full(len(path), zoom)}

    def _course(self, pixels: np.ndarray, width: float) -> np.ndarray:
        """The steady course (n, 1) of a path (n, 1) in pixels; constant where it only drifts to and fro."""
        course = trend(pixels, self.options.smoothness, 0.02)
        tremor = float(jitter(pixels)[0])
        if tremor < self.options.dead_zone or len(course) < 4 * ENDS:
            return course  # no weave: whatever wanders here is the camera
        level = np.median(pixels)
        wander, gone = np.abs(course - level).max(), abs(np.median(course[-ENDS:]) - np.median(course[:ENDS]))
        drifts = wander <= self.options.drift * width + tremor and gone <= np.ptp(course) / 2
        return np.full_like(course, level) if drifts or wander <= tremor / 2 else course

    def run(self, clip: Clip) -> Result:
        """The core frames moved onto the steady path; statistics: the step in pixels and the angle in degrees."""
        correction, zoom = clip.plan["correction"], clip.plan["zoom"]
        core = clip.core
        moved = (correction[core] != 0).any(axis=1) | (zoom[core] != 1)
        frames = clip.frames[core].copy()
        for row in np.flatnonzero(moved):
            index = core.start + row
            filled = self._filled(clip, index) if self.options.borders == "fill" else None
            frames[row] = resample(clip.frames[index], correction[index], zoom[index]) if filled is None else filled
        mask = np.broadcast_to(moved[:, None, None], frames.shape[:3]).copy()
        shift = np.hypot(correction[core, 0], correction[core, 1])
        return Result(
            frames=frames, mask=mask, statistics={"shift": shift, "rotation": np.degrees(correction[core, 2])}
        )

    def _filled(self, clip: Clip, index: int) -> np.ndarray | None:
        """A frame moved, its gap filled from its neighbours; None if they do not show all of it."""
        correction, path = clip.plan["correction"], clip.plan["path"]
        frame = resample(clip.frames[index], correction[index], repeat_edge=True)
        return frame if fill(frame, clip, index, path, correction) else None

    def warp_mask(self, clip: Clip) -> np.ndarray:
        """Masks moved as `run` moves the frames."""
        correction, zoom = clip.plan["correction"], clip.plan["zoom"]
        masks = clip.frames[clip.core].copy()
        size = masks.shape[2], masks.shape[1]
        for row, index in enumerate(clip.indices):
            if (correction[index] != 0).any() or zoom[index] != 1:
                matrix = matrix_of(correction[index], zoom[index], masks.shape[1:])
                mask = clip.frames[index]
                masks[row] = cv2.warpAffine(mask, matrix, size, flags=cv2.INTER_LINEAR)[..., None]
                for band, x, y in stretched(matrix, mask.shape):
                    masks[row][band] = cv2.remap(mask, x, y, cv2.INTER_LINEAR)[..., None]
        return masks


def _with_neighbours(flags: np.ndarray) -> np.ndarray:
    """Each of n flags between those before and after it: (n, 3); False beyond the ends."""
    return np.lib.stride_tricks.sliding_window_view(np.pad(flags, 1), 3)
