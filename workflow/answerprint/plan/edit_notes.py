"""Notes that a person left as markers in an editing program, as decisions.

rejected: it looks like plastic          a review of the shot; `accepted` likewise
rejected clean: it eats the snow         a review of one stage
clean strength=0.4: snow is not dirt     options of a stage, for the shot
denoise off: an effect with its own grain
cut: two takes joined                    a shot begins at this frame
strike: a flash and not a cut            the shot under the marker does not begin with a cut
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..runtime.errors import FilmError
from ..runtime.text import shortened
from ..runtime.yaml_text import parse
from .chain import STAGES
from .edit_timeline import OWN
from .reviews import VERDICTS

EXAMPLE = "Write it as `rejected: why`, `clean strength=0.4: why`, `denoise off: why`, `cut: why` or `strike: why`."


def decisions(path: Path, by: str = "") -> dict[str, Any]:
    """The decisions that the notes of a timeline stand for, as a file of decisions holds them.

    Markers that were written here, and those without a word, are passed over. Raises FilmError for a file that is no
    timeline, and for a note that is no decision.
    """
    found: dict[str, Any] = {}
    for note in _notes(path):
        kind, row = _decision(note)
        row = {**row, **({"by": by} if by else {})}
        if kind in ("add", "strike"):
            found.setdefault("cuts", {}).setdefault(kind, []).append(row)
        else:
            found.setdefault(kind, []).append(row)
    return found


def laid_over(written: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """A file of decisions followed by new ones."""
    cuts = {**(written.get("cuts") or {})}
    for kind, rows in (new.get("cuts") or {}).items():
        cuts[kind] = [*(cuts.get(kind) or []), *rows]
    lists = {key: [*(written.get(key) or []), *rows] for key, rows in new.items() if key != "cuts"}
    return {**written, **({"cuts": cuts} if cuts else {}), **lists}


@dataclass(frozen=True, kw_only=True)
class Note:
    """What a person wrote at a frame of the film."""

    frame: int
    first: int
    """The first frame of the shot."""
    text: str


def _notes(path: Path) -> Iterator[Note]:
    """The notes of a timeline, in the order of the film."""
    import opentimelineio as otio

    try:
        timeline = otio.adapters.read_from_file(str(path), adapter_name="otio_json")
        found = [*_of_clips(timeline), *_of_tracks(timeline)]
    except (otio.exceptions.OTIOError, OSError, LookupError, ValueError, AttributeError, TypeError) as error:
        raise FilmError(
            f"{path} is not an OpenTimelineIO timeline ({shortened(str(error))}).",
            "Export it from the editing program as .otio.",
        ) from error
    yield from sorted(found, key=lambda note: note.frame)


def _of_clips(timeline: Any) -> Iterator[Note]:
    """Notes on clips: their times are those of the print, which may begin at its timecode."""
    for clip in timeline.find_clips():
        known = clip.media_reference.available_range
        origin = known.start_time if known else None
        first = _frame(clip.source_range.start_time, origin)
        for marker, text in _written(clip):
            yield Note(frame=_frame(marker.marked_range.start_time, origin), first=first, text=text)


def _of_tracks(timeline: Any) -> Iterator[Note]:
    """Notes on tracks, or on all of them: their times count from the first frame."""
    for item in (timeline.tracks, *timeline.tracks):
        for marker, text in _written(item):
            time = marker.marked_range.start_time
            clips = timeline.find_clips()
            firsts = [_frame(clip.range_in_parent().start_time, None) for clip in clips]
            frame = _frame(time, timeline.global_start_time)
            yield Note(frame=frame, first=max((first for first in firsts if first <= frame), default=0), text=text)


def _written(item: Any) -> Iterator[tuple[Any, str]]:
    """The markers of an item that a person wrote a note to, and the notes."""
    for marker in item.markers:
        # Programs name markers by themselves: `Marker 1`.
        text = (marker.comment or (marker.name if ":" in (marker.name or "") else "") or "").strip()
        if text and OWN not in marker.metadata:
            yield marker, text


def _frame(time: Any, origin: Any) -> int:
    return round((time - origin).value_rescaled_to(time.rate) if origin is not None else time.value)


def _decision(note: Note) -> tuple[str, dict[str, Any]]:
    """The list of a file of decisions that a note belongs to, and its row there. Raises FilmError if it is none."""
    head, _, why = (part.strip() for part in note.text.partition(":"))
    word, *rest = head.split() or [""]
    if not why:
        raise FilmError(f"The note at frame {note.frame} gives no reason: {shortened(note.text)}.", EXAMPLE)
    if word in VERDICTS and len(rest) <= 1:
        return "reviews", {"at": note.frame, "verdict": word, **({"stage": rest[0]} if rest else {}), "why": why}
    if word == "cut" and not rest:
        return "add", {"frame": note.frame, "transition": "cut", "why": why}
    if word == "strike" and not rest:
        return "strike", {"frame": note.first, "why": why}
    if word in STAGES and rest == ["off"]:
        return "shots", {"at": note.frame, word: False, "why": why}
    if word in STAGES and rest and all("=" in part for part in rest):
        pairs = (part.partition("=") for part in rest)
        options = {key: parse(value, f"the note at frame {note.frame}") for key, _, value in pairs}
        return "shots", {"at": note.frame, word: options, "why": why}
    raise FilmError(f"The note at frame {note.frame} is no decision: {shortened(note.text)}.", EXAMPLE)
