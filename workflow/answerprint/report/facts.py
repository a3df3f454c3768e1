"""The facts of a source in words."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from . import formatting


def colour(source: Mapping[str, Any]) -> str:
    """Whether a film is in colour, in words."""
    if not source.get("grey"):
        return "colour"
    return "black and white, tinted or toned" if source.get("tinted") else "black and white"


FIELDS = {
    "tff": "interlaced, top field first",
    "bff": "interlaced, bottom field first",
    "mixed": "interlaced in part, as source.json says",
}
"""How a source that is not progressive was scanned, by its field order."""
DEINTERLACED = {"motion": "along motion", "bwdif": "by bwdif"}


def scan(source: Mapping[str, Any]) -> str:
    """How a film was scanned, and what became of its fields; empty where it is not known."""
    order = str(source.get("field_order") or "")
    return "; ".join(filter(None, [FIELDS.get(order, order), deinterlaced(source)]))


def deinterlaced(source: Mapping[str, Any]) -> str:
    """What was done to the fields of an interlaced film; empty for any other."""
    way = DEINTERLACED.get(str(source.get("deinterlace")))
    if source.get("field_order") not in FIELDS or source.get("pulldown") or not way:
        return ""
    return f"its fields were made into whole frames {way}"


def drawn(source: Mapping[str, Any]) -> float:
    """The share of a film's pixels that were drawn when fields were made into frames: every second line of each."""
    if not deinterlaced(source):
        return 0.0
    scans = source.get("scans") or [{"first": 0, "stop": 1, "way": source["field_order"]}]
    lengths = [(scan["stop"] - scan["first"], scan["way"] in ("tff", "bff")) for scan in scans]
    return sum(length for length, interlaced in lengths if interlaced) / sum(length for length, _ in lengths) / 2


def facts(source: Mapping[str, Any]) -> dict[str, str]:
    """The facts in source.json in words, by name."""
    rate = Fraction(source["rate"])
    values = {
        "File": source["path"],
        "SHA-256": source.get("sha256"),
        "Picture": f"{source['width']} \u00d7 {source['height']}, {colour(source)}",
        "Pixel aspect": None if Fraction(source.get("sar", "1/1")) == 1 else source["sar"],
        "Rate": f"{float(rate):.5g} frames a second" + ("" if rate.denominator == 1 else f" ({rate})"),
        "Length": f"{source['frames']} frames, {formatting.clock(source['frames'] / rate)}",
        "Scan": scan(source),
        "Pulldown": "removed" if source.get("pulldown") else None,
        "Values": f"{source.get('depth', '?')} bits, {source.get('pixel_format', '?')}",
        "Colour": ", ".join(f"{name} {value}" for name, value in (source.get("colour") or {}).items() if value),
        "Timecode": source.get("timecode"),
        "Sound": "; ".join(map(_track, source.get("audio") or [])) or "silent",
        "Chapters": ", ".join(str(chapter.get("title") or "untitled") for chapter in source.get("chapters") or []),
        "Matte": _matte(source.get("matte")),
        "Other elements": "; ".join(map(_element, source.get("elements") or [])),
        "Year": source.get("year"),
        "Notes": source.get("notes"),
    }
    return {name: str(value) for name, value in values.items() if value}


def _track(track: Mapping[str, Any]) -> str:
    language = f", {track['language']}" if track.get("language") else ""
    channels = f"{track.get('channels', '?')} channel{'' if track.get('channels') == 1 else 's'}"
    return f"{track.get('codec', '?')}, {channels}, {track.get('rate', '?')} Hz{language}"


def _element(element: Mapping[str, Any]) -> str:
    """Another print or scan of a film in words."""
    placed = "placed by the pictures" if element["offset"] is None else f"at the given offset {element['offset']}"
    return (
        f"{element['path']}, {element['width']} \u00d7 {element['height']}, {placed}: shows "
        f"{formatting.percent(element['share'])} of the film's frames; SHA-256 {element['sha256']}"
    )


def _matte(matte: Mapping[str, Any] | None) -> str | None:
    """A film's matte in words."""
    if not matte:
        return None
    return (
        f"{matte['path']}, {matte['defects']} is damage: {formatting.percent(matte['marked'])} of the film, in "
        f"{matte['marked_frames']} frames; SHA-256 {matte['sha256']}"
    )
