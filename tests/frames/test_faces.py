"""Faces are found, followed within shots and cut out upright."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import cv2
import numpy as np
import pytest

from answerprint.engines import load
from answerprint.frames import faces as people
from answerprint.frames.faces import Face, Track
from answerprint.runtime.errors import FilmError
from places import MEDIA


def drawn_face(
    size: int = 120, mouth: float = 0.05, centre: float | None = None, width: int | None = None
) -> np.ndarray:
    """A grey cartoon, float32 (2 * size, width, 1), that the detector takes for a face."""
    image = np.full((2 * size, width or 2 * size), 0.35, np.float32)
    scale, x0 = size / 120, centre or size

    def ellipse(x: float, y: float, rx: float, ry: float, value: float) -> None:
        axes = max(1, int(rx * scale)), max(1, int(ry * scale))
        cv2.ellipse(image, (int(x0 + x * scale), int(size + y * scale)), axes, 0, 0, 360, value, -1, cv2.LINE_AA)

    ellipse(0, -15, 52, 68, 0.12)
    ellipse(0, 5, 44, 58, 0.75)
    for x in (-18, 18):
        ellipse(x, -17, 12, 2.5, 0.2)
        ellipse(x, -6, 9, 5, 0.92)
        ellipse(x, -6, 4, 5, 0.1)
    ellipse(0, 14, 7, 5, 0.55)
    ellipse(0, 6, 3, 14, 0.85)
    for x in (-4, 4):
        ellipse(x, 16, 2, 2, 0.25)
    ellipse(0, 34, 18, 5 + mouth * 60, 0.45)
    ellipse(0, 34, 14, 1 + mouth * 50, 0.15)
    return cv2.GaussianBlur(image, (0, 0), 1.2 * scale)[..., None]


@cache
def detector() -> people.Detector:
    return people.Detector()


def face(x: float, y: float = 0.0, side: float = 40.0, score: float = 0.99) -> Face:
    points = ((0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8))
    return Face(
        box=(x, y, x + side, y + side), score=score, landmarks=tuple((x + side * a, y + side * b) for a, b in points)
    )


def test_a_face_is_found_in_the_coordinates_of_the_full_frame():
    small = detector()(drawn_face())[0]
    wide = np.pad(drawn_face(240), ((0, 0), (240, 480), (0, 0)), constant_values=0.35)
    large = detector()(wide)[0]
    assert wide.shape[1] > people.WIDTH
    assert np.allclose(np.array(large.landmarks), 2 * np.array(small.landmarks) + [240, 0], atol=8)
    left_eye, right_eye, nose, *_ = small.landmarks
    assert left_eye[0] < nose[0] < right_eye[0] and np.allclose(left_eye, (102, 114), atol=5)


def test_colour_and_grey_frames_give_the_same_face():
    grey = drawn_face()
    assert detector()(grey) == detector()(np.repeat(grey, 3, axis=2))


@pytest.mark.parametrize("shape", [(3, 5, 1), (21, 300, 3), (40, 40, 1)])
def test_tiny_frames_without_faces_give_none(shape):
    assert people.detect(np.full((1, *shape), 0.5, np.float32), detector=detector()) == [[]]


def test_parts_give_what_the_whole_film_gives():
    film = np.stack([drawn_face(mouth=0.02 * i) for i in range(8)])
    shots = [(0, 5), (5, 8)]

    def read(start: int, stop: int) -> np.ndarray:
        return film[start:stop]

    def detected(*cuts: int) -> list[list[Face] | None]:
        bounds = [0, *cuts, 8]
        parts = [people.detect_part(read, a, b, shots=shots, detector=detector()) for a, b in pairwise(bounds)]
        return people.from_parts(reversed(parts))

    whole = detected()
    assert detected(1, 4, 7) == whole
    assert [i for i, faces in enumerate(whole) if faces is not None] == [0, 3, 4, 5, 6, 7]


def test_a_missed_face_stays_one_track_and_is_interpolated():
    looks = [[face(10)], None, None, [], None, None, [face(22)]]
    (track,) = people.track(looks, first=100)
    assert track.frames.tolist() == list(range(100, 107))
    assert np.allclose(track.boxes[:, 0], 10 + 2 * np.arange(7))
    assert track.scores.tolist() == pytest.approx([0.99, 0, 0, 0, 0, 0, 0.99])


def test_no_track_crosses_a_cut_and_ids_differ():
    looks = [[face(10), face(200)] for _ in range(6)]
    tracks = people.track(looks, shots=[(0, 3), (3, 6)])
    assert [(int(t.frames[0]), int(t.frames[-1])) for t in tracks] == [(0, 2), (0, 2), (3, 5), (3, 5)]
    assert [t.id for t in tracks] == [0, 1, 2, 3]


def test_two_people_who_pass_each_other_keep_their_tracks():
    looks = [[face(10 + 8 * i), face(150 - 8 * i, y=50)] for i in range(16)]
    tracks = people.track(looks)
    assert len(tracks) == 2
    assert all(np.ptp(t.boxes[:, 1]) == 0 for t in tracks)


def test_a_face_seen_once_among_many_looks_is_a_flaw():
    looks = [[face(10)] + ([face(200)] if i == 4 else []) for i in range(9)]
    assert len(people.track(looks)) == 1


def test_tracks_survive_json():
    (track,) = people.track([[face(10)], [face(12)]], first=7)
    (again,) = people.tracks_from_json(people.tracks_as_json([track]))
    assert again.id == track.id and again.frames.tolist() == [7, 8]
    assert np.allclose(again.landmarks, track.landmarks, atol=0.05)


def test_a_tilted_face_is_cut_out_upright():
    upright = drawn_face()
    turn = cv2.getRotationMatrix2D((120, 120), 25, 0.8)
    tilted = cv2.warpAffine(upright, turn, (240, 240), borderValue=0.35)[..., None]
    points = np.array([[102, 114], [138, 114], [120, 134], [106, 154], [134, 154]], np.float64)
    moved = points @ turn[:, :2].T + turn[:, 2]
    target = points - [72, 90]
    cut = [people.crop_upright(f, p, target, 96, 80)[8:-8, 8:-8] for f, p in ((upright, points), (tilted, moved))]
    assert np.abs(cut[0] - cut[1]).mean() < 0.02


def test_a_square_crop_reaches_past_the_edge():
    cut = people.crop_square(np.full((20, 30, 3), 0.5, np.float32), np.array([-10, -10, 10, 14]), 16, margin=0.2)
    assert cut.shape == (16, 16, 3) and np.allclose(cut, 0.5)


def mouths(*, talks: bool, sways: bool = False, grain: float = 0.0, frames: int = 50) -> tuple[np.ndarray, np.ndarray]:
    """Crops of a drawn mouth and its sound: one second of silence, one of syllables at 4 Hz."""
    rng = np.random.default_rng(0)
    lips = load("speaking", "lips")
    points = np.array([[102, 114], [138, 114], [121, 133], [106, 155], [136, 155]], np.float64)
    opened = np.where(np.arange(frames) >= 25, 0.5 - 0.5 * np.cos(np.arange(frames) * 2 * np.pi * 4 / 25), 0)
    crops = []
    for i in range(frames):
        picture = drawn_face(mouth=0.12 * opened[i] if talks else 0.02)
        move = cv2.getRotationMatrix2D((120, 120), 4 * np.sin(i / 5) * sways, 1.0)
        move[:, 2] += 2 * np.sin(i / 4) * sways
        picture = cv2.warpAffine(picture, move, (240, 240), borderValue=0.35)[..., None]
        noise = cv2.GaussianBlur(rng.normal(0, 2 * grain, picture.shape).astype(np.float32), (0, 0), 0.7)[..., None]
        # Landmarks that follow the head late, as interpolated ones do.
        crops.append(lips.crop(picture + noise, np.array([80, 70, 160, 180]), points))
    loud = np.interp(np.arange(frames * 640) / 640, np.arange(frames), opened)
    return np.stack(crops), (loud * rng.normal(0, 0.2, frames * 640)).astype(np.float32)


@pytest.mark.parametrize(("sways", "grain"), [(False, 0.0), (True, 0.0), (False, 0.04)])
def test_lips_tell_a_talker_from_a_listener(sways, grain):
    lips = load("speaking", "lips")
    scores = [lips.score(*mouths(talks=talks, sways=sways, grain=grain), 25.0) for talks in (True, False)]
    assert scores[0].shape == (50,) and scores[0][28:].mean() > 1.0
    assert scores[1][28:].mean() < -0.5


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_lips_cope_with_a_track_of_a_few_frames(frames):
    scores = load("speaking", "lips").score(np.full((frames, 64, 96), 0.5, np.float32), np.zeros(frames * 640), 25.0)
    assert scores.shape == (frames,) and np.isfinite(scores).all()


def test_a_portrait_needs_exactly_one_face(tmp_path):
    identity = load("identity", "dlib")
    with pytest.raises(FilmError, match="no folder of portraits"):
        identity.portraits(tmp_path / "none")
    with pytest.raises(FilmError, match="holds no picture"):
        identity.portraits(tmp_path)
    cv2.imwrite(str(tmp_path / "Anna.png"), np.uint8(drawn_face()[..., 0] * 255))
    assert identity.portraits(tmp_path)["Anna"].shape == (1, 128)
    (tmp_path / "Ben").mkdir()
    for name, picture in {
        "none": np.full((90, 90), 90, np.uint8),
        "two": np.hstack([drawn_face()[..., 0]] * 2) * 255,
    }.items():
        path = tmp_path / "Ben" / f"{name}.png"
        cv2.imwrite(str(path), np.uint8(picture))
        with pytest.raises(FilmError, match="no face" if name == "none" else "2 faces"):
            identity.portraits(tmp_path)
        path.unlink()


def test_real_people_are_told_apart_and_a_stranger_stays_unnamed():
    gallery = MEDIA / "dialogue" / "gallery"
    if not gallery.is_dir():
        pytest.skip("the shared portraits are not here")
    identity = load("identity", "dlib")
    known = identity.portraits(gallery)
    film = cv2.VideoCapture(str(MEDIA / "dialogue" / "grid_reverse.mkv"))
    frame = cv2.cvtColor(film.read()[1], cv2.COLOR_BGR2RGB)
    (seen,) = identity.detector(frame.astype(np.float32) / 255)
    ben = identity.describe(frame, seen.box)
    assert identity.name(ben, known)[0] == "Ben"
    assert identity.name(ben, {name: faces for name, faces in known.items() if name != "Ben"})[0] is None


def test_a_track_is_smoothed_without_moving_its_middle():
    jitter = np.random.default_rng(0).normal(0, 1, (40, 5, 2)).astype(np.float32)
    track = Track(
        id=0, frames=np.arange(40), boxes=np.zeros((40, 4)), landmarks=50 + jitter, scores=np.ones(40, np.float32)
    )
    assert people.smooth(track)[5:-5].std() < 0.5
