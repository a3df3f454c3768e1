"""Colour said by a person, in place of wrong or missing tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from ..runtime.errors import unknown_name_error
from .colour import MATRICES, PRIMARIES, TRANSFERS, WEIGHTS
from .facts import Colour
from .log_view import LOGS

VALUES: dict[str, dict[str, str]] = {
    "matrix": {
        **{name: name for name in MATRICES.values() if name in WEIGHTS},
        **{"bt601": "smpte170m", "bt2020": "bt2020nc"},
    },
    "primaries": {
        **{name: name for name in PRIMARIES.values()},
        **{"bt601": "smpte170m", "p3-d65": "smpte432", "p3-dci": "smpte431"},
    },
    "transfer": {
        **{name: name for name in TRANSFERS.values()},
        **{"bt601": "smpte170m", "bt2020": "bt2020-10", "bt470m": "gamma22", "bt470bg": "gamma28"},
        **{"srgb": "iec61966-2-1", "pq": "smpte2084", "hlg": "arib-std-b67"},
        **{name: name for name in LOGS},
    },
    "range": {"limited": "tv", "full": "pc", "tv": "tv", "pc": "pc"},
}
"""What a person may write for each property, and FFmpeg's name for it."""


def parse(said: str | Mapping[str, Any] | None, where: str) -> Colour:
    """The colour that a person says, None where nothing is said.

    Either a mapping of matrix, primaries, transfer and range, or words such as `bt709 limited` and `matrix=bt709`; a
    word alone sets every property that has such a value. Raises FilmError for a word that is none of these.
    """
    if isinstance(said, Mapping):
        pairs = [(str(key), str(value)) for key, value in said.items() if value is not None]
    else:
        words = (said or "").replace(",", " ").split()
        pairs = [(key, value) if mark else ("", key) for key, mark, value in (word.partition("=") for word in words)]
    values: dict[str, str] = {}
    for key, value in pairs:
        values |= _properties(key, value.lower(), where)
    return Colour(**values)


def _properties(key: str, value: str, where: str) -> dict[str, str]:
    """What one word says: the properties it sets."""
    if key and key not in VALUES:
        raise unknown_name_error(f"property of colour ({where})", key, list(VALUES))
    properties = {name: values[value] for name, values in VALUES.items() if key in ("", name) and value in values}
    if not properties:
        choices = list(VALUES[key]) if key else sorted({name for values in VALUES.values() for name in values})
        raise unknown_name_error(f"{key or 'colour'} ({where})", value, choices)
    return properties


def over(tags: Colour, said: Colour) -> Colour:
    """Tags, with what a person says in their place."""
    return replace(tags, **{name: value for name, value in asdict(said).items() if value is not None})


def words(said: Colour) -> str:
    """What a person says, as `parse` reads it; empty if nothing."""
    return " ".join(f"{name}={value}" for name, value in asdict(said).items() if value is not None)
