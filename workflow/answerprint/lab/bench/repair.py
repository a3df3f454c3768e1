"""The repair bench: measures repair on damage of known truth, next to free tools on the same clips, as one table."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np

from ...runtime.errors import FilmError
from . import repair_clips, spots_left
from .repair_clips import LIMBS, MOVING, REAL, SEED
from .repair_elements import second_prints
from .repair_fast import fast_things
from .repair_fields import deinterlacing
from .repair_peers import SPOTS, Peers
from .repair_rows import Row, format_best, format_values, loaded_engines
from .repair_spots import ENDS, FRAMES, INSIDE, bold_spots, grainy_spots, repeated_spots, scratches, spots
from .repair_steady import fades, flicker, grain, single, weave
from .repair_tape import dropouts, line_jitter, signals

MOTION = 0.1
"""A pixel moves if it differs by more than this, of 1, from the frame before."""


def table(media: Path, peers: Peers, speed: Callable[[], Row], cores: int) -> str:
    """The table as Markdown; rows without footage on this machine are skipped with a reason.

    `speed` restores a film and returns the row with its speed.
    """
    steady, tape = (weave, flicker, fades, grain, single, deinterlacing), (dropouts, signals, line_jitter)
    dirt = (spots, repeated_spots, bold_spots, grainy_spots, scratches, second_prints, real_films)
    parts = (*dirt, untouched, hands, fast_things, *steady, *tape)
    rows = [row for part in parts for row in _skipping(part, media, peers)]
    lines = ["| what | at least | aim | found | peers |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in [*rows, speed()]]
    where = f"{date.today():%d %B %Y}, {cores} cores, {platform.machine()}, no GPU"
    absent = "" if peers.python else f" The filters of VapourSynth did not run: {peers.reason}."
    return f"Measured {where}; seeds from {SEED} on.{absent}\n\n" + "\n".join(lines) + "\n"


def _skipping(part: Callable[[Path, Peers], Iterator[Row]], media: Path, peers: Peers) -> Iterator[Row]:
    try:
        yield from part(media, peers)
    except (FilmError, FileNotFoundError) as error:
        yield part.__name__, "", "", f"skipped: {error}".replace("\n", " "), ""


def real_films(media: Path, peers: Peers) -> Iterator[Row]:
    """Spots on old films as they are, before and after."""
    loaded, missing = loaded_engines("clean")
    for one in REAL:
        film = repair_clips.frames(media, one, FRAMES)
        before = spots_left.spots(film)

        def share(after: np.ndarray, before: float = before) -> float:
            return spots_left.spots(after) / before

        values = {name: f"{share(engine(film)):.2f}" for name, engine in loaded.items()}

        def of_peer(settings: str, film: np.ndarray = film, share: Callable[[np.ndarray], float] = share) -> float:
            return share(peers.filtered(film, settings))

        best = peers.best_of(SPOTS, of_peer, min)
        what = f"{one.name}: spots left of {before:.1f} a frame, things in fast motion among them"
        yield what, "0.45", "0.2", format_values(values, missing), format_best(best, "{:.2f}")


def untouched(media: Path, peers: Peers) -> Iterator[Row]:
    """The pixels that clean touches in films without damage, and that peers change by more than 4 %."""
    films = [repair_clips.frames(media, one, FRAMES) for one in MOVING]
    loaded, missing = loaded_engines("clean")
    masks = {name: [engine.repair(film)[1] for film in films] for name, engine in loaded.items()}
    places = {"inside shots": INSIDE, "at the ends of shots": ENDS}
    for where, place in places.items():

        def share(settings: str, place: slice = place) -> float:
            return 100 * float(np.mean([_changed_share(film, peers.filtered(film, settings), place) for film in films]))

        shares = {name: f"{100 * np.mean([one[place].mean() for one in many]):.3f} %" for name, many in masks.items()}
        best = peers.best_of(SPOTS, share, min)
        yield (
            f"pixels touched of undamaged film, {where}",
            "< 0.3 %",
            "< 0.05 %",
            format_values(shares, missing),
            format_best(best, "{:.2f} %"),
        )


def hands(media: Path, peers: Peers) -> Iterator[Row]:
    """How much of fast hands stays: the share of the pixels that moved since the frame before and are left alone."""
    films = [repair_clips.frames(media, one, FRAMES) for one in LIMBS]
    moving = [np.abs(np.diff(film[..., 0], axis=0)) > MOTION for film in films]
    loaded, missing = loaded_engines("clean")

    def survival(masks: list[np.ndarray]) -> float:
        lost = sum(int((mask[1:] & moved).sum()) for mask, moved in zip(masks, moving, strict=True))
        return 100 * (1 - lost / sum(int(moved.sum()) for moved in moving))

    def of_peer(settings: str) -> float:
        return survival([repair_clips.changed_mask(film, peers.filtered(film, settings)) for film in films])

    shares = {name: f"{survival([engine.repair(film)[1] for film in films]):.3f} %" for name, engine in loaded.items()}
    best = peers.best_of(SPOTS, of_peer)
    yield (
        "fast hands, undamaged: moving pixels that stay",
        "99.5 %",
        "99.9 %",
        format_values(shares, missing),
        format_best(best, "{:.2f} %"),
    )


def _changed_share(film: np.ndarray, after: np.ndarray, frames: slice) -> float:
    return float(repair_clips.changed_mask(film, after)[frames].mean())
