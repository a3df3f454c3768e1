"""What the denoising network sees of a frame, and what its answer means. Imports torch: loaded with the weights."""

from __future__ import annotations

import numpy as np
from torch import nn

from .._unet import UNet, answer
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


def denoised(
    network: UNet, frame: np.ndarray, average: np.ndarray, noise: np.ndarray, left: np.ndarray, device: str
) -> np.ndarray:
    """A plane (h, w) without noise: the result of cosine transforms minus the error that the network finds in it."""
    planes = seen(frame, average, noise, left)
    return planes[0] - _error(network, planes, device)


def denoised_alone(network: UNet, frame: np.ndarray, noise: np.ndarray, device: str) -> np.ndarray:
    """The same for a picture (h, w) that stands alone, averaged over its eight orientations: 0.1 dB better.

    Timofte, Rothe and Van Gool, "Seven ways to improve example-based single image super resolution" (CVPR 2016).
    """
    planes = seen(frame, frame, noise, noise)
    turned = [(turns, mirror) for turns in range(4) for mirror in (1, -1)]
    errors = [
        np.rot90(_error(network, np.rot90(planes[..., ::mirror], turns, (1, 2)), device), -turns)[:, ::mirror]
        for turns, mirror in turned
    ]
    return planes[0] - np.mean(errors, axis=0)


def _error(network: UNet, planes: np.ndarray, device: str) -> np.ndarray:
    """The error that the network finds in the first plane of its input (5, h, w): (h, w)."""
    height, width = planes.shape[1:]
    fill = ((0, 0), (0, -height % network.multiple), (0, -width % network.multiple))
    return answer(network, [np.pad(planes, fill, mode="symmetric")], device)[:height, :width]
