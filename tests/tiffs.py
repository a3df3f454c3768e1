"""TIFF files for tests, of any kind of sample: most libraries write only those that everybody reads."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np


def write_tiff(
    path: Path,
    picture: np.ndarray,
    *,
    orientation: int = 1,
    big_endian: bool = False,
    entries: Mapping[int, list[int]] | None = None,
) -> Path:
    """Write a picture (h, w, 1 or 3) uncompressed, its samples as they are; `entries` go over the fields by their tags.

    Returns `path`.
    """
    order = ">" if big_endian else "<"
    height, width, channels = picture.shape
    kind = {"u": 1, "i": 2, "f": 3, "c": 6}[picture.dtype.kind]
    content = picture.astype(picture.dtype.newbyteorder(order)).tobytes()
    content += bytes(len(content) % 2)
    fields: dict[int, list[int]] = {
        **{256: [width], 257: [height], 258: [8 * picture.itemsize] * channels, 259: [1]},
        **{262: [1 if channels == 1 else 2], 273: [8], 274: [orientation], 277: [channels], 278: [height]},
        **{279: [len(content)], 339: [kind] * channels},
        **(entries or {}),
    }
    beside, lines = b"", b""
    for tag, values in sorted(fields.items()):
        letter, number = ("I", 4) if tag in (273, 279) else ("H", 3)
        packed = struct.pack(f"{order}{len(values)}{letter}", *values)
        if len(packed) > 4:
            place, beside = 8 + len(content) + 2 + 12 * len(fields) + 4 + len(beside), beside + packed
            packed = struct.pack(f"{order}I", place)
        lines += struct.pack(f"{order}HHI", tag, number, len(values)) + packed.ljust(4, b"\0")
    head = (b"MM\0*" if big_endian else b"II*\0") + struct.pack(f"{order}I", 8 + len(content))
    path.write_bytes(head + content + struct.pack(f"{order}H", len(fields)) + lines + bytes(4) + beside)
    return path
