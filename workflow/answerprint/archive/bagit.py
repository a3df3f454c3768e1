"""The package of a film: a BagIt bag of everything worth keeping, with a PREMIS record of how it was made.

BagIt as in RFC 8493 (bagit-python writes its version 0.97), with SHA-256 and SHA-512 manifests.
"""

from __future__ import annotations

import errno
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from .. import __version__
from ..runtime.errors import FilmError
from ..runtime.files import remove_stale_folders


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """One file of a package, as it lies in it."""

    name: str
    """Its name in data/."""
    size: int
    digests: Mapping[str, str]
    """sha256 and sha512."""


Describe = Callable[[Path, Sequence[StoredFile]], Mapping[str, bytes]]
"""From the data/ of a package and its files to what is written beside data/, by name."""


def contents(
    results: Path, kept: Sequence[Path], *, decisions: Sequence[Path] = (), corrections: Sequence[Path] = ()
) -> dict[str, Path]:
    """The files of a package by their names in data/: results under their own, what people wrote as decisions.*."""
    names = {str(path.relative_to(results)): path for path in kept}
    for name, files in (("decisions", decisions), ("corrections", corrections)):
        names |= {f"{name}{path.suffix}": path for path in files}
    return names


def build(folder: Path | str, files: Mapping[str, Path], source: Mapping[str, Any], describe: Describe) -> None:
    """Write the package to `folder`, replacing an older one; it appears when it is complete.

    files: name in data/ -> file, copied, so that nothing done to the results later changes the package; source: the
    film's source.json; describe: what gives the records beside data/.
    Raises FilmError when a file is missing.
    """
    import bagit

    _require_files(files)
    folder = Path(folder).absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    remove_stale_folders(folder)
    temporary = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    temporary.mkdir()
    try:
        for name, path in sorted(files.items()):
            _copy(Path(path).resolve(), temporary / name)
        information = {
            "Bag-Software-Agent": f"answerprint {__version__}, bagit-python {bagit.VERSION}",
            "External-Description": f"Restoration of {source['title']}",
            "External-Identifier": source["film"],
        }
        bag = bagit.make_bag(str(temporary), information, checksums=["sha256", "sha512"])
        data = temporary / "data"
        stored = [
            StoredFile(name=name, size=(data / name).stat().st_size, digests=bag.entries[f"data/{name}"])
            for name in sorted(files)
        ]
        for name, content in describe(data, stored).items():
            (temporary / name).write_bytes(content)
        bag.save()
        _replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _require_files(files: Mapping[str, Path]) -> None:
    for name, path in files.items():
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise FilmError(f"'{name}' is not a valid name in the package.", "Give a path that stays inside it.")
        if not Path(path).is_file():
            raise FilmError(f"The package lacks {name}: there is no {path}.", "Make it first, or leave it out.")


def verify(folder: Path | str) -> int:
    """The number of files in the package, all found intact. Raises a FilmError that names those that are not."""
    import bagit

    hint = "Restore it from another copy of the package, or make the package again."
    try:
        bag = bagit.Bag(str(folder))
        bag.validate()
    except bagit.BagValidationError as error:
        details = sorted({f"{detail.path} ({_problem(detail)})" for detail in error.details}) or [str(error)]
        raise FilmError(f"The package {folder} is damaged: {', '.join(details)}.", hint) from error
    except bagit.BagError as error:
        raise FilmError(f"{folder} is not a package: {error}.", hint) from error
    return len(bag.entries)


def _problem(detail: Exception) -> str:
    names = {"ChecksumMismatch": "changed", "FileMissing": "missing", "UnexpectedFile": "unexpected"}
    return names.get(type(detail).__name__, str(detail))


def _copy(source: Path, target: Path) -> None:
    """Copy a file with its date. Raises FilmError when the disk is full."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copy2(source, target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise FilmError(
                f"Could not write {target.name} into the package: {error.strerror}.",
                "Free some space, then run the same command.",
            ) from error
        raise


def _replace(new: Path, folder: Path) -> None:
    """Rename `new` to `folder`. A folder cannot be renamed onto a full one, so the old one is renamed first."""
    old = new.with_name(f"{new.name}.old")
    if folder.exists():
        folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
