"""The network of upscale/compact: plain 3x3 convolutions on one channel, with an end for each scale. Imports torch.

Bhardwaj et al., "Collapsible Linear Blocks for Super-Efficient Super Resolution" (MLSys 2022); Zhang, Zeng and Zhang,
"Edge-oriented Convolution Block for Real-time Super Resolution" (ACM MM 2021). `lab/training/wide.py` trains it.
"""

from __future__ import annotations

import json

from torch import Tensor, nn
from torch.nn import functional

WIDTH, DEPTH = 16, 11
"""27 thousand weights at x2: 27 thousand products for a pixel of the source."""
SCALES = (2, 4)


class Compact(nn.Module):
    """Pictures (n, 1, h, w), 0..1, to pictures `scale` times as large."""

    def __init__(self, width: int = WIDTH, depth: int = DEPTH) -> None:
        super().__init__()
        self.shape = {"width": width, "depth": depth}
        self.head = nn.Conv2d(1, width, 5, padding=2)
        self.body = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(depth))
        self.bends = nn.ModuleList(nn.PReLU(width) for _ in range(depth + 1))
        self.tails = nn.ModuleDict({str(scale): nn.Conv2d(width, scale**2, 3, padding=1) for scale in SCALES})

    def forward(self, pictures: Tensor, scale: int) -> Tensor:
        return self.detail(pictures, scale) + enlarged(pictures, scale)

    def detail(self, pictures: Tensor, scale: int) -> Tensor:
        """What a cubic enlargement of the pictures lacks: float32 (n, 1, h * scale, w * scale)."""
        first = x = self.bends[0](self.head(pictures - 0.5))
        for convolution, bend in zip(self.body, list(self.bends)[1:], strict=True):
            x = bend(convolution(x))
        return functional.pixel_shuffle(self.tails[str(scale)](x + first), scale).float()


def enlarged(pictures: Tensor, scale: int) -> Tensor:
    """Pictures (n, 1, h, w) enlarged by a cubic: what the network starts from, and what is left of it at strength 0."""
    return functional.interpolate(pictures, scale_factor=scale, mode="bicubic", align_corners=False)


def build(metadata: dict[str, str]) -> Compact:
    """The network that a safetensors file's metadata describes under `shape`. Raises KeyError or ValueError."""
    shape = json.loads(metadata["shape"])
    return Compact(int(shape["width"]), int(shape["depth"]))
