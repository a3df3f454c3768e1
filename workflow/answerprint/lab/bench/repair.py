"""Repair measured on damage of known truth, beside free tools on the same clips, as one table."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np

from ...runtime.errors import FilmError
from ..damage import Damage, damage
from . import repair_clips as clips
from . import repair_peers as peers
from .repair_clips import MOVING, SEED, Tally
from .repair_rows import Row, best_of, loaded, said, told
from .repair_steady import fades, flicker, grain, single, weave

FRAMES = 16
"""Frames of each clip."""
INSIDE, ENDS = slice(1, -1), slice(None, None, FRAMES - 1)
"""Frames with neighbours on both sides, and those without: they are told apart, since shots are longer than clips."""


def table(media: Path, speed: Callable[[], Row], cores: int) -> str:
    """The table as Markdown; what has no footage on this machine is skipped with a reason.

    `speed` restores a film and says how fast that went.
    """
    parts = (_spots, _scratches, _untouched, weave, flicker, fades, grain, single)
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
    """Dirt of one frame: how well it is found, and what the repair is worth."""
    clean = [clips.frames(media, one, FRAMES) for one in MOVING]
    for share, words in ((0.25, "in one frame of four"), (1.0, "in every frame")):
        dirty = [clips.dirtied(media, film, SEED + k, share) for k, film in enumerate(clean)]
        what = f"mattes of dirt, hair, lint, dots, smut, spots {words}"
        yield from _detection(what, clean, dirty, ("0.88", "0.95"))
    yield from _detection("the same at the ends of shots", clean, dirty, ("", ""), ENDS)


def _scratches(media: Path) -> Iterator[Row]:
    """Upright scratches that last, and the broken scuffs of the mattes."""
    clean = [clips.frames(media, one, FRAMES) for one in MOVING]
    drawn = [clips.rounded(damage(film, Damage(scratches=3.0), SEED + k)[0]) for k, film in enumerate(clean)]
    yield from _detection("scratches, persistent and wavering", clean, drawn, ("0.70", "0.85"), slice(None))
    scuffed = [clips.dirtied(media, film, SEED + k, 0.25, ("scratches",)) for k, film in enumerate(clean)]
    yield from _detection("mattes of scratches (broken scuffs) in one frame of four", clean, scuffed, ("", ""))


def _detection(
    what: str,
    clean: list[np.ndarray],
    damaged: list[np.ndarray],
    limits: tuple[str, str],
    place: slice = INSIDE,
) -> Iterator[Row]:
    found, missing = loaded("clean")

    def tallied(run: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]) -> Tally:
        tally = Tally()
        for film, worn in zip(clean, damaged, strict=True):
            repaired, mask = run(worn)
            tally.add(film[place], worn[place], repaired[place], mask[place])
        return tally

    @cache
    def of(settings: str) -> Tally:
        def run(worn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            after = peers.through(worn, settings)
            return after, clips.moved(worn, after)

        return tallied(run)

    own = {name: tallied(engine.repair) for name, engine in found.items()}
    scores = {name: f"{tally.score:.3f}" for name, tally in own.items()}
    best = best_of(peers.SPOTS, lambda settings: of(settings).score)
    yield f"{what}: F1 of the mask", *limits, said(scores, missing), told(best, "{:.3f}")
    gains = {name: f"{tally.gain:+.1f} dB" for name, tally in own.items()}
    best = best_of(peers.SPOTS, lambda settings: of(settings).gain)
    wanted = ("+10 dB", "+16 dB") if limits[0] else limits
    yield "- PSNR inside the damaged areas", *wanted, said(gains, missing), told(best, "{:+.1f} dB")


def _untouched(media: Path) -> Iterator[Row]:
    """What clean touches of films without damage; of peers, what they move by more than 4 %."""
    films = [clips.frames(media, one, FRAMES) for one in MOVING]
    found, missing = loaded("clean")
    masks = {name: [engine.repair(film)[1] for film in films] for name, engine in found.items()}
    places = {"inside shots": INSIDE, "at the ends of shots": ENDS}
    for where, place in places.items():

        def share(settings: str, place: slice = place) -> float:
            return 100 * float(np.mean([clips.moved(f, peers.through(f, settings))[place].mean() for f in films]))

        shares = {name: f"{100 * np.mean([one[place].mean() for one in many]):.3f} %" for name, many in masks.items()}
        best = best_of(peers.SPOTS, share, min)
        yield (
            f"pixels touched of undamaged film, {where}",
            "< 0.1 %",
            "< 0.02 %",
            said(shares, missing),
            told(best, "{:.2f} %"),
        )
