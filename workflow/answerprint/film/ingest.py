"""Ingest: the film frames of one part, decoded from the source by the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..runtime.errors import FilmError
from ..runtime.progress import Progress
from . import colour, decode, facts, fields, ledger, probe, survey
from .facts import Film
from .ledger import Ledger
from .survey import Survey

HANDLE = 4
"""Frames decoded before the first wanted one, so that bwdif, which looks at its neighbours, has them."""
KEYS_BACK = (2, 8, 0)
"""Key frames before the first wanted frame from which decoding is tried; 0 is the beginning. One is too few: a frame of
an open group leans on the group before."""
FILM_CYCLE = fields.CYCLE - 1
"""Film frames in a cycle of pulldown."""


def describe(
    name: str, found: Survey, *, grey: str, depth: int | str, sha256: str, title: str, year: str, notes: str
) -> dict[str, Any]:
    """source.json: the facts of a surveyed source. What `grey` and `depth` mean is said here where they are 'auto'."""
    shown = np.bincount(found.ledger, minlength=found.pictures)
    return {
        "film": name,
        **facts.to_json(found.facts),
        "sha256": sha256,
        "pulldown": found.pulldown,
        "grey": found.grey if grey == "auto" else grey == "true",
        "working_depth": working_depth(found.facts.depth) if depth == "auto" else int(depth),
        "decoded_frames": len(found.times),
        "repeated": np.flatnonzero(shown > 1).tolist(),
        "dropped": np.flatnonzero(shown == 0).tolist(),
        "damaged": found.damaged,
        "title": title or name,
        "year": year,
        "notes": notes,
    }


def working_depth(bits: int) -> int:
    """Bits of the working files for a source of `bits`: 10 for 8, else as many as the source, up to 16."""
    return next(depth for depth in (10, 12, 16) if depth >= bits)


def save_ledger(path: Path, found: Survey) -> None:
    """Write the ledger of a survey."""
    ticks, base = ledger.ticks_of(found.times)
    ledger.save(path, Ledger(frames=found.ledger, ticks=ticks, base=base, keys=found.keys, sums=found.sums))


def read(film: Film, ledger_path: Path, first: int, stop: int) -> Iterator[np.ndarray]:
    """Film frames first..stop as stored values (channels, height, width), one after another.

    The same frames come out whatever first and stop are. Raises FilmError when the source no longer holds what was
    surveyed.
    """
    kept = ledger.read(ledger_path)
    wanted = kept.frames[first:stop]
    pictures = _pictures(film, kept, int(wanted[0]))
    held, planes = -1, None
    for index in wanted:
        while held < index:
            held, frame = next(pictures, (-1, None))
            if frame is None:
                raise _changed(film, index)
            planes = None
        if planes is None:
            planes = colour.stored(frame, grey=film.grey, depth=film.depth, colour=film.facts.colour)
            planes = np.ascontiguousarray(np.rot90(planes, film.facts.rotation // 90, axes=(1, 2)))
        yield planes


def _changed(film: Film, index: int) -> FilmError:
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


def _pictures(film: Film, kept: Ledger, start: int) -> Iterator[tuple[int, Any]]:
    """(index, picture) from a little before picture `start` to the end."""
    facts = film.facts
    if facts.kind == "frames":
        files = probe.frame_files(Path(facts.path))
        return ((index, survey.read_frame(files[index], facts)) for index in range(start, len(files)))
    if film.pulldown:
        cycle = max(0, start // FILM_CYCLE - fields.WARM)
        filters = fields.graph(facts.rate, facts.field_order, True)
        frames = fields.through(filters, _decoded(film, kept, cycle * fields.CYCLE))
        return ((cycle * FILM_CYCLE + count, frame) for count, (_, frame) in enumerate(frames))
    if facts.field_order != "progressive":
        filters = fields.graph(facts.rate, facts.field_order, False)
        return fields.through(filters, _decoded(film, kept, max(0, start - HANDLE)))
    return _decoded(film, kept, start)


def _decoded(film: Film, kept: Ledger, start: int) -> Iterator[tuple[int, Any]]:
    """(index, decoded frame) from `start` to the end, each the very frame that was surveyed.

    Decoding begins a few key frames before. Where that does not give the surveyed frames (after a gradual refresh, in
    containers that cannot find a time), it begins further back, and in the end at the beginning.
    """
    for back in KEYS_BACK:
        entry = _entry(film, kept, start, back)
        for index, frame in _decoded_from(film, kept, entry):
            if index == start and decode.checksum(frame) == kept.sums[index]:
                yield index, frame
                start += 1
            elif index >= start:
                break
        if start == len(kept.sums):
            return
        if not entry:
            raise _changed(film, start)


def _decoded_from(film: Film, kept: Ledger, entry: int) -> Iterator[tuple[int, Any]]:
    with probe.opened(Path(film.facts.path)) as (container, stream):
        if entry:
            moment = Fraction(int(kept.ticks[entry]), kept.base)
            container.seek(int(moment / stream.time_base), stream=stream, backward=True)
        for count, frame in enumerate(decode.frames(container, stream)):
            yield (_index(kept, frame) if entry else count), frame


def _index(kept: Ledger, frame: Any) -> int:
    """Which decoded frame this is by its time stamp; -1 for none of them."""
    if frame.pts is None:
        return -1
    tick = frame.pts * frame.time_base * kept.base
    index = int(np.searchsorted(kept.ticks, int(tick)))
    return index if index < len(kept.ticks) and kept.ticks[index] == tick else -1


def _entry(film: Film, kept: Ledger, start: int, back: int) -> int:
    """The frame to start decoding from, `back` key frames before `start`; 0 for the beginning.

    It is the beginning, too, where time stamps do not tell frames apart, and where what is damaged leans on all before.
    """
    if film.damaged or (kept.ticks == ledger.UNKNOWN).any() or (np.diff(kept.ticks) <= 0).any():
        return 0
    before = np.flatnonzero(kept.keys[: start + 1])
    return int(before[-back]) if 0 < back <= len(before) else 0
