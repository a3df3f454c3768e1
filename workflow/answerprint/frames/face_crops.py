"""Faces cut out of a frame, as a square or turned upright."""

from __future__ import annotations

import cv2
import numpy as np


def crop_square(frame: np.ndarray, box: np.ndarray, size: int, margin: float = 0.0) -> np.ndarray:
    """The square around a face, widened by `margin` of its side on each edge: float32 (size, size, c)."""
    left, top, right, bottom = (float(v) for v in box)
    side = max(right - left, bottom - top) * (1.0 + 2.0 * margin)
    scale = size / max(side, 1.0)
    x, y = (left + right - side) / 2, (top + bottom - side) / 2
    matrix = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]])
    return _warp(frame, matrix, (size, size), scale)


def crop_upright(frame: np.ndarray, points: np.ndarray, template: np.ndarray, width: int, height: int) -> np.ndarray:
    """The frame turned, moved and scaled so that `points` (k, 2) lie on `template` (k, 2): (height, width, c).

    The least-squares similarity of Umeyama, IEEE TPAMI 13(4), 1991.
    """
    matrix = upright(points, template)
    return _warp(frame, matrix, (width, height), _scale(matrix))


def place_upright(crop: np.ndarray, points: np.ndarray, template: np.ndarray, width: int, height: int) -> np.ndarray:
    """A crop of `crop_upright` back where it was cut, in a picture (height, width, c) that is 0 elsewhere."""
    matrix = cv2.invertAffineTransform(upright(points, template))
    return _warp(crop, matrix, (width, height), _scale(matrix), cv2.BORDER_CONSTANT)


def upright(points: np.ndarray, template: np.ndarray) -> np.ndarray:
    """The turn, size and shift (2, 3) that bring `points` (k, 2) nearest to `template` (k, 2): Umeyama's, as above."""
    source, target = points - points.mean(axis=0), template - template.mean(axis=0)
    u, singular, v = np.linalg.svd(target.T @ source)
    flip = np.diag([1.0, np.sign(np.linalg.det(u @ v))])
    turn = u @ flip @ v * (np.trace(np.diag(singular) @ flip) / max((source**2).sum(), 1e-6))
    return np.hstack([turn, (template.mean(axis=0) - turn @ points.mean(axis=0))[:, None]])


def _scale(matrix: np.ndarray) -> float:
    return float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))


def _warp(
    frame: np.ndarray,
    matrix: np.ndarray,
    size: tuple[int, int],
    scale: float,
    border: int = cv2.BORDER_REPLICATE,
) -> np.ndarray:
    """`frame` through an affine matrix into (width, height); blurred first if it shrinks, or grain would alias."""
    if scale < 0.75:
        frame, matrix = _blurred(frame, matrix, size, scale)
    warped = cv2.warpAffine(frame, matrix, size, flags=cv2.INTER_LINEAR, borderMode=border)
    width, height = size
    return warped.reshape(height, width, -1)


def _blurred(
    frame: np.ndarray, matrix: np.ndarray, size: tuple[int, int], scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """The region of `frame` that the crop needs, low-pass filtered, and the matrix from that region."""
    width, height = size
    # Only the region is filtered: a face may take up a hundredth of a 4K frame.
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float64)
    back = cv2.invertAffineTransform(matrix)
    points = corners @ back[:, :2].T + back[:, 2]
    border = 2.0 / max(scale, 1e-3)
    x0, y0 = (int(v) for v in np.clip(points.min(axis=0) - border, 0, (frame.shape[1] - 1, frame.shape[0] - 1)))
    x1, y1 = (int(v) + 1 for v in np.clip(points.max(axis=0) + border, (x0, y0), frame.shape[1::-1]))
    region = cv2.GaussianBlur(np.ascontiguousarray(frame[y0:y1, x0:x1]), (0, 0), 0.4 / scale)
    return region, np.hstack([matrix[:, :2], (matrix[:, 2] + matrix[:, :2] @ (x0, y0))[:, None]])
