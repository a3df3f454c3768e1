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
from . import _bands
from ._borders import stretched
from ._motion import dominant, followed, texture
from ._moving import fill, matrix_of, resample
from ._perforations import perforations, places
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
    register: Literal["picture", "perforations"] = "picture"
    """What is held still: the picture, as far as the camera stood; or the film, by its perforations, in scans that show
    them. In a shot that shows them in less than half of its frames nothing is moved."""
    mesh: bool = False
    """Whether parts of the picture that for some frames lie apart from the rest are brought back by a smooth warp from
    top to bottom: film that rolls or has shrunk, tears at splices."""

    def __post_init__(self) -> None:
        for name, low, high in (
            *(("strength", 0, 1), ("smoothness", 4, 10000), ("drift", 0, 0.1), ("splice", 0, 0.5)),
            *(("limit", 0, 0.2), ("dead_zone", 0, 2)),
        ):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be within {low}..{high}, not {getattr(self, name)}")
        if self.borders not in ("keep", "fill", "crop"):
            raise ValueError(f"borders must be keep, fill or crop, not {self.borders}")
        if self.mesh and self.borders == "fill":
            raise ValueError("borders is fill, but with a mesh it must be keep or crop")


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
        """Motion (core, 3): dx, dy in pixels and the angle in radians since the frame before; size (core, 2).

        With `mesh` the bands' own motion (core, BANDS, 2); by perforations those of each frame (core, MOST, 3).
        """
        steps, bands = np.zeros((len(clip.indices), 3)), np.zeros((len(clip.indices), _bands.BANDS, 2))
        confidence = np.zeros(len(clip.indices))
        before = texture(clip.frames[clip.core.start - 1]) if clip.core.start > 0 else None
        for row, index in enumerate(clip.indices):
            now = texture(clip.frames[index])
            if before is not None:
                points, scale = followed(before, now), clip.frames.shape[2] / now.shape[1]
                steps[row], confidence[row] = dominant(points, scale)
                if self.options.mesh and confidence[row]:
                    bands[row] = scale * _bands.steps(points, steps[row] / [scale, scale, 1], now.shape[0])
            before = now
        size = np.tile(np.array(clip.frames.shape[2:0:-1], float), (len(steps), 1))
        measures = {"motion": steps, "confidence": confidence, "size": size}
        if self.options.mesh:
            measures["bands"] = bands
        if self.options.register == "perforations":
            measures["perforations"] = np.stack([perforations(frame) for frame in clip.frames[clip.core]])
        return measures

    def plan(self, measures: Measures, *, first: int) -> Measures:
        """The path of the picture and its correction, each (n, 3) as in `measure`, and the magnification (n,).

        With `mesh` that of the bands (n, BANDS, 2); by perforations how many of them say so (n,).
        """
        path = integrate(measures["motion"], measures["confidence"])
        if np.count_nonzero(measures["confidence"][1:]) < len(path) / 2:
            path[:] = 0  # too little was seen of the camera to tell weave from it
        width, height = measures["size"][0]
        scale = np.array([1.0, 1.0, np.hypot(width, height) / 2])
        more: Measures = {}
        if self.options.register == "perforations":
            away, more["perforations"] = places(measures["perforations"])
            correction = self._allowed(-self.options.strength * np.pad(away, ((0, 0), (0, 1))), width)
        else:
            correction, spliced = self._steadying(path * scale, width)
            correction = self._allowed(correction, width) - spliced
        if self.options.mesh:
            limit = self.options.limit * width
            more["bands"] = self.options.strength * _bands.correction(measures["bands"], self.options.dead_zone, limit)
        zoom = 1.0
        if self.options.borders == "crop":
            gap = np.abs(correction[:, :2]) + np.abs(correction[:, 2:])
            gap += np.abs(more["bands"]).max(axis=1) if "bands" in more else 0
            zoom = min(float((1 + 2 * gap / np.array([width, height])).max()), MOST_ZOOM)
        return {"path": path, "correction": correction / scale, "zoom": np.full(len(path), zoom), **more}

    def _steadying(self, path: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
        """What a path (n, 3) in pixels lacks to be steady, and how far splices have displaced it, each (n, 3)."""
        # A frame that only repeats the last one (24 to 25 fps, cartoons) has no time of its own and moves with it;
        # three in a row are a camera that stands.
        same = np.asarray((np.abs(np.diff(path, axis=0, prepend=np.inf)) < 0.01).all(axis=1))
        stands = _with_neighbours(_with_neighbours(same).min(axis=1)).max(axis=1)
        new = ~same | stands
        correction, spliced = np.zeros_like(path), np.zeros_like(path)
        for axis in range(3 if self.options.rotation else 2):
            pixels = path[new, axis : axis + 1]
            jumps = displaced(pixels[:, 0], self.options.splice * width)[:, None] if axis < 2 else 0 * pixels
            steadied = self._course(pixels - jumps, width) - (pixels - jumps)
            correction[:, axis] = (steadied * self.options.strength)[np.cumsum(new) - 1, 0]
            spliced[:, axis] = jumps[np.cumsum(new) - 1, 0]
        return correction, spliced

    def _allowed(self, correction: np.ndarray, width: float) -> np.ndarray:
        """A correction (n, 3) in pixels as far as the limit lets it go, and without what nobody sees."""
        correction[np.abs(correction[:, 2]) < self.options.dead_zone, 2] = 0
        far = np.hypot(correction[:, 0], correction[:, 1]) + np.abs(correction[:, 2])
        correction *= np.minimum(1.0, self.options.limit * width / np.maximum(far, 1e-9))[:, None]
        seen = np.sqrt((far**2).mean()) >= self.options.dead_zone or far.max() >= 3 * self.options.dead_zone
        correction[(far < self.options.dead_zone) | (not seen)] = 0
        return correction

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
        correction, core = clip.plan["correction"], clip.core
        moved = np.array([self._moves(clip, index) for index in clip.indices], bool)
        frames = clip.frames[core].copy()
        for row in np.flatnonzero(moved):
            frames[row] = self._moved(clip, core.start + row)
        mask = np.broadcast_to(moved[:, None, None], frames.shape[:3]).copy()
        shift = np.hypot(correction[core, 0], correction[core, 1])
        statistics = {"shift": shift, "rotation": np.degrees(correction[core, 2])}
        if "bands" in clip.plan:
            statistics["bands"] = np.abs(clip.plan["bands"][core]).max(axis=(1, 2))
        if "perforations" in clip.plan:
            statistics["perforations"] = clip.plan["perforations"][core]
        return Result(frames=frames, mask=mask, statistics=statistics)

    def _moves(self, clip: Clip, index: int) -> bool:
        plan = clip.plan
        return bool(plan["correction"][index].any() or plan["zoom"][index] != 1 or self._bent(clip, index))

    def _bent(self, clip: Clip, index: int) -> bool:
        """Whether the bands of a frame are moved further than the whole."""
        return bool("bands" in clip.plan and clip.plan["bands"][index].any())

    def _moved(self, clip: Clip, index: int) -> np.ndarray:
        frame, step, zoom = clip.frames[index], clip.plan["correction"][index], clip.plan["zoom"][index]
        if self._bent(clip, index):
            return _bands.warped(frame, _bands.sources(step, zoom, clip.plan["bands"][index], frame.shape))
        filled = self._filled(clip, index) if self.options.borders == "fill" else None
        return resample(frame, step, zoom) if filled is None else filled

    def _filled(self, clip: Clip, index: int) -> np.ndarray | None:
        """A frame moved, its gap filled from its neighbours; None if they do not show all of it."""
        correction, path = clip.plan["correction"], clip.plan["path"]
        frame = resample(clip.frames[index], correction[index], repeat_edge=True)
        return frame if fill(frame, clip, index, path, correction) else None

    def warp_mask(self, clip: Clip) -> np.ndarray:
        """Masks moved as `run` moves the frames."""
        masks = clip.frames[clip.core].copy()
        size, repeated = (masks.shape[2], masks.shape[1]), cv2.BORDER_REPLICATE
        for row, index in enumerate(clip.indices):
            mask, step, zoom = clip.frames[index], clip.plan["correction"][index], clip.plan["zoom"][index]
            if self._bent(clip, index):
                sources = _bands.sources(step, zoom, clip.plan["bands"][index], mask.shape)
                masks[row] = cv2.remap(mask, *sources, cv2.INTER_LINEAR, borderMode=repeated)[..., None]
            elif self._moves(clip, index):
                matrix = matrix_of(step, zoom, masks.shape[1:])
                masks[row] = cv2.warpAffine(mask, matrix, size, flags=cv2.INTER_LINEAR, borderMode=repeated)[..., None]
                for band, x, y in stretched(matrix, mask.shape):
                    masks[row][band] = cv2.remap(mask, x, y, cv2.INTER_LINEAR, borderMode=repeated)[..., None]
        return masks


def _with_neighbours(flags: np.ndarray) -> np.ndarray:
    """Each of n flags between those before and after it: (n, 3); False beyond the ends."""
    return np.lib.stride_tricks.sliding_window_view(np.pad(flags, 1), 3)
