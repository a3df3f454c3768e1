"""Finished restorations, as folders of results or as packages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..runtime.errors import FilmError
from . import recipe

RECIPE, MASTER = "recipe.yaml", "master.mkv"


@dataclass(frozen=True, kw_only=True)
class Restored:
    """One of the two restorations."""

    name: str
    """How the page calls it: the path that was given."""
    recipe: Mapping[str, Any]
    masters: Mapping[str, Path]
    """By edition."""


def files(folder: Path) -> list[Path]:
    """The recipe and the masters of a restoration, its recipe first. Raises FilmError where there is none."""
    data = folder / "data" if (folder / "data" / RECIPE).is_file() else folder
    if not (data / RECIPE).is_file():
        raise FilmError(
            f"There is no restoration in {folder}: it has no {RECIPE}.", "Name a folder results/<film>, or a package."
        )
    return [data / RECIPE, *sorted(data.glob(f"*/{MASTER}"))]


def read(folder: Path) -> Restored:
    """A finished restoration. Raises FilmError where there is none."""
    path, *masters = files(folder)
    row = recipe.read(path)
    order = list(row["configuration"].get("editions") or {})
    known = {master.parent.name: master for master in masters if master.parent.name in order}
    in_order = {edition: known[edition] for edition in order if edition in known}
    return Restored(name=str(folder), recipe=row, masters=in_order)
