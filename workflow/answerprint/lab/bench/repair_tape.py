"""Rows of the repair bench on videotape: dropouts, lines and colour beside their place, colour that flashes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ... import engines
from ...engines import Clip
from ...engines.video._composite import brightness, colour_of
from ...engines.video.signal import moved_back
from ...runtime.errors import FilmError
from ...stages import analysis
from ..tape import Tape, from_tape, play
from . import repair_clips
from .repair_clips import CAR, CROWD, DARK, DRAGON, DUNES, FLIGHT, LIMBS, OLD, RABBIT, SEED, SNOW, Tally
from .repair_peers import MEDIAN, Peers
from .repair_rows import Row, format_best, format_values

DROPPED = (CROWD, OLD, RABBIT, CAR, LIMBS[1], LIMBS[3])
PLAYED = (CROWD, OLD, SNOW, DARK, FLIGHT, DRAGON, DUNES, RABBIT, CAR, *LIMBS)
RECORDS = (1.4, -0.6)
"""How far red lies to the right of green, and below it, pixels."""
FRAMES, WATCHED = 8, 14
"""Frames of each clip that are repaired, and that are analysed."""
FAULTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "colour 3 pixels beside its place": lambda clean: from_tape(clean, chroma_shift=3.0),
    "colour 2 pixels before its place": lambda clean: from_tape(clean, chroma_shift=-2.0),
    "red record 1.4 pixels beside green and 0.6 above": lambda clean: apart(clean),
    "composite signal of NTSC, noise of 2 steps": lambda clean: from_tape(clean, system="ntsc", noise=0.008),
    "composite signal of PAL, noise of 2 steps": lambda clean: from_tape(clean, system="pal", noise=0.008),
}


def dropouts(media: Path, peers: Peers) -> Iterator[Row]:
    """Streaks of one or two lines, six a frame, with and without the search for them."""
    clean = [repair_clips.frames(media, clip, FRAMES) for clip in DROPPED]
    played = [repair_clips.to_8_bits(play(film, Tape(dropouts=6), SEED + k)[0]) for k, film in enumerate(clean)]

    def tallied(run: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]) -> Tally:
        tally = Tally()
        for film, worn in zip(clean, played, strict=True):
            tally.add(film, worn, *run(worn))
        return tally

    def of_peer(settings: str) -> float:
        def run(worn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            after = peers.filtered(worn, settings)
            return after, repair_clips.changed_mask(worn, after)

        return tallied(run).gain

    tallies, missing = {}, {}
    for name in engines.available()["clean"]:
        for search in (False, True):
            label = f"{name}, dropouts: {str(search).lower()}"
            try:
                tallies[label] = tallied(engines.load("clean", name, dropouts=search).repair)
            except FilmError:
                missing[label] = "not run, needs weights"
    scores = {name: f"{tally.score:.3f}" for name, tally in tallies.items()}
    yield "dropouts of videotape, shot ends included: F1 of the mask", "", "", format_values(scores, missing), ""
    gains = {name: f"{tally.gain:+.1f} dB" for name, tally in tallies.items()}
    best = peers.best_of(MEDIAN, of_peer)
    yield "- PSNR inside", "", "", format_values(gains, missing), format_best(best, "{:+.1f} dB")


def signals(media: Path, peers: Peers) -> Iterator[Row]:
    """What the analysis finds in a signal, and the PSNR of colour once the stage video did what it suggests."""
    films = [repair_clips.frames(media, clip, WATCHED, colour=True) for clip in PLAYED]
    wrong = sum(suggested(film) is not None for film in films)
    yield "undamaged clips in which a fault of video is found", "0", "0", f"{wrong} of {len(films)}", ""
    for fault, damaged in FAULTS.items():
        before, after, known = [], [], 0
        for film in films:
            played = np.clip(damaged(film), 0, 1).astype(np.float32)
            options = suggested(played)
            known += options is not None
            done = engines.load("video", "signal", **(options or {}))(played)
            before.append(psnr(colours(film), colours(played)))
            after.append(psnr(colours(film), colours(done)))
        gains = np.subtract(after, before)
        found = f"found in {known} of {len(films)}; {np.mean(before):.1f} to {np.mean(after):.1f} dB in the mean, "
        yield (
            f"{fault}: PSNR of colour",
            "",
            "",
            f"{found}worst change {gains.min():+.1f}, best {gains.max():+.1f} dB",
            "",
        )


def line_jitter(media: Path, peers: Peers) -> Iterator[Row]:
    """What the analysis finds of lines that jitter, and the PSNR of the picture once the stage video did its part."""
    films = [repair_clips.frames(media, clip, WATCHED) for clip in PLAYED]
    for pixels in (0.5, 1.0, 2.0, 4.0):
        gains, found = [], 0
        for k, film in enumerate(films):
            played, _ = play(np.repeat(film, 3, axis=3), Tape(jitter=pixels), SEED + k)
            worn = repair_clips.to_8_bits(played[..., :1])
            options = suggested(worn) or {}
            found += "time_base" in options
            done = engines.load("video", "signal", time_base=True)(worn)
            gains.append(repair_clips.psnr(film, done) - repair_clips.psnr(film, worn))
        yield (
            f"lines that jitter by {pixels:g} pixels: PSNR",
            "",
            "",
            f"found in {found} of {len(films)}; {np.mean(gains):+.1f} dB in the mean, {min(gains):+.1f} dB at worst",
            "",
        )
    whole = engines.load("video", "signal", time_base=True)
    touched = [float((whole(film) != film).mean()) for film in films]
    yield (
        "lines touched of undamaged clips, were the search asked for",
        "",
        "",
        f"{100 * np.mean(touched):.1f} % in the mean, {100 * max(touched):.1f} % at worst",
        "",
    )


def suggested(film: np.ndarray) -> dict[str, Any] | None:
    """The options of the stage video that the analysis suggests for one shot (n, h, w, c); None: none."""
    measures = analysis.measure(Clip(frames=film, core=slice(0, len(film))))
    (shot,) = analysis.analyse(measures, [(0, len(film))])
    return next((one.options for one in shot.suggests if one.stage == "video"), None)


def colours(film: np.ndarray) -> np.ndarray:
    """The colour differences of frames (n, h, w, 3): (n, h, w, 2)."""
    return np.stack([colour_of(frame, brightness(frame)) for frame in film])


def psnr(truth: np.ndarray, shown: np.ndarray) -> float:
    """PSNR of what is negative too, dB."""
    return float(-10 * np.log10(max(float(((truth - shown) ** 2).mean()), 1e-10)))


def apart(film: np.ndarray) -> np.ndarray:
    """A film (n, h, w, 3) whose red record lies beside the green one."""
    moved = film.copy()
    for frame in moved:
        frame[..., 0] = moved_back(frame[..., 0], (-RECORDS[0], -RECORDS[1]))
    return moved
