"""Coloured pictures that a person put into a film's folder of decisions, config/decisions/<film>/: one a frame.

The first number in a name is the frame. A PNG with an alpha channel holds strokes of a brush; any other picture is the
whole frame in colour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..film.shots import Shot
from ..runtime.errors import FilmError
from .decisions import ShotDecision

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
STAGE = "colorize"
AROUND = 4
"""A picture may colour so many shots on either side of its own, where they show the same view: scenes are cut to and
fro."""
WITH_ALPHA = (4, 6)
"""The kinds of PNG pictures that have an alpha channel, in the 26th byte of the file (ISO 15948)."""


def files(folder: Path | None) -> list[Path]:
    """The pictures in a folder of decisions that name a frame, in order; none without a folder."""
    # A Mac writes ._0120.png beside 0120.png.
    listed = sorted(folder.glob("[!.]*")) if folder and folder.is_dir() else []
    return [path for path in listed if path.suffix.lower() in SUFFIXES and re.search(r"\d", path.stem)]


def decisions(pictures: Sequence[Path], shots: Sequence[Shot]) -> Iterator[ShotDecision]:
    """One decision for each shot that has pictures, with its references and strokes, or that lies near such a shot.

    Raises FilmError for a picture of a frame that the film does not have.
    """
    frames = {path: _frame(path) for path in pictures}
    last = shots[-1].stop - 1
    for path, frame in frames.items():
        if frame > last:
            raise FilmError(
                f"{path} colours frame {frame}, but the last frame of the film is {last}.",
                "The first number in its name must be the frame that it shows, counted from 0.",
            )
    strokes = {path for path in pictures if has_alpha(path)}
    inside = [[path for path, frame in frames.items() if shot.start <= frame < shot.stop] for shot in shots]
    for number, shot in enumerate(shots):
        kinds: dict[str, list[Path]] = {}
        if inside[number]:
            kinds["references"] = [path for path in inside[number] if path not in strokes]
            kinds["strokes"] = [path for path in inside[number] if path in strokes]
        else:
            near = inside[max(0, number - AROUND) : number + AROUND + 1]
            kinds["scene"] = [path for paths in near for path in paths if path not in strokes]
        options = {name: [f"{frames[path]}={path}" for path in paths] for name, paths in kinds.items() if paths}
        if options:
            named = ", ".join(path.name for paths in kinds.values() for path in paths)
            why = f"painted in {named}" if inside[number] else f"may be the scene of {named}"
            yield ShotDecision(at=shot.start, options={STAGE: options}, why=why)


def rows(pictures: Sequence[Path]) -> list[dict[str, Any]]:
    """What a person coloured, as rows for the report."""
    return [{"what": "coloured by hand", "frame": _frame(path), "picture": path.name} for path in pictures]


def _frame(path: Path) -> int:
    """The frame of the film that a picture is named after."""
    return int(re.findall(r"\d+", path.stem)[0])


def has_alpha(path: Path) -> bool:
    """Whether a picture is a PNG with an alpha channel."""
    with path.open("rb") as file:
        head = file.read(26)
    return head.startswith(b"\x89PNG") and len(head) == 26 and head[25] in WITH_ALPHA
