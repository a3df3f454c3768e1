"""How large frames become that a stage enlarges, by a factor or to a height, and the aspect of their pixels then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from ..runtime.errors import FilmError

Step = tuple[int, int, bool]
"""`scale`, `to` and `square_pixels` of an Enlargement, as the params of a job hold them."""
SQUARE = Fraction(1)


@dataclass(frozen=True, kw_only=True)
class Enlargement:
    """What a stage does to the size of frames."""

    scale: int = 1
    """How many times wider and higher they become."""
    to: int = 0
    """Their height, in pixels, whatever it was before; 0: as `scale` says."""
    square_pixels: bool = False
    """Whether their pixels come out square; their width says what the aspect of their pixels said before."""

    @property
    def changes(self) -> bool:
        """Whether frames may come out at another size."""
        return self.scale != 1 or self.to > 0 or self.square_pixels

    @property
    def step(self) -> Step:
        """The enlargement as plain values."""
        return self.scale, self.to, self.square_pixels

    def size(self, height: int, width: int, aspect: Fraction = SQUARE) -> tuple[int, int]:
        """Height and width of what frames of that size become, whose pixels are `aspect` times as wide as high.

        A width that follows from a height or from an aspect is even, as most codecs ask.
        """
        taller = self.to or height * self.scale
        stretch = aspect if self.square_pixels else SQUARE
        if not self.to and stretch == SQUARE:
            return taller, width * self.scale
        return taller, max(2, 2 * round(width * stretch * taller / height / 2))

    def require_larger(self, height: int) -> None:
        """Raises FilmError where frames of that height would come out smaller."""
        if 0 < self.to < height:
            raise FilmError(
                f"stages.upscale.to is {self.to}, but frames are {height} pixels high.",
                f"Give at least {height}, or leave the stage out.",
            )

    def aspect(self, before: Fraction) -> Fraction:
        """How many times as wide as high the pixels are that come out."""
        return SQUARE if self.square_pixels else before


def enlarged(size: tuple[int, int], aspect: Fraction, steps: Iterable[Step]) -> tuple[int, int]:
    """Height and width of frames after several enlargements; `aspect`: that of their pixels at first."""
    for step in _read(steps):
        size, aspect = step.size(*size, aspect), step.aspect(aspect)
    return size


def aspect_after(aspect: Fraction, steps: Iterable[Step]) -> Fraction:
    """How many times as wide as high pixels are after several enlargements; `aspect`: at first."""
    for step in _read(steps):
        aspect = step.aspect(aspect)
    return aspect


def _read(steps: Iterable[Step]) -> Iterable[Enlargement]:
    return (Enlargement(scale=scale, to=to, square_pixels=square) for scale, to, square in steps)
