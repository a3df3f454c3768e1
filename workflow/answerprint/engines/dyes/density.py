"""Gives faded dyes back their density: one share a layer for the shot, with side absorptions, even or not.

Measured: densities at points of each frame. Planned: what is left of each layer, from what should be neutral, or from a
picture that shows the true colours. Applied: each pixel's amounts of dye, divided by what is left of them there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import cv2
import numpy as np

from .. import Card, Clip, Measures, PixelEngine, Result, file_option, references
from . import _density, _fade

ROWS, COLUMNS = 16, 24
"""Points of a frame whose density is measured, each the mean of a sixteenth of its cell: means of whole cells would mix
neutral things with their surroundings."""
Stock = Literal["any", "eastman_to_1982", "eastman_from_1983", "agfa_orwo"]


@dataclass(frozen=True, kw_only=True)
class DensityOptions:
    """What is known of a film's dyes; whatever is not said is measured."""

    strength: float = 1.0
    """Share of the fade that is undone, 0..1, in density."""
    cyan: float = 0.0
    """Share of the cyan dye that is left, 0.1..1.5; 0: measured."""
    magenta: float = 0.0
    """Share of the magenta dye that is left, 0.1..1.5; 0: measured."""
    yellow: float = 0.0
    """Share of the yellow dye that is left, 0.1..1.5; 0: measured."""
    stock: Stock = "any"
    """Where measuring begins: any (from the shot itself), or what is usual of a stock. Shots are then corrected even
    where they do not look faded."""
    references: tuple[str, ...] = file_option(())
    """Pictures with the true colours as "FRAME=path" (a photograph, another print of the shot), FRAME the film's frame
    that it resembles; or {FRAME: path}. It need not be aligned."""
    uneven: bool = True
    """Whether fading that differs smoothly across the picture is measured and undone as well."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "references", references.written(self.references))
        references.by_frame(self.references)
        if not 0 <= self.strength <= 1:
            raise ValueError(f"strength must be within 0..1, not {self.strength}")
        for name in ("cyan", "magenta", "yellow"):
            if getattr(self, name) and not _fade.LEAST <= getattr(self, name) <= _fade.MOST:
                raise ValueError(f"{name} must be 0, or within {_fade.LEAST}..{_fade.MOST}, not {getattr(self, name)}")
        if self.stock not in get_args(Stock):
            raise ValueError(f"stock must be one of {', '.join(get_args(Stock))}, not {self.stock}")


class Density(PixelEngine):
    """Undoes dye fade in printing density."""

    card = Card(
        stage="dyes",
        name="density",
        kind="repair",
        summary="dye fade undone in printing density, from what should be neutral or from a reference picture",
        paper="Gschwind and Frey, Electronic Imaging, a Tool for the Reconstruction of Faded Color Photographs, "
        "J. Imaging Science and Technology 38, 1994",
        licence="Apache-2.0",
        cost=0.1,
        memory=60,
        measured=True,
        warning=(
            "clear",
            "show hardly anything neutral: their fade is undone in part. Say what is left, or give a reference.",
        ),
    )
    Options = DensityOptions
    options: DensityOptions

    def load(self) -> None:
        """Raises FilmError if a reference picture is missing."""
        for path in references.by_frame(self.options.references).values():
            if not path.is_file():
                raise references.unreadable(path, "stages.dyes.references")

    def measure(self, clip: Clip) -> Measures:
        """`densities`: of 384 points of each core frame, float16 (core, 384, 3)."""
        return {"densities": np.stack([sampled(clip.frames[index]) for index in clip.indices])}

    def plan(self, measures: Measures, *, first: int) -> Measures:
        """`left`, `stain` (n, 3), `field` (n, 5, 3), whether to `touch` a frame, `doubt`: the same for all a shot."""
        densities = measures["densities"]
        chosen = densities[_fade.spread_frames(len(densities))].astype(np.float64)
        left, stain, touch, doubt = self._faded(chosen, densities, first)
        field = np.zeros((_fade.TERMS, 3))
        if touch and self.options.uneven:
            field = _fade.uneven(chosen, _fade.powers(*_grid(ROWS, COLUMNS)).reshape(-1, _fade.TERMS), left)
        values = {"left": left, "stain": stain, "field": field, "touch": np.array(touch)} | {"doubt": np.array(doubt)}
        return {name: np.repeat(value[None], len(densities), axis=0) for name, value in values.items()}

    def _faded(
        self, chosen: np.ndarray, densities: np.ndarray, first: int
    ) -> tuple[np.ndarray, np.ndarray, bool, bool]:
        """Shares left and stain of a shot, whether it is to be corrected, and whether what is neutral is in doubt."""
        said = np.array([self.options.cyan, self.options.magenta, self.options.yellow])
        shown = {frame - first: path for frame, path in references.by_frame(self.options.references).items()}
        shown = {index: path for index, path in shown.items() if 0 <= index < len(densities)}
        stain, doubt = np.zeros(3), False
        if said.all():
            return said, stain, not np.array_equal(said, np.ones(3)), doubt
        if shown:
            pictures = {index: references.picture(path, "stages.dyes.references") for index, path in shown.items()}
            fits = [
                _fade.from_reference(densities[index].astype(np.float64), sampled(picture).astype(np.float64))
                for index, picture in pictures.items()
            ]
            left, stain = (np.mean(values, axis=0) for values in zip(*fits, strict=True))
            touch = True
        else:
            flat = chosen.reshape(-1, 3)
            usual = _fade.STOCKS.get(self.options.stock)
            left, doubt = _fade.fitted_with_doubt(flat, None if usual is None else np.array(usual))
            touch = usual is not None or bool(said.any()) or bool(_fade.judged([flat]).min() < _fade.FADED)
        return np.where(said > 0, said, left), stain, touch, doubt and touch

    def run(self, clip: Clip) -> Result:
        """The core frames with their dyes restored; statistics: shares of `cyan`, `magenta` and `yellow` left.

        And `clear`, 0 where hardly anything is neutral, so that the fade is undone in part.
        """
        plan = {name: values[clip.core] for name, values in clip.plan.items()}
        frames = clip.frames[clip.core].copy()
        touch = plan["touch"].astype(bool)
        if frames.shape[3] == 1:
            touch = np.zeros_like(touch)
        for row in np.flatnonzero(touch):
            share = _share_left(plan["left"][row], plan["field"][row], frames.shape[1:3]) ** np.float32(
                self.options.strength
            )
            dyes = _density.amounts(_density.of_frames(frames[row]))
            dyes = (dyes - np.float32(self.options.strength) * plan["stain"][row].astype(np.float32)) / share
            frames[row] = _density.to_frames(_density.of_amounts(dyes))
        mask = np.broadcast_to(touch[:, None, None], frames.shape[:3]).copy()
        left = np.where(touch[:, None], plan["left"], 1.0)
        names = ("cyan", "magenta", "yellow")
        statistics = dict(zip(names, left.T, strict=True)) | {"clear": 1.0 - plan["doubt"]}
        return Result(frames=frames, mask=mask, statistics=statistics)


def sampled(frame: np.ndarray) -> np.ndarray:
    """Densities float16 (384, 3) at points of a frame (h, w, 1 or 3)."""
    small = cv2.resize(frame, (4 * COLUMNS, 4 * ROWS), interpolation=cv2.INTER_AREA).reshape(4 * ROWS, 4 * COLUMNS, -1)
    points = _density.of_frames(small[1::4, 1::4])
    return np.broadcast_to(points, (ROWS, COLUMNS, 3)).reshape(-1, 3).astype(np.float16)


@lru_cache(maxsize=4)
def _grid(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """x and y, -1..1, at the middle of each cell of a picture: (rows, columns) each."""
    y, x = np.meshgrid(*((np.arange(n) + 0.5) / n * 2 - 1 for n in (rows, columns)), indexing="ij")
    return x, y


def _share_left(left: np.ndarray, field: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """What is left of each dye at each pixel (h, w, 3), or (3,) where it is the same everywhere, float32."""
    if not field.any():
        return left.astype(np.float32)
    x, y = (axis.astype(np.float32) for axis in _grid(shape[0], shape[1]))
    terms = np.moveaxis(_fade.powers(x, y), -1, 0)
    logs = [sum(float(share) * term for share, term in zip(layer, terms, strict=True)) for layer in field.T]
    return (left * np.exp(np.clip(np.stack(logs, axis=-1), -1.0, 1.0))).astype(np.float32)
