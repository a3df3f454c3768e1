"""Part files of drawn films, for tests of what reads them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from answerprint.frames.part_file import FrameFormat, Writer, to_integers


def write_part(path: Path, planes: np.ndarray, depth: int = 10) -> Path:
    """Write stored values (n, channels, height, width) as one part file; returns `path`."""
    count, channels, height, width = planes.shape
    with Writer(path, frames=count, format=FrameFormat(channels, height, width, depth)) as writer:
        writer.write(planes)
    return path


def write_parts(folder: Path, frames: np.ndarray, bounds: Sequence[tuple[int, int]], depth: int = 10) -> list[Path]:
    """Write a film (n, h, w, c), float 0..1, as one part file for each (first, stop); returns their paths."""
    return [
        write_part(folder / f"{index:03d}.zip", to_integers(frames[first:stop], depth), depth)
        for index, (first, stop) in enumerate(bounds)
    ]
