"""What the picture says of each face followed through a film: when its mouth speaks, and whose it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ..film.footage import Footage
from ..film.sound import RATE
from ..frames.face_detection import ReadFrames
from ..frames.face_tracks import FaceTrack, part_of, smooth_landmarks
from ..frames.optical_flow import luma
from .people import identify
from .visible_face import VisibleFace

LONGEST = 3000
"""Frames, two minutes, whose crops are in memory at a time: 80 MB a face."""
BATCH = 16
"""Frames that are read at a time."""


def detect(
    footage: Footage,
    tracks: Sequence[FaceTrack],
    speaking: Any,
    identity: Any,
    cast: str | Path | None = None,
) -> list[VisibleFace]:
    """Each followed face with the log odds that its mouth speaks, and the person it belongs to.

    `tracks` are from `appearance.describe`, `speaking` and `identity` are engines, `cast` a folder of portraits whose
    file names are the names; whoever is not in it is a stranger. Raises FilmError for unusable portraits.
    """
    portraits = identity.portraits(cast) if cast else {}
    scores: dict[int, list[np.ndarray]] = {track.id: [] for track in tracks}
    for group in _overlapping([piece for track in tracks for piece in _pieces(track)]):
        crops = mouths(footage.read, group, speaking)
        for track in group:
            sound = _sound_of(track, footage)
            scores[track.id].append(speaking.score(np.stack(crops[track.id]), sound, float(footage.rate)))
    people = identify(tracks, identity, portraits)
    return [
        VisibleFace(
            track=track.id,
            first=int(track.frames[0]),
            scores=[round(float(score), 2) for score in np.concatenate(scores[track.id])],
            speaker=people[track.id][0],
            distance=people[track.id][1],
            limit=identity.limit(portraits),
        )
        for track in tracks
    ]


def _pieces(track: FaceTrack) -> Iterator[FaceTrack]:
    """A track in pieces that end at the same film frames for all, so that a long take fits into memory."""
    edges = np.flatnonzero(track.frames % LONGEST == 0)
    for start, stop in pairwise([0, *edges[edges > 0].tolist(), len(track.frames)]):
        yield part_of(track, start, stop)


def _overlapping(tracks: Sequence[FaceTrack]) -> Iterator[list[FaceTrack]]:
    """Tracks in groups that share frames, so that frames are read once and only one group's crops are kept."""
    group: list[FaceTrack] = []
    end = -1
    for track in sorted(tracks, key=lambda one: (one.frames[0], one.id)):
        if group and track.frames[0] > end:
            yield group
            group = []
        group.append(track)
        end = max(end, int(track.frames[-1]))
    if group:
        yield group


def _sound_of(track: FaceTrack, footage: Footage) -> np.ndarray:
    """The samples during a track, padded with silence where the sound is shorter than the picture."""
    first, last = (round(float(f / footage.rate) * RATE) for f in (track.frames[0], track.frames[-1] + 1))
    sound = footage.samples[first:last]
    return np.pad(sound, (0, last - first - len(sound)))


def mouths(read: ReadFrames, group: Sequence[FaceTrack], speaking: Any) -> dict[int, list[np.ndarray]]:
    """Mouth crops of every frame, by track."""
    crops: dict[int, list[np.ndarray]] = {track.id: [] for track in group}
    landmarks = {track.id: smooth_landmarks(track) for track in group}
    for number, frame in _frames_of(read, group):
        grey = luma(frame)[..., None]
        for track in group:
            i = number - int(track.frames[0])
            if 0 <= i < len(track.frames):
                # Half precision is finer than ten bits of film.
                crop = speaking.crop(grey, track.boxes[i], landmarks[track.id][i])
                crops[track.id].append(crop.astype(np.float16))
    return crops


def _frames_of(read: ReadFrames, group: Sequence[FaceTrack]) -> Iterator[tuple[int, np.ndarray]]:
    """The number and the pixels of every frame that a group of tracks spans."""
    start, stop = min(int(t.frames[0]) for t in group), max(int(t.frames[-1]) + 1 for t in group)
    for begin in range(start, stop, BATCH):
        yield from enumerate(read(begin, min(stop, begin + BATCH)), begin)
