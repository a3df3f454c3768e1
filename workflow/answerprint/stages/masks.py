"""Masks of what mattes and people have marked, at the places where a stage finds those pixels.

Mattes and regions are drawn on the source's picture. Each stage that has moved or enlarged it since warps the masks.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from .. import engines
from ..engines import Clip, Measures, PixelEngine
from ..frames.part_file import FrameFormat, Reader
from ..plan.fingerprint import Marks
from ..runtime.files import read_json
from . import measures

REPAIRED = 0.05
"""Share of a warped pixel that must be marked for it to be repaired: a pixel blended with a defect is a defect."""
PROTECTED = 0.5
"""The same for a pixel to be protected."""
FRACTION_BITS = 4
"""Polygons are drawn in steps of 1/16 of a pixel."""


class Masks:
    """The masks of a film for one part at one stage."""

    def __init__(
        self,
        marks: Marks | None,
        format: FrameFormat,
        *,
        matte: Path | None = None,
        regions: Path | None = None,
        measured: Sequence[Path] = (),
    ) -> None:
        self._marks = marks or Marks(matte="", remove=(), protect=(), carriers=())
        self._matte = Reader(matte) if matte and self._marks.matte else None
        self._regions = read_json(regions) if regions else {}
        self._measures = {(path.parts[-3], path.stem): path for path in measured}
        self._plans: dict[tuple[int, int], tuple[PixelEngine, Measures] | None] = {}
        self._size = self._marks.size if self._marks.carriers else (format.height, format.width)

    @property
    def any(self) -> bool:
        """Whether anything is marked in the part."""
        return self._matte is not None or bool(self._marks.remove or self._marks.protect)

    @property
    def edges(self) -> set[int]:
        """The frames at which a region to remove begins or ends."""
        return {self._regions[name][key] for name in self._marks.remove for key in ("start", "stop")}

    def of(self, shot: int, low: int, high: int, core: slice) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Pixels to repair and pixels to protect in frames low..high of one shot, each bool (n, h, w) or None.

        `shot` is the shot's index among those that the part touches. No edge lies within the core frames. A region is
        also marked in the neighbouring frames, so that the thing to remove is not copied from there.
        """
        marked = self._polygons(self._marks.remove, low, high, core)
        if self._matte is not None:
            matte = self._matte.integers(low, high)[:, 0] > 0
            marked = matte if marked is None else marked | matte
        protected = self._polygons(self._marks.protect, low, high, None)
        marked, protected = (
            None if masks is None else self._carried(shot, masks, low) > least
            for masks, least in ((marked, REPAIRED), (protected, PROTECTED))
        )
        if marked is not None and protected is not None:
            marked &= ~protected
        return marked, protected

    def _polygons(self, names: Sequence[str], low: int, high: int, core: slice | None) -> np.ndarray | None:
        """The regions with these names in frames low..high; if they hold in the core, in the frames beside it too."""
        masks: np.ndarray | None = None
        for name in names:
            region = self._regions[name]
            first, start, stop = region["first"], region["start"], region["stop"]
            if core is not None and start <= low + core.start and low + core.stop <= stop:
                start, stop = first, first + len(region["corners"])
            for frame in range(max(low, start), min(high, stop)):
                if masks is None:
                    masks = np.zeros((high - low, *self._size), bool)
                masks[frame - low] |= polygon_mask(np.array(region["corners"][frame - first]), *self._size)
        return masks

    def _carried(self, shot: int, masks: np.ndarray, start: int) -> np.ndarray:
        """Masks (n, h, w) of frames from `start` on, warped by the stages since the source: 0..1."""
        moved = masks[..., None].astype(np.float32)
        for index, carrier in enumerate(self._marks.carriers):
            planned = self._plan(index, shot)
            if planned is not None:
                engine, plan = planned
                offset = start - carrier.spans[shot].start
                of_frames = {name: values[offset:][: len(moved)] for name, values in plan.items()}
                aspect = Fraction(carrier.pixel_aspect)
                whole = slice(0, len(moved))
                clip = Clip(frames=moved, core=whole, first=start, plan=of_frames, pixel_aspect=aspect)
                moved = engine.warp_mask(clip)
        return moved[..., 0]

    def _plan(self, index: int, shot: int) -> tuple[PixelEngine, Measures] | None:
        """The engine of a carrier and its plan for a shot; None where the stage is left out."""
        if (index, shot) not in self._plans:
            carrier = self._marks.carriers[index]
            span = carrier.spans[shot]
            self._plans[index, shot] = None
            if span.options is not None:
                engine = engines.load(carrier.stage, carrier.engine, **span.options)
                plan: Measures = {}
                if engine.card.measured:
                    in_shot = measures.between(self._measures[carrier.edition, carrier.stage], span.start, span.stop)
                    plan = engine.plan(in_shot, first=span.start)
                self._plans[index, shot] = engine, plan
        return self._plans[index, shot]


def polygon_mask(corners: np.ndarray, height: int, width: int) -> np.ndarray:
    """The pixels of the polygon with these corners (k, 2), including its edge: bool (height, width)."""
    picture = np.zeros((height, width), np.uint8)
    points = np.rint(np.clip(corners, -1e5, 1e5) * (1 << FRACTION_BITS)).astype(np.int32)
    cv2.fillPoly(picture, [points], 1, shift=FRACTION_BITS)
    return picture > 0
