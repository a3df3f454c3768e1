"""Where the corners of a region are in each frame, tracked from the frames at which a person drew it.

From each drawn frame, forwards and backwards, the region moves with what is inside or around it: by a similarity
(shift, rotation, scale) fitted robustly to dense optical flow. Comparing each frame with the drawn frame itself removes
the drift that many small steps add up to. Between two drawn frames the tracks from both are blended, so that the region
passes exactly through each drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..frames import optical_flow
from ..frames.window import FrameWindow
from ..runtime.errors import FilmError
from ..runtime.files import write_json
from ..runtime.progress import Progress
from .masks import polygon_mask

AROUND = 0.25
"""Width of the margin that counts as around a region, as a share of the region's size."""
LEAST_AROUND = 12
"""The least width of that margin, pixels."""
ROOM = 32
"""Pixels beyond it that optical flow sees; motion of up to about this many pixels a frame is found."""
FEWEST = 24
"""Pixels that must agree before a motion is accepted."""
SHARE = 0.15
"""Share of the visible pixels that must agree."""
MOTIONS = {"inside": 2, "around": 1}
"""How many motions to choose from: inside a polygon, the thing and its background; around it, only the main motion."""
FURTHEST = 3.0
"""Pixels by which the comparison with the drawn frame may correct a position; beyond that it is another thing."""

Look = Callable[[int], np.ndarray]
"""The brightness of a film frame by its number: uint8 (height, width)."""


def follow(look: Look, task: dict[str, Any]) -> np.ndarray:
    """The corners of a region in frames first..last, float64 (frames, corners, 2), for a task from `regions.task`.

    Raises FilmError when the region lies outside the picture where it was drawn.
    """
    start, stop, follows = task["first"], task["last"], task["follow"]
    keys = [(int(frame), np.array(corners, float)) for frame, corners in task["keys"]]
    height, width = look(keys[0][0]).shape
    for frame, corners in keys:
        if not polygon_mask(corners, height, width).any():
            raise FilmError(
                f"A region drawn at frame {frame} lies outside the picture.", f"The picture is {width}x{height} pixels."
            )
    placed = np.zeros((stop - start, *keys[0][1].shape))
    (first, first_corners), (last, last_corners) = keys[0], keys[-1]
    placed[: first - start + 1] = _along(look, first_corners, range(first, start - 1, -1), follows)[::-1]
    placed[last - start :] = _along(look, last_corners, range(last, stop), follows)
    for (a, corners_a), (b, corners_b) in pairwise(keys):
        forward = _along(look, corners_a, range(a, b + 1), follows)
        backward = _along(look, corners_b, range(b, a - 1, -1), follows)[::-1]
        share = np.linspace(0, 1, b - a + 1)[:, None, None]
        placed[a - start : b - start + 1] = forward * (1 - share) + backward * share
    return placed


def write(tasks: dict[str, dict[str, Any]], window: FrameWindow, output: Path, label: str) -> None:
    """Write where each region is: by name, {"start", "stop", "first", "corners": [[[x, y], ...], ...]}.

    A region holds in frames start..stop (exclusive); its corners are given for each frame from `first` on. `window`
    reads the film's ingested parts.
    """
    size = window.block_length()

    @lru_cache(maxsize=3)
    def block(number: int) -> np.ndarray:
        start = window.first + number * size
        frames = window.frames(start, min(start + size, window.stop))
        return np.stack([optical_flow.eight_bits(optical_flow.luma(frame)) for frame in frames])

    def look(frame: int) -> np.ndarray:
        number, place = divmod(frame - window.first, size)
        return block(number)[place]

    progress = Progress(label, sum(task["last"] - task["first"] for task in tasks.values()))
    tracked = {}
    for name, task in tasks.items():
        corners = follow(look, task)
        tracked[name] = {key: task[key] for key in ("start", "stop", "first")}
        tracked[name]["corners"] = np.round(corners, 2).tolist()
        progress.add(len(corners))
    write_json(output, tracked)


def _along(look: Look, corners: np.ndarray, frames: range, follows: str) -> np.ndarray:
    """The corners in each of `frames`, the first of which is where the region was drawn."""
    track = np.repeat(corners[None], len(frames), axis=0)
    if follows == "none":
        return track
    drawn = look(frames[0])
    followed = _followed_pixels(corners, drawn.shape, follows)
    motion, before = np.eye(3), drawn
    for k, frame in enumerate(frames[1:], start=1):
        now = look(frame)
        pixels = _followed_pixels(track[k - 1], now.shape, follows)
        candidates = [step @ motion for step in _motions(before, now, pixels, MOTIONS[follows])] or [motion]
        motion = _best_motion(drawn, now, followed, candidates)
        corrected = list(_corrections(drawn, now, motion, _moved(corners, motion), follows))
        # Around a region other things come and go, so there the correction is always taken.
        candidates = corrected if follows == "around" and corrected else [motion, *corrected]
        motion = _best_motion(drawn, now, followed, candidates)
        track[k] = _moved(corners, motion)
        before = now
    return track


def _corrections(
    drawn: np.ndarray, now: np.ndarray, motion: np.ndarray, corners: np.ndarray, follows: str
) -> Iterator[np.ndarray]:
    """The motion since the drawn frame, corrected by comparing the drawn frame, moved by it, with the present one."""
    pixels = _followed_pixels(corners, now.shape, follows)
    size = now.shape[1], now.shape[0]
    moved = cv2.warpAffine(drawn, motion[:2], size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    covered = cv2.warpAffine(np.ones_like(drawn), motion[:2], size, flags=cv2.INTER_NEAREST) > 0
    for correction in _motions(moved, now, pixels & covered, MOTIONS[follows]):
        if np.abs(_moved(corners, correction) - corners).max() <= FURTHEST:
            yield correction @ motion


def _best_motion(drawn: np.ndarray, now: np.ndarray, followed: np.ndarray, motions: list[np.ndarray]) -> np.ndarray:
    """Of several motions the one by which a frame is most like the drawn one, in its pixels `followed`."""
    return max(motions, key=lambda motion: _likeness(drawn, now, followed, motion)) if len(motions) > 1 else motions[0]


def _likeness(drawn: np.ndarray, now: np.ndarray, followed: np.ndarray, motion: np.ndarray) -> float:
    """The correlation, -1..1, of the drawn frame and one moved back onto it, in the `followed` pixels still shown."""
    size = now.shape[1], now.shape[0]
    back = cv2.warpAffine(now, motion[:2], size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    inside = cv2.warpAffine(np.full_like(now, 255), motion[:2], size, flags=cv2.WARP_INVERSE_MAP) == 255
    shown = followed & inside
    if np.count_nonzero(shown) < FEWEST:
        return -1.0
    a, b = (picture[shown].astype(float) for picture in (drawn, back))
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / max(np.sqrt((a * a).sum() * (b * b).sum()), 1e-9))


def _followed_pixels(corners: np.ndarray, shape: tuple[int, ...], follows: str) -> np.ndarray:
    """The pixels whose motion a region follows: bool (h, w)."""
    inside = polygon_mask(corners, *shape)
    if follows == "inside":
        return inside
    reach = max(LEAST_AROUND, round(AROUND * np.count_nonzero(inside) ** 0.5))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return (cv2.dilate(inside.astype(np.uint8), kernel) > 0) & ~inside


def _motions(before: np.ndarray, now: np.ndarray, pixels: np.ndarray, most: int) -> list[np.ndarray]:
    """Up to `most` similarities (3, 3): the one that most `pixels` of `before` follow, then that of the others."""
    y, x = np.nonzero(pixels)
    if len(y) < FEWEST:
        return []
    top, left = max(0, y.min() - ROOM), max(0, x.min() - ROOM)
    box = slice(top, y.max() + ROOM + 1), slice(left, x.max() + ROOM + 1)
    a, b = np.ascontiguousarray(before[box]), np.ascontiguousarray(now[box])
    forward, back = optical_flow.flow(a, b), optical_flow.flow(b, a)
    # Flat places say nothing about motion, nor do places where the flow there and back do not meet.
    detail = cv2.Sobel(a, cv2.CV_32F, 1, 0) ** 2 + cv2.Sobel(a, cv2.CV_32F, 0, 1) ** 2
    good = pixels[box] & (optical_flow.disagreement(forward, back) < 1) & (detail > 400)
    y, x = np.nonzero(good)
    stride = max(1, len(y) // 2000)
    y, x = y[::stride], x[::stride]
    here = np.column_stack([x + left, y + top]).astype(np.float64)
    there = here + forward[y, x]
    motions: list[np.ndarray] = []
    rest = np.ones(len(y), bool)
    while rest.sum() >= FEWEST and len(motions) < most:
        matrix, agree = cv2.estimateAffinePartial2D(
            here[rest], there[rest], ransacReprojThreshold=0.7, maxIters=500, refineIters=10
        )
        if matrix is None or np.count_nonzero(agree) < max(FEWEST / 2, SHARE * len(y)):
            break
        motions.append(np.vstack([matrix, [0, 0, 1]]))
        rest[rest] = agree[:, 0] == 0
    return motions


def _moved(corners: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return corners @ matrix[:2, :2].T + matrix[:2, 2]
