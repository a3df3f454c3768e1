"""Pumping goes, fades and lamps stay."""

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import Clip
from answerprint.engines.deflicker import _light
from answerprint.engines.deflicker._light import BLACK
from answerprint.engines.deflicker.curve import BEND, GRID, Curve
from places import MEDIA

HEIGHT, WIDTH = 91, 121


def scene() -> np.ndarray:
    rng = np.random.default_rng(3)
    picture = sum(
        cv2.resize(rng.random((n, n), np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) for n in (3, 9)
    )
    return np.clip(0.1 + 0.3 * picture, 0.02, 0.8)[..., None]


def film(n: int, *, person: bool = False) -> np.ndarray:
    """A still picture with a little grain, where a dark person may walk through."""
    frames = np.repeat(scene()[None], n, axis=0)
    if person:
        for t, frame in enumerate(frames):
            frame[25:, max(0, 3 * t - 40) : max(0, 3 * t - 5)] = 0.05
    grain = np.random.default_rng(1).normal(scale=0.01, size=frames.shape)
    return np.clip(frames + grain, 0, 1).astype(np.float32)


def eight_bits(frames: np.ndarray) -> np.ndarray:
    return (np.round(np.clip(frames, 0, 1) * 255) / 255).astype(np.float32)


def gains(n: int) -> np.ndarray:
    return 1 + np.random.default_rng(7).normal(scale=0.08, size=(n, 1, 1, 1))


def brightness(frames: np.ndarray) -> np.ndarray:
    return frames.mean(axis=(1, 2, 3))


@pytest.mark.parametrize("channels", [1, 3])
def test_nine_tenths_of_pumping_go_over_the_shot_and_nearly_all_between_frames(channels: int) -> None:
    clean = np.repeat(film(60), channels, axis=3)
    pumping = eight_bits(clean * gains(60))
    steady = engines.load("deflicker", "curve")(pumping)
    before, after = (brightness(frames) / brightness(clean) for frames in (pumping, steady))
    assert np.std(after) < 0.1 * np.std(before)
    assert np.std(np.diff(after)) < 0.03 * np.std(np.diff(before))


def test_a_person_who_walks_through_is_not_mistaken_for_pumping() -> None:
    clean = film(60, person=True)
    pumping = eight_bits(clean * gains(60))
    steady = engines.load("deflicker", "curve")(pumping)
    before, after = (brightness(frames) / brightness(clean) for frames in (pumping, steady))
    assert np.std(np.diff(after)) < 0.06 * np.std(np.diff(before))


def test_pumping_of_contrast_is_removed() -> None:
    clean = film(60)
    pumping = eight_bits(0.4 + (clean - 0.4) * gains(60))
    steady = engines.load("deflicker", "curve")(pumping)
    before, after = (np.std((frames - clean).std(axis=(1, 2, 3))) for frames in (pumping, steady))
    assert after < 0.2 * before


def test_local_pumping_is_removed() -> None:
    clean = film(60)
    across = np.linspace(-1, 1, WIDTH)[:, None] * np.random.default_rng(2).normal(scale=0.06, size=(60, 1, 1, 1))
    pumping = eight_bits(clean * (1 + across))

    def left(frames: np.ndarray) -> float:
        ratio = frames / clean
        return float(np.std(ratio[:, :, :30].mean(axis=(1, 2, 3)) - ratio[:, :, -30:].mean(axis=(1, 2, 3))))

    assert left(engines.load("deflicker", "curve")(pumping)) < 0.3 * left(pumping)
    assert left(engines.load("deflicker", "curve", local=False)(pumping)) > 0.5 * left(pumping)


@pytest.mark.parametrize("person", [False, True])
def test_a_film_that_does_not_pump_comes_back_bit_for_bit(person: bool) -> None:
    frames = film(40, person=person)
    assert np.array_equal(engines.load("deflicker", "curve")(frames), frames)


@pytest.mark.parametrize("course", ["fade", "lamp", "lightning"])
def test_changes_of_light_are_kept(course: str) -> None:
    t = np.arange(60)
    light = {
        "fade": np.clip((t - 15) / 30, 0, 1),
        "lamp": np.where(t < 30, 0.5, 1.0),
        "lightning": 0.5 + (t // 2 == 15),
    }
    clean = film(60) * light[course][:, None, None, None].astype(np.float32)
    assert np.abs(brightness(engines.load("deflicker", "curve")(eight_bits(clean))) - brightness(clean)).max() < 0.005
    steady = engines.load("deflicker", "curve")(eight_bits(clean * (1 + (gains(60) - 1) / 4)))
    assert np.abs(brightness(steady) - brightness(clean)).max() < 0.02


def test_real_fades_are_kept_within_two_per_cent() -> None:
    path = MEDIA / "clean" / "psd_fades.mp4"
    if not path.exists():
        pytest.skip("needs shared/media/clean/psd_fades.mp4")
    video, frames = cv2.VideoCapture(str(path)), []
    while (read := video.read())[0]:
        frames.append(cv2.resize(read[1], (120, 80), interpolation=cv2.INTER_AREA))
    film = np.stack(frames).astype(np.float32) / 255
    assert np.abs(brightness(engines.load("deflicker", "curve")(film)) - brightness(film)).max() < 0.02


@pytest.mark.parametrize("seed", [2, 4, 5])
def test_a_dissolve_that_pumps_bends_no_curve_so_far_that_colours_turn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = (
        cv2.resize(rng.uniform(0.1, 0.9, (5, 6, 3)), (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST) for _ in range(2)
    )
    one[:, :20] = one[:, -20:] = 0
    share = np.clip((np.arange(30) - 23) / 13, 0, 1)[:, None, None, None]
    grain = rng.normal(scale=0.01, size=(30, HEIGHT, WIDTH, 1))
    light = 1 + rng.normal(scale=0.03, size=(30, 1, 1, 1))
    frames = eight_bits((one * (1 - share) + other * share) * light + grain)
    engine = Curve()
    plan = engine.plan(engine.measure(Clip(frames=frames, core=slice(0, 30))), first=0)
    seen = GRID > 0.1
    slopes = np.diff(np.log(plan["curve"][:, seen] + BLACK)) / np.diff(np.log(GRID[seen] + BLACK))
    assert plan["touch"].all() and slopes.min() < 0.95
    assert slopes.min() > 1 - BEND - 0.05 and slopes.max() < 1 + BEND + 0.05


def test_white_stays_in_range_and_in_order() -> None:
    ramp = np.broadcast_to(np.linspace(0, 1, WIDTH, dtype=np.float32)[:, None], (40, HEIGHT, WIDTH, 1))
    steady = engines.load("deflicker", "curve", local=False)(eight_bits(ramp * gains(40)))
    assert steady.min() >= 0
    assert steady.max() < 1.4
    assert (np.diff(steady[:, 0, :, 0], axis=1) >= -1e-6).all()


@pytest.mark.parametrize(("n", "size", "channels"), [(1, (91, 121), 1), (2, (91, 121), 3), (3, (7, 9), 1)])
def test_tiny_films_keep_their_shape(n: int, size: tuple[int, int], channels: int) -> None:
    frames = np.random.default_rng(0).random((n, *size, channels), np.float32)
    assert engines.load("deflicker", "curve")(frames).shape == frames.shape
    assert np.isfinite(engines.load("deflicker", "curve")(frames * 0)).all()


def test_a_frame_is_the_same_in_any_clip() -> None:
    deflicker: Curve = engines.load("deflicker", "curve")
    whole = deflicker.clip(eight_bits(film(20) * gains(20)))
    measures, expected = deflicker.measure(whole), deflicker.run(whole).frames
    for start, stop in ((0, 7), (7, 8), (8, 20)):
        first = max(0, start - 4)
        core = slice(start - first, stop - first)
        plan = {name: values[first:stop] for name, values in whole.plan.items()}
        part = Clip(frames=whole.frames[first:stop], core=core, first=first, plan=plan)
        assert np.array_equal(deflicker.run(part).frames, expected[start:stop])
        for name, values in deflicker.measure(part).items():
            assert np.array_equal(values, measures[name][start:stop])


def test_half_the_strength_leaves_half_the_pumping() -> None:
    clean = film(40)
    pumping = eight_bits(clean * gains(40))
    half = engines.load("deflicker", "curve", strength=0.5)(pumping)
    before, after = (np.std(brightness(frames) / brightness(clean)) for frames in (pumping, half))
    assert 0.4 < after / before < 0.6


def test_a_cut_that_nobody_found_parts_the_light() -> None:
    other = scene()[::-1, ::-1] * 0.7 + 0.2
    clean = np.concatenate([film(30), np.repeat(other[None], 30, axis=0)])
    steady = engines.load("deflicker", "curve")(eight_bits(clean * gains(60)))
    for shot in (slice(0, 30), slice(30, 60)):
        before, after = gains(60)[shot, 0, 0, 0], brightness(steady[shot]) / brightness(clean[shot])
        assert np.std(after) < 0.3 * np.std(before)


def test_a_cut_between_shots_of_much_the_same_light_parts_it_too() -> None:
    chance = np.random.default_rng(11)
    shots = [
        film(24) + 0.05 * cv2.resize(chance.random((9, 9), np.float32), (WIDTH, HEIGHT))[..., None] for _ in (0, 1)
    ]
    shots[1] = np.clip(0.92 * shots[1][:, :, ::-1] + 0.02, 0, 1)
    clean = np.concatenate([0.2 + 0.5 * shot for shot in shots]).astype(np.float32)
    pumping = eight_bits(clean * gains(48))
    engine = engines.load("deflicker", "curve")
    measures = engine.measure(Clip(frames=pumping, core=slice(0, 48)))
    assert measures["spread"][24, 0] < 0.05
    assert [stretch.start for stretch in _light.stretches(measures["spread"])] == [0, 24]
    before, after = (brightness(frames) / brightness(clean) for frames in (pumping, engine(pumping)))
    assert np.std(after) < 0.25 * np.std(before)


def test_a_frame_that_is_unlike_its_neighbours_parts_nothing() -> None:
    clean = film(40)
    clean[20] = np.clip(clean[20] + 0.5 * np.random.default_rng(5).random((HEIGHT, WIDTH, 1)), 0, 1)
    measures = engines.load("deflicker", "curve").measure(Clip(frames=clean, core=slice(0, 40)))
    assert measures["spread"][20, 0] > 3 * measures["spread"][10, 0]
    assert [stretch.start for stretch in _light.stretches(measures["spread"])] == [0]


def test_comparisons_over_several_frames_hold_back_the_drift_of_single_steps() -> None:
    chance = np.random.default_rng(0)
    level = chance.normal(0, 0.08, 200)
    steps = np.zeros((200, len(_light.OFFSETS), 56))
    for row, offset in enumerate(_light.OFFSETS):
        steps[offset:, row] = (level[offset:] - level[:-offset])[:, None] + chance.normal(0, 0.02, (200 - offset, 1))
    spread = np.full((200, len(_light.OFFSETS)), 0.01)
    alone = np.cumsum(steps[:, 0, 0])
    assert np.std(_light.path(steps, spread)[:, 0] - level) < 0.5 * np.std(alone - level)


def test_a_crowd_that_passes_changes_the_light_as_little_forwards_as_backwards() -> None:
    chance = np.random.default_rng(4)
    places, speeds = chance.random((60, 2)) * (WIDTH, HEIGHT), chance.normal(0, 1.5, (60, 2))
    frames = np.repeat(0.3 * scene()[None], 20, axis=0)
    for t, frame in enumerate(frames):
        for x, y in (places + t * speeds) % (WIDTH, HEIGHT):
            cv2.circle(frame, (round(16 * x), round(16 * y)), 16 * 5, 0.6, -1, cv2.LINE_AA, 4)
    engine = engines.load("deflicker", "curve")
    forwards, backwards = (
        engine.measure(Clip(frames=film, core=slice(0, 20)))["steps"] for film in (frames, frames[::-1])
    )
    for row, offset in enumerate(_light.OFFSETS[1:], start=1):
        steps = forwards[offset:, row]
        assert np.abs(steps).max() > 0.001
        assert np.allclose(steps, -backwards[offset:, row][::-1], atol=1e-5)
