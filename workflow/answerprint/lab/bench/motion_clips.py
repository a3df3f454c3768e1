"""Clips for measuring in-between frames: triplets and fast motion whose middle frames are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from ...runtime.errors import FilmError

DROPS = (3, 5, 7)
"""How many frames in a row are left out of a clip of fast motion."""


@dataclass(frozen=True, kw_only=True)
class FastClip:
    """Consecutive frames of one shot with fast motion, in colour."""

    name: str
    file: str
    first: int
    count: int
    width: int = 640
    """Frames are shrunk to this width, or cropped to it where `crop` gives the height."""
    crop: int = 0


def _sintel(name: str, first: int, count: int) -> FastClip:
    # The trailer has black bars: the central 640 x 360 of its 854 x 480 is all picture.
    return FastClip(name=name, file="clean/sintel_trailer_480p_52s.mp4", first=first, count=count, crop=360)


FAST = (
    _sintel("fight in the snow", 397, 24),
    _sintel("flight between towers", 580, 32),
    _sintel("dragons", 622, 26),
    _sintel("dragon and girl", 690, 32),
    FastClip(name="crowd", file="faces/crowd_1080p.mp4", first=20, count=32),
)


@dataclass(frozen=True, kw_only=True)
class Triplet:
    """Two frames and the true one between them: float32 (h, w, 3), 0..1."""

    name: str
    before: np.ndarray
    truth: np.ndarray
    after: np.ndarray


def triplets(media: Path, kind: str) -> Iterator[Triplet]:
    """The triplets of ucf101 or davis. Raises FilmError if they are not there."""
    folder = media / "bench" / kind
    if not folder.is_dir():
        raise FilmError(f"There is no {folder}.")
    for path in sorted((folder / "gt").iterdir() if kind == "davis" else folder.iterdir()):
        if kind == "davis":
            inputs = folder / "input" / path.name
            files = (inputs / "frame10.png", path / "frame10i11.png", inputs / "frame11.png")
        else:
            files = (path / "frame0.png", path / "frame1.png", path / "frame2.png")
        before, truth, after = (_picture(file) for file in files)
        yield Triplet(name=path.name, before=before, truth=truth, after=after)


@dataclass(frozen=True, kw_only=True)
class Gap:
    """The middle of a clip with frames left out: two frames, the true ones between them, and what comes around."""

    before: np.ndarray
    truth: np.ndarray
    """float32 (n, h, w, 3)."""
    after: np.ndarray
    kept: np.ndarray
    """Four frames at the lower rate, of which the second and third are `before` and `after`."""

    @property
    def times(self) -> list[float]:
        """The moments of the true frames between the two."""
        return [(k + 1) / (len(self.truth) + 1) for k in range(len(self.truth))]


def gap(clip: np.ndarray, dropped: int) -> Gap:
    """The middle of a clip with `dropped` frames in a row left out; at its ends frames are repeated."""
    step = dropped + 1
    start = (len(clip) - step - 1) // 2
    places = np.clip(start + step * np.arange(-1, 3), 0, len(clip) - 1)
    return Gap(before=clip[start], truth=clip[start + 1 : start + step], after=clip[start + step], kept=clip[places])


def _picture(path: Path) -> np.ndarray:
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR_RGB), np.float32) / 255


@lru_cache(maxsize=8)
def frames(media: Path, clip: FastClip) -> np.ndarray:
    """The frames of a clip: float32 (n, h, w, 3), 0..1. Raises FilmError if the film is missing."""
    import av

    path = media / clip.file
    if not path.is_file():
        raise FilmError(f"There is no {path}.")
    decoded = []
    with av.open(str(path)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index >= clip.first + clip.count:
                break
            if index >= clip.first:
                decoded.append(_framed(frame.to_ndarray(format="rgb24"), clip))
    return np.stack(decoded).astype(np.float32) / 255


def _framed(picture: np.ndarray, clip: FastClip) -> np.ndarray:
    height, width = picture.shape[:2]
    if clip.crop:
        y, x = (height - clip.crop) // 2, (width - clip.width) // 2
        return picture[y : y + clip.crop, x : x + clip.width]
    size = (clip.width, height * clip.width // width)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def psnr(drawn: np.ndarray, truth: np.ndarray) -> float:
    """Peak signal-to-noise ratio of pictures 0..1, in dB; 100 where they are equal."""
    error = float(np.mean((drawn.astype(np.float64) - truth) ** 2))
    return float(min(100.0, -10 * np.log10(max(error, 1e-10))))
