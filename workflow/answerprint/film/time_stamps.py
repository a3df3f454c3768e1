"""Time stamps: the rate and the frames that a file's clock makes of a film, and whether these can be believed."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np

from ..runtime.errors import FilmError
from . import ledger, probe

TimeStamps = Literal["auto", "follow", "ignore"]
"""auto: time stamps are followed unless that changes the number of frames too much; ignore: frames one for one."""

MOST_TIMES = 2
"""Time stamps that would make more than so many times the decoded frames need a person's decision."""
LEAST_SHOWN = Fraction(2, 3)
"""And those that would show fewer of the decoded frames."""
PLENTY = 8
"""So many times more than that, and the ledger is not even made: it could fill the memory."""


@dataclass(frozen=True, kw_only=True)
class StampedFilm:
    """A film whose time stamps are to be followed."""

    path: Path
    wanted: TimeStamps
    decoded: int
    """How many frames were decoded."""
    at_its_rate: bool
    """Whether the film is to run at its file's own rate, not at one that a person gave."""

    def ledger(self, times: tuple[Fraction | None, ...], rate: Fraction) -> tuple[Fraction, np.ndarray]:
        """The film's rate and ledger by its time stamps, where the header says `rate`.

        Raises FilmError where these would be more work than any film is, or no rate that a film can have.
        """
        stamps = [time for time in times if time is not None]
        steps = [after - before for before, after in pairwise(stamps) if after > before]
        if self.at_its_rate and steps and len(stamps) == len(times):
            usual = max(statistics.median_low(steps), Fraction(1, probe.MOST_RATE))
            made = int((max(stamps) - min(stamps)) / usual)
            if made > MOST_TIMES * PLENTY * self.decoded:
                self.require_plausible(made, self.decoded)
        film_rate, frames = ledger.frames_at_constant_rate(times, rate)
        if self.at_its_rate and not probe.is_rate(film_rate):
            raise FilmError(
                f"By its time stamps {self.path} would have {float(film_rate):.3g} frames a second.",
                "Set `time_stamps: ignore`, which takes the frames one for one, and give its `rate` if it is silent.",
            )
        return film_rate, frames

    def require_plausible(self, made: int, shown: int) -> None:
        """Raises FilmError if time stamps stretch or thin out a film so much that a person must decide."""
        enough = made <= MOST_TIMES * self.decoded and shown >= LEAST_SHOWN * self.decoded
        if enough or self.wanted == "follow":
            return
        raise FilmError(
            f"By its time stamps {self.path} would have {made} frames, of which {shown} are different; "
            f"{self.decoded} were decoded.",
            "Set `time_stamps: ignore` to take the decoded frames one for one, or `time_stamps: follow` if its pauses "
            "and its uneven pace are real.",
        )
