"""Detail of a face that its blur has taken, told from its grain by a small network."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import cv2
import numpy as np

from ...runtime.errors import FilmError
from ...runtime.inference import Inference
from .. import models
from .._weights import MISFIT_ERRORS, read_checkpoint
from ._guards import fine_texture, grain_laid_back, removable_grain
from ._patch import Patch, blurred

TRUST = 0.5
"""Share of the detail found by the network that is added: a film at its best showed more than the network takes it to
have shown, or less, and too much costs more likeness than too little."""
HALO = 0.005
"""A pixel may pass the brightest and darkest of the 5x5 around it by this share of white."""
SOFT = (3.0, 2.0)
"""A face blurred by more pixels than the first is shown to the network smaller, so that it is blurred by the second: it
has no detail that this loses, and the network has not seen softer ones."""


class Deblurrer:
    """The network that finds what blur has taken from faces; its weights are read when first needed."""

    def __init__(self, weights: str, device: str) -> None:
        self._weights, self._inference = weights, Inference(device=device)

    @cached_property
    def network(self) -> Any:
        """The network. Raises FilmError when its file is missing, damaged, or another network's."""
        import torch

        from .._unet import build

        path = models.weight_file(self._weights)
        state, metadata = read_checkpoint(path)
        try:
            if metadata["engine"] != "faces/detail":
                raise ValueError("another engine's")
            network = build(metadata)
            network.load_state_dict({key: value.float() for key, value in state.items()})
        except MISFIT_ERRORS as error:
            raise FilmError(
                f"{path} is not a network that undoes the blur of faces.",
                "Train it again with this version: snakemake train_faces.",
            ) from error
        return self._inference.placed(network).to(memory_format=torch.channels_last)

    def lost_and_grain(self, luma: np.ndarray, blur: float) -> tuple[np.ndarray, np.ndarray]:
        """The detail that a face's brightness (h, w) has lost, and the grain on it, for a blur in pixels."""
        from ._network import lost_and_grain

        if blur <= SOFT[0]:
            return lost_and_grain(self.network, luma, self._inference)
        scale = SOFT[1] / blur
        small = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        size = luma.shape[::-1]
        detail, grain = lost_and_grain(self.network, small, self._inference)
        return cv2.resize(detail, size, interpolation=cv2.INTER_CUBIC), cv2.resize(grain, size)


def lost_detail(patch: Patch, blur: float, deblurrer: Deblurrer, contrast: float) -> np.ndarray:
    """What to add to the brightness of a face (h, w) to undo its blur of so many pixels.

    Grain that is coarser than the texture of skin goes, and of the finer as much as leaves skin the texture that it
    had: detail brings some. Smooth skin keeps most of both. `contrast`: most that a pixel may change, as a share of
    the brightness range of the 5x5 around it.
    """
    image = patch.luma
    detail, left = deblurrer.lost_and_grain(patch.calm, blur)
    grain = image - patch.calm + left
    thin = fine_texture(patch, grain)
    added = TRUST * detail - (grain - thin)
    gone = grain - thin + removable_grain(patch, added, thin) * thin
    added = TRUST * detail - gone
    added = added + grain_laid_back(patch, added, gone) * gone
    box = np.ones((5, 5), np.uint8)
    low, high = cv2.erode(image, box), cv2.dilate(image, box)
    limit = contrast * (high - low)
    least, most = np.maximum(-limit, low - HALO - image), np.minimum(limit, high + HALO - image)
    added = np.clip(added, least, most)
    # To keep the likeness, light and shadow of the face, all that is wider than a tenth of it, stay.
    wide = blurred(added, max(2.0, patch.width / 10))
    return np.asarray(np.clip(added - wide, least, most), np.float32)
