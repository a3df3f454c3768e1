"""Followed faces are people: by portrait, by likeness, and never in two places at once."""

from __future__ import annotations

import numpy as np
import pytest

from answerprint.engines.identity._portraits import Identity
from answerprint.engines.identity.dlib import Dlib, DlibOptions
from answerprint.frames.face_tracks import FaceTrack
from answerprint.speech.people import identify
from answerprint.speech.speaker import Speaker


def dlib_without_networks() -> Identity:
    """The engine as far as it only compares descriptors."""
    identity = Dlib.__new__(Dlib)
    identity.options = DlibOptions()
    return identity


IDENTITY = dlib_without_networks()


def person(number: int) -> np.ndarray:
    """The descriptor of a person: 0.7 from that of any other."""
    return 0.5 * np.eye(128)[number]


def track(number: int, start: int, stop: int, face: np.ndarray) -> FaceTrack:
    count = stop - start
    return FaceTrack(
        id=number,
        frames=np.arange(start, stop),
        boxes=np.zeros((count, 4), np.float32),
        landmarks=np.zeros((count, 5, 2), np.float32),
        scores=np.ones(count, np.float32),
        descriptor=face,
    )


def near(face: np.ndarray, distance: float, axis: int = 127) -> np.ndarray:
    """A view of a face at some distance from it."""
    return face + distance * np.eye(128)[axis]


def who(tracks: list[FaceTrack], portraits: dict[str, np.ndarray]) -> list[Speaker]:
    people = identify(tracks, IDENTITY, portraits)
    return [people[track.id][0] for track in tracks]


def test_a_person_is_known_again_in_another_shot_with_and_without_a_portrait():
    tracks = [track(0, 0, 50, person(0)), track(1, 50, 90, person(1)), track(2, 90, 99, near(person(0), 0.3))]
    assert who(tracks, {}) == [Speaker.face(0), Speaker.face(1), Speaker.face(0)]
    assert who(tracks, {"Anna": person(0)[None]}) == [Speaker.named("Anna"), Speaker.face(1), Speaker.named("Anna")]


def test_two_faces_at_once_are_two_people_however_alike():
    tracks = [track(0, 0, 50, person(0)), track(1, 20, 60, near(person(0), 0.1)), track(2, 70, 90, person(0))]
    first, second, later = who(tracks, {})
    assert first != second and later == first
    named = who(tracks[:2], {"Anna": person(0)[None]})
    assert named[0] == Speaker.named("Anna") and named[1].is_stranger


def test_a_face_too_far_from_its_portrait_is_named_by_the_person_it_resembles_elsewhere():
    profile = near(person(0), 0.55)
    between = near(person(0), 0.3)
    tracks = [track(0, 0, 50, between), track(1, 60, 70, profile)]
    assert IDENTITY.name(profile, {"Anna": person(0)[None]})[0] is None
    assert who(tracks, {"Anna": person(0)[None]}) == [Speaker.named("Anna")] * 2


@pytest.mark.parametrize("size", [2, 10, 40])
def test_a_portrait_gives_its_name_in_a_gallery_of_any_size_and_a_stranger_gets_none(size):
    portraits = {f"P{i:02}": person(i)[None] for i in range(size)}
    views = [near(person(i), 0.3) for i in range(size)]
    assert [IDENTITY.name(view, portraits)[0] for view in views] == list(portraits)
    assert IDENTITY.name(person(size), portraits)[0] is None


def test_a_face_between_two_portraits_gets_no_name():
    portraits = {"Anna": person(0)[None], "Ben": near(person(0), 0.35)[None]}
    assert IDENTITY.name(near(person(0), 0.175), portraits)[0] is None
    assert IDENTITY.name(near(person(0), 0.05), portraits)[0] == "Anna"


def test_the_mean_of_several_shots_gets_a_name_that_each_alone_does_not():
    shots = [near(person(0), 0.3 * (1 if i % 2 else -1), 120) + near(0 * person(0), 0.4, 121) for i in range(4)]
    portraits = {"Anna": person(0)[None]}
    assert all(IDENTITY.name(face, portraits)[0] is None for face in shots)
    together = [0.6 * face + 0.4 * shots[0] for face in shots]
    tracks = [track(i, 20 * i, 20 * i + 15, face) for i, face in enumerate(together)]
    assert who(tracks, portraits) == [Speaker.named("Anna")] * 4


def test_the_more_portraits_the_nearer_a_face_must_be():
    face = near(person(0), 0.45)
    few, many = ({f"P{i}": person(i)[None] for i in range(size)} for size in (3, 40))
    assert IDENTITY.name(face, few)[0] == "P0" and IDENTITY.name(face, many)[0] is None
