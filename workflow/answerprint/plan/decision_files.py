"""Which files of decisions belong to no film of a run: a misspelt name would otherwise go unnoticed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..runtime.errors import FilmError

SUFFIXES = (".yaml", ".csv")
"""Decisions, and corrected transcripts."""
LOOKS_LIKE_ONE = (*SUFFIXES, ".yml", ".tsv")
SHOWN = 5
"""The most names of a warning."""


def require_folder(folder: Path) -> None:
    """Raises FilmError when the folder of decisions that the configuration names does not exist."""
    if not folder.is_dir():
        raise FilmError(
            f"The folder of decisions {folder} does not exist.",
            f"Make it, or correct the key `decisions`; the path counts from {Path.cwd()}.",
        )


def unused(folders: Iterable[Path], films: Sequence[str]) -> list[Path]:
    """The files in folders of decisions that no film of that name reads, in order."""
    files = (path for folder in folders if folder.is_dir() for path in sorted(folder.iterdir()))
    return [
        path
        for path in files
        if path.suffix.lower() in LOOKS_LIKE_ONE and not (path.suffix in SUFFIXES and path.stem in films)
    ]


def warnings(files: Sequence[Path], films: Sequence[str], *, sheet: bool) -> list[str]:
    """What to say of unused files: of those with nearly the name of a film always, of the others for a whole sheet."""
    near = {path: difflib.get_close_matches(path.stem, films, n=1, cutoff=0.75) for path in files}
    said = [
        f"{path} is not used: no film of this run is called {path.stem}. Did you mean {names[0]}{_suffix(path)}?"
        for path, names in near.items()
        if names
    ]
    others = [path.name for path, names in near.items() if not names]
    if sheet and others:
        more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
        said.append(f"Decisions for films that are not in this run: {', '.join(others[:SHOWN])}{more}.")
    return said


def _suffix(path: Path) -> str:
    return ".csv" if path.suffix.lower() in (".csv", ".tsv") else ".yaml"
