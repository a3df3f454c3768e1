"""The motion bench: in-between frames of every engine beside FFmpeg's minterpolate and a plain blend, as one table."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...runtime.errors import FilmError
from . import motion_clips, motion_peers, torn_films
from .motion_clips import psnr
from .repair_rows import Row, format_values, loaded_engines

SETS = {"ucf101": ("34.8 dB", "35.3 dB"), "davis": ("27.9 dB", "28.5 dB")}
SEEDS = range(500_000, 500_004)
"""Draws of torn films; no weight was learned from them."""
CADENCES = {"": Fraction(1), " of films on twos": Fraction(2), " of 16 fps printed to 24": Fraction(3, 2)}
"""Films whose frames are torn out: film frames to one frame of the clip."""
RATE = 2.5
"""How many times the rate of the film the speed is measured at."""
Draw = Callable[[np.ndarray, np.ndarray, list[float]], np.ndarray]


def table(media: Path) -> str:
    """The table as Markdown; rows without footage on this machine are skipped with a reason."""
    rows = [row for part in (_triplets, _dropped, _speed, _lost) for row in _skipping(part, media)]
    lines = ["| what | at least | aim | found | peers |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    where = f"{date.today():%d %B %Y}, {os.cpu_count()} cores, {platform.machine()}, no GPU"
    return f"Measured {where}.\n\n" + "\n".join(lines) + "\n"


def _skipping(part: Callable[[Path], Iterator[Row]], media: Path) -> Iterator[Row]:
    try:
        yield from part(media)
    except (FilmError, FileNotFoundError) as error:
        yield part.__name__.strip("_"), "", "", f"skipped: {error}".replace("\n", " "), ""


@cache
def _engines() -> tuple[Mapping[str, Any], Mapping[str, str]]:
    return loaded_engines("interpolate")


def _drawing() -> dict[str, Draw]:
    """By name: what draws frames between two, engines and a blend."""

    def blend(before: np.ndarray, after: np.ndarray, times: list[float]) -> np.ndarray:
        return np.stack([motion_peers.blended(before, after, time) for time in times])

    return {**{name: engine.betweens for name, engine in _engines()[0].items()}, "blend": blend}


def _triplets(media: Path) -> Iterator[Row]:
    """The frame halfway between two, in published sets."""
    for kind, limits in SETS.items():
        scores: dict[str, list[float]] = {name: [] for name in _drawing()}
        for one in motion_clips.triplets(media, kind):
            for name, draw in _drawing().items():
                scores[name].append(psnr(draw(one.before, one.after, [0.5])[0], one.truth))
        count = len(next(iter(scores.values())))
        yield _row(f"{kind}, {count} triplets: PSNR", limits, {name: np.mean(all_) for name, all_ in scores.items()})


def _dropped(media: Path) -> Iterator[Row]:
    """Frames left out of fast motion and drawn again; minterpolate at its best for each clip."""
    means: dict[str, list[float]] = {}
    for clip in motion_clips.FAST:
        frames = motion_clips.frames(media, clip)
        for dropped in motion_clips.DROPS:
            gap = motion_clips.gap(frames, dropped)
            scores = {
                name: np.mean(list(map(psnr, draw(gap.before, gap.after, gap.times), gap.truth)))
                for name, draw in _drawing().items()
            }
            scores["minterpolate"] = max(
                np.mean(list(map(psnr, motion_peers.between_middle(gap.kept, dropped, settings), gap.truth)))
                for settings in motion_peers.MINTERPOLATE
            )
            for name, score in scores.items():
                means.setdefault(name, []).append(float(score))
            yield _row(f"{clip.name}, {dropped} frames dropped: PSNR", ("", ""), scores)
    over = ("minterpolate and blend +1.5 dB", "+3 dB")
    yield _row("frames dropped, mean of all clips: PSNR", over, {name: np.mean(all_) for name, all_ in means.items()})


def _row(what: str, limits: tuple[str, str], scores: Mapping[str, Any]) -> Row:
    shown = {name: f"{score:.2f} dB" for name, score in scores.items()}
    engines, missing = _engines()
    found = format_values({name: shown[name] for name in engines}, missing)
    return what, *limits, found, "; ".join(f"{name} {text}" for name, text in shown.items() if name not in engines)


def _speed(media: Path) -> Iterator[Row]:
    """Frames a second of one processor, counted in its time, so that other work on the machine does not count."""
    clip = motion_clips.frames(media, motion_clips.FAST[-1])[:9]
    large = np.stack([cv2.resize(frame, (640, 480), interpolation=cv2.INTER_AREA) for frame in clip])
    peer = motion_peers.frames_a_second(large, RATE, motion_peers.MINTERPOLATE[0])
    shown = {name: f"{_frames_a_second(engine, large):.2f} fps" for name, engine in _engines()[0].items()}
    what = f"640x480 in colour to {RATE} times the rate, one core (parts run side by side)"
    yield what, "1x", "4x", format_values(shown, _engines()[1]), f"minterpolate (mci) {peer:.2f} fps"


def _lost(media: Path) -> Iterator[Row]:
    """Jumps in films with frames torn out, among flashes, held frames and a cut."""
    clips = torn_films.clips(media, "held out")
    for name, step in CADENCES.items():
        films = [torn_films.draw(clip, seed, step) for clip in clips for seed in SEEDS]
        score, missed, wrong, by_count = torn_films.f1(films)
        counted = f"{sum(len(film.lost) for film in films)} tears in {sum(len(film.frames) for film in films)} frames"
        yield f"lost frames{name}, {counted}: F1", "0.9", "0.98", f"{score:.3f} ({missed} missed, {wrong} false)", ""
        shares = ", ".join(f"{count}: {share:.0%}" for count, share in by_count.items())
        yield "- found, by how many frames were torn out", "", "", shares, ""


def _frames_a_second(engine: Any, frames: np.ndarray) -> float:
    """Output frames a second of processor time: two pairs of frames give five, one of which is the film's."""
    begin = motion_peers.processor_time()
    pairs = 2 if engine.card.gpu else len(frames) - 1
    for index in range(pairs):
        engine.betweens(frames[index], frames[index + 1], [0.4, 0.8] if index % 2 == 0 else [0.2, 0.6])
    return float(pairs * RATE / (motion_peers.processor_time() - begin))
