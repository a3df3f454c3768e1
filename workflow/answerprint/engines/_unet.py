"""A compact network for pictures: detail at half size, context at smaller sizes, the answer at full size.

Ronneberger, Fischer and Brox, "U-Net: Convolutional Networks for Biomedical Image Segmentation" (MICCAI 2015); the
lossless first step to half size is that of Zhang, Zuo and Zhang, "FFDNet" (IEEE TIP 2018). Imports torch: engines
import this module only when they load.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional


def _conv(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1)


class Block(nn.Module):
    """Two convolutions whose output is added to their input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = _conv(width, width), _conv(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(functional.relu_(self.first(x)))


class UNet(nn.Module):
    """(n, inputs, h, w) to (n, outputs, h, w), h and w multiples of `multiple`; a width a size, from half size down."""

    def __init__(self, inputs: int, widths: Sequence[int], blocks: int = 1, outputs: int = 1) -> None:
        super().__init__()
        self.shape = {"inputs": inputs, "widths": list(widths), "blocks": blocks, "outputs": outputs}
        self.multiple = 2 ** len(widths)
        self.head = _conv(4 * inputs, widths[0])
        self.down = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in pairwise(widths))
        self.up = nn.ModuleList(nn.Conv2d(b, 4 * a, 1) for a, b in pairwise(widths))
        self.going_down = nn.ModuleList(nn.Sequential(*(Block(w) for _ in range(blocks))) for w in widths)
        self.going_up = nn.ModuleList(nn.Sequential(*(Block(w) for _ in range(blocks))) for w in widths)
        self.tail = _conv(widths[0], 4 * outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.head(functional.pixel_unshuffle(x, 2).contiguous(memory_format=torch.channels_last))
        sizes = []
        for level, blocks in enumerate(self.going_down):
            x = blocks(self.down[level - 1](x) if level else x)
            sizes.append(x)
        for level in reversed(range(len(sizes))):
            if level < len(sizes) - 1:
                x = sizes[level] + functional.pixel_shuffle(self.up[level](x), 2)
            x = self.going_up[level](x)
        return functional.pixel_shuffle(self.tail(x), 2)


def build(metadata: dict[str, str]) -> UNet:
    """The network that a safetensors file's metadata describes under `shape`. Raises KeyError or ValueError."""
    shape = json.loads(metadata["shape"])
    widths = [int(width) for width in shape["widths"]]
    return UNet(int(shape["inputs"]), widths, int(shape["blocks"]), int(shape.get("outputs", 1)))
