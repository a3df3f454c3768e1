"""Where the corners of a region are in each frame, tracked from the frames at which a person drew it.

From each drawn frame on, forward and back, the region takes the steps of what is inside it or around it: a similarity
(shift, turn, size) fitted robustly to dense optical flow. A look back at the drawn frame itself takes out what many
small steps add up to. Between two drawn frames both ways are blended, so that each drawing is met exactly.
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
"""Width of what counts as around a region, as a share of its size."""
LEAST_AROUND = 12
"""Pixels that it has at least."""
ROOM = 32
"""Pixels of picture beside it that the optical flow sees: motion of up to about this many a frame is found."""
FEWEST = 24
"""Pixels that must move alike before a motion is believed."""
SHARE = 0.15
"""Share of the pixels seen that must."""
MOTIONS = {"inside": 2, "around": 1}
"""Motions to choose from: a thing and what is behind it share a polygon; around it, what most pixels do counts."""
FURTHEST = 3.0
"""Pixels by which the look back may correct a position; more than that is another thing."""

Look = Callable[[int], np.ndarray]
"""The brightness of a film frame by its number: uint8 (height, width)."""


def follow(look: Look, task: dict[str, Any]) -> np.ndarray:
    """The corners of a region in frames first..last, float64 (frames, corners, 2), for a task from `regions.task`.

    Raises FilmError when the region lies outside the picture where it was drawn.
    """
    start, stop, how = task["first"], task["last"], task["follow"]
    keys = [(int(frame), np.array(corners, float)) for frame, corners in task["keys"]]
    height, width = look(keys[0][0]).shape
    for frame, corners in keys:
        if not polygon_mask(corners, height, width).any():
            raise FilmError(
                f"A region drawn at frame {frame} lies outside the picture.", f"The picture is {width}x{height} pixels."
            )
    placed = np.zeros((stop - start, *keys[0][1].shape))
    (first, first_corners), (last, last_corners) = keys[0], keys[-1]
    placed[: first - start + 1] = _along(look, first_corners, range(first, start - 1, -1), how)[::-1]
    placed[last - start :] = _along(look, last_corners, range(last, stop), how)
    for (a, at_a), (b, at_b) in pairwise(keys):
        onward = _along(look, at_a, range(a, b + 1), how)
        back = _along(look, at_b, range(b, a - 1, -1), how)[::-1]
        share = np.linspace(0, 1, b - a + 1)[:, None, None]
        placed[a - start : b - start + 1] = onward * (1 - share) + back * share
    return placed


def write(tasks: dict[str, dict[str, Any]], window: FrameWindow, output: Path, label: str) -> None:
    """Write where each region is: by name, {"start", "stop", "first", "corners": [[[x, y], ...], ...]}.

    It holds in frames start..stop (exclusive); its corners are given for each frame from `first` on. `window` reads the
    film's ingested parts.
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


def _along(look: Look, corners: np.ndarray, frames: range, how: str) -> np.ndarray:
    """The corners in each of `frames`, which begin where the region was drawn."""
    way = np.repeat(corners[None], len(frames), axis=0)
    if how == "none":
        return way
    origin = look(frames[0])
    own = _seen(corners, origin.shape, how)
    whole, before = np.eye(3), origin
    for k, frame in enumerate(frames[1:], start=1):
        now = look(frame)
        seen = _seen(way[k - 1], now.shape, how)
        ways = [found @ whole for found in _motions(before, now, seen, MOTIONS[how])] or [whole]
        whole = _likest(origin, now, own, ways)
        corrected = list(_corrections(origin, now, whole, _moved(corners, whole), how))
        # Around a region other things come and go: there the look back is taken as it is.
        whole = _likest(origin, now, own, corrected if how == "around" and corrected else [whole, *corrected])
        way[k] = _moved(corners, whole)
        before = now
    return way


def _corrections(
    origin: np.ndarray, now: np.ndarray, whole: np.ndarray, corners: np.ndarray, how: str
) -> Iterator[np.ndarray]:
    """The motion since the drawn frame as that frame, moved along, would put it right."""
    seen = _seen(corners, now.shape, how)
    size = now.shape[1], now.shape[0]
    brought = cv2.warpAffine(origin, whole[:2], size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    covered = cv2.warpAffine(np.ones_like(origin), whole[:2], size, flags=cv2.INTER_NEAREST) > 0
    for found in _motions(brought, now, seen & covered, MOTIONS[how]):
        if np.abs(_moved(corners, found) - corners).max() <= FURTHEST:
            yield found @ whole


def _likest(origin: np.ndarray, now: np.ndarray, own: np.ndarray, ways: list[np.ndarray]) -> np.ndarray:
    """Of several motions that by which a frame looks most like the drawn one in the pixels `own` of that."""
    return max(ways, key=lambda way: _likeness(origin, now, own, way)) if len(ways) > 1 else ways[0]


def _likeness(origin: np.ndarray, now: np.ndarray, own: np.ndarray, whole: np.ndarray) -> float:
    """The correlation, -1..1, of the drawn frame and one moved back onto it, in the pixels `own` that it still has."""
    size = now.shape[1], now.shape[0]
    back = cv2.warpAffine(now, whole[:2], size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    shown = own & (cv2.warpAffine(np.full_like(now, 255), whole[:2], size, flags=cv2.WARP_INVERSE_MAP) == 255)
    if np.count_nonzero(shown) < FEWEST:
        return -1.0
    a, b = (picture[shown].astype(float) for picture in (origin, back))
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / max(np.sqrt((a * a).sum() * (b * b).sum()), 1e-9))


def _seen(corners: np.ndarray, shape: tuple[int, ...], how: str) -> np.ndarray:
    """The pixels whose motion a region takes: bool (h, w)."""
    inside = polygon_mask(corners, *shape)
    if how == "inside":
        return inside
    reach = max(LEAST_AROUND, round(AROUND * np.count_nonzero(inside) ** 0.5))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return (cv2.dilate(inside.astype(np.uint8), kernel) > 0) & ~inside


def _motions(before: np.ndarray, now: np.ndarray, seen: np.ndarray, most: int) -> list[np.ndarray]:
    """The similarity (3, 3) that most pixels `seen` in `before` follow, that of most others...: `most` of them."""
    y, x = np.nonzero(seen)
    if len(y) < FEWEST:
        return []
    top, left = max(0, y.min() - ROOM), max(0, x.min() - ROOM)
    box = slice(top, y.max() + ROOM + 1), slice(left, x.max() + ROOM + 1)
    a, b = np.ascontiguousarray(before[box]), np.ascontiguousarray(now[box])
    forward, back = optical_flow.flow(a, b), optical_flow.flow(b, a)
    # Flat places say nothing, and where the way there and back does not meet nothing is known.
    detail = cv2.Sobel(a, cv2.CV_32F, 1, 0) ** 2 + cv2.Sobel(a, cv2.CV_32F, 0, 1) ** 2
    good = seen[box] & (optical_flow.disagreement(forward, back) < 1) & (detail > 400)
    y, x = np.nonzero(good)
    every = max(1, len(y) // 2000)
    y, x = y[::every], x[::every]
    here = np.column_stack([x + left, y + top]).astype(np.float64)
    there = here + forward[y, x]
    found: list[np.ndarray] = []
    rest = np.ones(len(y), bool)
    while rest.sum() >= FEWEST and len(found) < most:
        matrix, agree = cv2.estimateAffinePartial2D(
            here[rest], there[rest], ransacReprojThreshold=0.7, maxIters=500, refineIters=10
        )
        if matrix is None or np.count_nonzero(agree) < max(FEWEST / 2, SHARE * len(y)):
            break
        found.append(np.vstack([matrix, [0, 0, 1]]))
        rest[rest] = agree[:, 0] == 0
    return found


def _moved(corners: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return corners @ matrix[:2, :2].T + matrix[:2, 2]
