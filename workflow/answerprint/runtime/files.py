"""Small files that are written completely or not at all, and the reading of JSON."""

from __future__ import annotations

import errno
import glob
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import FilmError


@contextmanager
def atomic_write(path: Path | str) -> Iterator[Path]:
    """A temporary path beside `path` to write to; it is renamed to `path` if the block succeeds, else it is removed.

    Raises FilmError when the disk is full, or the folder may not be written to.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix is kept: encoders choose the container by it.
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise FilmError(
                f"Could not write {path}: {error.strerror}.", "Free some space, then run the same command."
            ) from error
        if error.errno in (errno.EACCES, errno.EROFS) and error.filename in (str(temporary), temporary):
            raise FilmError(
                f"Could not write {path}: {error.strerror}.",
                "Change the permissions of its folder, then run the same command.",
            ) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def remove_stale_temporaries(path: Path | str) -> None:
    """Remove the temporary files of earlier attempts to write `path` that were killed on the way."""
    path = Path(path)
    for temporary in path.parent.glob(f".{glob.escape(path.name.split('.')[0])}.*"):
        if temporary.is_file():
            temporary.unlink(missing_ok=True)


def remove_stale_folders(path: Path) -> None:
    """Remove the temporary folders, `.NAME.*`, of earlier attempts to make `path` that were killed on the way.

    Nobody else may be making it.
    """
    for temporary in path.parent.glob(f".{glob.escape(path.name)}.*"):
        shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: Path | str, text: str) -> None:
    """Write a text file atomically."""
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path | str, value: Any) -> None:
    """Write a JSON file atomically, indented for people to read."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def read_json(path: Path | str) -> Any:
    """The content of a JSON file that a job wrote. Raises FilmError when it was changed or cut short since."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise FilmError(
            f"{path} is not whole, or was changed by hand.",
            "Delete it and run the same command: it will be made again.",
        ) from error


def digest(value: Any) -> str:
    """A digest of plain values: 32 hexadecimal digits of the SHA-256 of their JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:32]


def sha256(path: Path | str) -> str:
    """The SHA-256 of a file."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
