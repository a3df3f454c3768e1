"""The registry of weights: which file an engine needs, where it is published, and under what licence.

`resources/models.yaml` is the only place that describes weight files; one is used only with the SHA-256 given there.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote, unquote, urlparse
from urllib.request import Request

from ..runtime.errors import FilmError, unknown_name_error
from ..runtime.files import sha256
from ..runtime.yaml_text import read_yaml
from . import _web

RESOURCES = Path(__file__).parents[3] / "resources"
REGISTRY = RESOURCES / "models.yaml"
ATTEMPTS = 4
"""How often a download is tried."""
PAUSE = 2.0
"""Seconds before the second attempt; twice as long before each further attempt."""
TIMEOUT = 60.0
"""Seconds that a server may keep silent."""
LONGEST = 6 * 3600.0
"""Seconds that one file may take."""
CHUNK = 1 << 20
"""Bytes read at a time."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One published weight file."""

    name: str
    """What the configuration calls it."""
    engine: str
    """stage/engine that reads it."""
    url: str
    """Where it is published."""
    sha256: str
    """64 hexadecimal digits."""
    size: int
    """Bytes."""
    licence: str
    """SPDX identifier where there is one."""
    commercial: bool
    """True when the licence allows commercial use."""
    paper: str
    """What to cite."""
    note: str = ""
    """What to know before using it."""
    file: str = ""
    """Its name on disk and in a mirror; if empty, the last part of the URL."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise ValueError(f"sha256 of {self.name} is not 64 hexadecimal digits")
        if self.size <= 0:
            raise ValueError(f"size of {self.name} is {self.size}, but it must be positive")
        if not isinstance(self.commercial, bool):
            raise ValueError(f"commercial of {self.name} must be true or false")
        if not self.file:
            object.__setattr__(self, "file", unquote(urlparse(self.url).path.rsplit("/", 1)[-1]))


@lru_cache
def registry(path: Path = REGISTRY) -> dict[str, Entry]:
    """All entries of the registry, by name. Raises FilmError that names a wrong entry."""
    keys = {field.name for field in dataclasses.fields(Entry)}
    entries: dict[str, Entry] = {}
    for values in read_yaml(path) or []:
        name = values.get("name", "?")
        for key in values:
            if key not in keys:
                raise unknown_name_error(f"key of model {name} in {path.name}", str(key), sorted(keys))
        if name in entries:
            raise FilmError(f"{path.name} names the model {name} twice.", "Remove one of the two entries.")
        try:
            entries[name] = Entry(**values)
        except (TypeError, ValueError) as error:
            raise FilmError(f"The model {name} in {path.name} is incomplete or wrong: {error}.") from error
    return entries


def find(name: str) -> Entry:
    """The entry with that name. Raises FilmError with the valid names if there is none."""
    if name not in registry():
        raise unknown_name_error("model", name, sorted(registry()))
    return registry()[name]


def by_file(file: str) -> Entry:
    """The entry whose weight file has that name. Raises FilmError with the valid names if there is none."""
    for entry in registry().values():
        if entry.file == file:
            return entry
    raise unknown_name_error("weight file", file, sorted(entry.file for entry in registry().values()))


def folders() -> list[Path]:
    """The folders that are searched for weight files: $ANSWERPRINT_WEIGHTS if set, then resources/weights."""
    cache = os.environ.get("ANSWERPRINT_WEIGHTS")
    return [*([Path(cache).expanduser()] if cache else []), RESOURCES / "weights"]


def place(name_or_path: str) -> Path:
    """Where the weight file with that path or name is, or will be once fetched. Raises FilmError for unknown names."""
    try:
        return weight_file(name_or_path)
    except FilmError:
        if name_or_path not in registry() or any((folder / find(name_or_path).file).is_file() for folder in folders()):
            raise
        return folders()[0] / find(name_or_path).file


def weight_file(name_or_path: str) -> Path:
    """The weight file that a name in the registry, one of our own weights, or a path stands for, in this order.

    A name never stands for a file that happens to be called so in the working folder; `./name` does. What is known by
    name is checked to its SHA-256: our own by their cards, published ones by the registry. Raises FilmError when a
    file is another, or not there.
    """
    if name_or_path in registry():
        return _published(registry()[name_or_path])
    own = RESOURCES / "models"
    if os.sep not in name_or_path:
        for path in (own / name_or_path, own / f"{name_or_path}.safetensors"):
            if path.suffix == ".safetensors" and path.is_file():
                _require_digest(path, _digest_on_card(path), "Restore the file from the repository.")
                return path
    path = Path(name_or_path).expanduser()
    if path.is_file():
        return path
    if os.sep in name_or_path or path.suffix:
        raise FilmError(
            f"There is no weight file '{name_or_path}'.",
            f"Give a path that exists, or one of these names: {', '.join(sorted(registry()))}.",
        )
    raise unknown_name_error("model", name_or_path, sorted(registry()))


def _published(entry: Entry) -> Path:
    for folder in folders():
        path = folder / entry.file
        if path.is_file():
            _require_digest(path, entry.sha256, "Remove it and fetch it again: snakemake --cores 1 fetch_models.")
            return path
    raise FilmError(
        f"The weights {entry.name} ({entry.file}) are not on this machine.",
        "Fetch them: snakemake --cores 1 fetch_models, with the same --config or --configfile; "
        f"or set ANSWERPRINT_WEIGHTS to a folder that holds {entry.file}.",
    )


def entry_of(name_or_path: str) -> Entry | None:
    """The entry that a name or a path stands for, whatever the file is called; None for weights of no entry."""
    if name_or_path in registry():
        return registry()[name_or_path]
    path = Path(name_or_path).expanduser()
    if not path.is_file():
        return None
    status = path.stat()
    # Only a file of the same length can be the same file: others need not be read.
    alike = [entry for entry in registry().values() if entry.size == status.st_size]
    return next((e for e in alike if e.sha256 == _digest(path, status.st_mtime_ns, status.st_size)), None)


def check_licence_of(name_or_path: str, accepted: Sequence[str]) -> None:
    """Raises FilmError when weights are published ones whose licence forbids commercial use and is not accepted."""
    entry = entry_of(name_or_path)
    if entry:
        check_licence(entry, accepted)


def _require_digest(path: Path, expected: str, hint: str) -> None:
    status = path.stat()
    actual = _digest(path, status.st_mtime_ns, status.st_size)
    if actual != expected:
        raise FilmError(f"{path} is damaged, or another file: its SHA-256 is {actual}, not {expected}.", hint)


@lru_cache
def _digest(path: Path, changed: int, size: int) -> str:
    """The SHA-256 of a file with that date and length; kept, because several jobs of one process ask for it."""
    return sha256(path)


def _digest_on_card(path: Path) -> str:
    """The SHA-256 on the card of our own weights, NAME.md beside NAME.safetensors."""
    card = path.with_suffix(".md")
    match = re.search(r"SHA-256 ([0-9a-f]{64})", card.read_text(encoding="utf-8")) if card.is_file() else None
    if not match:
        raise FilmError(
            f"{path} has no card {card.name} with its SHA-256.",
            "Put the card that `snakemake train` wrote next to it, or give the path of the weights, not their name.",
        )
    return match[1]


def check_licence(entry: Entry, accepted: Sequence[str]) -> None:
    """Raises FilmError if the licence forbids commercial use and `accepted` does not name the entry."""
    if not entry.commercial and entry.name not in accepted:
        raise FilmError(
            f"The model {entry.name} may not be used commercially ({entry.licence}).",
            f"If that suits your work, accept it in the configuration: models: {{accept_licences: [{entry.name}]}}.",
        )


def verify(path: Path, entry: Entry) -> None:
    """Raises FilmError unless a file is the one that the entry describes."""
    size = path.stat().st_size
    if size != entry.size:
        raise FilmError(f"{path} is not {entry.name}: it has {size} bytes, not {entry.size}.", "Fetch it again.")
    actual = sha256(path)
    if actual != entry.sha256:
        raise FilmError(f"{path} is not {entry.name}: its SHA-256 is {actual}, not {entry.sha256}.", "Fetch it again.")


def fetch(name: str, folder: Path | str, mirror: str | None = None) -> Path:
    """The weight file with that name in `folder`, its SHA-256 checked; fetched unless it is there already.

    mirror: a folder or URL that holds the file under the name `Entry.file`, used instead of the published address.
    Raises FilmError, and leaves nothing behind, if the source cannot be reached or the checksum is wrong.
    """
    entry = find(name)
    folder = Path(folder)
    target = folder / entry.file
    if target.is_file() and target.stat().st_size == entry.size and sha256(target) == entry.sha256:
        return target
    folder.mkdir(parents=True, exist_ok=True)
    source = _source(entry, mirror)
    temporary = folder / f".{entry.file}.{uuid.uuid4().hex}"
    try:
        actual = _copy(source, temporary, entry)
        if actual != entry.sha256:
            raise FilmError(
                f"The file at {source} is not {entry.name}: its SHA-256 is {actual}, not {entry.sha256}.",
                "It was not kept. It was changed at its source or damaged on the way: try again, or set models.mirror "
                "to a folder or URL with the right file.",
            )
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def _source(entry: Entry, mirror: str | None) -> str:
    """The URL from which to fetch a weight file. Raises FilmError if a mirror on this machine does not have it."""
    if not mirror:
        return entry.url
    if "://" in mirror:
        if urlparse(mirror).scheme not in _web.SCHEMES:
            raise FilmError(
                f"The mirror {mirror} cannot be read.", f"Give a folder, or a URL: {', '.join(_web.SCHEMES)}."
            )
        return f"{mirror.rstrip('/')}/{quote(entry.file)}"
    path = Path(mirror).expanduser() / entry.file
    if not path.is_file():
        raise FilmError(f"The mirror has no {path}.", f"Put the file there; it is published at {entry.url}.")
    return path.resolve().as_uri()


def _copy(source: str, target: Path, entry: Entry) -> str:
    """Copies `source` to `target`, trying again if the network fails; returns the SHA-256 of what came."""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE * 2 ** (attempt - 1))
        try:
            hasher = hashlib.sha256()
            with target.open("wb") as stream:
                for block in _read(source):
                    hasher.update(block)
                    stream.write(block)
                    if stream.tell() > entry.size:
                        raise FilmError(
                            f"What {source} holds is not {entry.name}: its SHA-256 is another, as it has more "
                            f"than {entry.size} bytes.",
                            "Nothing was kept. Give models.mirror a folder or URL with the right file.",
                        )
            # A connection that breaks off can look complete: too few bytes from a network are worth another try.
            if target.stat().st_size >= entry.size or source.startswith("file:"):
                return hasher.hexdigest()
            reason = f"the transfer ended after {target.stat().st_size} of {entry.size} bytes"
        except HTTPError as error:
            reason = f"the server answered {error.code} {error.reason}"
            if error.code < 500 and error.code != 429:
                break
        except URLError as error:
            reason = str(error.reason)
            if isinstance(error.reason, FileNotFoundError):
                break
        except (ConnectionError, TimeoutError, HTTPException) as error:
            reason = str(error) or type(error).__name__
    raise FilmError(
        f"The model {entry.name} could not be fetched from {source}: {reason}.",
        f"Without internet, set models.mirror to a folder that holds {entry.file}.",
    )


def _read(source: str) -> Iterator[bytes]:
    """The contents of a URL, block by block."""
    request = Request(source, headers={"User-Agent": "answerprint"})
    started = time.monotonic()
    with _web.opened(request, TIMEOUT) as stream:
        while block := stream.read(CHUNK):
            yield block
            if time.monotonic() - started > LONGEST:
                raise TimeoutError(f"it took longer than {LONGEST / 3600:.0f} hours")
