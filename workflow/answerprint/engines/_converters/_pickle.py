"""Reads what torch.save wrote, without executing what a pickle may hold."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any


def read(path: Path) -> dict[Any, Any]:
    """The dictionary that a file holds. Raises ValueError when it holds more than tensors and numbers."""
    import torch

    try:
        content = torch.load(str(path), map_location="cpu", weights_only=True)
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        raise ValueError(f"torch cannot read it ({type(error).__name__})") from error
    if not isinstance(content, dict):
        raise ValueError(f"it holds a {type(content).__name__}, not tensors by name")
    return content
