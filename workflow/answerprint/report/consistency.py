"""How much of an enlarged picture the film shows and how much was added: in numbers by shot, and as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..engines.upscale._reduction import reduce
from ..engines.upscale._resampling import resized
from ..frames.optical_flow import luma
from . import series
from .formatting import percent
from .values import Edition

STATISTICS = ("agreement", "added", "residue")
"""What an enlarging engine says of each frame: see `engines/upscale/_consistency.py`."""
GAIN = 16
"""How many times a difference is shown: one step of 255 is then well seen, and eight are black or white."""


@dataclass(frozen=True, kw_only=True)
class Consistency:
    """Of some frames of an enlarged edition, in the mean."""

    agreement: float
    """The share, 0..1, of the energy of what was enlarged in which the result, reduced again, agrees with it."""
    added: float
    """The share of the result's energy that no picture of the smaller size can show: the model's."""
    residue: float
    """The difference to what was enlarged, once reduced again; a share of white."""


@dataclass(frozen=True, kw_only=True)
class Enlarged:
    """What a stage that enlarges did in an edition."""

    stage: str
    whole: Consistency
    shots: Mapping[int, Consistency]
    """By the number of the shot, from 1."""

    @property
    def sentence(self) -> str:
        """How much agrees and how much was added, in words."""
        shares = sorted(numbers.added for numbers in self.shots.values())
        spread = f", by shot {percent(shares[0])} to {percent(shares[-1])}" if len(shares) > 1 else ""
        agrees, added = percent(self.whole.agreement), percent(self.whole.added)
        return (
            f"Reduced again, the result agrees with what was enlarged in {agrees} of its energy; {added} of its own is "
            f"detail that was added{spread}."
        )


def enlarged(edition: Edition, shots: Sequence[Mapping[str, Any]], frames: int) -> Iterator[Enlarged]:
    """What each stage that an edition adds and that enlarges did; `shots`: the content of shots.json."""
    for stage in edition.added:
        columns = series.by_frame([record for record in edition.own_records if record["stage"] == stage], frames)
        if not all(name in columns for name in STATISTICS):
            continue
        by_shot = {
            number: _mean(columns, int(shot["start"]), int(shot["stop"])) for number, shot in enumerate(shots, 1)
        }
        known = {number: numbers for number, numbers in by_shot.items() if numbers}
        whole = _mean(columns, 0, frames)
        if whole:
            yield Enlarged(stage=stage, whole=whole, shots=known)


def _mean(columns: Mapping[str, np.ndarray], start: int, stop: int) -> Consistency | None:
    """The means over the frames of a run that have numbers; None where none has."""
    values = {name: columns[name][start:stop] for name in STATISTICS}
    if not all(np.isfinite(numbers).any() for numbers in values.values()):
        return None
    return Consistency(**{name: float(np.nanmean(numbers)) for name, numbers in values.items()})


def difference(larger: np.ndarray, source: np.ndarray) -> np.ndarray:
    """What an enlarged frame (H, W, c), reduced again, differs by from its source (h, w, c), in brightness.

    float32 (h, w, 1), 0..1: a middle grey where they agree, lighter where the enlarged one is lighter, GAIN times.
    """
    height, width = source.shape[:2]
    scale = max(1, larger.shape[0] // height)
    bright = luma(larger)
    whole = larger.shape[:2] == (height * scale, width * scale)
    # The same cubic; where frames are a whole number of times as large it needs no torch.
    reduced = reduce(bright, scale) if whole else resized(bright, height, width)
    return np.clip(0.5 + GAIN * (reduced - luma(source)), 0, 1)[..., None]
