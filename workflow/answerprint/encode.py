"""Encode: prints, part by part, and their joining without encoding again.

A piece holds one part in the print's codec, its frames counted from 0 in units of one frame. Joining numbers
the packets through and hands them, with sound, subtitles and chapters, to FFmpeg's muxer.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from .errors import FilmError
from .files import whole
from .partfile import Reader
from .source import MATRICES, PRIMARIES, TRANSFERS, Colour


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a print says about its picture."""

    rate: Fraction
    sar: Fraction
    colour: Colour


@dataclass(frozen=True, kw_only=True)
class Codec:
    """How a print is encoded."""

    name: str
    pixel_format: Callable[[int, int], str]
    """From channels and depth."""
    options: dict[str, str]
    container: str = "mp4"
    """What holds a piece: MP4 and QuickTime keep any clock exactly, Matroska is what FFV1 goes into in the end."""
    tag: str = ""


def _ffv1_format(channels: int, depth: int) -> str:
    return f"gray{depth}le" if channels == 1 else f"gbrp{depth}le"


# Settings that give the same bits at any number of threads: fixed slices, and x265 without its frame threads,
# whose number changes its pixels.
CODECS = {
    "master": Codec(
        name="ffv1",
        pixel_format=_ffv1_format,
        options={"level": "3", "coder": "1", "context": "1", "g": "1", "slices": "4", "slicecrc": "1"},
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
        options={"preset": "medium", "flags": "+cgop+global_header", "x264-params": "open-gop=0:log-level=0"},
    ),
    "x265": Codec(
        name="libx265",
        pixel_format=lambda channels, depth: "yuv420p10le",
        options={
            "preset": "medium",
            "flags": "+global_header",
            "x265-params": "open-gop=0:pools=1:frame-threads=1:log-level=0",
        },
        tag="hvc1",
    ),
    "svtav1": Codec(
        name="libsvtav1",
        pixel_format=lambda channels, depth: "yuv420p10le",
        options={"preset": "8", "flags": "+global_header", "svtav1-params": "lp=1"},
    ),
    "changes": Codec(
        name="ffv1",
        pixel_format=lambda channels, depth: "gray",
        options={"level": "3", "coder": "1", "context": "0", "g": "1", "slices": "4", "slicecrc": "1"},
        container="matroska",
    ),
}


def piece(print_: str, frames: Iterator[np.ndarray], output: Path, look: Look, depth: int, quality: int | None) -> int:
    """Encode stored frames (channels, h, w) as one piece; returns how many went in."""
    codec = CODECS[print_]
    os.environ.setdefault("SVT_LOG", "1")
    with whole(output) as temporary, av.open(str(temporary), "w", format=codec.container) as container:
        stream: Any = None
        count = 0
        for planes in frames:
            if stream is None:
                stream = _stream(container, codec, planes, look, depth, quality)
            frame = picture(planes, depth, stream.codec_context.pix_fmt, look.colour)
            frame.pts, frame.time_base = count, 1 / look.rate
            container.mux(stream.encode(frame))
            count += 1
        if stream is not None:
            container.mux(stream.encode())
    return count


def _stream(container: Any, codec: Codec, planes: np.ndarray, look: Look, depth: int, quality: int | None) -> Any:
    channels, height, width = planes.shape
    options = dict(codec.options)
    if quality is not None:
        options["crf"] = str(quality)
    stream = container.add_stream(codec.name, rate=look.rate, options=options)
    chroma = codec.pixel_format(channels, depth)
    # Codecs with shared chroma want even sizes: the last row or column is repeated, only where it must be.
    stream.width, stream.height = padded(width, height, chroma)
    stream.pix_fmt = chroma
    context = stream.codec_context
    context.time_base = 1 / look.rate
    context.sample_aspect_ratio = look.sar
    context.thread_count = 2
    tags = colour_of_print(look.colour, chroma, height)
    context.color_primaries = _number(PRIMARIES, tags.primaries)
    context.color_trc = _number(TRANSFERS, tags.transfer)
    context.colorspace = _number(MATRICES, tags.matrix)
    context.color_range = 2 if tags.range == "pc" else 1
    if codec.tag:
        context.codec_tag = codec.tag
    return stream


def padded(width: int, height: int, pixel_format: str) -> tuple[int, int]:
    """The size that a pixel format stores: even where its chroma is shared by two pixels."""
    return (
        width + (width % 2 if "42" in pixel_format else 0),
        height + (height % 2 if "420" in pixel_format else 0),
    )


def _number(names: dict[int, str], name: str | None) -> int:
    return next((number for number, known in names.items() if known == name), 2)


def matrix_of(colour: Colour, height: int) -> str:
    """The matrix between RGB and YUV: the source's, or by size where it names none."""
    known = colour.matrix if colour.matrix not in (None, "gbr") else None
    return known or ("bt709" if height >= 720 else "smpte170m")


def colour_of_print(colour: Colour, pixel_format: str, height: int) -> Colour:
    """The colour tags of a print: the source's primaries and transfer, the print's own matrix and range."""
    rgb = pixel_format.startswith("gbr")
    grey = pixel_format.startswith("gray")
    return Colour(
        primaries=colour.primaries,
        transfer=colour.transfer,
        matrix="gbr" if rgb else None if grey else matrix_of(colour, height),
        range="pc" if rgb or grey else "tv",
    )


def picture(planes: np.ndarray, depth: int, pixel_format: str, colour: Colour) -> Any:
    """Stored values (channels, h, w) as a frame in the print's pixel format."""
    channels, height, width = planes.shape
    if pixel_format == "gray":
        return av.VideoFrame.from_ndarray(np.ascontiguousarray(planes[0], np.uint8), format="gray")
    if pixel_format.startswith(("gray", "gbr")):
        values = planes >> np.uint16(16 - depth)
        if channels == 1 and pixel_format.startswith("gray"):
            return _filled(values, pixel_format, width, height)
        return _filled(values[[1, 2, 0]], pixel_format, width, height)
    levels = (1 << depth) - 1
    full = np.round((planes >> np.uint16(16 - depth)) * np.float32(65535 / levels)).astype(np.uint16)
    wide, high = padded(width, height, pixel_format)
    full = np.pad(full, [(0, 0), (0, high - height), (0, wide - width)], mode="edge")
    if channels == 1:
        # Luma by arithmetic, neutral chroma: no conversion touches the grey film.
        luma = np.rint(full[0] * np.float32(876 / 65535)).astype(np.uint16) + np.uint16(64)
        rows = high // 2 if "420" in pixel_format else high
        neutral = np.full((2, rows, wide // 2), 512, np.uint16)
        frame = av.VideoFrame(wide, high, pixel_format)
        for plane, values in zip(frame.planes, [luma, *neutral], strict=True):
            _fill(plane, values)
    else:
        matrix = {"bt709": "ITU709", "bt2020nc": "BT2020", "smpte240m": "SMPTE240M"}.get(
            matrix_of(colour, height), "ITU601"
        )
        from av.video.reformatter import Interpolation as I

        frame = _filled(full[[1, 2, 0]], "gbrp16le", wide, high).reformat(
            format=pixel_format,
            dst_colorspace=matrix,
            dst_color_range="MPEG",
            interpolation=int(I.BICUBIC | I.ACCURATE_RND | I.FULL_CHR_H_INP | I.BITEXACT),
        )
    tags = colour_of_print(colour, pixel_format, height)
    frame.color_range = 2 if tags.range == "pc" else 1
    frame.colorspace = _number(MATRICES, tags.matrix)
    frame.color_primaries = _number(PRIMARIES, tags.primaries)
    frame.color_trc = _number(TRANSFERS, tags.transfer)
    return frame


def _filled(planes: np.ndarray, pixel_format: str, width: int, height: int) -> Any:
    frame = av.VideoFrame(width, height, pixel_format)
    for plane, values in zip(frame.planes, planes, strict=True):
        _fill(plane, values)
    return frame


def _fill(plane: Any, values: np.ndarray) -> None:
    row = np.zeros((values.shape[0], plane.line_size // values.itemsize), values.dtype)
    row[:, : values.shape[1]] = values
    plane.update(row.tobytes())


def bits_to_show(bits: int) -> int:
    """The depth of the print's samples that hold a film of `bits`: FFV1 has 10, 12 and 16 (14 is kept in 16)."""
    return next(depth for depth in (10, 12, 16) if depth >= bits)


@dataclass(frozen=True, kw_only=True)
class Joined:
    """What goes into a print besides the pictures."""

    sounds: tuple[Path, ...] = ()
    languages: tuple[str | None, ...] = ()
    subtitles: Path | None = None
    language: str = "und"
    chapters: tuple[tuple[Fraction, Fraction, str], ...] = ()
    metadata: dict[str, str] | None = None
    timecode: str | None = None


def join(print_: str, pieces: list[Path], output: Path, look: Look, extra: Joined, audio_codec: str) -> None:
    """One print from its pieces, none of them encoded again, with sound, subtitles, chapters and metadata.

    `audio_codec` is FFmpeg's name (flac, pcm_s24le, aac). Raises FilmError when the muxer refuses.
    """
    import ffmpeg
    import imageio_ffmpeg

    with whole(output) as temporary:
        chapters = temporary.with_suffix(".chapters")
        chapters.write_text(_ffmetadata(extra), encoding="utf-8")
        try:
            inputs = [ffmpeg.input("pipe:0", format=CODECS[print_].container)["v"]]
            inputs += [ffmpeg.input(str(path))["a"] for path in extra.sounds]
            arguments: dict[str, Any] = {"c:v": "copy", "c:a": audio_codec}
            if audio_codec == "aac":
                arguments["b:a"] = "192k"
            for index, language in enumerate(extra.languages):
                arguments[f"metadata:s:a:{index}"] = f"language={language or 'und'}"
            if extra.subtitles is not None and extra.subtitles.stat().st_size > 0:
                inputs.append(ffmpeg.input(str(extra.subtitles))["s"])
                arguments["c:s"] = "srt" if output.suffix == ".mkv" else "mov_text"
                arguments["metadata:s:s:0"] = f"language={extra.language}"
            if output.suffix in (".mp4", ".mov"):
                arguments["movflags"] = "+faststart+write_colr+use_metadata_tags"
                # Fine enough that a frame is a whole number of ticks at any rational rate.
                numerator = look.rate.numerator
                arguments["video_track_timescale"] = str(numerator if numerator > 1000 else numerator * 1000)
            # PyAV keeps the sample aspect in the codec only; containers want it too.
            width, height = _size(pieces)
            aspect = look.sar * width / height
            arguments["aspect"] = f"{aspect.numerator}:{aspect.denominator}"
            if extra.timecode and output.suffix == ".mov":
                arguments["timecode"] = extra.timecode
            elif extra.timecode:
                arguments["metadata:s:v:0"] = f"timecode={extra.timecode}"
            # The chapter file is the last input; no stream is mapped from it.
            arguments |= {"map_metadata": str(len(inputs)), "map_chapters": str(len(inputs))}
            command = ffmpeg.output(*inputs, str(temporary), **arguments)
            command = command.global_args("-hide_banner", "-loglevel", "error").overwrite_output()
            line = command.compile(cmd=imageio_ffmpeg.get_ffmpeg_exe())
            place = line.index("-map")
            line[place:place] = ["-f", "ffmetadata", "-i", str(chapters)]
            _pipe(line, CODECS[print_].container, pieces, look)
        finally:
            chapters.unlink(missing_ok=True)


def _pipe(command: list[str], kind: str, pieces: list[Path], look: Look) -> None:
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None and process.stderr is not None
    trouble: Exception | None = None
    try:
        # MP4 and QuickTime can only be piped in fragments.
        options = {"movflags": "frag_keyframe+delay_moov"} if kind in ("mov", "mp4") else {}
        with av.open(process.stdin, "w", format=kind, options=options) as container:
            _number_through(container, pieces, look)
    except (av.FFmpegError, OSError) as error:
        trouble = error
    finally:
        with contextlib.suppress(OSError):
            process.stdin.close()
    said = process.stderr.read().decode(errors="replace").strip()
    if process.wait() or trouble:
        last = said.splitlines()[-1] if said else str(trouble)
        hint = (
            "Free some space, then run the same command."
            if "No space" in said
            else "See the log for the whole message."
        )
        raise FilmError(f"The print could not be written: {last}.", hint)


def _size(pieces: list[Path]) -> tuple[int, int]:
    for path in pieces:
        with av.open(str(path)) as container:
            if container.streams.video:
                context = container.streams.video[0].codec_context
                return context.width, context.height
    raise FilmError("There is no frame to put into a print.", "Delete the edition's folder and run again.")


def _places(path: Path, rate: Fraction) -> Iterator[tuple[Any, int]]:
    """Packets of a piece in the order of decoding, each with the number of the frame it shows."""
    with av.open(str(path)) as source:
        if source.streams.video:
            for packet in source.demux(source.streams.video[0]):
                if packet.pts is not None:
                    yield packet, round(packet.pts * packet.time_base * rate)


def _number_through(container: Any, pieces: list[Path], look: Look) -> None:
    """Copy packets of all pieces into one stream, in units of one frame, each piece after the one before."""
    # Frames that lean on later ones are decoded later than shown: the clock of decoding runs that much ahead.
    ahead = max((n - place for path in pieces for n, (_, place) in enumerate(_places(path, look.rate))), default=0)
    stream: Any = None
    offset = 0
    for path in pieces:
        count = 0
        for packet, place in _places(path, look.rate):
            if stream is None:
                stream = container.add_stream_from_template(packet.stream, opaque=True)
                stream.time_base = 1 / look.rate
            packet.time_base = 1 / look.rate
            packet.pts, packet.dts, packet.duration = offset + place, offset + count - ahead, 1
            packet.stream = stream
            container.mux(packet)
            count += 1
        offset += count


def _ffmetadata(extra: Joined) -> str:
    def safe(text: str) -> str:
        return "".join(f"\\{c}" if c in "=;#\\\n" else c for c in text)

    out = io.StringIO()
    out.write(";FFMETADATA1\n")
    for key, value in (extra.metadata or {}).items():
        out.write(f"{safe(key)}={safe(value)}\n")
    for start, stop, title in extra.chapters:
        out.write("[CHAPTER]\nTIMEBASE=1/1000000\n")
        out.write(f"START={round(start * 1000000)}\nEND={round(stop * 1000000)}\ntitle={safe(title)}\n")
    return out.getvalue()


def frames_of(paths: list[Path], block: int = 8) -> Iterator[np.ndarray]:
    """Stored frames (channels, h, w) of part files, one after another."""
    for path in paths:
        for planes in Reader(path).blocks(block):
            yield from planes
