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
class Words:
    """One stream of subtitles."""

    path: Path
    """SubRip."""
    language: str | None
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Joined:
    """What goes into a print besides the pictures."""

    sounds: tuple[Path, ...] = ()
    languages: tuple[str | None, ...] = ()
    subtitles: tuple[Words, ...] = ()
    """Those without words are left out."""
    chapters: tuple[tuple[Fraction, Fraction, str], ...] = ()
    metadata: dict[str, str] | None = None
    timecode: str | None = None


def join(print_: str, pieces: list[Path], output: Path, look: Look, extra: Joined, audio_codec: str) -> None:
    """One print from its pieces, with sound, subtitles, chapters and metadata.

    `audio_codec` is FFmpeg's name (flac, pcm_s24le, aac). Raises FilmError when the muxer refuses.
    """
    with atomic_write(output) as temporary:
        notes = temporary.with_suffix(".notes")
        try:
            notes.write_text(_ffmetadata(extra), encoding="utf-8")
            command = _command(print_, _size(pieces), temporary, notes, look, extra, audio_codec)
            _pipe(command, CODECS[print_].container, pieces, look)
        finally:
            notes.unlink(missing_ok=True)


def _command(
    print_: str, size: tuple[int, int], output: Path, notes: Path, look: Look, extra: Joined, audio_codec: str
) -> list[str]:
    """The line of FFmpeg that muxes pictures from its standard input with all else."""
    import ffmpeg
    import imageio_ffmpeg

    inputs = [ffmpeg.input("pipe:0", format=CODECS[print_].container)["v"]]
    inputs += [ffmpeg.input(f"file:{path}")["a"] for path in extra.sounds]
    arguments: dict[str, Any] = {"c:v": "copy", "c:a": audio_codec}
    if audio_codec == "aac":
        arguments["b:a"] = "192k"
    for index, language in enumerate(extra.languages):
        arguments[f"metadata:s:a:{index}"] = f"language={languages.tag(language, output.suffix)}"
    for index, words in enumerate(words for words in extra.subtitles if has_words(words.path)):
        inputs.append(ffmpeg.input(f"file:{words.path}", f="srt")["s"])
        arguments["c:s"] = "srt" if output.suffix == ".mkv" else "mov_text"
        arguments[f"metadata:s:s:{index}"] = f"language={languages.tag(words.language, output.suffix)}"
        if words.title:
            # The same stream by its number in the whole file: one option cannot be given twice.
            arguments[f"metadata:s:{1 + len(extra.sounds) + index}"] = f"title={words.title}"
    if output.suffix == ".mkv":
        # Pieces in Matroska keep neither a rate nor how long the last frame is shown.
        arguments["r:v"] = f"{look.rate.numerator}/{look.rate.denominator}"
        tick = f"{look.rate.denominator}/{look.rate.numerator}"
        arguments["bsf:v"] = f"setts=time_base={tick}:prescale=1:duration=1"
    else:
        arguments["movflags"] = "+faststart+write_colr+use_metadata_tags"
        # Fine enough that a frame is a whole number of ticks at any rational rate.
        numerator = look.rate.numerator
        arguments["video_track_timescale"] = str(numerator if numerator > 1000 else numerator * 1000)
    # PyAV keeps the sample aspect in the codec only; containers want it too.
    aspect = look.sar * size[0] / size[1]
    arguments["aspect"] = f"{aspect.numerator}:{aspect.denominator}"
    if extra.timecode and output.suffix == ".mov":
        arguments["timecode"] = extra.timecode
    elif extra.timecode:
        arguments["metadata:s:v:0"] = f"timecode={extra.timecode}"
    # The file of chapters and metadata is the last input; no stream is mapped from it.
    arguments |= {"map_metadata": str(len(inputs)), "map_chapters": str(len(inputs))}
    command = ffmpeg.output(*inputs, f"file:{output}", **arguments)
    command = command.global_args("-hide_banner", "-loglevel", "error").overwrite_output()
    line: list[str] = command.compile(cmd=imageio_ffmpeg.get_ffmpeg_exe())
    place = line.index("-map")
    return [*line[:place], "-f", "ffmetadata", "-i", f"file:{notes}", *line[place:]]


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
