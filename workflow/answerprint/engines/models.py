"""The registry of weights: which file an engine needs, where it is published, and under what licence.

`resources/models.yaml` is the only place that describes weight files; one is used only with the SHA-256 given there.
"""

from __future__ import annotations

import dataclasses
import glob
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..runtime.errors import FilmError, unknown_name_error
from ..runtime.files import sha256, write_text
from ..runtime.yaml_text import read_yaml
from ._model_sources import PublishedFile, Source, parsed, require_fixity

RESOURCES = Path(__file__).parents[3] / "resources"
REGISTRY = RESOURCES / "models.yaml"
ORIGIN = ".origin.txt"
"""Ends the name of the note beside fetched weights that says where they came from."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One published weight file."""

    name: str
    """What the configuration calls it."""
    engine: str
    """stage/engine that reads it."""
    sha256: str
    """Of the file that the engine reads: 64 hexadecimal digits."""
    size: int
    """Its bytes."""
    licence: str
    """SPDX identifier where there is one."""
    commercial: bool
    """True when the licence allows commercial use."""
    paper: str
    """What to cite."""
    note: str = ""
    """What a person should know before using it."""
    kind: str = ""
    """The class of what it makes, where that is higher than its engine's own: generate."""
    url: str = ""
    """Short for one source that publishes the very file that the engine reads."""
    sources: tuple[Source, ...] = ()
    """Where it is published, in the order in which they are tried. All give the same bytes."""
    file: str = ""
    """Its name on disk and in a mirror; if empty, the last part of the URL."""

    def __post_init__(self) -> None:
        require_fixity(self.sha256, self.size)
        if not isinstance(self.commercial, bool):
            raise ValueError(f"commercial of {self.name} must be true or false")
        if self.kind not in ("", "enhance", "generate"):
            raise ValueError(f"kind of {self.name} is {self.kind}, but it must be enhance or generate")
        if self.url:
            direct = Source(files=(PublishedFile(url=self.url, sha256=self.sha256, size=self.size),))
            others = [source for source in self.sources if source != direct]
            object.__setattr__(self, "sources", (direct, *others))
        if not self.sources:
            raise ValueError("it has neither a url nor sources")
        if not self.file:
            object.__setattr__(self, "file", self.sources[0].files[0].name)


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
            sources = tuple(parsed(source) for source in values.get("sources", ()))
            entries[name] = Entry(**{**values, "sources": sources})
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


def require_store() -> None:
    """Raises FilmError when weights that are fetched cannot be stored: the folder is read-only, or is none."""
    folder = folders()[0]
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise FilmError(
            f"Weights have to be fetched, but {folder} cannot be written to.",
            "Set ANSWERPRINT_WEIGHTS to a folder that you can write to, or to one that holds them all.",
        )


def place(name_or_path: str) -> Path:
    """Where the weight file with that path or name is, or will be once fetched. Raises FilmError for unknown names."""
    try:
        return weight_file(name_or_path)
    except FilmError:
        if name_or_path not in registry() or any((folder / find(name_or_path).file).is_file() for folder in folders()):
            raise
        return folders()[0] / find(name_or_path).file


def published_sum(path: Path) -> str:
    """The SHA-256 of the file that will be at `path` once it is fetched; empty if none of the registry belongs there.

    So a job's parameters are the same before and after its weights are fetched.
    """
    known = [entry.sha256 for entry in registry().values() if entry.file == path.name]
    return known[0] if known and path.parent in folders() else ""


def weight_file(name_or_path: str) -> Path:
    """The weight file that a name in the registry, one of our own weights, or a path stands for, in this order.

    The last word of the name of one of our own is enough where no other ends in it: bicubic.
    A name never stands for a file that happens to be called so in the working folder; `./name` does. What is known by
    name is checked to its SHA-256: our own by their cards, published ones by the registry. Raises FilmError when a
    file is another, or not there.
    """
    if name_or_path in registry():
        return _published(registry()[name_or_path])
    own = RESOURCES / "models"
    if os.sep not in name_or_path:
        alike = sorted(own.glob(f"*-{glob.escape(name_or_path)}.safetensors"))
        for path in (own / name_or_path, own / f"{name_or_path}.safetensors", *(alike if len(alike) == 1 else ())):
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

    mirror: a folder or URL that is tried first. It holds the file under the name `Entry.file`, or what its sources
    publish under their own names. Raises FilmError, and leaves nothing that looks finished, when no source has it.
    """
    from . import _model_store

    entry = find(name)
    target = Path(folder) / entry.file
    if not (target.is_file() and target.stat().st_size == entry.size and sha256(target) == entry.sha256):
        where = _model_store.fetch(entry, target, mirror)
        write_text(target.with_name(f"{target.name}{ORIGIN}"), f"{where}\n")
    return target


def origin(entry: Entry) -> str:
    """Where the weights of this machine were fetched from; empty if they were put there by hand, or are not there."""
    notes = [folder / f"{entry.file}{ORIGIN}" for folder in folders()]
    return next((path.read_text(encoding="utf-8").strip() for path in notes if path.is_file()), "")
