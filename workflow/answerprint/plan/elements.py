"""The column `elements` of the sheet: other prints or scans of a film, each with an offset where a person knows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..runtime.errors import FilmError


@dataclass(frozen=True, kw_only=True)
class NamedElement:
    """Another print or scan of a film, as a person names it."""

    path: Path
    offset: int | None = None
    """Frame n of the film is its frame n + offset; None: found by the pictures."""


def written(cell: str) -> list[tuple[str, int | None]]:
    """The paths and offsets in a cell such as `second.mkv@-12 | third.mkv`."""
    names = [name.strip() for name in cell.split("|") if name.strip()]
    matches = [re.fullmatch(r"(.+?)@([+-]?\d{1,9})", name) for name in names]
    return [(match[1], int(match[2])) if match else (name, None) for name, match in zip(names, matches, strict=True)]


def require_others(others: Sequence[NamedElement], source: Path, where: str) -> None:
    """Raises FilmError if one of a film's elements is its source, or is named twice."""
    places = [source.resolve(), *(element.path.resolve() for element in others)]
    for number, place in enumerate(places):
        if place in places[:number]:
            what = "is the film itself" if place == places[0] else "is named twice"
            raise FilmError(f"The element {place} {what} ({where}).", "Name other prints or scans, each once.")
