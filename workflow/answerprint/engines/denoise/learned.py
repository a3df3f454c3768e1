"""Grain taken out by averaging along motion, cosine transforms, and a small network that corrects them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ... import motion
from .. import Card, Clip, Result
from .._weights import read
from . import _noise
from .motion import IDENTICAL, Denoise, Options


@dataclass(frozen=True, kw_only=True)
class LearnedOptions(Options):
    """How much grain to take out, and by which network."""

    weights: str = "denoise-learned"
    """One of our own weights in resources/models, or the path of a file that `snakemake train_denoise` made."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.weights:
            raise ValueError("weights is empty, but it must be a name or a path")


class LearnedDenoise(Denoise):
    """Averages and smooths as denoise/motion does, and lets a network correct what came out."""

    card = Card(
        stage="denoise",
        name="learned",
        kind="repair",
        summary="Grain and noise, averaged along motion over five frames, then a small network told how much is left.",
        paper="Zhang, Zuo and Zhang, FFDNet, IEEE TIP 2018; Tassano, Delon and Veit, FastDVDnet, CVPR 2020",
        licence="Apache-2.0",
        cost=3 * Denoise.card.cost,
        memory=2 * Denoise.card.memory,
        radius=2,
        measure_radius=1,
        measured=True,
        gpu=True,
    )
    Options = LearnedOptions
    options: LearnedOptions
    network: Any = None

    def load(self) -> None:
        """Read the weights. Raises FilmError when they are missing, damaged, or for another engine."""
        from .._unet import build

        self.network = read(self.options.weights, "denoise/learned", build, self.device)

    def run(self, clip: Clip) -> Result:
        """The core frames with less grain; bit-identical where the shot has hardly any."""
        from ._network import denoised

        frames = clip.frames[clip.core].copy()
        noise = clip.plan["noise"][clip.core]
        curves = noise * self.options.strength
        numbers = {"noise": noise.mean(axis=(1, 2)) * 255, "support": np.ones(len(frames))}
        masks = np.zeros(frames.shape[:3], bool)
        looks: dict[int, np.ndarray] = {}
        for k, i in enumerate(clip.indices):
            if curves[k].max() < IDENTICAL or self.options.keep_grain == 1:
                continue
            frame = clip.frames[i]
            level = noise_of(frame, curves[k])
            average, share = averaged(clip.frames, i, level, self.card.radius, looks)
            planes = [
                denoised(
                    self.network, frame[..., c], average[..., c], level[..., c], level[..., c] * share, self.device
                )
                for c in range(frame.shape[2])
            ]
            clean = np.stack(planes, axis=2)
            frames[k] = clean + np.float32(self.options.keep_grain) * (frame - clean)
            masks[k] = True
            # Equal weights of n frames leave 1 / sqrt(n) of the noise.
            numbers["support"][k] = float((1 / share**2).mean())
        return Result(frames=frames, mask=masks, statistics=numbers)


def noise_of(frame: np.ndarray, curve: np.ndarray) -> np.ndarray:
    """Standard deviation of the noise at each pixel of a frame (h, w, c), from its curve (8, c) over brightness."""
    light = motion.eight_bits(cv2.blur(motion.luma(frame), (5, 5)))
    steps = (np.arange(256) + 0.5) / 256 * _noise.BINS - 0.5
    tables = (np.interp(steps, np.arange(_noise.BINS), c).astype(np.float32) for c in curve.T)
    return np.stack([np.maximum(table, 0.1 / 255)[light] for table in tables], axis=2)


def averaged(
    frames: np.ndarray, i: int, noise: np.ndarray, radius: int, looks: dict[int, np.ndarray] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Mean of frame i and its neighbours along motion (h, w, c), and the share of the noise left in it (h, w).

    Weights as in Buades, Lisani and Miladinovic, "Patch-based video denoising with optical flow estimation" (2016).
    """
    looks = {} if looks is None else looks
    frame = frames[i]
    height, width, _ = frame.shape
    total = frame.copy()
    weights, squares = np.ones((height, width), np.float32), np.ones((height, width), np.float32)
    for j in range(max(0, i - radius), min(len(frames), i + radius + 1)):
        if j == i:
            continue
        half = motion.flow(_look(frames, i, looks), _look(frames, j, looks), "medium")
        flow = cv2.resize(half, (width, height), interpolation=cv2.INTER_LINEAR) * 2
        moved = motion.warp(frames[j], flow, cv2.INTER_CUBIC)
        ratio = np.ascontiguousarray((((frame - moved) / noise) ** 2).mean(axis=2)) * 0.5
        wide, narrow = cv2.blur(ratio, (7, 7)), cv2.blur(ratio, (3, 3))
        weight = np.exp(-2.0 * np.maximum(wide - 1.15, 0) - np.maximum(narrow - 2.2, 0)) * motion.inside(flow)
        total += weight[..., None] * moved
        weights += weight
        squares += weight * weight
    return total / weights[..., None], np.sqrt(squares) / weights


def _look(frames: np.ndarray, i: int, looks: dict[int, np.ndarray]) -> np.ndarray:
    """What the optical flow sees of a frame: half its size, so that noise is averaged."""
    if i not in looks:
        grey = motion.luma(frames[i])
        half = (grey.shape[1] + 1) // 2, (grey.shape[0] + 1) // 2
        small = cv2.resize(grey, half, interpolation=cv2.INTER_AREA)
        looks[i] = motion.eight_bits(cv2.GaussianBlur(small, (0, 0), 0.8))
    return looks[i]
