"""The MD5 of every frame of a print in FFmpeg's form: `ffmpeg -i master.mkv -map 0:v -f framemd5 -` says the same."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av

from ..runtime.files import atomic_write


class FrameMD5:
    """Writes the file, one decoded frame after another; it appears when the block succeeds."""

    def __init__(self, path: Path | str, rate: Fraction) -> None:
        self._file = atomic_write(path)
        self._rate = rate
        self._count = 0
        self._container: Any = None
        self._stream: Any = None

    def __enter__(self) -> FrameMD5:
        self._container = av.open(str(self._file.__enter__()), "w", format="framemd5")
        return self

    def add(self, frame: Any) -> None:
        """Append one decoded frame."""
        if self._stream is None:
            self._stream = self._container.add_stream("rawvideo", rate=self._rate)
            self._stream.width, self._stream.height = frame.width, frame.height
            self._stream.pix_fmt = frame.format.name
            self._stream.codec_context.time_base = 1 / self._rate
            self._stream.time_base = 1 / self._rate
        pts, time_base = frame.pts, frame.time_base
        frame.pts, frame.time_base = self._count, 1 / self._rate
        self._container.mux(self._stream.encode(frame))
        frame.pts, frame.time_base = pts, time_base
        self._count += 1

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._stream is not None:
            self._container.mux(self._stream.encode(None))
        self._container.close()
        self._file.__exit__(kind, value, trace)
