"""The stills of one part of an edition, read from its working files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..frames.part_file import Reader
from ..prints.pieces import EditionPart
from . import stills


def write(
    folder: Path,
    part: EditionPart,
    ingested: Path,
    records: Sequence[Mapping[str, Any]],
    shots: Sequence[Mapping[str, Any]],
) -> None:
    """Write the telling frames of a part, as `ingested` and as the edition shows them, into a folder.

    `records` are those of the part at each stage, `shots` what shots.json holds.
    """
    first = part.part.first
    source, edition = Reader(ingested), Reader(part.frames)
    changes = part.change_map(edition.size)
    # At another rate a film frame is shown by the first frame at or after that moment.
    shown_at = {frame: index for index, frame in reversed(list(enumerate(changes.film_frames or [])))}

    def shown(frame: int) -> int:
        return shown_at.get(frame, frame - first)

    stills.write(
        folder,
        stills.choose([record for record in records if record["stage"] != part.retimed_by], shots),
        lambda frame: source.frames(frame - first, frame - first + 1)[0],
        lambda frame: edition.frames(shown(frame), shown(frame) + 1)[0],
        lambda frame: changes.of_film(frame - first),
        aspect=float(part.film.facts.sar),
    )
