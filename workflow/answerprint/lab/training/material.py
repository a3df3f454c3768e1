"""Training material: photographs and films from any folder, or scikit-image's sample photographs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...film import containers
from ...runtime.errors import FilmError
from ...runtime.files import sha256

PHOTOGRAPHS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
FILMS = (".mkv", ".mp4", ".mov", ".avi", ".webm", ".mpg", ".mxf")
RIGHTS = {
    "astronaut.png": "public domain, NASA",
    "brick.png": "CC0",
    "camera.png": "CC0, Lav Varshney",
    "coffee.png": "CC0, Rachel Michetti",
    "coins.png": "no known restrictions, Brooklyn Museum",
    "grass.png": "CC0",
    "gravel.png": "CC0",
    "rocket.jpg": "public domain, SpaceX",
    "text.png": "public domain, Wikipedia",
    "chelsea.png": "CC0, Stefan van der Walt",
}
"""The photographs in scikit-image's wheel whose rights it documents."""
LARGEST = 1280
"""Photographs are shrunk to this many pixels on their long side, which removes blur, noise and JPEG artefacts."""
SMALLEST = 128
"""Photographs smaller than this many pixels on their short side are left out."""
LINES = 540
"""Films are shrunk to this height."""
RUN = 9
"""Consecutive frames taken from a film at a time."""
RUNS = 24
"""How many times frames are taken, evenly over the length of a film."""
CUT = 0.12
"""A run in which two frames differ by this much on average contains a cut, and is left out."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """Pictures to draw clips from."""

    photographs: list[np.ndarray] = field(default_factory=list)
    """uint8 (h, w, 3), red first."""
    runs: list[np.ndarray] = field(default_factory=list)
    """uint8 (RUN, h, w): consecutive grey frames of films, or so many apart."""
    stills: list[np.ndarray] = field(default_factory=list)
    """uint8 (h, w, 3), red first: the first frame of each run, at half its size."""
    sources: list[dict[str, Any]] = field(default_factory=list)
    """file, sha256 and kind of each."""


def read(folder: Path | str | None, held_out: int = 0, apart: Sequence[int] = (1,)) -> Material:
    """The photographs and films in a folder and below it; None for scikit-image's samples.

    held_out: 0 reads all files, n > 0 all but every n-th, n < 0 only every n-th; with fewer than n files, the last one
    takes its place. apart: films are read once for each of these, as frames so many apart: 2 makes all that moves twice
    as fast. Raises FilmError when there is nothing to read.
    """
    files = _files(folder)
    if held_out:
        every = min(abs(held_out), max(2, len(files)))
        files = [f for i, f in enumerate(files, start=1) if (i % every == 0) == (held_out < 0)]
    photographs: list[np.ndarray] = []
    runs: list[np.ndarray] = []
    stills: list[np.ndarray] = []
    sources: list[dict[str, Any]] = []
    for file in files:
        film = file.suffix.lower() in FILMS
        if film:
            read_at = [_runs(file, step) for step in apart]
            pictures = [run for found, _ in read_at for run in found]
            runs.extend(pictures)
            stills.extend(read_at[0][1])
        else:
            pictures = _photograph(file)
            photographs.extend(pictures)
        if pictures:
            kind = "film" if film else "photograph"
            sources.append({"file": file.name, "sha256": sha256(file), "kind": kind})
    if not photographs and not runs:
        raise FilmError(
            f"There is nothing to train on in {folder or 'scikit-image'}.",
            f"Give --config 'train={{material: FOLDER}}' with photographs of at least {SMALLEST} pixels, or films.",
        )
    return Material(photographs=photographs, runs=runs, stills=stills, sources=sources)


def _files(folder: Path | str | None) -> list[Path]:
    if folder is None:
        from ..demo.scenes import sample

        return [sample(name) for name in RIGHTS]
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise FilmError(f"There is no folder {path} of training material.", "Name one in train: {material: FOLDER}.")
    return sorted(f for f in path.rglob("*") if f.suffix.lower() in PHOTOGRAPHS + FILMS and f.is_file())


def _photograph(file: Path) -> list[np.ndarray]:
    """The picture in a file; empty if it cannot be read or is too small."""
    picture = cv2.imread(str(file), cv2.IMREAD_COLOR_RGB)
    if picture is None or min(picture.shape[:2]) < SMALLEST:
        return []
    return [shrunk(picture, LARGEST / max(picture.shape[:2]))]


def shrunk(picture: np.ndarray, scale: float) -> np.ndarray:
    """A picture so many times its size, if that is smaller."""
    if scale >= 1:
        return picture
    size = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _runs(file: Path, apart: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Runs of frames of a film so many apart, evenly over its length, without cuts, and the first of each in colour."""
    import av

    runs, stills = [], []
    try:
        with containers.open_file(file) as container:
            stream = container.streams.video[0]
            length = stream.frames or int(float((container.duration or 0) / 1e6) * float(stream.average_rate or 25))
            every = max(RUN * apart, length // RUNS)
            run: list[np.ndarray] = []
            for index, frame in enumerate(_decoded(container)):
                if index % every == 0:
                    stills.append(shrunk(frame.to_ndarray(format="rgb24"), LINES / 2 / frame.height))
                if index % every < RUN * apart and index % every % apart == 0:
                    run.append(shrunk(frame.to_ndarray(format="gray"), LINES / frame.height))
                if len(run) == RUN:
                    runs.append(np.stack(run))
                    run = []
    except (av.FFmpegError, IndexError) as error:
        raise FilmError(
            f"{file} cannot be read as a film: {error}.", "Take it out of the training material."
        ) from error
    return [run for run in runs if _is_uncut(run)], stills


def _decoded(container: Any) -> Iterable[Any]:
    return container.decode(video=0)


def _is_uncut(run: np.ndarray) -> bool:
    small = run[:, ::4, ::4].astype(np.float32) / 255
    return min(small.shape) > 2 and float(np.abs(np.diff(small, axis=0)).mean(axis=(1, 2)).max()) < CUT
