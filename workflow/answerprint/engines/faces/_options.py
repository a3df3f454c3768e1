"""What can be set for faces, whichever engine treats them, and what a person decided on single ones."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .. import file_option

_FACE = re.compile(r"(\d+)\s*:\s*([\d.]+)\s*,\s*([\d.]+)")

Pointed = tuple[int, float, float]
"""A frame of the film, and a point of it as shares of its width and height."""


@dataclass(frozen=True, kw_only=True)
class FaceOptions:
    """How much faces gain, within which limits, and which are to be treated otherwise."""

    detail: str = file_option("faces-detail")
    """Weights of the network that undoes blur: a name in resources/models, or the path of a file that `snakemake
    train_faces` made."""
    strength: float = 1.0
    """Share of what the measured blur of a face has taken that is given back, 0..1."""
    contrast: float = 0.5
    """Most that deblurring may change a pixel, as a share 0..1 of the brightness range of the 5x5 pixels around it. The
    same for the whole film."""
    smallest: int = 24
    """Faces whose track is narrower than this many pixels in the middle are left alone: they have no detail but
    grain."""
    likeness: float = 0.96
    """How like itself a face must stay, 0..1, or less is done to it: the cosine of dlib's descriptors before and after.
    The two most alike of 190 pairs of strangers reach 0.958."""
    enhance: tuple[str, ...] = ()
    """Faces to treat although they are small, poor or sharp, as "FRAME:x,y": a point in the face, in shares 0..1 of the
    width and height. It stands for the whole track."""
    leave: tuple[str, ...] = ()
    """Faces to leave as they are, written in the same way."""
    protect: tuple[str, ...] = ()
    """Faces in which no pixel may change, not even where another face overlaps them."""

    def __post_init__(self) -> None:
        for name in ("strength", "contrast", "likeness"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ValueError(f"{name} is {value}, but it must be 0 to 1")
        if self.smallest < 1:
            raise ValueError(f"smallest is {self.smallest}, but it must be 1 or more")
        for name in ("enhance", "leave", "protect"):
            self.pointed(name)

    def pointed(self, name: str) -> tuple[Pointed, ...]:
        """The faces that an option points at. Raises ValueError for what is no point."""
        points = []
        for text in getattr(self, name):
            match = _FACE.fullmatch(str(text).strip())
            values = [float(value) for value in match.groups()[1:]] if match else []
            if not match or not all(0 <= value <= 1 for value in values):
                raise ValueError(f'{name} has {text!r}, but a face is written "FRAME:x,y", x and y within 0..1')
            points.append((int(match[1]), *values))
        return tuple(points)  # type: ignore[arg-type]
