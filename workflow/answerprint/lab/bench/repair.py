"""The repair bench: measures repair on damage of known truth, next to free tools on the same clips, as one table."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np

from ...runtime.errors import FilmError
from ..damage import Damage, damage
from . import repair_clips, repair_peers
from .repair_clips import LIMBS, MOVING, SEED, Tally
from .repair_fields import deinterlacing
from .repair_rows import Row, best_of, format_best, format_values, loaded_engines
from .repair_steady import fades, flicker, grain, single, weave
from .repair_tape import dropouts, signals

FRAMES = 16
"""Frames of each clip."""
MOTION = 0.1
"""A pixel moves if it differs by more than this, of 1, from the frame before."""
INSIDE, ENDS = slice(1, -1), slice(None, None, FRAMES - 1)
"""Frames with neighbours on both sides, and those without; scored apart, because real shots are longer than clips."""


def table(media: Path, speed: Callable[[], Row], cores: int) -> str:
    """The table as Markdown; rows without footage on this machine are skipped with a reason.

    `speed` restores a film and returns the row with its speed.
    """
    steady, tape = (weave, flicker, fades, grain, single, deinterlacing), (dropouts, signals)
    parts = (_spots, _scratches, _untouched, _limbs, *steady, *tape)
    rows = [row for part in parts for row in _skipping(part, media)]
    lines = ["| what | at least | aim | found | peers |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in [*rows, speed()]]
    where = f"{date.today():%d %B %Y}, {cores} cores, {platform.machine()}, no GPU"
    return f"Measured {where}; seeds from {SEED} on.\n\n" + "\n".join(lines) + "\n"


def _skipping(part: Callable[[Path], Iterator[Row]], media: Path) -> Iterator[Row]:
    try:
        yield from part(media)
    except (FilmError, FileNotFoundError) as error:
        yield part.__name__.strip("_"), "", "", f"skipped: {error}".replace("\n", " "), ""


def _spots(media: Path) -> Iterator[Row]:
    """Dirt on single frames: how well it is detected, and what the repair gains."""
    clean = [repair_clips.frames(media, one, FRAMES) for one in MOVING]
    for share, where in ((0.25, "in one frame of four"), (1.0, "in every frame")):
        dirty = [repair_clips.add_dirt(media, film, SEED + k, share) for k, film in enumerate(clean)]
        what = f"mattes of dirt, hair, lint, dots, smut, spots {where}"
        yield from _detection(what, clean, dirty, ("0.88", "0.95"))
    yield from _detection("the same at the ends of shots", clean, dirty, ("", ""), ENDS)


def _scratches(media: Path) -> Iterator[Row]:
    """Persistent vertical scratches, and the broken scuffs of the mattes."""
    clean = [repair_clips.frames(media, one, FRAMES) for one in MOVING]
    drawn = [repair_clips.to_8_bits(damage(film, Damage(scratches=3.0), SEED + k)[0]) for k, film in enumerate(clean)]
    yield from _detection("scratches, persistent and wavering", clean, drawn, ("0.70", "0.85"), slice(None))
    scuffed = [repair_clips.add_dirt(media, film, SEED + k, 0.25, ("scratches",)) for k, film in enumerate(clean)]
    yield from _detection("mattes of scratches (broken scuffs) in one frame of four", clean, scuffed, ("", ""))


def _detection(
    what: str,
    clean: list[np.ndarray],
    damaged: list[np.ndarray],
    limits: tuple[str, str],
    place: slice = INSIDE,
) -> Iterator[Row]:
    loaded, missing = loaded_engines("clean")

    def tallied(run: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]) -> Tally:
        tally = Tally()
        for film, worn in zip(clean, damaged, strict=True):
            repaired, mask = run(worn)
            tally.add(film[place], worn[place], repaired[place], mask[place])
        return tally

    @cache
    def peer_tally(settings: str) -> Tally:
        def run(worn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            after = repair_peers.filtered(worn, settings)
            return after, repair_clips.changed_mask(worn, after)

        return tallied(run)

    tallies = {name: tallied(engine.repair) for name, engine in loaded.items()}
    scores = {name: f"{tally.score:.3f}" for name, tally in tallies.items()}
    best = best_of(repair_peers.SPOTS, lambda settings: peer_tally(settings).score)
    yield f"{what}: F1 of the mask", *limits, format_values(scores, missing), format_best(best, "{:.3f}")
    gains = {name: f"{tally.gain:+.1f} dB" for name, tally in tallies.items()}
    best = best_of(repair_peers.SPOTS, lambda settings: peer_tally(settings).gain)
    wanted = ("+10 dB", "+16 dB") if limits[0] else limits
    yield "- PSNR inside the damaged areas", *wanted, format_values(gains, missing), format_best(best, "{:+.1f} dB")


def _untouched(media: Path) -> Iterator[Row]:
    """The pixels that clean touches in films without damage, and that peers change by more than 4 %."""
    films = [repair_clips.frames(media, one, FRAMES) for one in MOVING]
    loaded, missing = loaded_engines("clean")
    masks = {name: [engine.repair(film)[1] for film in films] for name, engine in loaded.items()}
    places = {"inside shots": INSIDE, "at the ends of shots": ENDS}
    for where, place in places.items():

        def share(settings: str, place: slice = place) -> float:
            return 100 * float(np.mean([_changed_share(film, settings, place) for film in films]))

        shares = {name: f"{100 * np.mean([one[place].mean() for one in many]):.3f} %" for name, many in masks.items()}
        best = best_of(repair_peers.SPOTS, share, min)
        yield (
            f"pixels touched of undamaged film, {where}",
            "< 0.1 %",
            "< 0.02 %",
            format_values(shares, missing),
            format_best(best, "{:.2f} %"),
        )


def _limbs(media: Path) -> Iterator[Row]:
    """How much of fast hands stays: the share of the pixels that moved since the frame before and are left alone."""
    films = [repair_clips.frames(media, one, FRAMES) for one in LIMBS]
    moving = [np.abs(np.diff(film[..., 0], axis=0)) > MOTION for film in films]
    loaded, missing = loaded_engines("clean")

    def survival(masks: list[np.ndarray]) -> float:
        lost = sum(int((mask[1:] & moved).sum()) for mask, moved in zip(masks, moving, strict=True))
        return 100 * (1 - lost / sum(int(moved.sum()) for moved in moving))

    def of_peer(settings: str) -> float:
        return survival([repair_clips.changed_mask(film, repair_peers.filtered(film, settings)) for film in films])

    shares = {name: f"{survival([engine.repair(film)[1] for film in films]):.3f} %" for name, engine in loaded.items()}
    best = best_of(repair_peers.SPOTS, of_peer)
    yield (
        "fast hands, undamaged: moving pixels that stay",
        "99.5 %",
        "99.9 %",
        format_values(shares, missing),
        format_best(best, "{:.2f} %"),
    )


def _changed_share(film: np.ndarray, settings: str, frames: slice) -> float:
    return float(repair_clips.changed_mask(film, repair_peers.filtered(film, settings))[frames].mean())
