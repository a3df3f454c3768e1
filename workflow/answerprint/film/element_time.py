"""Which frames of another element show the frames of a film: one offset for each shot, found by the pictures.

The frames of some shots, and then of each that these left unsure, vote together for an offset, by how each differs from
those around it: a still picture says nothing of time. A shot in which no offset clearly wins is not placed: nothing is
taken from the element there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..runtime.errors import FilmError
from . import element_pictures
from .shots import Shot

ABSENT = -1
"""The element's frame where it has none, or where it is not known which."""
LIKE = 0.6
"""Correlation from which two of them may show the same. Worn scans of a frame have 0.7 to 0.98, frames of different
films 0.3 at most in the median."""
AROUND = 8
"""Frames on either side whose mean a frame is compared with."""
SAMPLE = 48
"""Frames of a shot that say roughly where in the element it lies."""
NEAR, RIVALS = 0.15, 300
"""Offsets whose rough likeness is less than this behind the best one are compared closely, so many at most."""
CLEAR = 2.5
"""The best offset must beat every other by so many standard errors of the difference, frame by frame."""
SHORT = 12
"""Shots of fewer frames have too few votes."""
TOGETHER = 600
"""Shots vote together first, so many frames of them: dirt in every frame of both leaves a single one unsure, and cuts
tell best of all."""
PIECE = 24
"""A shot that is not placed is halved, down to so many frames."""
MOST_CHANGE = 2.0
"""How a picture differs from those around it is cut off at so many times the mean: dirt would outweigh all else."""
LEAST_VOTE = 0.15
"""Mean vote, a correlation, that the best offset must have: unrelated pictures have less than 0.05."""
CROPS, ROUNDS = 24, 3
"""Pairs of frames from which it is measured how one element is cropped against the other, and how often: a wrong frame
looks like another crop."""
ENOUGH, FEW = 0.02, 12
"""An element must have this share of the film's frames, and so many of them unless the film is shorter."""


@dataclass(frozen=True, kw_only=True)
class Placement:
    """An element laid along a film."""

    frames: np.ndarray
    """int64, (film frames,): the element's frame that shows the same; ABSENT where there is none."""
    likeness: float
    """Median correlation of the tiny pictures of the pairs, 0..1."""

    @property
    def runs(self) -> list[tuple[int, int, int]]:
        """(film frame, element's frame, number) of each stretch of one offset."""
        placed = np.flatnonzero(self.frames != ABSENT)
        breaks = np.flatnonzero((np.diff(placed) > 1) | (np.diff(self.frames[placed] - placed) != 0)) + 1
        return [(int(run[0]), int(self.frames[run[0]]), len(run)) for run in np.split(placed, breaks) if len(run)]

    @property
    def share(self) -> float:
        """The share of the film's frames that the element has."""
        return float(np.mean(self.frames != ABSENT))

    def to_json(self) -> dict[str, Any]:
        """The placement as plain values."""
        return {
            "film_frames": len(self.frames),
            "share": round(self.share, 6),
            "likeness": round(self.likeness, 4),
            "runs": [list(run) for run in self.runs],
        }


def at_offset(film: np.ndarray, element: np.ndarray, offset: int) -> Placement:
    """The element laid along the film where a person says, frame n being its frame n + offset; from their proxies."""
    wanted = np.arange(len(film)) + offset
    frames = np.where((wanted >= 0) & (wanted < len(element)), wanted, ABSENT)
    here = np.flatnonzero(frames != ABSENT)[:: max(1, len(film) // 500)]
    if not len(here):
        return Placement(frames=frames, likeness=0.0)
    crop = element_pictures.cropped(
        film, element, [(int(i), int(frames[i])) for i in here[:: max(1, len(here) // CROPS)]]
    )
    alike = [
        element_pictures.likeness(element_pictures.band(film[i]), element_pictures.band(element[frames[i]], crop))
        for i in here
    ]
    return Placement(frames=frames, likeness=float(np.median(alike)))


def place(film: np.ndarray, element: np.ndarray, shots: Sequence[Shot]) -> Placement:
    """The element laid along the film, shot by shot, from their proxy pictures, uint8 (n, 27, 48, 3)."""
    first, second = element_pictures.bands(film), element_pictures.bands(element)
    rough = [(shot, _rough(first, second, shot)) for shot in shots]
    sure = sorted(rough, key=lambda pair: -float(pair[1].max()))[:CROPS]
    pairs = [pair for one in sure for pair in _pairs(*one, len(element), -(-CROPS // len(sure)))]
    frames, alike = np.full(len(film), ABSENT, np.int64), [0.0]
    for _ in range(ROUNDS):
        # Once it is known how the one is cropped against the other, finer differences tell.
        frames, alike = _laid(
            first, element_pictures.bands(element, element_pictures.cropped(film, element, pairs)), shots
        )
        placed = np.flatnonzero(frames != ABSENT)
        pairs = [(int(i), int(frames[i])) for i in placed[:: max(1, len(placed) // CROPS)]]
        if not pairs:
            break
    return Placement(frames=frames, likeness=float(np.median(alike)) if alike else 0.0)


def _laid(film: np.ndarray, element: np.ndarray, shots: Sequence[Shot]) -> tuple[np.ndarray, list[float]]:
    """The element's frame for each of the film, ABSENT where it is not known, and how alike both are."""
    frames = np.full(len(film), ABSENT, np.int64)
    for group in _joined(shots, TOGETHER):
        found = _placed(film, element, group)
        if found is not None:
            frames[group.start : group.stop] = found
    # Where the element lost frames at a cut, only part of the shots has the offset of the group.
    pieces = [shot for shot in shots if (frames[shot.start : shot.stop] != ABSENT).mean() < 0.5]
    while pieces:
        piece = pieces.pop()
        found = _placed(film, element, piece)
        if found is not None:
            frames[piece.start : piece.stop] = found
        elif piece.stop - piece.start >= 2 * PIECE:
            # The element may have lost frames, or have more of them, in the middle.
            half = (piece.start + piece.stop) // 2
            pieces += [replace(piece, stop=half), replace(piece, start=half)]
    for piece in _joined(shots, 2 * AROUND):
        _trim(frames, piece, len(element))
    placed = np.flatnonzero(frames != ABSENT)
    return frames, [element_pictures.likeness(film[i], element[frames[i]]) for i in placed]


def _joined(shots: Sequence[Shot], least: int) -> list[Shot]:
    """Consecutive shots made one until each has so many frames, save the last."""
    joined: list[Shot] = []
    for shot in shots:
        if joined and joined[-1].stop - joined[-1].start < least:
            joined[-1] = replace(joined[-1], stop=shot.stop)
        else:
            joined.append(shot)
    return joined


def require(placement: Placement, film: Path, element: Path) -> None:
    """Raises FilmError where an element shows too little of a film to be one of the same."""
    placed, total = int((placement.frames != ABSENT).sum()), len(placement.frames)
    hint = (
        "An element is another print or scan of the same film, frame for frame: check the path. Where the picture "
        "hardly moves, say which frame is which: PATH@OFFSET."
    )
    if placed and placement.likeness < LIKE:
        raise FilmError(f"{element.name} shows other pictures than {film.name} at that offset.", hint)
    if placed < max(min(FEW, total), ENOUGH * total):
        raise FilmError(f"{element.name} is known to show {placed} of the {total} frames of {film.name}.", hint)


def _placed(film: np.ndarray, element: np.ndarray, shot: Shot) -> np.ndarray | None:
    """The element's frames for a shot, ABSENT where it shows something else; None if unsure."""
    likeness = _rough(film, element, shot)
    if shot.stop - shot.start < SHORT or not len(likeness) or likeness.max() < LIKE:
        return None
    near = np.argsort(-likeness)[:RIVALS]
    offsets = sorted(int(k) - (shot.stop - 1) for k in near if likeness[k] > likeness.max() - NEAR)
    votes = np.stack([_votes(film, element, shot, offset) for offset in offsets])
    counted = np.isfinite(votes)
    means = np.array(
        [row[known].mean() if known.sum() >= SHORT else -1.0 for row, known in zip(votes, counted, strict=True)]
    )
    best = int(means.argmax())
    if means[best] < LEAST_VOTE or not _clear(votes, best):
        return None
    frames = np.arange(shot.start, shot.stop) + offsets[best]
    inside = (frames >= 0) & (frames < len(element))
    alike = np.zeros(len(frames))
    pairs = np.flatnonzero(inside)
    alike[pairs] = [element_pictures.likeness(film[shot.start + k], element[frames[k]]) for k in pairs]
    # Where the element lacks frames or has more of them, another offset wins for a while.
    smooth = _smooth(votes)
    steady = smooth[best] >= smooth.max(axis=0) - LEAST_VOTE
    shown = inside & (_smooth(np.where(inside, alike, 0.0)[None])[0] > LIKE) & steady
    return np.where(shown, frames, ABSENT)


def _trim(frames: np.ndarray, shot: Shot, last: int) -> None:
    """Leave out, in place, the frames of a shot next to where its offset changes: which of the two they have is unsure.

    An element that begins or ends there, after `last` frames, leaves no doubt.
    """
    own = frames[shot.start : shot.stop]
    for start, first, number in Placement(frames=own.copy(), likeness=0.0).runs:
        stop = start + number
        if start > 0 and first > 0:
            own[start : start + AROUND] = ABSENT
        if stop < len(own) and first + number < last:
            own[max(start, stop - AROUND) : stop] = ABSENT


def _clear(votes: np.ndarray, best: int) -> bool:
    """Whether the votes of row `best` beat those of all other rows, (offsets, frames), NaN where there is no frame."""
    for k, row in enumerate(votes):
        difference = votes[best] - row
        difference = difference[np.isfinite(difference)]
        if k == best or len(difference) < SHORT:
            continue
        error = float(difference.std()) / len(difference) ** 0.5
        if float(difference.mean()) < CLEAR * error + 1e-6:
            return False
    return True


def _votes(film: np.ndarray, element: np.ndarray, shot: Shot, offset: int) -> np.ndarray:
    """How much each frame of a shot speaks for an offset, (frames,), NaN where the element has no frame.

    A frame that differs more from those around it counts for more; the mean is a correlation.
    """
    start, stop = max(shot.start, -offset), min(shot.stop, len(element) - offset)
    votes = np.full(shot.stop - shot.start, np.nan)
    if stop - start < SHORT:
        return votes
    one, other = (_changes(rows) for rows in (film[start:stop], element[start + offset : stop + offset]))
    scale = np.sqrt(np.square(one).sum(axis=1).mean() * np.square(other).sum(axis=1).mean())
    votes[start - shot.start : stop - shot.start] = np.einsum("ij,ij->i", one, other) / max(float(scale), 1e-9)
    return votes


def _changes(bands: np.ndarray) -> np.ndarray:
    """How each picture (n, k) differs from the mean of those around it, cut off."""
    sums = np.cumsum(np.concatenate([np.zeros((1, bands.shape[1])), bands]), axis=0, dtype=np.float64)
    low = np.maximum(np.arange(len(bands)) - AROUND, 0)
    high = np.minimum(np.arange(len(bands)) + AROUND + 1, len(bands))
    changes = bands - ((sums[high] - sums[low]) / (high - low)[:, None]).astype(np.float32)
    most = MOST_CHANGE * float(np.abs(changes).mean())
    return np.clip(changes, -most, most)


def _smooth(votes: np.ndarray) -> np.ndarray:
    """The mean of (rows, frames) over the frames around each, where NaN counts as -1."""
    rows = np.nan_to_num(votes, nan=-1.0).astype(np.float32)
    return np.asarray(cv2.blur(rows, (2 * AROUND + 1, 1), borderType=cv2.BORDER_REPLICATE))


def _rough(film: np.ndarray, element: np.ndarray, shot: Shot) -> np.ndarray:
    """The mean likeness of a shot at each offset from 1 - shot.stop on; -1 where few of its frames have a partner."""
    every = max(1, (shot.stop - shot.start) // SAMPLE)
    chosen = np.arange(shot.start, shot.stop, every)
    alike = element_pictures.unit(film[chosen]) @ element_pictures.unit(element).T
    total, count = (np.zeros(len(element) + shot.stop - 1) for _ in range(2))
    for row, i in zip(alike, chosen, strict=True):
        # Offset j - i stands at j - i + shot.stop - 1.
        where = slice(shot.stop - 1 - i, shot.stop - 1 - i + len(element))
        total[where] += row
        count[where] += 1
    return np.where(count >= max(1, len(chosen) // 2), total / np.maximum(count, 1), -1.0)


def _pairs(shot: Shot, likeness: np.ndarray, frames: int, number: int) -> list[tuple[int, int]]:
    """So many frames of a shot, and the frames of an element, of so many, that roughly show the same."""
    offset = int(likeness.argmax()) - (shot.stop - 1)
    chosen = np.linspace(shot.start, shot.stop - 1, number + 2).astype(int)[1:-1]
    return [(int(i), int(i) + offset) for i in chosen if 0 <= i + offset < frames]
