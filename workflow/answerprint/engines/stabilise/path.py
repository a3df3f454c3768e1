"""Removes gate weave and jump; keeps the camera's own path.

Measured: how the dominant background moves from one frame to the next. Planned: the path that these steps add up
to, and a steady one near it. Applied: each frame moved once, from its original pixels, by the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from ...frames.optical_flow import luma
from ...frames.trend import integrate, jitter, trend
from .. import Card, Clip, Measures, PixelEngine, Result
from ._borders import stretched
from ._splices import displaced

WORKING_SIZE = 960
"""Longest side of the pictures on which motion is measured, pixels; 0.03 px there is still 0.13 px of a 4K scan."""
ENDS = 5
"""Frames at either end of a shot that show whether the camera went somewhere."""
MOST_ZOOM = 1.02
"""How much `crop` may magnify; what is still missing then is stretched."""
BLACK = 0.08
"""Brightness below which an edge counts as the camera's gate: scanned gates are at 0.01..0.06."""


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
        return frame if _fill(frame, clip, index, path, correction) else None

    def warp_mask(self, clip: Clip) -> np.ndarray:
        """Masks moved as `run` moves the frames."""
        correction, zoom = clip.plan["correction"], clip.plan["zoom"]
        masks = clip.frames[clip.core].copy()
        size = masks.shape[2], masks.shape[1]
        for row, index in enumerate(clip.indices):
            if (correction[index] != 0).any() or zoom[index] != 1:
                matrix = _matrix(correction[index], zoom[index], masks.shape[1:])
                mask = clip.frames[index]
                masks[row] = cv2.warpAffine(mask, matrix, size, flags=cv2.INTER_LINEAR)[..., None]
                for band, x, y in stretched(matrix, mask.shape):
                    masks[row][band] = cv2.remap(mask, x, y, cv2.INTER_LINEAR)[..., None]
        return masks


def _with_neighbours(flags: np.ndarray) -> np.ndarray:
    """Each of n flags between those before and after it: (n, 3); False beyond the ends."""
    return np.lib.stride_tricks.sliding_window_view(np.pad(flags, 1), 3)


def texture(frame: np.ndarray) -> np.ndarray:
    """Local contrast of a frame, uint8 at working size, which flicker, fades and vignettes do not change."""
    grey = luma(frame)
    if max(grey.shape) > WORKING_SIZE:
        factor = WORKING_SIZE / max(grey.shape)
        grey = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    detail = grey - cv2.blur(grey, (25, 25))
    # 0.015 is the usual grain: flat areas stay flat and offer no corners; with 0.03 dark scenes were flat too.
    contrast = np.sqrt(np.maximum(cv2.blur(detail * detail, (25, 25)), 0)) + 0.015
    return np.clip(detail / contrast * 40 + 128.5, 0, 255).astype(np.uint8)


def motion(before: np.ndarray, now: np.ndarray, scale: float = 1.0) -> tuple[np.ndarray, float]:
    """Step (dx, dy, angle) of the dominant background about the picture's centre, and the share of points that agree.

    Zeros where fewer than 12 points, or than a quarter of those followed, agree: blank frames, cuts, noise.
    """
    nothing = np.zeros(3), 0.0
    height, width = now.shape
    if min(height, width) < 32:
        return nothing
    corners = cv2.goodFeaturesToTrack(before, 250, 0.02, max(6, width / 50), blockSize=5)
    if corners is None or len(corners) < 12:
        return nothing
    follow = {"winSize": (17, 17), "maxLevel": 3, "criteria": (3, 15, 0.02)}
    there, followed, _ = cv2.calcOpticalFlowPyrLK(before, now, corners, None, **follow)  # type: ignore[call-overload]
    back, followed_back, _ = cv2.calcOpticalFlowPyrLK(now, before, there, None, **follow)  # type: ignore[call-overload]
    returns = (np.abs(back - corners).max(axis=(1, 2)) < 0.3) & (followed[:, 0] > 0) & (followed_back[:, 0] > 0)
    if returns.sum() < 12:
        return nothing
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    a, b = (points[returns, 0].astype(float) - centre for points in (corners, there))
    _, agree = cv2.estimateAffinePartial2D(a, b, ransacReprojThreshold=1.0, maxIters=500, refineIters=0)
    if agree is None or agree.sum() < max(12, len(a) / 4):
        return nothing
    fit = _similarity(a, b, agree[:, 0].astype(float))
    return np.array([fit[2] * scale, fit[3] * scale, np.arctan2(fit[1], fit[0])]), float(agree.sum() / len(corners))


def _similarity(a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The similarity (p, q, dx, dy), x' = p x - q y + dx and y' = q x + p y + dy, by Tukey's robust least squares."""
    ones, zeros = np.ones(len(a)), np.zeros(len(a))
    rows = np.stack(
        [np.stack([a[:, 0], -a[:, 1], ones, zeros], 1), np.stack([a[:, 1], a[:, 0], zeros, ones], 1)], axis=1
    )
    fit = np.array([1.0, 0.0, 0.0, 0.0])
    for _ in range(5):
        weighted = rows * weights[:, None, None]
        fit = np.linalg.lstsq(
            np.einsum("nij,nik->jk", weighted, rows), np.einsum("nij,ni->j", weighted, b), rcond=None
        )[0]
        error = np.hypot(*(rows @ fit - b).T)
        spread = max(3 * float(np.median(error[weights > 0])), 0.15)
        weights = np.clip(1 - (error / spread) ** 2, 0, 1) ** 2
    return fit


def _matrix(step: np.ndarray, zoom: float, shape: tuple[int, ...]) -> np.ndarray:
    """The 2x3 matrix that turns and magnifies about the centre, then shifts."""
    x, y = (shape[1] - 1) / 2, (shape[0] - 1) / 2
    p, q = zoom * np.cos(step[2]), zoom * np.sin(step[2])
    return np.array([[p, -q, x - p * x + q * y + step[0]], [q, p, y - q * x - p * y + step[1]]])


def resample(frame: np.ndarray, step: np.ndarray, zoom: float = 1.0, *, repeat_edge: bool = False) -> np.ndarray:
    """A frame (h, w, c) moved by dx, dy and an angle with an 8x8 Lanczos kernel, the lines beside a gap stretched.

    Ringing is cut to what the nearest 3x3 pixels hold. With `repeat_edge` the gap shows the outermost line.
    """
    matrix, size = _matrix(step, zoom, frame.shape), frame.shape[1::-1]
    if step[2] == 0 and zoom == 1:
        # A plain shift is separable: 5 times as fast as warpAffine, and not rounded to 1/32 px.
        whole = np.floor(step[:2]).astype(int)
        x, y = np.abs(whole)
        padded = cv2.copyMakeBorder(frame, y, y, x, x, cv2.BORDER_REPLICATE)
        rows = padded[y - whole[1] :][: size[1]]
        placed = np.ascontiguousarray(rows[:, x - whole[0] :][:, : size[0]])
        across, down = (_lanczos(fraction) for fraction in step[:2] - whole)
        moved = cv2.sepFilter2D(placed, -1, across, down, anchor=(4, 4), borderType=cv2.BORDER_REPLICATE)
    else:
        moved = cv2.warpAffine(frame, matrix, size, flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)
    square = np.ones((3, 3), np.uint8)
    low, high = cv2.erode(frame, square), cv2.dilate(frame, square)
    nearest = {"flags": cv2.INTER_NEAREST, "borderMode": cv2.BORDER_REPLICATE}
    least, most = (cv2.warpAffine(bound, matrix, size, **nearest) for bound in (low, high))  # type: ignore[call-overload]
    moved = cv2.min(cv2.max(moved, least), most).reshape(frame.shape)
    for band, x, y in () if repeat_edge else stretched(matrix, frame.shape):
        picture = cv2.remap(frame, x, y, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)
        least, most = (
            cv2.remap(bound, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE) for bound in (low, high)
        )
        moved[band] = cv2.min(cv2.max(picture, least), most).reshape(moved[band].shape)
    return moved


def _lanczos(fraction: float) -> np.ndarray:
    """The 8 taps that move a row right by 0..1 pixel, for a filter anchored at the fifth."""
    at = np.arange(-4, 4) + fraction
    taps = np.sinc(at) * np.sinc(at / 4)
    return taps / taps.sum()


def _fill(frame: np.ndarray, clip: Clip, index: int, path: np.ndarray, correction: np.ndarray) -> bool:
    """Fills in place, from the nearest neighbours, where the moved frame has no picture; says whether it could."""
    shape = frame.shape[:2]

    def covered(matrix: np.ndarray) -> np.ndarray:
        return cv2.warpAffine(np.ones(shape, np.uint8), matrix, shape[::-1], flags=cv2.INTER_NEAREST) > 0

    # A black edge is the gate's and stays black. A neighbour's edge, elsewhere in the scan, would show.
    missing = ~covered(_matrix(correction[index], 1.0, shape)) & (frame.max(axis=2) > BLACK)
    for step in (-1, 1, -2, 2):
        other = index + step
        if not missing.any():
            break
        if not 0 <= other < len(clip.frames):
            continue
        matrix = _matrix(correction[index] + path[index] - path[other], 1.0, shape)
        usable = missing & covered(matrix)
        picture = cv2.warpAffine(clip.frames[other], matrix, shape[::-1], flags=cv2.INTER_LINEAR).reshape(frame.shape)
        frame[usable] = picture[usable]
        missing &= ~usable
    return not missing.any()
