"""Sound: every stream of a film, lossless, with its first sample at the film's first frame."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from .errors import FilmError
from .files import whole

SLIP = Fraction(1, 100)
"""Seconds by which a stream's own clock may run off its samples before silence is put in or samples are dropped.

Compressed sound is stamped to a millisecond or so; 10 ms is a quarter of a frame.
"""


def extract(path: Path, index: int, start: Fraction, output: Path) -> dict[str, Any]:
    """Write one audio stream as FLAC that begins at film time 0; returns what was written and mended.

    `start` is the file's clock at the film's first frame. Sound that begins later is preceded by silence, sound
    that begins earlier is cut there, and holes in the stream are filled with silence, so that nothing drifts.
    Raises FilmError when there is no such stream or it cannot be decoded.
    """
    import soundfile

    with av.open(str(path)) as container:
        if index >= len(container.streams.audio):
            raise FilmError(f"{path} has no sound stream {index}.", "Give a file with sound in the column audio.")
        stream = container.streams.audio[index]
        context = stream.codec_context
        rate, channels = context.sample_rate, context.channels
        if channels > 8:
            raise FilmError(f"A sound stream of {path} has {channels} channels.", "FLAC holds at most 8: mix it down.")
        deep = not context.format.name.startswith(("s16", "u8"))
        # FLAC holds integers: 24 bits keep what lossy and floating-point streams can give.
        resampler = av.AudioResampler(format="s32" if deep else "s16", layout=stream.layout.name, rate=rate)
        written = silence = dropped = 0
        with (
            whole(output) as temporary,
            soundfile.SoundFile(temporary, "w", rate, channels, "PCM_24" if deep else "PCM_16", format="FLAC") as file,
        ):
            for frame in _decoded(container, stream):
                if frame.pts is not None:
                    gap = round((frame.pts * frame.time_base - start) * rate) - written
                else:
                    gap = 0
                block = np.concatenate([f.to_ndarray() for f in _resampled(resampler, frame)] or [_none(deep)], axis=1)
                block = block.reshape(-1, channels)
                if gap > SLIP * rate or (gap > 0 and not written):
                    file.write(np.zeros((gap, channels), block.dtype))
                    written, silence = written + gap, silence + gap
                elif gap < -SLIP * rate or (gap < 0 and not written):
                    dropped += min(-gap, len(block))
                    block = block[-gap:]
                file.write(np.ascontiguousarray(block))
                written += len(block)
    return {
        "index": index,
        "rate": rate,
        "channels": channels,
        "samples": written,
        "language": stream.metadata.get("language"),
        "silence": silence,
        "dropped": dropped,
    }


def _resampled(resampler: Any, frame: Any) -> list[Any]:
    frame.pts = None
    return list(resampler.resample(frame))


def _none(deep: bool) -> np.ndarray:
    return np.zeros((1, 0), np.int32 if deep else np.int16)


def _decoded(container: Any, stream: Any) -> Any:
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.FFmpegError:
            # A damaged packet becomes a hole in time, which the next frame's stamp makes silence.
            continue
