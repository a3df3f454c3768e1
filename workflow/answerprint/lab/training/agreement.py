"""How pictures are made to agree with their sources within a training: `engines/upscale/_reduction.py` for tensors."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ...engines.upscale._reduction import REACH, SPREAD, first_tap, kernel, unmixing


def agreeing(pictures: Tensor, sources: Tensor, scale: int) -> Tensor:
    """Pictures (n, 1, h * scale, w * scale) changed as little as makes their reductions equal `sources`."""
    return pictures + expand(sources - reduce(pictures, scale), scale)


def reduce(pictures: Tensor, scale: int) -> Tensor:
    """Pictures (n, 1, h * scale, w * scale) as (n, 1, h, w)."""
    weights = torch.from_numpy(kernel(scale)).to(pictures)
    before = -first_tap(scale)
    after = len(weights) - scale - before
    padded = _mirrored(pictures, before, after)
    down = functional.conv2d(padded, weights.reshape(1, 1, -1, 1), stride=(scale, 1))
    return functional.conv2d(down, weights.reshape(1, 1, 1, -1), stride=(1, scale))


def expand(differences: Tensor, scale: int) -> Tensor:
    """The smallest change (n, 1, h * scale, w * scale) whose reduction is `differences` (n, 1, h, w)."""
    mixing = torch.from_numpy(unmixing(scale)).to(differences)
    padded = _mirrored(differences, REACH + SPREAD, REACH + SPREAD)
    mixed = functional.conv2d(functional.conv2d(padded, mixing.reshape(1, 1, -1, 1)), mixing.reshape(1, 1, 1, -1))
    weights = torch.from_numpy(kernel(scale)).to(differences)
    spread = functional.conv_transpose2d(mixed, weights.reshape(1, 1, -1, 1), stride=(scale, 1))
    spread = functional.conv_transpose2d(spread, weights.reshape(1, 1, 1, -1), stride=(1, scale))
    height, width = (side * scale for side in differences.shape[2:])
    # Source pixel 0 of the padded picture begins with its first tap, which lies before the pixels that it covers.
    start = SPREAD * scale - first_tap(scale)
    return spread[..., start : start + height, start : start + width]


def _mirrored(pictures: Tensor, before: int, after: int) -> Tensor:
    """Pictures with so many rows and columns more on each side, mirrored; the outermost pixels are repeated."""
    for axis in (2, 3):
        side = pictures.shape[axis]
        places = np.arange(-before, side + after) % (2 * side)
        places = np.minimum(places, 2 * side - 1 - places)
        pictures = pictures.index_select(axis, torch.from_numpy(places).to(pictures.device))
    return pictures
