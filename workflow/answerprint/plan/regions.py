"""Regions: polygons that a person drew on a film, to protect what is inside or to have it removed.

A region is drawn at one frame or more, in pixels of the source picture, and holds for frames of one shot. Where its
corners are between and beyond those frames is found by `stages.track_regions`.
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
from ..runtime.text import shortened
from . import written
from .chain import SOURCE, Chain, Stage

FOLLOWS = {"protect": "inside", "remove": "around"}
"""The kinds of region, and what each follows by default: what is inside it, or what is around it."""
FOLLOW = ("inside", "around", "none")
PROTECTABLE = ("clean",)
"""Stages that a region can be protected from."""
MENDING = ("clean",)
"""Stages that repair what a matte or a region to remove marks."""
BEYOND = 3
"""Frames before and after its own in which a region is tracked too: as many as a repair may look at."""

Corners = tuple[tuple[float, float], ...]
"""The x, y of each corner."""


@dataclass(frozen=True, kw_only=True)
class Region:
    """One polygon, as decided."""

    what: str
    """protect or remove."""
    keys: tuple[tuple[int, Corners], ...]
    """Frames at which it was drawn, in order, and its corners there: x, y in pixels, from the middle of the first."""
    first: int | None = None
    """The first frame for which it holds; None: that of the shot."""
    last: int | None = None
    """The last frame for which it holds; None: that of the shot."""
    follow: str = "inside"
    stages: tuple[str, ...] = ()
    why: str = ""
    by: str = ""
    """Who drew it, if that is said."""

    def row(self) -> dict[str, Any]:
        """This region as a row for the report."""
        begin = "the beginning of its shot" if self.first is None else str(self.first)
        end = "the end of its shot" if self.last is None else str(self.last)
        return {
            "what": f"{self.what} a region",
            "at": self.keys[0][0],
            "holds": "in its shot" if self.first is self.last is None else f"from {begin} to {end}",
            "corners": len(self.keys[0][1]),
            "follows": self.follow,
            **({"from stages": ", ".join(self.stages)} if self.what == "protect" else {}),
            **({"by": self.by} if self.by else {}),
            "why": self.why,
        }


EXAMPLE = "Write it as {polygon: {120: [[310, 200], [420, 200], [420, 330]]}, why: ...}, where 120 is a frame."


def read(path: Path, what: str, item: Any) -> Region:
    """One region as a decision file gives it. Raises FilmError for whatever is not a region."""
    where = f"In {path} a region to {what}"
    if not isinstance(item, dict):
        raise FilmError(f"{where} is {item!r}, not a table.", EXAMPLE)
    allowed = ("polygon", "from", "to", "follow", *(["stages"] if what == "protect" else []), "why", "by")
    for key in item:
        if key not in allowed:
            raise unknown_name_error(f"key of a region to {what} in {path}", str(key), allowed)
    keys = _keys(where, item)
    first, last = _first_and_last(where, item)
    if (first is not None and first > keys[0][0]) or (last is not None and last < keys[-1][0]):
        raise FilmError(
            f"{where} is drawn at a frame outside its own frames: {shortened(item)}.", "`from` and `to` are included."
        )
    follow = item.get("follow", FOLLOWS[what])
    if follow not in FOLLOW:
        raise unknown_name_error(f"value of follow in {path}", str(follow), FOLLOW)
    return Region(
        what=what,
        keys=keys,
        first=first,
        last=last,
        follow=follow,
        stages=_protected_from(path, where, item) if what == "protect" else MENDING,
        why=str(item.get("why", "")),
        by=str(item.get("by") or ""),
    )


def _keys(where: str, item: dict[str, Any]) -> tuple[tuple[int, Corners], ...]:
    """The frames at which a region is drawn, in order, and its corners there."""
    drawn = item.get("polygon")
    if isinstance(drawn, dict):
        # A recipe holds plain values, in which the keys of a table are text.
        drawn = {int(key) if str(key).isascii() and str(key).isdigit() else key: value for key, value in drawn.items()}
    if not isinstance(drawn, dict) or not drawn or not all(written.is_frame(frame) for frame in drawn):
        raise FilmError(f"{where} does not say at which frame its polygon is drawn: {item}.", EXAMPLE)
    keys = tuple((frame, _corners(where, frame, drawn[frame])) for frame in sorted(drawn))
    if len({len(corners) for _, corners in keys}) > 1:
        raise FilmError(
            f"{where} has more corners at one frame than at another.", "Draw the same corners in the same order."
        )
    return keys


def _first_and_last(where: str, item: dict[str, Any]) -> tuple[int | None, int | None]:
    """The frames from which and to which a region holds; None where it does not say."""
    first, last = item.get("from"), item.get("to")
    for name, frame in (("from", first), ("to", last)):
        if frame is not None and not written.is_frame(frame):
            raise FilmError(f"{where} has `{name}: {frame}`, which is not a frame.", "Frames are counted from 0.")
    return first, last


def _protected_from(path: Path, where: str, item: dict[str, Any]) -> tuple[str, ...]:
    """The stages that a region is protected from."""
    stages = item.get("stages", ["clean"])
    if not isinstance(stages, list) or not stages:
        raise FilmError(f"{where} has stages {stages!r}.", f"Write them as a list of: {', '.join(PROTECTABLE)}.")
    for stage in stages:
        if stage not in PROTECTABLE:
            raise unknown_name_error(f"stage to protect from in {path}", str(stage), PROTECTABLE)
    return tuple(stages)


def _corners(where: str, frame: int, value: Any) -> Corners:
    points = value if isinstance(value, list) else []
    if len(points) < 3 or not all(
        isinstance(point, list) and len(point) == 2 and all(_is_number(v) for v in point) for point in points
    ):
        raise FilmError(f"{where} has {shortened(repr(value))} at frame {frame}, which is not a polygon.", EXAMPLE)
    return tuple((float(x), float(y)) for x, y in points)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e6


def shot_of(region: Region, shots: Iterable[Shot]) -> Shot:
    """The shot that a region lies in. Raises FilmError when it is outside the film, or in more than one shot."""
    film = list(shots)
    frames = [frame for frame, _ in region.keys] + [f for f in (region.first, region.last) if f is not None]
    for frame in (min(frames), max(frames)):
        if not 0 <= frame < film[-1].stop:
            raise FilmError(
                f"A region to {region.what} names frame {frame}, outside the film.",
                f"Frames run from 0 to {film[-1].stop - 1}.",
            )
    shot = next(shot for shot in film if shot.start <= min(frames) < shot.stop)
    if max(frames) >= shot.stop:
        raise FilmError(
            f"A region to {region.what} at frame {min(frames)} reaches over the cut at frame {shot.stop}.",
            "Give each shot a region of its own.",
        )
    return shot


def task(region: Region, shot: Shot) -> dict[str, Any]:
    """What to track, as plain values: keys [[frame, corners]], first, start, stop, last, follow.

    The region holds in frames start..stop (exclusive) and is tracked a little further, in first..last (exclusive).
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
    """The (edition, stage) before a stage that move or enlarge the picture, and so the marks on it; in order."""
    lineage = chain.lineage(edition)
    before = [step for step in lineage[: lineage.index((edition, name))] if step[0] != SOURCE]
    return [step for step in before if _moves(chain.stages[step[1]])]


def _moves(stage: Stage) -> bool:
    kind = engines.find(stage.name, stage.engine)
    return issubclass(kind, PixelEngine) and (stage.enlargement.changes or kind.warp_mask is not PixelEngine.warp_mask)
