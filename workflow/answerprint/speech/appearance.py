"""Followed faces described by how they look: one person a track, whether or not a cut was found.

A face is described at moments along its track. Where the descriptions before and after are those of two people, the
track is broken there: two faces in one place on either side of a missed cut, or one that passes before another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from ..frames.face_crops import crop_upright
from ..frames.face_detection import ReadFrames
from ..frames.face_tracks import FaceTrack, jumps, part_of, smooth_landmarks
from ..frames.optical_flow import eight_bits, luma
from .clustering import group_by_distance

EVERY = 8
"""Frames of which one is described, so that a missed shot of 20 frames has two moments of its own."""
MOMENTS = 5
"""Moments of a shorter track; more change the mean by less than 0.05."""
NEAR = 2
"""Frames on either side that a moment is averaged over. Under grain of 5 % at half size, a face is then 0.21 to 0.28
from its portrait instead of 0.33 to 0.41, and strangers stay as far away as before."""
WIDEST = 200
"""Pixels to which a face is reduced: dlib looks at 150."""
BATCH = 16
"""Frames that are read at a time."""


def describe(read: ReadFrames, tracks: Sequence[FaceTrack], identity: Any) -> list[FaceTrack]:
    """Tracks of one person each, with their descriptors and new numbers, in order; `identity` is an engine.

    A broken track gives several, which join again as people (people.py) if they look alike.
    """
    moments = {track.id: _moments(track) for track in tracks}
    _look(read, [moment for of_track in moments.values() for moment in of_track], identity)
    parts = [part for track in tracks for part in _broken(track, moments[track.id], read, identity)]
    parts.sort(key=lambda part: (int(part.frames[0]), part.id))
    return [replace(part, id=number) for number, part in enumerate(parts)]


class _Moment:
    """A face in one frame, averaged with the frames next to it: the grain averages out, the face stays."""

    def __init__(self, track: FaceTrack, points: np.ndarray, at: int, within: tuple[int, int]) -> None:
        left, top, right, bottom = (float(v) for v in track.boxes[at])
        side = max(right - left, bottom - top, 1.0)
        scale = min(1.0, WIDEST / side)
        corner = np.array([left, top]) - 0.6 * side
        self.at = at
        self.points = {int(track.frames[i]): points[i] for i in range(*within) if abs(i - at) <= NEAR}
        self.template = (points[at].astype(np.float64) - corner) * scale
        self.box = tuple((v - c) * scale for v, c in zip((left, top, right, bottom), (*corner, *corner), strict=True))
        self.size = round(2.2 * side * scale)
        self.descriptor = np.zeros(0)

    def look(self, frames: Mapping[int, np.ndarray], identity: Any) -> None:
        """Describe the face in grey frames (h, w, 1), turned and moved so that eyes, nose and mouth coincide."""
        crops = [
            crop_upright(frames[number], points.astype(np.float64), self.template, self.size, self.size)
            for number, points in self.points.items()
        ]
        self.descriptor = identity.describe(np.repeat(eight_bits(np.mean(crops, axis=0)), 3, axis=2), self.box)


def _moments(track: FaceTrack) -> list[_Moment]:
    """The surest and largest face of each stretch of a track, none where the detector saw none for a whole stretch."""
    points = smooth_landmarks(track)
    area = (track.boxes[:, 2:] - track.boxes[:, :2]).prod(axis=1)
    quality = track.scores * np.sqrt(np.maximum(area, 0))
    moments = []
    for start, stop in pairwise([0, *jumps(track), len(track.frames)]):
        count = min(stop - start, max(-(-(stop - start) // EVERY), MOMENTS if stop - start == len(track.frames) else 1))
        for stretch in np.array_split(np.arange(start, stop), count):
            best = int(stretch[quality[stretch].argmax()])
            if track.scores[best] > 0:
                moments.append(_Moment(track, points, best, (start, stop)))
    return moments or [_Moment(track, points, int(quality.argmax()), (0, len(track.frames)))]


def _look(read: ReadFrames, moments: Sequence[_Moment], identity: Any) -> None:
    """Describe all moments; each frame is read once, and only frames of moments under way are kept."""
    waiting = sorted(moments, key=lambda moment: max(moment.points))
    kept: dict[int, np.ndarray] = {}
    for number, frame in _frames(read, sorted({number for moment in moments for number in moment.points})):
        kept[number] = luma(frame)[..., None]
        while waiting and max(waiting[0].points) <= number:
            waiting.pop(0).look(kept, identity)
        first = min((min(moment.points) for moment in waiting), default=number + 1)
        kept = {n: grey for n, grey in kept.items() if n >= first}


def _frames(read: ReadFrames, numbers: Sequence[int]) -> Iterator[tuple[int, np.ndarray]]:
    """The number and pixels of each of these frames, in order."""
    for at in range(0, len(numbers), BATCH):
        some = numbers[at : at + BATCH]
        ends = [i + 1 for i, (a, b) in enumerate(pairwise(some)) if b != a + 1]
        for start, stop in pairwise([0, *ends, len(some)]):
            yield from enumerate(read(some[start], some[stop - 1] + 1), some[start])


def _broken(track: FaceTrack, moments: Sequence[_Moment], read: ReadFrames, identity: Any) -> Iterator[FaceTrack]:
    """The track in parts of one person each, with the mean descriptor of each."""
    runs = _runs([moment.descriptor for moment in moments], identity.options.alike)
    means = [np.mean([moments[i].descriptor for i in run], axis=0) for run in runs]
    edges = [0]
    for (before, after), (mean_before, mean_after) in zip(pairwise(runs), pairwise(means), strict=True):
        between = moments[before[-1]].at, moments[after[0]].at
        edges.append(_change(track, between, (mean_before, mean_after), read, identity))
    for (start, stop), mean in zip(pairwise([*edges, len(track.frames)]), means, strict=True):
        yield replace(part_of(track, start, stop), descriptor=mean)


def _runs(descriptors: Sequence[np.ndarray], limit: float) -> list[list[int]]:
    """Consecutive moments of one person, in order; a single one that looks like none of its neighbours is left out.

    A turned head, a hand or a scratch can make one moment look like nobody.
    """
    faces = np.array(descriptors)
    people = group_by_distance(np.linalg.norm(faces[:, None] - faces, axis=2), limit)
    counts = np.bincount(people)
    trusted = [i for i, person in enumerate(people) if counts[person] > 1] or [0]
    runs: list[list[int]] = []
    for i in trusted:
        if runs and people[runs[-1][-1]] == people[i]:
            runs[-1].append(i)
        else:
            runs.append([i])
    return runs


def _change(
    track: FaceTrack,
    between: tuple[int, int],
    people: tuple[np.ndarray, np.ndarray],
    read: ReadFrames,
    identity: Any,
) -> int:
    """The place on a track, between two moments, from which it shows the second of two people: found by bisection."""
    low, high = between
    inside = [jump for jump in jumps(track) if low < jump <= high]
    if len(inside) == 1:
        return inside[0]
    while high - low > 1:
        middle = (low + high) // 2
        moment = _Moment(track, track.landmarks, middle, (middle, middle + 1))
        _look(read, [moment], identity)
        near, far = (np.linalg.norm(moment.descriptor - person) for person in people)
        low, high = (middle, high) if near < far else (low, middle)
    return high
