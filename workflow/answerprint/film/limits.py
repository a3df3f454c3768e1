"""Limits: how large a film may be, checked by its headers before any of it is decoded."""

from __future__ import annotations

from pathlib import Path

from ..runtime.errors import FilmError

MOST_PIXELS = 1 << 27
"""Pixels of a frame: 134 million. The largest scans made, of 15-perforation 70 mm, have 90 million."""
LONGEST_SIDE = 32766
"""Pixels: OpenCV moves no picture that is wider or higher."""
MOST_FRAMES = 5_000_000
"""Frames of a film: two days at 24 frames a second."""
MOST_BITS = 16
"""Bits a sample: deeper integers and floating point are rounded to them."""


def require_size(path: Path | str, width: int, height: int) -> None:
    """Raises FilmError if frames of that size are too large to be restored."""
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise FilmError(
            f"The picture of {path} is {width}x{height}, more than can be restored.",
            f"Scale it down: at most {MOST_PIXELS // 1_000_000} million pixels, and {LONGEST_SIDE} on a side.",
        )


def require_frames(path: Path | str, frames: int) -> None:
    """Raises FilmError if a film claims more frames than can be restored."""
    if frames > MOST_FRAMES:
        raise FilmError(
            f"{path} has {frames:,} frames by its header, more than can be restored.",
            f"At most {MOST_FRAMES:,} are. If the header is wrong, copy the film into a new file; else cut it.",
        )
