"""Containers: media files opened with a demuxer that reads that one file and nothing else.

FFmpeg recognises files by content, and some contents are lists of other files or addresses (ffconcat, HLS, DASH). Only
demuxers named here are allowed, which FFmpeg enforces after it has looked at the first bytes and before it acts on
them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import av
import av.logging
from av.sidedata.sidedata import Type

from ..runtime.errors import FilmError
from . import limits

IMAGES = {
    "png_pipe": (".png",),
    "tiff_pipe": (".tif", ".tiff"),
    "dpx_pipe": (".dpx",),
    "exr_pipe": (".exr",),
    "jpeg_pipe": (".jpg", ".jpeg"),
    "bmp_pipe": (".bmp",),
}
"""The demuxers of single frames, and how such files are called."""
FILMS = (
    *("mov", "matroska", "avi", "mxf", "mxf_opatom", "mpeg", "mpegts", "mpegvideo", "asf", "flv", "live_flv", "f4v"),
    *("ogg", "nut", "nuv", "gxf", "lxf", "dv", "wtv", "ty", "rm", "roq", "bink", "smk", "flic", "film_cpk", "cine"),
    *("ivf", "obu", "av1", "h261", "h263", "h264", "hevc", "vvc", "evc", "m4v", "mjpeg", "mjpeg_2000", "dirac"),
    *("dnxhd", "vc1", "vc1test", "avs", "avs2", "avs3", "cavsvideo", "apv", "yuv4mpegpipe", "gif", "apng", "amv"),
    *("swf", "nsv", "pva", "4xm", "mlv", "r3d", "ser", "simbiosis_imx", "webp_pipe", "jpegxl_anim"),
)
"""Demuxers of films. None of them opens a second file."""
SOUNDS = (
    *("wav", "w64", "aiff", "caf", "au", "flac", "ogg", "mp3", "aac", "ac3", "eac3", "ac4", "dts", "dtshd", "truehd"),
    *("mlp", "ape", "wv", "tta", "tak", "mpc", "mpc8", "amr", "amrnb", "amrwb", "voc", "oma", "dsf", "iff", "loas"),
    *("latm", "spdif", "s337m", "gsm", "sox", "ircam", "shn", "osq", "bonk", "xwma", "act", "aa", "qcp", "sds", "iamf"),
)
"""Demuxers of sound alone."""
MULTIMEDIA = (*FILMS, *SOUNDS)
FRAME_SUFFIXES = frozenset(suffix for suffixes in IMAGES.values() for suffix in suffixes)

Kind = Literal["frame", "film"]


def opened(path: Path, *, kind: Kind = "film") -> Any:
    """The container of a file: of a single frame, or of pictures and sound.

    Text in it that is not UTF-8 is read as far as it goes. Raises FilmError if it is none of the kind, names other
    files, or holds a frame that is too large.
    """
    try:
        return av.open(f"file:{path}", options=_options(kind), metadata_errors="replace")
    except (av.FFmpegError, OSError) as error:
        if isinstance(error, av.ArgumentError):
            raise FilmError(
                f"{path} is not a {'frame' if kind == 'frame' else 'film or sound'} of a kind that is read.",
                "It may be damaged, a list of other files, or text; convert it to a kind that holds its own pictures.",
            ) from error
        raise FilmError(
            f"{path} is not a film that can be read ({getattr(error, 'strerror', None) or error}).",
            "It may be damaged, cut short or of another kind; try to play it.",
        ) from error


def _options(kind: Kind) -> dict[str, str]:
    return {
        "format_whitelist": ",".join(IMAGES if kind == "frame" else MULTIMEDIA),
        "protocol_whitelist": "file",
        "max_pixels": str(limits.MOST_PIXELS),
    }


def require_small(path: Path) -> None:
    """Raises FilmError if a file cannot be decoded because its frames are too large, which only FFmpeg's log says."""
    level = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)
    try:
        with av.logging.Capture() as messages, opened(path, kind="frame") as container:
            for stream in container.streams.video[:1]:
                prepare(stream)
                next(container.decode(stream), None)
    except (av.FFmpegError, OSError, FilmError):
        pass
    finally:
        av.logging.set_level(level)
    for _, _, text in messages:
        match = re.search(r"Picture size (\d+)x(\d+) ", text)
        if match:
            limits.require_size(path, int(match[1]), int(match[2]))


def prepare(stream: Any) -> None:
    """Make a stream's decoder refuse frames that are too large, and decode on one thread.

    Parts are read in parallel already; and a single thread decodes damaged frames the same way every time.
    """
    stream.codec_context.options = {**stream.codec_context.options, "max_pixels": str(limits.MOST_PIXELS)}
    stream.codec_context.thread_count = 1


def side_data(frame: Any, name: str) -> bytes | None:
    """The side data of a decoded frame by PyAV's name for it, such as DISPLAYMATRIX; None if there is none."""
    return next((bytes(data) for data in frame.side_data if data.type is Type[name]), None)


def _unnamed(cls: type[Type], value: int) -> Type:
    member = object.__new__(cls)
    member._name_ = f"KIND_{value}"
    member._value_ = value  # type: ignore[assignment]
    return member


# PyAV refuses all side data of a frame when it has no name for one kind, such as the EXIF tags of a photograph.
Type._missing_ = classmethod(_unnamed)  # type: ignore[assignment]
