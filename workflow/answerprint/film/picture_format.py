"""The format of a film's picture, which must not change within it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..runtime import numbers

SAME_SHAPE = 0.01
"""Pixel shapes that differ by less, in proportion, are the same: 16:15 and 1067:1000."""


@dataclass(frozen=True, kw_only=True)
class PictureFormat:
    """What a decoded picture is like."""

    width: int
    height: int
    pixel_format: str
    sar: Fraction | None
    """Width of a pixel by its height; None where it is not said."""

    @classmethod
    def of(cls, frame: Any, context: Any) -> PictureFormat:
        """Of a frame that a decoder has just given."""
        return cls(
            width=frame.width,
            height=frame.height,
            pixel_format=frame.format.name,
            sar=Fraction(context.sample_aspect_ratio) if context.sample_aspect_ratio else None,
        )

    def change(self, after: PictureFormat) -> str:
        """What the picture is from here on instead of what it was; empty if nothing has changed."""
        if after.width != self.width and after.height == self.height:
            return f"{after.width} wide instead of {self.width}"
        if after.height != self.height and after.width == self.width:
            return f"{after.height} high instead of {self.height}"
        if (after.width, after.height) != (self.width, self.height):
            return f"{after.width}x{after.height} instead of {self.width}x{self.height}"
        if self.sar and after.sar and abs(after.sar / self.sar - 1) > SAME_SHAPE:
            return f"{_shape(after)} instead of {_shape(self)}"
        if after.pixel_format != self.pixel_format:
            return f"stored as {after.pixel_format} instead of {self.pixel_format}"
        return ""


def _shape(picture: PictureFormat) -> str:
    """The shape of the picture as it is shown, such as 16:9."""
    shown = Fraction(picture.width, picture.height) * (picture.sar or 1)
    named = ((4, 3), (16, 9), (14, 9), (3, 2), (1, 1), (5, 4), (3, 4), (9, 16))
    for wide, high in named:
        # The 702 or so columns of a standard picture are shown at 4:3, the other 18 lie beside it.
        if abs(shown / Fraction(wide, high) - 1) < Fraction(3, 100):
            return f"{wide}:{high}"
    return f"{float(shown):.2f}:1"


def sentence(path: str, seconds: Fraction | float, change: str) -> str:
    """What a change is called in errors and warnings."""
    return f"from {numbers.clock(seconds)} the picture of {path} is {change}"
