"""The enlargement bench: upscale/compact beside Lanczos and published networks, on pictures whose truth is known."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ... import engines
from ...engines.upscale._reduction import reduce
from ...runtime.errors import FilmError
from ..training.worn_clips import compressed
from . import enlarge_speed
from .repair_clips import CAR, CHAPLIN, CROWD, DUNES, OLD, RABBIT, SEED, Excerpt, frames

Row = tuple[str, str, str, str]
"""What is measured, at least, aim, found."""
UNSEEN = (RABBIT, CAR, OLD, DUNES, CROWD, CHAPLIN)
"""Films that nothing of ours was trained on."""
LENGTH = 3
"""Frames of a clip; the middle one counts."""
CROP = 256
"""Most lines and columns of a clip: the largest network takes a minute for a frame of twice as many."""
SOFT, GRAIN, COARSE, QUALITY = 0.9, 0.015, 0.6, 20
"""Film as it is simulated: blur and size of grain (pixels), its strength (share of white), and the rate factor of
H.264."""
PEERS: dict[str, tuple[str, dict[str, Any]]] = {
    "Lanczos": ("lanczos", {"scale": 2, "iterations": 0, "halo": 1.0}),
    "Lanczos that agrees": ("lanczos", {"scale": 2}),
    "SPAN": ("spandrel", {"scale": 2, "weights": "span-x2-ch48"}),
    "Real-ESRGAN animevideov3": ("spandrel", {"scale": 2, "weights": "realesr-animevideov3"}),
    "Real-ESRGAN x4plus": ("spandrel", {"scale": 2, "weights": "realesrgan-x4plus", "overlap": 48}),
}
"""Engines and options to compare with."""


def table(media: Path, folder: Path, cores: int) -> str:
    """The table as Markdown; rows without footage or weights on this machine are skipped with a reason.

    `folder` is where files for measuring speed are written.
    """
    parts: list[Callable[[], Iterator[Row]]] = [
        lambda: _set5(media, 2), lambda: _set5(media, 4), lambda: _film(media), _flicker,
        lambda: enlarge_speed.rows(folder, cores, peer("Real-ESRGAN animevideov3")),
    ]  # fmt: skip
    rows = [row for part in parts for row in _skipping(part)]
    lines = ["| what | at least | aim | found |", "|---|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    where = f"{date.today():%d %B %Y}, {cores} cores, {platform.machine()}, no GPU"
    return f"Measured {where}.\n\n" + "\n".join(lines) + "\n"


def _skipping(part: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    try:
        yield from part()
    except (FilmError, FileNotFoundError) as error:
        yield "skipped", "", "", str(error).replace("\n", " ")


@cache
def peer(name: str) -> Any:
    """An engine to compare with; the sentence that says why not where its weights are not on this machine."""
    engine, options = PEERS[name]
    try:
        return engines.load("upscale", engine, **options)
    except FilmError as error:
        return str(error).split("\n")[0]


def _set5(media: Path, scale: int) -> Iterator[Row]:
    """PSNR on the brightness of Set5, the border of `scale` pixels left out."""
    pairs = sorted((media / f"bench/Set5_x{scale}").glob("*LR.png"))
    if not pairs:
        raise FilmError(f"There is no Set5_x{scale} in {media / 'bench'}.")
    tried: dict[str, tuple[str, dict[str, Any]]] = {
        "compact, bicubic": ("compact", {"weights": "bicubic", "tolerance": 0.0}),
        "Lanczos that agrees": ("lanczos", {}),
        "SPAN": ("spandrel", {"weights": f"span-x{scale}-ch48"}),
    }
    values = []
    for name, (engine, options) in tried.items():
        try:
            loaded = engines.load("upscale", engine, scale=scale, **options)
        except FilmError:
            values.append(f"{name}: no weights here")
            continue
        values.append(f"{name} {np.mean([_psnr_of_pair(loaded, path, scale) for path in pairs]):.2f}")
    least, aim = ("36.8", "37.6") if scale == 2 else ("30.6", "31.6")
    yield f"Set5 x{scale}, PSNR in dB", least, aim, "; ".join(values)


def _psnr_of_pair(engine: Any, path: Path, scale: int) -> float:
    low, high = (
        np.asarray(cv2.imread(str(file), cv2.IMREAD_COLOR_RGB), np.float32)
        for file in (path, path.with_name(path.name.replace("LR", "HR")))
    )
    large = np.rint(np.clip(engine(low[None] / 255)[0], 0, 1) * 255)
    # Brightness of ITU-R BT.601, as papers report it.
    error = (large - high)[scale:-scale, scale:-scale] @ (np.array([65.481, 128.553, 24.966]) / 255)
    return float(10 * np.log10(255**2 / np.mean(error**2)))


def _film(media: Path) -> Iterator[Row]:
    """Unseen clips, blurred, reduced to half, grained and compressed: PSNR and gradient similarity of middle frames."""
    pairs = [_filmed(media, excerpt, SEED + k) for k, excerpt in enumerate(UNSEEN)]
    tried = {"compact": engines.load("upscale", "compact"), **{name: peer(name) for name in PEERS}}
    signal, look = [], []
    for name, engine in tried.items():
        if isinstance(engine, str):
            signal.append(f"{name}: {engine}")
            continue
        scores = []
        for seen, truth in pairs:
            large = np.clip(engine(seen), 0, 1)[LENGTH // 2, 8:-8, 8:-8, 0]
            scores.append((_psnr(large, truth[8:-8, 8:-8]), deviation(large, truth[8:-8, 8:-8])))
        decibels, deviations = np.mean(scores, axis=0)
        signal.append(f"{name} {decibels:.2f} ({', '.join(f'{score:.2f}' for score, _ in scores)})")
        look.append(f"{name} {deviations:.4f}")
    clips = ", ".join(excerpt.name for excerpt in UNSEEN)
    yield f"film-like, x2, PSNR in dB ({clips})", "above all", "above all", "; ".join(signal)
    yield "the same, gradient magnitude deviation (lower is better)", "below Lanczos", "below all", "; ".join(look)


def _filmed(media: Path, excerpt: Excerpt, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A clip as film of half the size shows it (n, h, w, 1), and its middle frame (2h, 2w)."""
    clip = frames(media, excerpt, LENGTH)
    height, width = (min(CROP, side // 4 * 4) for side in clip.shape[1:3])
    top, left = (clip.shape[1] - height) // 2, (clip.shape[2] - width) // 2
    clip = np.ascontiguousarray(clip[:, top : top + height, left : left + width, 0])
    rng = np.random.default_rng(seed)
    small = []
    for frame in clip:
        half = reduce(cv2.GaussianBlur(frame, (0, 0), SOFT), 2)
        grain = cv2.GaussianBlur(rng.standard_normal(half.shape, np.float32), (0, 0), COARSE)
        small.append(half + GRAIN * grain / grain.std())
    seen = compressed(np.clip(small, 0, 1).astype(np.float32)[..., None], QUALITY)
    return seen, clip[LENGTH // 2]


def _psnr(picture: np.ndarray, truth: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean((picture - truth) ** 2)))


def deviation(picture: np.ndarray, truth: np.ndarray) -> float:
    """How unevenly a picture (h, w) keeps the edges of the truth; 0 for the same picture.

    Xue, Zhang, Mou and Bovik, "Gradient Magnitude Similarity Deviation" (IEEE TIP 2014).
    """
    magnitudes = []
    for plane in (picture, truth):
        half = cv2.blur(plane, (2, 2))[::2, ::2] * 255
        across = cv2.filter2D(half, -1, np.array([[1, 0, -1]] * 3, np.float32) / 3)
        down = cv2.filter2D(half, -1, np.array([[1, 0, -1]] * 3, np.float32).T / 3)
        magnitudes.append(np.hypot(across, down))
    one, other = magnitudes
    similarity = (2 * one * other + 170) / (one**2 + other**2 + 170)
    return float(similarity.std())


def _flicker() -> Iterator[Row]:
    """A still photograph with grain: how much its pixels change in time, beside a Lanczos enlargement."""
    from ..demo.scenes import sample

    rng = np.random.default_rng(SEED)
    photograph = np.asarray(cv2.imread(str(sample("camera.png")), cv2.IMREAD_GRAYSCALE), np.float32) / 255
    scene = cv2.resize(photograph, (256, 256), interpolation=cv2.INTER_AREA)
    clip = np.stack([scene + 0.02 * rng.standard_normal(scene.shape, np.float32) for _ in range(9)])[..., None]
    restless = {
        name: float(engine(clip)[1:-1].std(axis=0).mean())
        for name, engine in {"compact": engines.load("upscale", "compact"), "Lanczos": peer("Lanczos")}.items()
    }
    share = restless["compact"] / restless["Lanczos"]
    yield "flicker of a still scene with grain of 2 %, after / before", "< 1", "< 0.7", f"{share:.2f}"
