"""How large frames become that a stage enlarges: by a factor, or to a height."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Enlargement:
    """What a stage does to the size of frames."""

    scale: int = 1
    """How many times wider and higher they become."""
    to: int = 0
    """Their height, in pixels, whatever it was before; 0: as `scale` says. Pixels keep their aspect."""

    @property
    def changes(self) -> bool:
        """Whether frames may come out at another size."""
        return self.scale != 1 or self.to > 0

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of what frames of that size become; a width from a height is even, as most codecs ask."""
        if not self.to:
            return height * self.scale, width * self.scale
        return self.to, max(2, 2 * round(width * self.to / height / 2))


def enlarged(size: tuple[int, int], steps: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """Height and width of frames after several enlargements, each given by its `scale` and `to`."""
    for scale, to in steps:
        size = Enlargement(scale=scale, to=to).size(*size)
    return size
