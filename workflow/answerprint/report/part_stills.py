"""The stills and the census of one part of an edition, read from its working files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from ..film import log_view
from ..frames.part_file import Reader
from ..plan.chain import INGEST, SOURCE
from ..prints.change_maps import ChangeMap
from ..prints.pieces import EditionPart
from ..runtime.files import write_json
from . import census, consistency, stills, worst
from .stills import StillSource

CENSUS = "census.json"
"""The file of a folder of stills that says how many pixels each combination of stages changed."""


@dataclass(frozen=True, kw_only=True)
class StepFrames:
    """The working files of a part that pictures are taken from."""

    ingested: Path
    steps: Mapping[str, Path]
    """Frames after each edition/stage that is shown stage by stage, in order."""
    enlarged: Mapping[str, Path] = field(default_factory=dict)
    """What those of them that enlarge the picture have read."""
    parts: int
    """How many parts the film has."""
    confidence: Path | None = None
    """How certain the colour is that one of the steps gave; None where none did."""


def write(
    folder: Path,
    part: EditionPart,
    files: StepFrames,
    records: Sequence[Mapping[str, Any]],
    shots: Sequence[Mapping[str, Any]],
) -> None:
    """Write stills of the most telling frames of a part to a folder, and the census of its change maps.

    `records` are those of the part at each stage, `shots` the content of shots.json.
    """
    changes = part.change_map(Reader(part.frames).size)
    facts, first = part.film.facts, part.part.first
    added = [record for record in records if f"{record['edition']}/{record['stage']}" in files.steps]
    # A film of many parts needs few frames of each for its list of the worst.
    most = min(worst.MOST, ceil(worst.MOST / files.parts) + 3)
    ranked = worst.rank(added, facts.rate, facts.frames, most=most)
    retimed_by = part.retimed.stage if part.retimed else ""
    at_film_rate = [record for record in records if record["stage"] != retimed_by]
    # The edition that grows from the source says which frames stand for a shot, so all editions show the same ones.
    judged_by = at_film_rate[0]["edition"] if at_film_rate else ""
    choices = stills.choose(at_film_rate, shots, ranked, judged_by=judged_by)
    stills.write(
        folder,
        [choice for choice in choices if first <= choice.frame < part.part.stop],
        list(_sources(part, files, changes, [record for record in records if record["stage"] == retimed_by])),
        lambda frame: changes.of_film(frame - first),
        shape=float(facts.width * facts.sar / facts.height),
    )
    maps = ((_film_frame(part, changes, index), marks) for index, marks in enumerate(changes))
    write_json(folder / CENSUS, census.to_json(census.count(maps, shots)))


def _film_frame(part: EditionPart, changes: ChangeMap, index: int) -> int:
    """The film frame that an output frame is, or comes after."""
    return changes.film_frames[index] if changes.film_frames else part.part.first + index


def _sources(
    part: EditionPart, files: StepFrames, changes: ChangeMap, retimed: Sequence[Mapping[str, Any]]
) -> Iterator[StillSource]:
    """The pictures of the part, in the order of the stages; `retimed`: records of the stage with another rate."""

    view = log_view.view_of(part.film.facts.colour)

    def film_frames(key: str, path: Path) -> StillSource:
        reader = Reader(path)
        edition, _, stage = key.partition("/")

        def read(frame: int) -> np.ndarray:
            return np.asarray(reader.frames(frame - part.part.first, frame - part.part.first + 1)[0])

        return StillSource(edition=edition, stage=stage, read=_as_shown(read, view))

    yield film_frames(f"{SOURCE}/{INGEST}", files.ingested)
    coloured = next((key for key in files.steps if key.endswith("/colorize")), None)
    if coloured and files.confidence:
        yield _certainty(coloured, files.confidence, part.part.first)
    for key, path in files.steps.items():
        edition, _, stage = key.partition("/")
        if part.retimed and stage == part.retimed.stage:
            drawn = _as_shown(_in_between(path, changes, retimed), view)
            yield StillSource(edition=edition, stage=stage, read=drawn, between=True)
        else:
            yield film_frames(key, path)
    for key, before in files.enlarged.items():
        yield _difference(key, film_frames(key, files.steps[key]), film_frames(key, before))


def _difference(key: str, larger: StillSource, smaller: StillSource) -> StillSource:
    """The pictures of what enlarged frames, reduced again, differ by from those that they were made from."""
    edition, _, stage = key.partition("/")

    def read(frame: int) -> np.ndarray | None:
        after, before = larger.read(frame), smaller.read(frame)
        return None if after is None or before is None else consistency.difference(after, before)

    return StillSource(edition=edition, stage=stage, read=read, difference=True)


def _certainty(key: str, path: Path, first: int) -> StillSource:
    """How certain the colour of a frame is, as a picture: white where it is known; None for a frame without colour."""
    reader = Reader(path)

    def read(frame: int) -> np.ndarray | None:
        levels = reader.integers(frame - first, frame - first + 1)[0, 0]
        return levels[..., None].astype(np.float32) / 255 if levels.any() else None

    edition, _, stage = stills.certainty(key).partition("/")
    return StillSource(edition=edition, stage=stage, read=read)


def _as_shown(read: Callable[[int], np.ndarray | None], view: str) -> Callable[[int], np.ndarray | None]:
    """A function that reads a frame as a screen shows it: log and linear light through a view, all else as it is."""

    def shown(frame: int) -> np.ndarray | None:
        picture = read(frame)
        return picture if picture is None else log_view.shown_frame(picture, view)

    return shown if view else read


def _in_between(path: Path, changes: ChangeMap, records: Sequence[Mapping[str, Any]]) -> Any:
    """A function that reads the middle one of the in-between frames after a film frame; None where there is none."""
    reader = Reader(path)
    # Without the statistic every output frame is a film frame.
    shares = [share for record in records for share in record["statistics"].get("in_between", [])]
    after: dict[int, list[int]] = {}
    for index, film in enumerate(changes.film_frames or ()):
        if shares and shares[index] > 0:
            after.setdefault(film, []).append(index)

    def read(frame: int) -> np.ndarray | None:
        if frame not in after:
            return None
        middle = after[frame][(len(after[frame]) - 1) // 2]
        return np.asarray(reader.frames(middle, middle + 1)[0])

    return read
