"""A film of mixed shots for measuring prints: flat and detailed, still and fast, clean and grainy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...film.groups import Group
from ...frames.part_file import FrameFormat, Writer, to_integers

WIDTH, HEIGHT, SHOT, DEPTH = 640, 360, 48, 10
SHOTS = (
    ("clean/sintel_trailer_480p_52s.mp4", 160),
    ("clean/sintel_trailer_480p_52s.mp4", 314),
    ("clean/sintel_trailer_480p_52s.mp4", 592),
    ("clean/bigbuckbunny.mp4", 40),
    ("film/chaplin.mp4", 20),
    ("faces/crowd_1080p.mp4", 20),
    ("motion/cars.mp4", 60),
    ("film/house-shutters-frames", 0),
    ("film/roof-fire-frames", 0),
)
"""Files under the folder of media, and the first of their frames."""


@dataclass(frozen=True, kw_only=True)
class MixedFilm:
    """A part file, and which of its frames are which shot."""

    path: Path
    names: tuple[str, ...]
    groups: tuple[Group, ...]


def write(media: Path, folder: Path) -> MixedFilm:
    """Write the film of those shots that are there. Its frames are in colour, 640x360, `SHOT` of each shot."""
    present = [(name, first) for name, first in SHOTS if (media / name).exists()]
    path = folder / "mixed.zip"
    form = FrameFormat(3, HEIGHT, WIDTH, DEPTH)
    with Writer(path, frames=SHOT * len(present), format=form) as writer:
        for name, first in present:
            for frame in _frames(media / name, first):
                writer.write(to_integers(frame[None], DEPTH))
    groups = tuple(Group(start=SHOT * k, stop=SHOT * (k + 1)) for k in range(len(present)))
    names = tuple(f"{Path(name).stem.split('_')[0]}, from frame {first}" for name, first in present)
    return MixedFilm(path=path, names=names, groups=groups)


def _frames(path: Path, first: int) -> Iterator[np.ndarray]:
    """Frames of a clip or a folder, float32 (h, w, 3), cropped to 16:9 and resized."""
    if path.is_dir():
        files = sorted(path.glob("*.png"), key=lambda file: int("".join(filter(str.isdigit, file.stem))))
        pictures: Iterator[Any] = (cv2.imread(str(file)) for file in files[first : first + SHOT])
    else:
        pictures = _decoded(path, first)
    for picture in pictures:
        height, width = picture.shape[:2]
        wide, high = min(width, round(height * 16 / 9)), min(height, round(width * 9 / 16))
        top, left = (height - high) // 2, (width - wide) // 2
        cut = picture[top : top + high, left : left + wide]
        yield cv2.resize(cut, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)[..., ::-1].astype(np.float32) / 255


def _decoded(path: Path, first: int) -> Iterator[Any]:
    capture = cv2.VideoCapture(str(path))
    for index in range(first + SHOT):
        read, picture = capture.read()
        if not read:
            return
        if index >= first:
            yield picture
