"""Reading options as they concern one source: those that cannot change its survey are no reason to survey it again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..runtime.files import read_json
from . import frame_order


def concerning(source: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """`time_stamps` of a file, `missing` of a folder that lacks frames; for other sources what they are by default."""
    folder = source.is_dir()
    return {
        "time_stamps": "auto" if folder else options["time_stamps"],
        "missing": options["missing"] if folder and _lacks_frames(source) else "refuse",
    }


def _lacks_frames(folder: Path) -> bool:
    placed = frame_order.placed_files(folder, gaps=True)
    _, last = placed[-1]
    return last >= len(placed)


def damage_refused(facts: Path, options: Mapping[str, Any]) -> bool:
    """Whether an earlier survey accepted damage, as its facts say, that is accepted no more."""
    return not options["accept_damaged"] and facts.exists() and bool(read_json(facts).get("damaged"))
