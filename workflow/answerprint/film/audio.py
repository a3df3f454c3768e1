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
from . import containers

TOLERANCE = Fraction(1, 100)
"""Seconds by which a stream's clock may differ from its samples before silence is inserted or samples are dropped.

Time stamps of compressed sound are exact to a millisecond or so; 10 ms is a quarter of a frame.
"""
CLOCK_RESET = 1
"""A clock that jumps back by more than so many seconds was set anew, as where two recordings were joined."""
SHORTEST = Fraction(1, 20)
"""Seconds that every stream lasts, padded with silence if need be: audio encoders refuse a handful of samples."""
MOST_CHANNELS = 8


def extract(path: Path, index: int, start: Fraction | None, output: Path) -> dict[str, Any]:
    """Write one audio stream as FLAC that begins at film time 0; returns its facts and how it was corrected.

    `start` is the file's clock at the film's first frame, seconds; None for a separate sound file, which begins with
    the picture. Sound that begins later is preceded by silence, sound that begins earlier is trimmed, and gaps in the
    stream are filled with silence, so that nothing drifts. Raises FilmError when there is no such stream or the output
    cannot be written.
    """
    with _opened(path) as container:
        stream = _stream(container, path, index)
        context = stream.codec_context
        if start is None:
            start = Fraction((container.start_time or 0), av.time_base)
        track = _write(container, stream, start, output)
        return {
            "index": index,
            "rate": context.sample_rate,
            "channels": context.channels,
            "samples": track.written,
            "language": stream.metadata.get("language"),
            "silence": track.silence,
            "dropped": track.dropped,
        }


def _opened(path: Path) -> Any:
    try:
        return containers.open_file(path)
    except (av.FFmpegError, OSError) as error:
        raise FilmError(
            f"{path} holds no sound that can be read ({getattr(error, 'strerror', None) or error}).",
            "It may be damaged or of another kind; try to play it.",
        ) from error


def _stream(container: Any, path: Path, index: int) -> Any:
    if index >= len(container.streams.audio):
        raise FilmError(f"{path} has no sound stream {index}.", "Give a file with sound in the column audio.")
    stream = container.streams.audio[index]
    channels = stream.codec_context.channels
    if channels > MOST_CHANNELS:
        raise FilmError(
            f"A sound stream of {path} has {channels} channels.", f"FLAC holds at most {MOST_CHANNELS}: mix it down."
        )
    return stream


def _write(container: Any, stream: Any, start: Fraction, output: Path) -> _Track:
    """Write the decoded stream to `output`, placed by its time stamps."""
    import soundfile

    context = stream.codec_context
    deep = not context.format.name.startswith(("s16", "u8"))
    # FLAC holds integers: 24 bits keep all that lossy and floating-point streams can carry.
    subtype = "PCM_24" if deep else "PCM_16"
    try:
        with atomic_write(output) as temporary:
            file = soundfile.SoundFile(temporary, "w", context.sample_rate, context.channels, subtype, format="FLAC")
            track = _Track(file, start)
            for time, block in _blocks(container, stream, deep):
                track.add(time, block)
            track.pad_to(round(SHORTEST * context.sample_rate))
            file.close()
            _require_complete(temporary, track.written)
    except soundfile.SoundFileError as error:
        raise FilmError(
            f"Could not write {output} ({error}).", "Free some space, then run the same command."
        ) from error
    return track


class _Track:
    """A sound file in the making; counts samples written, samples of silence among them, and samples dropped."""

    def __init__(self, file: Any, start: Fraction) -> None:
        self._file, self._start = file, start
        self.written = self.silence = self.dropped = 0

    def add(self, time: Fraction | None, block: np.ndarray) -> None:
        """Append samples (n, channels) that begin at `time` by the file's clock, or follow directly if it is None."""
        rate = self._file.samplerate
        gap = round((time - self._start) * rate) - self.written if time is not None else 0
        if self.written and gap < -CLOCK_RESET * rate:
            self._start, gap = self._start + Fraction(gap, rate), 0
        if gap > TOLERANCE * rate or (gap > 0 and not self.written):
            self._add_silence(gap)
        elif gap < -TOLERANCE * rate or (gap < 0 and not self.written):
            self.dropped += min(-gap, len(block))
            block = block[-gap:]
        self._file.write(np.ascontiguousarray(block))
        self.written += len(block)

    def pad_to(self, samples: int) -> None:
        """Append silence up to this length."""
        self._add_silence(max(0, samples - self.written))

    def _add_silence(self, samples: int) -> None:
        rate, channels = self._file.samplerate, self._file.channels
        for begun in range(0, samples, rate):
            self._file.write(np.zeros((min(rate, samples - begun), channels), np.int16))
        self.written += samples
        self.silence += samples


def _require_complete(path: Path, written: int) -> None:
    # A full disk goes unnoticed when the last block is written on closing.
    import soundfile

    with soundfile.SoundFile(path) as file:
        last = min(written, file.samplerate)
        file.seek(written - last)
        if len(file.read(last)) != last:
            raise soundfile.SoundFileRuntimeError("its end is missing")


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
            # A damaged packet leaves a gap in time, which the next frame's time stamp turns into silence.
            continue
