"""What MediaInfo says of a file: the facts by which archives compare files."""

from __future__ import annotations

import xml.etree.ElementTree as xml
from pathlib import Path

NAMESPACE = "https://mediaarea.net/mediainfo"
OF_A_MACHINE = (
    *("FileExtension", "File_Created_Date", "File_Created_Date_Local"),
    *("File_Modified_Date", "File_Modified_Date_Local"),
)
"""Facts that say when a copy was written to a disk, and nothing about the file."""


def facts(path: Path) -> xml.Element:
    """MediaInfo's own XML of a file, without its place and dates on this machine."""
    from pymediainfo import MediaInfo

    xml.register_namespace("mediainfo", NAMESPACE)
    root = xml.fromstring(str(MediaInfo.parse(str(path), output="XML", full=False)))
    for element in list(root.iter()):
        element.attrib.pop("ref", None)
        for child in list(element):
            if child.tag.rpartition("}")[2] in OF_A_MACHINE:
                element.remove(child)
    return root
