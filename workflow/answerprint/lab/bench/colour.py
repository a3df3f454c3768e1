"""The colour bench: what is done to colour, measured on clips whose true colours are known, as one table."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from ...runtime.errors import FilmError
from .colour_automatic import automatic
from .colour_carry import carrying
from .colour_fade import fading
from .colour_tints import tinting

Row = tuple[str, str, str, str, str]
"""What is measured, at least, aim, found, peers."""


def table(media: Path) -> str:
    """The table as Markdown; rows without footage on this machine are skipped with a reason."""
    rows = [row for part in (fading, tinting, carrying, automatic) for row in _skipping(part, media)]
    lines = ["| what | at least | aim | found | peers |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return f"Measured {date.today():%d %B %Y}, {platform.machine()}, no GPU.\n\n" + "\n".join(lines) + "\n"


def _skipping(part: Callable[[Path], Iterator[Row]], media: Path) -> Iterator[Row]:
    try:
        yield from part(media)
    except FilmError as error:
        yield part.__name__, "", "", f"skipped: {error}", ""
