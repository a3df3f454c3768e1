"""What the denoising network sees of a frame, and what its answer means. Imports torch: loaded with the weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import nn

from ...runtime.inference import Inference
from .._unet import UNet
from . import _shrink

WIDTHS = (40, 64, 72)
"""0.46 million weights; 53 thousand products a pixel."""
INPUTS = 5
LOUD = 5.0
"""Factor that brings the noise of film grain to about 0..1."""


def new() -> UNet:
    """The untrained network: it changes nothing."""
    network = UNet(INPUTS, WIDTHS)
    for parameter in network.tail.parameters():
        nn.init.zeros_(parameter)
    return network


def seen(frame: np.ndarray, average: np.ndarray, noise: np.ndarray, left: np.ndarray) -> np.ndarray:
    """The network's input (5, h, w) for planes (h, w).

    First the mean along motion after cosine transforms, then this mean, the frame, and the noise in both.
    """
    first = _shrink.shrink(average, left)
    return np.stack([first, average, frame, LOUD * noise, LOUD * left]).astype(np.float32, copy=False)


def denoised(network: UNet, inputs: Sequence[np.ndarray], inference: Inference) -> list[np.ndarray]:
    """Planes (h, w) without noise, from what the network sees of each (5, h, w), all of one size.

    The result of cosine transforms minus the error that the network finds in it.
    """
    return [planes[0] - error for planes, error in zip(inputs, _errors(network, inputs, inference), strict=True)]


def denoised_alone(network: UNet, frame: np.ndarray, noise: np.ndarray, inference: Inference) -> np.ndarray:
    """The same for a picture (h, w) that stands alone, averaged over its eight orientations: 0.1 dB better.

    Timofte, Rothe and Van Gool, "Seven ways to improve example-based single image super resolution" (CVPR 2016).
    """
    planes = seen(frame, frame, noise, noise)
    errors = {}
    for upright in (True, False):  # pictures of one size go together
        turned = [(turns, mirror) for turns in ((0, 2) if upright else (1, 3)) for mirror in (1, -1)]
        views = [np.rot90(planes[..., ::mirror], turns, (1, 2)) for turns, mirror in turned]
        for (turns, mirror), error in zip(turned, _errors(network, views, inference), strict=True):
            errors[turns, mirror] = np.rot90(error, -turns)[:, ::mirror]
    return planes[0] - np.mean([errors[turns, mirror] for turns in range(4) for mirror in (1, -1)], axis=0)


def _errors(network: UNet, inputs: Sequence[np.ndarray], inference: Inference) -> list[np.ndarray]:
    """The error (h, w) that the network finds in the first plane of each of its inputs (5, h, w)."""
    height, width = inputs[0].shape[1:]
    fill = ((0, 0), (0, -height % network.multiple), (0, -width % network.multiple))
    filled = ([np.pad(planes, fill, mode="symmetric")] for planes in inputs)
    return [error[0, :height, :width] for error in inference.answers(network, filled)]
