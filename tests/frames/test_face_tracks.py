"""Faces are followed within shots, and never across a cut."""

from __future__ import annotations

import numpy as np
import pytest

from answerprint.frames import face_tracks
from answerprint.frames.face_detection import Face
from answerprint.frames.face_tracks import FaceTrack, smooth_landmarks, track_faces


def face(x: float, y: float = 0.0, side: float = 40.0, score: float = 0.99) -> Face:
    points = ((0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8))
    return Face(
        box=(x, y, x + side, y + side), score=score, landmarks=tuple((x + side * a, y + side * b) for a, b in points)
    )


def test_a_face_missed_in_between_is_interpolated_in_one_track():
    detections = [[face(10)], None, None, [], None, None, [face(22)]]
    (track,) = track_faces(detections, first=100)
    assert track.frames.tolist() == list(range(100, 107))
    assert np.allclose(track.boxes[:, 0], 10 + 2 * np.arange(7))
    assert track.scores.tolist() == pytest.approx([0.99, 0, 0, 0, 0, 0, 0.99])


def test_no_track_crosses_a_cut():
    detections = [[face(10), face(200)] for _ in range(6)]
    tracks = track_faces(detections, shots=[(0, 3), (3, 6)])
    assert [(int(t.frames[0]), int(t.frames[-1])) for t in tracks] == [(0, 2), (0, 2), (3, 5), (3, 5)]
    assert [t.id for t in tracks] == [0, 1, 2, 3]


def test_two_people_who_pass_each_other_keep_their_tracks():
    detections = [[face(10 + 8 * i), face(150 - 8 * i, y=50)] for i in range(16)]
    tracks = track_faces(detections)
    assert len(tracks) == 2
    assert all(np.ptp(t.boxes[:, 1]) == 0 for t in tracks)


def test_a_face_detected_once_among_many_looks_is_dropped():
    detections = [[face(10)] + ([face(200)] if i == 4 else []) for i in range(9)]
    assert len(track_faces(detections)) == 1


def test_tracks_survive_json():
    (track,) = track_faces([[face(10)], [face(12)]], first=7)
    (again,) = face_tracks.from_json(face_tracks.as_json([track]))
    assert again.id == track.id and again.frames.tolist() == [7, 8]
    assert np.allclose(again.landmarks, track.landmarks, atol=0.05)


def test_smoothing_removes_the_jitter_of_landmarks():
    jitter = np.random.default_rng(0).normal(0, 1, (40, 5, 2)).astype(np.float32)
    track = FaceTrack(
        id=0, frames=np.arange(40), boxes=np.zeros((40, 4)), landmarks=50 + jitter, scores=np.ones(40, np.float32)
    )
    assert smooth_landmarks(track)[5:-5].std() < 0.5
