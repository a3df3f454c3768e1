"""The pictures that the report shows: the stills of all parts and editions, merged by frame, each picture once."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    mask: Path | None

    @property
    def changed(self) -> float:
        """How much the stages changed together."""
        return sum(self.stages.values())

    @property
    def bytes(self) -> int:
        """Of its pictures."""
        return sum(path.stat().st_size for path in [*self.pictures.values(), *([self.mask] if self.mask else [])])


def gather(folders: Sequence[Path], steps: Sequence[str], most_bytes: int = MOST_BYTES) -> tuple[list[Still], int]:
    """The stills in folders that `stills.write` filled, by frame, and how many there are in all.

    steps: edition/stage in the order in which the pictures are shown. Of more bytes than `most_bytes`, what tells least
    is left out: a shot keeps its frame with most change longest, then come the worst frames, then typical ones.
    """
    entries: dict[int, list[tuple[Path, dict[str, Any]]]] = {}
    for folder in folders:
        for entry in read_json(folder / "index.json"):
            entries.setdefault(int(entry["frame"]), []).append((folder, entry))
    merged = _one_role_a_shot([_merged(entries[frame], steps) for frame in sorted(entries)])
    kept: list[Still] = []
    room = most_bytes
    for still in _by_weight(merged):
        room -= still.bytes
        if room < 0 and kept:
            break
        kept.append(still)
    return sorted(kept, key=lambda still: still.frame), len(merged)


def _merged(entries: Sequence[tuple[Path, Mapping[str, Any]]], steps: Sequence[str]) -> Still:
    """The stills of one frame in several editions as one."""
    pictures: dict[str, Path] = {}
    between: dict[str, None] = {}
    for folder, entry in entries:
        for picture in entry["pictures"]:
            key = f"{picture['edition']}/{picture['stage']}"
            pictures.setdefault(key, folder / picture["file"])
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
        mask=fullest_folder / fullest["mask"],
    )


def _one_role_a_shot(stills: Sequence[Still]) -> list[Still]:
    """A shot over several parts has a frame with most change and a typical one in each: one of them stands for it."""
    chosen: dict[tuple[int, str], int] = {}
    for still in stills:
        for role in {MOST_CHANGE, TYPICAL} & set(still.roles):
            key = (still.shot_start, role)
            before = next((other for other in stills if other.frame == chosen.get(key)), None)
            if before is None or (role == MOST_CHANGE and still.changed > before.changed):
                chosen[key] = still.frame
    singled = []
    for still in stills:
        roles = tuple(
            role
            for role in still.roles
            if role not in (MOST_CHANGE, TYPICAL) or chosen[still.shot_start, role] == still.frame
        )
        if roles:
            singled.append(Still(**{**vars(still), "roles": roles}))
    return singled


def _by_weight(stills: Sequence[Still]) -> Iterator[Still]:
    """The stills, those that tell most first; within a kind they are spread over the film."""
    kinds = (
        [still for still in stills if MOST_CHANGE in still.roles],
        [still for still in stills if not {MOST_CHANGE, TYPICAL} & set(still.roles)],
        [still for still in stills if TYPICAL in still.roles and MOST_CHANGE not in still.roles],
    )
    for kind in kinds:
        # Bit-reversed order: any first few are spread evenly.
        width = max(1, (len(kind) - 1).bit_length())
        order = np.argsort([int(f"{index:0{width}b}"[::-1], 2) for index in range(len(kind))], kind="stable")
        yield from (kind[int(index)] for index in order)


def embedded(path: Path) -> str:
    """A picture as a data URL."""
    return f"data:{SUFFIXES[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def thumbnail(path: Path, width: int = 240) -> str:
    """A small copy of a picture as a data URL."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        return ""
    height = max(1, round(picture.shape[0] * width / picture.shape[1]))
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    data = cv2.imencode(".avif", small, [cv2.IMWRITE_AVIF_QUALITY, 60, cv2.IMWRITE_AVIF_SPEED, 9])[1]
    return f"data:image/avif;base64,{base64.b64encode(data.tobytes()).decode()}"


def hero(stills: Sequence[Still], stages: Sequence[str]) -> Still | None:
    """The frame of the film that these stages changed most."""
    candidates = [still for still in stills if MOST_CHANGE in still.roles] or list(stills)
    return max(candidates, key=lambda still: sum(still.stages.get(stage, 0.0) for stage in stages), default=None)
