"""Picture files that people hand in beside a film: portraits of its cast, coloured references."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..runtime.text import one_line
from . import limits

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp")
"""What else lies in a folder of pictures, such as .DS_Store, is none."""


def portraits(folder: Path) -> list[tuple[str, Path]]:
    """The name and path of each picture NAME.png or NAME/*.jpg in a folder, by path."""
    pictures = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES and path.name[0] != "."]
    parts = [path.relative_to(folder).parts for path in pictures]
    # A Mac writes the dots of an umlaut apart in names of files, and nobody types them so.
    names = [one_line(path.stem if len(inner) == 1 else inner[0]) for path, inner in zip(pictures, parts, strict=True)]
    return list(zip(names, pictures, strict=True))


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
