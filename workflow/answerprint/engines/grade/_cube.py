"""Colour tables as .cube files (Adobe's Cube LUT Specification 1.0, DaVinci Resolve's own), read and applied."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ...runtime.errors import FilmError

MOST = 129
"""The largest table in three dimensions, on a side."""
SIZES = ("LUT_1D_SIZE", "LUT_3D_SIZE")
RANGES = ("LUT_1D_INPUT_RANGE", "LUT_3D_INPUT_RANGE")
"""DaVinci Resolve's words for the domain: its least and its greatest value, the same for red, green and blue."""
KNOWN = ("TITLE", "DOMAIN_MIN", "DOMAIN_MAX", *SIZES, *RANGES)
_KEYWORD = re.compile(r"\s*([A-Z][A-Z0-9_]+)\b")


@dataclass(frozen=True, kw_only=True)
class Cube:
    """A table of colours."""

    table: np.ndarray
    """float32, (n, 3) for curves, or (n, n, n, 3) with blue first and red last."""
    low: np.ndarray
    high: np.ndarray
    """Values (3,) that the first and the last entry stand for."""


@lru_cache(maxsize=8)
def read(path: Path) -> Cube:
    """The table in a .cube file. Raises FilmError for a file that is none, or that asks for more than one table."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        _require_known(path, text)
        return _parsed(text)
    except (OSError, ValueError, KeyError) as error:
        raise FilmError(f"{path} is not a colour table.", "Give a .cube file, of one or three dimensions.") from error


def applied(frame: np.ndarray, cube: Cube) -> np.ndarray:
    """A frame (h, w, 3) through a table: float32. Between entries it is linear; tetrahedra would differ by less."""
    size = len(cube.table)
    places = np.clip((frame - cube.low) / (cube.high - cube.low), 0, 1) * (size - 1)
    if cube.table.ndim == 2:
        at = np.arange(size)
        return np.stack([np.interp(places[..., k], at, cube.table[:, k]) for k in range(3)], axis=-1).astype(np.float32)
    first = np.minimum(places.astype(np.int64), size - 2)
    share = (places - first).astype(np.float32)
    out = np.zeros(frame.shape, np.float32)
    for corner in range(8):
        steps = np.array([corner & 1, corner >> 1 & 1, corner >> 2 & 1])
        weight = np.where(steps, share, 1 - share).prod(axis=-1)
        red, green, blue = np.moveaxis(first + steps, -1, 0)
        out += weight[..., None] * cube.table[blue, green, red]
    return out


def _require_known(path: Path, text: str) -> None:
    """Raises FilmError that names what a table asks for and is not supported."""
    keywords = [match[1] for match in map(_KEYWORD.match, text.splitlines()) if match]
    unknown = next((word for word in keywords if word not in KNOWN), None)
    if unknown or set(SIZES) <= set(keywords):
        raise FilmError(
            f"The colour table {path} has {unknown or ' and '.join(SIZES)}, which is not supported.",
            "Export it as one table of one or three dimensions, without a shaper, in full range.",
        )


def _parsed(text: str) -> Cube:
    sizes: dict[str, int] = {}
    domain = {"DOMAIN_MIN": [0.0] * 3, "DOMAIN_MAX": [1.0] * 3}
    rows: list[list[float]] = []
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith(("#", "TITLE")):
            continue
        if words[0] in SIZES:
            sizes[words[0]] = int(words[1])
        elif words[0] in domain:
            domain[words[0]] = [float(word) for word in words[1:4]]
        elif words[0] in RANGES:
            domain = {name: [float(word)] * 3 for name, word in zip(domain, words[1:], strict=True)}
        else:
            rows.append([float(word) for word in words])
    ((kind, size),) = sizes.items()
    table = np.array(rows, np.float32)
    if kind == "LUT_3D_SIZE":
        if not 2 <= size <= MOST:
            raise ValueError(size)
        table = table.reshape(size, size, size, 3)
    low, high = (np.array(domain[name], np.float32) for name in ("DOMAIN_MIN", "DOMAIN_MAX"))
    if table.shape[-1] != 3 or len(table) != size or size < 2 or not (high > low).all() or not np.isfinite(table).all():
        raise ValueError(table.shape)
    return Cube(table=table, low=low, high=high)
