"""BasicVSR: features carried through a shot backward and forward along its motion. Imports torch.

Chan et al., "BasicVSR: The Search for Essential Components in Video Super-Resolution and Beyond" (CVPR 2021); Ranjan
and Black, "Optical Flow Estimation using a Spatial Pyramid Network" (CVPR 2017). Layers have the names that they have
in the published weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

SCALE = 4
LEVELS = 6
"""Sizes of a picture at which motion is measured, each half the next."""
SMALLEST = 2 ** (LEVELS - 1)
"""Sides of pictures for motion are multiples of this, and twice this at least."""


class Residual(nn.Module):
    """Two convolutions whose output is added to their input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = _conv(width, width), _conv(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(functional.relu_(self.conv1(x)))


class Trunk(nn.Module):
    """The features of a frame, from the frame and the features that are carried to it."""

    def __init__(self, width: int, blocks: int) -> None:
        super().__init__()
        residuals = nn.Sequential(*(Residual(width) for _ in range(blocks)))
        self.main = nn.Sequential(_conv(3 + width, width), nn.LeakyReLU(0.1, inplace=True), residuals)

    def forward(self, frame: Tensor, carried: Tensor) -> Tensor:
        return self.main(torch.cat([frame, carried], dim=1))


class MotionLevel(nn.Module):
    """How motion is corrected at one size."""

    def __init__(self) -> None:
        super().__init__()
        widths = (8, 32, 64, 32, 16, 2)
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            layers += [nn.Conv2d(inputs, outputs, 7, padding=3), nn.ReLU()]
        self.basic_module = nn.Sequential(*layers[:-1])

    def forward(self, x: Tensor) -> Tensor:
        return self.basic_module(x)


class SpyNet(nn.Module):
    """The motion (n, 2, h, w), in pixels, from a frame (n, 3, h, w) to where its places are in another frame."""

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.basic_module = nn.ModuleList(MotionLevel() for _ in range(LEVELS))
        self.register_buffer("mean", torch.zeros(1, 3, 1, 1))
        self.register_buffer("std", torch.ones(1, 3, 1, 1))

    def forward(self, frame: Tensor, other: Tensor) -> Tensor:
        height, width = frame.shape[2:]
        size = [max(2, -(-side // SMALLEST)) * SMALLEST for side in (height, width)]
        pyramids = [self._pyramid(_resized(picture, size)) for picture in (frame, other)]
        flow = torch.zeros_like(pyramids[0][0][:, :2])
        for level, here, there in zip(self.basic_module, *pyramids, strict=True):
            if flow.shape != here[:, :2].shape:
                flow = 2 * functional.interpolate(flow, scale_factor=2, mode="bilinear", align_corners=True)
            flow = flow + level(torch.cat([here, warp(there, flow, edge="border"), flow], dim=1))
        flow = _resized(flow, [height, width])
        return flow * flow.new_tensor([width / size[1], height / size[0]]).reshape(1, 2, 1, 1)

    def _pyramid(self, picture: Tensor) -> list[Tensor]:
        """A picture at all sizes, the smallest first."""
        pictures = [(picture - self.mean) / self.std]
        for _ in range(LEVELS - 1):
            pictures.insert(0, functional.avg_pool2d(pictures[0], 2))
        return pictures


class BasicVSR(nn.Module):
    """Frames of a shot to frames four times as large, through features of `width` channels."""

    def __init__(self, width: int, blocks: int, last: int) -> None:
        super().__init__()
        self.width = width
        self.spynet = SpyNet()
        self.backward_trunk, self.forward_trunk = Trunk(width, blocks), Trunk(width, blocks)
        self.fusion = nn.Conv2d(2 * width, width, 1)
        self.upconv1, self.upconv2 = _conv(width, 4 * width), _conv(width, 4 * last)
        self.conv_hr, self.conv_last = _conv(last, last), _conv(last, 3)

    def forward(self, frames: Sequence[Tensor], core: range) -> list[Tensor]:
        """The `core` of `frames`, each (1, 3, h, w), as (1, 3, 4 h, 4 w)."""
        behind: dict[int, Tensor] = {}
        last = len(frames) - 1
        carried: Tensor | None = None
        for i in range(last, core.start - 1, -1):
            carried = self._carry(self.backward_trunk, frames[i], frames[min(i + 1, last)], carried)
            if i in core:
                behind[i] = carried
        larger = []
        carried = None
        for i in range(core.stop):
            carried = self._carry(self.forward_trunk, frames[i], frames[max(i - 1, 0)], carried)
            if i in core:
                larger.append(self._enlarge(frames[i], torch.cat([behind.pop(i), carried], dim=1)))
        return larger

    def _carry(self, trunk: Trunk, frame: Tensor, neighbour: Tensor, carried: Tensor | None) -> Tensor:
        """The features of a frame, given those of the neighbour from which they come, or none."""
        if carried is None:
            carried = frame.new_zeros(1, self.width, *frame.shape[2:])
        else:
            carried = warp(carried.float(), self.spynet(frame, neighbour))
        precision = self.fusion.weight.dtype
        features: Tensor = trunk(frame.to(precision), carried.to(precision))
        return features

    def _enlarge(self, frame: Tensor, features: Tensor) -> Tensor:
        x = functional.leaky_relu_(self.fusion(features), 0.1)
        for upconv in (self.upconv1, self.upconv2):
            x = functional.leaky_relu_(functional.pixel_shuffle(upconv(x), 2), 0.1)
        detail = self.conv_last(functional.leaky_relu_(self.conv_hr(x), 0.1))
        return detail.float() + functional.interpolate(frame, scale_factor=SCALE, mode="bilinear")


def build(state: Mapping[str, Tensor]) -> BasicVSR:
    """The network of those weights, whose shapes tell its size. Raises KeyError or RuntimeError for other weights."""
    blocks = sum(key.startswith("forward_trunk.main.2.") and key.endswith("conv1.weight") for key in state)
    network = BasicVSR(state["fusion.weight"].shape[0], blocks, state["conv_hr.weight"].shape[0])
    network.load_state_dict({key: value.float() for key, value in state.items()})
    return network


def at_precision(network: BasicVSR, dtype: torch.dtype) -> BasicVSR:
    """The network with convolutions of that type, motion excepted: it reaches over hundreds of pixels."""
    for name, module in network.named_children():
        if name != "spynet":
            module.to(dtype)
    return network


def warp(picture: Tensor, flow: Tensor, edge: str = "zeros") -> Tensor:
    """`picture` (n, c, h, w) read at each pixel plus its step (n, 2, h, w) in pixels."""
    height, width = picture.shape[2:]
    x = torch.arange(width, device=flow.device) + flow[:, 0]
    y = torch.arange(height, device=flow.device)[:, None] + flow[:, 1]
    places = torch.stack([2 * x / max(width - 1, 1) - 1, 2 * y / max(height - 1, 1) - 1], dim=3)
    return functional.grid_sample(picture, places, mode="bilinear", padding_mode=edge, align_corners=True)


def _resized(picture: Tensor, size: list[int]) -> Tensor:
    return functional.interpolate(picture, size=size, mode="bilinear")


def _conv(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1)
