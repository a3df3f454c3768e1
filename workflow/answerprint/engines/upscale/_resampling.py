"""Pictures at any size, by a cubic that widens where it reduces, so that nothing aliases."""

from __future__ import annotations

import numpy as np


def resized(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """A picture (h, w) or (h, w, c) as (height, width, ...), float32.

    Keys, "Cubic convolution interpolation for digital image processing" (1981), with a = -0.5.
    """
    import torch
    from torch.nn import functional

    from ...runtime.inference import exact

    if picture.shape[:2] == (height, width):
        return picture
    planes = np.ascontiguousarray(picture.reshape(*picture.shape[:2], -1).transpose(2, 0, 1)[None], np.float32)
    with exact():
        done = functional.interpolate(
            torch.from_numpy(planes), size=(height, width), mode="bicubic", align_corners=False, antialias=True
        )
    return np.ascontiguousarray(done[0].permute(1, 2, 0).numpy()).reshape(height, width, *picture.shape[2:])
