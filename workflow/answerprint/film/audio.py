"""Sound: every stream of a film, lossless, with its first sample at the film's first frame."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from ..runtime.errors import FilmError
from ..runtime.files import atomic_write

SLIP = Fraction(1, 100)
"""Seconds by which a stream's own clock may run off its samples before silence is put in or samples are dropped.

Compressed sound is stamped to a millisecond or so; 10 ms is a quarter of a frame.
"""
JUMP = 1
"""Seconds back that a clock cannot run by mistake: it was set anew, as where two recordings were joined."""
LEAST = Fraction(1, 20)
"""Seconds that every stream lasts, if need be in silence: encoders of sound refuse a handful of samples."""


def extract(path: Path, index: int, start: Fraction | None, output: Path) -> dict[str, Any]:
    """Write one audio stream as FLAC that begins at film time 0; returns what was written and mended.

    `start` is the file's clock at the film's first frame; None for a file of sound alone, which begins with the
    picture. Sound that begins later is preceded by silence, sound that begins earlier is cut there, and holes in the
    stream are filled with silence, so that nothing drifts. Raises FilmError when there is no such stream or it cannot
    be written.
    """
    import soundfile

    with _opened(path) as container:
        if index >= len(container.streams.audio):
            raise FilmError(f"{path} has no sound stream {index}.", "Give a file with sound in the column audio.")
        stream = container.streams.audio[index]
        context = stream.codec_context
        rate, channels = context.sample_rate, context.channels
        if channels > 8:
            raise FilmError(f"A sound stream of {path} has {channels} channels.", "FLAC holds at most 8: mix it down.")
        if start is None:
            start = Fraction((container.start_time or 0), av.time_base)
        deep = not context.format.name.startswith(("s16", "u8"))
        written = silence = dropped = 0
        try:
            with atomic_write(output) as temporary:
                file = soundfile.SoundFile(temporary, "w", rate, channels, _bits(deep), format="FLAC")
                for time, block in _blocks(container, stream, deep):
                    gap = round((time - start) * rate) - written if time is not None else 0
                    if written and gap < -JUMP * rate:
                        start, gap = start + Fraction(gap, rate), 0
                    if gap > SLIP * rate or (gap > 0 and not written):
                        _write_silence(file, gap)
                        written, silence = written + gap, silence + gap
                    elif gap < -SLIP * rate or (gap < 0 and not written):
                        dropped += min(-gap, len(block))
                        block = block[-gap:]
                    file.write(np.ascontiguousarray(block))
                    written += len(block)
                missing = max(0, round(LEAST * rate) - written)
                _write_silence(file, missing)
                written, silence = written + missing, silence + missing
                file.close()
                _must_be_whole(temporary, written)
        except soundfile.SoundFileError as error:
            raise FilmError(
                f"Could not write {output} ({error}).", "Free some space, then run the same command."
            ) from error
    return {
        "index": index,
        "rate": rate,
        "channels": channels,
        "samples": written,
        "language": stream.metadata.get("language"),
        "silence": silence,
        "dropped": dropped,
    }


def _opened(path: Path) -> Any:
    try:
        return av.open(f"file:{path}")
    except (av.FFmpegError, OSError) as error:
        raise FilmError(
            f"{path} holds no sound that can be read ({getattr(error, 'strerror', None) or error}).",
            "It may be damaged or of another kind; try to play it.",
        ) from error


def _bits(deep: bool) -> str:
    # FLAC holds integers: 24 bits keep what lossy and floating-point streams can give.
    return "PCM_24" if deep else "PCM_16"


def _must_be_whole(path: Path, written: int) -> None:
    # A full disk passes unnoticed when the last block is written on closing.
    import soundfile

    with soundfile.SoundFile(path) as file:
        last = min(written, file.samplerate)
        file.seek(written - last)
        if len(file.read(last)) != last:
            raise soundfile.SoundFileRuntimeError("its end is missing")


def _write_silence(file: Any, samples: int) -> None:
    for begun in range(0, samples, file.samplerate):
        file.write(np.zeros((min(file.samplerate, samples - begun), file.channels), np.int16))


def _blocks(container: Any, stream: Any, deep: bool) -> Iterator[tuple[Fraction | None, np.ndarray]]:
    """Decoded sound: when each block begins by the file's clock, and its samples (n, channels)."""
    channels = stream.codec_context.channels
    layout = stream.layout.name
    resamplers: dict[tuple[str, str, int], Any] = {}
    for frame in _decoded(container, stream):
        time = frame.pts * frame.time_base if frame.pts is not None else None
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind not in resamplers:
            rate = stream.codec_context.sample_rate
            resamplers[kind] = av.AudioResampler(format="s32" if deep else "s16", layout=layout, rate=rate)
        frame.pts = None
        for part in resamplers[kind].resample(frame):
            block = part.to_ndarray().reshape(-1, channels)
            yield time, block
            time = None


def _decoded(container: Any, stream: Any) -> Iterator[Any]:
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.FFmpegError:
            # A damaged packet becomes a hole in time, which the next frame's stamp makes silence.
            continue
