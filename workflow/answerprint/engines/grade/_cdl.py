"""Colour decision lists of the American Society of Cinematographers (ASC CDL 1.2): read, written and applied."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...runtime.errors import FilmError

NAMESPACE = "urn:ASC:CDL:v1.01"
WEIGHTS = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Shares of red, green and blue in brightness, as the CDL's saturation has them."""
MOST_BYTES = 16 << 20


@dataclass(frozen=True, kw_only=True)
class Correction:
    """One colour correction: out = (in * slope + offset) ** power, then saturation round the brightness."""

    slope: tuple[float, ...] = (1.0, 1.0, 1.0)
    offset: tuple[float, ...] = (0.0, 0.0, 0.0)
    power: tuple[float, ...] = (1.0, 1.0, 1.0)
    saturation: float = 1.0

    @property
    def applicable(self) -> bool:
        """Whether it gives every picture values that are numbers."""
        values = (*self.slope, *self.offset, *self.power, self.saturation)
        return bool(np.isfinite(values).all() and min(*self.slope, self.saturation) >= 0 and min(self.power) > 0)


def applied(frame: np.ndarray, correction: Correction) -> np.ndarray:
    """A frame (h, w, 3) of code values 0..1, corrected and clipped: float32."""
    slope, offset, power = (np.float32(getattr(correction, name)) for name in ("slope", "offset", "power"))
    graded = np.clip(frame * slope + offset, 0, 1) ** power
    if correction.saturation == 1:
        return np.asarray(graded, np.float32)
    luma = (graded * WEIGHTS).sum(axis=-1, keepdims=True)
    return np.clip(luma + np.float32(correction.saturation) * (graded - luma), 0, 1).astype(np.float32)


def read(path: Path) -> dict[str, Correction]:
    """The corrections of a .ccc, .cc or .cdl file by their id. Raises FilmError for a file that is none or is wrong."""
    broken = FilmError(f"{path} is not a colour decision list.", "Give an ASC CDL as .ccc, .cc or .cdl.")
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        raise broken
    text = path.read_bytes()
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise broken
    try:
        root = ElementTree.fromstring(text)
        found = {
            str(one.get("id") or number): _parsed(one)
            for number, one in enumerate(node for node in root.iter() if _name(node) == "ColorCorrection")
        }
    except (ElementTree.ParseError, ValueError) as error:
        raise broken from error
    if not found:
        raise broken
    for name, correction in found.items():
        if not correction.applicable:
            raise FilmError(
                f"The correction {name} of {path} has values that a CDL cannot have.",
                "Slopes and the saturation are 0 or more, powers are above 0.",
            )
    return found


def to_xml(corrections: Mapping[str, Correction]) -> str:
    """A .ccc file with some corrections by their id."""
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.Element(f"{{{NAMESPACE}}}ColorCorrectionCollection")
    for name, correction in corrections.items():
        one = ElementTree.SubElement(root, f"{{{NAMESPACE}}}ColorCorrection", id=name)
        node = ElementTree.SubElement(one, f"{{{NAMESPACE}}}SOPNode")
        for part in ("Slope", "Offset", "Power"):
            values = getattr(correction, part.lower())
            ElementTree.SubElement(node, f"{{{NAMESPACE}}}{part}").text = " ".join(f"{value:.6g}" for value in values)
        node = ElementTree.SubElement(one, f"{{{NAMESPACE}}}SatNode")
        ElementTree.SubElement(node, f"{{{NAMESPACE}}}Saturation").text = f"{correction.saturation:.6g}"
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _name(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2]


def _parsed(node: ElementTree.Element) -> Correction:
    texts = {_name(part): part.text or "" for part in node.iter()}
    rows = {
        name.lower(): tuple(float(value) for value in texts[name].split())
        for name in ("Slope", "Offset", "Power")
        if name in texts
    }
    if any(len(row) != 3 for row in rows.values()):
        raise ValueError("a row of a CDL has three numbers")
    return Correction(**rows, saturation=float(texts.get("Saturation", 1.0)))
