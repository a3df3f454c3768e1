"""A frame moved by a shift and an angle, once, from its original pixels, and what its borders show then."""

from __future__ import annotations

import cv2
import numpy as np

from .. import Clip
from ._borders import stretched

BLACK = 0.08
"""Brightness below which an edge counts as the camera's gate: scanned gates are at 0.01..0.06."""
TAPS = 4
"""Pixels on either side that the Lanczos kernel reads."""


def matrix_of(step: np.ndarray, zoom: float, shape: tuple[int, ...]) -> np.ndarray:
    """The 2x3 matrix that turns and magnifies about the centre, then shifts."""
    x, y = (shape[1] - 1) / 2, (shape[0] - 1) / 2
    p, q = zoom * np.cos(step[2]), zoom * np.sin(step[2])
    return np.array([[p, -q, x - p * x + q * y + step[0]], [q, p, y - q * x - p * y + step[1]]])


def resample(frame: np.ndarray, step: np.ndarray, zoom: float = 1.0, *, repeat_edge: bool = False) -> np.ndarray:
    """A frame (h, w, c) moved by dx, dy and an angle with an 8x8 Lanczos kernel, the lines beside a gap stretched.

    Ringing is cut to what the nearest 3x3 pixels hold. With `repeat_edge` the gap shows the outermost line.
    """
    matrix, size = matrix_of(step, zoom, frame.shape), frame.shape[1::-1]
    if step[2] == 0 and zoom == 1:
        # A plain shift is separable: 5 times as fast as warpAffine, and not rounded to 1/32 px.
        whole = np.floor(step[:2]).astype(int)
        x, y = np.abs(whole) + TAPS
        padded = cv2.copyMakeBorder(frame, y, y, x, x, cv2.BORDER_REPLICATE)
        # With what the kernel reads beyond the edges: repeated lines there would smear the outermost one.
        rows = padded[y - whole[1] - TAPS :][: size[1] + 2 * TAPS]
        placed = np.ascontiguousarray(rows[:, x - whole[0] - TAPS :][:, : size[0] + 2 * TAPS])
        across, down = (_lanczos(fraction) for fraction in step[:2] - whole)
        moved = cv2.sepFilter2D(placed, -1, across, down, anchor=(TAPS, TAPS))[TAPS:-TAPS, TAPS:-TAPS]
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
    at = np.arange(-TAPS, TAPS) + fraction
    taps = np.sinc(at) * np.sinc(at / TAPS)
    return taps / taps.sum()


def fill(frame: np.ndarray, clip: Clip, index: int, path: np.ndarray, correction: np.ndarray) -> bool:
    """Fills in place, from the nearest neighbours, where the moved frame has no picture; says whether it could."""
    shape = frame.shape[:2]

    def covered(matrix: np.ndarray) -> np.ndarray:
        return cv2.warpAffine(np.ones(shape, np.uint8), matrix, shape[::-1], flags=cv2.INTER_NEAREST) > 0

    # A black edge is the gate's and stays black. A neighbour's edge, elsewhere in the scan, would show.
    missing = ~covered(matrix_of(correction[index], 1.0, shape)) & (frame.max(axis=2) > BLACK)
    for step in (-1, 1, -2, 2):
        other = index + step
        if not missing.any():
            break
        if not 0 <= other < len(clip.frames):
            continue
        matrix = matrix_of(correction[index] + path[index] - path[other], 1.0, shape)
        usable = missing & covered(matrix)
        picture = cv2.warpAffine(clip.frames[other], matrix, shape[::-1], flags=cv2.INTER_LINEAR).reshape(frame.shape)
        frame[usable] = picture[usable]
        missing &= ~usable
    return not missing.any()
