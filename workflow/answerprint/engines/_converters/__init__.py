"""Converters: from a published weight file to the safetensors file that an engine reads.

A module of this folder has `convert(files, **arguments)`, which returns the `Converted` tensors of published `files`.
Equal weights give equal bytes, from whatever source they come: names are sorted, the metadata is fixed, and no value is
rounded. Nothing in a published file is executed.
"""

from __future__ import annotations

import importlib
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...runtime.errors import FilmError

TYPES = {"float32": "F32", "float16": "F16"}


@dataclass(frozen=True, kw_only=True)
class Converted:
    """What a converter has read."""

    tensors: dict[str, np.ndarray]
    """float32 or float16, by the names that the network's own classes use."""
    metadata: dict[str, str] = field(default_factory=dict)


class OtherArchitecture(FilmError):
    """The file holds another network than the one asked for."""

    def __init__(self, path: Path, wanted: str, reason: str) -> None:
        super().__init__(f"{path.name} does not hold {wanted}: {reason}.", "Check its entry in resources/models.yaml.")


def convert(converter: str, files: Sequence[Path], target: Path, arguments: Mapping[str, Any]) -> None:
    """Write the weights of published `files` to `target`, a safetensors file.

    Raises FilmError when a file is truncated or belongs to another network.
    """
    module = importlib.import_module(f"{__name__}.{converter}")
    try:
        converted: Converted = module.convert(files, **arguments)
    except (ValueError, KeyError, IndexError, TypeError, EOFError, struct.error) as error:
        names = ", ".join(path.name for path in files)
        raise FilmError(
            f"{names} cannot be read as {module.FORMAT}: {error}.",
            "It is truncated, or another kind of file: check its entry in resources/models.yaml.",
        ) from error
    write_safetensors(target, converted)


def write_safetensors(path: Path, converted: Converted) -> None:
    """Write tensors to a safetensors file whose bytes depend on names and values alone.

    The library's own writer leaves the order of the metadata to chance. Format: github.com/huggingface/safetensors.
    """
    # Wider types first, as there: every tensor then starts at a multiple of its own width.
    tensors = sorted(converted.tensors.items(), key=lambda item: (-item[1].dtype.itemsize, item[0]))
    header: dict[str, Any] = {"__metadata__": dict(sorted(converted.metadata.items()))}
    offset = 0
    for name, tensor in tensors:
        header[name] = {
            "dtype": TYPES[tensor.dtype.name],
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + tensor.nbytes],
        }
        offset += tensor.nbytes
    described = json.dumps(header, separators=(",", ":")).encode()
    described += b" " * (-len(described) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(described)) + described)
        for _, tensor in tensors:
            file.write(np.ascontiguousarray(tensor, tensor.dtype.newbyteorder("<")).tobytes())
