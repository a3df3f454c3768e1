"""Films with frames torn out of them in known places, among flashes, held frames and cuts, which are no jumps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from ...engines import Clip
from ...film.lost_frames import MOST
from ...frames.repeated import change, small
from ...runtime.errors import FilmError
from ...stages import pace

WIDTH = 480
"""Wider clips are shrunk to this width."""
VISIBLE = 4.0
"""Levels of 255 by which the most changed cell of the picture must differ where frames are torn out."""
APART = 9
"""Frames between two things that happen to a film."""
SINTEL = "clean/sintel_trailer_480p_52s.mp4"
CLIPS: dict[str, tuple[tuple[str, int, int], ...]] = {
    "training": (
        (SINTEL, 24, 80),
        (SINTEL, 136, 70),
        (SINTEL, 573, 46),
        (SINTEL, 876, 80),
        ("clean/bigbuckbunny.mp4", 0, 66),
        ("clean/carphone_pristine.mp4", 0, 60),
        ("faces/crowd_1080p.mp4", 0, 50),
        ("motion/cars.mp4", 0, 110),
    ),
    "held out": (
        (SINTEL, 292, 40),
        (SINTEL, 528, 40),
        (SINTEL, 622, 34),
        (SINTEL, 690, 40),
        ("clean/bigbuckbunny.mp4", 66, 64),
        ("clean/carphone_pristine.mp4", 60, 60),
        ("faces/crowd_1080p.mp4", 50, 55),
        ("motion/bottles.mp4", 0, 90),
    ),
}
"""File, first frame and number of frames of each clip: one shot each, in which something moves all the time and no
frame repeats another, so that nothing is known to be lost already."""
Event = Literal["tear", "flash", "hold"]


@dataclass(frozen=True, kw_only=True)
class TornFilm:
    """Two shots, each with what happened to it."""

    frames: np.ndarray
    """uint8 (n, h, w, 1)."""
    shots: tuple[tuple[int, int], ...]
    lost: tuple[tuple[int, int], ...]
    """Frames after which others were torn out, and how many."""


def clips(media: Path, use: str) -> list[np.ndarray]:
    """The clips for "training" or "held out", grey: uint8 (n, h, w, 1). Raises FilmError where one is missing."""
    return [_read(media / file, first, count) for file, first, count in CLIPS[use]]


def _read(path: Path, first: int, count: int) -> np.ndarray:
    import av

    if not path.is_file():
        raise FilmError(f"There is no {path}.")
    pictures = []
    with av.open(str(path)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index >= first + count:
                break
            if index >= first:
                picture = frame.to_ndarray(format="gray")
                height = round(picture.shape[0] * min(1.0, WIDTH / picture.shape[1]))
                size = (min(WIDTH, picture.shape[1]), height)
                pictures.append(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    return np.stack(pictures)[..., None]


def draw(clip: np.ndarray, seed: int, step: Fraction = Fraction(1)) -> TornFilm:
    """A film of one clip, joined to itself mirrored, with tears of 1 to 6 frames, flashes and held frames.

    step: film frames to one frame of the clip: 2 for animation on twos, 3/2 for 16 frames a second printed to 24.
    """
    random = np.random.default_rng(seed)
    shots, lost, pieces, start = [], [], [], 0
    shown = np.arange(ceil(step * (len(clip) - 1)) + 1) * step.denominator // step.numerator
    for mirrored in (False, True):
        frames, torn = _worn((clip[:, :, ::-1] if mirrored else clip)[shown], random, step)
        pieces.append(frames)
        shots.append((start, start + len(frames)))
        lost += [(start + after, count) for after, count in torn]
        start += len(frames)
    return TornFilm(frames=np.concatenate(pieces), shots=tuple(shots), lost=tuple(lost))


def _worn(clip: np.ndarray, random: np.random.Generator, step: Fraction) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """A clip with something happening every `APART` of its own frames, and where frames were torn out."""
    frames: list[np.ndarray] = []
    torn, index, apart = [], 0, ceil(APART * step)
    while index < len(clip):
        calm = min(len(clip), index + int(random.integers(apart, 2 * apart)))
        frames += list(clip[index:calm])
        index = calm
        event: Event = random.choice(np.array(["tear", "tear", "flash", "hold"]))
        count = int(random.integers(1, MOST + 1))
        if len(clip) - index < apart + count:
            continue
        if event == "tear" and not _visible(clip[index - 1], clip[index + count]):
            continue
        if event == "tear":
            # Nobody can tell that a repeat was torn out: what follows is the next frame of the film's own.
            if _passed(index - 1, index + count, step) > 1:
                torn.append((len(frames) - 1, count))
            index += count
        elif event == "flash":
            frames.append(np.clip(clip[index].astype(np.float32) * 1.3 + 40, 0, 255).astype(np.uint8))
            index += 1
        else:  # Frames that nobody has any more were replaced by the one before them.
            frames += [clip[index - 1]] * min(count, 3)
            index += min(count, 3)
    return np.stack(frames), torn


def _passed(before: int, after: int, step: Fraction) -> int:
    """How many frames of its own a film goes on by from one film frame to another."""
    return int(after // step - before // step)


def _visible(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether anything moved between two frames: where nothing does, nobody could tell that some were lost."""
    return bool(change(*(small(frame.astype(np.float32) / 255) for frame in (before, after))).max() > VISIBLE)


def measures(film: TornFilm) -> dict[str, np.ndarray]:
    """What `pace` measures of a film."""
    frames = film.frames.astype(np.float32) / 255
    return pace.measure(Clip(frames=frames, core=slice(0, len(frames))))


def found(film: TornFilm) -> list[int]:
    """The frames after which jumps are found."""
    return [jump.after for jump in pace.of_shots(measures(film), film.shots)]


def f1(films: Sequence[TornFilm]) -> tuple[float, int, int, dict[int, float]]:
    """F1 over some films, jumps missed and made up, and the share found by how many frames were torn out."""
    hits, missed, wrong = 0, 0, 0
    by_count: dict[int, list[bool]] = {}
    for film in films:
        after = set(found(film))
        for frame, count in film.lost:
            by_count.setdefault(count, []).append(frame in after)
        truth = {frame for frame, _ in film.lost}
        hits, missed, wrong = hits + len(after & truth), missed + len(truth - after), wrong + len(after - truth)
    shares = {count: float(np.mean(hit)) for count, hit in sorted(by_count.items())}
    return 2 * hits / max(1, 2 * hits + missed + wrong), missed, wrong, shares
