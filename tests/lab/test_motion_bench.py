"""The motion bench draws its clips with known truth and scores what it is told to."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from answerprint.lab.bench import motion, motion_clips, motion_peers, repair_peers, torn_films
from films import moving_texture


def film(count: int = 30) -> np.ndarray:
    return moving_texture(count, 64, 96, 3, step=(2.0, 0.0), object_step=(-2.0, 0.0))


@pytest.mark.parametrize("dropped", motion_clips.DROPS)
def test_a_gap_has_its_true_frames_and_their_moments(dropped: int) -> None:
    clip = film()
    gap = motion_clips.gap(clip, dropped)
    start = next(i for i in range(len(clip)) if np.array_equal(clip[i], gap.before))
    np.testing.assert_array_equal(gap.truth, clip[start + 1 : start + 1 + dropped])
    np.testing.assert_array_equal(gap.after, clip[start + 1 + dropped])
    np.testing.assert_array_equal(gap.kept[1:3], np.stack([gap.before, gap.after]))
    assert gap.times == pytest.approx([(k + 1) / (dropped + 1) for k in range(dropped)])


@pytest.mark.skipif(not repair_peers.has("minterpolate"), reason="this FFmpeg has no minterpolate")
def test_minterpolate_gives_the_frames_between_the_middle_two() -> None:
    gap = motion_clips.gap(film(), 3)
    drawn = motion_peers.between_middle(gap.kept, 3, motion_peers.MINTERPOLATE[0])
    assert drawn.shape == gap.truth.shape
    for k, frame in enumerate(drawn):
        scores = [motion_clips.psnr(frame, other) for other in (gap.before, *gap.truth, gap.after)]
        assert int(np.argmax(scores)) == k + 1


def test_a_torn_film_says_where_its_frames_are_missing() -> None:
    clip = (film(60)[..., :1] * 255).astype(np.uint8)
    torn = torn_films.draw(clip, 5)
    assert torn.lost and len(torn.shots) == 2 and torn.shots[-1][1] == len(torn.frames)
    places = {frame.tobytes(): index for index, frame in enumerate(clip)}
    mirrored = {frame.tobytes(): index for index, frame in enumerate(clip[:, :, ::-1])}
    for after, count in torn.lost:
        shown = places if after < torn.shots[0][1] else mirrored
        assert shown[torn.frames[after + 1].tobytes()] - shown[torn.frames[after].tobytes()] == count + 1


@pytest.mark.parametrize("step", [Fraction(2), Fraction(3, 2)])
def test_what_counts_as_torn_out_of_a_film_that_repeats_frames_are_frames_of_its_own(step: Fraction) -> None:
    clip = (film(60)[..., :1] * 255).astype(np.uint8)
    torn = torn_films.draw(clip, 5, step)
    assert torn.lost and len(torn.frames) > 1.3 * 2 * len(clip)
    places = {frame.tobytes(): index for index, frame in enumerate(clip)}
    mirrored = {frame.tobytes(): index for index, frame in enumerate(clip[:, :, ::-1])}
    for after, count in torn.lost:
        shown = places if after < torn.shots[0][1] else mirrored
        passed = shown[torn.frames[after + 1].tobytes()] - shown[torn.frames[after].tobytes()]
        assert 2 <= passed <= (count + 1) / step + 1


def test_rows_without_footage_are_skipped_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motion, "loaded_engines", lambda stage: ({}, {}))
    table = motion.table(tmp_path)
    assert table.count("skipped: There is no") == 4
