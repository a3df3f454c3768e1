"""Join: the pieces of a print made one file, none of them encoded again.

The packets are numbered through and handed, with sound, subtitles and chapters, to FFmpeg's muxer.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from ..film import languages
from ..runtime.errors import FilmError
from ..runtime.files import atomic_write
from .encode import CODECS, Look


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


@dataclass(frozen=True, kw_only=True)
class _Muxing:
    """One call of FFmpeg's muxer."""

    container: str
    """Of the pieces that come through its standard input."""
    size: tuple[int, int]
    """Width and height of the picture."""
    look: Look
    extra: Joined
    audio_codec: str
    output: Path
    notes: Path
    """Chapters and metadata in FFmpeg's form."""

    @property
    def matroska(self) -> bool:
        """Whether the print is Matroska; else it is QuickTime or MP4."""
        return self.output.suffix == ".mkv"


def join(print_: str, pieces: list[Path], output: Path, look: Look, extra: Joined, audio_codec: str) -> None:
    """One print from its pieces, with sound, subtitles, chapters and metadata.

    `audio_codec` is FFmpeg's name (flac, pcm_s24le, aac). Raises FilmError when the muxer refuses.
    """
    with atomic_write(output) as temporary:
        muxing = _Muxing(
            container=CODECS[print_].container,
            size=_size(pieces),
            look=look,
            extra=extra,
            audio_codec=audio_codec,
            output=temporary,
            notes=temporary.with_suffix(".notes"),
        )
        try:
            muxing.notes.write_text(_ffmetadata(extra), encoding="utf-8")
            _pipe(_command(muxing), muxing.container, pieces, look)
        finally:
            muxing.notes.unlink(missing_ok=True)


def _command(muxing: _Muxing) -> list[str]:
    """The command line of FFmpeg that muxes pictures from its standard input with all else."""
    import ffmpeg
    import imageio_ffmpeg

    extra, suffix = muxing.extra, muxing.output.suffix
    inputs = [ffmpeg.input("pipe:0", format=muxing.container)["v"]]
    inputs += [ffmpeg.input(f"file:{path}")["a"] for path in extra.sounds]
    arguments = {"c:v": "copy", "c:a": muxing.audio_codec, **_picture_arguments(muxing)}
    if muxing.audio_codec == "aac":
        arguments["b:a"] = "192k"
    for index, language in enumerate(extra.languages):
        arguments[f"metadata:s:a:{index}"] = f"language={languages.tag(language, suffix)}"
    if extra.subtitles is not None and has_words(extra.subtitles):
        inputs.append(ffmpeg.input(f"file:{extra.subtitles}", f="srt")["s"])
        arguments["c:s"] = "srt" if muxing.matroska else "mov_text"
        arguments["metadata:s:s:0"] = f"language={languages.tag(extra.language, suffix)}"
    # The file of chapters and metadata is the last input; no stream is mapped from it.
    arguments |= {"map_metadata": str(len(inputs)), "map_chapters": str(len(inputs))}
    command = ffmpeg.output(*inputs, f"file:{muxing.output}", **arguments)
    command = command.global_args("-hide_banner", "-loglevel", "error").overwrite_output()
    line: list[str] = command.compile(cmd=imageio_ffmpeg.get_ffmpeg_exe())
    first_map = line.index("-map")
    return [*line[:first_map], "-f", "ffmetadata", "-i", f"file:{muxing.notes}", *line[first_map:]]


def _picture_arguments(muxing: _Muxing) -> dict[str, str]:
    """What the container says of the picture: its rate, its shape and the timecode of its first frame."""
    rate, timecode = muxing.look.rate, muxing.extra.timecode
    if muxing.matroska:
        # Pieces in Matroska keep neither a rate nor how long the last frame is shown.
        tick = f"{rate.denominator}/{rate.numerator}"
        arguments = {
            "r:v": f"{rate.numerator}/{rate.denominator}",
            "bsf:v": f"setts=time_base={tick}:prescale=1:duration=1",
        }
    else:
        # Fine enough that a frame is a whole number of ticks at any rational rate.
        ticks = rate.numerator if rate.numerator > 1000 else rate.numerator * 1000
        arguments = {"movflags": "+faststart+write_colr+use_metadata_tags", "video_track_timescale": str(ticks)}
    # PyAV keeps the sample aspect in the codec only; containers want it too.
    aspect = muxing.look.sar * muxing.size[0] / muxing.size[1]
    arguments["aspect"] = f"{aspect.numerator}:{aspect.denominator}"
    if timecode and muxing.output.suffix == ".mov":
        arguments["timecode"] = timecode
    elif timecode:
        arguments["metadata:s:v:0"] = f"timecode={timecode}"
    return arguments


def has_words(subtitles: Path) -> bool:
    """Whether a subtitle file holds anything at all."""
    return bool(subtitles.read_text(encoding="utf-8-sig").strip())


def _pipe(command: list[str], kind: str, pieces: list[Path], look: Look) -> None:
    # Messages go to a file: a full pipe of them would stop FFmpeg, and then us.
    with tempfile.TemporaryFile() as messages:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=messages)
        assert process.stdin is not None
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
            failed = process.wait() != 0
        messages.seek(0)
        said = messages.read().decode(errors="replace").strip()
    if failed or trouble:
        last = said.splitlines()[-1] if said else str(trouble)
        full = "No space" in said or "File too large" in said
        hint = "Free some space, then run the same command." if full else "See the log for the whole message."
        raise FilmError(f"The print could not be written: {last}.", hint) from trouble


def _size(pieces: list[Path]) -> tuple[int, int]:
    for path in pieces:
        if path.stat().st_size:
            with av.open(f"file:{path}") as container:
                context = container.streams.video[0].codec_context
                return context.width, context.height
    raise FilmError("There is no frame to put into a print.", "Delete the edition's folder and run again.")


def _places(path: Path, rate: Fraction) -> Iterator[tuple[Any, int]]:
    """Packets of a piece in the order of decoding, each with the number of the frame it shows."""
    if not path.stat().st_size:
        return
    with av.open(f"file:{path}") as source:
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
