"""What was made: the checksums of results as their jobs left them, so that a change by hand is noticed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .errors import FilmError
from .files import sha256, write_text

ROOT, FOLDER = "results", ".made"
KINDS = frozenset(
    (
        *(".html", ".md", ".pdf", ".yaml", ".json", ".csv", ".srt", ".vtt", ".ttml"),
        *(".gz", ".mkv", ".mov", ".mp4", ".framemd5"),
    )
)
"""Suffixes of results that people use; working files between stages have their own digests."""


def record(outputs: Iterable[Path | str]) -> None:
    """Write down the checksums of a job's results."""
    for output in map(Path, outputs):
        place = _place(output)
        if place and output.is_file():
            write_text(place, f"{sha256(output)}  {output.name}\n")


def require_as_made(paths: Iterable[Path | str]) -> list[Path]:
    """The results whose checksums were written down. Raises FilmError that names one that has changed since."""
    unchanged = []
    for path in map(Path, paths):
        place = _place(path)
        if place is None or not place.exists():
            continue
        if place.read_bytes().partition(b" ")[0] != sha256(path).encode():
            raise FilmError(
                f"{path} has been changed since it was made, and a package vouches for what was made.",
                f"Keep your version elsewhere, delete {path} and run the same command: it will be made again. "
                "Corrections of a transcript belong beside the decisions.",
            )
        unchanged.append(path)
    return unchanged


def _place(path: Path) -> Path | None:
    """Where the checksum of a film's or an edition's own file is written; None for all others."""
    if path.is_absolute() or len(path.parts) not in (3, 4) or path.parts[0] != ROOT or path.suffix not in KINDS:
        return None
    return Path(ROOT, path.parts[1], FOLDER, *path.parts[2:-1], f"{path.name}.sha256")
