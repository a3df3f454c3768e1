"""Removes grain by averaging along motion, cosine transforms, and a small network that corrects them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import Card, file_option
from .._weights import NetworkOptions, TrainedEngine
from ._average import Motion, averaged, noise_of
from .motion import Denoise, Options


@dataclass(frozen=True, kw_only=True)
class LearnedOptions(Options, NetworkOptions):
    """How much grain to remove, and by which network."""

    weights: str = file_option("denoise-learned")
    """The name of weights in resources/models, or the path of a file that `snakemake train_denoise` made."""


class LearnedDenoise(TrainedEngine, Denoise):
    """Averages and smooths as denoise/motion does, and lets a network correct the result."""

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
    expected = "a network that denoise/learned can use"
    hint = "Train it again with this version: snakemake train_denoise."

    def describe_network(self, metadata: dict[str, str]) -> Any:
        """The untrained network that the metadata of a weight file describe."""
        from .._unet import build

        return build(metadata)

    def smoothed(self, frames: np.ndarray, i: int, curve: np.ndarray, motion: Motion) -> tuple[np.ndarray, float]:
        """Frame i without noise (h, w, c), and how many frames it was averaged over in the mean."""
        from ._network import denoised, denoised_alone, seen

        noise = noise_of(frames[i], curve)
        if len(frames) == 1:
            alone = [
                denoised_alone(self.network, plane, level, self.inference)
                for plane, level in zip(np.moveaxis(frames[i], 2, 0), np.moveaxis(noise, 2, 0), strict=True)
            ]
            return np.stack(alone, axis=2), 1.0
        mean, left, support = averaged(frames, i, noise, self.card.radius, motion)
        inputs = [
            seen(frames[i][..., c], mean[..., c], level, level * left)
            for c, level in enumerate(np.moveaxis(noise, 2, 0))
        ]
        return np.stack(denoised(self.network, inputs, self.inference), axis=2), support
