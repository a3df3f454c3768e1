"""Pieces: one part of an edition encoded for one print, and the change map of that part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..film.facts import Film
from ..film.parts import Part
from ..frames.part_file import Reader
from ..runtime.progress import Progress
from . import encode
from .change_maps import ChangeMap, Retiming
from .prints import look_of, rate_of


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
    retimed_by: str = ""
    """The stage that gives the edition that rate."""

    def change_map(self, size: tuple[int, int]) -> ChangeMap:
        """The change map of the part at a size of (height, width) pixels."""
        if not self.retimed_by:
            return ChangeMap(self.changes, self.part, size)
        facts, after = self.film.facts, rate_of(self.film, self.rate)
        retiming = Retiming(stage=self.retimed_by, before=facts.rate, after=after, film_frames=facts.frames)
        return ChangeMap(self.changes, self.part, size, retiming)


def encode_piece(part: EditionPart, codec: str, quality: int | None, output: Path, label: str) -> None:
    """Encode the part for one print: its picture, or its change map for the codec `changes`."""
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

    encode.piece(codec, counted(), output, look_of(part.film, part.rate), depth, quality)
