"""The clean/motion engine: finds one-frame dirt and lasting scratches, leaves everything else alone to the bit."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import Clip
from answerprint.engines.clean import _repair
from answerprint.errors import FilmError


def texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """A soft random picture, 0.2..0.8."""
    noise = np.random.default_rng(seed).normal(size=(height, width)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 3) + 0.5 * cv2.GaussianBlur(noise, (0, 0), 8)
    return cv2.normalize(soft, None, 0.2, 0.8, cv2.NORM_MINMAX)


def pan(count: int = 7, height: int = 120, width: int = 160, speed: int = 2, grain: float = 0.0) -> np.ndarray:
    """A film that pans over a texture, grey, (count, height, width, 1)."""
    picture = texture(height, width + speed * count)
    film = np.stack([picture[:, speed * i : speed * i + width] for i in range(count)])[..., None]
    return (film + np.random.default_rng(1).normal(0, grain, film.shape)).astype(np.float32)


def dirt(film: np.ndarray, frame: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """The film with specks, a hair and a blotch in one frame, and where they are (h, w)."""
    height, width = film.shape[1:3]
    rng = np.random.default_rng(seed)
    matte = np.zeros((height, width), np.uint8)
    for _ in range(8):
        at = int(rng.integers(8, width - 8)), int(rng.integers(8, height - 8))
        cv2.circle(matte, at, int(rng.integers(1, 4)), 255, -1)
    cv2.ellipse(matte, (width // 2, height // 2), (30, 18), 20, 0, 130, 255, 2)
    cv2.circle(matte, (width // 4, 3 * height // 4), 10, 255, -1)
    alpha = cv2.GaussianBlur(matte, (3, 3), 0).astype(np.float32)[..., None] / 255
    soiled = film.copy()
    soiled[frame] = film[frame] * (1 - alpha) + (1.0 if seed % 2 else 0.0) * alpha
    return soiled, (np.abs(soiled[frame] - film[frame]) > 0.04).any(axis=2)


def f1(found: np.ndarray, truth: np.ndarray) -> float:
    """F1 of two masks, one pixel tolerance."""

    def wide(mask: np.ndarray) -> np.ndarray:
        return cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0

    precision = (found & wide(truth)).sum() / max(1, found.sum())
    recall = (truth & wide(found)).sum() / max(1, truth.sum())
    return float(2 * precision * recall / max(1e-9, precision + recall))


def error(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> float:
    return float(((a - b)[where] ** 2).mean())


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


def test_a_fast_small_thing_is_not_eaten() -> None:
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


def test_dirt_is_found_under_flicker() -> None:
    clean = pan() * np.array([1, 0.9, 1.05, 0.92, 1.04, 0.94, 1], np.float32)[:, None, None, None]
    soiled, truth = dirt(clean, 3)
    repaired, mask = engines.load("clean", "motion").repair(soiled)
    assert f1(mask[3], truth) > 0.85
    assert error(repaired[3], clean[3], truth) < error(soiled[3], clean[3], truth) / 20


def test_colour_film_of_odd_size_and_dirt_in_one_dye_layer() -> None:
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


def scratched(
    film: np.ndarray, *, tone: float = 1.0, cover: float = 0.5, top: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """The film with one upright scratch that wavers through all frames, and where it is (n, h, w)."""
    count, height, width = film.shape[:3]
    time = np.arange(count)[:, None] + np.arange(height) / height
    centre = 0.4 * width + 2.0 * np.sin(1.9 * time) + 1.0 * np.sin(0.7 * time)
    bell = np.exp(-0.5 * (np.arange(width) - centre[..., None]) ** 2)
    bell[:, : int(top * height)] = 0
    veil = (cover * bell[..., None]).astype(np.float32)
    worn = film + veil * (tone - film)
    return worn, (np.abs(worn - film) > 0.04).any(axis=3)


@pytest.mark.parametrize("speed", [0, 3], ids=["still", "panning"])
@pytest.mark.parametrize("tone", [0.0, 1.0], ids=["black", "white"])
def test_a_wavering_scratch_is_found_and_what_lies_under_it_comes_back(speed: int, tone: float) -> None:
    clean = pan(count=6, speed=speed, grain=0.01)
    worn, truth = scratched(clean, tone=tone, cover=0.3)
    repaired, mask = engines.load("clean", "motion").repair(worn)
    assert f1(mask.reshape(-1, mask.shape[2]), truth.reshape(-1, mask.shape[2])) > 0.85
    assert error(repaired, clean, truth) < error(worn, clean, truth) / 3


def test_a_scratch_of_half_the_height_is_found_in_colour() -> None:
    clean = pan(count=5, height=181, width=241) * np.array([1.0, 0.8, 0.6], np.float32)
    worn, truth = scratched(clean, top=0.5)
    repaired, mask = engines.load("clean", "motion").repair(worn)
    assert f1(mask.reshape(-1, mask.shape[2]), truth.reshape(-1, mask.shape[2])) > 0.85
    assert error(repaired, clean, truth) < error(worn, clean, truth) / 4


def test_a_burnt_out_scratch_leaves_no_stripe_and_has_grain() -> None:
    smooth = 0.4 + 0.3 * (pan(count=5, height=160, width=200) - 0.5)
    clean = smooth + np.random.default_rng(2).normal(0, 0.02, smooth.shape).astype(np.float32)
    worn, truth = scratched(clean, cover=0.95)
    repaired = engines.load("clean", "motion")(worn)
    left = (repaired - smooth)[truth]
    assert abs(left.mean()) < 0.01
    assert 0.015 < left.std() < 0.04


@pytest.mark.parametrize("speed", [0, 2], ids=["still", "panning"])
def test_an_upright_post_is_no_scratch(speed: int) -> None:
    picture = texture(160, 240)
    picture[40:, 100:103] = 0.95
    picture[:, 140:142] = 0.05
    film = np.stack([picture[:, speed * i : speed * i + 200] for i in range(6)])[..., None]
    assert (engines.load("clean", "motion")(film) == film).all()


def line(
    film: np.ndarray, centre: np.ndarray, cover: np.ndarray, tone: float, rows: slice = slice(None)
) -> tuple[np.ndarray, np.ndarray]:
    """The film with an upright line at `centre` (n, h) and as opaque as `cover` (n, h), and where it is (n, h, w)."""
    bell = np.exp(-0.5 * (np.arange(film.shape[2]) - centre[..., None]) ** 2) * cover[..., None]
    veil = np.zeros_like(film)
    veil[:, rows] = bell[:, rows, :, None]
    worn = film + veil * (tone - film)
    return worn, (np.abs(worn - film) > 0.04).any(axis=3)


def along(film: np.ndarray) -> np.ndarray:
    """Place along the running film of each row of each frame (n, h), in frames."""
    count, height = film.shape[:2]
    return np.arange(count)[:, None] + np.arange(height) / height


def test_over_a_still_picture_a_scratch_shows_by_how_its_depth_comes_and_goes() -> None:
    clean = pan(count=6, speed=0, grain=0.01)
    time = along(clean)
    worn, truth = line(clean, np.full(time.shape, 90.0), 0.4 + 0.2 * np.sin(5 * time), 1.0)
    repaired, mask = engines.load("clean", "motion").repair(worn)
    assert (mask & truth).sum() > 0.8 * truth.sum()
    assert error(repaired, clean, truth) < error(worn, clean, truth) / 4
    steady, _ = line(clean, np.full(time.shape, 90.0), np.full(time.shape, 0.4), 1.0)
    assert not engines.load("clean", "motion").repair(steady)[1].any()


def test_a_scratch_is_followed_into_the_frame_that_shows_a_piece_of_it() -> None:
    clean = 0.4 + 0.3 * (pan(count=6, speed=2, grain=0.01) - 0.5)
    time = along(clean)
    cover = np.full(time.shape, 0.4)
    cover[3, :84] = 0
    worn, truth = line(clean, 80 + 2 * np.sin(1.9 * time), cover, 1.0)
    # No spot is as large as this: what is mended is mended as a scratch.
    repaired, mask = engines.load("clean", "motion", smallest=10000).repair(worn)
    assert (mask & truth)[3].sum() > 0.9 * truth[3].sum()
    assert error(repaired[3], clean[3], truth[3]) < error(worn[3], clean[3], truth[3]) / 3


def test_a_dark_scratch_close_beside_a_bright_one_goes_too() -> None:
    clean = 0.4 + 0.3 * (pan(count=6, speed=2, grain=0.01) - 0.5)
    time = along(clean)
    centre = 80 + 1.5 * np.sin(1.9 * time)
    bright, first = line(clean, centre, np.full(time.shape, 0.5), 1.0)
    worn, second = line(bright, centre + 9 + 0.5 * np.sin(2.3 * time), np.full(time.shape, 0.35), 0.0)
    repaired, mask = engines.load("clean", "motion").repair(worn)
    assert (mask & second).sum() > 0.8 * second.sum()
    assert error(repaired, clean, first | second) < error(worn, clean, first | second) / 4


def test_a_gap_that_begins_and_ends_in_the_picture_is_no_scratch() -> None:
    clean = 0.4 + 0.3 * (pan(count=6, speed=0, grain=0.005) - 0.5)
    time = along(clean)
    centre = 90 + 1.0 * np.arange(6)[:, None] * np.linspace(0.5, 1, time.shape[1])
    legs, _ = line(clean, centre, np.full(time.shape, 0.7), 1.0, slice(60, 108))
    engine = engines.load("clean", "motion", smallest=10000)
    assert not engine.repair(legs)[1].any()
    assert engine.repair(line(clean, centre, np.full(time.shape, 0.7), 1.0)[0])[1].any()


def test_scratches_are_counted_and_can_be_left() -> None:
    clean = pan(count=5, speed=2, grain=0.01)
    worn, truth = scratched(clean)
    engine = engines.load("clean", "motion")
    result = engine.run(engine.clip(worn))
    assert result.mask is not None and (result.statistics["scratches"] >= 1).all()
    assert (result.frames[~result.mask] == worn[~result.mask]).all()
    left = engines.load("clean", "motion", scratches=False)
    result = left.run(left.clip(worn))
    assert result.mask is not None and not result.statistics["scratches"].any()
    assert (result.mask & truth).sum() < 0.7 * truth.sum()


def test_scratches_do_not_depend_on_how_frames_are_grouped() -> None:
    film = scratched(dirt(pan(count=8), 3)[0])[0]
    engine = engines.load("clean", "motion")
    whole = engine.run(engine.clip(film))
    assert whole.statistics["scratches"].all()
    for start, stop in ((0, 1), (1, 3), (3, 4), (4, 8)):
        first, last = max(0, start - engine.card.radius), min(8, stop + engine.card.radius)
        clip = Clip(frames=film[first:last], core=slice(start - first, stop - first), first=first)
        assert (engine.run(clip).frames == whole.frames[start:stop]).all()


# Per cent of the picture that the worst of six frames may lose. What flashes in a single frame and goes, like a
# sequin, a drop or a snowflake of two pixels, cannot all be told from sparkle; none of it may be lost in quantity.


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


def test_what_stands_still_under_a_blotch_on_black_comes_back_straight() -> None:
    title = cv2.putText(np.zeros((160, 240), np.uint8), "FILM", (60, 95), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 230, 3)
    clean = np.repeat(title[None, ..., None].astype(np.float32) / 255, 5, axis=0)
    soiled, blotch = clean.copy(), np.zeros(clean.shape[1:3], np.uint8)
    cv2.ellipse(blotch, (150, 85), (34, 26), 20, 0, 360, 1, -1)
    soiled[2][blotch > 0] = 0.7
    repaired, _ = engines.load("clean", "motion").repair(soiled)
    assert np.abs(repaired - clean).max() < 0.2


def test_where_no_frame_shows_what_belongs_there_the_frame_itself_serves_and_says_so() -> None:
    texture_ = texture(120, 160)[..., None]
    grain = np.random.default_rng(4).normal(0, 0.02, texture_.shape)
    frame = (texture_ + grain).astype(np.float32)
    hole = np.zeros((120, 160), bool)
    hole[50:62, 70:86] = True
    other = np.full_like(frame, 0.95)
    filled, inpainted = _repair.filled(frame, other, other, hole, 0.02)
    assert (inpainted == hole).all() and (filled[~hole] == frame[~hole]).all()
    assert error(filled, frame, hole) < error(other, frame, hole) / 5
    # It has grain, as what surrounds it.
    fine = filled[..., 0] - cv2.GaussianBlur(filled[..., 0], (0, 0), 2)
    assert 0.012 < fine[hole].std() < 0.03
    known = _repair.filled(np.where(hole[..., None], 0.0, frame).astype(np.float32), frame, frame, hole, 0.02)
    assert not known[1].any() and error(known[0], frame, hole) < 1e-4


@pytest.mark.parametrize("count", [1, 2, 3])
def test_very_short_films_work(count: int) -> None:
    film = dirt(pan(count=count), 0)[0]
    assert engines.load("clean", "motion")(film).shape == film.shape


def test_the_end_of_a_shot_is_repaired_where_all_is_calm() -> None:
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


def test_a_blotch_beside_a_window_of_its_size_and_tone_is_not_that_window() -> None:
    clean = 0.4 * pan(count=5, height=160, width=220, speed=1)
    clean[:, 60:100, 60:100] = 0.8
    soiled = clean.copy()
    soiled[2, 60:100, 104:144] = 0.8
    truth = np.zeros(clean.shape[1:3], bool)
    truth[60:100, 104:144] = True
    mask = engines.load("clean", "motion").repair(soiled)[1]
    assert mask[2][truth].mean() > 0.95


@pytest.mark.parametrize(("tone", "at", "size"), [(0.85, (150, 90), (34, 26)), (0.6, (120, 110), (40, 30))])
def test_a_large_blotch_does_not_lead_the_brightness_of_an_even_sky_astray(
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


def test_strength_and_smallest_do_what_they_say() -> None:
    soiled, _ = dirt(pan(grain=0.02), 3)
    found = [engines.load("clean", "motion", strength=s).repair(soiled)[1].sum() for s in (0.0, 0.5, 1.0)]
    assert found[0] <= found[1] <= found[2] and found[0] < found[2]
    assert not engines.load("clean", "motion", smallest=10000).repair(soiled)[1].any()
    with pytest.raises(FilmError, match="strength"):
        engines.load("clean", "motion", strength=2.0)


def test_the_card_says_repair() -> None:
    card = engines.find("clean", "motion").card
    assert card.kind == "repair" and card.radius == 3 and dataclasses.asdict(card)["weights"] == ()


def test_what_only_space_can_fill_continues_its_surroundings() -> None:
    slope = np.tile(np.linspace(0.2, 0.8, 48, dtype=np.float32), (40, 1))
    hole = np.zeros(slope.shape, bool)
    hole[15:24, 20:28] = True
    filled = _repair.telea(np.where(hole, 1, slope).astype(np.float32), hole)
    assert np.abs(filled - slope).max() < 0.06 and np.array_equal(filled[~hole], slope[~hole])
