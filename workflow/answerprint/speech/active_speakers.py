"""What the picture says of each face followed through a film: when its mouth speaks, and whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..frames.faces import Read, Track, crop_upright, smooth
from ..frames.optical_flow import eight_bits, luma
from .recognise import RATE
from .voiceprints import grouped

PORTRAITS = 5
"""Moments of a track that its face is described from; more change the mean by less than 0.05."""
NEAR = 2
"""Frames on either side that a moment is averaged over. Under grain of 5 % at half size a face then lies 0.21 to 0.28
from its portrait instead of 0.33 to 0.41, and strangers as far away as before."""
LONGEST = 3000
"""Frames, two minutes, whose crops are in memory at a time: 80 MB a face."""
WIDEST = 200
"""Pixels that a face is reduced to: dlib looks at 150."""


def look(
    read: Read,
    tracks: Sequence[Track],
    samples: np.ndarray,
    rate: Fraction | float,
    speaking: Any,
    identity: Any,
    cast: str | Path | None = None,
) -> list[dict[str, Any]]:
    """What the picture says of each face, as JSON: [{"id", "first", "scores", "person", "distance", "limit"}].

    `scores` are the log odds that the mouth speaks, one a frame; `person` a name from the folder of portraits `cast`,
    or "face 0", "face 1"... for strangers; `distance` that to the nearest portrait or None, `limit` the largest
    that gives a name. `samples` is the film's sound (16 kHz), empty without sound or shorter than the picture;
    `speaking` and `identity` are engines.
    """
    portraits = identity.portraits(cast) if cast else {}
    if not tracks:
        return []
    scores: dict[int, list[np.ndarray]] = {track.id: [] for track in tracks}
    moments: dict[int, list[np.ndarray]] = {track.id: [] for track in tracks}
    for group in _together([piece for track in tracks for piece in _cut(track)]):
        crops, faces = _gather(read, group, speaking, identity)
        for track in group:
            first, last = (round(float(f / rate) * RATE) for f in (track.frames[0], track.frames[-1] + 1))
            sound = samples[first:last]
            sound = np.pad(sound, (0, last - first - len(sound)))
            scores[track.id].append(speaking.score(np.stack(crops[track.id]), sound, float(rate)))
            moments[track.id] += faces[track.id]
    described = {number: np.mean(own, axis=0) for number, own in moments.items()}
    named = whose(tracks, described, identity, portraits)
    return [
        {
            "id": track.id,
            "first": int(track.frames[0]),
            "scores": [round(float(s), 2) for s in np.concatenate(scores[track.id])],
            "person": named[track.id][0],
            "distance": named[track.id][1],
            "limit": identity.options.same,
        }
        for track in tracks
    ]


def _cut(track: Track) -> Iterable[Track]:
    """A track in pieces that end at the same frames of the film for all, so that a long take fits into memory."""
    edges = np.flatnonzero(track.frames % LONGEST == 0)
    for at in np.split(np.arange(len(track.frames)), edges[edges > 0]):
        values = {key: getattr(track, key)[at] for key in ("frames", "boxes", "landmarks", "scores")}
        yield Track(id=track.id, **values)


def _together(tracks: Sequence[Track]) -> Iterable[list[Track]]:
    """Tracks in groups that share frames, so that frames are read once and only one group's crops are kept."""
    group: list[Track] = []
    end = -1
    for track in sorted(tracks, key=lambda t: (t.frames[0], t.id)):
        if group and track.frames[0] > end:
            yield group
            group = []
        group.append(track)
        end = max(end, int(track.frames[-1]))
    if group:
        yield group


def _gather(
    read: Read, group: Sequence[Track], speaking: Any, identity: Any
) -> tuple[dict[int, list[np.ndarray]], dict[int, list[np.ndarray]]]:
    """Mouth crops of every frame, and descriptors of the best moments, by track."""
    crops: dict[int, list[np.ndarray]] = {t.id: [] for t in group}
    points = {t.id: smooth(t) for t in group}
    moments = {t.id: [_Moment(t, points[t.id], i) for i in sorted(_best(t))] for t in group}
    start, stop = min(int(t.frames[0]) for t in group), max(int(t.frames[-1]) + 1 for t in group)
    for begin in range(start, stop, 16):
        frames = read(begin, min(stop, begin + 16))
        for number, frame in enumerate(frames, begin):
            grey = luma(frame)[..., None]
            for track in group:
                i = number - int(track.frames[0])
                if not 0 <= i < len(track.frames):
                    continue
                crop = speaking.crop(grey, track.boxes[i], points[track.id][i])
                # Half precision is finer than ten bits of film.
                crops[track.id].append(crop.astype(np.float16))
                for moment in moments[track.id]:
                    if abs(i - moment.at) <= NEAR:
                        moment.add(grey, points[track.id][i])
    faces = {number: [one.described(identity) for one in own] for number, own in moments.items()}
    return crops, faces


class _Moment:
    """A face at one frame, averaged with the frames next to it: grain goes, and the person stays."""

    def __init__(self, track: Track, points: np.ndarray, at: int) -> None:
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
        """Lay another frame (h, w, 1) over it, turned and moved so that eyes, nose and mouth meet."""
        self.sum += crop_upright(grey, points.astype(np.float64), self.template, self.size, self.size)
        self.count += 1

    def described(self, identity: Any) -> np.ndarray:
        """What the engine makes of it."""
        return identity.describe(np.repeat(eight_bits(self.sum / self.count), 3, axis=2), self.box)


def _best(track: Track) -> set[int]:
    """The frame with the surest and largest face in each of PORTRAITS equal pieces of a track."""
    size = (track.boxes[:, 2:] - track.boxes[:, :2]).prod(axis=1)
    quality = track.scores * np.sqrt(np.maximum(size, 0))
    pieces = np.array_split(np.arange(len(track.frames)), min(PORTRAITS, len(track.frames)))
    seen = {int(piece[quality[piece].argmax()]) for piece in pieces}
    return {i for i in seen if track.scores[i] > 0} or {int(quality.argmax())}


def whose(
    tracks: Sequence[Track], described: Mapping[int, np.ndarray], identity: Any, portraits: Mapping[str, np.ndarray]
) -> dict[int, tuple[str, float | None]]:
    """Name and distance to the nearest portrait of each track; strangers are "face 0", "face 1"... by likeness.

    A track is named by its own portrait first; the rest joins the group of tracks it is like, never one that holds
    another name or a face seen beside it: two faces at once are two people.
    """
    order = sorted(tracks, key=lambda t: (t.frames[0], t.id))
    own = [identity.name(described[t.id], portraits) for t in order]
    faces = np.array([described[t.id] for t in order])
    first, last = (np.array([t.frames[i] for t in order]) for i in (0, -1))
    far = np.array([np.linalg.norm(faces - face, axis=1) for face in faces])
    names = np.array([name or "" for name, _ in own])
    given = (names[:, None] != "") & (names != "")
    # So far apart that no mean over other faces of the two people comes down to the limit.
    apart = ((first[:, None] <= last) & (first <= last[:, None])) | (given & (names[:, None] != names))
    far = np.where(given & (names[:, None] == names), 0.0, np.where(apart, 1e4, far))
    np.fill_diagonal(far, 0.0)
    groups = grouped(far, identity.options.alike)
    label = {group: name for group, name in zip(groups, names.tolist(), strict=True) if name}
    return {
        track.id: (label.get(group, f"face {group}"), round(nearest, 3) if np.isfinite(nearest) else None)
        for track, group, (_, nearest) in zip(order, groups, own, strict=True)
    }
