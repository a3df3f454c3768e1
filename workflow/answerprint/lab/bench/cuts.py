"""The cuts bench: how well shots are found on spliced films, dialogues and a trailer, as one table."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ...engines import load
from ...runtime.errors import FilmError
from . import cut_clips, spliced_films
from .spliced_films import KINDS

ENGINES = ("witnesses", "breaks", "transnet", "pyscenedetect")
SEED = 300_000
"""Seeds from here on are used for nothing else: nothing was chosen by these draws."""
FILMS_OF_A_KIND = 12
APART = 1
"""Frames by which a cut may be off."""
DIALOGUES = {
    "reverse": range(74, 370, 74),
    "offscreen": range(74, 740, 74),
    # The shots of this film begin a frame late.
    "split": range(75, 371, 74),
}
"""First frames of the later shots of the dialogues."""


@dataclass(kw_only=True)
class Tally:
    """Cuts that were found, missed and made up."""

    right: int = 0
    missed: int = 0
    false: int = 0

    def add(self, detected: Iterable[int], cuts: Sequence[int], undecided: Sequence[tuple[int, int]] = ()) -> None:
        """Count the cuts detected in one film."""
        left = list(cuts)
        for frame in sorted(detected):
            hit = min(left, key=lambda cut: abs(cut - frame), default=None)
            if hit is not None and abs(hit - frame) <= APART:
                left.remove(hit)
                self.right += 1
            elif not any(start <= frame < stop for start, stop in undecided):
                self.false += 1
        self.missed += len(left)

    @property
    def score(self) -> float:
        """F1, 0..1; 1 where there was nothing to find and nothing was found."""
        total = 2 * self.right + self.missed + self.false
        return 2 * self.right / total if total else 1.0

    def __str__(self) -> str:
        if not self.right + self.missed:
            return f"{self.false} false"
        return f"{self.score:.3f} ({self.missed} missed, {self.false} false)"


Row = tuple[str, str, list[str]]


def table(media: Path) -> str:
    """The table as Markdown; rows without footage on this machine are skipped with a reason."""
    engines = {name: load("shots", name) for name in ENGINES}
    rows = [row for part in (_spliced, _films, _speed) for row in _skipping(part, media, engines)]
    text = "\n".join(f"| {what} | {count} | {' | '.join(cells)} |" for what, count, cells in rows)
    where = f"{date.today():%d %B %Y}, {os.cpu_count()} cores, {platform.machine()}, no GPU"
    head = f"| F1 of cuts | cuts | {' | '.join(ENGINES)} |\n|---|---:|{'---|' * len(ENGINES)}"
    return f"Measured {where}; seeds from {SEED} on.\n\n{head}\n{text}\n"


def _skipping(part: Callable[[Path, Any], Iterator[Row]], media: Path, engines: dict[str, Any]) -> Iterator[Row]:
    try:
        yield from part(media, engines)
    except (FilmError, FileNotFoundError) as error:
        yield part.__name__.strip("_"), "", [f"skipped: {error}".replace("\n", " "), *[""] * (len(ENGINES) - 1)]


def _spliced(media: Path, engines: dict[str, Any]) -> Iterator[Row]:
    """Films spliced from people and scenes that nothing was trained on."""
    clips = cut_clips.material(media, "held out")
    overall = {name: Tally() for name in engines}
    everything = 0
    for place, kind in enumerate(KINDS):
        tallies, cuts = {name: Tally() for name in engines}, 0
        for number in range(FILMS_OF_A_KIND):
            film = spliced_films.draw(clips.people, clips.scenes, kind, SEED + place + len(KINDS) * number)
            proxy = cut_clips.proxy(film.frames)
            cuts += len(film.cuts)
            for name, engine in engines.items():
                detected = list(engine.detect(proxy))
                tallies[name].add(detected, film.cuts, film.undecided)
                overall[name].add(detected, film.cuts, film.undecided)
        everything += cuts
        yield f"spliced: {kind}", str(cuts), [str(tally) for tally in tallies.values()]
    yield "spliced, all", str(everything), [str(tally) for tally in overall.values()]


def _films(media: Path, engines: dict[str, Any]) -> Iterator[Row]:
    """Whole films: the trailer, the dialogues, and films of one shot."""
    trailer = media / cut_clips.TRAILER
    yield _row("the trailer", [(trailer, cut_clips.TRAILER_CUTS, cut_clips.TRAILER_FADES)], engines)
    dialogues = [(media / "dialogue" / f"grid_{name}.mkv", tuple(cuts), ()) for name, cuts in DIALOGUES.items()]
    yield _row("the dialogues (some of their people were trained on)", dialogues, engines)
    # Shots begin at fades, so a film of nothing but fades is no film of one shot to those that look for them.
    single = [(media / name, (), ()) for name in cut_clips.NO_CUTS if "fades" not in name]
    yield _row(f"{len(single)} films of one shot", single, engines)


def _row(what: str, films: Sequence[tuple[Path, Sequence[int], Any]], engines: dict[str, Any]) -> Row:
    tallies = {name: Tally() for name in engines}
    for path, cuts, undecided in films:
        proxy = cut_clips.proxy(cut_clips.read(path))
        for name, engine in engines.items():
            tallies[name].add(engine.detect(proxy), cuts, undecided)
    return what, str(sum(len(cuts) for _, cuts, _ in films)), [str(tally) for tally in tallies.values()]


def _speed(media: Path, engines: dict[str, Any]) -> Iterator[Row]:
    proxy = cut_clips.proxy(cut_clips.read(media / "film" / "chaplin.mp4"))
    speeds = []
    for engine in engines.values():
        began = time.perf_counter()
        engine.detect(proxy)
        speeds.append(f"{len(proxy) / (time.perf_counter() - began):.0f}")
    yield "frames a second", "", speeds
