"""Planes: the samples of a decoded frame as the decoder left them, by pixel format.

Nothing is converted by FFmpeg's scaler: it leaves memory unwritten in some conversions, and rounds in others. Alpha is
left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import av
import numpy as np

from ..runtime.errors import FilmError
from .limits import MOST_BITS

Kind = Literal["grey", "yuv", "rgb"]

_WORDS = {
    **{name: name for name in ("rgba", "bgra", "argb", "abgr", "rgb0", "bgr0", "0rgb", "0bgr")},
    **{name: name[:3] for name in ("rgb24", "bgr24", "rgb48", "bgr48", "rgb96", "rgbf16", "rgbf32")},
    **{name: name[:4] for name in ("rgba64", "bgra64", "rgba128", "rgbaf16", "rgbaf32")},
    **{name: name for name in ("ayuv", "vuya", "uyva")},
    **{"vuyx": "vuyx", "vyu444": "vyu", "ayuv64": "ayuv", "xv36": "uyvx", "xv48": "uyvx"},
    **{"yuyv422": "yuyv", "uyvy422": "uyvy", "yvyu422": "yvyu", "uyyvyy411": "uyyvyy"},
    **{"y210": "yuyv", "y212": "yuyv", "y216": "yuyv", "xyz12": "rgb"},
    **{"ya8": "ya", "ya16": "ya", "yaf16": "ya", "yaf32": "ya"},
}
"""Formats of one plane with a word a sample: the samples of a group of pixels, in order."""
_FIELDS = {
    **{"rgb444": "x4r4g4b4", "bgr444": "x4b4g4r4", "rgb555": "x1r5g5b5", "bgr555": "x1b5g5r5"},
    **{"rgb565": "r5g6b5", "bgr565": "b5g6r5", "rgb8": "r3g3b2", "bgr8": "b2g3r3"},
    **{"rgb4_byte": "x4r1g2b1", "bgr4_byte": "x4b1g2r1"},
    **{"x2rgb10": "x2r10g10b10", "x2bgr10": "x2b10g10r10", "xv30": "x2v10y10u10", "v30x": "v10y10u10x2"},
}
"""Formats of one plane with a word a pixel: its bits, from the highest down."""
_SWAPPED = ("nv21", "nv42")
"""Formats of two planes with Cr before Cb."""
_ALIGNED_HIGH = re.compile(r"(p[0-4]1[0-6]|y21[0-6]|xv36|xyz12)$|msb$")
"""Formats whose samples lie at the top of their words."""


@dataclass(frozen=True, kw_only=True)
class Planes:
    """The samples of a frame."""

    kind: Kind
    samples: list[np.ndarray]
    """grey: one plane; yuv: luma, Cb, Cr; rgb: red, green, blue. uint8, uint16, or float32 0..1, native byte order."""
    bits: int
    """Significant bits of the samples, 8 to 16."""


def depth_of(pixel_format: str) -> int:
    """Bits per channel of an FFmpeg pixel format, 8 to 16; floating point counts as 16."""
    depths = [part.bits for part in av.VideoFormat(pixel_format, 16, 16).components if not part.is_alpha]
    return min(max(8, *depths), MOST_BITS)


def kind_of(pixel_format: str) -> Kind:
    """The kind of an FFmpeg pixel format: grey, yuv, or rgb (which includes palettes)."""
    if pixel_format.startswith(("gray", "ya", "mono")):
        return "grey"
    if not pixel_format or pixel_format.startswith(("pal", "xyz")) or av.VideoFormat(pixel_format).is_rgb:
        return "rgb"
    return "yuv"


def has_alpha(pixel_format: str) -> bool:
    """Whether a pixel format has a channel of transparency."""
    return bool(pixel_format) and any(part.is_alpha for part in av.VideoFormat(pixel_format, 16, 16).components)


def require_readable(pixel_format: str) -> None:
    """Raises FilmError for pixel formats that no plane can be taken of: raw mosaics and memory of a GPU."""
    layout = av.VideoFormat(pixel_format, 16, 16)
    if layout.is_bayer:
        raise FilmError(
            f"The picture is the raw mosaic of a camera's sensor ({pixel_format}).", "Develop it into RGB first."
        )
    if not layout.components:
        raise FilmError(f"Pixels of the format {pixel_format} cannot be read.", "Convert the film to FFV1.")


def of(frame: Any) -> Planes:
    """The samples of a decoded frame, alpha left out. Raises FilmError for a raw mosaic."""
    name = frame.format.name
    require_readable(name)
    kind, bits = kind_of(name), depth_of(name)
    base = _base(name)
    if base == "pal8":
        samples = _palette(frame)
    elif base in ("monow", "monob"):
        samples = [_mono(frame, base)]
    elif base in ("rgb4", "bgr4"):
        samples = _nibbles(frame, base)
    elif base in _FIELDS:
        samples = _bit_fields(frame, _FIELDS[base], bits)
    elif base in _WORDS:
        samples = _words(frame, _WORDS[base])
    else:
        samples = _planar(frame, kind)
    samples = [_native(plane, name, bits) for plane in samples]
    return Planes(kind=kind, samples=_from_xyz(samples) if base == "xyz12" else samples, bits=bits)


def lines(plane: Any) -> np.ndarray:
    """The lines of a plane from the top down, uint8 (h, bytes of a line), padding included."""
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, abs(plane.line_size))
    # Some decoders store pictures from the bottom line up.
    return np.ascontiguousarray(rows[::-1]) if plane.line_size < 0 else rows


def _base(name: str) -> str:
    """A pixel format's name without its byte order."""
    return name[:-2] if name.endswith(("le", "be")) else name


def is_floating_point(pixel_format: str) -> bool:
    """Whether the samples of an FFmpeg pixel format are floating point, which may lie outside of 0 to 1."""
    return re.search(r"f(16|32)(le|be)$", pixel_format) is not None


def _sample_type(name: str, size: int) -> np.dtype[Any]:
    """What a sample is stored as, in `size` bytes."""
    kind = "f" if is_floating_point(name) else "u"
    return np.dtype(f"{'>' if name.endswith('be') else '<'}{kind}{size}")


def _typed(plane: Any, kind: np.dtype[Any]) -> np.ndarray:
    rows = lines(plane)
    return rows[:, : rows.shape[1] // kind.itemsize * kind.itemsize].view(kind)


def _word_size(frame: Any) -> int:
    return -(-max(part.bits for part in frame.format.components) // 8)


def _planar(frame: Any, kind: Kind) -> list[np.ndarray]:
    """One plane a channel, or luma and a plane in which Cb and Cr alternate."""
    sample = _sample_type(frame.format.name, _word_size(frame))
    rows = [_typed(plane, sample) for plane in frame.planes]
    sizes = [(plane.height, plane.width) for plane in frame.planes]
    if kind == "yuv" and len(rows) == 2:
        order = (1, 0) if _base(frame.format.name) in _SWAPPED else (0, 1)
        (high, wide), chroma = sizes[1], rows[1]
        return [rows[0][:, : sizes[0][1]], *(chroma[:high, first : 2 * wide : 2] for first in order)]
    planes = [row[:, :wide] for row, (_, wide) in zip(rows, sizes, strict=True)]
    return planes[:1] if kind == "grey" else [planes[2], *planes[:2]] if kind == "rgb" else planes[:3]


def _words(frame: Any, group: str) -> list[np.ndarray]:
    """Samples of one plane that lie side by side, each in a word of its own."""
    rows = _typed(frame.planes[0], _sample_type(frame.format.name, _word_size(frame)))
    pixels = max(group.count("y"), 1)
    groups = -(-frame.width // pixels)
    if rows.shape[1] < groups * len(group):
        # A line of a width that no group of pixels divides may end within the last group.
        rows = np.pad(rows, ((0, 0), (0, groups * len(group) - rows.shape[1])), "edge")
    split = rows[:, : groups * len(group)].reshape(len(rows), groups, len(group))
    letters = "yuv" if "u" in group else "y" if "y" in group else "rgb"
    planes = []
    for letter in letters:
        places = [index for index, other in enumerate(group) if other == letter]
        plane = split[..., places].reshape(len(rows), -1)
        planes.append(plane[:, : frame.width] if len(places) == pixels else plane)
    return planes


def _bit_fields(frame: Any, fields: str, bits: int) -> list[np.ndarray]:
    """Samples that share a word, spread over all values of `bits` where they have fewer."""
    parts = [(letter, int(size)) for letter, size in re.findall(r"([a-z])(\d+)", fields)]
    left = sum(size for _, size in parts)
    sample = _sample_type(frame.format.name, left // 8)
    words = _typed(frame.planes[0], sample)[:, : frame.width]
    planes = {}
    for letter, size in parts:
        left -= size
        planes[letter] = _spread(words >> left & ((1 << size) - 1), size, bits)
    return [planes[letter] for letter in ("yuv" if "y" in planes else "rgb")]


def _spread(values: np.ndarray, size: int, bits: int) -> np.ndarray:
    """Values of `size` bits over the whole range of `bits`, rounded; YUV has as many bits in all channels."""
    kind = np.uint8 if bits == 8 else np.uint16
    if size >= bits:
        return values.astype(kind)
    table = np.rint(np.arange(1 << size) * (((1 << bits) - 1) / ((1 << size) - 1))).astype(kind)
    spread: np.ndarray = table[values]
    return spread


def _nibbles(frame: Any, base: str) -> list[np.ndarray]:
    """Two pixels a byte, the first in its upper half."""
    rows = lines(frame.planes[0])
    pixels = np.stack([rows >> 4, rows & 15], axis=2).reshape(len(rows), -1)[:, : frame.width]
    first, green, last = (
        _spread(pixels >> shift & (1 << size) - 1, size, 8) for shift, size in ((3, 1), (1, 2), (0, 1))
    )
    return [first, green, last] if base == "rgb4" else [last, green, first]


def _mono(frame: Any, base: str) -> np.ndarray:
    """Eight pixels a byte, the first in its highest bit; in monow, 0 is white."""
    pixels = np.unpackbits(lines(frame.planes[0]), axis=1)[:, : frame.width] * np.uint8(255)
    return 255 - pixels if base == "monow" else pixels


def _palette(frame: Any) -> list[np.ndarray]:
    """The colours that indices stand for; a palette holds 256 words of alpha, red, green and blue in native order."""
    indices = lines(frame.planes[0])[:, : frame.width]
    palette = np.frombuffer(frame.planes[1], np.uint32)[:256]
    return [(palette >> shift & 255).astype(np.uint8)[indices] for shift in (16, 8, 0)]


def _native(plane: np.ndarray, name: str, bits: int) -> np.ndarray:
    """Samples in native byte order at the bottom of their words; deep integers and floating point as float32."""
    if plane.dtype.kind == "f":
        return plane.astype(np.float32)
    if plane.dtype.itemsize == 4:
        return (plane / np.float64(0xFFFFFFFF)).astype(np.float32)
    if plane.dtype.itemsize == 1:
        return plane
    plane = plane.astype(np.uint16, copy=False)
    shift = 16 - bits if _ALIGNED_HIGH.search(_base(name)) else 0
    return plane >> np.uint16(shift) if shift else plane


def _from_xyz(planes: list[np.ndarray]) -> list[np.ndarray]:
    """X'Y'Z' of digital cinema, 12 bits, as R'G'B' of BT.709 primaries and gamma 2.2, as FFmpeg defines it."""
    linear = [_xyz_to_linear()[plane & 0xFFF] for plane in planes]
    return [
        np.rint(
            np.clip(sum(part * np.float32(weight) for part, weight in zip(linear, row, strict=True)), 0, 1)
            ** np.float32(1 / 2.2)
            * 4095
        ).astype(np.uint16)
        for row in _XYZ_TO_RGB
    ]


_XYZ_TO_RGB = ((3.2405, -1.5371, -0.4985), (-0.9693, 1.8760, 0.0416), (0.0556, -0.2040, 1.0572))
"""CIE XYZ, white D65, to the primaries of BT.709 (IEC 61966-2-1)."""


@lru_cache(maxsize=1)
def _xyz_to_linear() -> np.ndarray:
    return ((np.arange(4096) / 4095) ** 2.6).astype(np.float32)


_PLAIN = re.compile(r"(gray|gbrp)((9|1[0-6])le)?|yuvj?4\d\dp|yuv4\d\dp(9|1[0-6])le|nv12|rgb24|bgr24|rgb48le")


def is_plain(frame: Any) -> bool:
    """Whether FFmpeg's filters and scaler handle a frame whole as it is."""
    return bool(_PLAIN.fullmatch(frame.format.name)) and all(plane.line_size > 0 for plane in frame.planes)


def plain(frame: Any) -> Any:
    """A frame that FFmpeg's filters and scaler handle whole: itself where they do, else its samples in a plain format.

    Plain formats have a plane a channel, no alpha, and integers in native order.
    """
    if is_plain(frame):
        return frame
    planes = of(frame)
    samples = [_integers(values) for values in planes.samples]
    if planes.kind == "rgb":
        samples = [samples[1], samples[2], samples[0]]
    bits = 16 if planes.samples[0].dtype == np.float32 else planes.bits
    return assembled(plain_name(frame, planes, bits), samples, frame)


def assembled(name: str, samples: list[np.ndarray], like: Any) -> Any:
    """A frame in a plain format, made of its planes in the format's order, with the time and colour of another."""
    made = av.VideoFrame(like.width, like.height, name)
    for plane, values in zip(made.planes, samples, strict=True):
        rows = np.zeros((plane.height, plane.line_size // values.dtype.itemsize), values.dtype)
        rows[:, : plane.width] = values[: plane.height, : plane.width]
        plane.update(rows.tobytes())
    made.pts = like.pts
    if like.time_base is not None:
        made.time_base = like.time_base
    made.colorspace, made.color_range = like.colorspace, like.color_range
    return made


def _integers(values: np.ndarray) -> np.ndarray:
    """Samples as they are, floating point as 16 bits."""
    if values.dtype != np.float32:
        return values
    return np.rint(np.clip(np.nan_to_num(values), 0, 1) * np.float32(65535)).astype(np.uint16)


def plain_name(frame: Any, planes: Planes, bits: int) -> str:
    """The plain format for the samples of a frame, with so many bits."""
    deep = f"{bits}le" if bits > 8 else ""
    if planes.kind != "yuv":
        return ("gray" if planes.kind == "grey" else "gbrp") + deep
    across, down = (8 // size for size in (frame.format.chroma_width(8), frame.format.chroma_height(8)))
    shared = {(1, 1): "444", (2, 1): "422", (2, 2): "420", (4, 1): "411", (4, 4): "410", (1, 2): "440"}
    return f"yuv{shared[across, down]}p{deep}"
