"""The options that all engines of in-between frames share: the rate, and what becomes of repeated frames."""

from __future__ import annotations

from dataclasses import dataclass

from ...film import cadence
from ...runtime import numbers


@dataclass(frozen=True, kw_only=True)
class InBetweenOptions:
    """The rate, and what becomes of repeated frames."""

    rate: str = "2x"
    """The wanted rate: a factor such as 2x, or frames a second such as 50 or 60000/1001; 1x: only lost frames are
    drawn."""
    undo_repeats: bool = False
    """true: where the analysis finds that a film repeats its frames by a rule (animation on twos, 16 frames a second
    printed to 24), the film's own frames are spread evenly, and the repeats drawn anew between them."""
    repeats: tuple[str, ...] = ()
    """Of one shot: where frames are repeated, and how many film frames each lasts: "120-168 by 2", "by 3/2". The
    analysis fills it in where `undo_repeats` is set."""

    def __post_init__(self) -> None:
        if not _is_rate(self.rate):
            raise ValueError(f"rate is {self.rate!r}, but it must be a factor such as 2x or frames a second such as 50")
        for stretch in self.repeats:
            cadence.parse(stretch)


def _is_rate(text: str) -> bool:
    try:
        return 0 < numbers.parse(text.removesuffix("x")) <= 1000
    except ValueError:
        return False
