"""The clean/motion engine finds one-frame dirt, and leaves everything else alone to the bit."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import Clip
from answerprint.engines.clean import _repair
from answerprint.engines.clean._levels import ShotDetector
from answerprint.runtime.errors import FilmError
from soiled import dirt, error, f1, pan, texture


@pytest.mark.parametrize("speed", [0, 3])
@pytest.mark.parametrize("seed", [3, 4], ids=["white", "black"])
def test_dirt_is_found_and_repaired(speed: int, seed: int) -> None:
    clean = pan(speed=speed)
    soiled, truth = dirt(clean, 3, seed)
    repaired, mask = engines.load("clean", "motion").repair(soiled)
    assert f1(mask[3], truth) > 0.9
    assert error(repaired[3], clean[3], truth) < error(soiled[3], clean[3], truth) / 40
    assert not np.delete(mask, 3, axis=0).any()


def test_pixels_outside_the_mask_are_the_films_own_bits() -> None:
    soiled, _ = dirt(pan(grain=0.01), 3)
    engine = engines.load("clean", "motion")
    result = engine.run(engine.clip(soiled))
    assert result.mask is not None and result.mask.any()
    assert (result.frames[~result.mask] == soiled[~result.mask]).all()
    assert result.statistics["defects"][3] > 5 and result.statistics["repaired"][3] == result.mask[3].mean()


def test_a_clean_film_is_left_alone() -> None:
    film = pan(speed=3, grain=0.02)
    assert (engines.load("clean", "motion")(film) == film).all()


def test_a_small_fast_object_is_kept() -> None:
    film = pan(count=7, speed=0)
    for i in range(7):
        cv2.circle(film[i], (15 + 20 * i, 60), 6, 1.0, -1)
    assert (engines.load("clean", "motion")(film) == film).all()


def test_the_repair_keeps_the_grain() -> None:
    clean = pan(speed=2, grain=0.02)
    soiled = clean.copy()
    cv2.circle(soiled[3], (80, 60), 14, 1.0, -1)
    repaired = engines.load("clean", "motion")(soiled)
    inside = np.zeros(clean.shape[1:3], np.uint8)
    cv2.circle(inside, (80, 60), 11, 1, -1)
    grain = (repaired[3] - pan(speed=2)[3])[inside > 0].std()
    assert 0.015 < grain < 0.025


def test_small_bold_specks_are_found_in_heavy_grain() -> None:
    clean = pan(count=9, height=160, width=240, speed=1, grain=0.04)
    rng, specks = np.random.default_rng(0), np.zeros(clean.shape[:3], np.uint8)
    for speck in specks[2:7]:
        for x in range(20, 220, 25):
            cv2.ellipse(speck, (x, int(rng.integers(20, 140))), (2, 3), 0, 0, 360, int(rng.integers(1, 3)), -1)
    soiled = clean + np.array([0, 0.2, -0.2], np.float32)[specks][..., None]
    mask = engines.load("clean", "motion").repair(soiled)[1]
    assert mask[specks > 0].mean() > 0.8
    assert mask.sum() < 1.5 * np.count_nonzero(specks)


def test_what_stands_out_slightly_in_grain_is_not_named_when_it_is_let_go() -> None:
    detector = ShotDetector(pan(count=7, height=160, width=240, speed=1, grain=0.04), sensitivity=1.0, smallest=2)
    assert not any(detector.detect(i).rejected.any() for i in range(1, 6))


def shaken(shake: int = 14) -> np.ndarray:
    """A film of a camera that is shaken by so many pixels from frame to frame, (7, 180, 240, 1)."""
    wide = texture(180 + shake, 240 + shake)
    places = [(0, 0), (1, 0), (0, 1), (1, 1), (0, 0), (1, 0), (0, 1)]
    views = [wide[shake * y : shake * y + 180, shake * x : shake * x + 240] for x, y in places]
    return np.stack(views)[..., None].astype(np.float32)


def test_a_large_faint_stain_is_found_though_the_camera_shakes() -> None:
    soiled, stain = shaken(), np.zeros((180, 240), np.float32)
    cv2.ellipse(stain, (120, 90), (50, 28), 20, 0, 360, 1, -1, cv2.LINE_AA)
    soiled[3] *= 1 - 0.3 * stain[..., None]
    mask = engines.load("clean", "motion").repair(soiled)[1]
    assert mask[3][stain > 0.5].mean() > 0.9
    assert not np.delete(mask, 3, axis=0).any()


def test_a_small_fast_object_is_kept_though_the_camera_shakes() -> None:
    film = shaken()
    for i, frame in enumerate(film):
        cv2.circle(frame, (15 + 30 * i, 60), 6, 1.0, -1)
    assert (engines.load("clean", "motion")(film) == film).all()


def test_dirt_is_found_under_flicker() -> None:
    clean = pan() * np.array([1, 0.9, 1.05, 0.92, 1.04, 0.94, 1], np.float32)[:, None, None, None]
    soiled, truth = dirt(clean, 3)
    repaired, mask = engines.load("clean", "motion").repair(soiled)
    assert f1(mask[3], truth) > 0.85
    assert error(repaired[3], clean[3], truth) < error(soiled[3], clean[3], truth) / 20


def test_dirt_is_found_in_colour_film_of_odd_size_and_in_one_dye_layer() -> None:
    clean = pan(height=87, width=131) * np.array([1.0, 0.8, 0.6], np.float32)
    soiled, truth = dirt(clean, 3)
    scratched = clean.copy()
    layer = np.ascontiguousarray(scratched[3, ..., 2])
    scratched[3, ..., 2] = cv2.line(layer, (30, 20), (90, 70), 1.0, 2)
    engine = engines.load("clean", "motion")
    assert f1(engine.repair(soiled)[1][3], truth) > 0.85
    assert f1(engine.repair(scratched)[1][3], (scratched != clean)[3].any(axis=2)) > 0.8


def test_a_film_in_parts_equals_the_film_as_a_whole() -> None:
    film = pan(count=8)
    for i in range(8):
        film = dirt(film, i, seed=i)[0]
    engine = engines.load("clean", "motion")
    whole = engine.run(engine.clip(film)).frames
    for start, stop in ((0, 1), (1, 3), (3, 4), (4, 8)):
        first, last = max(0, start - engine.card.radius), min(8, stop + engine.card.radius)
        clip = Clip(frames=film[first:last], core=slice(start - first, stop - first), first=first)
        assert (engine.run(clip).frames == whole[start:stop]).all()


def blotched(
    clean: np.ndarray, places: dict[int, tuple[int, int]], size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """A film with one large blotch in some frames, black and white by turns, and where they lie (n, h, w)."""
    soiled, truth = clean.copy(), np.zeros(clean.shape[:3], bool)
    for i, at in places.items():
        blotch = np.zeros(clean.shape[1:3], np.uint8)
        cv2.ellipse(blotch, at, size, 25 * i, 0, 360, 1, -1)
        truth[i] = blotch > 0
        soiled[i][truth[i]] = 0.03 if i % 2 else 0.97
    return soiled, truth


def test_dirt_in_the_same_place_of_consecutive_frames_is_found() -> None:
    clean = pan(count=7, height=160, width=220, speed=1, grain=0.01)
    soiled, truth = blotched(clean, {2: (100, 80), 3: (110, 86)}, (22, 14))
    repaired, mask = engines.load("clean", "motion").repair(soiled)
    assert (mask & truth).sum() > 0.9 * truth.sum() and (mask & ~truth).sum() < 0.15 * truth.sum()
    assert error(repaired, clean, truth) < error(soiled, clean, truth) / 10


def test_dirt_at_the_end_of_a_shot_is_not_copied_into_the_next_frame() -> None:
    clean = pan(count=6, height=160, width=220, speed=1, grain=0.01)
    soiled, truth = blotched(clean, {4: (100, 80), 5: (112, 86)}, (24, 15))
    repaired, _ = engines.load("clean", "motion").repair(soiled)
    assert error(repaired[4], clean[4], truth[4]) < error(soiled[4], clean[4], truth[4]) / 100


def test_still_letters_under_a_blotch_on_black_come_back_straight() -> None:
    title = cv2.putText(np.zeros((160, 240), np.uint8), "FILM", (60, 95), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 230, 3)
    clean = np.repeat(title[None, ..., None].astype(np.float32) / 255, 5, axis=0)
    soiled, blotch = clean.copy(), np.zeros(clean.shape[1:3], np.uint8)
    cv2.ellipse(blotch, (150, 85), (34, 26), 20, 0, 360, 1, -1)
    soiled[2][blotch > 0] = 0.7
    repaired, _ = engines.load("clean", "motion").repair(soiled)
    assert np.abs(repaired - clean).max() < 0.2


def test_a_hole_that_no_neighbour_shows_is_filled_from_the_frame_itself_and_reported() -> None:
    texture_ = texture(120, 160)[..., None]
    grain = np.random.default_rng(4).normal(0, 0.02, texture_.shape)
    frame = (texture_ + grain).astype(np.float32)
    hole = np.zeros((120, 160), bool)
    hole[50:62, 70:86] = True
    other = np.full_like(frame, 0.95)
    filled, inpainted = _repair.filled(frame, other, other, hole, 0.02)
    assert (inpainted == hole).all() and (filled[~hole] == frame[~hole]).all()
    assert error(filled, frame, hole) < error(other, frame, hole) / 5
    # It has grain, like its surroundings.
    fine = filled[..., 0] - cv2.GaussianBlur(filled[..., 0], (0, 0), 2)
    assert 0.012 < fine[hole].std() < 0.03
    shown = _repair.filled(np.where(hole[..., None], 0.0, frame).astype(np.float32), frame, frame, hole, 0.02)
    assert not shown[1].any() and error(shown[0], frame, hole) < 1e-4


@pytest.mark.parametrize("count", [1, 2, 3])
def test_very_short_films_keep_their_length(count: int) -> None:
    film = dirt(pan(count=count), 0)[0]
    assert engines.load("clean", "motion")(film).shape == film.shape


def test_the_first_frame_of_a_calm_shot_is_repaired() -> None:
    clean = pan(speed=1)
    soiled = clean.copy()
    cv2.circle(soiled[0], (80, 60), 3, 1.0, -1)
    repaired, mask = engines.load("clean", "motion").repair(soiled)
    assert mask[0].sum() > 20 and np.abs(repaired[0] - clean[0]).max() < 0.1


def hill(tone: float, at: tuple[int, int], size: tuple[int, int], frame: int) -> tuple[np.ndarray, ...]:
    """A dark hill that passes under an even sky, the film with a blotch as light as that sky, and where it is."""
    height, width, speed = 180, 260, 2
    sky = tone + 0.01 * (texture(height, width + 12, 1) - 0.5)
    shape = cv2.ellipse(np.zeros(sky.shape, np.uint8), (141, height), (110, 110), 0, 0, 360, 1, -1)
    picture = np.where(shape > 0, 0.35 * texture(height, width + 12, 2), sky).astype(np.float32)
    clean = np.stack([picture[:, speed * i : speed * i + width] for i in range(6)])[..., None]
    blotch = cv2.ellipse(np.zeros((height, width), np.float32), at, size, 20, 0, 360, 1, -1)
    soft = cv2.GaussianBlur(blotch, (0, 0), 1)[..., None]
    soiled = clean.copy()
    soiled[frame] += soft * (tone - soiled[frame])
    return clean, soiled, np.abs(soiled - clean)[frame, ..., 0] > 0.04


def test_a_blotch_next_to_a_window_of_its_size_and_tone_is_not_mistaken_for_it() -> None:
    clean = 0.4 * pan(count=5, height=160, width=220, speed=1)
    clean[:, 60:100, 60:100] = 0.8
    soiled = clean.copy()
    soiled[2, 60:100, 104:144] = 0.8
    truth = np.zeros(clean.shape[1:3], bool)
    truth[60:100, 104:144] = True
    mask = engines.load("clean", "motion").repair(soiled)[1]
    assert mask[2][truth].mean() > 0.95


@pytest.mark.parametrize(("tone", "at", "size"), [(0.85, (150, 90), (34, 26)), (0.6, (120, 110), (40, 30))])
def test_a_large_blotch_does_not_mislead_the_brightness_fit_of_an_even_sky(
    tone: float, at: tuple[int, int], size: tuple[int, int]
) -> None:
    _, soiled, truth = hill(tone, at, size, 3)
    mask = engines.load("clean", "motion").repair(soiled)[1]
    assert mask[3][truth].mean() > 0.95 and (mask[3] & ~truth).sum() < 0.2 * truth.sum()


def test_a_large_blotch_on_the_first_frame_of_a_shot_is_repaired() -> None:
    clean, soiled, truth = hill(0.85, (130, 120), (20, 14), 0)
    repaired, mask = engines.load("clean", "motion").repair(soiled)
    assert mask[0][truth].mean() > 0.9 and (mask[0] & ~truth).sum() < 0.3 * truth.sum()
    assert error(repaired[0], clean[0], truth) < error(soiled[0], clean[0], truth) / 30


def test_more_strength_finds_more_and_smallest_leaves_small_spots_alone() -> None:
    soiled, _ = dirt(pan(grain=0.02), 3)
    changed = [engines.load("clean", "motion", strength=s).repair(soiled)[1].sum() for s in (0.0, 0.5, 1.0)]
    assert changed[0] <= changed[1] <= changed[2] and changed[0] < changed[2]
    assert not engines.load("clean", "motion", smallest=10000).repair(soiled)[1].any()
    with pytest.raises(FilmError, match="strength"):
        engines.load("clean", "motion", strength=2.0)


def test_the_card_declares_a_repair_over_twice_fifteen_frames_without_weights() -> None:
    card = engines.find("clean", "motion").card
    assert card.kind == "repair" and card.radius == 2 * 15 + 2 and dataclasses.asdict(card)["weights"] == ()


def test_a_hole_filled_within_the_frame_continues_its_surroundings() -> None:
    slope = np.tile(np.linspace(0.2, 0.8, 48, dtype=np.float32), (40, 1))
    hole = np.zeros(slope.shape, bool)
    hole[15:24, 20:28] = True
    filled = _repair.telea(np.where(hole, 1, slope).astype(np.float32), hole)
    assert np.abs(filled - slope).max() < 0.06 and np.array_equal(filled[~hole], slope[~hole])
