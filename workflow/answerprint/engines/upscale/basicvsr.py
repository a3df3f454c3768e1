"""Enlargement by BasicVSR, a recurrent network that gathers the detail of all frames of a shot around each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...runtime.inference import exact
from .. import Card, Clip, Result, file_option
from .._weights import NetworkEngine, NetworkOptions, read_checkpoint
from ._target import EnlargingEngine, TargetOptions

WINDOW, HANDLE = 24, 8
"""Frames that are enlarged together, and frames on either side whose detail they are given too."""


@dataclass(frozen=True, kw_only=True)
class BasicVsrOptions(NetworkOptions, TargetOptions):
    """Which weights, and how far."""

    weights: str = file_option("basicvsr-vimeo-bi")
    """A name in resources/models.yaml, or the path of weights of BasicVSR (.safetensors, .pth)."""
    scale: int = 4
    """How many times wider and higher, 2 to 4; the network enlarges four times and is shrunk to less by area."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 2 <= self.scale <= 4:
            raise ValueError(f"scale is {self.scale}, but it must be 2, 3 or 4")


class BasicVsr(NetworkEngine, EnlargingEngine):
    """Enlarges the frames of a shot together, window by window."""

    card = Card(
        stage="upscale",
        name="basicvsr",
        kind="enhance",
        summary="BasicVSR, a recurrent network that carries detail through the shot both ways; for a GPU",
        paper="Chan et al., BasicVSR: The Search for Essential Components in Video Super-Resolution and Beyond, "
        "CVPR 2021",
        licence="Apache-2.0; weights have their own",
        weights=("basicvsr-vimeo-bi",),
        window=WINDOW,
        handle=HANDLE,
        radius=WINDOW + HANDLE - 1,
        cost=65.0,
        memory=500,
        gpu=True,
    )
    Options = BasicVsrOptions
    options: BasicVsrOptions
    expected = "the weights of BasicVSR"
    hint = "Choose others, such as basicvsr-vimeo-bi or basicvsr-reds4."

    def factor(self, height: int, wanted: int) -> int:
        """The network's own, whatever the height."""
        return 4

    def build(self, path: Path) -> Any:
        """The network, its convolutions at the precision of the options."""
        import torch

        from . import _basicvsr_network

        state, _ = read_checkpoint(path)
        network = _basicvsr_network.at_precision(_basicvsr_network.build(state), self.inference.dtype)
        return self.inference.placed(network).to(memory_format=torch.channels_last)

    def enlarge(self, clip: Clip) -> Result:
        """The core frames, `scale` times wider and higher."""
        grey = clip.frames.shape[3] == 1
        with exact():
            pictures = self.inference.tensor(clip.frames.transpose(0, 3, 1, 2))
            frames = list(pictures.expand(-1, 3, -1, -1).split(1))
            larger = [one[0].permute(1, 2, 0).cpu().numpy() for one in self.network(frames, clip.indices)]
        return Result(frames=np.stack([self._finished(frame, grey) for frame in larger]))

    def _finished(self, frame: np.ndarray, grey: bool) -> np.ndarray:
        """A frame that the network has enlarged, in the size and the channels that are wanted."""
        frame = np.clip(frame, 0, 1)
        # Equal weights cancel a tint best: the network sees three equal channels.
        frame = frame.mean(axis=2, keepdims=True, dtype=np.float32) if grey else frame
        if self.options.scale == 4:
            return frame
        height, width = (side // 4 * self.options.scale for side in frame.shape[:2])
        return np.asarray(cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)).reshape(height, width, -1)
