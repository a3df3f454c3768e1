"""What the detecting network sees of a frame and its neighbours. Imports torch: loaded with the weights."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from .._unet import UNet, answer

WIDTHS = (24, 32, 48, 64)
"""0.3 million weights; 11 thousand products a pixel. At the smallest size a pixel sees 100 others on each side."""
FLOOR = 0.02
"""Differences count in units of this and twice the noise."""
FAR = 6.0
"""Differences are clipped to so many units."""
CORE = 128
"""Side of the squares that the network answers for, in pixels,"""
MARGIN = 16
"""and width of the margin that it sees around them."""


class Detector(nn.Module):
    """Five aligned pictures to log-odds of a defect, (n, 5, h, w) and noise (n,) to (n, 1, h, w).

    The pictures: the frame, those before and after it, and those behind these two. At the ends of the film, two frames
    on one side stand for before and after, and again for those behind.
    """

    def __init__(self, net: UNet) -> None:
        super().__init__()
        self.net = net
        self.shape = net.shape
        self.multiple = net.multiple

    def forward(self, pictures: Tensor, noise: Tensor) -> Tensor:
        return self.net(evidence(pictures, noise.reshape(-1)))


def new() -> Detector:
    """The network, untrained."""
    return Detector(UNet(10, WIDTHS))


def evidence(pictures: Tensor, noise: Tensor) -> Tensor:
    """(n, 5, h, w) and (n,) to (n, 10, h, w): the pictures, and how they differ, in units of what noise explains."""
    frame, before, after, earlier, later = pictures.float().unbind(1)
    unit = (FLOOR + 2 * noise)[:, None, None]
    to_before, to_after = frame - before, frame - after
    agreed = torch.where(to_before * to_after > 0, torch.minimum(to_before.abs(), to_after.abs()), 0 * frame)
    step = agreed * to_before.sign()
    high, low = torch.maximum(before, after), torch.minimum(before, after)
    # Outside what both neighbours show within a pixel: edges that are not aligned to the pixel do not count.
    outside = torch.relu(frame - _widest(high)) - torch.relu(-_widest(-low) - frame)
    differences = [to_before, to_after, step, outside, before - after, earlier - before, later - after]
    scaled = [(difference / unit).clamp(-FAR, FAR) for difference in differences]
    return torch.stack([frame, before, *scaled, (noise * 10)[:, None, None].expand_as(frame)], dim=1)


def _widest(picture: Tensor) -> Tensor:
    return functional.max_pool2d(picture[:, None], 3, stride=1, padding=1)[:, 0]


def probability(network: Detector, pictures: np.ndarray, noise: float, where: np.ndarray, device: str) -> np.ndarray:
    """Probability that each pixel is a defect, float32 (h, w); 0 in squares without a pixel of `where`, bool (h, w).

    pictures: float32 (5, h, w). All squares have one size and are answered one by one, so the result does not depend on
    how many there are.
    """
    _, height, width = pictures.shape
    result = np.zeros((height, width), np.float32)
    rows, columns = -(-height // CORE), -(-width // CORE)
    border = ((0, 0), (MARGIN, MARGIN + rows * CORE - height), (MARGIN, MARGIN + columns * CORE - width))
    padded = np.pad(pictures, border, mode="symmetric")
    for top in range(0, rows * CORE, CORE):
        for left in range(0, columns * CORE, CORE):
            if where[top : top + CORE, left : left + CORE].any():
                side = CORE + 2 * MARGIN
                odds = answer(
                    network, [padded[:, top : top + side, left : left + side], np.array([noise], np.float32)], device
                )
                inner = odds[MARGIN : MARGIN + CORE, MARGIN : MARGIN + CORE]
                place = result[top : top + CORE, left : left + CORE]
                place[:] = (1 / (1 + np.exp(-inner)))[: place.shape[0], : place.shape[1]]
    return result
