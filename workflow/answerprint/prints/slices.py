"""Slices: into how many pieces FFV1 cuts a frame, each with a checksum of its own.

FFmpeg's encoder refuses slices that are too large for it, which depends on the size, depth and planes of a frame: four
do for 4096x3112 in 12 bits, but not in 16. It is asked, as its documentation does not say where the limit is.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av

from ..runtime.errors import FilmError
from .codecs import LOSSLESS, Codec, options

FEWEST = 4
MOST = 256
"""The largest frames that FFmpeg holds, of 260 million pixels, take 100 slices in 16 bits."""


def option(codec: Codec, width: int, height: int, pixel_format: str, what: str) -> dict[str, str]:
    """The option of the encoder for frames like these: the fewest slices that it takes; none if it is not FFV1's.

    `what` names the print. Raises FilmError where FFV1 encodes no frames of that size.
    """
    if codec.name != "ffv1":
        return {}
    for number in range(FEWEST, MOST + 1):
        if _opens(codec, width, height, pixel_format, number):
            return {"slices": str(number)}
    raise FilmError(
        f"{what} cannot be made: its codec, FFV1, holds no frames of {width}x{height}.",
        "They must have 2 pixels on a side at least, and 260 million in all at most. Enlarge them less, or leave the "
        "print out, such as by `prints: {master: false, changes: false}`.",
    )


def _opens(codec: Codec, width: int, height: int, pixel_format: str, slices: int) -> bool:
    encoder: Any = av.CodecContext.create(codec.name, "w")
    encoder.options = {**options(codec, LOSSLESS), "slices": str(slices)}
    encoder.width, encoder.height, encoder.pix_fmt = width, height, pixel_format
    encoder.time_base, encoder.thread_count = Fraction(1, 24), 1
    try:
        encoder.open()
    except av.FFmpegError:
        return False
    return True
