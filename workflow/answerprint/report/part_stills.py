"""The stills of one part of an edition, read from its working files."""

from __future__ import annotations

from pathlib import Path

from ..film.facts import read_film
from ..frames.part_file import Reader
from ..prints import prints
from ..runtime.files import read_json
from . import stills


def write(
    folder: Path, *, before: Path, after: Path, changes: dict[str, Path], facts: str, parts: str, part: int, rate: str
) -> None:
    """Write the telling frames of a part, `before` (as ingested) and `after` any stage, into a folder.

    `changes` are the change maps by stage; the record of a stage lies beside its map, the shots beside `parts`.
    """
    film = read_film(facts)
    bounds = read_json(parts)[part]
    first = bounds["first"]
    source, edition = Reader(before), Reader(after)
    marks = prints.change_map(film, changes, bounds, edition.size, rate)
    # A film frame of an interpolated edition is its first frame at or after that moment.
    place = {frame - first: index for index, frame in reversed(list(enumerate(marks.film_frames or [])))}
    records = [read_json(path.with_name(f"{path.name.split('.')[0]}.json")) for path in changes.values()]

    def shown(frame: int) -> int:
        return place.get(frame - first, frame - first)

    stills.write(
        folder,
        stills.choose(
            [record for record in records if record["stage"] != "interpolate"],
            read_json(Path(parts).with_name("shots.json")),
        ),
        lambda frame: source.frames(frame - first, frame - first + 1)[0],
        lambda frame: edition.frames(shown(frame), shown(frame) + 1)[0],
        lambda frame: marks.of_film(frame - first),
        aspect=float(film.facts.sar),
    )
