"""XMP in MP4 and QuickTime files: the place where picture software looks for the IPTC's label.

XMP Specification Part 3, Adobe, 2020: a box `uuid` of its own; IPTC Video Metadata Hub 1.6: DigitalSourceType.
"""

from __future__ import annotations

import struct
import uuid
import xml.etree.ElementTree as xml
from pathlib import Path

CONTAINERS = (".mp4", ".mov")
BOX = uuid.UUID("be7acfcb-97a9-42e8-9c71-999491e3afac").bytes
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
HEAD, TAIL = b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n', b'\n<?xpacket end="w"?>'


def append(path: Path, source_type: str) -> None:
    """Append a box that says a file's digital source type; where it is played, nothing changes."""
    packet = HEAD + _description(source_type) + TAIL
    with path.open("ab") as file:
        file.write(struct.pack(">I4s", 8 + len(BOX) + len(packet), b"uuid") + BOX + packet)


def source_type(path: Path) -> str:
    """The digital source type that a file's XMP says; empty where it says none."""
    with path.open("rb") as file:
        while head := file.read(8):
            size, kind = struct.unpack(">I4s", head)
            begin = file.tell() - 8
            if size == 1:
                (size,) = struct.unpack(">Q", file.read(8))
            if kind == b"uuid" and file.read(len(BOX)) == BOX:
                root = xml.fromstring(file.read(begin + size - file.tell()).partition(HEAD)[2].partition(TAIL)[0])
                values = (one.get(f"{{{IPTC}}}DigitalSourceType") for one in root.iter())
                return next(filter(None, values), "")
            if size == 0:
                break
            file.seek(begin + size)
    return ""


def _description(source_type: str) -> bytes:
    for prefix, namespace in (("x", "adobe:ns:meta/"), ("rdf", RDF), ("Iptc4xmpExt", IPTC)):
        xml.register_namespace(prefix, namespace)
    root = xml.Element("{adobe:ns:meta/}xmpmeta")
    about = {f"{{{RDF}}}about": "", f"{{{IPTC}}}DigitalSourceType": source_type}
    xml.SubElement(xml.SubElement(root, f"{{{RDF}}}RDF"), f"{{{RDF}}}Description", about)
    return bytes(xml.tostring(root))
