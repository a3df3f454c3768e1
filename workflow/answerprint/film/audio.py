"""Sound: every stream of a film, lossless, with its first sample at the film's first frame."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from ..runtime import numbers
from ..runtime.errors import FilmError
from ..runtime.files import atomic_write
from . import containers, joints, streams
from .facts import Film
from .joints import FilmClock, Joint

TOLERANCE = Fraction(1, 100)
"""Seconds by which a stream's clock may differ from its samples before silence is inserted or samples are dropped.

Time stamps of compressed sound are exact to a millisecond or so; 10 ms is a quarter of a frame.
"""
CLOCK_RESET = 1
"""A clock that jumps back by more than so many seconds was set anew, as where two recordings were joined."""
SHORTEST = Fraction(1, 20)
"""Seconds that every stream lasts, padded with silence if need be: audio encoders refuse a handful of samples."""
MOST_CHANNELS = 8
UNREADABLE = 20
"""Packets in a row at the end of a stream that cannot be decoded, about half a second, of which a person is told."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the sound of a film's own file lies in the film."""

    start: Fraction
    """The file's clock at the first picture, seconds."""
    end: Fraction
    """How long the film lasts, seconds."""
    joints: tuple[Joint, ...] = ()
    """Where the file's clock jumps."""
    cut: bool = False
    """Whether sound after the end is left out, as that of a damaged film whose picture is read no further."""
    followed: bool = True
    """Whether time stamps count; else samples follow each other from the first one on."""


def place_of(film: Film) -> Place:
    """Where the own sound of a film lies."""
    facts = film.facts
    return Place(
        start=facts.start,
        end=facts.frames / facts.rate,
        joints=facts.joints,
        cut=film.damaged,
        followed=facts.time_stamps != "ignored",
    )


def extract(path: Path, index: int, place: Place | None, output: Path) -> dict[str, Any]:
    """Write one audio stream as FLAC that begins at film time 0; returns its facts and how it was corrected.

    `index` counts the file's audio streams. `place` is None for a separate sound file, of which the first stream that
    can be decoded begins with the picture. Sound that begins later is preceded by silence, sound that begins earlier is
    trimmed, and gaps in the stream are filled with silence, so that nothing drifts; where the file's clock jumps, the
    sound goes on. Raises FilmError when there is no such stream or the output cannot be written.
    """
    with _opened(path) as container:
        stream = _stream(container, path, index if place else None)
        form = _Form.of(stream)
        packets = _Packets(container, stream)
        track = _write(packets, form, place or _separate(container), output)
        return {
            "index": index,
            "rate": form.rate,
            "channels": form.channels,
            "layout": form.layout,
            "samples": track.written,
            "language": stream.metadata.get("language"),
            "silence": track.silence,
            "dropped": track.dropped,
            "warnings": packets.warnings(path, index, track.written / form.rate),
        }


def _opened(path: Path) -> Any:
    try:
        return containers.open_file(path)
    except (av.FFmpegError, OSError) as error:
        raise FilmError(
            f"{path} holds no sound that can be read ({getattr(error, 'strerror', None) or error}).",
            "It may be damaged or of another kind; try to play it.",
        ) from error


def _separate(container: Any) -> Place:
    start = Fraction((container.start_time or 0), av.time_base)
    return Place(start=start, end=Fraction(container.duration or 0, av.time_base))


def _stream(container: Any, path: Path, index: int | None) -> Any:
    """A stream of sound by its number; without one, the first that can be decoded."""
    usable = [stream for stream in container.streams.audio if not streams.unusable_sound(stream)]
    wanted = usable if index is None else [stream for stream in container.streams.audio[index:][:1] if stream in usable]
    if not wanted:
        raise FilmError(
            f"{path} has no sound stream {index or 0} that can be decoded.",
            "Give a file with sound in the column audio.",
        )
    stream = wanted[0]
    channels = stream.codec_context.channels
    if channels > MOST_CHANNELS:
        raise FilmError(
            f"A sound stream of {path} has {channels} channels.", f"FLAC holds at most {MOST_CHANNELS}: mix it down."
        )
    return stream


@dataclass(frozen=True, kw_only=True)
class _Form:
    """The form of a stream of sound as its file begins, which it keeps although a stream may change on the way."""

    rate: int
    channels: int
    layout: str
    deep: bool
    """Whether samples have more than 16 bits."""

    @classmethod
    def of(cls, stream: Any) -> _Form:
        """That of a stream of which nothing is decoded yet: decoders change what they say of it."""
        context = stream.codec_context
        return cls(
            rate=context.sample_rate,
            channels=context.channels,
            layout=stream.layout.name,
            deep=not context.format.name.startswith(("s16", "u8")),
        )


def _write(packets: _Packets, form: _Form, place: Place, output: Path) -> _Track:
    """Write the decoded stream to `output`, placed by its time stamps."""
    import soundfile

    # FLAC holds integers: 24 bits keep all that lossy and floating-point streams can carry.
    subtype = "PCM_24" if form.deep else "PCM_16"
    try:
        with atomic_write(output) as temporary:
            file = soundfile.SoundFile(temporary, "w", form.rate, form.channels, subtype, format="FLAC")
            track = _Track(file, place)
            for time, block in _blocks(packets, form):
                track.add(time, block)
            track.pad_to(round(SHORTEST * form.rate))
            file.close()
            _require_complete(temporary, track.written)
    except soundfile.SoundFileError as error:
        raise FilmError(
            f"Could not write {output} ({error}).", "Free some space, then run the same command."
        ) from error
    return track


class _Track:
    """A sound file in the making; counts samples written, samples of silence among them, and samples dropped."""

    def __init__(self, file: Any, place: Place) -> None:
        self._file, self._place = file, place
        self._clock = FilmClock(place.start, place.joints)
        self._most = round(place.end * file.samplerate) if place.cut else sys.maxsize
        self.written = self.silence = self.dropped = 0

    def add(self, time: Fraction | None, block: np.ndarray) -> None:
        """Append samples (n, channels) that begin at `time` by the file's clock, or follow directly if it is None."""
        rate = self._file.samplerate
        gap = self._gap(time)
        if gap > TOLERANCE * rate or (gap > 0 and not self.written):
            self._add_silence(min(gap, self._most - self.written))
        elif gap < -TOLERANCE * rate or (gap < 0 and not self.written):
            self.dropped += min(-gap, len(block))
            block = block[-gap:]
        kept = block[: self._most - self.written]
        self._file.write(np.ascontiguousarray(kept))
        self.written += len(kept)
        self.dropped += len(block) - len(kept)

    def _gap(self, time: Fraction | None) -> int:
        """Samples missing before sound that begins at `time`; negative if there are too many."""
        if time is None or (self.written and not self._place.followed):
            return 0
        rate = self._file.samplerate
        gap = round(self._clock.seconds(time) * rate) - self.written
        # A film's sound does not begin again long after its picture has ended: that clock has jumped.
        beyond = gap > joints.LONGEST * rate and self.written + gap > (self._place.end + joints.LONGEST) * rate
        if beyond or (self.written and gap < -CLOCK_RESET * rate):
            self._clock.shift(Fraction(gap, rate))
            return 0
        return gap

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


def _blocks(packets: _Packets, form: _Form) -> Iterator[tuple[Fraction | None, np.ndarray]]:
    """Decoded sound: when each block begins by the file's clock, and its samples (n, channels)."""
    resamplers: dict[tuple[str, str, int], Any] = {}
    for frame in packets.decoded():
        time = frame.pts * frame.time_base if frame.pts is not None else None
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind not in resamplers:
            depth = "s32" if form.deep else "s16"
            resamplers[kind] = av.AudioResampler(format=depth, layout=form.layout, rate=form.rate)
        frame.pts = None
        for part in resamplers[kind].resample(frame):
            block = part.to_ndarray().reshape(-1, form.channels)
            yield time, block
            time = None


class _Packets:
    """The packets of a stream, and how many at its end could not be decoded."""

    def __init__(self, container: Any, stream: Any) -> None:
        self._container, self._stream = container, stream
        self.unreadable = 0

    def decoded(self) -> Iterator[Any]:
        """The frames in them."""
        for packet in self._container.demux(self._stream):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                # A damaged packet leaves a gap in time, which the next frame's time stamp turns into silence.
                self.unreadable += 1
                continue
            self.unreadable = 0 if frames else self.unreadable
            yield from frames

    def warnings(self, path: Path, index: int, seconds: float) -> list[str]:
        """What a person should know of a stream that ends before its packets do; `seconds`: how long it lasts."""
        if self.unreadable < UNREADABLE:
            return []
        where = f"The sound {index + 1} of {path.name} cannot be decoded from {numbers.clock(seconds)} on"
        return [
            f"{where}, perhaps because its codec changes there: it ends there. Give it as a file of its own (audio)."
        ]
