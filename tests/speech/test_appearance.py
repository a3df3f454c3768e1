"""A face is followed by how it looks as well as by where it is: one person a track, whether or not a cut was found."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from answerprint.frames.face_detection import Face
from answerprint.frames.face_tracks import track_faces
from answerprint.speech import appearance

PEOPLE = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
"""Descriptors of three people, 1.4 apart."""


class ByBrightness:
    """An identity engine for films in which each person is a shade of grey: 0.2, 0.5 and 0.8."""

    options = SimpleNamespace(alike=0.45, same=0.48)

    def __init__(self) -> None:
        self.described = 0

    def describe(self, frame: np.ndarray, box: tuple[float, ...]) -> np.ndarray:
        self.described += 1
        shade = float(np.median(frame)) / 255
        return PEOPLE[int(np.argmin(np.abs(np.array([0.2, 0.5, 0.8]) - shade)))]


def film(*shades: tuple[float, int]) -> tuple[list[list[Face] | None], np.ndarray]:
    """Detections and frames of one face in one place, with (shade, frames) one after the other."""
    values = np.repeat([shade for shade, _ in shades], [count for _, count in shades])
    points = ((25.0, 28.0), (35.0, 28.0), (30.0, 33.0), (26.0, 38.0), (34.0, 38.0))
    face = Face(box=(20.0, 20.0, 40.0, 44.0), score=0.99, landmarks=points)
    looks = [[face] if number % 3 == 0 or number == len(values) - 1 else None for number in range(len(values))]
    return looks, np.broadcast_to(values[:, None, None, None], (len(values), 60, 60, 1)).astype(np.float32)


@pytest.mark.parametrize(
    ("shades", "starts"),
    [
        ([(0.2, 40), (0.8, 35)], [0, 40]),
        ([(0.2, 31), (0.5, 30), (0.2, 44)], [0, 31, 61]),
        ([(0.2, 90)], [0]),
    ],
)
def test_a_track_is_broken_at_the_frame_on_which_the_person_changes(shades, starts):
    looks, frames = film(*shades)
    tracks = track_faces(looks)
    assert len(tracks) == 1  # by place alone, these are one
    people = appearance.describe(lambda a, b: frames[a:b], tracks, ByBrightness())
    assert [int(track.frames[0]) for track in people] == starts
    assert [track.id for track in people] == list(range(len(starts)))
    assert sum(len(track.frames) for track in people) == len(frames)
    expected = [PEOPLE[[0.2, 0.5, 0.8].index(shade)] for shade, _ in shades]
    assert all(np.allclose(track.descriptor, face) for track, face in zip(people, expected, strict=True))


def test_a_face_turned_or_hidden_for_a_moment_does_not_break_its_track():
    looks, frames = film((0.2, 40), (0.5, 8), (0.2, 40))
    (track,) = appearance.describe(lambda a, b: frames[a:b], track_faces(looks), ByBrightness())
    assert len(track.frames) == 88 and np.allclose(track.descriptor, PEOPLE[0])


def test_two_people_in_turn_before_one_wall_are_broken_where_the_box_jumps():
    looks, frames = film((0.2, 30), (0.8, 30))
    moved = [
        [Face(box=(32.0, 20.0, 52.0, 44.0), score=0.99, landmarks=faces[0].landmarks)] if faces and i >= 30 else faces
        for i, faces in enumerate(looks)
    ]
    engine = ByBrightness()
    people = appearance.describe(lambda a, b: frames[a:b], track_faces(moved), engine)
    assert [len(track.frames) for track in people] == [29, 31]  # half-way between two looks, three frames apart
    assert engine.described <= 8  # the jump needs no search


def test_each_frame_is_read_once_and_only_where_a_face_is_described():
    looks, frames = film((0.2, 120))
    asked: list[int] = []

    def read(start: int, stop: int) -> np.ndarray:
        asked.extend(range(start, stop))
        return frames[start:stop]

    appearance.describe(read, track_faces(looks), ByBrightness())
    assert len(asked) == len({*asked}) <= 80


def test_no_faces_are_no_tracks():
    assert appearance.describe(lambda a, b: np.zeros((b - a, 4, 4, 1)), [], ByBrightness()) == []
