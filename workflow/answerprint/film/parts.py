"""Parts: the runs of frames that are each handled by one job."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ..runtime.errors import FilmError
from .shots import Shot

FRAMES_PER_PART = 125
"""At most this many with `parts: auto`. Start-up and hand-over cost a job 0.25 s; 125 frames take about 10 s."""
MOST_PARTS = 80
"""At most this many with `parts: auto`: more would cost the scheduler more time than they save."""

MOST_BESIDE = 3
"""Parts that a stage reads on either side, at most: short films may be cut so finely that one does not reach far."""

PARTS_PER_SECTION = 5
"""Parts that one measuring job handles: measuring is so fast that a job for each part would mostly be starting up."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Frames first..stop (exclusive) of a film."""

    first: int
    stop: int

    @property
    def frames(self) -> int:
        """The number of frames."""
        return self.stop - self.first


def name(index: int) -> str:
    """The name of a part in file names."""
    return f"{index:03d}"


def count(wanted: int | str, frames: int) -> int:
    """The number of parts for a film of about `frames` frames: `wanted`, or one chosen by its length for 'auto'."""
    if wanted == "auto":
        return max(1, min(MOST_PARTS, -(-frames // FRAMES_PER_PART)))
    return int(wanted)


def require(number: int, frames: int, least: int, slack: int = 1) -> None:
    """Raises FilmError if a film is too short for `number` parts, even with `slack` times as many frames."""
    most = max(1, frames // max(1, least))
    if number > slack * most:
        raise FilmError(
            f"A film of {frames} frames cannot be cut into {number} parts"
            + (f" of at least {least} frames." if number <= frames else "."),
            # Not `auto`, which may have chosen this number by a header that promises more frames.
            f"Use `parts: {most}`" + (" or fewer." if most > 1 else "."),
        )


def beside(radius: int, shortest: int) -> int:
    """How many parts on either side are sure to hold `radius` frames where none is shorter than `shortest`."""
    return -(-radius // shortest)


def sections(number: int) -> tuple[range, ...]:
    """The parts in each section of a film of `number` parts."""
    return tuple(range(first, min(first + PARTS_PER_SECTION, number)) for first in range(0, number, PARTS_PER_SECTION))


def cut(frames: int, number: int, shots: tuple[Shot, ...], least: int) -> tuple[Part, ...]:
    """`number` balanced parts of at least `least` frames, cut at a shot boundary where one lies within a quarter part.

    By `least` a stage knows in how many parts on either side its neighbouring frames are. Raises FilmError if the film
    is too short.
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
