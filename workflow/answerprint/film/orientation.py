"""Orientation: how decoded pictures are turned and mirrored to stand upright.

FFmpeg gives one display matrix for what containers and video streams say. EXIF tags (JPEG, PNG) are read by Pillow, the
fields of DPX and TIFF headers by `dpx` and `tiff`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import containers, dpx, tiff

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
EXIF_ORIENTATION = 274
"""The number of the tag."""


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
    try:
        data = containers.side_data(frame, "DISPLAYMATRIX")
    except ValueError:
        return _of_exif(frame, Path(path))
    if data is not None and len(data) >= 36:
        a, b, _, c, d, *_ = struct.unpack("=9i", data[:36])
        return _of_matrix(a, b, c, d)
    if Path(path).suffix.lower() == ".dpx":
        return _of_matrix(*_DPX[dpx.orientation(Path(path))])
    return Orientation()


def _of_exif(frame: Any, path: Path) -> Orientation:
    """How a photograph lies by its EXIF tag; a frame of a film that has such tags, by its rotation alone."""
    from PIL import Image, UnidentifiedImageError

    if tiff.is_tiff(path):
        return _EXIF[tiff.orientation(path)]
    try:
        with Image.open(path) as picture:
            tag = picture.getexif().get(EXIF_ORIENTATION, 1)
    except (UnidentifiedImageError, OSError):
        return Orientation(round(frame.rotation / 90) % 4 * 90)
    return _EXIF.get(tag, Orientation())


def _of_matrix(a: int, b: int, c: int, d: int) -> Orientation:
    """A column x and row y go to a x + c y and b x + d y, whose origin does not matter."""
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    # Turning anticlockwise by 90 degrees takes x, y to y, -x.
    turns = {0: a + d, 90: c - b, 180: -a - d, 270: b - c}
    return Orientation(max(turns, key=lambda turn: turns[turn]), mirrored)


_EXIF = {
    1: Orientation(),
    2: Orientation(0, True),
    3: Orientation(180),
    4: Orientation(180, True),
    5: Orientation(90, True),
    6: Orientation(270),
    7: Orientation(270, True),
    8: Orientation(90),
}
"""How a picture lies by the value of its EXIF tag."""
