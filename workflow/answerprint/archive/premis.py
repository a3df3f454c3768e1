"""PREMIS: the record of what the files of a package are, what was done to make them, and by whom.

Data Dictionary for Preservation Metadata, version 3.0, Library of Congress, 2015. Elements stand in the order of its
schema, premis-v3-0.xsd of 18 January 2016.
"""

from __future__ import annotations

import xml.etree.ElementTree as xml
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ..runtime.text import plain
from .formats import format_of

NAMESPACE = "http://www.loc.gov/premis/v3"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SOURCE = "source"
"""The name of the film's source, which the package describes but does not contain."""
ELEMENT = "element "
"""What the names of its other elements begin with, which are not in the package either."""
VOCABULARY = "http://id.loc.gov/vocabulary/preservation/eventType"
LISTED = (
    *("creation", "digital signature generation", "fixity check", "ingestion"),
    *("information package creation", "message digest calculation"),
    *("metadata extraction", "modification", "quality review", "validation"),
)
"""The kinds of event here that the Library of Congress's vocabulary lists."""
SUCCESS, FAIL = "success", "fail"


@dataclass(frozen=True, kw_only=True)
class Agent:
    """A program, an engine or a person."""

    name: str
    kind: str = "software"
    """agentType: software or person."""
    version: str = ""
    notes: tuple[str, ...] = ()
    """What else identifies it: the digest of its code, its weights with their SHA-256, its licence."""

    @property
    def identifier(self) -> str:
        """How events name it."""
        return f"{self.name} {self.version}".rstrip()


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that was done to the film, in PREMIS's terms."""

    kind: str
    """eventType: modification, creation, validation, ..."""
    when: str
    """ISO 8601 date and time with time zone."""
    detail: str
    """What was done, by which engine, with which options."""
    outcome: str = SUCCESS
    note: str = ""
    """What came of it, in numbers."""
    uses: tuple[str, ...] = (SOURCE,)
    """Names of the input files; `source` is the film's source."""
    makes: tuple[str, ...] = ()
    """Names of the resulting files in the package."""
    agents: tuple[tuple[str, str], ...] = ()
    """(identifier, role) of each agent; the role is executing program, implementer or authorizer."""


@dataclass(frozen=True, kw_only=True)
class File:
    """One file, as PREMIS describes it."""

    name: str
    """Its name in the package's data/, or `source`."""
    digests: Mapping[str, str]
    """By algorithm: sha256, sha512."""
    original_name: str
    size: int | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    """significantProperties, by type."""
    made_from: tuple[str, ...] = ()
    """Names of the files that it derives from."""


def document(files: Sequence[File], events: Sequence[Event], agents: Sequence[Agent]) -> bytes:
    """The PREMIS 3 record of a package, as XML."""
    xml.register_namespace("premis", NAMESPACE)
    xml.register_namespace("xsi", XSI)
    root = xml.Element(f"{{{NAMESPACE}}}premis", version="3.0")
    for file in files:
        made_by = [number for number, event in enumerate(events, 1) if file.name in event.makes]
        _file(root, file, made_by)
    for number, event in enumerate(events, 1):
        _event(root, number, event)
    for agent in agents:
        _agent(root, agent)
    xml.indent(root)
    return bytes(xml.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def place(name: str) -> str:
    """The identifier of a file: its path in the package."""
    return name if name == SOURCE or name.startswith(ELEMENT) else f"data/{name}"


def _file(root: xml.Element, file: File, made_by: Sequence[int]) -> None:
    element = _add(root, "object")
    element.set(f"{{{XSI}}}type", "premis:file")
    _identifier(element, "object", place(file.name))
    for kind, value in file.properties.items():
        properties = _add(element, "significantProperties")
        _add(properties, "significantPropertiesType", kind)
        _add(properties, "significantPropertiesValue", value)
    _characteristics(element, file)
    _add(element, "originalName", file.original_name)
    if file.made_from:
        relationship = _add(element, "relationship")
        _add(relationship, "relationshipType", "derivation")
        _add(relationship, "relationshipSubType", "has source")
        for name in file.made_from:
            _identifier(relationship, "relatedObject", place(name))
        for number in made_by:
            _identifier(relationship, "relatedEvent", _event_name(number))


def _characteristics(element: xml.Element, file: File) -> None:
    characteristics = _add(element, "objectCharacteristics")
    for algorithm, digest in sorted(file.digests.items()):
        fixity = _add(characteristics, "fixity")
        _add(fixity, "messageDigestAlgorithm", f"SHA-{algorithm[3:]}")
        _add(fixity, "messageDigest", digest)
    if file.size is not None:
        _add(characteristics, "size", str(file.size))
    kept = format_of(PurePosixPath(file.original_name))
    form = _add(characteristics, "format")
    _add(_add(form, "formatDesignation"), "formatName", kept.name)
    if kept.pronom:
        registry = _add(form, "formatRegistry")
        _add(registry, "formatRegistryName", "PRONOM")
        _add(registry, "formatRegistryKey", kept.pronom)


def _event(root: xml.Element, number: int, event: Event) -> None:
    element = _add(root, "event")
    _identifier(element, "event", _event_name(number))
    kind = _add(element, "eventType", event.kind)
    if event.kind in LISTED:
        kind.set("authority", "eventType")
        kind.set("authorityURI", VOCABULARY)
    _add(element, "eventDateTime", event.when)
    _add(_add(element, "eventDetailInformation"), "eventDetail", event.detail)
    outcome = _add(element, "eventOutcomeInformation")
    _add(outcome, "eventOutcome", event.outcome)
    if event.note:
        _add(_add(outcome, "eventOutcomeDetail"), "eventOutcomeDetailNote", event.note)
    for identifier, role in event.agents:
        _add(_identifier(element, "linkingAgent", identifier), "linkingAgentRole", role)
    for role, name in _links(event):
        _add(_identifier(element, "linkingObject", name), "linkingObjectRole", role)


def _event_name(number: int) -> str:
    return f"event {number}"


def _links(event: Event) -> Iterator[tuple[str, str]]:
    for role, names in (("source", event.uses), ("outcome", event.makes)):
        for name in names:
            yield role, place(name)


def _agent(root: xml.Element, agent: Agent) -> None:
    element = _add(root, "agent")
    _identifier(element, "agent", agent.identifier)
    _add(element, "agentName", agent.name)
    _add(element, "agentType", agent.kind)
    if agent.version:
        _add(element, "agentVersion", agent.version)
    for note in agent.notes:
        _add(element, "agentNote", note)


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
