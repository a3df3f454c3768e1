"""How a film is cut into parts and shots, read from the small files in its folder of results."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ..film import shots
from ..film.parts import Part
from ..film.shots import CutDecisions, Shot
from ..runtime.code_digest import digest_of
from ..runtime.files import digest, read_json
from .fingerprint import ElementPlace

FACTS, PARTS = "survey/facts.json", "cut_parts/parts.json"
DETECTED, SHOTS = "detect_shots/shots.json", "shots.json"
"""The files of a film's folder that say how it is cut; SHOTS is made last."""
MATTE = "matte/facts.json"
"""The file that says what a film's matte is."""
PIXEL_FACTS = (
    *("sha256", "rate", "frames", "working_depth", "grey", "pulldown", "deinterlace"),
    *("field_order", "scans", "colour", "rotation", "mirrored", "damaged", "time_stamps"),
    *("missing", "missing_shown"),
)
"""The facts of a source that determine its ingested pixels."""
MATTE_FACTS = ("sha256", "defects", "threshold", "grow")
"""The facts of a matte that determine what it marks."""


@dataclass(frozen=True, kw_only=True)
class FilmCut:
    """The length, rate and working depth of one film, its parts, and its shots as decided."""

    frames: int
    rate: Fraction
    depth: int
    origin: str
    """A digest of the facts and the code that determine the ingested pixels."""
    parts: tuple[Part, ...]
    shots: tuple[Shot, ...]
    absent: tuple[int, ...] = ()
    """Frames that the source lacks and that are to be drawn anew."""
    size: tuple[int, int] = (0, 0)
    """Height and width of the source, pixels."""
    pixel_aspect: Fraction = Fraction(1)
    """How many times as wide as high they are."""
    matte: str = ""
    """A digest of the facts of the film's matte; empty where it has none."""
    elements: tuple[ElementPlace, ...] = ()
    """What its other elements show."""


def read(folder: Path, cuts: CutDecisions, *, matte: bool = False, elements: int = 0) -> FilmCut:
    """The cut of a film from the files in its folder of results; `matte`: whether it has one; `elements`: how many."""
    facts, parts, detected = (read_json(folder / name) for name in (FACTS, PARTS, DETECTED))
    return FilmCut(
        frames=facts["frames"],
        rate=Fraction(facts["rate"]),
        depth=facts["working_depth"],
        size=(facts["height"], facts["width"]),
        pixel_aspect=Fraction(facts.get("sar", 1)),
        origin=digest([{key: facts.get(key) for key in PIXEL_FACTS}, digest_of("film.ingest")]),
        parts=tuple(Part(**row) for row in parts),
        shots=shots.decided(shots.from_json(detected), cuts),
        absent=tuple(facts["missing"]) if facts.get("missing_shown") == "rebuild" else (),
        matte=_matte_digest(folder / MATTE) if matte else "",
        elements=tuple(_element(folder / name) for name in element_files(elements)),
    )


def element_files(number: int) -> list[str]:
    """The files of a film's folder that say what so many other elements show."""
    return [f"place_element/{index}.json" for index in range(number)]


def _element(path: Path) -> ElementPlace:
    row = read_json(path)
    known = {key: row.get(key) for key in PIXEL_FACTS if key != "grey"}
    return ElementPlace(
        origin=digest([known, digest_of("film.elements")]), runs=tuple((a, b, n) for a, b, n in row["runs"])
    )


def _matte_digest(path: Path) -> str:
    """A digest of what determines the marks. Until the facts exist, the rule that needs them waits and asks again."""
    facts = read_json(path) if path.exists() else {}
    return digest([*(facts.get(key) for key in MATTE_FACTS), digest_of("film.matte")])
