"""TIFF headers (TIFF 6.0): what FFmpeg ignores, and so reads wrong without a word."""

from __future__ import annotations

import struct
from pathlib import Path

from ..runtime.errors import FilmError

MAGIC = {b"II*\0": "<", b"MM\0*": ">"}
"""How the two byte orders begin."""
_BITS, _ORIENTATION, _SAMPLE_FORMAT = 258, 274, 339
"""Numbers of tags."""
_SHORT, _INTEGERS, _FLOATS = 3, 1, 3
"""A type of field, and two formats of samples."""


def is_tiff(path: Path) -> bool:
    """Whether a file begins as a TIFF."""
    with path.open("rb") as file:
        return file.read(4) in MAGIC


def orientation(path: Path) -> int:
    """How the picture lies, by the numbers of EXIF, 1 to 8; 1 where nothing is said."""
    value = next(iter(_fields(path).get(_ORIENTATION, ())), 1)
    return value if 1 <= value <= 8 else 1


def require_readable(path: Path) -> None:
    """Raises FilmError if samples are of a kind that FFmpeg takes for another: it looks at their size alone.

    Whole numbers of up to 16 bits without a sign, and floating point of 32 bits, are what it means.
    """
    fields = _fields(path)
    bits = max(fields.get(_BITS, (1,)))
    kind = max(fields.get(_SAMPLE_FORMAT, (_INTEGERS,)))
    if kind == _FLOATS and bits < 32:
        stored = f"floating point of {bits} bits"
    elif kind not in (_INTEGERS, _FLOATS, 4):  # 4: undefined
        stored = f"{'signed' if kind == 2 else 'complex'} numbers"
    elif kind != _FLOATS and bits > 16:
        stored = f"whole numbers of {bits} bits"
    else:
        return
    raise FilmError(
        f"The samples of {path} are {stored}, which are not read.",
        "Convert the frames to TIFF with 16 bits a sample, or with floating point of 32 bits.",
    )


def _fields(path: Path) -> dict[int, tuple[int, ...]]:
    """The values of the fields of the first picture that are 16-bit numbers, by their tag; empty if it is cut short."""
    with path.open("rb") as file:
        order = MAGIC.get(file.read(4), "")
        try:
            file.seek(*struct.unpack(f"{order}I", file.read(4)))
            (count,) = struct.unpack(f"{order}H", file.read(2))
            entries = [struct.unpack(f"{order}HHI4s", file.read(12)) for _ in range(count)]
            fields = {}
            for tag, kind, values, content in entries:
                if kind != _SHORT or tag not in (_BITS, _ORIENTATION, _SAMPLE_FORMAT) or values > 16:
                    continue
                if values > 2:
                    file.seek(*struct.unpack(f"{order}I", content))
                    content = file.read(2 * values)
                fields[tag] = struct.unpack_from(f"{order}{values}H", content)
        except struct.error:
            return {}
    return fields
