"""Weave, flicker and grain of known strength: how much of them is left, compared with free tools on the same clips."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from ...runtime.errors import FilmError
from . import repair_clips, repair_peers
from .repair_clips import MOVING, SEED
from .repair_peers import Peers
from .repair_rows import Row, format_best, format_values, loaded_engines

MARGIN = 20
"""Pixels of each border left out where the picture is shifted."""
WITHIN = "within its shots"
"""The name of the film of fast shots where each is measured by itself."""


def weave(media: Path, peers: Peers) -> Iterator[Row]:
    """Unsteadiness that is left, and a pan that must be kept."""
    for what, clean, shaken, worst, limits in _weave_cases(media):

        def left(
            run: Callable[[np.ndarray], np.ndarray],
            clean: list[np.ndarray] = clean,
            shaken: list[np.ndarray] = shaken,
            worst: bool = worst,
        ) -> float:
            each = [repair_clips.residual_shifts(a, run(b)) for a, b in zip(clean, shaken, strict=True)]
            return float(np.abs(np.concatenate(each)).max() if worst else np.sqrt(np.mean(np.square(each))))

        loaded, missing = loaded_engines("stabilise")
        values = {name: f"{left(engine):.2f} px" for name, engine in loaded.items()}
        best = peers.best_of(repair_peers.WEAVE, lambda settings: left(partial(peers.filtered, settings=settings)), min)
        yield what, *limits, format_values(values, missing), format_best(best, "{:.2f} px")


def _weave_cases(
    media: Path,
) -> Iterator[tuple[str, list[np.ndarray], list[np.ndarray], bool, tuple[str, str]]]:
    """What is measured, clean clips, shaken clips, whether the largest error counts (else RMS), and the limits."""
    wide = [repair_clips.frames(media, one, 48) for one in repair_clips.STANDING]
    still = [film[:, MARGIN:-MARGIN, MARGIN:-MARGIN] for film in wide]
    chance = np.random.default_rng(SEED)
    added = chance.normal(scale=2.0, size=(48, 2)).clip(-6, 6)
    drift = 3 * np.sin(2 * np.pi * (np.arange(48)[:, None] / 48 + chance.random(2)))
    splice = np.where(np.arange(48)[:, None] < 30, 0.0, [0.0, -11.0]) + chance.normal(scale=0.3, size=(48, 2))
    panned = _pan(media)
    pan = [film[:, MARGIN:-MARGIN, MARGIN:-MARGIN] for film in panned]
    strict = ("< 0.3 px", "< 0.1 px")
    for what, clean, source, shifts, limits in (
        ("added weave, sigma 2 px: residual RMS", still, wide, added, strict),
        ("the same over a slow drift, 3 px to and fro in 48 frames", still, wide, added + drift, strict),
        ("a splice after which the picture lies 11 px higher", still, wide, splice, ("", "")),
        ("a pan of 3 px a frame under that weave: furthest from its path", pan, panned, added, ("< 1 px", "")),
    ):
        shaken = [repair_clips.add_weave(film, shifts, MARGIN) for film in source]
        yield what, clean, shaken, clean is pan, limits


def _pan(media: Path) -> list[np.ndarray]:
    """A crop that pans by 3 px a frame over a moving film."""
    film = repair_clips.frames(media, dataclasses.replace(repair_clips.RABBIT, first=75, width=1280, shrink=False), 48)
    return [np.stack([frame[180:540, 200 + 3 * t : 680 + 3 * t] for t, frame in enumerate(film)])]


def flicker(media: Path, peers: Peers) -> Iterator[Row]:
    """Flicker that is left; in the fast film also within its shots, whose mean light nobody can tell from flicker."""
    films = {one.name: repair_clips.frames(media, one, 60) for one in repair_clips.LIT}
    films["cut and fast"] = films[WITHIN] = repair_clips.spliced(media)
    # Flicker is drawn three times: a single draw is off by up to 4 %.
    flickering = {name: [repair_clips.add_flicker(film, SEED + k) for k in range(3)] for name, film in films.items()}

    def residual(name: str, film: np.ndarray, steadied: np.ndarray) -> float:
        count = len(film) // repair_clips.SPLICED if name == WITHIN else 1
        pairs = zip(np.split(film, count), np.split(steadied, count), strict=True)
        return _root([repair_clips.residual_flicker(*pair) for pair in pairs])

    def left(run: Callable[[np.ndarray], np.ndarray]) -> dict[str, float]:
        return {
            name: 100 * (_root([residual(name, film, run(one)) for one in flickering[name]]) / before[name] - 1)
            for name, film in films.items()
        }

    before = {name: _root([residual(name, film, one) for one in flickering[name]]) for name, film in films.items()}
    loaded, missing = loaded_engines("deflicker")
    each = {name: left(engine) for name, engine in loaded.items()}
    values = {
        name: " / ".join(f"{value:.0f}" for value in one.values()) + f" % ({', '.join(one)})"
        for name, one in each.items()
    }
    best = peers.best_of(
        repair_peers.FLICKER,
        lambda s: float(np.mean(list(left(partial(peers.filtered, settings=s)).values()))),
        min,
    )
    yield (
        "added flicker, gain sigma 8 %, local 3 %: residual",
        "-85 %",
        "-95 %",
        format_values(values, missing),
        format_best(best, "{:.0f} % in the mean"),
    )


def _root(values: Sequence[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def fades(media: Path, peers: Peers) -> Iterator[Row]:
    """Deliberate fades, which must be kept."""
    film = repair_clips.frames(media, repair_clips.FADES, 250)

    def deviation(run: Callable[[np.ndarray], np.ndarray]) -> float:
        return 100 * float(np.abs(run(film).mean(axis=(1, 2, 3)) - film.mean(axis=(1, 2, 3))).max())

    loaded, missing = loaded_engines("deflicker")
    values = {name: f"{deviation(engine):.2f} %" for name, engine in loaded.items()}
    best = peers.best_of(repair_peers.FLICKER, lambda s: deviation(partial(peers.filtered, settings=s)), min)
    yield (
        "fades of psd_fades.mp4: brightness strays by at most",
        "2 %",
        "",
        format_values(values, missing),
        format_best(best, "{:.2f} %"),
    )


def grain(media: Path, peers: Peers) -> Iterator[Row]:
    """Grain on moving film: for each clip, each peer at its best strength."""
    for k, one in enumerate((*MOVING, repair_clips.DARK)):
        clean = repair_clips.centre_crop(repair_clips.frames(media, one, 9), 320, 480)
        noise = np.random.default_rng(SEED + k).normal(0, 20 / 255, clean.shape)
        noisy = repair_clips.to_8_bits(clean + noise.astype(np.float32))
        yield from _denoising(peers, f"grain of sigma 20 on {one.name}", clean, noisy, ("+1.5 dB", "+3 dB"))


def _denoising(peers: Peers, what: str, clean: np.ndarray, noisy: np.ndarray, limits: tuple[str, str]) -> Iterator[Row]:
    loaded, missing = loaded_engines("denoise")
    ours = {name: repair_clips.psnr(clean, engine(noisy)) for name, engine in loaded.items()}
    best = peers.best_of(repair_peers.GRAIN, lambda settings: repair_clips.psnr(clean, peers.filtered(noisy, settings)))
    references = [one[1] for peer in ("nlmeans", "hqdn3d") if (one := best[peer])]
    over = {
        name: f"{value:.2f} dB" + (f" ({value - max(references):+.1f})" if references else "")
        for name, value in ours.items()
    }
    yield (
        f"{what}: PSNR (over nlmeans and hqdn3d)",
        *limits,
        format_values(over, missing),
        format_best(best, "{:.2f} dB"),
    )


def single(media: Path, peers: Peers) -> Iterator[Row]:
    """Set12: each picture as a film of one frame."""
    files = sorted((media / "bench" / "Set12").glob("*.png"))
    if not files:
        raise FilmError(f"There are no pictures in {media / 'bench' / 'Set12'}.")
    read = (np.asarray(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)) for file in files)
    pictures = [picture.astype(np.float32)[None, ..., None] / 255 for picture in read]
    # As in the published tables, nothing is clipped or rounded; FFmpeg's filters get 8 bits.
    chance = np.random.default_rng(SEED)
    noisy = [picture + chance.normal(0, 25 / 255, picture.shape).astype(np.float32) for picture in pictures]

    def mean(run: Callable[[np.ndarray], np.ndarray]) -> float:
        return float(np.mean([repair_clips.psnr(a, run(b)) for a, b in zip(pictures, noisy, strict=True)]))

    loaded, missing = loaded_engines("denoise")
    values = {name: f"{mean(engine):.2f} dB" for name, engine in loaded.items()}
    best = peers.best_of(repair_peers.STILL, lambda s: mean(partial(peers.filtered, settings=s)))
    yield (
        "Set12, sigma 25, single image, grey",
        "29.9 dB",
        "30.4 dB",
        format_values(values, missing),
        format_best(best, "{:.2f} dB"),
    )
