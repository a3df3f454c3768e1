"""Colour from a person's hints: coloured frames and points of colour, carried through the shot by optical flow."""

from __future__ import annotations

import dataclasses
from typing import Any

import cv2
import numpy as np

from ...frames import lab, optical_flow
from .. import Card, Clip, Measures, PixelEngine, Result, references
from . import _carry, _said, _spread
from ._options import HintsOptions

WIDTH = 256
"""Colour is planned at this width: the eye, like every video format, sees colour far less sharply than brightness."""


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
        needs_any=("references", "hints"),
        warning=("coloured", "stay grey: there are no reference frames or hints for them."),
    )
    Options = HintsOptions
    options: HintsOptions

    def load(self) -> None:
        """Raises FilmError if a picture is missing."""
        options = self.options
        for path in (*options.paths().values(), *options.painted().values(), *options.likenesses()):
            if not path.is_file():
                raise references.unreadable(path, "stages.colorize")

    def __call__(self, frames: np.ndarray, hints: tuple[Any, ...] | list[Any] = ()) -> np.ndarray:
        """The frames of one shot, coloured by the engine's options and `hints`: float32 (n, h, w, 3)."""
        options = dataclasses.replace(self.options, hints=(*self.options.hints, *hints))
        engine = self.with_options(options)
        assert isinstance(engine, Hints)
        return engine.run(engine.clip(frames)).frames

    def measure(self, clip: Clip) -> Measures:
        """`luma`: brightness of each core frame, uint8 (core, h, w), at most 256 pixels wide."""
        height, width = clip.frames.shape[1:3]
        size = _said.size_within(width, height, WIDTH)
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
        pictures = _said.pictures(self.options, frames, lumas)
        marks = _said.marks(self.options, frames, lumas.shape[1:])
        if not pictures and not marks:
            return {"coloured": np.zeros(len(lumas), bool), "trust": np.zeros(len(lumas), np.float32)}
        ab, trust, anchors = _forwards(lumas, pictures, marks)
        _backwards(lumas, anchors, ab, trust)
        return {"coloured": np.ones(len(lumas), bool), "trust": trust.mean(axis=(1, 2), dtype=np.float32), "ab": ab}

    def run(self, clip: Clip) -> Result:
        """The core frames in three channels; statistics: `coloured`, 1 or 0, and `trust` in carried colour, 0..1."""
        plan, indices = clip.plan, list(clip.indices)
        done = [
            _colour(clip.frames[i], plan["ab"][i], clip.depth) if plan["coloured"][i] else _grey(clip.frames[i])
            for i in indices
        ]
        coloured = plan["coloured"][indices]
        return Result(
            frames=np.stack(done),
            mask=np.broadcast_to(coloured[:, None, None], (len(indices), *clip.frames.shape[1:3])).copy(),
            statistics={"coloured": coloured.astype(np.float32), "trust": plan["trust"][indices].astype(np.float32)},
        )


def _forwards(
    lumas: np.ndarray, pictures: dict[int, _carry.Colour], marks: dict[int, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, dict[int, _carry.Colour]]:
    """Colour carried from each coloured frame to those after it, over brightness (n, h, w).

    a and b float16 (n, h, w, 2), trust in them float16 (n, h, w), and the colour of the coloured frames by number.
    """
    ab, trust = np.zeros((*lumas.shape, 2), np.float16), np.zeros(lumas.shape, np.float16)
    anchors: dict[int, _carry.Colour] = {}
    state: _carry.Colour | None = None
    for i, luma in enumerate(lumas):
        if state is not None:
            state = _carry.onto_next(state, lumas[i - 1], luma)
        if i in pictures:
            anchors[i] = pictures[i]
        if i in marks:
            below = anchors.get(i, state)
            painted = _said.coloured_by_marks(luma, marks[i], None if below is None else below[0])
            anchors[i] = painted, np.ones(luma.shape, np.float32)
        state = anchors.get(i, state)
        if state is not None:
            ab[i], trust[i] = state
    return ab, trust, anchors


def _backwards(lumas: np.ndarray, anchors: dict[int, _carry.Colour], ab: np.ndarray, trust: np.ndarray) -> None:
    """Carries colour back from the last coloured frame, in place; between two coloured frames it is mixed."""
    start, after = min(anchors), max(anchors)
    state: _carry.Colour | None = None
    for i in range(after, -1, -1):
        if state is None or i in anchors:
            after, state = i, anchors[i]
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


def _colour(frame: np.ndarray, ab: np.ndarray, depth: int) -> np.ndarray:
    """A frame (h, w, c) with the colour planned at a small size, aligned with the frame's own edges.

    In `depth` bits it has the brightness of the frame exactly.
    """
    height, width = frame.shape[:2]
    bright = optical_flow.luma(frame)
    small = cv2.resize(bright, ab.shape[1::-1], interpolation=cv2.INTER_AREA)
    colour = ab.astype(np.float32)
    slope, _ = _spread.guided_lines(colour, small, 2, 0.02**2)
    slope, colour, soft = (_said.enlarged(x, width, height) for x in (slope, colour, small[..., None]))
    # Grain would turn into coloured grain: edges are taken from a slightly softened brightness.
    full = colour + slope * (cv2.GaussianBlur(bright, (0, 0), 1.0)[..., None] - soft)
    return lab.with_luma(lab.of_luma(bright, full), bright, depth)
