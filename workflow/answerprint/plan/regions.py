"""Regions: polygons that a person drew on a film, to protect what lies in them or to have it removed.

A region is drawn at one frame or more, in pixels of the source picture, and holds for frames of one shot. What its
corners do between and beyond those frames is found by `following`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import engines
from ..engines import PixelEngine
from ..film.shots import Shot
from ..runtime.errors import FilmError, unknown_name_error
from .chain import SOURCE, Chain, Stage

FOLLOWS = {"protect": "inside", "remove": "around"}
"""The kinds of region, and what each follows unless told otherwise: what it shows, or what is around it."""
FOLLOW = ("inside", "around", "none")
PROTECTABLE = ("clean",)
"""Stages that a region can be protected from."""
MENDING = ("clean",)
"""Stages that repair what a matte or a region to remove marks."""


BEYOND = 3
"""Frames beside its own in which a region is followed: as many as a repair may look at."""


@dataclass(frozen=True, kw_only=True)
class Region:
    """One polygon, as decided."""

    what: str
    """protect or remove."""
    keys: tuple[tuple[int, tuple[tuple[float, float], ...]], ...]
    """Frames at which it was drawn, in order, and its corners there: x, y in pixels, 0, 0 the middle of the first."""
    first: int | None = None
    """The first frame for which it holds; None: that of the shot."""
    last: int | None = None
    """The last one."""
    follow: str = "inside"
    stages: tuple[str, ...] = ()
    why: str = ""

    def row(self) -> dict[str, Any]:
        """This region as a row for the report."""
        begin, end = self.first, self.last
        held = (
            "the beginning of its shot" if begin is None else str(begin),
            "the end of its shot" if end is None else str(end),
        )
        return {
            "what": f"{self.what} a region",
            "at": self.keys[0][0],
            "holds": "in its shot" if begin is end is None else f"from {held[0]} to {held[1]}",
            "corners": len(self.keys[0][1]),
            "follows": self.follow,
            **({"from stages": ", ".join(self.stages)} if self.what == "protect" else {}),
            "why": self.why,
        }


def read(path: Path, what: str, item: Any) -> Region:
    """One region as a decision file gives it. Raises FilmError for what cannot be understood."""
    example = "Write it as {polygon: {120: [[310, 200], [420, 200], [420, 330]]}, why: ...}, 120 being a frame."
    where = f"In {path} a region to {what}"
    if not isinstance(item, dict):
        raise FilmError(f"{where} is no table but {item!r}.", example)
    known = ("polygon", "from", "to", "follow", *(["stages"] if what == "protect" else []), "why")
    for key in item:
        if key not in known:
            raise unknown_name_error(f"key of a region to {what} in {path}", str(key), known)
    drawn = item.get("polygon")
    if not isinstance(drawn, dict) or not drawn or not all(_whole(frame) for frame in drawn):
        raise FilmError(f"{where} does not say at which frame its polygon is drawn: {item}.", example)
    keys = tuple((frame, _corners(where, frame, drawn[frame], example)) for frame in sorted(drawn))
    if len({len(corners) for _, corners in keys}) > 1:
        raise FilmError(f"{where} has more corners at one frame than at another.", "Draw the same corners in order.")
    first, last = item.get("from"), item.get("to")
    for name, frame in (("from", first), ("to", last)):
        if frame is not None and not _whole(frame):
            raise FilmError(f"{where} holds `{name}: {frame}`, which is no frame.", "Give the number of a frame.")
    if (first is not None and first > keys[0][0]) or (last is not None and last < keys[-1][0]):
        raise FilmError(f"{where} is drawn at a frame outside its own frames: {item}.", "`from` and `to` are included.")
    follow = item.get("follow", FOLLOWS[what])
    if follow not in FOLLOW:
        raise unknown_name_error(f"value of follow in {path}", str(follow), FOLLOW)
    stages = item.get("stages", ["clean"])
    if not isinstance(stages, list) or not stages:
        raise FilmError(f"{where} has stages {stages!r}.", f"Write them as a list, of: {', '.join(PROTECTABLE)}.")
    for stage in stages:
        if stage not in PROTECTABLE:
            raise unknown_name_error(f"stage to protect from in {path}", str(stage), PROTECTABLE)
    return Region(
        what=what,
        keys=keys,
        first=first,
        last=last,
        follow=follow,
        stages=tuple(stages) if what == "protect" else MENDING,
        why=str(item.get("why", "")),
    )


def _corners(where: str, frame: int, value: Any, example: str) -> tuple[tuple[float, float], ...]:
    points = value if isinstance(value, list) else []
    if len(points) < 3 or not all(
        isinstance(point, list) and len(point) == 2 and all(_number(v) for v in point) for point in points
    ):
        raise FilmError(f"{where} has no polygon at frame {frame} but {value!r}.", example)
    return tuple((float(x), float(y)) for x, y in points)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e6


def shot_of(region: Region, shots: Iterable[Shot]) -> Shot:
    """The shot in which a region lies. Raises FilmError when that is none, or more than one."""
    every = list(shots)
    frames = [frame for frame, _ in region.keys] + [f for f in (region.first, region.last) if f is not None]
    for frame in (min(frames), max(frames)):
        if not 0 <= frame < every[-1].stop:
            raise FilmError(
                f"A region to {region.what} is about frame {frame}, outside the film.",
                f"Frames run from 0 to {every[-1].stop - 1}.",
            )
    shot = next(shot for shot in every if shot.start <= min(frames) < shot.stop)
    if max(frames) >= shot.stop:
        raise FilmError(
            f"A region to {region.what} at frame {min(frames)} reaches over the cut at frame {shot.stop}.",
            "Give each shot a region of its own.",
        )
    return shot


def task(region: Region, shot: Shot) -> dict[str, Any]:
    """What has to be followed, as plain values: keys [[frame, corners]], start, stop (exclusive), follow.

    From `first` to `last` (exclusive) it is followed: a little further than it holds.
    """
    start = shot.start if region.first is None else region.first
    stop = shot.stop if region.last is None else region.last + 1
    return {
        "keys": [[frame, [list(point) for point in corners]] for frame, corners in region.keys],
        "first": max(shot.start, start - BEYOND),
        "start": start,
        "stop": stop,
        "last": min(shot.stop, stop + BEYOND),
        "follow": region.follow,
    }


def carriers(chain: Chain, edition: str, name: str) -> list[tuple[str, str]]:
    """The (edition, stage) before a stage that move or enlarge the picture, in order: they carry marks along."""
    lineage = chain.lineage(edition)
    before = [step for step in lineage[: lineage.index((edition, name))] if step[0] != SOURCE]
    return [step for step in before if _moves(chain.stages[step[1]])]


def _moves(stage: Stage) -> bool:
    kind = engines.find(stage.name, stage.engine)
    return issubclass(kind, PixelEngine) and (stage.scale != 1 or kind.warp_mask is not PixelEngine.warp_mask)
