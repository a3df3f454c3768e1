"""Reads ncnn models: layers in text (.param), their weights one after another (.bin). github.com/Tencent/ncnn."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MAGIC = "7767517"
HALVES = 0x01306B47
"""Marks weights stored as float16; 0 marks float32. Other values mark quantised weights, which are not read."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer with the weights that it owns."""

    kind: str
    name: str
    values: dict[int, str]
    """Its parameters by ncnn's numbers, as written."""
    weight: np.ndarray | None = None
    """Convolution: (out, in, k, k), float16 or float32. MemoryData: a flat array of float32."""
    bias: np.ndarray | None = None


class _Weights:
    """A .bin file, read from front to back."""

    def __init__(self, content: bytes) -> None:
        self.content, self.position = content, 0

    def take(self, count: int, kind: str) -> np.ndarray:
        size = count * np.dtype(kind).itemsize
        if self.position + size > len(self.content):
            raise ValueError("it ends in the middle of a layer's weights")
        values = np.frombuffer(self.content, kind, count, self.position)
        self.position += size
        return values

    def take_flagged(self, count: int) -> np.ndarray:
        flag = struct.unpack("<I", self.take(4, "u1").tobytes())[0]
        if flag not in (HALVES, 0):
            raise ValueError(f"its weights are stored in a form (0x{flag:08X}) other than float16 and float32")
        if not flag:
            return self.take(count, "<f4")
        return self.take(count + count % 2, "<f2")[:count]  # padded to 4 bytes


def read(param: Path, weights: Path) -> list[Layer]:
    """The layers of a model in their order. Raises ValueError for a file that is truncated or of another kind."""
    lines = param.read_text(encoding="utf-8").split("\n")
    if lines[0].strip() != MAGIC:
        raise ValueError(f"{param.name} does not start with {MAGIC}")
    stream = _Weights(weights.read_bytes())
    rows = [line.split() for line in lines[2:] if line.strip()]
    if len(rows) != int(lines[1].split()[0]):
        raise ValueError(f"{param.name} announces {lines[1].split()[0]} layers but lists {len(rows)}")
    layers = [_layer(row, stream) for row in rows]
    if stream.position != len(stream.content):
        raise ValueError(f"{len(stream.content) - stream.position} bytes of {weights.name} belong to no layer")
    return layers


def _layer(row: list[str], stream: _Weights) -> Layer:
    kind, name, inputs, outputs = row[0], row[1], int(row[2]), int(row[3])
    pairs = [pair.split("=", 1) for pair in row[4 + inputs + outputs :]]
    values = {int(key): value for key, value in pairs}
    weight = bias = None
    if kind == "Convolution":
        out, side, count = int(values[0]), int(values[1]), int(values[6])
        weight = stream.take_flagged(count).reshape(out, count // (out * side * side), side, side)
        bias = stream.take(out, "<f4") if values.get(5) == "1" else None
    elif kind == "MemoryData":
        weight = stream.take(int(values[0]) * int(values.get(1, 1)) * int(values.get(2, 1)), "<f4")
    elif kind in ("InnerProduct", "Deconvolution", "ConvolutionDepthWise", "PReLU", "BatchNorm", "Scale"):
        raise ValueError(f"the weights of layers of type {kind} are not read")
    return Layer(kind=kind, name=name, values=values, weight=weight, bias=bias)
