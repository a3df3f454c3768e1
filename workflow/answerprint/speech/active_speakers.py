"""What the picture says of each face followed through a film: when its mouth speaks, and whose it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..film.footage import Footage
from ..film.sound import RATE
from ..frames.face_crops import crop_upright
from ..frames.face_detection import ReadFrames
from ..frames.face_tracks import FaceTrack, smooth_landmarks
from ..frames.optical_flow import eight_bits, luma
from .clustering import group_by_distance
from .speaker import Speaker
from .visible_face import VisibleFace

PORTRAITS = 5
"""Moments of a track from which its face is described; more change the mean by less than 0.05."""
NEAR = 2
"""Frames on either side that a moment is averaged over. Under grain of 5 % at half size, a face is then 0.21 to 0.28
from its portrait instead of 0.33 to 0.41, and strangers stay as far away as before."""
LONGEST = 3000
"""Frames, two minutes, whose crops are in memory at a time: 80 MB a face."""
WIDEST = 200
"""Pixels to which a face is reduced: dlib looks at 150."""
BATCH = 16
"""Frames that are read at a time."""
NOT_THE_SAME = 1e4
"""A distance so large that no average with other faces of the two people comes down to the limit."""


def detect(
    footage: Footage,
    tracks: Sequence[FaceTrack],
    speaking: Any,
    identity: Any,
    cast: str | Path | None = None,
) -> list[VisibleFace]:
    """Each followed face with the log odds that its mouth speaks, and the person it belongs to.

    `speaking` and `identity` are engines, `cast` a folder of portraits whose file names are the names; whoever is not
    in it is a stranger. Raises FilmError for unusable portraits.
    """
    portraits = identity.portraits(cast) if cast else {}
    if not tracks:
        return []
    scores: dict[int, list[np.ndarray]] = {track.id: [] for track in tracks}
    descriptors: dict[int, list[np.ndarray]] = {track.id: [] for track in tracks}
    for group in _overlapping([piece for track in tracks for piece in _pieces(track)]):
        crops, described = _look_at(footage.read, group, speaking, identity)
        for track in group:
            sound = _sound_of(track, footage)
            scores[track.id].append(speaking.score(np.stack(crops[track.id]), sound, float(footage.rate)))
            descriptors[track.id] += described[track.id]
    means = {number: np.mean(described, axis=0) for number, described in descriptors.items()}
    people = identify(tracks, means, identity, portraits)
    return [
        VisibleFace(
            track=track.id,
            first=int(track.frames[0]),
            scores=[round(float(score), 2) for score in np.concatenate(scores[track.id])],
            speaker=people[track.id][0],
            distance=people[track.id][1],
            limit=identity.options.same,
        )
        for track in tracks
    ]


def _pieces(track: FaceTrack) -> Iterator[FaceTrack]:
    """A track in pieces that end at the same film frames for all, so that a long take fits into memory."""
    edges = np.flatnonzero(track.frames % LONGEST == 0)
    for at in np.split(np.arange(len(track.frames)), edges[edges > 0]):
        values = {key: getattr(track, key)[at] for key in ("frames", "boxes", "landmarks", "scores")}
        yield FaceTrack(id=track.id, **values)


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


def _look_at(
    read: ReadFrames, group: Sequence[FaceTrack], speaking: Any, identity: Any
) -> tuple[dict[int, list[np.ndarray]], dict[int, list[np.ndarray]]]:
    """Mouth crops of every frame, and descriptors of the best moments, by track."""
    crops: dict[int, list[np.ndarray]] = {track.id: [] for track in group}
    landmarks = {track.id: smooth_landmarks(track) for track in group}
    moments = {
        track.id: [_Moment(track, landmarks[track.id], i) for i in sorted(_best_frames(track))] for track in group
    }
    for number, frame in _frames_of(read, group):
        grey = luma(frame)[..., None]
        for track in group:
            i = number - int(track.frames[0])
            if not 0 <= i < len(track.frames):
                continue
            points = landmarks[track.id][i]
            # Half precision is finer than ten bits of film.
            crops[track.id].append(speaking.crop(grey, track.boxes[i], points).astype(np.float16))
            for moment in moments[track.id]:
                if abs(i - moment.at) <= NEAR:
                    moment.add(grey, points)
    descriptors = {number: [moment.describe(identity) for moment in of_track] for number, of_track in moments.items()}
    return crops, descriptors


def _frames_of(read: ReadFrames, group: Sequence[FaceTrack]) -> Iterator[tuple[int, np.ndarray]]:
    """The number and the pixels of every frame that a group of tracks spans."""
    start, stop = min(int(t.frames[0]) for t in group), max(int(t.frames[-1]) + 1 for t in group)
    for begin in range(start, stop, BATCH):
        yield from enumerate(read(begin, min(stop, begin + BATCH)), begin)


class _Moment:
    """A face in one frame, averaged with the frames next to it: the grain averages out, the face stays."""

    def __init__(self, track: FaceTrack, points: np.ndarray, at: int) -> None:
        left, top, right, bottom = (float(v) for v in track.boxes[at])
        side = max(right - left, bottom - top, 1.0)
        scale = min(1.0, WIDEST / side)
        corner = np.array([left, top]) - 0.6 * side
        self.at = at
        self.template = (points[at].astype(np.float64) - corner) * scale
        self.box = tuple((v - c) * scale for v, c in zip((left, top, right, bottom), (*corner, *corner), strict=True))
        self.size = round(2.2 * side * scale)
        self.sum = np.zeros((self.size, self.size, 1), np.float32)
        self.count = 0

    def add(self, grey: np.ndarray, points: np.ndarray) -> None:
        """Add another frame (h, w, 1), turned and moved so that eyes, nose and mouth coincide."""
        self.sum += crop_upright(grey, points.astype(np.float64), self.template, self.size, self.size)
        self.count += 1

    def describe(self, identity: Any) -> np.ndarray:
        """The descriptor of the averaged face."""
        return identity.describe(np.repeat(eight_bits(self.sum / self.count), 3, axis=2), self.box)


def _best_frames(track: FaceTrack) -> set[int]:
    """The frame with the surest and largest face in each of PORTRAITS equal pieces of a track."""
    area = (track.boxes[:, 2:] - track.boxes[:, :2]).prod(axis=1)
    quality = track.scores * np.sqrt(np.maximum(area, 0))
    pieces = np.array_split(np.arange(len(track.frames)), min(PORTRAITS, len(track.frames)))
    best = {int(piece[quality[piece].argmax()]) for piece in pieces}
    return {i for i in best if track.scores[i] > 0} or {int(quality.argmax())}


def identify(
    tracks: Sequence[FaceTrack],
    descriptors: Mapping[int, np.ndarray],
    identity: Any,
    portraits: Mapping[str, np.ndarray],
) -> dict[int, tuple[Speaker, float | None]]:
    """The person of each track, and the distance to the nearest portrait; strangers are numbered by likeness.

    A track is named by its own portrait first. The rest join the group of tracks that they resemble, but never one
    with another name or with a face visible at the same time: two faces at once are two people.
    """
    order = sorted(tracks, key=lambda track: (track.frames[0], track.id))
    matches = [identity.name(descriptors[track.id], portraits) for track in order]
    names = [name or "" for name, _ in matches]
    groups = group_by_distance(_distances(order, descriptors, np.array(names)), identity.options.alike)
    named = {group: Speaker.named(name) for group, name in zip(groups, names, strict=True) if name}
    return {
        track.id: (named.get(group, Speaker.face(group)), round(nearest, 3) if np.isfinite(nearest) else None)
        for track, group, (_, nearest) in zip(order, groups, matches, strict=True)
    }


def _distances(tracks: Sequence[FaceTrack], descriptors: Mapping[int, np.ndarray], names: np.ndarray) -> np.ndarray:
    """How different the people of tracks are, (n, n): 0 for one name, very large for those who cannot be the same."""
    faces = np.array([descriptors[track.id] for track in tracks])
    first, last = (np.array([track.frames[i] for track in tracks]) for i in (0, -1))
    distances = np.array([np.linalg.norm(faces - face, axis=1) for face in faces])
    both_named = (names[:, None] != "") & (names != "")
    same_name = names[:, None] == names
    visible_at_once = (first[:, None] <= last) & (first <= last[:, None])
    different = visible_at_once | (both_named & ~same_name)
    distances = np.where(both_named & same_name, 0.0, np.where(different, NOT_THE_SAME, distances))
    np.fill_diagonal(distances, 0.0)
    return distances
