"""Marks: what mattes and people say of pixels, brought to where those pixels are when a stage works on them.

Mattes and regions lie on the source's picture. Stages that ran since may have moved it: each carries the marks along.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from .. import engines
from ..engines import Clip, Measures, PixelEngine
from ..frames.part_file import Reader
from ..runtime.files import read_json

ANY = 0.05
"""Share of a moved pixel that must be marked for it to be repaired: what was blended with a defect is one."""
MOST = 0.5
"""The same for a pixel to be protected."""
FINE = 4
"""Binary digits of a fraction of a pixel when polygons are drawn."""


class Marks:
    """The marks of a film as one part at one stage needs them; `told` is the brief's account of them."""

    def __init__(
        self,
        told: dict[str, Any] | None,
        size: tuple[int, int],
        *,
        matte: Path | None = None,
        followed: Path | None = None,
        measures: list[Path] | None = None,
    ) -> None:
        self._told = told or {"remove": [], "protect": [], "carried": [], "matte": None}
        self._matte = Reader(matte) if matte and self._told["matte"] else None
        self._followed = read_json(followed) if followed else {}
        self._measures = {
            (path.parts[-3], path.stem): dict(np.load(path)) for path in measures or [] if self._told["carried"]
        }
        self._steps: dict[tuple[int, int], tuple[PixelEngine, Measures] | None] = {}
        scale = int(np.prod([step["scale"] for step in self._told["carried"]], dtype=int))
        self._size = size[0] // scale, size[1] // scale

    @property
    def edges(self) -> set[int]:
        """The frames at which a region to remove begins to hold, or ceases to."""
        return {self._followed[name][key] for name in self._told["remove"] for key in ("start", "stop")}

    def of(self, shot: int, low: int, high: int, core: slice) -> tuple[np.ndarray | None, np.ndarray | None]:
        """What must be repaired and what must stay, each bool (n, h, w) or None, in frames low..high of one shot.

        `shot` is the shot's place among those that the part touches. The core frames lie on one side of each edge:
        beside them a region is marked beyond its own frames, too, so that what it hides is not copied from there.
        """
        marked = self._drawn(self._told["remove"], low, high, core)
        if self._matte is not None:
            matte = self._matte.integers(low, high)[:, 0] > 0
            marked = matte if marked is None else marked | matte
        protected = self._drawn(self._told["protect"], low, high, None)
        marked, protected = (
            None if masks is None else self._carried(shot, masks, low) > least
            for masks, least in ((marked, ANY), (protected, MOST))
        )
        if marked is not None and protected is not None:
            marked &= ~protected
        return marked, protected

    def _drawn(self, names: list[str], low: int, high: int, core: slice | None) -> np.ndarray | None:
        """The regions of those names in frames low..high; beyond their own frames where they hold for the core."""
        masks: np.ndarray | None = None
        for name in names:
            region = self._followed[name]
            first, start, stop = region["first"], region["start"], region["stop"]
            if core is not None and start <= low + core.start and low + core.stop <= stop:
                start, stop = first, first + len(region["corners"])
            for frame in range(max(low, start), min(high, stop)):
                if masks is None:
                    masks = np.zeros((high - low, *self._size), bool)
                masks[frame - low] |= drawn(np.array(region["corners"][frame - first]), *self._size)
        return masks

    def _carried(self, shot: int, masks: np.ndarray, start: int) -> np.ndarray:
        """Masks (n, h, w) of frames from `start` on through the stages since the source: 0..1."""
        moved = masks[..., None].astype(np.float32)
        for index in range(len(self._told["carried"])):
            step = self._step(index, shot)
            if step is not None:
                engine, plan = step
                row = self._told["carried"][index]["spans"][shot]
                shown = {key: value[start - row["start"] :][: len(moved)] for key, value in plan.items()}
                moved = engine.warp_mask(Clip(frames=moved, core=slice(0, len(moved)), first=start, plan=shown))
        return moved[..., 0]

    def _step(self, index: int, shot: int) -> tuple[PixelEngine, Measures] | None:
        """The engine of a stage that moves the picture, and its plan for a shot; None where it was left out."""
        if (index, shot) not in self._steps:
            told = self._told["carried"][index]
            row = told["spans"][shot]
            self._steps[index, shot] = None
            if row["options"] is not None:
                engine = engines.load(told["stage"], told["engine"], **row["options"])
                plan: Measures = {}
                if engine.card.measured:
                    measured = self._measures[told["edition"], told["stage"]]
                    own = {key: value[row["start"] : row["stop"]] for key, value in measured.items()}
                    plan = engine.plan(own, first=row["start"])
                self._steps[index, shot] = engine, plan
        return self._steps[index, shot]


def drawn(corners: np.ndarray, height: int, width: int) -> np.ndarray:
    """The pixels of a polygon with these corners (k, 2), its edge included: bool (height, width)."""
    picture = np.zeros((height, width), np.uint8)
    points = np.rint(np.clip(corners, -1e5, 1e5) * (1 << FINE)).astype(np.int32)
    cv2.fillPoly(picture, [points], 1, shift=FINE)
    return picture > 0
