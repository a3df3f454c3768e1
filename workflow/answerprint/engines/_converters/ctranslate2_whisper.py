"""Whisper from a CTranslate2 model (model.bin, float16), as openai-whisper loads it. github.com/OpenNMT/CTranslate2."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from . import Converted, OtherArchitecture, _whisper

FORMAT = "a CTranslate2 model"
WANTED = "a Whisper model in float16"
VERSION, REVISION = 6, 3
DTYPES = ("<f4", "i1", "<i2", "<i4", "<f2")
"""By CTranslate2's number of the type."""
UNUSED = re.compile(
    r"(activation|alibi\w*|alignment_heads|alignment_layer|num_heads|pre_norm|scale_embeddings"
    r"|start_from_zero_embedding|multi_query_attention)$"
)
BLOCK = {
    "self_attention/layer_norm": "attn_ln",
    "self_attention/linear_0": ("attn.query", "attn.key", "attn.value"),
    "self_attention/linear_1": "attn.out",
    "attention/layer_norm": "cross_attn_ln",
    "attention/linear_0": "cross_attn.query",
    "attention/linear_1": ("cross_attn.key", "cross_attn.value"),
    "attention/linear_2": "cross_attn.out",
    "ffn/layer_norm": "mlp_ln",
    "ffn/linear_0": "mlp.0",
    "ffn/linear_1": "mlp.2",
}
OUTSIDE = {
    "encoder/conv1": "encoder.conv1",
    "encoder/conv2": "encoder.conv2",
    "encoder/layer_norm": "encoder.ln_post",
    "decoder/layer_norm": "decoder.ln",
    "decoder/embeddings": "decoder.token_embedding",
}
LAST = {"weight": "weight", "bias": "bias", "gamma": "weight", "beta": "bias"}


def convert(files: Sequence[Path], alignment_heads: str) -> Converted:
    """The tensors of the model in `files`: model.bin, or the pieces that it was split into, in order."""
    variables = _read(b"".join(path.read_bytes() for path in files), files[0])
    tensors: dict[str, np.ndarray] = {}
    for name, value in variables.items():
        if not UNUSED.search(name):
            tensors |= _renamed(name, value, files[0])
    heads = (int(variables["encoder/num_heads"]), int(variables["decoder/num_heads"]))
    return _whisper.converted(tensors, heads, alignment_heads)


def _renamed(name: str, value: np.ndarray, path: Path) -> dict[str, np.ndarray]:
    """The tensors that a variable stands for: joint projections are split, the bias of the keys is left out."""
    if value.dtype != np.float16:
        raise OtherArchitecture(path, WANTED, f"{name} is {value.dtype.name}")
    stem, _, last = name.rpartition("/")
    if last == "encodings":
        return {f"{name.partition('/')[0]}.positional_embedding": value}
    if stem in OUTSIDE:
        return {f"{OUTSIDE[stem]}.{LAST[last]}": value}
    place = re.fullmatch(r"(encoder|decoder)/layer_(\d+)/(.+)", stem)
    if not place or place[3] not in BLOCK:
        raise OtherArchitecture(path, WANTED, f"it has the variable {name}")
    block, names = f"{place[1]}.blocks.{place[2]}", BLOCK[place[3]]
    if isinstance(names, str):
        return {f"{block}.{names}.{LAST[last]}": value}
    parts = dict(zip(names, np.split(value, len(names)), strict=True))
    if last == "bias":
        keys = next(part for part in names if part.endswith("key"))
        if parts.pop(keys).any():
            raise OtherArchitecture(path, WANTED, f"the keys in {stem} have a bias")
    return {f"{block}.{part}.{LAST[last]}": tensor for part, tensor in parts.items()}


def _read(content: bytes, path: Path) -> Mapping[str, np.ndarray]:
    """The variables of a model by name."""
    reader = _Reader(content)
    version, specification, revision, count = reader.number("I"), reader.text(), reader.number("I"), reader.number("I")
    if (version, specification, revision) != (VERSION, "WhisperSpec", REVISION):
        raise OtherArchitecture(path, WANTED, f"it is {specification[:40]!r} of version {version}, revision {revision}")
    variables = dict(reader.variable() for _ in range(count))
    aliases = {reader.text(): reader.text() for _ in range(reader.number("I"))}
    if set(aliases.values()) - {"decoder/embeddings/weight"}:
        raise OtherArchitecture(path, WANTED, f"{', '.join(aliases)} are shared")
    return variables


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content, self.position = content, 0

    def take(self, size: int) -> bytes:
        piece = self.content[self.position : self.position + size]
        if len(piece) < size:
            raise ValueError("it ends in the middle")
        self.position += size
        return piece

    def number(self, kind: str) -> int:
        return int(struct.unpack(f"<{kind}", self.take(struct.calcsize(kind)))[0])

    def text(self) -> str:
        return self.take(self.number("H")).rstrip(b"\0").decode()

    def variable(self) -> tuple[str, np.ndarray]:
        name = self.text()
        shape = list(self._numbers(self.number("B")))
        kind = DTYPES[self.number("B")]
        return name, np.frombuffer(self.take(self.number("I")), kind).reshape(shape)

    def _numbers(self, count: int) -> Iterator[int]:
        return (self.number("I") for _ in range(count))
