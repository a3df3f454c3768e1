"""Mattes: what a scanner's infrared channel, or a person, marked as damage in every frame of a film.

A matte is a film of its own, as long and as large as the source. It is read by the source's ledger, so that it stays
with the frames that it belongs to, and kept as one array of marks, 1 where something must be repaired.
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
from ..runtime.files import sha256, write_json
from ..runtime.progress import Progress
from . import colour, decode, ledger, probe, survey
from .facts import Facts, film_of

MOST = 0.5
"""Share of a film that a matte may mark: more is a matte read the wrong way round."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the brightness of a matte is understood."""

    defects: Literal["bright", "dark"] = "bright"
    """Whether damage is the bright in it, as in a mask, or the dark, as in an infrared channel."""
    threshold: float = 0.5
    """Brightness, 0..1, from which a pixel is damage; in a dark matte one is from 1 - threshold down."""
    grow: int = 1
    """Pixels by which each mark is widened: damage has soft edges; 0..20."""

    def __post_init__(self) -> None:
        if self.defects not in ("bright", "dark"):
            raise ValueError(f"defects is {self.defects}, neither bright nor dark")
        if not 0 < self.threshold <= 1:
            raise ValueError(f"threshold is {self.threshold}, outside 0..1")
        if not 0 <= self.grow <= 20:
            raise ValueError(f"grow is {self.grow}, outside 0..20")

    def marks(self, picture: np.ndarray) -> np.ndarray:
        """Marks of a matte's picture (h, w), uint16: uint8, 1 where there is damage."""
        level = 65535 - picture if self.defects == "dark" else picture
        marks: np.ndarray = (level >= self.threshold * 65535).astype(np.uint8)
        if self.grow and marks.any():
            size = 2 * self.grow + 1
            marks = cv2.dilate(marks, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
        return marks


def changed(path: Path) -> int:
    """When a file of a matte in a folder was last changed, nanoseconds: the folder's own date does not say."""
    return max((file.stat().st_mtime_ns for file in path.iterdir()), default=0) if path.is_dir() else 0


def must_fit(path: Path, film: Facts) -> None:
    """Raises FilmError when a matte cannot be read, or its header says another size than that of the film."""
    found = probe.inspect(path, film.rate)
    if (found.width, found.height) != (film.width, film.height):
        raise _other_size(path, (found.width, found.height), (film.width, film.height))


def _other_size(path: Path, size: tuple[int, int], wanted: tuple[int, int]) -> FilmError:
    return FilmError(
        f"The matte {path} is {size[0]}x{size[1]}, the film {wanted[0]}x{wanted[1]}.", "Give a matte of the same scan."
    )


def write(
    path: Path, row: dict[str, Any], ledger_path: Path, reading: Reading, *, output: Path, facts: Path, label: str
) -> None:
    """Write the marks of the matte at `path` for the film whose facts.json holds `row`, and the matte's own facts.

    Raises FilmError when the matte has another size or number of frames than the source, when the source is interlaced,
    and when more than half of the film would be marked.
    """
    film = film_of(row)
    width, height = film.facts.width, film.facts.height
    if film.pulldown or film.facts.field_order != "progressive":
        raise FilmError(
            f"{film.facts.path} is interlaced, and a matte fits only whole frames.",
            "Leave the matte out for this film.",
        )
    shown = ledger.read(ledger_path).frames
    found = probe.inspect(path, Fraction(film.facts.rate))
    progress = Progress(label, len(shown))
    times = np.bincount(shown, minlength=row["decoded_frames"]).tolist()
    shares: list[float] = []
    with Writer(output, frames=len(shown), format=FrameFormat(1, height, width, 8)) as writer:
        count = 0
        for picture in _pictures(found):
            turned = np.rot90(picture, film.facts.rotation // 90)
            if turned.shape != (height, width):
                raise _other_size(path, turned.shape[::-1], (width, height))
            marks = reading.marks(np.ascontiguousarray(turned))
            for _ in range(times[count] if count < len(times) else 0):
                writer.write(marks[None, None])
                shares.append(float(marks.mean()))
                progress.add()
            count += 1
        if count != row["decoded_frames"]:
            raise FilmError(
                f"The matte {path} has {count} frames, the film {row['decoded_frames']}.",
                "It must have one frame for each frame of the source.",
            )
        share = float(np.mean(shares))
        if share > MOST:
            other = "bright" if reading.defects == "dark" else "dark"
            raise FilmError(
                f"The matte {path} marks {100 * share:.0f} % of the film as damage.",
                f"Set `mattes: {{defects: {other}}}` if damage is {other} in it, or another threshold.",
            )
    write_json(
        facts,
        {
            "path": str(path),
            "sha256": sha256(path),
            "kind": found.kind,
            "frames": count,
            "defects": reading.defects,
            "threshold": reading.threshold,
            "grow": reading.grow,
            "marked": round(share, 6),
            "marked_frames": int(np.count_nonzero(shares)),
        },
    )


def _pictures(found: Facts) -> Iterator[np.ndarray]:
    """The brightness of each frame of a matte: uint16 (h, w)."""
    path = Path(found.path)
    if found.kind == "frames":
        for file in probe.frame_files(path):
            yield _brightness(survey.read_frame(file, found), found)
        return
    trace = decode.Trace()
    with decode.listening(trace), probe.opened(path) as (container, stream):
        for frame in decode.frames(container, stream, trace):
            yield _brightness(frame, found)
    if trace.troubles:
        raise FilmError(f"The matte {path} is not whole: {trace.troubles[0]}.", "Copy it again.")


def _brightness(frame: Any, found: Facts) -> np.ndarray:
    return colour.stored(frame, grey=True, depth=16, colour=found.colour)[0]
