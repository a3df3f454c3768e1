"""Decisions that point at a face where none was found: they have no effect, which a person should know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

WISHES = ("enhance", "leave", "protect")
"""Options of faces engines that point at faces."""


def missed(edition: str, records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A warning for each point in a shot that hit no face; records: those of the edition's stages."""
    records = [record for record in records if record["stage"] == "faces"]
    hit = {point for record in records for row in record.get("decided", ()) for point in row["pointed"]}
    spans = (span["options"] or {} for record in records for span in record["options"])
    points = dict.fromkeys((wish, point) for options in spans for wish in WISHES for point in options.get(wish, ()))
    for wish, point in points:
        if point not in hit:
            yield (
                f"In edition {edition} no face was found where the decision to {wish} one points ({point}): it has no "
                "effect."
            )
