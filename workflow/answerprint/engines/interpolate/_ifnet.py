"""IFNet of RIFE 4.6: the motion from a moment to the frames on either side, coarse to fine. Imports torch.

Huang et al., "Real-Time Intermediate Flow Estimation for Video Frame Interpolation" (ECCV 2022); names of layers and
widths are those of the published weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (192, 128, 96, 64)
"""Channels of the four blocks, coarse to fine."""
MULTIPLE = 64
"""Sides of pictures are multiples of this: a sixteenth of the size, shrunk four times at most."""


class ResConv(nn.Module):
    """A convolution, scaled by a weight for each channel and added to its input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)
        self.beta = nn.Parameter(torch.ones(1, width, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return functional.leaky_relu_(self.conv(x) * self.beta + x, 0.2)


class Block(nn.Module):
    """How motion and mask change when they are looked at in pictures `scale` times smaller."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.conv0 = nn.Sequential(_halving(inputs, width // 2), _halving(width // 2, width))
        self.convblock = nn.Sequential(*(ResConv(width) for _ in range(8)))
        self.lastconv = nn.Sequential(nn.ConvTranspose2d(width, 4 * 6, 4, stride=2, padding=1), nn.PixelShuffle(2))

    def forward(self, x: Tensor, flow: Tensor | None, scale: float) -> tuple[Tensor, Tensor]:
        x = _resized(x, 1 / scale)
        if flow is not None:
            x = torch.cat([x, _resized(flow, 1 / scale) / scale], dim=1)
        # Only convolutions run at the precision of the weights: half a pixel of 300 cannot be said in half precision.
        answer = self.lastconv(self.convblock(self.conv0(x.to(next(self.parameters()).dtype)))).float()
        answer = _resized(answer, scale)
        return answer[:, :4] * scale, answer[:, 4:5]


class IFNet(nn.Module):
    """Two frames (1, 3, h, w) and a moment to both as they are seen then, and the share of the first (1, 1, h, w).

    Sides are multiples of MULTIPLE. `scales`: how many times smaller the pictures of each of the four blocks are.
    """

    def __init__(self) -> None:
        super().__init__()
        for i, width in enumerate(WIDTHS):
            # Two pictures and the moment; from the second block on also mask and motion.
            self.add_module(f"block{i}", Block(12 if i else 7, width))

    def forward(self, before: Tensor, after: Tensor, time: float, scales: Sequence[float]) -> tuple[Tensor, ...]:
        moment = torch.full_like(before[:, :1], time)
        from_before, from_after = before, after
        inputs: list[Tensor] = []
        flow: Tensor | None = None
        mask = moment
        for block, scale in zip(self.children(), scales, strict=True):
            step, change = block(torch.cat([from_before, from_after, moment, *inputs], dim=1), flow, scale)
            flow, mask = (step, change) if flow is None else (flow + step, mask + change)
            from_before, from_after = warp(before, flow[:, :2]), warp(after, flow[:, 2:])
            inputs = [mask]
        return from_before, from_after, torch.sigmoid(mask)


def warp(picture: Tensor, flow: Tensor) -> Tensor:
    """`picture` (n, c, h, w) read at each pixel plus its step (n, 2, h, w) in pixels; edge values outside."""
    height, width = picture.shape[2:]
    x = torch.linspace(-1, 1, width, device=flow.device).expand(height, width)
    y = torch.linspace(-1, 1, height, device=flow.device)[:, None].expand(height, width)
    steps = torch.stack([flow[:, 0] / ((width - 1) / 2), flow[:, 1] / ((height - 1) / 2)], dim=3)
    places = torch.stack([x, y], dim=2) + steps
    return functional.grid_sample(picture, places, mode="bilinear", padding_mode="border", align_corners=True)


def _halving(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.LeakyReLU(0.2, inplace=True))


def _resized(x: Tensor, factor: float) -> Tensor:
    return functional.interpolate(x, scale_factor=factor, mode="bilinear") if factor != 1 else x
