"""Colour: tags by FFmpeg's names, and conversions between decoded frames, stored values and YUV for prints.

Ranges and matrices are applied here rather than by FFmpeg's scaler, whose 16-bit white is 255/256 of white.
Chroma is sited as in MPEG-2 and all later codecs: on every other column, between two rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from ..runtime.errors import FilmError
from . import containers, planes
from .facts import Colour

PRIMARIES = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "film",
    9: "bt2020",
    10: "smpte428",
    11: "smpte431",
    12: "smpte432",
    22: "ebu3213",
}
TRANSFERS = {
    1: "bt709",
    4: "gamma22",
    5: "gamma28",
    6: "smpte170m",
    7: "smpte240m",
    8: "linear",
    9: "log100",
    10: "log316",
    11: "iec61966-2-4",
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    17: "smpte428",
    18: "arib-std-b67",
}
MATRICES = {
    0: "gbr",
    1: "bt709",
    4: "fcc",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "ycgco",
    9: "bt2020nc",
    10: "bt2020c",
    11: "smpte2085",
    12: "chroma-derived-nc",
    13: "chroma-derived-c",
    14: "ictcp",
    15: "ipt-c2",
    16: "ycgco-re",
    17: "ycgco-ro",
}
RANGES = {1: "tv", 2: "pc"}

WEIGHTS = {
    "bt709": (0.2126, 0.0722),
    "fcc": (0.30, 0.11),
    "bt470bg": (0.299, 0.114),
    "smpte170m": (0.299, 0.114),
    "smpte240m": (0.212, 0.087),
    "bt2020nc": (0.2627, 0.0593),
}
"""Shares of red and blue in luma (ITU-T H.273)."""
HDR = {
    ("MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL"): "HDR10 metadata (mastering display, content light)",
    ("DYNAMIC_HDR_PLUS",): "HDR10+ metadata",
    ("DOVI_METADATA", "DOVI_RPU_BUFFER"): "Dolby Vision metadata",
}
"""Side data of frames, and what it is."""
HD_WIDTH, SD_HEIGHT, NTSC_HEIGHT = 1280, 576, 486
"""Pixels: an untagged picture this wide, or higher than SD_HEIGHT, is HD; up to NTSC_HEIGHT it has 525 lines."""


def from_numbers(*, primaries: int, transfer: int, matrix: int, range_: int, pixel_format: str) -> Colour:
    """The tags that a decoder gives as numbers; a missing range follows from the pixel format.

    RGB is taken for full range whatever its tag, which files often inherit from a YUV source.
    """
    kind = planes.kind_of(pixel_format)
    limited = kind == "yuv" and not pixel_format.startswith("yuvj")
    return Colour(
        primaries=PRIMARIES.get(primaries),
        transfer=TRANSFERS.get(transfer),
        matrix=MATRICES.get(matrix),
        range=(RANGES.get(range_) if kind != "rgb" else None) or ("tv" if limited else "pc"),
    )


def number(names: dict[int, str], name: str | None) -> int:
    """The number of a tag's name; 2 (unspecified) for None."""
    return next((key for key, value in names.items() if value == name), 2)


def matrix_of(colour: Colour, width: int, height: int) -> str:
    """The matrix between RGB and YUV: the tagged one; without a tag BT.709 for pictures at least 1280 pixels wide or
    more than 576 high, which fits HD cropped to scope and portrait, else BT.601, of 625 or of 525 lines.

    Raises FilmError for a tagged matrix that is not one of luma and colour differences.
    """
    tagged = colour.matrix if colour.matrix != "gbr" else None
    if tagged is not None and tagged not in WEIGHTS:
        raise FilmError(
            f"The colour matrix {tagged} of the source is not supported.",
            f"Convert the source to one of {', '.join(WEIGHTS)}; or, if the tag is wrong, say `colour: matrix=bt709`.",
        )
    if tagged is None and (width >= HD_WIDTH or height > SD_HEIGHT):
        return "bt709"
    return tagged or ("bt470bg" if height > NTSC_HEIGHT else "smpte170m")


def of_print(colour: Colour, pixel_format: str, width: int, height: int) -> Colour:
    """The colour tags of a print: the source's primaries and transfer, the print's own matrix and range.

    Log encodings have no tag: a print that keeps their values says nothing of its transfer.
    """
    if colour.transfer not in TRANSFERS.values():
        colour = replace(colour, transfer=None)
    if pixel_format.startswith("gbr"):
        return replace(colour, matrix="gbr", range="pc")
    if pixel_format.startswith("gray"):
        return replace(colour, matrix=None, range="pc")
    return replace(colour, matrix=matrix_of(colour, width, height), range="tv")


def lost(frame: Any, *, jpeg: bool = False) -> tuple[str, ...]:
    """What of a decoded frame no print will carry: sentences for the report. JPEG has no transparency.

    FFmpeg decodes JPEG of four inks to a format with a channel of it, which is full.
    """
    sentences = []
    if planes.has_alpha(frame.format.name) and not jpeg:
        sentences.append(f"The picture has a channel of transparency ({frame.format.name}); it is left out.")
    for names, what in HDR.items():
        if any(_carries(frame, name) for name in names):
            sentences.append(f"The picture carries {what}; the prints do not.")
    return tuple(sentences)


def _carries(frame: Any, name: str) -> bool:
    """Whether a frame has side data of that name; not known, and not said, of photographs with EXIF tags."""
    try:
        return containers.side_data(frame, name) is not None
    except ValueError:
        return False


def stored(frame: Any, *, grey: bool, depth: int, colour: Colour) -> np.ndarray:
    """One decoded frame as stored values: uint16 (channels, h, w), full range, `depth` bits at the top of 16.

    Grey is the film's own luma plane, changed only in range. Raises FilmError for an unknown matrix.
    """
    levels, shift = (1 << depth) - 1, np.uint16(16 - depth)
    decoded = planes.of(frame)
    kind, samples, bits = decoded.kind, decoded.samples, decoded.bits
    limited = colour.range == "tv"
    if grey and kind != "rgb" and bits == 8:
        return cv2.LUT(samples[0], _table(bits, levels, limited) << shift)[None]
    if kind == "grey" or (grey and kind == "yuv"):
        luma = _full_range(samples[0], bits, levels, limited=limited)
        values = [luma] if grey else [luma] * 3
    elif kind == "yuv":
        weights = WEIGHTS[matrix_of(colour, frame.width, frame.height)]
        values = _to_rgb(samples, bits, levels, weights, limited=limited)
    else:
        values = [_full_range(plane, bits, levels, limited=limited) for plane in samples]
        if grey:
            red, blue = WEIGHTS[matrix_of(colour, frame.width, frame.height)]
            values = [_luma(values, red, blue, np.uint16)]
    return np.stack(values) << shift


def _full_range(plane: np.ndarray, bits: int, levels: int, *, limited: bool) -> np.ndarray:
    if plane.dtype == np.float32:
        return np.rint(np.clip(np.nan_to_num(plane), 0, 1) * np.float32(levels)).astype(np.uint16)
    # Some decoders leave bits set above those of the format.
    return _table(bits, levels, limited)[plane if bits in (8, 16) else plane & np.uint16((1 << bits) - 1)]


@lru_cache(maxsize=8)
def _table(bits: int, levels: int, limited: bool) -> np.ndarray:
    black, span, _ = _code(bits, limited)
    return np.clip(np.rint((np.arange(1 << bits) - black) * levels / span), 0, levels).astype(np.uint16)


def _code(bits: int, limited: bool) -> tuple[int, int, int]:
    """Black, the span from black to white, and the span of colour differences."""
    if limited:
        return 16 << (bits - 8), 219 << (bits - 8), 224 << (bits - 8)
    return 0, (1 << bits) - 1, (1 << bits) - 1


def _to_rgb(
    planes: Sequence[np.ndarray], bits: int, levels: int, weights: tuple[float, float], *, limited: bool
) -> list[np.ndarray]:
    black, span, chroma_span = _code(bits, limited)
    red, blue = weights
    green = 1 - red - blue
    luma = planes[0].astype(np.float32)
    middle = np.float32(1 << (bits - 1))
    cb, cr = (_upsampled_chroma((plane.astype(np.float32) - middle), luma.shape) for plane in planes[1:3])
    gain, offset, unit = levels / span, -black * levels / span, 2 * levels / chroma_span
    mixed = cv2.addWeighted(cb, -unit * blue * (1 - blue) / green, cr, -unit * red * (1 - red) / green, offset)
    rgb = [
        cv2.addWeighted(luma, gain, cr, unit * (1 - red), offset, dtype=cv2.CV_16U),
        cv2.addWeighted(luma, gain, mixed, 1, 0, dtype=cv2.CV_16U),
        cv2.addWeighted(luma, gain, cb, unit * (1 - blue), offset, dtype=cv2.CV_16U),
    ]
    return [np.minimum(channel, np.uint16(levels), out=channel) for channel in rgb]


def _upsampled_chroma(chroma: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """A chroma plane interpolated linearly to the size (h, w) of the luma plane."""
    across, down = (-(-full // part) for full, part in zip(size[::-1], chroma.shape[::-1], strict=True))
    if across > 1:
        wide = np.empty((chroma.shape[0], chroma.shape[1] * across), np.float32)
        after = np.concatenate([chroma[:, 1:], chroma[:, -1:]], axis=1)
        for step in range(across):
            wide[:, step::across] = chroma + (after - chroma) * np.float32(step / across)
        chroma = wide
    if down > 1:
        chroma = cv2.resize(chroma, None, fx=1, fy=down, interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(chroma[: size[0], : size[1]])


def _luma(rgb: Sequence[np.ndarray], red: float, blue: float, kind: Any) -> np.ndarray:
    """Weighted sum of planes, rounded where `kind` is an integer."""
    partly = cv2.addWeighted(rgb[0], red, rgb[2], blue, 0, dtype=cv2.CV_32F)
    cv_type = cv2.CV_16U if kind == np.uint16 else cv2.CV_32F
    return cv2.addWeighted(rgb[1].astype(np.float32), 1 - red - blue, partly, 1, 0, dtype=cv_type)


def to_yuv(planes: np.ndarray, depth: int, pixel_format: str, matrix: str) -> list[np.ndarray]:
    """Stored values (channels, h, w) of even width, and even height for 4:2:0, as limited-range planes.

    They have 10 bits, or 8 where the pixel format is one of 8.
    """
    levels, shift = (1 << depth) - 1, np.uint16(16 - depth)
    bits = 10 if "10" in pixel_format else 8
    black, span, chroma_span = _code(bits, True)
    middle, kind = 1 << (bits - 1), np.uint16 if bits > 8 else np.uint8
    height, width = planes.shape[1:]
    down = 2 if "420" in pixel_format else 1
    if len(planes) == 1:
        # Neutral chroma: a grey film goes through no matrix.
        table = np.rint(np.arange(levels + 1) * (span / levels) + black).astype(kind)
        neutral = np.full((height // down, width // 2), middle, kind)
        return [table[planes[0] >> shift], neutral, neutral]
    rgb = [(plane >> shift).astype(np.float32) for plane in planes]
    red, blue = WEIGHTS[matrix]
    luma = _luma(rgb, red, blue, np.float32)
    cv_type = cv2.CV_16U if bits > 8 else cv2.CV_8U
    yuv = [cv2.addWeighted(luma, span / levels, luma, 0, black, dtype=cv_type)]
    for channel, weight in ((rgb[2], blue), (rgb[0], red)):
        difference = _downsampled_chroma(channel - luma, down)
        gain = chroma_span / levels / (2 * (1 - weight))
        yuv.append(cv2.addWeighted(difference, gain, difference, 0, middle, dtype=cv_type))
    return yuv


def _downsampled_chroma(plane: np.ndarray, down: int) -> np.ndarray:
    """Every other column, filtered 1:2:1 with its neighbours; pairs of rows averaged where `down` is 2."""
    if down == 2:
        plane = (plane[0::2] + plane[1::2]) * np.float32(0.5)
    even, odd = plane[:, 0::2], plane[:, 1::2]
    before = np.concatenate([even[:, :1], odd[:, :-1]], axis=1)
    return np.ascontiguousarray(even * np.float32(0.5) + (before + odd) * np.float32(0.25))
