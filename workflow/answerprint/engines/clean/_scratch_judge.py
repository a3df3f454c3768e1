"""The last word on lines that the regression leaves in doubt: a small network that sees them straightened."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from ...runtime.errors import FilmError
from ...runtime.inference import Inference
from .. import models
from .._weights import MISFIT_ERRORS, read_checkpoint


class ScratchJudge:
    """The network that tells scratches; its weights are read when first needed. It is too small for a GPU."""

    def __init__(self, weights: str) -> None:
        self._weights = weights

    @cached_property
    def network(self) -> Any:
        """The network. Raises FilmError when its file is missing, damaged, or another network's."""
        from ._scratch_network import new

        path = models.weight_file(self._weights)
        state, _ = read_checkpoint(path)
        try:
            network = new()
            network.load_state_dict({key: value.float() for key, value in state.items()})
        except MISFIT_ERRORS as error:
            raise FilmError(
                f"{path} is not a network that tells scratches.",
                "Train it again with this version: snakemake train_scratches.",
            ) from error
        return network.eval()

    def __call__(self, pictures: np.ndarray, measures: np.ndarray) -> np.ndarray:
        """The log odds that lines are scratches, (n,), at most 8 either way: their pictures, and their measures."""
        import torch

        with Inference().running():
            lines = (torch.from_numpy(part.astype(np.float32)) for part in (pictures, measures))
            odds: np.ndarray = self.network(*lines).clamp(-8, 8).numpy()
        return odds


@lru_cache(maxsize=2)
def judge(weights: str) -> ScratchJudge:
    """The network with the weights of that name or path."""
    return ScratchJudge(weights)
