"""The colours that a network of this project sees in grey pictures, and how sure it is of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import cv2
import numpy as np

from ...runtime.inference import Inference

SHORT = 128
"""Pixels of the short side at which the network looks at a picture: that of the squares it was trained on."""


def guess(
    network: Any, pictures: Iterable[np.ndarray], inference: Inference
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """a, b float32 (h, w, 2) and confidence 0..1 (h, w) of each grey picture (height, width), 0..1, at a small size."""
    samples = ([_sized(picture, network.multiple)[None]] for picture in pictures)
    for answer in inference.answers(network.colours, samples):
        yield np.ascontiguousarray(np.moveaxis(answer[:2], 0, -1)), answer[2]


def _sized(picture: np.ndarray, multiple: int) -> np.ndarray:
    """A picture at the size at which the network sees it, whose sides are multiples."""
    height, width = picture.shape
    scale = SHORT / min(height, width)
    size = [max(multiple, round(side * scale / multiple) * multiple) for side in (width, height)]
    smaller = size[0] * size[1] < width * height
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
