"""Torn out frames show as a jump; held frames, flashes and steady motion do not, and repeats show their rule."""

from __future__ import annotations

import numpy as np
import pytest

from answerprint.engines import Clip
from answerprint.lab.bench import torn_films
from answerprint.stages import analysis, pace
from films import moving_texture
from places import MEDIA

COUNT = 36


def film(speed: float = 2.0) -> np.ndarray:
    """A disc that moves over a texture that moves the other way: float32 (n, h, w, 1)."""
    return moving_texture(COUNT, 96, 160, 1, step=(speed / 2, 0.2), object_step=(-speed, 0.4))


def measures(frames: np.ndarray) -> dict[str, np.ndarray]:
    return pace.measure(Clip(frames=frames.astype(np.float32), core=slice(0, len(frames))))


def jumps(frames: np.ndarray) -> list[int]:
    return [jump.after for jump in pace.jumps(measures(frames), 0)]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6])
def test_torn_out_frames_are_a_jump(count: int) -> None:
    frames = np.delete(film(), range(16, 16 + count), axis=0)
    (jump,) = pace.jumps(measures(frames), 100)
    assert jump.after == 115 and abs(jump.frames - count) <= 1 and jump.confidence > 0.5


def test_steady_motion_has_no_jump() -> None:
    assert jumps(film()) == [] and jumps(film(0.0)) == []


def test_a_held_frame_and_the_step_that_makes_up_for_it_are_no_jump() -> None:
    frames = film()
    frames[16:18] = frames[15]
    assert jumps(frames) == []


def test_a_flash_is_no_jump() -> None:
    frames = film()
    frames[16] = np.clip(frames[16] * 1.3 + 0.15, 0, 1)
    assert jumps(frames) == []


def test_a_cut_is_no_jump_where_the_shots_are_known() -> None:
    frames = np.concatenate([film(), film()[:, ::-1, ::-1]])
    shots = [(0, COUNT), (COUNT, 2 * COUNT)]
    assert pace.of_shots(measures(frames), shots) == []


def test_measures_do_not_depend_on_the_section_that_measures_a_frame() -> None:
    frames = film().astype(np.float32)
    whole = measures(frames)
    part = pace.measure(Clip(frames=frames[9:20], core=slice(1, 10), first=9))
    for name, values in part.items():
        np.testing.assert_array_equal(values, whole[name][10:19])


@pytest.mark.parametrize(("pattern", "rule"), [((2,), "by 2"), ((1, 2), "by 3/2"), ((1, 1, 1, 2), "by 5/4")])
def test_repeats_by_a_rule_are_found(pattern: tuple[int, ...], rule: str) -> None:
    own = film()
    shown = np.concatenate([np.repeat(own[k : k + 1], pattern[k % len(pattern)], axis=0) for k in range(COUNT)])
    stretches = pace.repeats(measures(shown), 50)
    assert [str(one).split(" ", 1)[1] for one in stretches] == [rule]
    assert stretches[0].stop - stretches[0].first > 0.9 * len(shown)


def test_motion_without_repeats_has_no_rule() -> None:
    assert pace.repeats(measures(film()), 0) == []


@pytest.mark.parametrize(("step", "count"), [(2, 4), (3, 6)])
def test_torn_out_frames_are_found_in_films_that_repeat_theirs_by_a_rule(step: int, count: int) -> None:
    own = film()
    shown = own.repeat(step, axis=0)
    assert jumps(shown) == []
    torn = np.delete(shown, range(30, 30 + count), axis=0)
    (jump,) = pace.jumps(measures(torn), 0)
    assert jump.after == 29 and abs(jump.frames - count) <= step


def test_a_torn_out_repeat_is_no_jump() -> None:
    shown = film().repeat(2, axis=0)
    assert jumps(np.delete(shown, 31, axis=0)) == []


def test_a_frame_that_stands_longer_than_the_rule_says_is_no_jump() -> None:
    shown = film().repeat(2, axis=0)
    shown[32:34] = shown[31]
    assert jumps(shown) == []


def test_the_analysis_lists_jumps_and_repeats() -> None:
    torn = np.delete(film(), range(16, 19), axis=0)
    twos = film()[:18].repeat(2, axis=0)
    frames = np.concatenate([torn, twos]).astype(np.float32)
    measured = analysis.measure(Clip(frames=frames, core=slice(0, len(frames))))
    first, second = analysis.analyse(measured, [(0, len(torn)), (len(torn), len(frames))])
    assert [jump.after for jump in first.jumps] == [15] and any("after frame 15" in note for note in first.notes)
    assert not second.jumps and second.repeats
    assert [one.options["repeats"] for one in second.suggests if one.stage == "interpolate"] == [list(second.repeats)]
    assert '"after": 15' in analysis.to_json([first])


def test_jumps_are_told_from_flashes_and_held_frames_in_clips_that_nothing_was_learned_from() -> None:
    if not MEDIA.is_dir():
        pytest.skip("the test footage is not on this machine")
    films = [
        torn_films.draw(clip, seed) for clip in torn_films.clips(MEDIA, "held out")[:3] for seed in (500_000, 500_001)
    ]
    assert sum(len(one.lost) for one in films) >= 8
    assert torn_films.f1(films)[0] >= 0.85
