"""The PREMIS record of a package: what its files are, and what was done to make them.

Data Dictionary for Preservation Metadata, version 3.0, Library of Congress, 2015.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as xml
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from .. import __version__
from ..plan.chain import Chain
from ..runtime.text import plain

AGENT = f"answerprint {__version__}"
NAMESPACE = "http://www.loc.gov/premis/v3"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SOURCE = "source"
"""The name by which events refer to the film's source, which the package describes but does not contain."""

FORMATS = {
    ".mkv": ("Matroska", "fmt/569"),
    ".mov": ("QuickTime", "x-fmt/384"),
    ".mp4": ("MPEG-4 Media File", "fmt/199"),
    ".html": ("Hypertext Markup Language 5", "fmt/471"),
    ".json": ("JSON Data Interchange Format", "fmt/817"),
    ".yaml": ("YAML", "fmt/818"),
    ".xml": ("Extensible Markup Language", "fmt/101"),
    ".ttml": ("Timed Text Markup Language", ""),
    ".srt": ("SubRip subtitles", ""),
    ".vtt": ("WebVTT subtitles", ""),
}
"""By suffix: the name of a format, and its key in the PRONOM registry if it has one."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that was done to the film, in PREMIS's terms."""

    kind: str
    """eventType, from the Library of Congress's vocabulary: modification, creation, validation, ..."""
    when: str
    """ISO 8601 date and time with time zone."""
    detail: str
    """What was done, by which engine, with which options."""
    outcome: str = ""
    """The result: success, fail, or a number worth knowing."""
    uses: tuple[str, ...] = (SOURCE,)
    """Names of the input files; `source` is the film's source."""
    makes: tuple[str, ...] = ()
    """Names of the resulting files in the package."""


def stage_events(records: Iterable[Mapping[str, Any]], chain: Chain, files: Iterable[str]) -> list[Event]:
    """One event for each stage of each edition, in the order of `records`, which are those of all parts.

    files: names in the package; those in the folder of an edition show what its stages did, and all stages before.
    """
    stages: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for record in records:
        stages.setdefault((record["edition"], record["stage"]), []).append(record)
    names = list(files)
    return [_stage_event(edition, parts, chain, names) for (edition, _), parts in stages.items()]


def _stage_event(edition: str, parts: Sequence[Mapping[str, Any]], chain: Chain, files: Sequence[str]) -> Event:
    engine, stage = parts[0]["engine"], parts[0]["stage"]
    shares = [share for part in parts for share in part["changed"]]
    outcome = f"{sum(part['frames'] for part in parts)} frames"
    if shares:
        outcome += f"; mean share of pixels changed {sum(shares) / len(shares):.6f}"
    showing = [name for name in chain.editions if edition in {owner for owner, _ in chain.lineage(name)}]
    return Event(
        kind="modification",
        when=max(part["finished"] for part in parts),
        detail=f"edition {edition}, stage {stage}, engine {engine['name']} ({engine.get('kind')}); {_options(parts)}",
        outcome=outcome,
        makes=tuple(name for name in files if PurePosixPath(name).parts[0] in showing),
    )


def _options(parts: Iterable[Mapping[str, Any]]) -> str:
    """Each set of options once, with the first frame that it applies to: shots may have their own."""
    first: dict[str, int] = {}
    for part in parts:
        for span in part["options"]:
            text = json.dumps(span["options"], sort_keys=True)
            first[text] = min(first.get(text, span["start"]), span["start"])
    ordered = sorted(first.items(), key=lambda entry: entry[1])
    return "; ".join(f"from frame {start}: {text}" for text, start in ordered)


def document(
    fixity: Mapping[str, Mapping[str, str]],
    sizes: Mapping[str, int],
    events: Sequence[Event],
    source: Mapping[str, Any],
) -> bytes:
    """The PREMIS 3 record: the source and each file as objects, the events, and answerprint as the agent."""
    xml.register_namespace("premis", NAMESPACE)
    xml.register_namespace("xsi", XSI)
    root = xml.Element(f"{{{NAMESPACE}}}premis", version="3.0")
    _object(root, SOURCE, {"sha256": source["sha256"]}, None, Path(str(source["path"])))
    for name, digests in fixity.items():
        _object(root, f"data/{name}", digests, sizes[name], PurePosixPath(name))
    for number, event in enumerate(events, 1):
        _event(root, number, event)
    agent = _add(root, "agent")
    _identifier(agent, "agent", AGENT)
    _add(agent, "agentName", "answerprint")
    _add(agent, "agentType", "software")
    _add(agent, "agentVersion", __version__)
    xml.indent(root)
    return bytes(xml.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _event(root: xml.Element, number: int, event: Event) -> None:
    """A PREMIS event; the order of elements is that of the schema."""
    element = _add(root, "event")
    _identifier(element, "event", f"event {number}")
    _add(element, "eventType", event.kind)
    _add(element, "eventDateTime", event.when)
    _add(_add(element, "eventDetailInformation"), "eventDetail", event.detail)
    if event.outcome:
        _add(_add(element, "eventOutcomeInformation"), "eventOutcome", event.outcome)
    _identifier(element, "linkingAgent", AGENT)
    for role, name in _links(event):
        link = _identifier(element, "linkingObject", name)
        _add(link, "linkingObjectRole", role)


def _links(event: Event) -> Iterator[tuple[str, str]]:
    for role, names in (("source", event.uses), ("outcome", event.makes)):
        for name in names:
            yield role, name if name == SOURCE else f"data/{name}"


def _object(
    root: xml.Element, name: str, digests: Mapping[str, str], size: int | None, path: Path | PurePosixPath
) -> None:
    """A PREMIS file object; the order of elements is that of the schema."""
    element = _add(root, "object")
    element.set(f"{{{XSI}}}type", "premis:file")
    _identifier(element, "object", name)
    characteristics = _add(element, "objectCharacteristics")
    for algorithm, digest in sorted(digests.items()):
        fixity = _add(characteristics, "fixity")
        _add(fixity, "messageDigestAlgorithm", f"SHA-{algorithm[3:]}")
        _add(fixity, "messageDigest", digest)
    if size is not None:
        _add(characteristics, "size", str(size))
    title, key = FORMATS.get(path.suffix.lower(), (path.suffix[1:] or "folder of frames", ""))
    form = _add(characteristics, "format")
    _add(_add(form, "formatDesignation"), "formatName", title)
    if key:
        registry = _add(form, "formatRegistry")
        _add(registry, "formatRegistryName", "PRONOM")
        _add(registry, "formatRegistryKey", key)
    _add(element, "originalName", path.name)


def _identifier(parent: xml.Element, kind: str, value: str) -> xml.Element:
    """The pair of elements that PREMIS calls an identifier, of type `local`: its scope is the package."""
    element = _add(parent, f"{kind}Identifier")
    _add(element, f"{kind}IdentifierType", "local")
    _add(element, f"{kind}IdentifierValue", value)
    return element


def _add(parent: xml.Element, name: str, text: str | None = None) -> xml.Element:
    element = xml.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    element.text = None if text is None else plain(text)
    return element
