"""Rows of the repair bench on dirt and scratches of known truth: what is found, and what the repair gains."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from operator import attrgetter
from pathlib import Path

import numpy as np

from ..damage import Damage, damage
from . import repair_clips
from .repair_clips import MOVING, SEED, Tally
from .repair_peers import SCRATCHES, SPOTS, Peers
from .repair_rows import Row, format_best, format_values, loaded_engines

FRAMES = 16
"""Frames of each clip."""
INSIDE, ENDS = slice(1, -1), slice(None, None, FRAMES - 1)
"""Frames with neighbours on both sides, and those without; scored apart, because real shots are longer than clips."""
GRAINY = MOVING[::2]
"""Clips to add grain to, and dirt."""
Limits = tuple[str, str]
MEASURES: tuple[tuple[str, str, str, Callable[..., str], Limits], ...] = (
    ("score", "{what}: F1 of the mask", "{:.3f}", max, ("", "")),
    ("gain", "- gain of PSNR inside the damaged areas", "{:+.1f} dB", max, ("+12 dB", "+16 dB")),
    ("whole_gain", "- gain of PSNR over the whole picture", "{:+.1f} dB", max, ("ahead", "+3 dB")),
    ("worst_recall", "- recall in the worst frame", "{:.2f}", max, ("0.5", "0.8")),
    ("bold_left", "- of {bold} bold defects, of 100 pixels and more, stay", "{:.0f}", min, ("", "")),
    ("small_left", "- of {small} as bold, of 10 to 29 pixels, stay", "{:.0f}", min, ("", "")),
)
"""Of a Tally: what is measured, its title, how it is written, which peer is best, and what is wanted."""


def spots(media: Path, peers: Peers) -> Iterator[Row]:
    """Dirt on single frames."""
    clean = [repair_clips.frames(media, one, FRAMES) for one in MOVING]
    for share, where in ((0.25, "in one frame of four"), (1.0, "in every frame")):
        dirty = [repair_clips.add_dirt(media, film, SEED + k, share) for k, film in enumerate(clean)]
        what = f"mattes of dirt, hair, lint, dots, smut, spots {where}"
        places = {what: INSIDE} | ({"the same at the ends of shots": ENDS} if share == 1 else {})
        yield from _detection(peers, places, clean, dirty, ("0.90", "0.95"))


def bold_spots(media: Path, peers: Peers) -> Iterator[Row]:
    """Bold specks and stains in every frame."""
    clean = [repair_clips.frames(media, one, FRAMES) for one in MOVING]
    drawn = [damage(film, Damage(specks=5, stains=3), SEED + k)[0] for k, film in enumerate(clean)]
    dirty = [repair_clips.to_8_bits(np.clip(film, 0, 1)) for film in drawn]
    yield from _detection(peers, {"bold specks and stains in every frame": INSIDE}, clean, dirty, ("0.90", "0.95"))


def repeated_spots(media: Path, peers: Peers) -> Iterator[Row]:
    """Dirt in film of 16 frames a second that is shown at 24, every second frame twice."""
    clean = [repair_clips.frames(media, one, FRAMES) for one in MOVING]
    dirty = [repair_clips.add_dirt(media, film, SEED + k, 0.25) for k, film in enumerate(clean)]
    shown = np.repeat(np.arange(FRAMES), [2, 1] * (FRAMES // 2))
    places = {"mattes of dirt in one frame of four, of 16 a second shown at 24": INSIDE}
    yield from _detection(peers, places, [film[shown] for film in clean], [film[shown] for film in dirty], ("", ""))


def grainy_spots(media: Path, peers: Peers) -> Iterator[Row]:
    """Small specks in every frame of grainy film; the grain belongs to the film."""
    plain = [repair_clips.frames(media, one, FRAMES) for one in GRAINY]
    for grain in (0.03, 0.06):

        def drawn(dirt: float, dust: float, grain: float = grain) -> list[np.ndarray]:
            options = Damage(grain=grain, dirt=dirt, dust=dust)
            films = [damage(film, options, SEED + k)[0] for k, film in enumerate(plain)]
            return [repair_clips.to_8_bits(np.clip(film, 0, 1)) for film in films]

        places = {f"specks in every frame of film with {grain:.0%} of grain": INSIDE}
        yield from _detection(peers, places, drawn(0, 0), drawn(8, 8), ("", ""))


def scratches(media: Path, peers: Peers) -> Iterator[Row]:
    """Persistent vertical scratches, and the broken scuffs of the mattes."""
    clean = [repair_clips.frames(media, one, FRAMES) for one in MOVING]
    drawn = [repair_clips.to_8_bits(damage(film, Damage(scratches=3.0), SEED + k)[0]) for k, film in enumerate(clean)]
    lasting = {"scratches, persistent and wavering": slice(None)}
    yield from _detection(peers, lasting, clean, drawn, ("0.85", "0.92"), SCRATCHES)
    scuffed = [repair_clips.add_dirt(media, film, SEED + k, 0.25, ("scratches",)) for k, film in enumerate(clean)]
    yield from _detection(
        peers, {"mattes of scratches (broken scuffs) in one frame of four": INSIDE}, clean, scuffed, ("", "")
    )


def _detection(
    peers: Peers,
    places: Mapping[str, slice],
    clean: list[np.ndarray],
    damaged: list[np.ndarray],
    limits: Limits,
    tried: Mapping[str, Sequence[str]] = SPOTS,
) -> Iterator[Row]:
    """Rows for each of `places`, by what it is called: which frames count there."""
    loaded, missing = loaded_engines("clean")

    tallied = partial(_tallied, places, list(zip(clean, damaged, strict=True)))

    @cache
    def of_peer(settings: str) -> dict[str, Tally]:
        def run(worn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            after = peers.filtered(worn, settings)
            return after, repair_clips.changed_mask(worn, after)

        return tallied(run)

    ours = {name: tallied(engine.repair) for name, engine in loaded.items()}
    for what in places:
        asked = bool(limits[0]) and what == next(iter(places))
        for measure, title, form, best, wanted in MEASURES:
            score = attrgetter(measure)
            counts = {size: getattr(ours["motion"][what], size) for size in ("bold", "small")}
            if not counts.get(measure.removesuffix("_left"), 1):
                continue
            values = {name: form.format(score(tallies[what])) for name, tallies in ours.items()}

            def of(settings: str, score: Callable[[Tally], float] = score, what: str = what) -> float:
                return score(of_peer(settings)[what])

            least = (limits if measure == "score" else wanted) if asked else ("", "")
            shown = format_best(peers.best_of(tried, of, best), form)
            yield title.format(what=what, **counts), *least, format_values(values, missing), shown


def _tallied(
    places: Mapping[str, slice],
    films: Sequence[tuple[np.ndarray, np.ndarray]],
    run: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
) -> dict[str, Tally]:
    """How well `run` repairs the films, each clean and damaged, at each of the places."""
    tallies = {what: Tally() for what in places}
    for film, worn in films:
        repaired, mask = run(worn)
        for what, place in places.items():
            tallies[what].add(film[place], worn[place], repaired[place], mask[place])
    return tallies
