"""Fixity: the source must stay the file that was surveyed."""

from __future__ import annotations

import hashlib
import os
import zlib
from pathlib import Path

from ..runtime.errors import FilmError
from ..runtime.files import digest, read_json, sha256
from . import frame_order


def sha256_of(source: Path) -> str:
    """The SHA-256 of a file; of a folder, the SHA-256 of the names and checksums of its frames in order of their names.

    What else lies in a folder does not count.
    """
    if not source.is_dir():
        return sha256(source)
    frames = sorted(path for path in source.iterdir() if frame_order.is_frame(path) and path.is_file())
    # Names are bytes here: an old share has some that are not UTF-8.
    lines = (b"%s  %s\n" % (sha256(frame).encode(), os.fsencode(frame.name)) for frame in frames)
    return hashlib.sha256(b"".join(lines)).hexdigest()


def stamp(source: Path) -> str:
    """A digest of name, bytes and date in nanoseconds of a file, or of every frame of a folder.

    It differs if any of them was replaced, even by one of the same size and an older date.
    """
    if not source.is_dir():
        own = source.stat()
        return digest(["", own.st_size, own.st_mtime_ns])
    with os.scandir(source) as entries:
        frames = [(entry.name, status) for entry in entries if (status := _status(entry))]
    return digest(sorted([os.fsencode(name).hex(), s.st_size, s.st_mtime_ns] for name, s in frames))


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    """What the system says of a frame; None for other files, and for links that lead nowhere or to themselves."""
    try:
        return entry.stat() if entry.is_file() and frame_order.is_frame(Path(entry.path)) else None
    except OSError:
        return None


def require_unchanged(facts: Path, source: Path) -> None:
    """Raises FilmError if `source` has changed since `facts`, the result of an earlier survey, was written.

    The source is read again only if the name, length or date of one of its files differs.
    """
    if not facts.exists():
        return
    row = read_json(facts)
    if row.get("stamp") != stamp(source) and sha256_of(source) != row["sha256"]:
        raise FilmError(
            f"{source} has changed since it was surveyed: its SHA-256 is no longer {row['sha256'][:12]}….",
            f"Put the surveyed file back, or delete {facts.parents[1]} to restore the changed file.",
        )


def require(source: Path, wanted: str, name: str) -> str:
    """The SHA-256 of `source`. Raises FilmError if a recipe expects another: `wanted`, of a file called `name`."""
    checksum = sha256_of(source)
    if wanted and checksum != wanted:
        raise FilmError(
            f"{source} is not the file of the recipe: its SHA-256 is {checksum[:12]}…, the recipe's {wanted[:12]}….",
            f"The recipe was made from a file called {name}.",
        )
    return checksum


def frame_sum(path: Path) -> int:
    """The CRC-32 of a frame's file."""
    crc = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            crc = zlib.crc32(block, crc)
    return crc


def require_frame(path: Path, surveyed: int) -> None:
    """Raises FilmError if the file of a frame is not the one whose CRC-32 the survey recorded."""
    if frame_sum(path) != surveyed:
        raise FilmError(
            f"The frame {path} has changed since it was surveyed.",
            "Put the surveyed frame back, or delete this film's results to restore the changed one.",
        )
