"""Pictures that a person gives as references, each for one frame of the film."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..runtime.errors import FilmError

_WRITTEN = re.compile(r"(\d+)\s*=\s*(.+)")


def written(pictures: Any) -> tuple[str, ...]:
    """References as "FRAME=path", from such texts or from {FRAME: path}."""
    if isinstance(pictures, Mapping):
        return tuple(f"{frame}={path}" for frame, path in pictures.items())
    return tuple(str(text) for text in pictures)


def by_frame(texts: Iterable[str], what: str = "reference") -> dict[int, Path]:
    """The paths of the pictures by frame number. Raises ValueError for a text that is no such reference."""
    paths: dict[int, Path] = {}
    for text in texts:
        match = _WRITTEN.fullmatch(text)
        if not match:
            raise ValueError(f"{what} {text!r} is not FRAME=path")
        if int(match[1]) in paths:
            raise ValueError(f"frame {match[1]} has two {what}s")
        paths[int(match[1])] = Path(match[2]).expanduser()
    return paths


def picture(path: Path, option: str, *, alpha: bool = False) -> np.ndarray:
    """The picture at `path`, RGB or with `alpha` RGBA, float32 (h, w, 3 or 4), 0..1.

    Raises FilmError that names the option if it cannot be read.
    """
    flags = cv2.IMREAD_UNCHANGED if alpha else cv2.IMREAD_COLOR_RGB | cv2.IMREAD_ANYDEPTH
    values = cv2.imread(str(path), flags) if path.is_file() else None
    if values is None:
        raise unreadable(path, option)
    if alpha:
        if values.ndim != 3 or values.shape[2] != 4:
            raise FilmError(f"{path} has no transparency.", f"{option} takes PNG files with an alpha channel.")
        values = cv2.cvtColor(values, cv2.COLOR_BGRA2RGBA)
    most = {"uint8": 255, "uint16": 65535}.get(values.dtype.name, 1)
    return values.astype(np.float32) / np.float32(most)


def unreadable(path: Path, option: str) -> FilmError:
    """The error for a picture that is missing or is none."""
    return FilmError(
        f"The reference {path} cannot be read as a picture.",
        f"Check its path in {option}; PNG, JPEG and TIFF can be read.",
    )
