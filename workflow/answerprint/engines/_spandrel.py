"""Networks of published checkpoints, as spandrel recognises them from their weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..runtime.errors import FilmError


def read_network(path: Path) -> Any:
    """The network of a checkpoint, as spandrel recognises it from its weights."""
    from ..runtime import torchvision_shim

    torchvision_shim.prepare()
    import spandrel

    try:
        return spandrel.ModelLoader().load_from_file(path)
    except spandrel.UnsupportedModelError as error:
        raise FilmError(
            f"{path} has no architecture that spandrel {spandrel.__version__} knows.",
            "Choose other weights; spandrel's own README lists the architectures it reads.",
        ) from error
    except Exception as error:  # torch, pickle and safetensors each fail in their own ways on a damaged file
        raise FilmError(
            f"{path} cannot be read as a checkpoint: {type(error).__name__}.",
            "It may be damaged: delete it and fetch it again, or check its SHA-256.",
        ) from error
