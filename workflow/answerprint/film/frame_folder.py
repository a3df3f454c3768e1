"""Frame folders: frame files that follow each other, which may differ in depth and in how they lie."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ..runtime.errors import FilmError
from . import colour, frame_order, planes, probe, whole_frames
from .facts import Facts
from .probe import FramePicture


def read(path: Path, facts: Facts) -> FramePicture:
    """One frame of a folder. Raises FilmError if it cannot be read whole, or differs in size from the first."""
    picture = probe.read_frame(path)
    whole_frames.require(path)
    width, height = picture.orientation.size(picture.frame.width, picture.frame.height)
    if (width, height) != (facts.width, facts.height):
        raise FilmError(
            f"The frame {path} is {width}x{height}, the first one is {facts.width}x{facts.height}.",
            "All frames of a film must have the same size; make a film of each size.",
        )
    return picture


class Formats:
    """What the pixel formats of a folder's frames are."""

    def __init__(self) -> None:
        self._first: dict[str, Path] = {}
        self._lost: tuple[str, ...] = ()

    def add(self, path: Path, frame: Any) -> None:
        """Count the next frame. Raises FilmError if it is YUV and others RGB, whose tags differ."""
        if frame.format.name in self._first:
            return
        self._first[frame.format.name] = path
        lost = colour.lost(frame, jpeg=path.suffix.lower() in (".jpg", ".jpeg"))
        self._lost = tuple(dict.fromkeys((*self._lost, *lost)))
        kinds = {planes.kind_of(name): first for name, first in self._first.items()}
        if {"yuv", "rgb"} <= set(kinds):
            raise FilmError(
                f"The frame {kinds['yuv']} is stored as YUV, {kinds['rgb'].name} as RGB.",
                "Convert all frames of a film to one format, such as 16-bit TIFF.",
            )

    def facts(self, facts: Facts) -> Facts:
        """The facts of a folder with the deepest format of its frames, and what a person should know of them."""
        deepest = max(self._first, key=planes.depth_of)
        shallowest = min(self._first, key=planes.depth_of)
        low, high = planes.depth_of(shallowest), planes.depth_of(deepest)
        mixed = (
            f"The frames differ in depth: {self._first[shallowest].name} has {low} bits, "
            f"{self._first[deepest].name} {high}; all are kept in {high}.",
        )
        remarks = frame_order.remarks(Path(facts.path))
        warnings = (*facts.warnings, *(mixed if low < high else ()), *self._lost, *remarks)
        return replace(facts, depth=high, pixel_format=deepest, warnings=warnings)
