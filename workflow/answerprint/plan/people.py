"""Decisions on the faces of a person, by name, as decisions on the shots in which that person was found.

Names are those of the portraits, and of the speakers: Person 1 and so on, or what the decisions call them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..film.shots import Shot
from ..runtime.errors import FilmError
from ..runtime.files import read_json
from .decisions import PersonDecision, ShotDecision

STAGE = "faces"
TRACKS, SEEN, SPEAKERS = "track_faces/tracks.json", "detect_active_speakers/faces.json", "speakers/people.json"
FILES = (TRACKS, SEEN, SPEAKERS)
"""The files of a film's folder that say who is where."""


class NotFound(FilmError):
    """A person whom a decision names was not found in a film, as far as it has been looked at."""


def decisions(
    folder: Path,
    wishes: Sequence[PersonDecision],
    names: Mapping[str, Any],
    shots: Sequence[Shot],
    size: tuple[int, int],
) -> Iterator[ShotDecision]:
    """One decision for each shot in which a person that was decided on is seen: a point in each of their faces.

    names: what the decisions call speakers; size: height and width of the source. Raises NotFound for a person who
    was not found.
    """
    if not wishes:
        return
    tracks = {int(row["id"]): row for row in read_json(folder / TRACKS)}
    people = _people(folder, names)
    points: dict[Shot, dict[str, list[str]]] = {}
    for wish in wishes:
        if wish.person not in people:
            raise NotFound(
                f"A decision is about the face of {wish.person}, who was not found in this film.",
                f"Found: {', '.join(sorted(people)) or 'nobody'}.",
            )
        for number in people[wish.person]:
            for shot, point in _points(tracks[number], shots, size):
                points.setdefault(shot, {}).setdefault(wish.do, []).append(point)
    why = ", ".join(dict.fromkeys(wish.why for wish in wishes))
    for shot in sorted(points, key=lambda shot: shot.start):
        options: dict[str, dict[str, Any] | None] = {STAGE: {do: found for do, found in points[shot].items()}}
        yield ShotDecision(at=shot.start, options=options, why=why)


def _people(folder: Path, names: Mapping[str, Any]) -> dict[str, set[int]]:
    """The numbers of the face tracks of each person, by every name that the person, and nobody else, goes by."""
    found: dict[str, set[int]] = {}
    for row in read_json(folder / SEEN):
        found.setdefault(str(row["person"]), set()).add(int(row["id"]))
    for row in read_json(folder / SPEAKERS):
        found.setdefault(str(row["speaker"]), set()).update(map(int, row["tracks"]))
    people: dict[str, set[int]] = {}
    for name, tracks in found.items():
        people.setdefault(str(names.get(name, name)), set()).update(tracks)
    # Two people may have each other's names; who has one now goes by it.
    return {name: tracks for name, tracks in (found | people).items() if tracks}


def _points(track: Mapping[str, Any], shots: Sequence[Shot], size: tuple[int, int]) -> Iterator[tuple[Shot, str]]:
    """A point of a face in each shot that its track touches, as the options of the stage name one."""
    first, stop = int(track["first"]), int(track["first"]) + len(track["boxes"])
    for shot in shots:
        begin, end = max(first, shot.start), min(stop, shot.stop)
        if begin < end:
            middle = (begin + end - 1) // 2
            left, top, right, bottom = track["boxes"][middle - first]
            x, y = (left + right) / 2 / size[1], (top + bottom) / 2 / size[0]
            yield shot, f"{middle}:{min(max(x, 0), 1):.4f},{min(max(y, 0), 1):.4f}"
