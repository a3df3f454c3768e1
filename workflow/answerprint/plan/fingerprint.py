"""Fingerprints: everything that determines the pixels of one part at one stage, as plain values.

A fingerprint travels as the `params` of a job, so it decides what runs again. The code that runs a stage imports this
module and nothing else of `plan`: how decisions are read is not part of what an engine does.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

Bounds = tuple[tuple[int, int], ...]
"""First frame and stop of consecutive parts."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """Frames start..stop (exclusive) of a shot, and a stage's options for it; None where the stage is left out."""

    start: int
    stop: int
    options: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """A stage between the source and this one that moves or enlarges the picture, and the marks with it."""

    edition: str
    stage: str
    engine: str
    spans: tuple[Span, ...]
    pixel_aspect: str = "1"
    """As in StageFingerprint."""


@dataclass(frozen=True, kw_only=True)
class Marks:
    """What a matte and people have marked in the shots that a part touches."""

    matte: str
    """A digest of the matte; empty where the stage does not use one."""
    remove: tuple[str, ...]
    """The digests by which the tracked regions to repair are named."""
    protect: tuple[str, ...]
    """The same for the regions to protect."""
    carriers: tuple[Carrier, ...]
    size: tuple[int, int] = (0, 0)
    """Height and width of the source, in whose pixels marks are given; needed where carriers enlarge."""


@dataclass(frozen=True, kw_only=True)
class ElementPlace:
    """What another element shows in the parts that a job reads."""

    origin: str
    """A digest of the facts and the code that determine its pixels."""
    runs: tuple[tuple[int, int, int], ...]
    """(film frame, element's frame, number) of each stretch of one offset."""


@dataclass(frozen=True, kw_only=True)
class StageFingerprint:
    """What determines the pixels of one part at one stage."""

    edition: str
    stage: str
    part: int
    engine: str
    device: str
    depth: int
    first: int
    stop: int
    bounds: Bounds
    """Of the part and of the neighbouring parts that the stage reads."""
    rate: str
    film_frames: int
    output_channels: int | None
    """Channels of the frames that come out; None: as many as went in."""
    lead: int = 0
    """Frames lost before the part, as `Retiming.part` counts them; 0 for a stage that keeps the rate."""
    lost: Bounds = ()
    """Film frames of the part after which frames were lost, and how many; none for a stage that keeps the rate."""
    absent: tuple[int, ...] = ()
    """Film frames at which the part has to look past a gap: they show nothing of their own, and are drawn anew."""
    pixel_aspect: str = "1"
    """How many times as wide as high the pixels are that the stage reads, if it makes them square."""
    spans: tuple[Span, ...]
    marks: Marks | None
    elements: tuple[ElementPlace, ...] = ()
    """The other elements of the film, for a stage that takes pixels from them."""
    code: str
    """A digest of the engine's code and of the files that its options name."""
    before: str
    """A digest of everything that was done to the frames before this stage."""

    def to_json(self) -> dict[str, Any]:
        """The fingerprint as plain values, as a job's `params` hold it."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> StageFingerprint:
        """The fingerprint whose `to_json` gave these values."""
        marks = values["marks"]
        return cls(
            **{
                **values,
                "bounds": _bounds(values["bounds"]),
                "lost": _bounds(values["lost"]),
                "absent": tuple(values["absent"]),
                "spans": _spans(values["spans"]),
                "marks": _marks(marks) if marks else None,
                "elements": tuple(map(_element, values["elements"])),
            }
        )


@dataclass(frozen=True, kw_only=True)
class MeasureFingerprint:
    """What determines the measures of one section for a stage; the options of single shots do not."""

    edition: str
    stage: str
    engine: str
    first: int
    stop: int
    bounds: Bounds
    options: dict[str, Any]
    code: str
    before: tuple[str, ...]
    device: str = "cpu"
    cuts: tuple[int, ...] = ()
    """Frames that begin a shot, for an engine that looks across none."""

    def to_json(self) -> dict[str, Any]:
        """The fingerprint as plain values, as a job's `params` hold it."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> MeasureFingerprint:
        """The fingerprint whose `to_json` gave these values."""
        rows = {name: tuple(values[name]) for name in ("before", "cuts")}
        return cls(**{**values, **rows, "bounds": _bounds(values["bounds"])})


def _bounds(rows: Any) -> Bounds:
    return tuple((first, stop) for first, stop in rows)


def _spans(rows: Any) -> tuple[Span, ...]:
    return tuple(Span(**row) for row in rows)


def _element(values: dict[str, Any]) -> ElementPlace:
    return ElementPlace(origin=values["origin"], runs=tuple((a, b, n) for a, b, n in values["runs"]))


def _marks(values: dict[str, Any]) -> Marks:
    carriers = tuple(Carrier(**{**row, "spans": _spans(row["spans"])}) for row in values["carriers"])
    rows = {name: tuple(values[name]) for name in ("remove", "protect", "size")}
    return Marks(**{**values, **rows, "carriers": carriers})
