"""Stills for the report: pictures of the frames that say most about a shot, stage by stage.

Each part of an edition has its own folder with an `index.json`; frames are numbered as in the source. A picture is
written by the edition that made it, so that no picture is there twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..plan.chain import STAGES
from ..runtime.errors import FilmError
from ..runtime.files import write_json
from .worst import MEASURES, WorstFrame

COLOURS = {
    "video": "#7fb8b0",
    "stabilise": "#8fa3c4",
    "deflicker": "#c9ab5a",
    "dyes": "#b5562d",
    "clean": "#ff5a49",
    "denoise": "#4d9de0",
    "upscale": "#a47fe8",
    "faces": "#ee6bb0",
    "colorize": "#f0a030",
    "tint": "#9a6b3f",
    "grade": "#6f9a3f",
    "interpolate": "#3cc08e",
}
"""The colour that stands for each stage in the report."""

WIDTH = 960
"""No picture is wider, in pixels."""
QUALITY, SPEED = 70, 9
"""Of AVIF: 42 dB against the source of the demo film with its grain, at three quarters of the bytes of WebP; an
encoder's speed of 9 takes a tenth of the time of 6 for 5 % more bytes."""
EVERYWHERE = 0.9
"""The mask of a stage that changed a larger share of the frame than this is left out: it would hide the others."""
ALIKE = 1e-4
"""Frames whose shares of change differ by less than this count as equal."""
MOST_CHANGE, TYPICAL = "most change", "typical"
"""Roles of the stills of a shot; the others are titles of measures."""


def certainty(step: str) -> str:
    """The key of the picture that shows how certain is what an edition/stage added."""
    return f"{step}-certainty"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A frame that is worth showing."""

    frame: int
    shot_start: int
    roles: tuple[str, ...]
    stages: Mapping[str, float]
    """Share of the pixels that each stage changed, 0..1."""

    @property
    def of_shot(self) -> bool:
        """Whether it stands for its shot, and so is shown stage by stage."""
        return bool({MOST_CHANGE, TYPICAL} & set(self.roles))


@dataclass(frozen=True, kw_only=True)
class StillSource:
    """Where one picture of a still comes from."""

    edition: str
    """Or source."""
    stage: str
    read: Callable[[int], np.ndarray | None]
    """The picture of a film frame as float32 (h, w, c), 0..1; None where this stage has none of its own."""
    between: bool = False
    """The picture is an in-between frame after that film frame."""
    difference: bool = False
    """The picture is what the stage's frame, reduced again, differs by from what it was enlarged from."""


def choose(
    records: Sequence[Mapping[str, Any]],
    shots: Sequence[Mapping[str, Any]],
    worst: Iterable[Sequence[WorstFrame]] = (),
    *,
    judged_by: str = "",
) -> list[Choice]:
    """The frames to show of one part: for each shot the one with most change and a typical one, and the worst ones.

    records: those of the part at the film's rate (`first`, `stage`, `changed`); shots: `start` and `stop`, exclusive.
    The change of a frame is the sum over the stages of the edition `judged_by`, or of all, so that a stage that changes
    all pixels of all frames has no say. The typical frame is the one nearest to the median; where all frames changed
    equally it is the only one.
    """
    shares: dict[int, dict[str, float]] = {}
    total: dict[int, float] = {}
    for record in records:
        for frame, share in enumerate(map(float, record["changed"]), record["first"]):
            shares.setdefault(frame, {})[record["stage"]] = share
            total[frame] = total.get(frame, 0.0) + share * (judged_by in ("", record.get("edition")))
    roles: dict[int, list[str]] = {}
    for shot in shots:
        inside = {frame: total[frame] for frame in sorted(total) if shot["start"] <= frame < shot["stop"]}
        if inside:
            for frame, role in _of_shot(inside):
                roles.setdefault(frame, []).append(role)
    for ranked in worst:
        for one in ranked:
            roles.setdefault(one.frame, []).append(one.measure.title)
    starts = [int(shot["start"]) for shot in shots]
    return [
        Choice(
            frame=frame,
            shot_start=max((start for start in starts if start <= frame), default=0),
            roles=tuple(dict.fromkeys(roles[frame])),
            stages=shares.get(frame, {}),
        )
        for frame in sorted(roles)
    ]


def _of_shot(total: Mapping[int, float]) -> list[tuple[int, str]]:
    """The frame of a shot with most change, if there is one, and a typical one."""
    frames = list(total)
    median = float(np.median(list(total.values())))
    # Of equal frames, the one in the middle of the shot: its ends may be part of a fade.
    middle = (frames[0] + frames[-1]) / 2
    top = min(frames, key=lambda frame: (-total[frame], abs(frame - middle)))
    # Where all frames changed equally, none of them is the worst.
    chosen = [(top, MOST_CHANGE)] if total[top] > median + ALIKE else []
    rest = [frame for frame in frames if not chosen or frame != top]
    typical = min(rest, key=lambda frame: (abs(total[frame] - median), abs(frame - middle), frame))
    return [*chosen, (typical, TYPICAL)]


def write(
    folder: Path | str,
    choices: Sequence[Choice],
    sources: Sequence[StillSource],
    changes: Callable[[int], np.ndarray],
    *,
    shape: float = 0.0,
) -> list[dict[str, Any]]:
    """Write the pictures and the mask of each choice and, last, `index.json`; returns what the index says.

    sources: in the order of the stages, the frames before the first stage first. Frames that do not stand for a shot
    have the first and the last picture alone, and the in-between frame that is among the worst. changes: the change
    map uint16 (h, w) of a film frame, bit k for stage STAGES[k]. shape: the width of the shown picture over its height,
    whatever its pixels; 0: they are square. No picture is wider than WIDTH.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.json").unlink(missing_ok=True)
    index = []
    for choice in choices:
        pictures = list(_pictures(folder, choice, sources, shape))
        bits = changes(choice.frame)
        mask = f"{choice.frame:07d}-mask.png"
        _write(folder / mask, drawn(bits, _size(bits, shape)))
        values = {"frame": choice.frame, "shot_start": choice.shot_start, "roles": list(choice.roles)}
        changed = round(float((bits != 0).mean()), 6)
        index.append({**values, "stages": dict(choice.stages), "changed": changed, "pictures": pictures, "mask": mask})
    write_json(folder / "index.json", index)
    return index


def _pictures(folder: Path, choice: Choice, sources: Sequence[StillSource], shape: float) -> Iterator[dict[str, Any]]:
    """Write the pictures of a choice; gives what the index says of each."""
    last = [source for source in sources[1:] if not source.between and not source.difference][-1:]
    judged = {measure.stage for measure in MEASURES if measure.title in choice.roles}
    drawn = [source for source in sources if source.between and source.stage in judged]
    wanted = sources if choice.of_shot else [*sources[:1], *last, *drawn, *[s for s in sources if s.difference]]
    for source in wanted:
        unchanged = source.edition != "source" and choice.stages.get(source.stage) == 0 and not source.between
        frame = None if unchanged else source.read(choice.frame)
        if frame is None:
            continue
        kind = "-difference" if source.difference else ""
        name = f"{choice.frame:07d}-{source.edition}-{source.stage}{kind}.avif"
        _write(folder / name, _picture(frame, _size(frame, shape)))
        row = {"edition": source.edition, "stage": source.stage, "file": name}
        flags = {"between": source.between, "difference": source.difference}
        yield row | {flag: True for flag, raised in flags.items() if raised}


def drawn(bits: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A change map (h, w) as it is drawn over a picture of `size` (width, height): uint8 (height, width, 3), BGR.

    Red holds the lower eight bits, green the upper ones. Stages that changed nearly every pixel are left out. A
    speck of one pixel of the source stays.
    """
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    for k in range(len(STAGES)):
        plane: np.ndarray = ((bits >> k) & 1).astype(np.float32)
        if 0 < plane.mean() <= EVERYWHERE:
            shrinks = size[0] < bits.shape[1]
            plane = cv2.resize(plane, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST)
            # A fifth of a pixel is enough, so that averaging does not lose a speck of one source pixel.
            picture[..., 2 - k // 8] |= np.where(plane > 0.2, np.uint8(1 << k % 8), np.uint8(0))
    return picture


def _size(frame: np.ndarray, shape: float) -> tuple[int, int]:
    """Width and height of the still of a frame."""
    height, width = frame.shape[:2]
    shown = height * shape if shape else width
    # The widths of enlarged frames are even: what is next to the frame's own is its own.
    shown = width if abs(shown - width) < 1.5 else shown
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
    avif = [cv2.IMWRITE_AVIF_QUALITY, QUALITY, cv2.IMWRITE_AVIF_SPEED, SPEED]
    options = avif if path.suffix == ".avif" else [cv2.IMWRITE_PNG_COMPRESSION, 9]
    if not cv2.imwrite(str(path), np.ascontiguousarray(picture), options):
        raise FilmError(f"The still {path} could not be written.", "The disk may be full.")
