"""Picture files that people hand in beside a film: portraits of its cast, coloured references."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from . import limits


def read_rgb(path: Path) -> np.ndarray | None:
    """A picture as uint8 (h, w, 3), RGB, turned as its tag says; None if it cannot be read.

    Raises FilmError if it is too large, before any of it is decoded.
    """
    import cv2

    return read(path, cv2.IMREAD_COLOR_RGB)


def size(path: Path) -> tuple[int, int] | None:
    """Width and height of a picture, turned as its tag says; None if its header cannot be read."""
    from PIL import ExifTags, Image

    try:
        with Image.open(path) as picture:
            lying = picture.getexif().get(ExifTags.Base.Orientation, 1) >= 5
            return picture.size[::-1] if lying else picture.size
    except (Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return None


def read(path: Path, flags: int) -> np.ndarray | None:
    """A picture as OpenCV reads it with these flags; None if it cannot be read.

    Raises FilmError if it is too large, before any of it is decoded.
    """
    import cv2
    from PIL import Image

    if not path.is_file():
        return None
    try:
        with Image.open(path) as picture:
            limits.require_size(path, *picture.size)
    except Image.DecompressionBombError:
        # Pillow refuses a third more pixels than are allowed here, and does not say how many there are.
        limits.require_size(path, limits.LONGEST_SIDE, limits.LONGEST_SIDE)
    except (OSError, ValueError, SyntaxError):
        pass  # OpenCV reads kinds that Pillow does not know.
    try:
        return cv2.imread(str(path), flags)
    except cv2.error:
        return None
