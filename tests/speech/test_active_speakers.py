"""Faces are scored over their whole track."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from answerprint.film.footage import Footage
from answerprint.film.sound import RATE
from answerprint.frames.face_tracks import FaceTrack
from answerprint.speech import active_speakers


def track(number: int, start: int, stop: int) -> FaceTrack:
    count = stop - start
    return FaceTrack(
        id=number,
        frames=np.arange(start, stop),
        boxes=np.tile(np.array([10, 10, 30, 30], np.float32), (count, 1)),
        landmarks=np.tile(np.array([[15, 18], [25, 18], [20, 22], [16, 26], [24, 26]], np.float32), (count, 1, 1)),
        scores=np.ones(count, np.float32),
        descriptor=np.ones(3),
    )


def test_only_frames_with_faces_are_read_and_each_once():
    asked: list[tuple[int, int]] = []

    def read(start: int, stop: int) -> np.ndarray:
        asked.append((start, stop))
        return np.full((stop - start, 40, 40, 1), 0.5, np.float32)

    speaking = SimpleNamespace(crop=lambda f, b, p: f[:4, :4, 0], score=lambda c, s, r: np.zeros(len(c)))
    identity = SimpleNamespace(
        options=SimpleNamespace(alike=0.5, same=0.5),
        name=lambda d, p: (None, float("inf")),
        limit=lambda p: 0.5,
    )
    tracks = [track(0, 5, 25), track(1, 10, 30), track(2, 50, 60)]
    footage = Footage(read=read, samples=np.zeros(RATE * 4, np.float32), rate=25)
    faces = active_speakers.detect(footage, tracks, speaking, identity)
    frames = [f for a, b in asked for f in range(a, b)]
    assert frames == [*range(5, 30), *range(50, 60)]
    assert [len(face.scores) for face in faces] == [20, 20, 10]
    assert [face.distance for face in faces] == [None] * 3
    assert active_speakers.detect(footage, [], speaking, identity) == []


def test_a_long_take_is_scored_in_pieces_that_fit_into_memory(monkeypatch):
    lengths: list[int] = []

    def score(crops: np.ndarray, samples: np.ndarray, rate: float) -> np.ndarray:
        lengths.append(len(crops))
        assert len(samples) == len(crops) * 640
        return np.arange(len(crops), dtype=float)

    monkeypatch.setattr(active_speakers, "LONGEST", 20)
    speaking = SimpleNamespace(crop=lambda f, b, p: f[:4, :4, 0], score=score)
    identity = SimpleNamespace(
        options=SimpleNamespace(alike=0.5, same=0.5),
        name=lambda d, p: (None, float("inf")),
        limit=lambda p: 0.5,
    )
    frame = np.full((1, 40, 40, 1), 0.5, np.float32)
    footage = Footage(read=lambda a, b: np.repeat(frame, b - a, 0), samples=np.zeros(0, np.float32), rate=25)
    (face,) = active_speakers.detect(footage, [track(0, 5, 50)], speaking, identity)
    assert lengths == [15, 20, 10] and len(face.scores) == 45 and face.first == 5
