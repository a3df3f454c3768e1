"""Automatic colour by DDColor, a published network that knows far more of the world than a small one can."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...runtime.errors import FilmError
from .. import Card, file_option
from .._weights import read_checkpoint
from ._automatic import AutomaticColour, AutomaticOptions, Guess

AGREEMENT = 20.0
"""Distance in a and b between what the network says of a picture and of its mirror image that gives 1/e confidence."""
KEPT_WIDTH = 64
"""Width at which guesses are kept; brightness gives them their edges."""


@dataclass(frozen=True, kw_only=True)
class DDColorOptions(AutomaticOptions):
    """Which weights, at which size, how strong the colours are, and what a person said about them."""

    weights: str = file_option("ddcolor_modelscope.pth")
    """The path of a checkpoint of DDColor: ddcolor_modelscope, _artistic, _paper or _paper_tiny."""
    size: int = 512
    """Side of the square at which the network sees a frame, pixels, a multiple of 32: the authors' size."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size < 64 or self.size % 32:
            raise ValueError(f"size is {self.size}, but it must be a multiple of 32, at least 64")


class DDColor(AutomaticColour):
    """Colours each shot by DDColor's guesses, steadied along motion; where it contradicts itself it stays grey."""

    card = Card(
        stage="colorize",
        name="ddcolor",
        kind="generate",
        summary="DDColor, its guesses for a frame and its mirror image compared, and steadied along motion; hints rule",
        paper="Kang et al., DDColor: Towards Photo-Realistic Image Colorization via Dual Decoders, ICCV 2023",
        licence="Apache-2.0; weights have their own",
        cost=60.0,
        memory=70,
        measured=True,
        measure_options=("weights", "precision", "size"),
        output_channels=3,
        gpu=True,
    )
    Options = DDColorOptions
    options: DDColorOptions
    expected = "a checkpoint of DDColor that gives a and b"
    hint = "Take one that the authors of DDColor published, and check its SHA-256."
    batch = 2

    def build(self, path: Path) -> Any:
        """DDColor with the file's weights, in float32."""
        from ...runtime import torchvision_shim

        torchvision_shim.prepare()
        import spandrel
        from spandrel_extra_arches import EXTRA_REGISTRY

        state, _ = read_checkpoint(path)
        state = state.get("params", state)
        try:
            network = spandrel.ModelLoader(registry=EXTRA_REGISTRY).load_from_state_dict(state)
        except spandrel.UnsupportedModelError as error:
            raise FilmError(f"{path} is not {self.expected}.", self.hint) from error
        if network.architecture.id != "DDColor" or network.model.num_output_channels != 2:
            raise FilmError(f"{path} is not {self.expected}.", self.hint)
        return self.inference.placed(network.model.float())

    def guesses(self, pictures: Iterable[np.ndarray]) -> Iterator[Guess]:
        """The network's colours, and how well those for the mirror image agree with them."""
        for picture in pictures:
            height, width = picture.shape
            side = self.options.size
            shrinks = side < min(height, width)
            square = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
            # The network takes three channels, all of them the grey value.
            seen = np.repeat(square[None], 3, axis=0)
            plain, mirrored = self.inference.answers(self.network, ([seen], [seen[:, :, ::-1]]))
            size = KEPT_WIDTH, max(1, round(KEPT_WIDTH * height / width))
            one, other = (
                cv2.resize(np.moveaxis(ab, 0, -1), size, interpolation=cv2.INTER_AREA)
                for ab in (plain, mirrored[:, :, ::-1])
            )
            apart = ((one - other) ** 2).sum(axis=2)
            yield (one + other) / 2, np.exp(-apart / AGREEMENT**2)
