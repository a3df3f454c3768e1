"""Decoded frames of lossless prints as the working files store them."""

from __future__ import annotations

from typing import Any

import numpy as np


def planes(frame: Any) -> np.ndarray:
    """The values of a decoded frame in gray or gbrp of more than 8 bits: uint16 (channels, h, w) with its bits at the
    top of the 16; red, green and blue in this order.
    """
    rows = [_plane(plane) for plane in frame.planes]
    if len(rows) == 3:
        rows = [rows[2], rows[0], rows[1]]
    return np.stack(rows) << np.uint16(16 - frame.format.components[0].bits)


def _plane(plane: Any) -> np.ndarray:
    rows: np.ndarray = np.frombuffer(plane, np.uint16).reshape(plane.height, plane.line_size // 2)
    return rows[:, : plane.width]
