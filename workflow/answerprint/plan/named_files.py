"""The files and folders that a sheet, the configuration or the command line names."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ..film import picture_file
from ..runtime import text
from ..runtime.errors import FilmError


def resolved(written: str, folder: Path) -> Path:
    """A path that counts from `folder` when it is relative. Raises FilmError for one that no file can have."""
    try:
        path = Path(folder, Path(written).expanduser())
    except RuntimeError:  # There is no user of that name: the file itself begins with a tilde.
        path = Path(folder, written)
    require_plain(path)
    return path


def require_plain(path: Path) -> None:
    """Raises FilmError for a path that cannot be written as text, or that Snakemake takes for a pattern."""
    hint = "Rename the file, or give a link to it that has another name."
    if not text.is_utf8(path):
        raise FilmError(f"The name of {text.printable(str(path))} is not UTF-8.", hint)
    if text.CONTROL.search(str(path)) or re.search(r"[\t\n\r]", str(path)):
        raise FilmError(f"The path {str(path)!r} has a line break or another control character in it.", hint)
    if re.search(r"\{\s*\w+\s*(,[^{}]*)?\}", str(path)):
        raise FilmError(f"The path {path} has a word in braces, which Snakemake takes for a wildcard.", hint)


def existing(written: str, folder: Path, what: str, where: str) -> Path:
    """The path of a file or folder that a row names. Raises FilmError if there is none, or if it is of another kind."""
    path = resolved(str(written), folder)
    try:
        if path.exists():
            _require_kind(path, what, where)
            return path
        if path.is_symlink():
            raise FilmError(
                f"The {what} {written} is a link to {os.readlink(path)}, where there is nothing ({where}).",
                "Fetch the file that it stands for, as `git annex get` or `dvc pull` do.",
            )
        # --directory changes the folder before anything is read; PWD is where the command was given.
        near = Path(os.path.abspath(Path(os.environ.get("PWD", "."), written)))
        hint = f"Did you mean {near}?" if near.exists() else "Check the spelling."
    except OSError as error:
        raise FilmError(
            f"The {what} {text.shortened(written)} cannot be reached ({where}): {error.strerror}.",
            "Check its name and who may read it.",
        ) from error
    raise FilmError(
        f"The {what} {written} does not exist ({where}).", f"Relative paths count from {folder.resolve()}. {hint}"
    )


def _require_kind(path: Path, what: str, where: str) -> None:
    """Raises FilmError if portraits are no folder of pictures, or sound or subtitles no file."""
    if what == "cast" and not path.is_dir():
        raise FilmError(f"The cast {path} is not a folder ({where}).", "Put the portraits into one, named NAME.jpg.")
    if what == "cast" and not picture_file.portraits(path):
        raise FilmError(f"The cast {path} holds no pictures ({where}).", "Name each portrait NAME.jpg or NAME/1.jpg.")
    if what in ("audio", "subtitles") and not path.is_file():
        raise FilmError(f"The {what} {path} is not a file ({where}).", f"Give the file that holds the {what}.")
