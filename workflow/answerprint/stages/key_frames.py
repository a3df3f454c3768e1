"""The frames of a film that a person should colour first: each the one that shows most of what no other has shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..frames.optical_flow import eight_bits
from ..runtime.files import atomic_write

THUMB = (24, 14)
"""Width and height at which frames are compared: what two frames share is a matter of large shapes."""
MOST_FRAMES = 3000
"""So many frames of a film are compared at most, evenly spread."""
ALIKE = 0.8
"""Correlation from which one frame stands for another: carrying colour between such frames is easy."""
SAME_SHOT = 0.5
"""The same within a shot, where colour is carried from frame to frame."""
ENOUGH, MOST_SHEETS = 0.98, 60
"""Frames are chosen until this share of the film is covered, or so many are."""


@dataclass(frozen=True, kw_only=True)
class KeyFrame:
    """A frame to colour."""

    frame: int
    shot: int
    """The first frame of its shot."""
    adds: float
    """Share of the film, 0..1, that it covers and those before it do not."""


def choose(lumas: np.ndarray, shots: Sequence[tuple[int, int]]) -> list[KeyFrame]:
    """The frames to colour, the most useful first, from brightness uint8 (n, h, w) and shots (start, stop)."""
    frames = np.unique(np.linspace(0, len(lumas) - 1, min(len(lumas), MOST_FRAMES)).astype(int))
    starts = np.array([start for start, _ in shots])
    shot = np.searchsorted(starts, frames, side="right") - 1
    thumbs = np.stack([cv2.resize(lumas[i], THUMB, interpolation=cv2.INTER_AREA).ravel() for i in frames])
    apart = thumbs.astype(np.float32) - thumbs.mean(axis=1, keepdims=True)
    apart /= np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-3)
    same = shot[:, None] == shot[None]
    covers = apart @ apart.T > np.where(same, SAME_SHOT, ALIKE)
    np.fill_diagonal(covers, True)
    left = np.ones(len(frames), bool)
    chosen: list[KeyFrame] = []
    while left.mean() > 1 - ENOUGH and len(chosen) < MOST_SHEETS:
        gains = covers[:, left].sum(axis=1)
        best = np.flatnonzero(gains == gains.max())
        # Of equal frames the one in the middle: its shot is carried half as far.
        pick = int(best[len(best) // 2])
        chosen.append(
            KeyFrame(frame=int(frames[pick]), shot=int(starts[shot[pick]]), adds=float(gains[pick] / len(frames)))
        )
        left &= ~covers[pick]
    return chosen


def write(folder: Path, chosen: Sequence[KeyFrame], read: Callable[[int], np.ndarray]) -> None:
    """Write each frame as FRAME.png and a list of them, `sheets.tsv`; `read` gives a frame (h, w, c), 0..1."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in chosen:
        picture = read(one.frame)
        picture = picture[..., 0] if picture.shape[2] == 1 else picture[..., ::-1]
        with atomic_write(folder / f"{one.frame:07d}.png") as temporary:
            temporary.write_bytes(cv2.imencode(".png", eight_bits(picture))[1].tobytes())
    with atomic_write(folder / "sheets.tsv") as temporary:
        temporary.write_text("\n".join(_rows(chosen)) + "\n", encoding="utf-8")


def _rows(chosen: Sequence[KeyFrame]) -> Iterator[str]:
    yield "order\tframe\tshot\tadds\tpicture"
    for order, one in enumerate(chosen, 1):
        yield f"{order}\t{one.frame}\t{one.shot}\t{one.adds:.1%}\t{one.frame:07d}.png"
