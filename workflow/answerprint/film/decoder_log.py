"""The decoders' log: what FFmpeg says in its log alone, and not by an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import av.logging


@contextmanager
def errors() -> Iterator[list[tuple[int, str, str]]]:
    """Errors logged by this thread within the block: level, component and text of each."""
    level, skips = av.logging.get_level(), av.logging.get_skip_repeated()
    av.logging.set_level(av.logging.ERROR)
    # Else PyAV counts repeated messages, and tells of them with the first message of the next block.
    av.logging.set_skip_repeated(False)
    try:
        with av.logging.Capture() as messages:
            yield messages
    finally:
        av.logging.set_skip_repeated(skips)
        av.logging.set_level(level)
