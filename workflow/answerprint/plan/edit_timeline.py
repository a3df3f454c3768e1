"""The timeline of a film for editing programs, by OpenTimelineIO: shots as clips; decisions and warnings as markers.

A marker that a person adds there, with a note, comes back as a decision (`edit_notes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..film.frame_rates import timecode_at_rate
from ..film.shots import SURE, Shot
from ..runtime.files import atomic_write

OWN = "answerprint"
"""The key of a marker's metadata under which it says that it was written here, and not by a person."""
COLOURS = {"decision": "GREEN", "warning": "RED", "doubt": "YELLOW"}


@dataclass(frozen=True, kw_only=True)
class Edited:
    """One film as its timeline shows it."""

    title: str
    rate: Fraction
    shots: Sequence[Shot]
    media: str
    """The print that the clips show, by its path from the timeline's folder; it has the film's own rate."""
    timecode: str | None
    """That of the print's first frame."""
    decisions: Sequence[Mapping[str, Any]]
    """As rows, with `what` and `why`."""
    warnings: Sequence[str]


def write(path: Path, edited: Edited) -> None:
    """Write the .otio file of a film."""
    import opentimelineio as otio

    track = otio.schema.Track(name=edited.title, kind=otio.schema.TrackKind.Video)
    origin = _origin(edited)
    whole = otio.opentime.TimeRange(origin, otio.opentime.RationalTime(edited.shots[-1].stop, float(edited.rate)))
    for number, shot in enumerate(edited.shots, start=1):
        media = otio.schema.ExternalReference(target_url=edited.media, available_range=whole)
        clip = otio.schema.Clip(
            name=f"Shot {number}", media_reference=media, source_range=_range(origin, shot.start, shot.stop)
        )
        clip.markers.extend(_markers(edited, shot, origin))
        track.append(clip)
    track.markers.extend(_marker("warning", text, _range(_zero(edited), 0, 1), text=text) for text in edited.warnings)
    timeline = otio.schema.Timeline(name=edited.title)
    timeline.tracks.append(track)
    with atomic_write(path) as temporary:
        otio.adapters.write_to_file(timeline, str(temporary), adapter_name="otio_json")


def _origin(edited: Edited) -> Any:
    """The time of the print's first frame: that of its timecode, where it has one."""
    import opentimelineio as otio

    rate = float(edited.rate)
    nearest = otio.opentime.RationalTime.nearest_smpte_timecode_rate(rate)
    known = edited.timecode and timecode_at_rate(edited.timecode, edited.rate, edited.rate)
    if not known or abs(nearest - rate) > 0.001 * rate:
        return otio.opentime.RationalTime(0, rate)
    return otio.opentime.RationalTime(otio.opentime.from_timecode(known, nearest).value, rate)


def _zero(edited: Edited) -> Any:
    import opentimelineio as otio

    return otio.opentime.RationalTime(0, float(edited.rate))


def _range(origin: Any, start: int, stop: int) -> Any:
    """Film frames start..stop as a range of the print's time."""
    import opentimelineio as otio

    time = otio.opentime.RationalTime
    return otio.opentime.TimeRange(time(origin.value + start, origin.rate), time(stop - start, origin.rate))


def _markers(edited: Edited, shot: Shot, origin: Any) -> Iterator[Any]:
    """The markers on the clip of a shot: a cut in doubt, and what was decided."""
    if shot.confidence < SURE:
        text = f"Cut in doubt ({shot.confidence:.0%})"
        yield _marker("doubt", text, _range(origin, shot.start, shot.start + 1))
    for row in edited.decisions:
        frame = frame_of(row)
        if frame is not None and shot.start <= frame < shot.stop:
            yield _marker("decision", str(row["what"]), _range(origin, frame, frame + 1), text=_told(row))


def frame_of(row: Mapping[str, Any]) -> int | None:
    """The film frame that a decision is about; None for one about a speaker."""
    frames: Iterable[Any] = (row.get(key) for key in ("at", "frame", "to", "from"))
    return next((frame for frame in frames if isinstance(frame, int) and not isinstance(frame, bool)), None)


def _told(row: Mapping[str, Any]) -> str:
    """A decision in one sentence: its options, its reason, and who took it."""
    known = ("what", "why", "by", "at", "frame", "to", "from", "polygon")
    options = "; ".join(f"{key}: {value}" for key, value in row.items() if key not in known)
    by = f"({row['by']})" if row.get("by") else ""
    return " ".join(part for part in (options and f"{options}.", str(row.get("why") or ""), by) if part)


def _marker(kind: str, name: str, marked: Any, text: str = "") -> Any:
    import opentimelineio as otio

    return otio.schema.Marker(
        name=name, marked_range=marked, color=COLOURS[kind], metadata={OWN: {"kind": kind}}, comment=text
    )
