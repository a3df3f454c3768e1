"""Decisions that point at a face where none was found: they have no effect, which a person should know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

WISHES = ("enhance", "leave", "protect")
"""Options of faces engines that point at faces."""


def missed(edition: str, records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A warning for each list of points in a shot of which none hit a face; records: those of the edition's stages."""
    records = [record for record in records if record["stage"] == "faces"]
    decided = [row for record in records for row in record.get("decided", ())]
    spans: dict[tuple[str, tuple[str, ...]], list[range]] = {}
    for record in records:
        for span in record["options"]:
            for wish in WISHES:
                points = tuple((span["options"] or {}).get(wish, ()))
                if points:
                    spans.setdefault((wish, points), []).append(range(span["start"], span["stop"]))
    for (wish, points), places in spans.items():
        hits = [row for row in decided if row["decision"] == wish]
        if not any(row["at"] in place for row in hits for place in places):
            yield (
                f"In edition {edition} no face was found where the decision to {wish} one points "
                f"({'; '.join(points)}): it has no effect."
            )
