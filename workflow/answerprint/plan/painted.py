"""Coloured pictures that a person put into a film's folder of decisions, config/decisions/<film>/: one a frame.

The first number in a name is the frame. A PNG with an alpha channel holds strokes of a brush; any other picture is the
whole frame in colour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..film.shots import Shot
from .decisions import ShotDecision

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
STAGE = "colorize"
WITH_ALPHA = (4, 6)
"""The kinds of PNG pictures that have an alpha channel, in the 26th byte of the file (ISO 15948)."""


def files(folder: Path | None) -> list[Path]:
    """The pictures in a folder of decisions that name a frame, in order; none without a folder."""
    listed = sorted(folder.iterdir()) if folder and folder.is_dir() else []
    return [path for path in listed if path.suffix.lower() in SUFFIXES and re.search(r"\d", path.stem)]


def decisions(pictures: Sequence[Path], shots: Sequence[Shot]) -> Iterator[ShotDecision]:
    """One decision for each shot that has pictures, with its references and strokes."""
    frames = {path: int(re.findall(r"\d+", path.stem)[0]) for path in pictures}
    for shot in shots:
        inside = [path for path, frame in frames.items() if shot.start <= frame < shot.stop]
        if inside:
            kinds: Mapping[str, list[str]] = {"references": [], "strokes": []}
            for path in inside:
                kinds["strokes" if has_alpha(path) else "references"].append(f"{frames[path]}={path}")
            options = {name: texts for name, texts in kinds.items() if texts}
            why = "painted in " + ", ".join(path.name for path in inside)
            yield ShotDecision(at=shot.start, options={STAGE: options}, why=why)


def has_alpha(path: Path) -> bool:
    """Whether a picture is a PNG with an alpha channel."""
    with path.open("rb") as file:
        head = file.read(26)
    return head.startswith(b"\x89PNG") and len(head) == 26 and head[25] in WITH_ALPHA
