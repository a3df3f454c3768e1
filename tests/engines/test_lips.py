"""Lips tell who speaks, on steady and moving heads, with and without grain."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from answerprint.engines import load
from answerprint.film.sound import RATE
from drawn_faces import drawn_face


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


def test_a_talker_scores_alike_at_every_rate():
    crops, samples = mouths(talks=True, frames=100)
    full = load("speaking", "lips").score(crops, samples, 25.0)
    slow = load("speaking", "lips").score(crops[np.arange(72) * 25 // 18], samples[: 72 * RATE // 18], 18.0)
    assert slow[22:].mean() == pytest.approx(full[30:].mean(), abs=0.5)


def test_loudness_within_a_phrase_says_little_about_whose_mouth_it_is():
    crops, samples = mouths(talks=True)
    spoken, sound = crops[25:], samples[25 * 640 :]
    forwards = load("speaking", "lips").score(spoken, sound, 25.0)
    backwards = load("speaking", "lips").score(spoken, sound[::-1].copy(), 25.0)
    assert np.abs(forwards - backwards).mean() < 1.0 and backwards.mean() > 0.5
