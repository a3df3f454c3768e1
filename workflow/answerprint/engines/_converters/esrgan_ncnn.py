"""ESRGAN's generator (RRDBNet) from its ncnn model, as spandrel loads it. Wang et al., ESRGAN, ECCVW 2018."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from . import Converted, OtherArchitecture, _ncnn

FORMAT = "an ncnn model (.param and .bin)"
WANTED = "ESRGAN's generator"
OUTSIDE = 6
"""Convolutions outside the residual blocks; a block has 15."""


def convert(files: Sequence[Path]) -> Converted:
    """The tensors of the model in `files`: .param, .bin. Its convolutions have no telling names, only their order."""
    layers = [layer for layer in _ncnn.read(files[0], files[1]) if layer.kind == "Convolution"]
    blocks, rest = divmod(len(layers) - OUTSIDE, 15)
    if blocks < 1 or rest:
        raise OtherArchitecture(files[0], WANTED, f"it has {len(layers)} convolutions, not 15 a block and {OUTSIDE}")
    names = [
        "conv_first",
        *(f"body.{b}.rdb{d}.conv{c}" for b in range(blocks) for d in (1, 2, 3) for c in range(1, 6)),
        *("conv_body", "conv_up1", "conv_up2", "conv_hr", "conv_last"),
    ]
    tensors = {}
    for name, layer in zip(names, layers, strict=True):
        if layer.weight is None or layer.bias is None:
            raise OtherArchitecture(files[0], WANTED, f"the convolution {layer.name} has no bias")
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = layer.weight, layer.bias
    growth, features = tensors["body.0.rdb1.conv1.weight"].shape[:2]
    if tensors["body.0.rdb1.conv5.weight"].shape[:2] != (features, features + 4 * growth):
        raise OtherArchitecture(files[0], WANTED, "its blocks are not densely connected")
    return Converted(tensors=tensors)
