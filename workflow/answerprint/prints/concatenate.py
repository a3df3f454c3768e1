"""Joins the pieces of a print into one file without encoding again.

Their packets are renumbered and passed, with sound, subtitles and chapters, to FFmpeg's muxer.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from ..film import languages
from ..runtime.errors import FilmError
from ..runtime.files import atomic_write
from .codecs import CODECS
from .encode import Look

LAYOUTS = (
    *("2.1", "3.0(back)", "3.1", "4.0", "quad(side)", "4.1", "6.0", "6.0(front)", "hexagonal"),
    *("6.1(back)", "6.1(front)", "7.0", "7.0(front)", "7.1(wide)", "7.1(wide-side)", "octagonal"),
)
"""Layouts of loudspeakers, by FFmpeg's names, that FLAC takes for others with as many channels."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """One stream of subtitles."""

    path: Path
    """SubRip."""
    language: str | None
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Joined:
    """What a print holds besides the picture."""

    sounds: tuple[Path, ...] = ()
    languages: tuple[str | None, ...] = ()
    layouts: tuple[str, ...] = ()
    """The loudspeakers of each sound by FFmpeg's name, which their files do not say; empty where nobody knows."""
    subtitles: tuple[Words, ...] = ()
    """Those without words are left out."""
    chapters: tuple[tuple[Fraction, Fraction, str], ...] = ()
    metadata: dict[str, str] | None = None
    timecode: str | None = None
    finish: Callable[[Path], None] = lambda path: None
    """What is done to the finished file before it gets its name."""


def join(print_: str, pieces: list[Path], output: Path, look: Look, extra: Joined, audio_codec: str) -> None:
    """Write one print from its pieces, with sound, subtitles, chapters and metadata.

    `audio_codec` is FFmpeg's name (flac, pcm_s24le, aac). Raises FilmError when the muxer fails.
    """
    with atomic_write(output) as temporary:
        notes = temporary.with_suffix(".notes")
        try:
            notes.write_text(_ffmetadata(extra), encoding="utf-8")
            picture = _picture_arguments(look, _size(pieces), output.suffix)
            tracks = _track_arguments(extra, audio_codec, output.suffix)
            inputs = _inputs(CODECS[print_].container, extra)
            _pipe(_command(inputs, {**picture, **tracks}, notes, temporary), CODECS[print_].container, pieces, look)
            extra.finish(temporary)
        finally:
            notes.unlink(missing_ok=True)


def replace_picture(print_: str, picture: Path, original: Path, output: Path, look: Look, comment: str) -> None:
    """Write a print in Matroska that shows another picture; sound, subtitles, chapters and tags are the original's.

    picture: a piece with all of its frames; comment: the tag that says what was done.
    """
    import ffmpeg

    with atomic_write(output) as temporary:
        with av.open(f"file:{original}") as container:
            sounds, words = len(container.streams.audio), len(container.streams.subtitles)
        old = ffmpeg.input(f"file:{original}")
        kept = [*(old[f"a:{index}"] for index in range(sounds)), *(old[f"s:{index}"] for index in range(words))]
        kind = CODECS[print_].container
        arguments = {
            **_picture_arguments(look, _size([picture]), output.suffix),
            **{"c:a": "copy", "c:s": "copy", "metadata": f"comment={comment}"},
            **{"map_metadata": "1", "map_chapters": "1"},
        }
        # The file itself comes second even where no stream of it is mapped: chapters and tags are taken from there.
        command = ffmpeg.output(ffmpeg.input("pipe:0", format=kind)["v"], *kept, f"file:{temporary}", **arguments)
        _pipe(_compiled(command, extra=[] if kept else ["-i", f"file:{original}"]), kind, [picture], look)


def _compiled(command: Any, extra: list[str]) -> list[str]:
    """FFmpeg's command line, with further inputs after those from which streams are mapped."""
    import imageio_ffmpeg

    command = command.global_args("-hide_banner", "-loglevel", "error").overwrite_output()
    line: list[str] = command.compile(cmd=imageio_ffmpeg.get_ffmpeg_exe())
    place = line.index("-map")
    return [*line[:place], *extra, *line[place:]]


def _inputs(container: str, extra: Joined) -> list[Any]:
    """The streams to mux: pictures from standard input, sounds, and subtitles if there are any words."""
    import ffmpeg

    inputs = [ffmpeg.input("pipe:0", format=container)["v"]]
    inputs += [ffmpeg.input(f"file:{path}")["a"] for path in extra.sounds]
    inputs += [ffmpeg.input(f"file:{words.path}", f="srt")["s"] for words in _with_words(extra)]
    return inputs


def _with_words(extra: Joined) -> list[Words]:
    """The streams of subtitles that hold any."""
    return [words for words in extra.subtitles if has_words(words.path)]


def _picture_arguments(look: Look, size: tuple[int, int], suffix: str) -> dict[str, str]:
    """FFmpeg's output arguments for the picture, which is (width, height) large."""
    # PyAV stores the sample aspect in the codec only; containers want it too.
    aspect = look.sar * size[0] / size[1]
    arguments = {"c:v": "copy", "aspect": f"{aspect.numerator}:{aspect.denominator}"}
    if suffix == ".mkv":
        # Pieces in Matroska keep neither a rate nor the duration of the last frame.
        tick = f"{look.rate.denominator}/{look.rate.numerator}"
        return arguments | {
            "r:v": f"{look.rate.numerator}/{look.rate.denominator}",
            "bsf:v": f"setts=time_base={tick}:prescale=1:duration=1",
        }
    # Fine enough that a frame is a whole number of ticks at any rational rate.
    numerator = look.rate.numerator
    return arguments | {
        "movflags": "+faststart+write_colr+use_metadata_tags",
        "video_track_timescale": str(numerator if numerator > 1000 else numerator * 1000),
    }


def _track_arguments(extra: Joined, audio_codec: str, suffix: str) -> dict[str, str]:
    """FFmpeg's output arguments for sounds, subtitles and timecode."""
    arguments = {"c:a": audio_codec}
    if audio_codec == "aac":
        arguments["b:a"] = "192k"
    for index, language in enumerate(extra.languages):
        arguments[f"metadata:s:a:{index}"] = f"language={languages.tag(language, suffix)}"
    for index, layout in enumerate(extra.layouts):
        if layout in LAYOUTS:
            arguments[f"filter:a:{index}"] = f"channelmap=channel_layout={layout}"
    for index, words in enumerate(_with_words(extra)):
        arguments["c:s"] = "srt" if suffix == ".mkv" else "mov_text"
        arguments[f"metadata:s:s:{index}"] = f"language={languages.tag(words.language, suffix)}"
        if words.title:
            # The same stream by its number in the whole file: one option cannot be given twice.
            arguments[f"metadata:s:{1 + len(extra.sounds) + index}"] = f"title={words.title}"
    if extra.timecode and suffix == ".mov":
        arguments["timecode"] = extra.timecode
    elif extra.timecode:
        arguments["metadata:s:v:0"] = f"timecode={extra.timecode}"
    return arguments


def _command(inputs: list[Any], arguments: dict[str, str], notes: Path, output: Path) -> list[str]:
    """FFmpeg's command line, with chapters and metadata from the file `notes`."""
    import ffmpeg

    # That file is the last input; no stream is mapped from it.
    from_notes = {"map_metadata": str(len(inputs)), "map_chapters": str(len(inputs))}
    command = ffmpeg.output(*inputs, f"file:{output}", **arguments, **from_notes)
    return _compiled(command, extra=["-f", "ffmetadata", "-i", f"file:{notes}"])


def has_words(subtitles: Path) -> bool:
    """Whether a subtitle file is more than empty."""
    return bool(subtitles.read_text(encoding="utf-8-sig").strip())


def _pipe(command: list[str], kind: str, pieces: list[Path], look: Look) -> None:
    # Messages go to a file: a full pipe would block FFmpeg, and then this process.
    with tempfile.TemporaryFile() as messages:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=messages)
        assert process.stdin is not None
        failure: Exception | None = None
        try:
            # MP4 and QuickTime can only be piped in fragments.
            options = {"movflags": "frag_keyframe+delay_moov"} if kind in ("mov", "mp4") else {}
            with av.open(process.stdin, "w", format=kind, options=options) as container:
                _number_through(container, pieces, look)
        except (av.FFmpegError, OSError) as error:
            failure = error
        finally:
            with contextlib.suppress(OSError):
                process.stdin.close()
            status = process.wait()
        messages.seek(0)
        output = messages.read().decode(errors="replace").strip()
    if status or failure:
        reason = output.splitlines()[-1] if output else str(failure)
        full = "No space" in output or "File too large" in output
        hint = "Free some space, then run the same command." if full else "See the log for the whole message."
        raise FilmError(f"The print could not be written: {reason}.", hint) from failure


def _size(pieces: list[Path]) -> tuple[int, int]:
    for path in pieces:
        if path.stat().st_size:
            with av.open(f"file:{path}") as container:
                context = container.streams.video[0].codec_context
                return context.width, context.height
    raise FilmError("The edition has no frames to put into a print.", "Delete its folder and run again.")


def _places(path: Path, rate: Fraction) -> Iterator[tuple[Any, int]]:
    """The packets of a piece in decoding order, each with the number of the frame that it shows."""
    if not path.stat().st_size:
        return
    with av.open(f"file:{path}") as source:
        for packet in source.demux(source.streams.video[0]):
            if packet.pts is not None:
                yield packet, round(packet.pts * packet.time_base * rate)


def _number_through(container: Any, pieces: list[Path], look: Look) -> None:
    """Copy the packets of all pieces, one piece after the other, into one stream with a time base of one frame."""
    # Frames that depend on later ones are decoded before them: decoding times run ahead by that many frames.
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
