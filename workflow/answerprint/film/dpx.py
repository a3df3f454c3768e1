"""DPX headers (SMPTE ST 268): the fields that FFmpeg ignores, or trusts when they are undefined.

A field that is not filled in is all ones.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path

_ORIENTATION, _PACKING, _ENCODING = 768, 804, 806
"""Where the fields lie; 16 bits each."""
_TRANSFER = 801
"""Where the byte lies that says how code values stand for light."""
_PRINTING_DENSITY, _LOGARITHMIC = 1, 3
_UNDEFINED = 0xFFFF


def orientation(path: Path) -> int:
    """How the picture is scanned, 0 to 7: 0 is from left to right and top to bottom, also where nothing is said."""
    value = _field(_header(path), _ORIENTATION)
    return value if 0 <= value <= 7 else 0


def is_log(path: Path) -> bool:
    """Whether the header says that code values are printing densities, or logarithms."""
    header = _header(path)
    return len(header) > _TRANSFER and header[_TRANSFER] in (_PRINTING_DENSITY, _LOGARITHMIC)


def with_packing(path: Path) -> io.BytesIO | None:
    """A file whose header does not say how samples are packed or coded, with the usual way filled in; else None."""
    header = _header(path)
    usual = {_PACKING: 1, _ENCODING: 0}
    missing = {place: value for place, value in usual.items() if _field(header, place) == _UNDEFINED}
    if not missing:
        return None
    content = bytearray(path.read_bytes())
    for place, value in missing.items():
        struct.pack_into(_order(header), content, place, value)
    return io.BytesIO(content)


def _header(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(2048)


def _order(header: bytes) -> str:
    return "<H" if header[:4] == b"XPDS" else ">H"


def _field(header: bytes, place: int) -> int:
    if len(header) < place + 2:
        return -1
    value: int = struct.unpack_from(_order(header), header, place)[0]
    return value
