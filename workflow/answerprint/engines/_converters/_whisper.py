"""What both forms of a Whisper checkpoint become: OpenAI's tensor names, and what builds the network as metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from . import Converted


def converted(tensors: Mapping[str, np.ndarray], heads: tuple[int, int], alignment_heads: str) -> Converted:
    """The checkpoint with its dimensions; `heads` of the encoder and of the decoder.

    alignment_heads: the name under which openai-whisper keeps the attention heads that place words in time.
    """
    states = tensors["encoder.positional_embedding"]
    tokens = tensors["decoder.token_embedding.weight"]
    dims = {
        "n_mels": tensors["encoder.conv1.weight"].shape[1],
        "n_audio_ctx": states.shape[0],
        "n_audio_state": states.shape[1],
        "n_audio_head": heads[0],
        "n_audio_layer": _blocks(tensors, "encoder"),
        "n_vocab": tokens.shape[0],
        "n_text_ctx": tensors["decoder.positional_embedding"].shape[0],
        "n_text_state": tokens.shape[1],
        "n_text_head": heads[1],
        "n_text_layer": _blocks(tensors, "decoder"),
    }
    # The published files are in half precision throughout, so nothing is lost here.
    halves = {name: tensor.astype(np.float16) for name, tensor in tensors.items()}
    return Converted(tensors=halves, metadata={"dims": json.dumps(dims), "alignment_heads": alignment_heads})


def _blocks(tensors: Mapping[str, np.ndarray], side: str) -> int:
    return len({name.split(".")[2] for name in tensors if name.startswith(f"{side}.blocks.")})
