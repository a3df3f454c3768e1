"""Containers: media files opened with a demuxer that reads that one file and nothing else.

FFmpeg recognises files by content, and some contents are lists of other files or addresses (ffconcat, HLS, DASH). Only
demuxers named here are allowed, which FFmpeg enforces after it has looked at the first bytes and before it acts on
them.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Any, Literal

import av
from av.sidedata.sidedata import Type

from ..runtime.errors import FilmError
from . import decoder_log, dpx, limits

FRAME_SUFFIXES = frozenset((".png", ".tif", ".tiff", ".dpx", ".exr", ".jpg", ".jpeg", ".bmp"))
"""How files of single frames are called. What they are is read from their first bytes."""
IMAGES = {
    b"\x89PNG": "png_pipe",
    b"II*\0": "tiff_pipe",
    b"MM\0*": "tiff_pipe",
    b"SDPX": "dpx_pipe",
    b"XPDS": "dpx_pipe",
    b"\x76\x2f\x31\x01": "exr_pipe",
    b"\xff\xd8\xff": "jpeg_pipe",
    b"BM": "bmp_pipe",
}
"""The first bytes of single frames, and the demuxer of each."""
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
OPTIONS = {
    "format_whitelist": ",".join((*FILMS, *SOUNDS, *sorted(set(IMAGES.values())))),
    "protocol_whitelist": "file",
    "max_pixels": str(limits.MOST_PIXELS),
}
"""What FFmpeg is told with every file; a frame's demuxer is chosen here, never by FFmpeg."""

UNDECODED = "cp1252-where-not-utf-8"
"""How tags are read: text that is not UTF-8 is taken for Windows-1252, which most old programs wrote."""

Kind = Literal["frame", "film"]


def _as_windows_text(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error(UNDECODED, _as_windows_text)


def opened(path: Path, *, kind: Kind = "film") -> Any:
    """The container of a file: of a single frame, or of pictures and sound.

    Text in it that is not UTF-8 is taken for Windows-1252. Raises FilmError if it is none of the kind, names other
    files, or holds a frame that is too large.
    """
    try:
        return open_file(path, _image(path) if kind == "frame" else None)
    except av.ArgumentError as error:
        raise _not_read(path, kind) from error
    except (av.FFmpegError, OSError) as error:
        raise FilmError(
            f"{path} is not a film that can be read ({getattr(error, 'strerror', None) or error}).",
            "It may be damaged, cut short or of another kind; try to play it.",
        ) from error


def open_file(path: Path | str, demuxer: str | None = None) -> Any:
    """The container of a file, as FFmpeg opens it: raises its errors, and av.ArgumentError for what is not allowed."""
    content = dpx.with_packing(Path(path)) if demuxer == "dpx_pipe" else None
    return av.open(content or f"file:{path}", format=demuxer, options=OPTIONS, metadata_errors=UNDECODED)


def _image(path: Path) -> str:
    """The demuxer of a frame, by its first bytes. Raises FilmError if there is none."""
    with path.open("rb") as file:
        start = file.read(4)
    demuxer = next((name for magic, name in IMAGES.items() if start.startswith(magic)), None)
    if demuxer is None:
        raise _not_read(path, "frame")
    return demuxer


def _not_read(path: Path, kind: Kind) -> FilmError:
    return FilmError(
        f"{path} is not a {'frame' if kind == 'frame' else 'film or sound'} of a kind that is read.",
        "It may be damaged, text, or a list of other files; convert it to a kind that holds its own pictures.",
    )


def require_small(path: Path) -> None:
    """Raises FilmError if a file cannot be decoded because its frames are too large, which only FFmpeg's log says."""
    with decoder_log.errors() as messages:
        try:
            with opened(path, kind="frame") as container:
                for stream in container.streams.video[:1]:
                    prepare(stream)
                    next(container.decode(stream), None)
        except (av.FFmpegError, OSError, FilmError):
            pass
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
    """The side data of a decoded frame by PyAV's name for it, such as DISPLAYMATRIX; None if there is none.

    Raises ValueError if PyAV has no name for one of the frame's kinds, such as the EXIF tags of a photograph: then it
    lists none of them.
    """
    return next((bytes(data) for data in frame.side_data if data.type is Type[name]), None)
