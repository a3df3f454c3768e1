"""The codec of each print, with settings that give the same bits on any machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Codec:
    """How a print is encoded."""

    name: str
    pixel_format: Callable[[int, int], str]
    """The pixel format for a number of channels and a depth."""
    options: dict[str, str] = field(default_factory=dict)
    private: tuple[str, tuple[str, ...]] = ("", ())
    """FFmpeg's name for the encoder's own options, and those options."""
    container: str = "mp4"
    """The container of a piece, by FFmpeg's name."""
    tag: str = ""
    ahead: int = 0
    """Frames by which decoding times run ahead, at least as many as any frame needs that depends on later ones."""
    fits: tuple[int, int] | None = None
    """The largest (width, height) that the print may have: larger pictures are reduced."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a run of frames is encoded by a codec that loses something."""

    quality: float | None = None
    """CRF; None for a lossless codec, or one that has none."""
    grain: int = 0
    """For SVT-AV1, how much noise (0 to 50) is taken out and described, for the player to draw it again."""


LOSSLESS = Settings()


def options(codec: Codec, settings: Settings) -> dict[str, str]:
    """FFmpeg's options for an encoder."""
    name, private = codec.private
    chosen = dict(codec.options)
    if settings.quality is not None:
        # SVT-AV1 takes quarters of a step, but FFmpeg's own option for it whole ones only.
        if codec.name == "libsvtav1":
            private = (*private, f"crf={settings.quality:g}")
        else:
            chosen["crf"] = f"{settings.quality:g}"
    if settings.grain and codec.name == "libsvtav1":
        private = (*private, f"film-grain={settings.grain}", "film-grain-denoise=1")
    return {**chosen, name: ":".join(private)} if name else chosen


def _ffv1_format(channels: int, depth: int) -> str:
    return f"gray{depth}le" if channels == 1 else f"gbrp{depth}le"


# Look ahead by 20 frames instead of 40: they are held in memory, 25 MB each at 2160p. `stitchable`: runs encoded one by
# one at different qualities share their headers.
_X264 = ("open-gop=0", "rc-lookahead=20", "stitchable=1", "log-level=0")

# One thread, slices by what a frame is alone (`slices`), and x265 without frame threads, as their number changes its
# pixels. Parts are encoded in parallel instead.
CODECS = {
    "master": Codec(
        name="ffv1",
        pixel_format=_ffv1_format,
        options={"level": "3", "coder": "1", "context": "1", "g": "1", "slicecrc": "1"},
        container="matroska",
    ),
    "mezzanine": Codec(
        name="prores_ks",
        pixel_format=lambda channels, depth: "yuv422p10le",
        options={"profile": "hq", "vendor": "apl0"},
        container="mov",
    ),
    "x264": Codec(
        name="libx264",
        pixel_format=lambda channels, depth: "yuv420p10le",
        options={"preset": "medium", "flags": "+cgop+global_header"},
        private=("x264-params", _X264),
        ahead=8,
    ),
    "television": Codec(
        name="libx264",
        pixel_format=lambda channels, depth: "yuv420p",
        options={"preset": "medium", "profile": "high", "flags": "+cgop+global_header"},
        # 8 bits, High profile, at most 1080 lines and 25 Mbit/s. With AVX-512 the 8-bit encoder of x264 gives other
        # bits each time it runs; without, it takes 6 % longer.
        private=("x264-params", (*_X264, "vbv-maxrate=25000", "vbv-bufsize=25000", "asm=sse4.2")),
        ahead=8,
        fits=(1920, 1080),
    ),
    "x265": Codec(
        name="libx265",
        pixel_format=lambda channels, depth: "yuv420p10le",
        options={"preset": "medium", "flags": "+global_header"},
        # `info` would write the quality of a run into its headers.
        private=(
            "x265-params",
            ("open-gop=0", "rc-lookahead=20", "pools=1", "frame-threads=1", "info=0", "log-level=0"),
        ),
        tag="hvc1",
        ahead=8,
    ),
    "svtav1": Codec(
        name="libsvtav1",
        pixel_format=lambda channels, depth: "yuv420p10le",
        options={"preset": "8", "flags": "+global_header"},
        private=("svtav1-params", ("lp=1",)),
    ),
    "changes": Codec(
        name="ffv1",
        pixel_format=lambda channels, depth: "gray16le",
        options={"level": "3", "coder": "1", "context": "0", "g": "1", "slicecrc": "1"},
        container="matroska",
    ),
}


def padded(width: int, height: int, pixel_format: str) -> tuple[int, int]:
    """The (width, height) that a pixel format stores: even where its chroma is subsampled."""
    return (
        width + (width % 2 if "42" in pixel_format else 0),
        height + (height % 2 if "420" in pixel_format else 0),
    )


def fitted(codec: Codec, width: int, height: int) -> tuple[int, int]:
    """The (width, height) that a print shows of a picture: reduced to even numbers where it is too large for it."""
    if codec.fits is None or (width <= codec.fits[0] and height <= codec.fits[1]):
        return width, height
    share = min(codec.fits[0] / width, codec.fits[1] / height)
    return 2 * round(width * share / 2), 2 * round(height * share / 2)


def bits_to_show(bits: int) -> int:
    """The depth of a print of a film of `bits`: FFV1 has 10, 12 and 16, so that 14 bits are kept in 16."""
    return next(depth for depth in (10, 12, 16) if depth >= bits)
