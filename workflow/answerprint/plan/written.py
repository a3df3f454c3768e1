"""What is written in a file of decisions, taken apart: tables, lists, frames, reasons and names of people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..runtime.errors import FilmError, unknown_name_error
from ..runtime.text import shortened


def table(path: Path, value: Any, name: str, keys: tuple[str, ...] = ()) -> dict[str, Any]:
    """A mapping with no other keys than `keys`, if there are any; an empty one when nothing is written there."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        expected = f"It holds {', '.join(keys)}." if keys else "Write `key: value` under it."
        raise FilmError(f"In {path} {name} is {shortened(repr(value))}, not a table of decisions.", expected)
    for key in value:
        if keys and key not in keys:
            raise unknown_name_error(f"key in {path}", str(key), keys)
    return value


def items(path: Path, value: Any, name: str) -> Iterator[Any]:
    """The entries of a list; none when nothing is written there. Raises FilmError for anything but a list."""
    if value is not None and not isinstance(value, list):
        raise FilmError(f"In {path} {name} is {shortened(repr(value))}, not a list.", "Begin each decision with `- `.")
    yield from value or ()


def is_frame(value: Any) -> bool:
    """Whether a value is a number of a frame: a whole one, from 0 on."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def why(path: Path, item: dict[str, Any]) -> str:
    """Why a decision was taken. Raises FilmError when it does not say."""
    if not str(item.get("why") or "").strip():
        raise FilmError(f"A decision in {path} has no why: {shortened(item)}.", "Say in a few words why you took it.")
    return str(item["why"])


def by(item: dict[str, Any]) -> dict[str, str]:
    """Who took a decision, where that is said."""
    return {"by": str(item["by"])} if item.get("by") else {}
