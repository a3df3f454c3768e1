"""Fixity: the source must stay the file that was surveyed."""

from __future__ import annotations

import os
from pathlib import Path

from ..runtime.errors import FilmError
from ..runtime.files import read_json, sha256


def stamp(source: Path) -> list[int]:
    """[bytes, modification time in ns, files]: of a folder, the total, the latest and the number of its files."""
    if source.is_dir():
        with os.scandir(source) as entries:
            statuses = [entry.stat() for entry in entries if entry.is_file()]
        return [sum(s.st_size for s in statuses), max((s.st_mtime_ns for s in statuses), default=0), len(statuses)]
    status = source.stat()
    return [status.st_size, status.st_mtime_ns, 1]


def require_unchanged(facts: Path, source: Path) -> None:
    """Raises FilmError if `source` has changed since `facts`, the result of an earlier survey, was written.

    The source is read again only if its length or date differs.
    """
    if not facts.exists():
        return
    row = read_json(facts)
    if row.get("stamp") != stamp(source) and sha256(source) != row["sha256"]:
        raise FilmError(
            f"{source} has changed since it was surveyed: its SHA-256 is no longer {row['sha256'][:12]}….",
            f"Put the surveyed file back, or delete {facts.parents[1]} to restore the changed file.",
        )


def require(source: Path, wanted: str, name: str) -> str:
    """The SHA-256 of `source`. Raises FilmError if a recipe expects another: `wanted`, of a file called `name`."""
    checksum = sha256(source)
    if wanted and checksum != wanted:
        raise FilmError(
            f"{source} is not the film of the recipe: its SHA-256 is {checksum[:12]}…, the recipe's {wanted[:12]}….",
            f"The recipe was made from a file called {name}.",
        )
    return checksum
