"""Samples, loss and figures for the network of denoise/learned: still squares and short clips with noise added."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ...engines.denoise import _average, _noise, _shrink
from ...runtime.inference import Inference
from . import clips
from .loop import Schedule
from .material import Material

ENGINE = "denoise/learned"
SCHEDULE = Schedule(steps=110000, batch=8, size=64)
CLIPS = 1200
"""Clips are drawn in advance, because averaging along motion takes longer than a step of the training."""
SIDE = 112
"""Side of a sample, pixels."""
MARGIN = 16
"""Extra pixels around a sample, so that motion leads out of the square but not out of the picture."""
FRAMES = 5
MOVING = 2
"""Squares from clips in a batch of 8; the others are stills."""
STRIPED = 0.15
"""Share of stills with stripes added: photographs have too little cloth, fences and brickwork to learn from."""
STRONGEST = 55 / 255
"""The largest standard deviation of noise in stills."""
FAINT = 0.001
"""Floor of a square's error: one without noise would otherwise have the steepest gradient."""


def draw(material: Material, seed: int, count: int = CLIPS) -> dict[str, np.ndarray]:
    """What `denoise/learned` reads and should return for the middle frames of clips: float16 (count, SIDE, SIDE) each.

    clean; frame, with noise; average, the mean along motion; noise, its level; left, the level left in the average.
    """
    names = ("clean", "frame", "average", "noise", "left")
    drawn = {name: np.empty((count, SIDE, SIDE), np.float16) for name in names}
    inner = slice(MARGIN, -MARGIN)
    for k in range(count):
        rng = np.random.default_rng([seed, k, *b"denoise"])
        clean = clips.draw(material, rng, FRAMES, SIDE + 2 * MARGIN)[..., None]
        curve = rng.uniform(2, 45) / 255 * _noise_curve(rng)
        level = np.stack([_average.noise_of(frame, curve) for frame in clean])
        noisy = np.clip(clean + level * _grain(rng, clean.shape), 0, 1).astype(np.float32)
        middle = FRAMES // 2
        # A measured curve is never exact.
        measured = _average.noise_of(noisy[middle], curve * rng.uniform(0.9, 1.1))
        reach = int(rng.choice([1, 2, 2]))
        average, share, _ = _average.averaged(noisy, middle, measured, reach, _average.Motion(noisy))
        planes = clean[middle], noisy[middle], average, measured, (share[..., None] * measured)
        for name, plane in zip(names, planes, strict=True):
            drawn[name][k] = plane[inner, inner, 0]
    return drawn


def _noise_curve(rng: np.random.Generator) -> np.ndarray:
    """Noise by brightness (8, 1) with mean 1: the same for all brightness in every second clip."""
    if rng.random() < 0.5:
        return np.ones((_noise.BINS, 1))
    curve = np.interp(np.arange(_noise.BINS), (0, 3.5, 7), rng.uniform(0.4, 1.6, 3))
    return (curve / curve.mean())[:, None]


def _grain(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Noise of standard deviation 1, in every second clip as coarse as scanned grain."""
    white = rng.standard_normal(shape, np.float32)
    if rng.random() < 0.5:
        return white
    soft = np.stack([cv2.GaussianBlur(frame, (0, 0), rng.uniform(0.3, 1.0)) for frame in white]).reshape(shape)
    return soft / soft.std()


def loss(material: Material, drawn: dict[str, np.ndarray], schedule: Schedule) -> Any:
    """The loss (network, step): the mean root mean square error of the squares in a batch of stills and clips.

    With mean square errors strong noise would outweigh faint; mean absolute errors gave 0.16 dB less after as many
    steps.
    """
    import torch

    from ...engines.denoise import _network

    def root_mean_square(network: Any, step: int) -> Any:
        rng = np.random.default_rng([schedule.seed, step])
        inputs, targets = [], []
        for index in range(schedule.batch):
            moving = index < MOVING * schedule.batch // 8
            clean, *planes = _from_clip(drawn, rng, schedule.size) if moving else _still(material, rng, schedule.size)
            inputs.append(_network.seen(*planes))
            targets.append(clean)
        pictures = torch.from_numpy(np.stack(inputs)).to(schedule.device, memory_format=torch.channels_last)
        truth = torch.from_numpy(np.stack(targets)[:, None]).to(schedule.device)
        errors = pictures[:, :1] - network(pictures).float() - truth
        return (errors.square().mean((1, 2, 3)) + FAINT**2).sqrt().mean()

    return root_mean_square


def _from_clip(drawn: dict[str, np.ndarray], rng: np.random.Generator, size: int) -> list[np.ndarray]:
    k = int(rng.integers(len(drawn["clean"])))
    y, x = rng.integers(0, SIDE - size + 1, 2) if size < SIDE else (0, 0)
    turn, mirror = int(rng.integers(4)), int(rng.choice([1, -1]))
    names = ("clean", "frame", "average", "noise", "left")
    cut = (np.rot90(drawn[name][k, y : y + size, x : x + size], turn)[:, ::mirror] for name in names)
    return [np.ascontiguousarray(plane, np.float32) for plane in cut]


def _still(material: Material, rng: np.random.Generator, size: int) -> list[np.ndarray]:
    clean = clips.patch(material, rng, size)
    if rng.random() < STRIPED:
        clean = _striped(clean, rng)
    level = np.full((size, size), rng.uniform(0, STRONGEST), np.float32)
    if rng.random() < 0.25:
        # Brightness and motion make noise vary over the picture.
        coarse = rng.uniform(0.5, 1.5, (3, 3)).astype(np.float32)
        level *= cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    noisy = clean + level * rng.standard_normal((size, size), np.float32)
    return [clean, noisy, noisy, level, level]


def _striped(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A square (n, n) with bent stripes or checks on part of it, 2.5 to 12 pixels apart."""
    size = len(picture)

    def smooth_field(strength: float) -> np.ndarray:
        coarse = strength * rng.standard_normal((4, 4)).astype(np.float32)
        return cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)

    def stripes() -> np.ndarray:
        angle, apart = rng.uniform(0, np.pi), np.exp(rng.uniform(np.log(2.5), np.log(12)))
        wave = np.sin(2 * np.pi * (np.cos(angle) * x + np.sin(angle) * y + smooth_field(rng.uniform(0, 4))) / apart)
        hard = rng.uniform(0.1, 4)
        return np.tanh(hard * wave) / np.tanh(hard)

    y, x = np.mgrid[:size, :size].astype(np.float32)
    pattern = stripes() * stripes() if rng.random() < 0.3 else stripes()
    cover = 1 / (1 + np.exp(-6 * (smooth_field(1) + rng.uniform(-0.5, 1))))
    return np.clip(picture + rng.uniform(0.04, 0.25) * cover * pattern, 0, 1).astype(np.float32)


def measure(network: Any, material: Material, seed: int) -> dict[str, float]:
    """PSNR in dB on held-out pictures, next to that of the cosine transform of denoise/motion."""
    from ...engines.denoise import _network

    figures: dict[str, list[float]] = {}
    for sigma in (15, 25, 50):
        for k in range(12):
            rng = np.random.default_rng([seed, sigma, k])
            clean = clips.patch(material, rng, 128)
            level = np.full(clean.shape, sigma / 255, np.float32)
            noisy = clean + level * rng.standard_normal(clean.shape, np.float32)
            (denoised,) = _network.denoised(network, [_network.seen(noisy, noisy, level, level)], Inference())
            for name, picture in (("network", denoised), ("cosine", _shrink.shrink(noisy, level)), ("noisy", noisy)):
                figures.setdefault(f"still, sigma {sigma}: {name}", []).append(_psnr(picture, clean))
    drawn = {name: plane.astype(np.float32) for name, plane in draw(material, seed, 16).items()}
    for clean, frame, average, noise, left in zip(*drawn.values(), strict=True):
        (denoised,) = _network.denoised(network, [_network.seen(frame, average, noise, left)], Inference())
        for name, picture in (("network", denoised), ("cosine", _shrink.shrink(average, left)), ("noisy", frame)):
            figures.setdefault(f"clips: {name}", []).append(_psnr(picture, clean))
    return {name: round(float(np.mean(values)), 2) for name, values in figures.items()}


def _psnr(picture: np.ndarray, truth: np.ndarray) -> float:
    error = np.mean((np.clip(picture, 0, 1) - truth) ** 2)
    return float(-10 * np.log10(max(float(error), 1e-10)))
