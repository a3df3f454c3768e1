"""Whisper from OpenAI's own checkpoint (.pt)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from . import Converted, OtherArchitecture, _pickle, _whisper

FORMAT = "a Whisper checkpoint of OpenAI"


def convert(files: Sequence[Path], alignment_heads: str) -> Converted:
    """The tensors of the checkpoint in `files`."""
    checkpoint = _pickle.read(files[0])
    if not {"dims", "model_state_dict"} <= set(checkpoint):
        raise OtherArchitecture(files[0], FORMAT, f"it holds {', '.join(sorted(map(str, checkpoint))[:4])}")
    dims, state = checkpoint["dims"], checkpoint["model_state_dict"]
    tensors = {name: tensor.numpy() for name, tensor in state.items()}
    return _whisper.converted(tensors, (dims["n_audio_head"], dims["n_text_head"]), alignment_heads)
