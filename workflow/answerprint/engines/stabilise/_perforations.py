"""Where the perforations of a film lie in its scan: they say where the film lay, whatever its picture shows."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from ...frames.optical_flow import luma

MOST = 12
"""Perforations of a frame that are kept: 35 mm film has four on either side."""
SIDE = 0.25
"""Share of the width on either side in which they are looked for."""
CONTRAST = 0.15
"""Perforations differ from the film around them by more than this share of white."""
SMALLEST, LARGEST = 0.03, 0.45
"""Their height, as shares of the frame's."""
FULL = 0.8
"""Share of the rectangle around it that a perforation fills at least: round corners leave 0.9."""
EVEN, ROUND = 0.04, 0.08
"""Standard deviation of the light that falls through one, at most, and of the light of the film around it."""
APART = 0.5
"""A perforation that lies within this share of its height from where it usually does is the same one."""
OFTEN = 0.5
"""Share of a shot's frames in which a perforation must be seen to count, and in which any must be seen at all."""


def perforations(frame: np.ndarray) -> np.ndarray:
    """The perforations of a frame (h, w, c): (MOST, 3) of pixels, NaN where there are fewer.

    A row is the place across of the side that is turned to the picture, the middle from top to bottom, and the height.
    """
    grey = luma(frame)
    width = int(SIDE * grey.shape[1])
    found = []
    # Seen from the picture, so that its side of the perforation is the left one of both strips.
    for strip, place in (
        (np.ascontiguousarray(grey[:, width - 1 :: -1]), lambda x: width - 1 - x),
        (np.ascontiguousarray(grey[:, -width:]), lambda x: grey.shape[1] - width + x),
    ):
        holes = max((list(_holes(strip if light else 1 - strip)) for light in (True, False)), key=len)
        found += [(place(x), y, high) for x, y, high in holes]
    rows = np.full((MOST, 3), np.nan)
    rows[: len(found)] = found[:MOST] if found else rows[:0]
    return rows


def _holes(strip: np.ndarray) -> Iterator[tuple[float, float, float]]:
    """The bright, even rectangles in a strip: place of the left side, middle from top to bottom, height."""
    height, width = strip.shape
    if min(height, width) < 16:
        return
    smooth = cv2.GaussianBlur(strip, (0, 0), 1.0)
    light, usual = np.percentile(smooth, (99.5, 50))
    if light - usual < CONTRAST:
        # So many perforations that they are the usual: then what is dark is the film between them.
        usual = np.percentile(smooth, 2)
    level = (light + usual) / 2
    if light - usual < CONTRAST:
        return
    _, _, boxes, _ = cv2.connectedComponentsWithStats((smooth > level).astype(np.uint8), connectivity=4)
    for left, top, wide, high, area in boxes[1:].tolist():
        whole = left > 1 and top > 1 and top + high < height - 1
        if not (whole and SMALLEST * height <= high <= LARGEST * height and 0.3 * high <= wide <= 4 * high):
            continue
        if area < FULL * wide * high:
            continue
        inner = smooth[top + high // 4 : top + high - high // 4, left + wide // 4 : left + wide - wide // 4]
        if inner.size and inner.std() <= EVEN and _stands_alone(smooth, left, top, wide, high):
            rows, columns = (
                slice(top + high // 4, top + high - high // 4),
                slice(left + wide // 4, left + wide // 2 + 1),
            )
            across = strip[rows].mean(axis=0)
            down = strip[:, columns].mean(axis=1)
            start, stop = _crossing(down, top, 1), _crossing(down, top + high - 1, -1)
            yield _crossing(across, left, 1), (start + stop) / 2, stop - start


def _stands_alone(strip: np.ndarray, left: int, top: int, wide: int, high: int) -> bool:
    """Whether there is even film around a perforation, as there is not around a window in the picture."""
    near, far = 3, 3 + max(2, high // 8)
    above, below = max(0, top - far), top + high + far
    before, behind = max(0, left - far), left + wide + far
    around = strip[above:below, before:behind]
    outside = np.ones(around.shape, bool)
    outside[
        max(0, top - near) - above : top + high + near - above,
        max(0, left - near) - before : left + wide + near - before,
    ] = False
    return bool(outside.any() and around[outside].std() <= ROUND)


def _crossing(profile: np.ndarray, edge: int, inwards: int) -> float:
    """Where a profile passes half of its rise beside `edge`, its first bright point, between points by a line."""
    reach = 4
    at = np.clip(edge + inwards * np.arange(-reach, reach + 1), 0, len(profile) - 1)
    values = profile[at]
    middle = (values[0] + values[-1]) / 2
    above = int(np.argmax(values > middle))
    if above == 0:
        return float(edge)
    before, after = values[above - 1], values[above]
    return float(edge + inwards * (above - 1 - reach + (middle - before) / (after - before)))


def places(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far the film lies from where it usually does, (n, 2) pixels to the right and down; how many perforations
    say so (n,).

    rows: (n, MOST, 3) of a shot as `perforations` gives them. In frames that show none the film lies between where it
    lies in the frames beside them; in a shot that shows them too rarely it is taken to lie where it does.
    """
    number = np.isfinite(rows[..., 0]).sum(axis=1)
    nothing = np.zeros((len(rows), 2)), np.zeros(len(rows))
    if not number.any():
        return nothing
    references = rows[int(np.argmax(number))]
    references = references[np.isfinite(references[:, 0])]
    for _ in range(2):
        # The frame that shows most of them may itself lie far from where the film usually does.
        tracks = _tracks(rows, references)
        references = np.column_stack([_medians(tracks), references[:, 2]])
    tracks = _tracks(rows, references)
    kept = tracks[:, np.isfinite(tracks[..., 0]).mean(axis=0) >= OFTEN]
    if not kept.shape[1]:
        return nothing
    away = kept - _medians(kept)
    seen = np.isfinite(away[..., 0]).sum(axis=1)
    if (seen > 0).mean() < OFTEN:
        return nothing
    at = np.arange(len(rows))
    medians = np.array([np.nanmedian(away[i], axis=0) for i in at[seen > 0]])
    return np.stack([np.interp(at, at[seen > 0], column) for column in medians.T], axis=1), seen.astype(float)


def _medians(tracks: np.ndarray) -> np.ndarray:
    """Where each of k perforations usually lies (k, 2), of tracks (n, k, 2) in which each is seen at least once."""
    return np.array([np.median(one[np.isfinite(one[:, 0])], axis=0) for one in tracks.transpose(1, 0, 2)])


def _tracks(rows: np.ndarray, references: np.ndarray) -> np.ndarray:
    """Where the perforations of `references` (k, 3) lie in all frames: (n, k, 2); NaN where one is not seen."""
    tracks = np.full((len(rows), len(references), 2), np.nan)
    for i, frame in enumerate(rows):
        known = frame[np.isfinite(frame[:, 0])]
        for k, (x, y, high) in enumerate(references):
            apart = np.hypot(known[:, 0] - x, known[:, 1] - y)
            if len(apart) and apart.min() < APART * high:
                tracks[i, k] = known[int(np.argmin(apart)), :2]
    return tracks
