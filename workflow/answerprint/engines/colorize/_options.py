"""What a person can say about the colours of a film: coloured frames, strokes, points, pictures of the same scene."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import file_option, references

Point = tuple[float, float, tuple[float, ...], float]
"""x, y, RGB and radius of a point of colour, all in 0..1."""

_HINT = re.compile(r"(\d+)\s*:\s*([\d.]+)\s*,\s*([\d.]+)\s*,\s*#([0-9a-fA-F]{6})(?:\s*,\s*([\d.]+))?")


@dataclass(frozen=True, kw_only=True)
class HintsOptions:
    """What a person said about the colours of this film."""

    references: tuple[str, ...] = file_option((), of_frame=True)
    """Coloured pictures as "FRAME=path", FRAME the film's frame number that the picture shows; or {FRAME: path}. Of any
    size, in the shape of the frame as it is stored or as it is shown."""
    strokes: tuple[str, ...] = file_option((), of_frame=True)
    """Transparent pictures painted on with a brush, as "FRAME=path" or {FRAME: path}: PNG with an alpha channel, of the
    frame's shape. Where the paint is opaque the film has its colour; from there it spreads as from points."""
    like: tuple[str, ...] = file_option(())
    """Coloured pictures of other shots of the scene, as "NAME=path": the best match colours by appearance a shot that
    has no reference of its own, with half the certainty."""
    scene: tuple[str, ...] = file_option(())
    """The same, but a shot is coloured only where one of its frames plainly resembles a picture: the camera is back
    where it was. Pictures in the film's folder of decisions are given so to the shots around their own."""
    hints: tuple[str | Mapping[str, Any], ...] = ()
    """Points as "FRAME:x,y,#rrggbb" or "FRAME:x,y,#rrggbb,radius"; x and radius in shares 0..1 of the width, y of the
    height; or as mappings with the keys frame, x, y, color, radius."""

    def __post_init__(self) -> None:
        hints = tuple(_written(hint) if isinstance(hint, Mapping) else hint for hint in self.hints)
        object.__setattr__(self, "references", references.written(self.references))
        object.__setattr__(self, "hints", hints)
        object.__setattr__(self, "strokes", references.written(self.strokes))
        object.__setattr__(self, "like", references.written(self.like))
        self.paths()
        self.points()
        self.painted()
        self.likenesses()

    def paths(self) -> dict[int, Path]:
        """The reference pictures by frame number."""
        return references.by_frame(self.references)

    def painted(self) -> dict[int, Path]:
        """The pictures of strokes by frame number."""
        return references.by_frame(self.strokes, "picture of strokes")

    def likenesses(self) -> list[Path]:
        """The pictures of other shots, those of `scene` last."""
        texts = (*self.like, *self.scene)
        if any("=" not in text for text in texts):
            raise ValueError(f"like or scene has a picture that is not NAME=path: {list(texts)}")
        return [Path(text.partition("=")[2].strip()).expanduser() for text in texts]

    def points(self) -> dict[int, list[Point]]:
        """The points by frame number."""
        points: dict[int, list[Point]] = {}
        for text in self.hints:
            match = _HINT.fullmatch(str(text))
            if not match:
                raise ValueError(f"hint {text!r} is not FRAME:x,y,#rrggbb with an optional ,radius")
            x, y, radius = float(match[2]), float(match[3]), float(match[5] or 0.01)
            if not (0 <= x <= 1 and 0 <= y <= 1 and 0 < radius <= 1):
                raise ValueError(f"hint {text!r} has x, y or radius outside 0..1")
            rgb = tuple(v / 255 for v in bytes.fromhex(match[4]))
            points.setdefault(int(match[1]), []).append((x, y, rgb, radius))
        return points


def _written(hint: Mapping[str, Any]) -> str:
    """A hint that is a mapping, in its short form."""
    missing = {"frame", "x", "y", "color"} - set(hint)
    if missing or set(hint) - {"frame", "x", "y", "color", "radius"}:
        raise ValueError(f"hint {dict(hint)} must have the keys frame, x, y, color and may have radius")
    tail = f",{hint['radius']}" if "radius" in hint else ""
    return f"{hint['frame']}:{hint['x']},{hint['y']},{hint['color']}{tail}"
