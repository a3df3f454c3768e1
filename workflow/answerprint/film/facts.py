"""Facts: what the headers and the survey of a source show, and source.json, which records it.

Reading source.json needs no decoder: most jobs only need a rate or a size.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from ..runtime.files import read_json
from .scans import Scan

Deinterlacer = Literal["bwdif", "motion"]
"""How interlaced fields become frames: by FFmpeg's filter, or along motion."""
MIXED = "mixed"
"""The field order of a film whose stretches differ."""


@dataclass(frozen=True, kw_only=True)
class Colour:
    """Colour tags by FFmpeg's names; None where the source has no tag."""

    primaries: str | None = None
    transfer: str | None = None
    matrix: str | None = None
    range: str | None = None


@dataclass(frozen=True, kw_only=True)
class Sound:
    """One audio stream of the source."""

    index: int
    codec: str
    channels: int
    rate: int
    bits: int
    language: str | None
    start: Fraction
    """Seconds after the first picture."""
    duration: Fraction | None


@dataclass(frozen=True, kw_only=True)
class Subtitles:
    """One stream of text subtitles of the source."""

    index: int
    codec: str
    language: str | None
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of a source: first by its headers, then by its survey."""

    path: str
    kind: str
    width: int
    height: int
    rate: Fraction
    frames: int
    """An estimate until the source has been surveyed."""
    sar: Fraction = Fraction(1)
    field_order: str = "progressive"
    """progressive, or which field of the source comes first: tff or bff; mixed: `scans` says it for each stretch."""
    scans: tuple[Scan, ...] = ()
    """How each stretch was scanned, where the film is not the same throughout; by frames of the source."""
    rotation: int = 0
    """Degrees, anticlockwise, by which frames are turned after decoding; width, height and sar are as turned."""
    mirrored: bool = False
    """Whether frames are mirrored left to right before they are turned."""
    depth: int = 8
    pixel_format: str = ""
    colour: Colour = field(default_factory=Colour)
    timecode: str | None = None
    tagged_title: str = ""
    """The title that the file holds; empty if none."""
    start: Fraction = Fraction(0)
    """The file's clock at the first picture, seconds; chapters and sound count from there once surveyed."""
    audio: tuple[Sound, ...] = ()
    chapters: tuple[tuple[Fraction, Fraction, str], ...] = ()
    subtitles: tuple[Subtitles, ...] = ()
    joints: tuple[tuple[Fraction, Fraction], ...] = ()
    """Where the file's clock jumps: what it would show next, and what it shows instead, seconds."""
    stretch: Fraction = Fraction(1)
    """How many seconds of the film one second of the file lasts: not 1 where a rate sets the speed of a silent film."""
    time_stamps: str = "followed"
    """followed, or ignored: then frames and samples are taken one for one."""
    warnings: tuple[str, ...] = ()
    """What a person should know of the source: sentences, for the report and the terminal."""


@dataclass(frozen=True, kw_only=True)
class Film:
    """A surveyed film, as later steps need it."""

    facts: Facts
    grey: bool
    tinted: bool
    """Whether grey stands for tinted or toned film, whose colours are laid on again at the end."""
    pulldown: bool
    deinterlace: Deinterlacer
    damaged: bool
    depth: int
    """Bits of the working files."""
    sha256: str
    title: str

    @property
    def channels(self) -> int:
        """Channels of the ingested frames."""
        return 1 if self.grey else 3


def to_json(facts: Facts) -> dict[str, Any]:
    """Facts as source.json holds them: rates and times as 'n/d', chapters as named rows."""
    row = asdict(facts) | {"chapters": [{"start": a, "end": b, "title": t} for a, b, t in facts.chapters]}
    return _plain(row)


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def read_film(path: Path | str) -> Film:
    """The film that a source.json describes."""
    return film_of(read_json(path))


def _sound(row: dict[str, Any]) -> Sound:
    duration = Fraction(row["duration"]) if row["duration"] else None
    return Sound(**{**row, "start": Fraction(row["start"]), "duration": duration})


def film_of(row: dict[str, Any]) -> Film:
    """The film that the content of a source.json describes."""
    facts = Facts(
        path=row["path"],
        kind=row["kind"],
        width=row["width"],
        height=row["height"],
        rate=Fraction(row["rate"]),
        frames=row["frames"],
        sar=Fraction(row["sar"]),
        field_order=row["field_order"],
        scans=tuple(Scan(**scan) for scan in row.get("scans", ())),
        rotation=row.get("rotation", 0),
        mirrored=row.get("mirrored", False),
        depth=row["depth"],
        pixel_format=row["pixel_format"],
        colour=Colour(**row["colour"]),
        timecode=row["timecode"],
        tagged_title=row.get("tagged_title", ""),
        start=Fraction(row["start"]),
        audio=tuple(map(_sound, row["audio"])),
        chapters=tuple((Fraction(c["start"]), Fraction(c["end"]), c["title"]) for c in row["chapters"]),
        subtitles=tuple(Subtitles(**stream) for stream in row.get("subtitles", ())),
        joints=tuple((Fraction(a), Fraction(b)) for a, b in row.get("joints", ())),
        stretch=Fraction(row.get("stretch", 1)),
        time_stamps=row.get("time_stamps", "followed"),
        warnings=tuple(row.get("warnings", ())),
    )
    return Film(
        facts=facts,
        grey=row["grey"],
        tinted=bool(row["grey"] and row.get("tinted")),
        pulldown=row["pulldown"],
        deinterlace=row["deinterlace"],
        damaged=bool(row.get("damaged")),
        depth=row["working_depth"],
        sha256=row["sha256"],
        title=row["title"],
    )
