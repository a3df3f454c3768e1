"""What the engines that colour a shot share: how planned colour comes onto frames, whose luma stays bit for bit."""

from __future__ import annotations

import dataclasses
from typing import Any

import cv2
import numpy as np

from ...frames import lab, optical_flow
from .. import Clip, PixelEngine, Result, references
from . import _said, _spread
from ._options import HintsOptions

WIDTH = 256
"""Colour is planned at this width: the eye, like every video format, sees colour far less sharply than brightness."""


class ShotColour(PixelEngine):
    """An engine whose plan of a shot says `coloured` bool (n,), `ab` (n, h, w, 2) and the `trust` in it (n, h, w)."""

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
        assert isinstance(engine, ShotColour)
        return engine.run(engine.clip(frames)).frames

    def lumas(self, clip: Clip) -> np.ndarray:
        """Brightness of each core frame, uint8 (core, h, w), at most WIDTH pixels wide."""
        height, width = clip.frames.shape[1:3]
        size = _said.size_within(width, height, WIDTH)
        small = [
            cv2.resize(optical_flow.luma(clip.frames[i]), size, interpolation=cv2.INTER_AREA) for i in clip.indices
        ]
        return np.stack([optical_flow.eight_bits(image) for image in small])

    def run(self, clip: Clip) -> Result:
        """The core frames in three channels; statistics: `coloured`, 1 or 0, and `trust` in carried colour, 0..1."""
        plan, indices = clip.plan, list(clip.indices)
        coloured = plan["coloured"][indices]
        done = [
            _colour(clip.frames[i], plan["ab"][i], clip.depth) if plan["coloured"][i] else _grey(clip.frames[i])
            for i in indices
        ]
        trust = plan["trust"][indices].astype(np.float32) if coloured.any() else np.zeros((len(indices), 1, 1))
        return Result(
            frames=np.stack(done),
            mask=np.broadcast_to(coloured[:, None, None], (len(indices), *clip.frames.shape[1:3])).copy(),
            statistics={"coloured": coloured.astype(np.float32), "trust": trust.mean(axis=(1, 2), dtype=np.float32)},
            confidence=trust,
        )


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
