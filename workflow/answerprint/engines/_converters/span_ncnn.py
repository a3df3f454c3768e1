"""SPAN from its ncnn model, as spandrel loads it. Wan et al., Swift Parameter-free Attention Network, CVPRW 2024."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from . import Converted, OtherArchitecture, _ncnn

FORMAT = "an ncnn model (.param and .bin)"
WANTED = "SPAN"
MEAN = (0.4488, 0.4371, 0.4040)
"""The mean colour that spandrel's SPAN subtracts; it cannot be told from a checkpoint."""
FUSED = ("conv_1", "conv_2", *(f"block_{b}.c{c}_r" for b in range(1, 7) for c in range(1, 4)))
PLAIN = ("conv_cat", "upsampler.0")


def convert(files: Sequence[Path]) -> Converted:
    """The tensors of the model in `files`: .param, .bin."""
    layers = _ncnn.read(files[0], files[1])
    _require_mean(layers, files[0])
    by_name = {_key(layer.name): layer for layer in layers if layer.kind == "Convolution"}
    if set(by_name) != {*FUSED, *PLAIN}:
        raise OtherArchitecture(files[0], WANTED, f"its convolutions are {', '.join(sorted(by_name)[:4])}, ...")
    tensors: dict[str, np.ndarray] = {}
    for name, layer in by_name.items():
        if layer.weight is None or layer.bias is None:
            raise OtherArchitecture(files[0], WANTED, f"{name} has no bias")
        unfused = _unfused(layer.weight, layer.bias) if name in FUSED else {"weight": layer.weight, "bias": layer.bias}
        tensors |= {f"{name}.{key}": value for key, value in unfused.items()}
    return Converted(tensors=tensors)


def _key(name: str) -> str:
    """/block_1/c1_r/eval_conv/Conv -> block_1.c1_r; /upsampler/upsampler.0/Conv -> upsampler.0."""
    return re.sub(r"(/eval_conv)?/Conv$", "", name).removeprefix("/upsampler").strip("/").replace("/", ".")


def _require_mean(layers: Sequence[_ncnn.Layer], param: Path) -> None:
    means = [layer.weight for layer in layers if layer.kind == "MemoryData" and layer.weight is not None]
    scaled = any(layer.kind == "BinaryOp" and float(layer.values.get(2, 0)) == 255 for layer in layers)
    if len(means) != 1 or not np.allclose(means[0], MEAN, atol=1e-6) or not scaled:
        raise OtherArchitecture(param, WANTED, f"it does not subtract the mean colour {MEAN} and multiply by 255")


def _unfused(weight: np.ndarray, bias: np.ndarray) -> dict[str, np.ndarray]:
    """One 3x3 convolution as the three in a row, and the shortcut beside them, that spandrel fuses at every call.

    The outer two are identities on the first channels and the shortcut is zero, so that fusing gives `weight` and
    `bias` exactly.
    """
    out, into = weight.shape[:2]
    halves, floats = weight.dtype, bias.dtype
    first = np.zeros((2 * into, into, 1, 1), halves)
    first[:into, :, 0, 0] = np.eye(into)
    middle = np.zeros((2 * out, 2 * into, 3, 3), halves)
    middle[:out, :into] = weight
    last = np.zeros((out, 2 * out, 1, 1), halves)
    last[:, :out, 0, 0] = np.eye(out)
    return {
        "sk.weight": np.zeros((out, into, 1, 1), halves),
        "sk.bias": np.zeros(out, floats),
        "conv.0.weight": first,
        "conv.0.bias": np.zeros(2 * into, floats),
        "conv.1.weight": middle,
        "conv.1.bias": np.zeros(2 * out, floats),
        "conv.2.weight": last,
        "conv.2.bias": bias,
        "eval_conv.weight": weight,
        "eval_conv.bias": bias,
    }
