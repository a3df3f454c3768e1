"""Faces followed through each shot of a film."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .face_detection import Box, Detections, Face, Shots

GAP = 24
"""Frames for which a face may be missing (a turned head, a passing hand) and still continue its track."""

JUMP = 0.5
"""Distance between two boxes in a row, where 1 ends a track, that a head hardly moves in a tenth of a second."""
LOST = 8
"""Frames without a detection after which another face may stand in the place of the first."""

Sightings = list[tuple[int, Face]]
"""One face on the frames (film numbers) on which it was detected, in order."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FaceTrack:
    """One face followed through consecutive frames of one shot."""

    id: int
    frames: np.ndarray
    """int64 (n,): film frame numbers without gaps."""
    boxes: np.ndarray
    """float32 (n, 4): left, top, right, bottom in pixels."""
    landmarks: np.ndarray
    """float32 (n, 5, 2)."""
    scores: np.ndarray
    """float32 (n,): the detector's score, 0 where the face was interpolated."""
    descriptor: np.ndarray | None = None
    """How the face looks, as an engine of the stage identity describes it; None until one has looked."""


def track_faces(
    detections: Detections, first: int = 0, shots: Shots | None = None, *, gap: int = GAP
) -> list[FaceTrack]:
    """Faces followed within each shot; boxes and landmarks between detections are interpolated linearly.

    `detections[i]` belongs to frame first + i. `shots` are (start, stop) in film frames; None: one shot.
    """
    tracks: list[FaceTrack] = []
    for start, stop in shots if shots is not None else [(first, first + len(detections))]:
        followed: list[Sightings] = []
        for frame in range(max(start, first), min(stop, first + len(detections))):
            faces = detections[frame - first]
            if faces:
                _extend(followed, frame, faces, gap)
        looks = sum(faces is not None for faces in detections[max(0, start - first) : max(0, stop - first)])
        # A face detected once although detection looked often is damage on the film or a false alarm.
        kept = [one for one in followed if len(one) > 1 or (looks <= 2 and one[0][1].score > 0.95)]
        tracks += [_interpolated(len(tracks) + i, sightings) for i, sightings in enumerate(kept)]
    return tracks


def newcomers(before: list[Face], faces: list[Face]) -> list[Face]:
    """The faces of a look that continue none of the look before."""
    followed: list[Sightings] = [[(0, face)] for face in before]
    _extend(followed, 1, faces, 1)
    return [sightings[0][1] for sightings in followed[len(before) :]]


def _extend(followed: list[Sightings], frame: int, faces: list[Face], gap: int) -> None:
    """Append each face to the track that it continues best, or begin a new one."""
    from scipy.optimize import linear_sum_assignment

    active = [sightings for sightings in followed if frame - sightings[-1][0] <= gap]
    assigned = set()
    if active:
        cost = np.array([[_distance(sightings[-1][1].box, face.box) for face in faces] for sightings in active])
        for row, column in zip(*linear_sum_assignment(cost), strict=True):
            if cost[row, column] < 1.0:
                active[row].append((frame, faces[column]))
                assigned.add(column)
    followed.extend([(frame, face)] for i, face in enumerate(faces) if i not in assigned)


def _distance(a: Box, b: Box) -> float:
    """How much two boxes differ in place, size and overlap: below 1 they may be the same face."""
    (aw, ah), (bw, bh) = ((box[2] - box[0], box[3] - box[1]) for box in (a, b))
    size = ((aw * ah * bw * bh) ** 0.25) or 1.0
    moved = np.hypot(a[0] + a[2] - b[0] - b[2], a[1] + a[3] - b[1] - b[3]) / 2 / size
    growth = abs(np.log(max(aw * ah, 1e-6) / max(bw * bh, 1e-6))) / 2
    intersection = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    overlap = intersection / max(aw * ah + bw * bh - intersection, 1e-6)
    # Reaches 1 when the centre moved by 0.8 of a face, when the face doubled, or at half of both with little overlap.
    return float(moved + growth + 0.2 * (1.0 - overlap)) if growth < np.log(2) else 9.0


def _interpolated(number: int, sightings: Sightings) -> FaceTrack:
    """The track through these sightings, without gaps."""
    at = np.array([frame for frame, _ in sightings])
    frames = np.arange(at[0], at[-1] + 1)
    detected = np.array([[*face.box, *np.ravel(face.landmarks)] for _, face in sightings], np.float64)
    values = np.stack([np.interp(frames, at, column) for column in detected.T], axis=1).astype(np.float32)
    scores = np.zeros(len(frames), np.float32)
    scores[at - at[0]] = [face.score for _, face in sightings]
    return FaceTrack(
        id=number, frames=frames, boxes=values[:, :4], landmarks=values[:, 4:].reshape(-1, 5, 2), scores=scores
    )


def part_of(track: FaceTrack, start: int, stop: int) -> FaceTrack:
    """Frames start..stop-1 of a track, counted from its first, with the same number."""
    values = {key: getattr(track, key)[start:stop] for key in ("frames", "boxes", "landmarks", "scores")}
    return FaceTrack(id=track.id, descriptor=track.descriptor, **values)


def jumps(track: FaceTrack) -> list[int]:
    """Where in a track, counted from its first frame, the face is suddenly elsewhere or was lost for a while.

    A jump lies in the middle between two detections.
    """
    seen = np.flatnonzero(track.scores > 0)
    boxes: list[Box] = [tuple(track.boxes[i].tolist()) for i in seen]
    return [
        int(a + b + 1) // 2
        for a, b, before, after in zip(seen, seen[1:], boxes, boxes[1:], strict=False)
        if _distance(before, after) > JUMP or b - a > LOST
    ]


def smooth_landmarks(track: FaceTrack, sigma: float = 2.0) -> np.ndarray:
    """Landmarks (n, 5, 2) without the detector's jitter: a Gaussian over time, `sigma` in frames."""
    from scipy.ndimage import gaussian_filter1d

    return gaussian_filter1d(track.landmarks, sigma, axis=0, mode="nearest")


def as_json(tracks: Sequence[FaceTrack]) -> list[dict[str, Any]]:
    """Tracks as plain lists: [{"id", "first", "boxes", "landmarks", "scores", "descriptor"}], to a tenth of a pixel."""
    return [
        {
            "id": track.id,
            "first": int(track.frames[0]),
            "boxes": np.round(track.boxes.astype(float), 1).tolist(),
            "landmarks": np.round(track.landmarks.astype(float), 1).tolist(),
            "scores": np.round(track.scores.astype(float), 3).tolist(),
            "descriptor": None if track.descriptor is None else np.round(track.descriptor, 4).tolist(),
        }
        for track in tracks
    ]


def from_json(rows: Sequence[Mapping[str, Any]]) -> list[FaceTrack]:
    """The reverse of `as_json`."""
    return [
        FaceTrack(
            id=row["id"],
            frames=np.arange(row["first"], row["first"] + len(row["boxes"])),
            boxes=np.array(row["boxes"], np.float32),
            landmarks=np.array(row["landmarks"], np.float32),
            scores=np.array(row["scores"], np.float32),
            descriptor=None if row["descriptor"] is None else np.array(row["descriptor"]),
        )
        for row in rows
    ]
