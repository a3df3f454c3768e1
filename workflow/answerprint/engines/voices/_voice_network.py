"""CAM++: a vector that is alike for what one voice says, and unlike for two voices.

Wang et al., "CAM++: A Fast and Efficient Network for Speaker Verification Using Context-Aware Masking", Interspeech
2023. Names of tensors are those of the published file.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

BANDS, SIZE = 80, 192
"""Mel bands that it hears, and the length of its vector."""
GROWTH, NARROW = 32, 128
"""Channels that each dense layer adds, and those within it."""
BLOCKS = ((12, 1), (24, 2), (16, 2))
"""Layers of each dense block, and how far apart the frames are that they look at."""
SECTION = 100
"""Frames, two seconds, over which a layer takes the context that it masks by."""


def _normed(channels: int, *, affine: bool = True, relu: bool = True) -> nn.Sequential:
    steps: OrderedDict[str, nn.Module] = OrderedDict(batchnorm=nn.BatchNorm1d(channels, affine=affine))
    if relu:
        steps["relu"] = nn.ReLU()
    return nn.Sequential(steps)


class _Residual(nn.Module):
    """Two convolutions over bands and time; the first may halve the bands."""

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, (stride, 1), 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if stride > 1:
            narrow = nn.Conv2d(channels, channels, 1, (stride, 1), bias=False)
            self.shortcut = nn.Sequential(narrow, nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        inner = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(inner)) + self.shortcut(x))


class _Head(nn.Module):
    """From bands (n, 80, t) to features (n, 320, t)."""

    def __init__(self, channels: int = 32) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.layer1 = nn.Sequential(_Residual(channels, 2), _Residual(channels, 1))
        self.layer2 = nn.Sequential(_Residual(channels, 2), _Residual(channels, 1))
        self.conv2 = nn.Conv2d(channels, channels, 3, (2, 1), 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.bn1(self.conv1(x[:, None])))
        return functional.relu(self.bn2(self.conv2(self.layer2(self.layer1(x))))).flatten(1, 2)


class _Masked(nn.Module):
    """A convolution over time, each channel weighed by its context: the whole sound and two seconds of it."""

    def __init__(self, apart: int) -> None:
        super().__init__()
        self.linear_local = nn.Conv1d(NARROW, GROWTH, 3, padding=apart, dilation=apart, bias=False)
        self.linear1 = nn.Conv1d(NARROW, NARROW // 2, 1)
        self.linear2 = nn.Conv1d(NARROW // 2, GROWTH, 1)

    def forward(self, x: Tensor) -> Tensor:
        means = functional.avg_pool1d(x, SECTION, SECTION, ceil_mode=True)
        context = x.mean(-1, keepdim=True) + means.repeat_interleave(SECTION, dim=-1)[..., : x.shape[-1]]
        return self.linear_local(x) * torch.sigmoid(self.linear2(functional.relu(self.linear1(context))))


class _Dense(nn.Module):
    """A layer that adds GROWTH channels to those it is given."""

    def __init__(self, channels: int, apart: int) -> None:
        super().__init__()
        self.nonlinear1 = _normed(channels)
        self.linear1 = nn.Conv1d(channels, NARROW, 1, bias=False)
        self.nonlinear2 = _normed(NARROW)
        self.cam_layer = _Masked(apart)

    def forward(self, x: Tensor) -> Tensor:
        added = self.cam_layer(self.nonlinear2(self.linear1(self.nonlinear1(x))))
        return torch.cat([x, added], dim=1)


class _Through(nn.Module):
    """A convolution before or after its norm."""

    def __init__(self, convolution: nn.Conv1d, nonlinear: nn.Module, *, norm_first: bool) -> None:
        super().__init__()
        self.linear, self.nonlinear, self.norm_first = convolution, nonlinear, norm_first

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.linear(self.nonlinear(x)) if self.norm_first else self.nonlinear(self.linear(x))
        return result


class _Statistics(nn.Module):
    """Mean and deviation over time."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x.mean(-1), x.std(-1)], dim=1)[..., None]


class VoiceNetwork(nn.Module):
    """From logarithms of mel bands (n, t, 80), less their mean over time, to vectors (n, 192)."""

    def __init__(self) -> None:
        super().__init__()
        self.head = _Head()
        channels = 128
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        first = nn.Conv1d(320, channels, 5, 2, 2, bias=False)
        layers["tdnn"] = _Through(first, _normed(channels), norm_first=False)
        for number, (count, apart) in enumerate(BLOCKS, 1):
            block = nn.Sequential()
            for i in range(count):
                block.add_module(f"tdnnd{i + 1}", _Dense(channels + i * GROWTH, apart))
            layers[f"block{number}"] = block
            channels += count * GROWTH
            halved = nn.Conv1d(channels, channels // 2, 1, bias=False)
            layers[f"transit{number}"] = _Through(halved, _normed(channels), norm_first=True)
            channels //= 2
        layers["out_nonlinear"] = _normed(channels)
        layers["stats"] = _Statistics()
        last = nn.Conv1d(2 * channels, SIZE, 1, bias=False)
        layers["dense"] = _Through(last, _normed(SIZE, affine=False, relu=False), norm_first=False)
        self.xvector = nn.Sequential(layers)

    def forward(self, bands: Tensor) -> Tensor:
        """Vectors of sounds."""
        result: Tensor = self.xvector(self.head(bands.transpose(1, 2)))
        return result[..., 0]
