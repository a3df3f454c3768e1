"""A network's tensors from a file that torch.save wrote (.pth, .pt, .pkl)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from . import Converted, OtherArchitecture, _pickle

FORMAT = "a checkpoint of torch"


def convert(
    files: Sequence[Path], key: str = "", leave_out: Sequence[str] = (), shapes: dict[str, list[int]] | None = None
) -> Converted:
    """The tensors under `key` of the checkpoint in `files`, those whose names begin with one of `leave_out` left out.

    The prefix "module." of a network that was trained on several GPUs is dropped. `shapes` are those of a few tensors
    by which the network is known.
    """
    checkpoint = _pickle.read(files[0])
    if key and key not in checkpoint:
        raise OtherArchitecture(files[0], f"tensors under '{key}'", f"it has {', '.join(map(str, [*checkpoint][:4]))}")
    state = checkpoint[key] if key else checkpoint
    tensors: dict[str, np.ndarray] = {}
    for name, tensor in state.items():
        name = str(name).removeprefix("module.")
        if not name.startswith(tuple(leave_out)):
            tensors[name] = tensor.float().numpy()
    for name, shape in (shapes or {}).items():
        if name not in tensors or list(tensors[name].shape) != shape:
            found = list(tensors[name].shape) if name in tensors else "missing"
            raise OtherArchitecture(files[0], "the network of its entry", f"{name} is {found}, not {shape}")
    return Converted(tensors=tensors)
