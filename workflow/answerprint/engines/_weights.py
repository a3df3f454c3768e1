"""Reading our own weights: safetensors files that say in their metadata which network they belong to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..runtime.errors import FilmError
from .models import weight_file


def read(weights: str, engine: str, build: Callable[[dict[str, str]], Any], device: str) -> Any:
    """The network that `build` makes of the file's metadata, with the file's weights, in float32, ready on `device`.

    weights: a name in resources/models or resources/models.yaml, or a path. engine: "stage/name", which the metadata
    must name under `engine`. Raises FilmError when the file is missing, damaged, or of another network.
    """
    import safetensors
    import torch

    path = weight_file(weights)
    try:
        with safetensors.safe_open(str(path), "pt") as stored:
            metadata = stored.metadata() or {}
            state = {key: stored.get_tensor(key) for key in stored.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, OSError) as error:
        raise FilmError(f"{path} is no safetensors file, or a damaged one.", "Fetch or train it again.") from error
    if metadata.get("engine") != engine:
        raise FilmError(
            f"{path} was trained for {metadata.get('engine') or 'another program'}, not for {engine}.",
            f"Choose weights that `snakemake train_{engine.partition('/')[0]}` made.",
        )
    try:
        network = build(metadata)
        network.load_state_dict({key: value.float() for key, value in state.items()})
    except (KeyError, ValueError, RuntimeError) as error:
        raise FilmError(f"{path} does not fit the network of {engine}.", "Train it again with this version.") from error
    network.to(torch.device(device)).eval()
    return network.to(memory_format=torch.channels_last)
