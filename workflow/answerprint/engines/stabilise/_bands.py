"""Bands of a frame that lie apart from the rest, as where film rolls, shrinks or is torn at a splice: a smooth mesh.

What a band does besides the whole picture is followed through the shot. What comes and goes within a few frames is
taken back; what lasts, such as a foreground that moves otherwise than what is behind it, is the picture's own.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...frames.trend import trend
from ._borders import REACH
from ._motion import Points
from ._moving import matrix_of

BANDS = 8
"""From top to bottom."""
POINTS = 6
"""Points of a band that must agree within a pixel, and be half of its points, to say where it has gone."""
HORIZON = 24
"""Frames over which a band that is not torn is steady."""
FLOOR = 0.05
"""Pixels that bands tremble by where nothing is wrong."""


def steps(points: Points, step: np.ndarray, height: int) -> np.ndarray:
    """How far each band has gone beside a step (dx, dy, angle) of the whole: (BANDS, 2); 0 where nobody knows.

    All in pixels of the picture in which the points were followed; `height` is its height.
    """
    before, after = points.before, points.after
    cos, sin = np.cos(step[2]), np.sin(step[2])
    whole = before @ np.array([[cos, sin], [-sin, cos]]) + step[:2]
    left = after - whole
    bands = np.clip(((before[:, 1] / height + 0.5) * BANDS).astype(int), 0, BANDS - 1)
    gone = np.zeros((BANDS, 2))
    for band in range(BANDS):
        own = left[bands == band]
        if len(own) >= POINTS:
            middle = np.median(own, axis=0)
            agree = np.abs(own - middle).max(axis=1) < 1
            if agree.sum() >= max(POINTS, len(own) / 2):
                gone[band] = own[agree].mean(axis=0)
    return gone


def correction(gone: np.ndarray, dead_zone: float, limit: float) -> np.ndarray:
    """By how much to move the bands of each frame of a shot: (n, BANDS, 2) pixels.

    gone: (n, BANDS, 2) since the frame before. A frame none of whose bands has to go `dead_zone` pixels stays as it is.
    """
    first = np.zeros_like(gone[:1])
    path = np.cumsum(np.concatenate([first, gone[1:]]), axis=0).reshape(len(gone), -1)
    # Each by itself, since a tear runs through a few of them.
    courses = [trend(column[:, None], HORIZON, FLOOR, level=False) for column in path.T]
    back = (np.hstack(courses) - path).reshape(gone.shape)
    # Bands beside each other are moved alike, so that the mesh is smooth.
    wide = np.pad(back, ((0, 0), (1, 1), (0, 0)), mode="edge")
    back = np.clip((wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]) / 4, -limit, limit)
    back[np.abs(back).max(axis=(1, 2)) < dead_zone] = 0
    return back


def warped(frame: np.ndarray, sources: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """A frame (h, w, c) as a mesh moves it, with an 8x8 Lanczos kernel; ringing is cut to what 3x3 pixels hold."""
    square = np.ones((3, 3), np.uint8)
    moved, least, most = (
        cv2.remap(picture, *sources, kind, borderMode=cv2.BORDER_REPLICATE)
        for picture, kind in (
            (frame, cv2.INTER_LANCZOS4),
            (cv2.erode(frame, square), cv2.INTER_NEAREST),
            (cv2.dilate(frame, square), cv2.INTER_NEAREST),
        )
    )
    return np.asarray(cv2.min(cv2.max(moved, least), most)).reshape(frame.shape)


def sources(step: np.ndarray, zoom: float, bands: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Where the pixels of a moved frame (h, w, ...) come from: x and y, each float32 (h, w).

    It is moved by dx, dy and an angle, its bands (BANDS, 2) further, and the lines beside a gap at an edge stretched.
    """
    height, width = shape[:2]
    further = cv2.resize(bands[:, None].astype(np.float32), (1, height), interpolation=cv2.INTER_CUBIC)[:, 0]
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    columns, rows = columns - further[:, :1], rows - further[:, 1:]
    back = cv2.invertAffineTransform(matrix_of(step, zoom, shape)).astype(np.float32)
    x = back[0, 0] * columns + back[0, 1] * rows + back[0, 2]
    y = back[1, 0] * columns + back[1, 1] * rows + back[1, 2]
    return _within(x), np.ascontiguousarray(_within(np.ascontiguousarray(y.T)).T)


def _within(places: np.ndarray) -> np.ndarray:
    """Places (lines, n) along lines, drawn into the picture, 0..n-1, near an end at which they leave it."""
    last = places.shape[1] - 1
    at = np.arange(last + 1, dtype=np.float32)
    for gap, distance, way in ((-places[:, :1], at, 1), (places[:, -1:] - last, last - at, -1)):
        gap = np.maximum(gap, 0)
        pull = gap * np.maximum(0, 1 - distance / np.maximum(REACH * gap, 1e-6))
        places = places + way * pull
    return np.asarray(places, np.float32)
