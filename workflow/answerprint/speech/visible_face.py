"""What the picture says of one face: when its mouth speaks, and whose it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .speaker import Speaker


@dataclass(frozen=True, kw_only=True)
class VisibleFace:
    """One face followed through a shot."""

    track: int
    """Number of its track."""
    first: int
    """The film frame on which it appears."""
    scores: Sequence[float]
    """Log odds that its mouth speaks, one a frame."""
    speaker: Speaker
    """The person of the nearest portrait, or a stranger."""
    distance: float | None
    """Distance to the nearest portrait, if there is one."""
    limit: float
    """Largest distance at which a portrait gives its name."""

    @property
    def last(self) -> int:
        """The film frame on which it is seen last."""
        return self.first + len(self.scores) - 1

    def as_json(self) -> dict[str, Any]:
        """As plain values: {"id", "first", "scores", "person", "distance", "limit"}; a person is a speaker's label."""
        return {
            "id": self.track,
            "first": self.first,
            "scores": list(self.scores),
            "person": str(self.speaker),
            "distance": self.distance,
            "limit": self.limit,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> VisibleFace:
        """The reverse of `as_json`."""
        return cls(
            track=row["id"],
            first=row["first"],
            scores=row["scores"],
            speaker=Speaker.parse(row["person"]),
            distance=row["distance"],
            limit=row["limit"],
        )
