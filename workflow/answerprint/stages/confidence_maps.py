"""How sure an engine is of what it added to each frame, as small pictures beside the frames."""

from __future__ import annotations

import cv2
import numpy as np

from ..engines import Result
from ..frames.part_file import FrameFormat

WIDTH = 192
"""No map is wider, in pixels."""


def stored_as(output: FrameFormat) -> FrameFormat:
    """The format of the maps beside frames of a format: 8 bits, one channel."""
    scale = min(1.0, WIDTH / output.width)
    height, width = (max(1, round(side * scale)) for side in (output.height, output.width))
    return FrameFormat(1, height, width, 8)


def of(result: Result | None, count: int, maps: FrameFormat) -> np.ndarray:
    """The maps of `count` frames, uint8 (count, 1, h, w): 0 where nothing was added, or the engine does not say."""
    if result is None or result.confidence is None:
        return np.zeros((count, 1, maps.height, maps.width), np.uint8)
    size = maps.width, maps.height
    small = [cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in result.confidence.astype(np.float32)]
    return np.rint(np.clip(np.stack(small), 0, 1) * 255).astype(np.uint8)[:, None]
