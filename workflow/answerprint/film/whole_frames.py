"""Whole frames: files of single pictures that are cut short or damaged although a decoder reads them.

FFmpeg paints what is missing of an OpenEXR or JPEG file black or grey and says nothing, and does not look at the
checksums of PNG. Files of the other kinds it refuses by itself.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from ..runtime.errors import FilmError

LINES = {0: 1, 1: 1, 2: 1, 3: 16, 4: 32, 5: 16, 6: 32, 7: 32, 8: 32, 9: 256, 10: 256, 11: 32}
"""Lines of an OpenEXR chunk by its compression: none, RLE, ZIPS, ZIP, PIZ, PXR24, B44, B44A, DWAA, DWAB, HTJ2K."""
TILED, DEEP, PARTS = 0x200, 0x800, 0x1000
"""Flags in the version of an OpenEXR file."""


def require(path: Path) -> None:
    """Raises FilmError if the file of a frame is cut short or does not agree with its own checksums."""
    with path.open("rb") as file:
        magic = file.read(4)
    checks = {b"\x76\x2f\x31\x01": _exr, b"\x89PNG": _png, b"\xff\xd8\xff": _jpeg}
    check = next((check for start, check in checks.items() if magic.startswith(start)), None)
    if check is None:
        return
    try:
        trouble = check(path.read_bytes())
    except (struct.error, IndexError, ValueError):
        trouble = "its header is cut short"
    if trouble:
        raise FilmError(f"The frame {path} is damaged: {trouble}.", "Copy it again.")


def _png(data: bytes) -> str:
    place = 8
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        kind, end = data[place + 4 : place + 8], place + 12 + length
        if end > len(data):
            return "its end is missing"
        if zlib.crc32(memoryview(data)[place + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
            return f"a checksum is wrong (chunk {kind.decode('latin-1')})"
        if kind == b"IEND":
            return ""
        place = end
    return "its end is missing"


def _jpeg(data: bytes) -> str:
    place = 2
    while data[place] == 0xFF and data[place + 1] != 0xDA:
        # Bytes that fill up, and marks without content.
        if data[place + 1] == 0xFF or data[place + 1] == 0x01 or 0xD0 <= data[place + 1] <= 0xD8:
            place += 1 if data[place + 1] == 0xFF else 2
        else:
            place += 2 + struct.unpack_from(">H", data, place + 2)[0]
    return "" if data.find(b"\xff\xd9", place) >= 0 else "its end is missing"


def _exr(data: bytes) -> str:
    (flags,) = struct.unpack_from("<I", data, 4)
    counts, place = _exr_tables(data, 8, flags)
    offsets: list[int] = []
    for count in counts:
        if count is None:
            (first,) = struct.unpack_from("<Q", data, place)
            count = max(0, first - place) // 8
        if place + 8 * count > len(data):
            return "its end is missing"
        offsets += struct.unpack_from(f"<{count}Q", data, place)
        place += 8 * count
    if not offsets or min(offsets) < place:
        return "it was never finished: some of its lines were not written"
    head = 0 if flags & DEEP else 4 * bool(flags & PARTS) + (16 if flags & TILED else 4) + 4
    if max(offsets) + head >= len(data):
        return "its end is missing"
    # A deep chunk does not say its size where others do.
    sizes = [struct.unpack_from("<i", data, place + head - 4)[0] if head else 1 for place in offsets]
    if max(offsets) + head + sizes[offsets.index(max(offsets))] > len(data):
        return "its end is missing"
    # Zeros, as a copy that was broken off leaves where it reserved the space.
    return "" if min(sizes) > 0 else "some of its lines are empty"


def _exr_tables(data: bytes, place: int, flags: int) -> tuple[list[int | None], int]:
    """How many chunks each part has, None where only its table tells, and where these tables begin."""
    counts: list[int | None] = []
    while True:
        attributes, place = _exr_attributes(data, place)
        if not attributes:
            return counts, place
        counts.append(_exr_chunks(attributes, flags))
        if not flags & PARTS:
            return counts, place


def _exr_attributes(data: bytes, place: int) -> tuple[dict[str, bytes], int]:
    attributes: dict[str, bytes] = {}
    while data[place]:
        name = data.index(0, place)
        kind = data.index(0, name + 1)
        (size,) = struct.unpack_from("<i", data, kind + 1)
        if size < 0 or kind + 5 + size > len(data):
            raise ValueError("an attribute is longer than the file")
        attributes[data[place:name].decode("latin-1")] = data[kind + 5 : kind + 5 + size]
        place = kind + 5 + size
    return attributes, place + 1


def _exr_chunks(attributes: dict[str, bytes], flags: int) -> int | None:
    if "chunkCount" in attributes:
        return int(struct.unpack("<i", attributes["chunkCount"])[0])
    if flags & PARTS:
        raise ValueError("a part does not say how many chunks it has")
    left, top, right, bottom = struct.unpack("<4i", attributes.get("dataWindow", b""))
    width, height = right - left + 1, bottom - top + 1
    if flags & TILED:
        wide, high, mode = struct.unpack("<IIB", attributes.get("tiles", b""))
        return None if mode & 15 else -(-width // wide) * -(-height // high)
    lines = LINES.get(attributes.get("compression", b"\xff")[0])
    return None if lines is None else -(-height // lines)
