"""Ingest: the film frames of one part, decoded from the source by the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from . import source, survey
from .errors import FilmError
from .files import read_json
from .partfile import Writer
from .progress import Progress
from .source import Colour, Facts
from .survey import Survey

HANDLE = 4
"""Frames decoded before the first wanted one, so that bwdif, which looks at its neighbours, has them."""


@dataclass(frozen=True, kw_only=True)
class Film:
    """What source.json and the ledger say, as later steps need it."""

    facts: Facts
    grey: bool
    pulldown: bool
    depth: int
    """Bits of the working files."""
    sha256: str
    title: str

    @property
    def channels(self) -> int:
        """Channels of the ingested frames."""
        return 1 if self.grey else 3


def describe(
    name: str, found: Survey, *, grey: str, depth: int | str, sha256: str, title: str, year: str, notes: str
) -> dict[str, Any]:
    """source.json: the facts of a surveyed source. `grey` and `depth` may be 'auto'; here it is said what that means."""
    shown = np.bincount(found.ledger, minlength=len(found.times))
    return {
        "film": name,
        **source.to_json(found.facts),
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


def film(path: Path | str) -> Film:
    """The film that a source.json describes."""
    return film_from(read_json(path))


def film_from(row: dict[str, Any]) -> Film:
    """The film that the content of a source.json describes."""
    sounds = tuple(
        source.Sound(
            **{
                **sound,
                "start": Fraction(sound["start"]),
                "duration": Fraction(sound["duration"]) if sound["duration"] else None,
            }
        )
        for sound in row["audio"]
    )
    facts = Facts(
        path=row["path"],
        kind=row["kind"],
        width=row["width"],
        height=row["height"],
        rate=Fraction(row["rate"]),
        frames=row["frames"],
        sar=Fraction(row["sar"]),
        field_order=row["field_order"],
        depth=row["depth"],
        pixel_format=row["pixel_format"],
        colour=Colour(**row["colour"]),
        timecode=row["timecode"],
        start=Fraction(row["start"]),
        audio=sounds,
        chapters=tuple((Fraction(c["start"]), Fraction(c["end"]), c["title"]) for c in row["chapters"]),
    )
    return Film(
        facts=facts,
        grey=row["grey"],
        pulldown=row["pulldown"],
        depth=row["working_depth"],
        sha256=row["sha256"],
        title=row["title"],
    )


def save_ledger(path: Path, found: Survey) -> None:
    """Write the ledger: arrays `frames`, `keys`, and the times of decoded frames as numerators over `base`."""
    base = 1
    for time in found.times:
        base = np.lcm(base, time.denominator) if time is not None else base
    ticks = [-1 if t is None else t.numerator * (int(base) // t.denominator) for t in found.times]
    with path.open("wb") as file:
        np.savez_compressed(file, frames=found.ledger, keys=found.keys, ticks=np.array(ticks), base=np.array(int(base)))


def read(film: Film, ledger_path: Path, first: int, stop: int) -> Iterator[np.ndarray]:
    """Film frames first..stop as stored values (channels, height, width), one after another.

    Raises FilmError when the source no longer holds what was surveyed.
    """
    with np.load(ledger_path) as kept:
        ledger, keys, ticks, base = kept["frames"][first:stop], kept["keys"], kept["ticks"], int(kept["base"])
    held, planes = -1, None
    decoded = _decoded(film, int(ledger[0]), int(ledger[-1]) + 1, keys, ticks, base)
    for wanted in ledger:
        while held < wanted:
            held, frame = next(decoded, (-1, None))
            if frame is None:
                raise FilmError(
                    f"{film.facts.path} no longer holds frame {wanted}.",
                    "It changed since it was surveyed: put the surveyed file back, or delete this film's results.",
                )
            planes = None
        if planes is None:
            planes = source.integers(frame, grey=film.grey, depth=film.depth, colour=film.facts.colour)
        yield planes


def write_part(film: Film, ledger: Path, first: int, stop: int, output: Path, progress: Progress) -> None:
    """Write film frames first..stop as a part file."""
    facts = film.facts
    with Writer(
        output, frames=stop - first, channels=film.channels, height=facts.height, width=facts.width, depth=film.depth
    ) as writer:
        for planes in read(film, ledger, first, stop):
            writer.write(planes[None])
            progress.add()


def _decoded(
    film: Film, start: int, stop: int, keys: np.ndarray, ticks: np.ndarray, base: int
) -> Iterator[tuple[int, Any]]:
    """(index, frame) of the decoded frames start..stop."""
    path = Path(film.facts.path)
    if film.facts.kind == "frames":
        files = source.frame_files(path)
        for index in range(start, min(stop, len(files))):
            yield index, survey.read_frame(files[index], film.facts)
        return
    with source.opened(path) as (container, stream):
        # Pulldown is taken back by counting from the first frame on, so it is always decoded from there.
        counted = film.pulldown or bool((ticks < 0).any()) or len(set(ticks.tolist())) < len(ticks)
        begin = 0 if counted else _entry(keys, start - HANDLE)
        if begin:
            container.seek(int(Fraction(int(ticks[begin]), base) / stream.time_base), stream=stream, backward=True)
        frames = survey._tolerant(container, stream, [])
        lie = "pulldown" if film.pulldown else film.facts.field_order
        if lie != "progressive":
            frames = survey.filtered(frames, survey.graph_for(stream, lie))
        place = {int(tick): index for index, tick in enumerate(ticks)}
        for count, frame in enumerate(frames):
            time_base = frame.time_base or stream.time_base
            index = count if counted else place.get(int(frame.pts * time_base * base), -1)
            if start <= index < stop:
                yield index, frame
            if index >= stop - 1:
                return


def _entry(keys: np.ndarray, start: int) -> int:
    """A frame to start decoding from: the second key frame back, since an open group leans on the one before."""
    before = np.flatnonzero(keys[: max(start, 0) + 1])
    return int(before[-2]) if len(before) >= 2 else 0


def options_digest(film: Film) -> dict[str, Any]:
    """What of the ingest determines pixels, for the recipe."""
    return {
        "sha256": film.sha256,
        "depth": film.depth,
        "grey": film.grey,
        "pulldown": film.pulldown,
        **asdict(film.facts.colour),
    }
