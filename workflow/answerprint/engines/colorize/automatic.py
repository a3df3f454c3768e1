"""Automatic colour by a small network of this project's own: cautious, so that what it is not sure of stays grey."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import Card, file_option
from .._weights import TrainedEngine
from ._automatic import AutomaticColour, AutomaticOptions, Guess


@dataclass(frozen=True, kw_only=True)
class ColourOptions(AutomaticOptions):
    """Which network, how strong its colours are, and what a person said about them."""

    weights: str = file_option("colorize-automatic")
    """The name of weights in resources/models, or the path of a file that `snakemake train_colorize` made."""


class Automatic(TrainedEngine, AutomaticColour):
    """Colours each shot by a network's guesses; where it is unsure the picture stays grey."""

    card = Card(
        stage="colorize",
        name="automatic",
        kind="generate",
        summary="a small network that says how likely each colour is, its guesses steadied along motion; hints rule",
        paper="Zhang, Isola and Efros, Colorful Image Colorization, ECCV 2016",
        licence="Apache-2.0",
        cost=0.3,
        memory=70,
        measured=True,
        measure_options=("weights", "precision"),
        output_channels=3,
        gpu=True,
    )
    Options = ColourOptions
    options: ColourOptions
    expected = "a network that colorize/automatic can use"
    hint = "Train it again with this version: snakemake train_colorize."
    batch = 1  # A sample is a frame, and which frames are measured together depends on the parts of the film.

    def describe_network(self, metadata: dict[str, str]) -> Any:
        """The untrained network that the metadata of a weight file describe."""
        from ._network import build

        return build(metadata)

    def guesses(self, pictures: Iterable[np.ndarray]) -> Iterator[Guess]:
        """The network's colours, each picture seen at 128 pixels of its short side."""
        from ._guess import guess

        return guess(self.network, pictures, self.inference)
