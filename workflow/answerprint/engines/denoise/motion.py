"""Removes grain by averaging along motion, and gives back a chosen share of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import Card, Clip, Measures, PixelEngine, Result
from . import _noise, _shrink
from ._average import Motion, averaged, noise_of

IDENTICAL = 0.4 / 255
"""Noise below this is less than 8 bits show: the film stays as it is, to the bit."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much grain to remove."""

    strength: float = 1.0
    """How much noise is assumed, times what was measured; 0..3, 0 changes nothing."""
    keep_grain: float = 0.5
    """Share of the film's own grain that is given back, 0..1."""

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 3:
            raise ValueError(f"strength is {self.strength}, outside 0..3")
        if not 0 <= self.keep_grain <= 1:
            raise ValueError(f"keep_grain is {self.keep_grain}, outside 0..1")


class Denoise(PixelEngine):
    """Measures grain by brightness, averages what is the same along motion, smooths the remaining noise."""

    card = Card(
        stage="denoise",
        name="motion",
        kind="repair",
        summary="Grain and noise, averaged away along motion over five frames; a chosen share of it stays.",
        paper="Buades, Lisani and Miladinovic, Patch-based video denoising with optical flow estimation, IEEE TIP 2016",
        licence="Apache-2.0",
        cost=0.2,
        memory=120,
        radius=2,
        measure_radius=1,
        measured=True,
    )
    Options = Options

    def measure(self, clip: Clip) -> Measures:
        """Noise of each core frame: by 8 steps of brightness against the frame before and within; cut off at black."""
        nothing = np.full((_noise.BINS, clip.frames.shape[3]), np.nan, np.float32)
        frames = clip.frames
        return {
            "temporal": np.stack([_noise.temporal(frames[i], frames[i - 1]) if i else nothing for i in clip.indices]),
            "spatial": np.stack([_noise.spatial(frames[i]) for i in clip.indices]),
            "black": np.stack([_noise.at_black(frames[i]) for i in clip.indices]),
        }

    def plan(self, measures: Measures, *, first: int) -> Measures:
        """Noise of the shot, the median of its frames: its curve (n, 8, c), and what is cut off at black (n, c)."""
        # The first frame was measured against one of another shot; repeated frames have no noise against each other.
        temporal = measures["temporal"][1:]
        temporal = np.where(temporal > 0.1 / 255, temporal, np.nan)
        use = temporal if np.isfinite(temporal).any() else measures["spatial"]
        noise, count = _noise.complete(use), len(measures["spatial"])
        black = _noise.cut_off(measures["black"], noise)
        return {"noise": np.repeat(noise[None], count, axis=0), "black": np.repeat(black[None], count, axis=0)}

    def run(self, clip: Clip) -> Result:
        """The core frames with less grain; bit-identical where the shot has hardly any."""
        frames = clip.frames[clip.core].copy()
        noise = clip.plan["noise"][clip.core]
        curves = noise * self.options.strength
        numbers = {"noise": noise.mean(axis=(1, 2)) * 255, "support": np.ones(len(frames))}
        masks = np.zeros(frames.shape[:3], bool)
        motion = Motion(clip.frames)
        for k, i in enumerate(clip.indices):
            if curves[k].max() < IDENTICAL or self.options.keep_grain == 1:
                continue
            clean, numbers["support"][k] = self.smoothed(clip.frames, i, curves[k], motion)
            motion.forget(i + 1 - self.card.radius)
            clean = self.uncut(clean, clip.plan["black"][i])
            frames[k] = clean + np.float32(self.options.keep_grain) * (clip.frames[i] - clean)
            masks[k] = True
        return Result(frames=frames, mask=masks, statistics=numbers)

    def smoothed(self, frames: np.ndarray, i: int, curve: np.ndarray, motion: Motion) -> tuple[np.ndarray, float]:
        """Frame i without noise (h, w, c), and how many frames it was averaged over in the mean."""
        noise = noise_of(frames[i], curve)
        mean, left, support = averaged(frames, i, noise, self.card.radius, motion)
        planes = [_shrink.shrink(mean[..., c], noise[..., c] * left) for c in range(mean.shape[2])]
        return np.stack(planes, axis=2), support

    def uncut(self, clean: np.ndarray, black: np.ndarray) -> np.ndarray:
        """A clean frame (h, w, c) with its shadows as deep as they were before black cut off noise `black` (c,)."""
        levels = black * min(1.0, self.options.strength)
        return np.stack([_noise.uncut(clean[..., c], levels[c]) for c in range(clean.shape[2])], axis=2)
