"""Several networks that work together, from a file of torch for each, as one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from . import Converted, torch_checkpoint

FORMAT = torch_checkpoint.FORMAT


def convert(files: Sequence[Path], parts: Mapping[str, str]) -> Converted:
    """The tensors of each of `files` under "PART."; `parts` gives, in their order, each part's key within its file."""
    tensors: dict[str, np.ndarray] = {}
    for file, (part, key) in zip(files, parts.items(), strict=True):
        own = torch_checkpoint.convert([file], key).tensors
        tensors |= {f"{part}.{name}": tensor for name, tensor in own.items()}
    return Converted(tensors=tensors)
