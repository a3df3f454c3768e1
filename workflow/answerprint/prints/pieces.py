"""Pieces: one part of an edition encoded for one print, and the change map of that part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..film.enlargement import Step
from ..film.facts import Film
from ..film.parts import Part
from ..frames.part_file import Reader
from ..runtime.progress import Progress
from . import encode
from .change_maps import ChangeMap, Retimed
from .encode import Run
from .prints import look_of


@dataclass(frozen=True, kw_only=True)
class EditionPart:
    """One part of an edition, from which its prints and stills are made."""

    film: Film
    part: Part
    frames: Path
    changes: Mapping[str, Path]
    """Change maps by stage, in the order of the stages."""
    rate: str = ""
    """The rate that the edition asks for; empty for the film's own."""
    enlargements: tuple[Step, ...] = ()
    """How its frames are enlarged on their way from the source."""
    retimed: Retimed | None = None
    """The stage that gives the edition that rate, or room for lost frames, and what it made of the part."""

    def change_map(self, size: tuple[int, int]) -> ChangeMap:
        """The change map of the part at a size of (height, width) pixels."""
        return ChangeMap(self.changes, self.part, size, self.retimed)


def encode_piece(part: EditionPart, codec: str, output: Path, label: str) -> None:
    """Encode the part for a print that depends on no other part: its picture, or its map for the codec `changes`."""
    reader = Reader(part.frames)
    progress = Progress(label, len(reader))
    if codec == "changes":
        pictures: Iterator[np.ndarray] = (frame[None] for frame in part.change_map(reader.size))
        depth = 16
    else:
        pictures, depth = iter(reader), reader.depth

    def counted() -> Iterator[np.ndarray]:
        for picture in pictures:
            yield picture
            progress.add()

    look = look_of(part.film, part.rate, codec, part.enlargements)
    encode.piece(codec, [Run(frames=counted())], output, look, depth)
