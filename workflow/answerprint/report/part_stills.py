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
    """Write stills of the most telling frames of a part, as ingested and as the edition shows them, to a folder.

    `records` are those of the part at each stage, `shots` the content of shots.json.
    """
    first = part.part.first
    source, edition = Reader(ingested), Reader(part.frames)
    changes = part.change_map(edition.size)
    # At another rate a film frame is shown as the first output frame at or after it.
    shown_at = {frame: index for index, frame in reversed(list(enumerate(changes.film_frames or [])))}

    def shown(frame: int) -> int:
        return shown_at.get(frame, frame - first)

    readers = stills.FrameReaders(
        before=lambda frame: source.frames(frame - first, frame - first + 1)[0],
        after=lambda frame: edition.frames(shown(frame), shown(frame) + 1)[0],
        changes=lambda frame: changes.of_film(frame - first),
    )
    choices = stills.choose([record for record in records if record["stage"] != part.retimed_by], shots)
    stills.write(folder, choices, readers, aspect=float(part.film.facts.sar))
