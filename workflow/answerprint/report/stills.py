"""Stills for the report: pairs of pictures, before and after, of the frames that say most about a shot.

Each part of an edition has its own folder with an `index.json`; frames are numbered as in the source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np

from ..plan.chain import STAGES
from ..runtime.errors import FilmError
from ..runtime.files import read_json, write_json

COLOURS = {
    "stabilise": "#7d8da6",
    "deflicker": "#a58b4c",
    "clean": "#e0483a",
    "denoise": "#3b82c4",
    "upscale": "#8a63c9",
    "faces": "#d9559b",
    "colorize": "#d98a1f",
    "interpolate": "#2d9d78",
}
"""The colour that stands for each stage, here and in the report."""

WIDTH = 960
QUALITY = 88
EVERYWHERE = 0.9
"""The mask of a stage that changed a larger share of the frame than this is not drawn: it would hide the others."""
SPARSE = 0.02
"""Changes of less than this share of the frame are drawn one pixel wider on each side, so that they can be seen."""
ALIKE = 1e-4
"""Frames whose shares of change differ by less than this count as equal."""

Read = Callable[[int], np.ndarray]
"""The picture of a frame by its number."""


@dataclass(frozen=True, kw_only=True)
class FrameReaders:
    """Where the pictures of a still come from."""

    before: Read
    """Frames as float32 (h, w, c), 0..1."""
    after: Read
    """The same frames as the edition shows them."""
    changes: Read
    """Change masks, uint8 (h, w): bit k says that stage STAGES[k] changed the pixel."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A frame that is worth showing."""

    frame: int
    shot_start: int
    role: Literal["worst", "typical"]
    stages: dict[str, float]
    """Share of the pixels that each stage changed, 0..1."""


def choose(records: Sequence[Mapping[str, Any]], shots: Sequence[Mapping[str, Any]], *, worst: int = 1) -> list[Choice]:
    """For each shot, or as much of it as is in this part, a typical frame and the `worst` frames with most change.

    records: the stage records of one part (`first`, `stage`, `changed`); shots: `start` and `stop` (exclusive). The
    change of a frame is the sum over the stages, so that a stage that changes all pixels of all frames has no say. The
    typical frame is the one nearest to the median; where all frames changed equally it is the only one.
    """
    shares: dict[int, dict[str, float]] = {}
    for record in records:
        for offset, share in enumerate(record["changed"]):
            shares.setdefault(record["first"] + offset, {})[record["stage"]] = float(share)
    chosen = []
    for shot in shots:
        frames = [frame for frame in sorted(shares) if shot["start"] <= frame < shot["stop"]]
        if not frames:
            continue
        total = {frame: sum(shares[frame].values()) for frame in frames}
        median = float(np.median(list(total.values())))
        # Of equal frames, the one in the middle of the shot: its ends may be part of a fade.
        middle = (frames[0] + frames[-1]) / 2
        ranked = sorted(frames, key=lambda frame: (-total[frame], abs(frame - middle)))
        # Where all frames changed equally, none of them is the worst.
        top = [frame for frame in ranked[:worst] if total[frame] > median + ALIKE]
        typical = min(
            set(frames) - set(top), key=lambda frame: (abs(total[frame] - median), abs(frame - middle), frame)
        )
        picked: list[tuple[int, Literal["worst", "typical"]]] = [(frame, "worst") for frame in top]
        picked.append((typical, "typical"))
        chosen += [
            Choice(frame=frame, shot_start=int(shot["start"]), role=role, stages=shares[frame])
            for frame, role in sorted(picked)
        ]
    return chosen


def write(
    folder: Path | str,
    choices: Sequence[Choice],
    readers: FrameReaders,
    *,
    aspect: float = 1.0,
) -> list[dict[str, Any]]:
    """Write a JPEG pair and a mask for each choice and, last, `index.json`; returns what the index says.

    aspect: the width of a pixel over its height. No picture is wider than WIDTH; the picture before is scaled to the
    size of the one after.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.json").unlink(missing_ok=True)
    index = []
    for choice in choices:
        after = readers.after(choice.frame)
        size = _size(after, aspect)
        bits = readers.changes(choice.frame)
        names = {kind: f"{choice.frame:07d}-{kind}" for kind in ("before", "after", "mask")}
        pictures = {
            f"{names['before']}.jpg": _picture(readers.before(choice.frame), size),
            f"{names['after']}.jpg": _picture(after, size),
            f"{names['mask']}.png": overlay(bits, size),
        }
        for name, picture in pictures.items():
            _write(folder / name, picture)
        before, after_name, mask = pictures
        values = asdict(choice) | {"changed": round(float((bits != 0).mean()), 6)}
        index.append(values | {"before": before, "after": after_name, "mask": mask})
    write_json(folder / "index.json", index)
    return index


def gather(folders: Sequence[Path], most: int) -> tuple[list[dict[str, Any]], int]:
    """At most `most` entries of the indexes of one edition, spread over the film, and how many there are in all.

    Each is the one with most change of an equal stretch of the stills. The names of the pictures come back as paths.
    """
    entries = [
        {**entry, **{kind: Path(folder) / entry[kind] for kind in ("before", "after", "mask")}}
        for folder in folders
        for entry in read_json(Path(folder) / "index.json")
    ]
    entries.sort(key=lambda entry: (entry["frame"], entry["role"]))
    stretches = np.array_split(np.arange(len(entries)), min(most, len(entries))) if entries else []
    return [max((entries[i] for i in stretch), key=telling) for stretch in stretches], len(entries)


def telling(entry: Mapping[str, Any]) -> tuple[float, float]:
    """A key to compare how much stills have to show: the changes of all stages, then the share of pixels."""
    return sum(entry["stages"].values()), entry["changed"]


def overlay(bits: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A change mask (h, w) as a transparent picture (height, width, BGRA) of `size` (width, height).

    Of the stages that changed a pixel, it shows the colour of the one that changed least of the frame, so that changes
    made everywhere do not hide a speck of dirt.
    """
    picture = np.zeros((size[1], size[0], 4), np.uint8)
    shares = {stage: float(((bits >> k) & 1).mean()) for k, stage in enumerate(STAGES)}
    for k, stage in sorted(enumerate(STAGES), key=lambda pair: -shares[pair[1]]):
        if not 0 < shares[stage] <= EVERYWHERE:
            continue
        plane: np.ndarray = ((bits >> k) & 1).astype(np.float32)
        shrinks = size[0] < bits.shape[1]
        plane = cv2.resize(plane, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST)
        if shares[stage] < SPARSE:
            plane = cv2.dilate(plane, np.ones((3, 3), np.uint8))
        red, green, blue = (int(COLOURS[stage][i : i + 2], 16) for i in (1, 3, 5))
        # A fifth of a pixel is enough, so that averaging does not lose a speck of one source pixel.
        picture[plane > 0.2] = (blue, green, red, 190)
    return picture


def _size(frame: np.ndarray, aspect: float) -> tuple[int, int]:
    """Width and height of the still of a frame."""
    height, shown = frame.shape[0], frame.shape[1] * aspect
    scale = min(1.0, WIDTH / shown)
    return max(1, round(shown * scale)), max(1, round(height * scale))


def _picture(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A frame (h, w, c) 0..1 as 8 bits, (height, width) or (height, width, BGR)."""
    picture: np.ndarray = np.ascontiguousarray(frame, np.float32)
    if picture.ndim == 3:
        picture = picture[..., 0] if picture.shape[2] == 1 else picture[..., ::-1]
    if (picture.shape[1], picture.shape[0]) != size:
        shrinks = size[0] < picture.shape[1]
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def _write(path: Path, picture: np.ndarray) -> None:
    options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY] if path.suffix == ".jpg" else [cv2.IMWRITE_PNG_COMPRESSION, 9]
    if not cv2.imwrite(str(path), np.ascontiguousarray(picture), options):
        raise FilmError(f"The still {path} could not be written.", "The disk may be full.")
