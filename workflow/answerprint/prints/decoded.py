"""Decoded frames of lossless prints as the working files store them."""

from __future__ import annotations

from typing import Any

import numpy as np


def planes(frame: Any) -> np.ndarray:
    """The values of a decoded frame in gray or gbrp: uint16 (channels, h, w) with its bits at the top of the 16, or
    uint8 for 8 bits; red, green and blue in this order."""
    bits = frame.format.components[0].bits
    rows = [_plane(plane, np.uint8 if bits == 8 else np.uint16) for plane in frame.planes]
    if len(rows) == 3:
        rows = [rows[2], rows[0], rows[1]]
    return np.stack(rows) if bits == 8 else np.stack(rows) << np.uint16(16 - bits)


def _plane(plane: Any, kind: type) -> np.ndarray:
    rows: np.ndarray = np.frombuffer(plane, kind).reshape(plane.height, plane.line_size // np.dtype(kind).itemsize)
    return rows[:, : plane.width]
