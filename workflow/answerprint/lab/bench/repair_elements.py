"""Rows of the repair bench on a film of which there is a second print: what it adds, and what it lends wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ...engines import Element, PixelEngine
from ...film import element_time
from ...film.element_time import ABSENT, Placement
from ...film.proxies import PROXY
from ...film.shots import Transition, from_starts
from ...frames.optical_flow import eight_bits
from ..damage import Damage, damage
from . import repair_clips
from .repair_clips import CROWD, DRAGON, FLIGHT, MOVED, RABBIT, SEED, Tally
from .repair_peers import Peers
from .repair_rows import Row, format_values, loaded_engines

SHOTS = (CROWD, FLIGHT, DRAGON, RABBIT)
FRAMES, LATE = 32, 9
"""Frames of each shot, and how many the second print lacks at the film's beginning."""
REPAIRED, SCORED = slice(18, 28), slice(1, -1)
"""Frames of each shot that are repaired, and which of these are scored."""
WEAR = Damage(weave=0.8, tilt=0.05, flicker=0.04, grain=0.015, vignette=0.2)
CROP, LARGER, CONTRAST = (0.03, 0.97, 0.02, 0.99), 1.1, 1.2
"""What a scan of the print shows of the picture (top, bottom, left, right), its size, and the exponent of its light."""


@dataclass(frozen=True, kw_only=True)
class TwoPrints:
    """A film, the same with dirt in every frame, and a second print of it that has other dirt: float32 (n, h, w, 1)."""

    clean: np.ndarray
    dirty: np.ndarray
    second: np.ndarray

    def placed(self) -> Placement:
        """Which frame of the print shows each of the film's, as the workflow finds it."""
        dirty, second = (np.stack([_proxy(frame) for frame in film]) for film in (self.dirty, self.second))
        cuts: dict[int, Transition] = {FRAMES * k: "cut" for k in range(1, len(SHOTS))}
        return element_time.place(dirty, second, from_starts(cuts, len(self.clean)))

    def lender(self, frames: np.ndarray) -> Element:
        """What these frames of the print show, black where they are ABSENT."""
        return Element(frames=self.second[np.maximum(frames, 0)], present=frames != ABSENT)


@dataclass(kw_only=True)
class Loans:
    """What one engine repairs, alone and with the print."""

    alone: Tally
    both: Tally
    errors: np.ndarray
    """Of the pixels that were lent, the sums of squared errors alone and with the print."""
    lent: int = 0
    repaired: int = 0
    wrong: int = 0


def second_prints(media: Path, peers: Peers) -> Iterator[Row]:
    """A film with dirt in every frame and a second print with other dirt, other light, weave, and a beginning lost."""
    film = two_prints(media)
    after = film.placed().frames
    known, right = after != ABSENT, after == np.arange(len(after)) - LATE
    placed = f"{100 * known[LATE:].mean():.0f} %, {100 * (known & ~right).sum() / max(known.sum(), 1):.1f} % wrongly"
    what = "dirt in every frame, and a second print with other dirt, light, crop and weave"
    yield f"{what}: frames of it that are placed", "", "", placed, ""
    loaded, missing = loaded_engines("clean")
    loans = {name: _loans(engine, film, after) for name, engine in loaded.items()}
    rows = {
        "- gain of PSNR inside the damaged areas": {
            name: f"{one.both.gain:+.1f} dB, {one.alone.gain:+.1f} without the print" for name, one in loans.items()
        },
        "- PSNR of the pixels that are lent": {
            name: f"{_psnr(one, 1):.1f} dB, {_psnr(one, 0):.1f} without the print" for name, one in loans.items()
        },
        "- of the repaired pixels, lent; of these, wrongly": {
            name: f"{100 * one.lent / max(one.repaired, 1):.0f} %; {100 * one.wrong / max(one.lent, 1):.1f} %"
            for name, one in loans.items()
        },
    }
    for title, values in rows.items():
        yield title, "", "", format_values(values, missing), ""


def two_prints(media: Path) -> TwoPrints:
    """A film of some shots, dirty, and its second print. Raises FilmError if the footage is missing."""
    clean = np.concatenate([repair_clips.frames(media, one, FRAMES) for one in SHOTS])
    worn = np.clip(damage(_scanned(clean[LATE:]), WEAR, SEED)[0], 0, 1)
    dirty, second = (
        repair_clips.add_dirt(media, film, seed, 1.0)
        for film, seed in ((clean, SEED), (repair_clips.to_8_bits(worn), SEED + 100))
    )
    return TwoPrints(clean=clean, dirty=dirty, second=second)


def _scanned(frames: np.ndarray) -> np.ndarray:
    """What a scan with another crop and contrast shows of frames."""
    height, width = frames.shape[1:3]
    top, bottom, left, right = (round(share * n) for share, n in zip(CROP, (height, height, width, width), strict=True))
    size = round(LARGER * (right - left)), round(LARGER * (bottom - top))
    scan = [cv2.resize(one[top:bottom, left:right], size, interpolation=cv2.INTER_CUBIC) for one in frames]
    return (np.clip(np.stack(scan), 0, 1) ** np.float32(CONTRAST))[..., None]


def _proxy(frame: np.ndarray) -> np.ndarray:
    small = cv2.resize(eight_bits(frame[..., 0]), PROXY, interpolation=cv2.INTER_AREA)
    return np.repeat(small[..., None], 3, axis=2)


def _loans(engine: PixelEngine, film: TwoPrints, places: np.ndarray) -> Loans:
    """Some frames of each shot, repaired with and without the print."""
    loans = Loans(alone=Tally(), both=Tally(), errors=np.zeros(2))
    for start in range(0, len(film.clean), FRAMES):
        clean, dirty, frames = (values[start:][REPAIRED] for values in (film.clean, film.dirty, places))
        alone = engine.run(engine.clip(dirty))
        both = engine.run(engine.clip(dirty, elements=(film.lender(frames),)))
        assert alone.mask is not None and both.mask is not None and both.lent is not None
        errors = []
        for tally, result, mask in ((loans.alone, alone, alone.mask), (loans.both, both, both.mask)):
            tally.add(clean[SCORED], dirty[SCORED], result.frames[SCORED], mask[SCORED])
            errors.append(np.abs(result.frames - clean)[SCORED, ..., 0])
        lent = both.lent[SCORED]
        loans.errors += [np.square(error[lent], dtype=float).sum() for error in errors]
        loans.lent, loans.repaired = loans.lent + int(lent.sum()), loans.repaired + int(both.mask[SCORED].sum())
        loans.wrong += int((lent & (errors[1] > MOVED) & (errors[1] > errors[0] + MOVED)).sum())
    return loans


def _psnr(loans: Loans, which: int) -> float:
    return float(-10 * np.log10(max(loans.errors[which] / max(loans.lent, 1), 1e-10)))
