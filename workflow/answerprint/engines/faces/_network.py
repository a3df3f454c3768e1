"""What the network of faces sees of a face, and what its answer means. Imports torch: loaded with the weights."""

from __future__ import annotations

import numpy as np
from torch import nn

from ...runtime.inference import Inference
from .._unet import UNet

WIDTHS = (40, 64, 72)
"""0.46 million weights; 51 thousand products a pixel."""


def new() -> UNet:
    """The untrained network: it finds neither lost detail nor grain."""
    network = UNet(1, WIDTHS, outputs=2)
    for parameter in network.tail.parameters():
        nn.init.zeros_(parameter)
    return network


def lost_and_grain(network: UNet, luma: np.ndarray, inference: Inference) -> tuple[np.ndarray, np.ndarray]:
    """The detail that blur has taken from a face's brightness (h, w), and the grain that lies on it: (h, w) each.

    The face as it was is its brightness plus the one minus the other.
    """
    height, width = luma.shape
    fill = ((0, -height % network.multiple), (0, -width % network.multiple))
    (answer,) = inference.answers(network, [[np.pad(luma, fill, mode="symmetric")[None]]])
    detail, grain = answer[:, :height, :width]
    return detail, grain
