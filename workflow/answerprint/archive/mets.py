"""METS: the table of contents of a package, with what the film is called and what MediaInfo says of each print.

Metadata Encoding and Transmission Standard 1.12.1, Digital Library Federation and Library of Congress; descriptions in
Dublin Core.
"""

from __future__ import annotations

import xml.etree.ElementTree as xml
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from .. import __version__
from ..plan.film_sheet import FilmRow
from ..report.facts import colour
from ..runtime.text import plain
from . import mediainfo
from .bagit import StoredFile
from .formats import MEDIA, format_of

NAMESPACE = "http://www.loc.gov/METS/"
XLINK = "http://www.w3.org/1999/xlink"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
RECORDS = "records"
"""The group of the files that belong to no edition."""


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a METS document is made of."""

    film: FilmRow
    source: Mapping[str, Any]
    """source.json."""
    stored: Sequence[StoredFile]
    folder: Path
    """Where the package's data/ lies now."""
    when: str
    """ISO 8601 date and time."""


def document(contents: Contents) -> bytes:
    """The METS document of a package, as XML."""
    for prefix, namespace in (("mets", NAMESPACE), ("xlink", XLINK), ("dc", DUBLIN_CORE)):
        xml.register_namespace(prefix, namespace)
    title = plain(str(contents.source["title"]))
    root = xml.Element(f"{{{NAMESPACE}}}mets", OBJID=contents.film.film, LABEL=title, TYPE="Moving image")
    header = _add(root, "metsHdr", CREATEDATE=contents.when)
    creator = _add(header, "agent", ROLE="CREATOR", TYPE="OTHER", OTHERTYPE="SOFTWARE")
    _add(creator, "name").text = f"answerprint {__version__}"
    described = _add(_add(root, "dmdSec", ID="description"), "mdWrap", MDTYPE="DC")
    data = _add(described, "xmlData")
    for name, value in _description(contents):
        xml.SubElement(data, f"{{{DUBLIN_CORE}}}{name}").text = plain(value)
    _technical(root, contents)
    _files(root, contents.stored)
    film = _add(_add(root, "structMap", TYPE="logical"), "div", TYPE="film", LABEL=title, DMDID="description")
    for group, files in _groups(contents.stored).items():
        division = _add(film, "div", TYPE="edition" if group != RECORDS else RECORDS, LABEL=group)
        for file in files:
            _add(division, "fptr", FILEID=_identifier(file, "file"))
    xml.indent(root)
    return bytes(xml.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _description(contents: Contents) -> Iterator[tuple[str, str]]:
    """What the sheet says of a film, as Dublin Core names it."""
    film, source = contents.film, contents.source
    yield "title", str(source["title"])
    yield "identifier", film.film
    if film.year:
        yield "date", film.year
    if film.notes:
        yield "description", film.notes
    if film.language != "auto":
        yield "language", film.language
    yield "type", "MovingImage"
    yield (
        "format",
        f"{source['frames']} frames at {source['rate']} a second, "
        f"{source['width']}x{source['height']}, {colour(source)}",
    )
    yield "source", f"{Path(str(source['path'])).name}, SHA-256 {source['sha256']}"


def _technical(root: xml.Element, contents: Contents) -> None:
    """MediaInfo's facts of each print, and where the PREMIS record is."""
    section = _add(root, "amdSec", ID="administration")
    for file in contents.stored:
        if PurePosixPath(file.name).suffix in MEDIA:
            technical = _add(section, "techMD", ID=_identifier(file, "facts"))
            wrap = _add(technical, "mdWrap", MDTYPE="OTHER", OTHERMDTYPE="MEDIAINFO")
            _add(wrap, "xmlData").append(mediainfo.facts(contents.folder / file.name))
    provenance = _add(section, "digiprovMD", ID="provenance")
    reference = _add(provenance, "mdRef", MDTYPE="PREMIS", LOCTYPE="URL", MIMETYPE="application/xml")
    _link(reference, "premis.xml")


def _files(root: xml.Element, stored: Sequence[StoredFile]) -> None:
    section = _add(root, "fileSec")
    for group, files in _groups(stored).items():
        listed = _add(section, "fileGrp", USE=group)
        for file in files:
            path = PurePosixPath(file.name)
            about = ["provenance", *([_identifier(file, "facts")] if path.suffix in MEDIA else [])]
            entry = _add(
                listed,
                "file",
                ID=_identifier(file, "file"),
                MIMETYPE=format_of(path).media_type,
                SIZE=str(file.size),
                CHECKSUM=file.digests["sha256"],
                CHECKSUMTYPE="SHA-256",
                ADMID=" ".join(about),
            )
            _link(_add(entry, "FLocat", LOCTYPE="URL"), f"data/{file.name}")


def _groups(stored: Sequence[StoredFile]) -> dict[str, list[StoredFile]]:
    """The files by edition; those of the film as a whole come first."""
    groups: dict[str, list[StoredFile]] = {RECORDS: []}
    for file in stored:
        edition, within, _ = file.name.partition("/")
        groups.setdefault(edition if within else RECORDS, []).append(file)
    return {group: files for group, files in groups.items() if files}


def _identifier(file: StoredFile, what: str) -> str:
    """An XML name for a file: letters, digits, '.', '_' and '-'."""
    kept = (character if character.isascii() and character.isalnum() else "-" for character in file.name)
    return f"{what}-{''.join(kept)}"


def _link(element: xml.Element, place: str) -> None:
    element.set(f"{{{XLINK}}}type", "simple")
    element.set(f"{{{XLINK}}}href", place)


def _add(parent: xml.Element, name: str, **attributes: str) -> xml.Element:
    return xml.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)
