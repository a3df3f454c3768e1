"""TIFF headers (TIFF 6.0): what FFmpeg ignores in them, and so reads wrong without a word."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..runtime.errors import FilmError

MAGIC = {b"II*\0": "<", b"MM\0*": ">"}
"""How the two byte orders begin."""
KIND, WIDTH, HEIGHT, BITS, COMPRESSION, COLOURS = 254, 256, 257, 258, 259, 262
ORIENTATION, PREDICTOR, TILE_WIDTH, SAMPLE_FORMAT = 274, 317, 322, 339
TAGS = (KIND, WIDTH, HEIGHT, BITS, COMPRESSION, COLOURS, ORIENTATION, PREDICTOR, TILE_WIDTH, SAMPLE_FORMAT)
"""Numbers of the fields that matter here."""
NUMBERS = {3: ("H", 2), 4: ("I", 4)}
"""Types of fields that are whole numbers, by their code, and the bytes of one."""
THUMBNAIL = 1
"""The bit of KIND that marks a smaller copy of another picture."""
COMPRESSIONS = (1, 2, 3, 4, 5, 8, 32773, 32946, 34925)
"""None, CCITT, LZW, Deflate, PackBits and LZMA. Of JPEG, FFmpeg makes black."""
PREDICTED = (5, 8, 32946, 34925)
"""Those of them for which PREDICTOR counts."""
NONE, FLOATING_POINT = 1, 3
"""Values of PREDICTOR; of the other, differences of neighbours, FFmpeg knows those of 8 and 16 bits."""
UNSIGNED, SIGNED, FLOATING, UNDEFINED = 1, 2, 3, 4
"""Values of SAMPLE_FORMAT."""
YCBCR = 6
"""The value of COLOURS for luma and colour differences, whose range and matrix lie in fields of their own."""
MOST_PICTURES = 1000
"""Pictures of a file that are looked at: a chain of them may lead back to its beginning."""

Fields = dict[int, tuple[int, ...]]


def is_tiff(path: Path) -> bool:
    """Whether a file begins as a TIFF."""
    with path.open("rb") as file:
        return file.read(4) in MAGIC


def orientation(path: Path) -> int:
    """How the picture lies, by the numbers of EXIF, 1 to 8; 1 where nothing is said."""
    value = next((fields.get(ORIENTATION, (1,))[0] for fields in _pictures(path)), 1)
    return value if 1 <= value <= 8 else 1


def require_readable(path: Path) -> None:
    """Raises FilmError if a frame is stored in a way of which FFmpeg makes something else, or among others."""
    pictures = list(_pictures(path))
    if not pictures:
        return
    first, *others = pictures
    stored = _unlike_its_samples(first)
    if stored:
        raise FilmError(
            f"The samples of {path} are {stored}, which are not read.",
            "Convert the frames to TIFF in RGB or grey, with 16 bits a sample and no compression.",
        )
    if first.get(KIND, (0,))[0] & THUMBNAIL:
        raise FilmError(f"The first picture in {path} is a thumbnail.", "Store each frame alone in its file.")
    size = first.get(WIDTH), first.get(HEIGHT)
    if any((other.get(WIDTH), other.get(HEIGHT)) == size for other in others):
        raise FilmError(
            f"{path} holds {len(pictures)} pictures, and a frame is one.", "Store each of them in a file of its own."
        )


def _unlike_its_samples(fields: Fields) -> str:
    """How samples are stored that FFmpeg takes for others; empty where it reads them right.

    It looks at their size alone: whole numbers of up to 16 bits without a sign, and floating point of 32 bits.
    """
    bits, kind = max(fields.get(BITS, (1,))), max(fields.get(SAMPLE_FORMAT, (UNSIGNED,)))
    if kind == FLOATING and bits < 32:
        return f"floating point of {bits} bits"
    if kind not in (UNSIGNED, FLOATING, UNDEFINED):
        return f"{'signed' if kind == SIGNED else 'complex'} numbers"
    if kind != FLOATING and bits > 16:
        return f"whole numbers of {bits} bits"
    predictor = fields.get(PREDICTOR, (NONE,))[0] if fields.get(COMPRESSION, (1,))[0] in PREDICTED else NONE
    if predictor == FLOATING_POINT or (predictor != NONE and bits > 16):
        return f"stored as differences of {bits} bits (predictor {predictor})"
    if fields.get(COMPRESSION, (1,))[0] not in COMPRESSIONS:
        return f"compressed as JPEG or in another way (number {fields[COMPRESSION][0]})"
    if fields.get(COLOURS, (1,))[0] == YCBCR:
        return "luma and colour differences"
    return "tiles" if TILE_WIDTH in fields else ""


def _pictures(path: Path) -> Iterator[Fields]:
    """The fields of each picture of a file, those of TAGS that are whole numbers; none where it is cut short."""
    with path.open("rb") as file:
        order = MAGIC.get(file.read(4), "")
        try:
            for _ in range(MOST_PICTURES):
                (place,) = struct.unpack(f"{order}I", file.read(4))
                if not place:
                    return
                file.seek(place)
                (count,) = struct.unpack(f"{order}H", file.read(2))
                entries = file.read(12 * count)
                after = file.tell()
                yield dict(_fields(file, order, entries))
                file.seek(after)
        except struct.error:
            return


def _fields(file: Any, order: str, entries: bytes) -> Iterator[tuple[int, tuple[int, ...]]]:
    for tag, kind, count, content in struct.iter_unpack(f"{order}HHI4s", entries):
        if tag not in TAGS or kind not in NUMBERS or not 0 < count <= 16:
            continue
        letter, size = NUMBERS[kind]
        if count * size > 4:
            file.seek(*struct.unpack(f"{order}I", content))
            content = file.read(count * size)
        yield tag, struct.unpack_from(f"{order}{count}{letter}", content)
