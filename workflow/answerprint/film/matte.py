"""Mattes: what a scanner's infrared channel, or a person, marked as damage in every frame of a film.

A matte is a film of its own, as long and as large as the source. It is read by the source's ledger, so that it stays
with its frames, and stored as one array of marks, 1 where something must be repaired.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np

from ..frames.part_file import FrameFormat, Writer
from ..runtime.errors import FilmError
from ..runtime.files import read_json
from ..runtime.progress import Progress
from . import colour, decode, fixity, frame_folder, frame_order, ledger, orientation, probe
from .facts import Facts, Film, film_of
from .orientation import Orientation

MOST = 0.5
"""The largest share of a film that a matte may mark: beyond it, bright and dark were mixed up."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the brightness of a matte is read."""

    defects: Literal["bright", "dark"] = "bright"
    """Whether damage is bright, as in a mask, or dark, as in an infrared channel."""
    threshold: float = 0.5
    """A pixel is damage from this brightness on, 0..1; in a dark matte, from 1 - threshold down."""
    grow: int = 1
    """Pixels by which each mark is widened, 0..20: damage has soft edges."""

    def __post_init__(self) -> None:
        if self.defects not in ("bright", "dark"):
            raise ValueError(f"defects is {self.defects}, neither bright nor dark")
        if not 0 < self.threshold <= 1:
            raise ValueError(f"threshold is {self.threshold}, outside 0..1")
        if not 0 <= self.grow <= 20:
            raise ValueError(f"grow is {self.grow}, outside 0..20")

    def marks(self, picture: np.ndarray) -> np.ndarray:
        """The marks of a matte's picture, uint16 (h, w): uint8 (h, w), 1 where there is damage."""
        level = 65535 - picture if self.defects == "dark" else picture
        marks: np.ndarray = (level >= self.threshold * 65535).astype(np.uint8)
        if self.grow and marks.any():
            size = 2 * self.grow + 1
            marks = cv2.dilate(marks, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
        return marks


def must_fit(path: Path, film: Facts) -> None:
    """Raises FilmError if a matte cannot be read, or differs in size from the film by its header."""
    header = probe.inspect(path, film.rate, gaps=True)
    # Headers of video files do not say which way up a picture is: `write` compares it upright.
    if sorted((header.width, header.height)) != sorted((film.width, film.height)):
        raise _size_error(path, (header.width, header.height), (film.width, film.height))


def _size_error(path: Path, size: tuple[int, int], wanted: tuple[int, int]) -> FilmError:
    return FilmError(
        f"The matte {path} is {size[0]}x{size[1]}, the film {wanted[0]}x{wanted[1]}.", "Give a matte of the same scan."
    )


@dataclass(frozen=True, kw_only=True)
class MattedFilm:
    """The film that a matte belongs to."""

    film: Film
    decoded_frames: int
    """How many frames the source has."""
    shown: np.ndarray
    """The source frame that each film frame shows."""

    @classmethod
    def read(cls, facts: Path, ledger_path: Path) -> MattedFilm:
        """From the facts and the ledger of the survey."""
        row = read_json(facts)
        return cls(film=film_of(row), decoded_frames=row["decoded_frames"], shown=ledger.read(ledger_path).frames)


def write(path: Path, matted: MattedFilm, reading: Reading, output: Path, *, label: str) -> dict[str, Any]:
    """Write the marks of the matte at `path` as a part file, a mark a film frame; returns the facts of the matte.

    Raises FilmError if the matte has another size or number of frames than the source, if the source is interlaced,
    or if more than half of the film would be marked.
    """
    film = matted.film
    if film.pulldown or film.facts.field_order != "progressive":
        raise FilmError(
            f"{film.facts.path} is interlaced, and a matte fits only whole frames.",
            "Leave the matte out for this film.",
        )
    if (matted.shown == ledger.BLACK).any():
        raise FilmError(
            f"{film.facts.path} shows black where frames are missing, and has a matte.", "Set `missing: hold` instead."
        )
    header = probe.inspect(path, Fraction(film.facts.rate), gaps=True)
    shares = _write_marks(header, matted, reading, output, Progress(label, len(matted.shown)))
    return {
        "path": str(path),
        "sha256": fixity.sha256_of(path),
        "kind": header.kind,
        "frames": matted.decoded_frames,
        "defects": reading.defects,
        "threshold": reading.threshold,
        "grow": reading.grow,
        "marked": round(float(np.mean(shares)), 6),
        "marked_frames": int(np.count_nonzero(shares)),
    }


def _write_marks(header: Facts, matted: MattedFilm, reading: Reading, output: Path, progress: Progress) -> list[float]:
    """Write the marks; returns the share of each film frame that is marked."""
    facts = matted.film.facts
    width, height = facts.width, facts.height
    repeats = np.bincount(matted.shown, minlength=matted.decoded_frames).tolist()
    shares: list[float] = []
    with Writer(output, frames=len(matted.shown), format=FrameFormat(1, height, width, 8)) as writer:
        count = 0
        for picture in _pictures(header, facts):
            if picture.shape != (height, width):
                raise _size_error(Path(header.path), picture.shape[::-1], (width, height))
            marks = reading.marks(picture)
            for _ in range(repeats[count] if count < len(repeats) else 0):
                writer.write(marks[None, None])
                shares.append(float(marks.mean()))
                progress.add()
            count += 1
        if count != matted.decoded_frames:
            raise FilmError(
                f"The matte {header.path} has {count} frames, the film {matted.decoded_frames}.",
                "It must have one frame for each frame of the source.",
            )
        _require_plausible(header.path, float(np.mean(shares)), reading)
    return shares


def _require_plausible(path: str, share: float, reading: Reading) -> None:
    if share > MOST:
        other = "bright" if reading.defects == "dark" else "dark"
        raise FilmError(
            f"The matte {path} marks {100 * share:.0f} % of the film as damage.",
            f"Set `mattes: {{defects: {other}}}` if damage is {other} in it, or another threshold.",
        )


def _pictures(header: Facts, film: Facts) -> Iterator[np.ndarray]:
    """The brightness of each frame of a matte, uint16 (h, w), upright by its own tag, or like its film without one."""
    path = Path(header.path)
    if header.kind == "frames":
        for file in frame_order.frame_files(path, gaps=True):
            picture = frame_folder.read(file, header)
            yield _brightness(picture.frame, header, picture.orientation, film)
        return
    trace = decode.Trace()
    with decode.listening(trace), probe.opened(path) as (container, stream):
        for frame in decode.frames(container, stream, trace):
            yield _brightness(frame, header, orientation.of(frame, path), film)
    if trace.troubles:
        raise FilmError(f"The matte {path} is damaged: {trace.troubles[0]}.", "Copy it again.")


def _brightness(frame: Any, header: Facts, own: Orientation, film: Facts) -> np.ndarray:
    picture = colour.stored(frame, grey=True, depth=16, colour=header.colour)[0]
    lies = Orientation(film.rotation, film.mirrored)
    # A matte may have been drawn over the upright picture of a film that is stored on its side.
    drawn_upright = lies.on_its_side and film.width != film.height and picture.shape == (film.height, film.width)
    return (own if own != Orientation() or drawn_upright else lies).upright(picture)
