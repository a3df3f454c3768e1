"""Orientation: how decoded pictures are turned and mirrored to stand upright.

FFmpeg gives one display matrix for what containers, video streams and EXIF tags say (JPEG, PNG, TIFF); only the field
of DPX headers is read beside it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import containers, dpx

_DPX = {
    0: (1, 0, 0, 1),
    1: (-1, 0, 0, 1),
    2: (1, 0, 0, -1),
    3: (-1, 0, 0, -1),
    4: (0, 1, 1, 0),
    5: (0, 1, -1, 0),
    6: (0, -1, 1, 0),
    7: (0, -1, -1, 0),
}
"""The display matrix of each way to scan a DPX picture; from 4 on, lines of the file are columns of the picture."""


@dataclass(frozen=True)
class Orientation:
    """One of the eight ways in which a picture can lie."""

    rotation: int = 0
    """Degrees, anticlockwise, by which it is turned: 0, 90, 180 or 270."""
    mirrored: bool = False
    """Whether it is mirrored left to right before that."""

    @property
    def on_its_side(self) -> bool:
        """Whether width and height change places."""
        return self.rotation in (90, 270)

    def upright(self, picture: np.ndarray) -> np.ndarray:
        """A picture (..., h, w) as it is meant to be seen."""
        picture = picture[..., ::-1] if self.mirrored else picture
        return np.ascontiguousarray(np.rot90(picture, self.rotation // 90, axes=(-2, -1)))

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height as the picture is meant to be seen."""
        return (height, width) if self.on_its_side else (width, height)


def of(frame: Any, path: Path | str) -> Orientation:
    """How a decoded frame of a file lies; a rotation that is not by right angles goes to the nearest one."""
    data = containers.side_data(frame, "DISPLAYMATRIX")
    if data is not None and len(data) >= 36:
        a, b, _, c, d, *_ = struct.unpack("=9i", data[:36])
        return _of_matrix(a, b, c, d)
    if Path(path).suffix.lower() == ".dpx":
        return _of_matrix(*_DPX[dpx.orientation(Path(path))])
    return Orientation()


def _of_matrix(a: int, b: int, c: int, d: int) -> Orientation:
    """A column x and row y go to a x + c y and b x + d y, whose origin does not matter."""
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    # Turning anticlockwise by 90 degrees takes x, y to y, -x.
    turns = {0: a + d, 90: c - b, 180: -a - d, 270: b - c}
    return Orientation(max(turns, key=lambda turn: turns[turn]), mirrored)
