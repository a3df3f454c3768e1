"""Parts: the runs of frames that one job handles each."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ..runtime.errors import FilmError
from .shots import Shot

FRAMES_PER_PART = 125
"""With `parts: auto`, at most. Start-up and hand-over cost a job a quarter of a second, 125 frames some ten seconds."""
MOST_PARTS = 80
"""With `parts: auto`: more would cost the scheduler more than they bring."""

PARTS_PER_SECTION = 5
"""Parts that one measuring job handles: measuring is so fast that a job for each part would be mostly start-up."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Frames first..stop (exclusive) of a film."""

    first: int
    stop: int

    @property
    def frames(self) -> int:
        """How many frames it holds."""
        return self.stop - self.first


def name(index: int) -> str:
    """How a part is called in file names."""
    return f"{index:03d}"


def count(wanted: int | str, frames: int) -> int:
    """The number of parts for a film of about `frames` frames: as wanted, or chosen by its length for 'auto'."""
    if wanted == "auto":
        return max(1, min(MOST_PARTS, -(-frames // FRAMES_PER_PART)))
    return int(wanted)


def require(number: int, frames: int, least: int, slack: int = 1) -> None:
    """Raises FilmError when a film is too short for `number` parts, even if it had `slack` times as many frames."""
    most = max(1, frames // max(1, least))
    if number > slack * most:
        raise FilmError(
            f"A film of {frames} frames cannot be cut into {number} parts"
            + (f" of at least {least} frames." if number <= frames else "."),
            f"Use `parts: {most}` or fewer, or `parts: auto`.",
        )


def sections(number: int) -> tuple[range, ...]:
    """The parts of each section, of a film of `number` parts."""
    return tuple(range(first, min(first + PARTS_PER_SECTION, number)) for first in range(0, number, PARTS_PER_SECTION))


def cut(frames: int, number: int, shots: tuple[Shot, ...], least: int) -> tuple[Part, ...]:
    """`number` balanced parts of at least `least` frames, cut at shot boundaries where one is near.

    Near is a quarter of a part. A part never holds fewer frames than the widest look at neighbours (`least`), so
    that the frames beside it are always in the parts beside it. Raises FilmError when the film is too short.
    """
    require(number, frames, least)
    boundaries = [shot.start for shot in shots if shot.start]
    edges = [0]
    for index in range(1, number):
        ideal = round(index * frames / number)
        low = edges[-1] + least
        high = frames - (number - index) * least
        near = [b for b in boundaries if low <= b <= high and abs(b - ideal) * 4 <= frames / number]
        edges.append(min(near, key=lambda b: abs(b - ideal)) if near else min(max(ideal, low), high))
    edges.append(frames)
    return tuple(Part(first=a, stop=b) for a, b in pairwise(edges))
