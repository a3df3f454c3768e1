"""Each kind of damage shows in its own number, and an undamaged film asks for nothing."""

import json
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import Clip
from answerprint.lab.fade import faded
from answerprint.stages import analysis, still_faults
from answerprint.stages.analysis import ShotAnalysis

N, HEIGHT, WIDTH = 24, 160, 240


def scene(width: int = WIDTH) -> np.ndarray:
    rng = np.random.default_rng(4)
    picture = sum(
        cv2.resize(rng.random((n, n), np.float32), (width, HEIGHT), interpolation=cv2.INTER_CUBIC) for n in (4, 12, 30)
    )
    return np.clip(0.15 + 0.22 * picture, 0, 1)


def film() -> np.ndarray:
    return np.repeat(scene()[None, ..., None], N, axis=0)


def one(frames: np.ndarray) -> ShotAnalysis:
    measures = analysis.measure(Clip(frames=frames.astype(np.float32), core=slice(0, len(frames))))
    return analysis.analyse(measures, [(0, len(frames))])[0]


def stages(shot: ShotAnalysis) -> set[str]:
    return {suggestion.stage for suggestion in shot.suggests}


def test_an_undamaged_film_asks_for_nothing() -> None:
    shot = one(film())
    assert not shot.suggests
    assert shot.grey
    assert shot.noise < 0.002
    assert abs(shot.brightness - film().mean()) < 1e-4


def test_a_pan_is_motion_and_not_weave() -> None:
    wide = scene(WIDTH + 3 * N)
    shot = one(np.stack([wide[:, 3 * t : 3 * t + WIDTH, None] for t in range(N)]))
    assert abs(shot.motion - 3) < 0.1
    assert not shot.suggests


def test_weave_suggests_stabilising() -> None:
    steps = np.random.default_rng(0).normal(scale=1.0, size=(N, 2))
    frames = [
        cv2.warpAffine(f, np.float64([[1, 0, x], [0, 1, y]]), (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)[..., None]
        for f, (x, y) in zip(film(), steps, strict=True)
    ]
    shot = one(np.stack(frames))
    assert 0.9 < shot.weave < 2
    assert "stabilise" in stages(shot)


def test_pumping_suggests_deflickering() -> None:
    shot = one(film() * (1 + np.random.default_rng(0).normal(scale=0.04, size=(N, 1, 1, 1))))
    assert 0.01 < shot.flicker < 0.08
    assert stages(shot) == {"deflicker"}


def test_noise_is_measured_within_a_tenth() -> None:
    for sigma in (0.01, 0.03):
        shot = one(np.clip(film() + np.random.default_rng(0).normal(scale=sigma, size=film().shape), 0, 1))
        assert abs(shot.noise / sigma - 1) < 0.1
    assert stages(shot) == {"denoise"}


def test_the_letters_of_a_title_card_are_no_grain() -> None:
    # Small letters on black: a hundredth of the picture is grey, and none of that is flat.
    card = np.zeros((480, 854), np.float32)
    for x in range(300, 540, 14):
        card[220 : 232 + x % 5, x : x + 3] = 0.8
        card[224:227, x : x + 9] = 0.8
    card = cv2.GaussianBlur(card, (0, 0), 0.8)
    assert 0.002 < np.mean(cv2.blur(card, (7, 7)) > 0.04) < 0.02
    grain = np.random.default_rng(0).normal(scale=0.03, size=card.shape).astype(np.float32)
    assert still_faults.noise_of(card) == 0
    assert abs(still_faults.noise_of(np.clip(0.3 + card / 2 + grain, 0, 1)) / 0.03 - 1) < 0.1


def test_dirt_is_counted_and_a_person_is_not_dirt() -> None:
    rng, frames, walking = np.random.default_rng(0), film(), film()
    for t in range(N):
        for x, y in zip(rng.integers(30, WIDTH - 30, 6), rng.integers(20, HEIGHT - 20, 6), strict=True):
            cv2.circle(frames[t], (int(x), int(y)), 2, 0.02, -1)
        walking[t, 50:, 20 + 4 * t : 60 + 4 * t] = 0.1
    assert 0.0007 < one(frames).dirt < 0.004
    assert stages(one(frames)) == {"clean"}
    assert one(walking).dirt < 1e-4


def test_a_blot_is_bold_and_a_faint_spot_of_its_size_is_not() -> None:
    blotted, faint = film(), film()
    cv2.circle(blotted[N // 2], (WIDTH // 2, HEIGHT // 2), 3, 0.02, -1)
    cv2.circle(faint[N // 2], (WIDTH // 2, HEIGHT // 2), 3, float(faint[N // 2, HEIGHT // 2, WIDTH // 2, 0]) - 0.03, -1)
    assert one(blotted).bold == pytest.approx(1 / (N - 2))
    assert one(faint).bold == one(film()).bold == 0


@pytest.mark.parametrize("number", [lambda t: t // 2, lambda t: 2 * t // 3], ids=["twos", "16 to 24"])
def test_dirt_and_pumping_are_as_strong_where_frames_are_shown_twice(number: Callable[[int], int]) -> None:
    rng, wide = np.random.default_rng(0), scene(WIDTH + 3 * N)
    frames = np.stack([wide[:, 3 * t : 3 * t + WIDTH, None] for t in range(N)])
    frames = np.clip(frames * (1 + rng.normal(scale=0.02, size=(N, 1, 1, 1))), 0, 1)
    for t in range(N):
        for x, y in zip(rng.integers(30, WIDTH - 30, 6), rng.integers(20, HEIGHT - 20, 6), strict=True):
            cv2.circle(frames[t], (int(x), int(y)), 2, 0.02, -1)
    once, twice = one(frames), one(frames[[number(t) for t in range(N)]])
    assert {"clean", "deflicker"} <= stages(twice)
    assert twice.dirt == pytest.approx(once.dirt, rel=0.4)
    assert twice.flicker == pytest.approx(once.flicker, rel=0.5)


def test_a_scratch_is_a_line_and_a_door_is_not() -> None:
    scratched, door = film(), film()
    scratched[:, :, 100:102] += 0.15
    door[:, 20:, 100:150] = 0.7
    assert one(scratched).scratches == 1
    assert "clean" in stages(one(scratched))
    assert one(door).scratches == 0


def test_blocks_and_combs_are_seen() -> None:
    blocks = film() + 0.03 * np.random.default_rng(0).random((1, HEIGHT // 8, WIDTH // 8, 1)).repeat(8, 1).repeat(8, 2)
    assert one(blocks).blockiness > 5 * one(film()).blockiness + 0.1
    combed = film()
    combed[:, 40:120, 60:160] = np.where(np.arange(80)[:, None] % 2 == 0, 0.9, 0.2)[:, :, None]
    assert one(combed).combing > 0.1
    assert one(film()).combing < 0.001


def test_blur_and_colour_are_seen() -> None:
    soft = np.stack([cv2.GaussianBlur(f, (0, 0), 2)[..., None] for f in film()])
    sharp = np.clip(film() + 0.2 * (np.indices((HEIGHT, WIDTH)).sum(axis=0) // 8 % 2)[..., None], 0, 1)
    assert one(soft).sharpness < 0.5 * one(sharp).sharpness
    coloured = np.repeat(film(), 3, axis=3)
    assert one(coloured).grey
    coloured[:, 30:60, 30:60, 0] += 0.2
    assert not one(coloured).grey


def test_parts_and_shots_join_and_the_result_is_json() -> None:
    frames = np.concatenate([film(), film()[:, ::-1] * 0.5]).astype(np.float32)
    for t in range(2 * N):
        cv2.circle(frames[t], (40 + 37 * t % 160, 30 + 2 * t), 2, 0.02, -1)
    # Every fourth frame of the second half shows the one before again.
    frames = frames[[t - (t > N and t % 4 == 3) for t in range(2 * N)]]
    whole = analysis.measure(Clip(frames=frames, core=slice(0, 2 * N)))
    parts = []
    for a, b in ((0, 7), (7, 31), (31, 48)):
        first = max(0, a - analysis.RADIUS)
        near = frames[first : b + analysis.RADIUS]
        parts.append(analysis.measure(Clip(frames=near, core=slice(a - first, b - first), first=first)))
    for name, values in whole.items():
        assert np.array_equal(np.concatenate([part[name] for part in parts]), values)
    shots = analysis.analyse(whole, [(0, N), (N, 2 * N)])
    assert [stages(shot) for shot in shots] == [{"clean"}, {"clean", "interpolate"}]
    read = json.loads(analysis.to_json(shots))
    assert [(shot["start"], shot["stop"]) for shot in read] == [(0, N), (N, 2 * N)]


def test_tiny_films_pass() -> None:
    for n, size, channels in ((1, (91, 121), 1), (2, (40, 52), 3), (3, (7, 9), 1)):
        shot = one(np.random.default_rng(0).random((n, *size, channels), np.float32))
        assert np.isfinite([v for v in vars(shot).values() if isinstance(v, float)]).all()


def test_suggestions_say_how_strong_and_why_in_numbers() -> None:
    steps = np.random.default_rng(0).normal(scale=3.0, size=(N, 2))
    frames = [
        cv2.warpAffine(f, np.float64([[1, 0, x], [0, 1, y]]), (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)[..., None]
        for f, (x, y) in zip(film(), steps, strict=True)
    ]
    weave = next(item for item in one(np.stack(frames)).suggests if item.stage == "stabilise")
    assert weave.options["limit"] > 0.02
    assert "pixels" in weave.why
    noise = np.random.default_rng(0).normal(scale=0.05, size=film().shape)
    grain = one(np.clip(film() + noise, 0, 1)).suggests[0]
    assert grain.stage == "denoise"
    assert "5.0%" in grain.why or "4.9%" in grain.why or "5.1%" in grain.why


def test_a_weave_beyond_the_usual_limit_is_measured_as_far_as_it_goes() -> None:
    steps = np.random.default_rng(0).normal(scale=5.0, size=(N, 2))
    true = float(np.sqrt(((steps - np.median(steps, axis=0)) ** 2).sum(axis=1).mean()))
    frames = [
        cv2.warpAffine(
            f, np.float64([[1, 0, x], [0, 1, y]]), (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
        )[..., None]
        for f, (x, y) in zip(film(), steps, strict=True)
    ]
    shot = one(np.stack(frames))
    assert true > 0.025 * WIDTH and shot.weave == pytest.approx(true, rel=0.05)
    (weave,) = (item for item in shot.suggests if item.stage == "stabilise")
    assert weave.options["limit"] == pytest.approx(3 * true / WIDTH, rel=0.05)


def test_a_camera_that_wanders_smoothly_does_not_weave() -> None:
    wide = scene(WIDTH + 60)
    at = 30 + 12 * np.sin(np.arange(N) / 4)
    shot = one(
        np.stack([cv2.warpAffine(wide, np.float64([[1, 0, -x], [0, 1, 0]]), (WIDTH, HEIGHT))[..., None] for x in at])
    )
    assert shot.tremor < 0.15
    assert "stabilise" not in stages(shot)


def test_a_crowd_in_fast_motion_is_not_dirt() -> None:
    rng, frames = np.random.default_rng(0), film()
    starts, speeds = rng.integers(0, WIDTH, 60), rng.integers(9, 15, 60)
    for t in range(N):
        for k in range(60):
            at = (int(starts[k] + speeds[k] * t) % WIDTH, 20 + 2 * k)
            cv2.circle(frames[t], at, 6, 0.05 if k % 2 else 0.9, -1)
    shot = one(frames)
    assert shot.stir > 0.1
    assert "clean" not in stages(shot)


def coloured(seed: int = 0) -> np.ndarray:
    """A film of many colours round grey, with blacks, and a shift of what it shows."""
    rng = np.random.default_rng(seed)
    tones = cv2.resize(rng.random((9, 14, 1), np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)[..., None]
    hues = cv2.resize(rng.normal(0, 0.09, (9, 14, 3)).astype(np.float32), (WIDTH, HEIGHT))
    picture = np.clip(tones + hues * tones, 0, 1)
    picture[:12, :30] = 0.01
    return np.stack([np.roll(picture, t, axis=1) for t in range(N)])


def test_faded_dyes_are_recognised_with_what_is_left_of_them() -> None:
    clean = one(coloured())
    assert "dyes" not in stages(clean) and (clean.cyan, clean.magenta, clean.yellow) == (1, 1, 1)
    shot = one(faded(coloured(), (0.4, 1.0, 0.6)))
    assert "dyes" in stages(shot)
    np.testing.assert_allclose([shot.cyan, shot.magenta, shot.yellow], [0.4, 1.0, 0.6], atol=0.12)


def test_what_is_suggested_for_badly_faded_film_is_within_what_the_stage_takes() -> None:
    (dyes,) = (item for item in one(faded(coloured(), (0.03, 1.0, 0.5))).suggests if item.stage == "dyes")
    assert engines.options.read(engines.find("dyes", "density"), dyes.options).cyan == 0.1


def test_a_shot_in_coloured_light_is_not_taken_for_faded() -> None:
    warm = np.clip(coloured() * np.float32([1.0, 0.7, 0.4]), 0, 1)
    assert "dyes" not in stages(one(warm))
