"""Faces are found in the frame's own coordinates, whatever its colour and however the film is cut."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from answerprint.frames import face_detection
from answerprint.frames.face_detection import Detector, Face
from drawn_faces import drawn_face


@cache
def detector() -> Detector:
    return Detector()


def test_a_face_is_found_in_the_coordinates_of_the_full_frame():
    small = detector()(drawn_face())[0]
    wide = np.pad(drawn_face(240), ((0, 0), (240, 480), (0, 0)), constant_values=0.35)
    large = detector()(wide)[0]
    assert wide.shape[1] > face_detection.WIDTH
    assert np.allclose(np.array(large.landmarks), 2 * np.array(small.landmarks) + [240, 0], atol=8)
    left_eye, right_eye, nose, *_ = small.landmarks
    assert left_eye[0] < nose[0] < right_eye[0] and np.allclose(left_eye, (102, 114), atol=5)


def test_colour_and_grey_frames_give_the_same_face():
    grey = drawn_face()
    assert detector()(grey) == detector()(np.repeat(grey, 3, axis=2))


@pytest.mark.parametrize("shape", [(3, 5, 1), (21, 300, 3), (40, 40, 1)])
def test_a_tiny_frame_without_faces_has_none(shape):
    assert face_detection.detect(np.full((1, *shape), 0.5, np.float32), detector=detector()) == [[]]


def test_the_faces_of_a_film_do_not_depend_on_its_sections():
    film = np.stack([drawn_face(mouth=0.02 * i) for i in range(8)])
    shots = [(0, 5), (5, 8)]

    def read(start: int, stop: int) -> np.ndarray:
        return film[start:stop]

    def detected(*cuts: int) -> list[list[Face] | None]:
        bounds = [0, *cuts, 8]
        sections = [
            face_detection.detect_section(read, a, b, shots=shots, detector=detector()) for a, b in pairwise(bounds)
        ]
        return face_detection.join_sections(reversed(sections))

    whole = detected()
    assert detected(1, 4, 7) == whole
    assert [i for i, faces in enumerate(whole) if faces is not None] == [0, 3, 4, 5, 6, 7]
