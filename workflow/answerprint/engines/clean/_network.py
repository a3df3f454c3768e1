"""What the detecting network sees of a frame and its neighbours. Imports torch: loaded with the weights."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ...runtime.inference import Inference
from .._unet import UNet
from ._alignment import Window

INPUTS = 16
WIDTHS = (16, 32, 56, 80)
"""0.4 million weights; 10 thousand products a pixel. At the smallest size a pixel sees 100 others on each side."""
FLOOR = 0.02
"""Differences count in units of this and twice the noise."""
FAR = 6.0
"""Differences are clipped to so many units."""
LARGEST = 768
"""Longest side of the pieces in which a picture is answered, pixels,"""
OVERLAP = 32
"""and how far a piece sees beyond its side."""
SORTING = ((0, 5), (1, 3), (2, 4), (1, 2), (3, 4), (0, 3), (2, 5), (0, 1), (2, 3), (4, 5), (1, 2), (3, 4))
"""Comparisons that sort six values (Knuth, The Art of Computer Programming 3, 5.3.4)."""


class Detector(nn.Module):
    """The pictures of a window (n, 7, h, w), where its neighbours are valid (n, 6, h, w), and its noise (n,), to the
    log-odds of a defect, (n, 1, h, w).
    """

    def __init__(self, net: UNet) -> None:
        super().__init__()
        self.net = net
        self.shape = net.shape
        self.multiple = net.multiple

    def forward(self, pictures: Tensor, valid: Tensor, noise: Tensor) -> Tensor:
        return self.net(evidence(pictures, valid, noise.reshape(-1)))


def new() -> Detector:
    """The network, untrained."""
    return Detector(UNet(INPUTS, WIDTHS))


def evidence(pictures: Tensor, valid: Tensor, noise: Tensor) -> Tensor:
    """(n, 7, h, w), (n, 6, h, w) and (n,) to (n, 16, h, w): how a frame differs, in units of what noise explains."""
    frame, *neighbours = pictures.float().unbind(1)
    unit = (FLOOR + 2 * noise)[:, None, None]
    ranked = _sorted(neighbours)
    middle = (ranked[2] + ranked[3]) / 2
    before, after = neighbours[:2]
    # Outside what both neighbours show within a pixel: edges that are not aligned to the pixel do not count.
    high, low = _widest(torch.maximum(before, after)), -_widest(-torch.minimum(before, after))
    differences = [
        *(frame - neighbour for neighbour in neighbours),
        frame - middle,
        torch.relu(frame - high) - torch.relu(low - frame),
        torch.relu(frame - ranked[5]) - torch.relu(ranked[0] - frame),
        ranked[4] - ranked[1],
    ]
    scaled = [(difference / unit).clamp(-FAR, FAR) for difference in differences]
    shown = valid.float()
    level = (noise * 10)[:, None, None].expand_as(frame)
    planes = [frame, middle, *scaled, shown[:, 0], shown[:, 1], shown.mean(dim=1), level]
    return torch.stack(planes, dim=1)


def _sorted(values: list[Tensor]) -> list[Tensor]:
    """Six pictures, sorted at each pixel."""
    ranked = list(values)
    for a, b in SORTING:
        ranked[a], ranked[b] = torch.minimum(ranked[a], ranked[b]), torch.maximum(ranked[a], ranked[b])
    return ranked


def _widest(picture: Tensor) -> Tensor:
    return functional.max_pool2d(picture[:, None], 3, stride=1, padding=1)[:, 0]


def probability(network: Detector, window: Window, inference: Inference) -> np.ndarray:
    """Probability that each pixel of a window's frame is a defect, float32 (h, w).

    Large pictures are answered in pieces that overlap.
    """
    _, height, width = window.pictures.shape
    odds = np.empty((height, width), np.float32)
    noise = np.array([window.noise], np.float32)
    for y in _pieces(height):
        for x in _pieces(width):
            seen = tuple(slice(max(0, cut.start - OVERLAP), cut.stop + OVERLAP) for cut in (y, x))
            planes = [_padded(p[(slice(None), *seen)], network.multiple) for p in (window.pictures, window.valid)]
            (piece,) = inference.answers(network, [[*planes, noise]])
            top, left = y.start - seen[0].start, x.start - seen[1].start
            odds[y, x] = piece[0, top : top + y.stop - y.start, left : left + x.stop - x.start]
    return 1 / (1 + np.exp(-odds))


def _pieces(size: int) -> list[slice]:
    """`size` pixels in pieces of about one length, at most LARGEST."""
    count = -(-size // LARGEST)
    return [slice(k * size // count, (k + 1) * size // count) for k in range(count)]


def _padded(planes: np.ndarray, multiple: int) -> np.ndarray:
    """Planes (k, h, w), mirrored at the bottom and on the right until `multiple` divides their sides."""
    bottom, right = (-size % multiple for size in planes.shape[1:])
    return np.ascontiguousarray(np.pad(planes, ((0, 0), (0, bottom), (0, right)), mode="symmetric"))
