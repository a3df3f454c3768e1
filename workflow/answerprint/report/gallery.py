"""The pictures that the report shows: the stills of all parts and editions, merged by frame, each picture once."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..runtime.files import read_json
from .stills import MOST_CHANGE, TYPICAL

MOST_BYTES = 15_500_000
"""Of all pictures together: in base64 they grow by a third, charts and the timeline of speech take up to 3 MB, and the
report is to stay under 25 MB."""
SUFFIXES = {".avif": "image/avif", ".png": "image/png"}
THUMBNAIL = 240
"""Width of a key picture."""


@dataclass(frozen=True, kw_only=True)
class Still:
    """One frame and the pictures of it."""

    frame: int
    shot_start: int
    roles: tuple[str, ...]
    stages: Mapping[str, float]
    """Share of pixels that each stage changed."""
    pictures: Mapping[str, Path]
    """By edition/stage, in the order of the stages; the source is source/ingest."""
    between: tuple[str, ...]
    """Those of them that show the in-between frame after this one."""
    differences: Mapping[str, Path]
    """By edition/stage of what enlarges: how its frame, reduced again, differs from what it was enlarged from."""
    mask: Path

    @property
    def changed(self) -> float:
        """How much the stages changed together."""
        return sum(self.stages.values())


def gather(
    folders: Sequence[Path], steps: Sequence[str], worst: Collection[int] = (), most_bytes: int = MOST_BYTES
) -> tuple[list[Still], int]:
    """The stills in folders that `stills.write` filled, by frame, and how many there are to show.

    steps: edition/stage in the order in which pictures are shown; worst: the frames that the report lists besides those
    that stand for a shot. Of more bytes than `most_bytes`, what tells least is left out: first come before and after of
    each shot, then of the worst frames, then the other editions, the stages between, and typical frames.
    """
    entries: dict[int, list[tuple[Path, dict[str, Any]]]] = {}
    for folder in folders:
        for entry in read_json(folder / "index.json"):
            entries.setdefault(int(entry["frame"]), []).append((folder, entry))
    merged = _one_role_a_shot([_merged(entries[frame], steps) for frame in sorted(entries)])
    wanted = {
        still.frame: still for still in merged if {MOST_CHANGE, TYPICAL} & set(still.roles) or still.frame in worst
    }
    kept: dict[int, set[str]] = {}
    room = most_bytes
    for frame, keys in _by_weight(list(wanted.values()), steps):
        new = set(keys) - kept.get(frame, set())
        room -= sum(wanted[frame].pictures[key].stat().st_size for key in new)
        room -= 0 if frame in kept else wanted[frame].mask.stat().st_size
        if room < 0 and kept:
            break
        kept.setdefault(frame, set()).update(new)
    shown = []
    for frame in sorted(kept):
        room -= sum(path.stat().st_size for path in wanted[frame].differences.values())
        shown.append(_with(wanted[frame], kept[frame], differences=room >= 0))
    return shown, len(wanted)


def _with(still: Still, keys: Collection[str], *, differences: bool) -> Still:
    """A still with some of its pictures, and with its differences if there is room for them."""
    pictures = {key: path for key, path in still.pictures.items() if key in keys}
    return replace(still, pictures=pictures, differences=still.differences if differences else {})


def _merged(entries: Sequence[tuple[Path, Mapping[str, Any]]], steps: Sequence[str]) -> Still:
    """The stills of one frame in several editions as one."""
    pictures: dict[str, Path] = {}
    differences: dict[str, Path] = {}
    between: dict[str, None] = {}
    for folder, entry in entries:
        for picture in entry["pictures"]:
            key = f"{picture['edition']}/{picture['stage']}"
            (differences if picture.get("difference") else pictures).setdefault(key, folder / picture["file"])
            if picture.get("between"):
                between[key] = None
    fullest_folder, fullest = max(entries, key=lambda pair: len(pair[1]["stages"]))
    return Still(
        frame=int(fullest["frame"]),
        shot_start=int(fullest["shot_start"]),
        roles=tuple(dict.fromkeys(role for _, entry in entries for role in entry["roles"])),
        stages=fullest["stages"],
        pictures={key: pictures[key] for key in steps if key in pictures},
        between=tuple(between),
        differences={key: differences[key] for key in steps if key in differences},
        mask=fullest_folder / fullest["mask"],
    )


def _one_role_a_shot(stills: Sequence[Still]) -> list[Still]:
    """A shot over several parts has a frame with most change and a typical one in each: one of them stands for it."""
    chosen: dict[tuple[int, str], Still] = {}
    for still in stills:
        for role in {MOST_CHANGE, TYPICAL} & set(still.roles):
            before = chosen.setdefault((still.shot_start, role), still)
            if role == MOST_CHANGE and still.changed > before.changed:
                chosen[still.shot_start, role] = still
    singled = []
    for still in stills:
        roles = [role for role in still.roles if chosen.get((still.shot_start, role), still) is still]
        if roles:
            singled.append(replace(still, roles=tuple(roles)))
    return singled


def _by_weight(stills: Sequence[Still], steps: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Frames and pictures of them, those that tell most first; within a kind they are spread over the film."""
    ends = list({step.partition("/")[0]: step for step in steps}.values())
    shots = [still for still in stills if MOST_CHANGE in still.roles]
    shown = {still.shot_start for still in shots}
    # A shot that changed alike throughout has a typical frame only.
    shots += [still for still in stills if TYPICAL in still.roles and still.shot_start not in shown]
    rest = [still for still in stills if still not in shots]
    worst = [still for still in rest if TYPICAL not in still.roles]
    typical = [still for still in rest if TYPICAL in still.roles]
    for group, wanted in (
        (shots, ends[:2]),
        (worst, steps),
        (shots, ends),
        (shots, steps),
        (typical, ends[:2]),
        (typical, steps),
    ):
        for still in _spread(group):
            # Where the last stage changed nothing, the picture before it is the edition's.
            yield still.frame, list(dict.fromkeys(_shown(still, key, steps) for key in wanted))


def _shown(still: Still, key: str, steps: Sequence[str]) -> str:
    """The picture that stands for a step: its own, or that of the nearest step before it."""
    before = steps[: steps.index(key) + 1]
    return next((step for step in reversed(before) if step in still.pictures), next(iter(still.pictures)))


def _spread(stills: Sequence[Still]) -> Iterator[Still]:
    """Stills in bit-reversed order: any first few are spread evenly over the film."""
    width = max(1, (len(stills) - 1).bit_length())
    order = np.argsort([int(f"{index:0{width}b}"[::-1], 2) for index in range(len(stills))], kind="stable")
    return (stills[int(index)] for index in order)


def embedded(path: Path) -> str:
    """A picture as a data URL."""
    return f"data:{SUFFIXES[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def thumbnail(path: Path) -> str:
    """A small copy of a picture as a data URL."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        return ""
    height = max(1, round(picture.shape[0] * THUMBNAIL / picture.shape[1]))
    small = cv2.resize(picture, (THUMBNAIL, height), interpolation=cv2.INTER_AREA)
    data = cv2.imencode(".avif", small, [cv2.IMWRITE_AVIF_QUALITY, 60, cv2.IMWRITE_AVIF_SPEED, 9])[1]
    return f"data:image/avif;base64,{base64.b64encode(data.tobytes()).decode()}"


def hero(stills: Sequence[Still], stages: Sequence[str]) -> Still | None:
    """The frame of the film that these stages changed most."""
    candidates = [still for still in stills if MOST_CHANGE in still.roles] or list(stills)
    return max(candidates, key=lambda still: sum(still.stages.get(stage, 0.0) for stage in stages), default=None)
