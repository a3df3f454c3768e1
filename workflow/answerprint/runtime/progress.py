"""Progress: one line on the terminal every few seconds, for each running part."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

EVERY = 3.0
"""Seconds between two lines of one job: often enough to follow, seldom enough for a log file."""
BEAT = 10.0
"""Seconds between two lines of a job that cannot say how far it is."""


class Progress:
    """Counts frames, and prints now and then how many are done, how fast, and how long the rest will take."""

    def __init__(self, label: str, total: int, stream: TextIO | None = None) -> None:
        self.label = label
        self.total = total
        self.done = 0
        self.work = 0.0
        """Seconds spent within `working`."""
        self._stream = stream or sys.stderr
        self._start = self._last_print = time.monotonic()

    def add(self, frames: int = 1) -> None:
        """Count some more frames as done."""
        self.done += frames
        now = time.monotonic()
        if now - self._last_print >= EVERY:
            self._last_print = now
            print(f"  {self.line(now)}", file=self._stream, flush=True)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Counts the time spent in its block as work, as opposed to reading and writing."""
        start = time.monotonic()
        yield
        self.work += time.monotonic() - start

    def line(self, now: float | None = None) -> str:
        """The progress so far, on one line."""
        speed = self.done / max(1e-9, (now or time.monotonic()) - self._start)
        left = (self.total - self.done) / speed if speed else 0
        return f"{self.label}: {self.done}/{self.total} frames, {speed:.1f} fps, {_duration(left)} left"

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start


@contextmanager
def heartbeat(label: str, *, every: float = BEAT, stream: TextIO | None = None) -> Iterator[None]:
    """While the block runs, says every few seconds that it does; for work in a library that counts nothing."""
    start, ended = time.monotonic(), threading.Event()

    def beat() -> None:
        while not ended.wait(every):
            text = f"  {label}: at work for {_duration(time.monotonic() - start)}"
            print(text, file=stream or sys.stderr, flush=True)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
