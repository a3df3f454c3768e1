"""Other elements of a film: what another print or scan shows of its frames, read by the same rules as the film."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..frames.part_file import FrameFormat, Writer
from ..runtime.errors import FilmError
from ..runtime.progress import Progress
from . import element_time, ingest
from .element_time import ABSENT, Placement
from .facts import Facts, Film
from .shots import Shot

FACTS = (
    *("path", "kind", "width", "height", "sha256", "rate", "frames", "working_depth", "pulldown", "deinterlace"),
    *("field_order", "scans", "colour", "rotation", "mirrored", "damaged", "time_stamps", "missing", "missing_shown"),
)
"""The facts of an element's survey that are kept beside its place."""


@dataclass(frozen=True, kw_only=True)
class Proxied:
    """A surveyed film and the tiny pictures of its frames, uint8 (n, 27, 48, 3)."""

    film: Film
    pictures: np.ndarray


PULLDOWN = Fraction(5, 4)
"""How many times as many frames a second a header says where pulldown will be undone."""


def require_rate(element: Facts, film: Facts, *, surveyed: bool = True) -> None:
    """Raises FilmError if an element has another rate than the film: its frames are then others.

    Before both are `surveyed`, one may still have pulldown.
    """
    ratio = element.rate / film.rate
    if ratio != 1 and (surveyed or ratio not in (PULLDOWN, 1 / PULLDOWN)):
        raise FilmError(
            f"The element {element.path} has {float(element.rate):.5g} frames a second, the film has "
            f"{float(film.rate):.5g}.",
            "Give an element with the film's own frames; where both hold the same ones, one for one, "
            f"rate={film.rate} says so.",
        )


def placed(film: Proxied, element: Proxied, shots: Sequence[Shot], offset: int | None) -> dict[str, Any]:
    """Where an element lies along a film, as plain values; at the offset that a person gave, or found by the pictures.

    Raises FilmError for the film itself, and for an element of another film, of another rate, or without an overlap.
    """
    _require_fit(element.film, film.film)
    require_rate(element.film.facts, film.film.facts)
    if offset is None:
        place = element_time.place(film.pictures, element.pictures, shots)
    else:
        place = element_time.at_offset(film.pictures, element.pictures, offset)
        _require_overlap(place, element, film, offset)
    element_time.require(place, Path(film.film.facts.path), Path(element.film.facts.path))
    return {"offset": offset, **place.to_json()}


def _require_fit(element: Film, film: Film) -> None:
    hint = "Name another print or scan, or leave elements out."
    if element.sha256 == film.sha256:
        raise FilmError(f"The element {element.facts.path} is a copy of the film: both have one SHA-256.", hint)
    if element.grey and not film.grey:
        raise FilmError(f"The element {element.facts.path} is black-and-white, the film is in colour.", hint)


def _require_overlap(place: Placement, element: Proxied, film: Proxied, offset: int) -> None:
    if not place.share:
        names = [Path(one.film.facts.path).name for one in (element, film)]
        raise FilmError(
            f"At the offset {offset} no frame of {names[0]}, which has {len(element.pictures)}, lies along {names[1]}, "
            f"which has {len(film.pictures)}.",
            "With PATH@OFFSET, frame n of the film is the element's frame n + OFFSET.",
        )


def like(element: Film, film: Film) -> Film:
    """An element as it is read for a film: as grey as that."""
    return replace(element, grey=film.grey, tinted=film.tinted)


def frames(runs: Iterable[Sequence[int]], first: int, stop: int) -> np.ndarray:
    """The element's frame that shows each of the film's frames first..stop, int64; ABSENT where there is none."""
    shown = np.full(stop - first, ABSENT, np.int64)
    for start, other, number in runs:
        low, high = max(start, first), min(start + number, stop)
        if low < high:
            shown[low - first : high - first] = np.arange(other + low - start, other + high - start)
    return shown


def write_part(element: Film, ledger_path: Path, shown: np.ndarray, output: Path, progress: Progress) -> None:
    """Write the element's frames of these numbers as a part file, black where it has none."""
    facts = element.facts
    form = FrameFormat(element.channels, facts.height, facts.width, element.depth)
    black = np.zeros((1, *form[:3]), np.uint16)
    with Writer(output, frames=len(shown), format=form) as writer:
        # Frame 0 follows ABSENT by one.
        breaks = np.flatnonzero((np.diff(shown) != 1) | (shown[:-1] == ABSENT)) + 1
        for run in np.split(shown, breaks):
            if run[0] == ABSENT:
                for _ in run:
                    writer.write(black)
                    progress.add()
                continue
            for planes in ingest.read(element, ledger_path, int(run[0]), int(run[-1]) + 1):
                writer.write(planes[None])
                progress.add()
