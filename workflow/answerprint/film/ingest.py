"""Ingest: the film frames of one part, decoded from the source by the ledger."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..runtime.errors import FilmError
from ..runtime.progress import Progress
from . import (
    colour,
    decode,
    deinterlace,
    facts,
    field_filters,
    fields,
    fixity,
    frame_folder,
    frame_order,
    ledger,
    probe,
    pulldown,
)
from .facts import Deinterlacer, Film
from .ledger import Ledger
from .orientation import Orientation
from .scans import Scan
from .survey import Survey

HANDLE = 4
"""Frames decoded before the first wanted one: bwdif looks at a frame's neighbours, `deinterlace` at those of these."""
KEYS_BACK = (2, 8, 0)
"""Decoding starts so many key frames before the first wanted frame, trying each in turn; 0 is the start of the file.
One is too few: a frame of an open group of pictures depends on the group before."""
FILM_CYCLE = pulldown.CYCLE - 1
"""Film frames in a cycle of pulldown."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the configuration says of the frames of a film."""

    grey: str
    """'true', 'false', or 'auto' for what the survey found."""
    depth: int | str
    """Bits of the working files, or 'auto' for those that fit the source."""
    deinterlacer: Deinterlacer
    missing_shown: str = "refuse"
    """What missing frames of a folder show."""


def describe(name: str, surveyed: Survey, wanted: Wanted, *, sha256: str = "") -> dict[str, Any]:
    """The row of source.json for a surveyed film called `name`, before the sheet adds title, year and notes."""
    shown = np.bincount(surveyed.ledger[surveyed.ledger != ledger.BLACK], minlength=surveyed.pictures)
    return {
        "film": name,
        **facts.to_json(surveyed.facts),
        "sha256": sha256,
        "pulldown": surveyed.pulldown,
        "deinterlace": wanted.deinterlacer,
        "grey": surveyed.grey or surveyed.tinted if wanted.grey == "auto" else wanted.grey == "true",
        "tinted": surveyed.tinted,
        "working_depth": working_depth(surveyed.facts.depth) if wanted.depth == "auto" else int(wanted.depth),
        "decoded_frames": len(surveyed.times),
        "repeated": np.flatnonzero(shown > 1).tolist(),
        "dropped": np.flatnonzero(shown == 0).tolist(),
        "damaged": surveyed.damaged,
        "missing": list(surveyed.missing),
        "missing_shown": wanted.missing_shown if surveyed.missing else "",
        "title": surveyed.facts.tagged_title or name,
        "year": "",
        "notes": "",
    }


def working_depth(bits: int) -> int:
    """Bits of the working files for a source of `bits`: 10 for 8, else as many as the source, up to 16."""
    return next(depth for depth in (10, 12, 16) if depth >= bits)


def save_ledger(path: Path, surveyed: Survey) -> None:
    """Write the ledger of a survey."""
    ticks, base = ledger.ticks_of(surveyed.times)
    ledger.save(path, Ledger(frames=surveyed.ledger, ticks=ticks, base=base, keys=surveyed.keys, sums=surveyed.sums))


def read(film: Film, ledger_path: Path, first: int, stop: int) -> Iterator[np.ndarray]:
    """Film frames first..stop as stored values, uint16 (channels, height, width), one after another.

    A frame is the same whatever first and stop are. Raises FilmError if the source has changed since its survey.
    """
    entries = ledger.read(ledger_path)
    wanted = entries.frames[first:stop]
    pictures = _pictures(film, entries, int(min(wanted[wanted != ledger.BLACK], default=0)))
    current, planes = -1, None
    black = np.zeros((film.channels, film.facts.height, film.facts.width), np.uint16)
    for index in wanted:
        if index == ledger.BLACK:
            yield black
            continue
        while current < index:
            current, picture, lies = next(pictures, (-1, None, Orientation()))
            if picture is None:
                raise _source_changed(film, index)
            planes = None
        if planes is None:
            planes = lies.upright(picture if isinstance(picture, np.ndarray) else _stored(film, picture))
        yield planes


def _stored(film: Film, frame: Any) -> np.ndarray:
    return colour.stored(frame, grey=film.grey, depth=film.depth, colour=film.facts.colour)


def _source_changed(film: Film, index: int) -> FilmError:
    return FilmError(
        f"{film.facts.path} no longer holds frame {index} as it was surveyed.",
        "Put the surveyed file back, or delete this film's results and run the same command.",
    )


def write_part(film: Film, ledger_path: Path, first: int, stop: int, output: Path, progress: Progress) -> None:
    """Write film frames first..stop as a part file."""
    from ..frames.part_file import FrameFormat, Writer

    facts = film.facts
    with Writer(
        output, frames=stop - first, format=FrameFormat(film.channels, facts.height, facts.width, film.depth)
    ) as writer:
        for planes in read(film, ledger_path, first, stop):
            writer.write(planes[None])
            progress.add()


def _pictures(film: Film, entries: Ledger, start: int) -> Iterator[tuple[int, Any, Orientation]]:
    """(index, picture, how it lies) from picture `start`, or a few before it, to the end.

    A picture is a decoded frame, or stored values where it was made of several.
    """
    facts = film.facts
    if facts.kind == "frames":
        files = frame_order.frame_files(Path(facts.path), gaps=True)
        for index in range(start, min(len(files), len(entries.sums))):
            fixity.require_frame(files[index], int(entries.sums[index]))
            picture = frame_folder.read(files[index], facts)
            yield index, picture.frame, picture.orientation
        return
    lies = Orientation(facts.rotation, facts.mirrored)
    for index, frame in _film_frames(film, entries, start):
        yield index, frame, lies


def _film_frames(film: Film, entries: Ledger, start: int) -> Iterator[tuple[int, Any]]:
    """(index, picture) of a video from picture `start`, or a few before it, to the end."""
    facts = film.facts
    if film.pulldown:
        cycle = max(0, start // FILM_CYCLE - fields.WARM)
        video = _decoded(film, entries, cycle * pulldown.CYCLE)
        frames = pulldown.film_frames(facts.rate, facts.field_order, video)
        return ((cycle * FILM_CYCLE + count, frame) for count, (_, frame) in enumerate(frames))
    if not facts.scans:
        return _scanned(film, entries, start, Scan(first=0, stop=len(entries.sums), **_throughout(facts.field_order)))
    return (
        picture
        for scan in facts.scans
        if scan.stop > start
        for picture in _scanned(film, entries, max(start, scan.first), scan)
    )


def _throughout(order: str) -> dict[str, Any]:
    """How a whole film of this field order was scanned."""
    return {"way": order, "top_first": order == "tff"}


def _scanned(film: Film, entries: Ledger, start: int, scan: Scan) -> Iterator[tuple[int, Any]]:
    """(index, picture) of one stretch of a video, from picture `start`, or a few before it, to its end.

    No frame is made with help from another stretch.
    """
    rate = film.facts.rate
    if scan.way == "progressive":
        return _until(scan.stop, _decoded(film, entries, start))
    decoded = _until(scan.stop, _decoded(film, entries, max(scan.first, start - HANDLE)))
    if scan.way == "pulldown":
        return pulldown.film_frames(rate, scan.order, decoded, decimate=False)
    if film.deinterlace == "motion":
        bobbed = field_filters.through(field_filters.each_field(rate, scan.order), decoded, results=2)
        stored = ((number, _stored(film, frame)) for number, frame in bobbed)
        return deinterlace.motion_compensated(stored, deinterlace.Layout(top_first=scan.top_first, depth=film.depth))
    return field_filters.through(field_filters.each_frame(rate, scan.order), decoded)


def _until(stop: int, frames: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    return itertools.takewhile(lambda pair: pair[0] < stop, frames)


def _decoded(film: Film, entries: Ledger, start: int) -> Iterator[tuple[int, Any]]:
    """(index, decoded frame) from `start` to the end, each verified to be the frame that was surveyed.

    Decoding begins a few key frames earlier. If that does not give the surveyed frames (with gradual refresh, or in
    containers that cannot seek), it begins further back, and finally at the beginning of the file.
    """
    for back in KEYS_BACK:
        entry = _entry(film, entries, start, back)
        for index, frame in _decoded_from(film, entries, entry):
            if index == start and decode.checksum(frame) == entries.sums[index]:
                yield index, frame
                start += 1
            elif index >= start:
                break
        if start == len(entries.sums):
            return
        if not entry:
            raise _source_changed(film, start)


def _decoded_from(film: Film, entries: Ledger, entry: int) -> Iterator[tuple[int, Any]]:
    with probe.opened(Path(film.facts.path)) as (container, stream):
        if entry:
            moment = Fraction(int(entries.ticks[entry]), entries.base)
            container.seek(int(moment / stream.time_base), stream=stream, backward=True)
        for count, frame in enumerate(decode.frames(container, stream)):
            yield (_index(entries, frame) if entry else count), frame


def _index(entries: Ledger, frame: Any) -> int:
    """The index of a decoded frame by its time stamp; -1 if it has none or an unknown one."""
    if frame.pts is None:
        return -1
    tick = frame.pts * frame.time_base * entries.base
    index = int(np.searchsorted(entries.ticks, int(tick)))
    return index if index < len(entries.ticks) and entries.ticks[index] == tick else -1


def _entry(film: Film, entries: Ledger, start: int, back: int) -> int:
    """The frame to start decoding from, `back` key frames before `start`; 0 is the beginning of the file.

    Decoding also starts there if time stamps do not identify frames, or if damage makes frames depend on all before.
    """
    if film.damaged or (entries.ticks == ledger.UNKNOWN).any() or (np.diff(entries.ticks) <= 0).any():
        return 0
    before = np.flatnonzero(entries.keys[: start + 1])
    return int(before[-back]) if 0 < back <= len(before) else 0
