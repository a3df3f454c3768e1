"""Fixity of the source: the file that a film was surveyed from must stay that file."""

from __future__ import annotations

import os
from pathlib import Path

from ..runtime.errors import FilmError
from ..runtime.files import read_json, sha256


def stamp(source: Path) -> list[int]:
    """Length and date of a file in bytes and nanoseconds; of a folder: of its files together, and how many they are."""
    if source.is_dir():
        with os.scandir(source) as entries:
            found = [entry.stat() for entry in entries if entry.is_file()]
        return [sum(s.st_size for s in found), max((s.st_mtime_ns for s in found), default=0), len(found)]
    status = source.stat()
    return [status.st_size, status.st_mtime_ns, 1]


def require_unchanged(facts: Path, source: Path) -> None:
    """Raises FilmError when `source` is no longer what `facts`, the survey of an earlier run, was made of.

    It is read again only where its length or date is another.
    """
    if not facts.exists():
        return
    row = read_json(facts)
    if row.get("stamp") != stamp(source) and sha256(source) != row["sha256"]:
        raise FilmError(
            f"{source} has changed since it was surveyed: its SHA-256 is no longer {row['sha256'][:12]}….",
            f"Put the surveyed file back; or, if this is the film to restore, delete {facts.parents[1]}.",
        )


def require(source: Path, wanted: str, name: str) -> str:
    """The SHA-256 of `source`. Raises FilmError when a recipe wants another: `wanted`, of a file called `name`."""
    found = sha256(source)
    if wanted and found != wanted:
        raise FilmError(
            f"{source} is not the film of the recipe: its SHA-256 is {found[:12]}…, the recipe's {wanted[:12]}….",
            f"The recipe is of a file called {name}.",
        )
    return found
