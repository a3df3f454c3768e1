"""Colour from a person's hints: coloured frames and points of colour, carried through the shot by optical flow."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...frames import lab, optical_flow
from .. import Card, Clip, Measures, PixelEngine, Result, file_option, references
from . import _carry, _spread

WIDTH = 256
"""Colour is planned at this width: the eye, like every video format, sees colour far less sharply than brightness."""
SPREAD_WIDTH = 160
"""Points are spread at this width: the equations of a frame are then solved in a quarter of a second."""

Point = tuple[float, float, tuple[float, ...], float]
"""x, y, RGB and radius of a point of colour, all in 0..1."""

_HINT = re.compile(r"(\d+)\s*:\s*([\d.]+)\s*,\s*([\d.]+)\s*,\s*#([0-9a-fA-F]{6})(?:\s*,\s*([\d.]+))?")


@dataclass(frozen=True, kw_only=True)
class HintsOptions:
    """What a person said about the colours of this film."""

    references: tuple[str, ...] = file_option(())
    """Coloured pictures as "FRAME=path", FRAME the film's frame number that the picture shows; or {FRAME: path}."""
    hints: tuple[str, ...] = ()
    """Points as "FRAME:x,y,#rrggbb" or "FRAME:x,y,#rrggbb,radius"; x and radius in shares 0..1 of the width, y of the
    height; or as mappings with the keys frame, x, y, color, radius."""

    def __post_init__(self) -> None:
        hints = tuple(_written(hint) if isinstance(hint, Mapping) else hint for hint in self.hints)
        object.__setattr__(self, "references", references.written(self.references))
        object.__setattr__(self, "hints", hints)
        self.paths()
        self.points()

    def paths(self) -> dict[int, Path]:
        """The reference pictures by frame number."""
        return references.by_frame(self.references)

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


class Hints(PixelEngine):
    """Colours the frames of a shot with hints; those of a shot without any stay as they are, in three channels."""

    card = Card(
        stage="colorize",
        name="hints",
        kind="generate",
        summary="coloured reference frames and points of colour, carried through the shot by optical flow; no model",
        paper="Levin et al., Colorization using Optimization, SIGGRAPH 2004; Welsh et al., Transferring Color to "
        "Greyscale Images, SIGGRAPH 2002; Kopf et al., Joint Bilateral Upsampling, SIGGRAPH 2007",
        licence="Apache-2.0",
        cost=0.01,
        memory=45,
        measured=True,
        output_channels=3,
        warning=("coloured", "stay grey: there are no reference frames or hints for them."),
    )
    Options = HintsOptions
    options: HintsOptions

    def load(self) -> None:
        """Raises FilmError if a reference picture is missing."""
        for path in self.options.paths().values():
            if not path.is_file():
                raise references.unreadable(path, "stages.colorize.references")

    def __call__(self, frames: np.ndarray, hints: tuple[Any, ...] | list[Any] = ()) -> np.ndarray:
        """The frames of one shot, coloured by the engine's options and `hints`: float32 (n, h, w, 3)."""
        options = dataclasses.replace(self.options, hints=(*self.options.hints, *hints))
        engine = self.with_options(options)
        assert isinstance(engine, Hints)
        return engine.run(engine.clip(frames)).frames

    def measure(self, clip: Clip) -> Measures:
        """`luma`: brightness of each core frame, uint8 (core, h, w), at most 256 pixels wide."""
        height, width = clip.frames.shape[1:3]
        size = _size(width, height, WIDTH)
        small = [
            cv2.resize(optical_flow.luma(clip.frames[i]), size, interpolation=cv2.INTER_AREA) for i in clip.indices
        ]
        return {"luma": np.stack([optical_flow.eight_bits(image) for image in small])}

    def plan(self, measures: Measures, *, first: int) -> Measures:
        """`coloured` bool (n,), `trust` float32 (n,) 0..1, and, if the shot has hints, `ab` float16 (n, h, w, 2).

        Raises FilmError when a reference picture cannot be read.
        """
        lumas = measures["luma"]
        frames = range(first, first + len(lumas))
        paths = {frame - first: path for frame, path in self.options.paths().items() if frame in frames}
        points = {frame - first: dots for frame, dots in self.options.points().items() if frame in frames}
        if not paths and not points:
            return {"coloured": np.zeros(len(lumas), bool), "trust": np.zeros(len(lumas), np.float32)}
        ab, trust, anchors = _forwards(lumas, paths, points)
        _backwards(lumas, anchors, ab, trust)
        return {"coloured": np.ones(len(lumas), bool), "trust": trust.mean(axis=(1, 2), dtype=np.float32), "ab": ab}

    def run(self, clip: Clip) -> Result:
        """The core frames in three channels; statistics: `coloured`, 1 or 0, and `trust` in carried colour, 0..1."""
        plan, indices = clip.plan, list(clip.indices)
        done = [
            _colour(clip.frames[i], plan["ab"][i]) if plan["coloured"][i] else _grey(clip.frames[i]) for i in indices
        ]
        coloured = plan["coloured"][indices]
        return Result(
            frames=np.stack(done),
            mask=np.broadcast_to(coloured[:, None, None], (len(indices), *clip.frames.shape[1:3])).copy(),
            statistics={"coloured": coloured.astype(np.float32), "trust": plan["trust"][indices].astype(np.float32)},
        )


def _forwards(
    lumas: np.ndarray, paths: dict[int, Path], points: dict[int, list[Point]]
) -> tuple[np.ndarray, np.ndarray, dict[int, np.ndarray]]:
    """Colour carried from each coloured frame to those after it, over brightness (n, h, w).

    a and b float16 (n, h, w, 2), trust in them float16 (n, h, w), and a and b of the coloured frames by their number.
    """
    ab, trust = np.zeros((*lumas.shape, 2), np.float16), np.zeros(lumas.shape, np.float16)
    anchors: dict[int, np.ndarray] = {}
    state: _carry.Colour | None = None
    for i, luma in enumerate(lumas):
        if state is not None:
            state = _carry.onto_next(state, lumas[i - 1], luma)
        if i in paths:
            anchors[i] = _reference(paths[i], luma)
        if i in points:
            below = anchors.get(i, None if state is None else state[0])
            anchors[i] = _coloured_by_points(luma, points[i], below)
        if i in anchors:
            state = anchors[i], np.ones(luma.shape, np.float32)
        if state is not None:
            ab[i], trust[i] = state
    return ab, trust, anchors


def _backwards(lumas: np.ndarray, anchors: dict[int, np.ndarray], ab: np.ndarray, trust: np.ndarray) -> None:
    """Carries colour back from the last coloured frame, in place; between two coloured frames it is mixed."""
    start, after = min(anchors), max(anchors)
    state: _carry.Colour | None = None
    for i in range(after, -1, -1):
        if state is None or i in anchors:
            after, state = i, (anchors[i], np.ones(lumas[i].shape, np.float32))
            continue
        state = _carry.onto_next(state, lumas[i + 1], lumas[i])
        if i > start:
            before = max(p for p in anchors if p < i)
            onward = ab[i].astype(np.float32), trust[i].astype(np.float32)
            ab[i], trust[i] = _carry.mixed(onward, state, (i - before) / (after - before))
        else:
            ab[i], trust[i] = state


def _grey(frame: np.ndarray) -> np.ndarray:
    return np.repeat(frame, 3, axis=2) if frame.shape[2] == 1 else frame


def _colour(frame: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """A frame (h, w, c) with the colour planned at a small size, aligned with the frame's own edges."""
    height, width = frame.shape[:2]
    bright = optical_flow.luma(frame)
    small = cv2.resize(bright, ab.shape[1::-1], interpolation=cv2.INTER_AREA)
    colour = ab.astype(np.float32)
    slope, _ = _spread.guided_lines(colour, small, 2, 0.02**2)
    slope, colour, soft = (_enlarged(x, width, height) for x in (slope, colour, small[..., None]))
    # Grain would turn into coloured grain: edges are taken from a slightly softened brightness.
    full = colour + slope * (cv2.GaussianBlur(bright, (0, 0), 1.0)[..., None] - soft)
    return lab.to_rgb(lab.lightness(bright).astype(np.float32), full)


def _enlarged(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """A small picture (h, w, k) at full size."""
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR).reshape(height, width, -1)


def _reference(path: Path, luma: np.ndarray) -> np.ndarray:
    """a, b (h, w, 2) for the frame `luma` from the picture at `path`."""
    picture = references.picture(path, "stages.colorize.references")
    small = cv2.resize(picture, luma.shape[::-1], interpolation=cv2.INTER_AREA)
    return _spread.from_picture(luma, optical_flow.eight_bits(optical_flow.luma(small)), lab.from_rgb(small)[..., 1:])


def _coloured_by_points(luma: np.ndarray, points: list[Point], base: np.ndarray | None) -> np.ndarray:
    """a, b (h, w, 2) of a frame from its points, on top of the colour that it has already."""
    height, width = luma.shape
    size = _size(width, height, SPREAD_WIDTH)
    x, y = np.meshgrid((np.arange(size[0]) + 0.5) / size[0], (np.arange(size[1]) + 0.5) / size[1])
    known = np.full((size[1], size[0], 2), np.nan)
    for px, py, rgb, radius in points:
        away = np.hypot(x - px, (y - py) * height / width)
        inside = (away <= radius) | (away == away.min())
        known[inside] = lab.from_rgb(np.array(rgb))[1:]
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    below = None if base is None else cv2.resize(base, size, interpolation=cv2.INTER_AREA)
    spread = _spread.from_points(small, known, below)
    change = spread if below is None else spread - below
    slope, offset = _spread.guided_lines(change, small.astype(np.float32) / 255, 2, 0.02**2)
    slope, offset = (_enlarged(v, width, height) for v in (slope, offset))
    grown = slope * (luma.astype(np.float32) / 255)[..., None] + offset
    return grown if base is None else base + grown


def _size(width: int, height: int, most: int) -> tuple[int, int]:
    """(width, height) reduced to a width of at most `most`."""
    scale = min(1.0, most / width)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _written(hint: Mapping[str, Any]) -> str:
    """A hint that is a mapping, in its short form."""
    missing = {"frame", "x", "y", "color"} - set(hint)
    if missing or set(hint) - {"frame", "x", "y", "color", "radius"}:
        raise ValueError(f"hint {dict(hint)} must have the keys frame, x, y, color and may have radius")
    tail = f",{hint['radius']}" if "radius" in hint else ""
    return f"{hint['frame']}:{hint['x']},{hint['y']},{hint['color']}{tail}"
