"""The package of a restored film: its files, and the PREMIS and METS records that describe them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from ..plan.film_sheet import FilmRow
from ..prints import labels
from . import bagit, mets, premis, provenance
from .bagit import StoredFile
from .formats import MEDIA
from .premis import SOURCE, Event, File
from .provenance import Restoration

CHANGES = "changes.mkv"


def build(folder: Path, restored: Restoration, film: FilmRow) -> None:
    """Write the package of a film to `folder`; it appears when it is complete."""

    def describe(data: Path, stored: Sequence[StoredFile]) -> Mapping[str, bytes]:
        when = datetime.now(UTC).isoformat(timespec="seconds")
        done = [*provenance.events(restored), *provenance.packing(restored, when)]
        contents = mets.Contents(film=film, source=restored.source, stored=stored, folder=data, when=when)
        return {
            "premis.xml": premis.document(_files(restored, stored, done), done, restored.agents.all()),
            "mets.xml": mets.document(contents),
        }

    bagit.build(folder, restored.files, restored.source, describe)


def _files(restored: Restoration, stored: Sequence[StoredFile], events: Sequence[Event]) -> list[File]:
    """The source and the files of the package, as PREMIS describes them."""
    source = restored.source
    original = File(name=SOURCE, digests={"sha256": source["sha256"]}, original_name=Path(str(source["path"])).name)
    made = [
        File(
            name=file.name,
            digests=file.digests,
            original_name=PurePosixPath(file.name).name,
            size=file.size,
            properties=_properties(restored, PurePosixPath(file.name)),
            made_from=_made_from(file.name, events),
        )
        for file in stored
    ]
    others = [
        File(name=name, digests={"sha256": row["sha256"]}, original_name=Path(str(row["path"])).name)
        for name, row in zip(restored.element_names, restored.elements, strict=True)
    ]
    return [original, *others, *made]


def _made_from(name: str, events: Sequence[Event]) -> tuple[str, ...]:
    used = [one for event in events if name in event.makes for one in event.uses if one != name]
    return tuple(dict.fromkeys(used))


def _properties(restored: Restoration, path: PurePosixPath) -> dict[str, str]:
    """What a picture may be taken for."""
    edition = restored.chain.editions.get(path.parts[0])
    if edition is None or path.suffix not in MEDIA or path.name == CHANGES:
        return {}
    label = labels.source_type(restored.chain, edition.name, restored.decided)
    return {"class": edition.kind, **({"IPTC digitalSourceType": label} if label else {})}
