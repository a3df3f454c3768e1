"""The clean/motion engine removes lasting scratches, and leaves posts, seams and gaps alone."""

from __future__ import annotations

import gc
import weakref

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import Clip
from answerprint.engines.clean import _curves, _scratch_judge, _scratches, _strips
from answerprint.engines.clean._levels import ShotDetector
from answerprint.engines.clean._scratch_repair import remove_scratches
from answerprint.engines.clean._scratch_search import DOUBT, Judge, ScratchSearch
from answerprint.engines.clean._straightened import ASIDE, LIMIT, PICTURES, ROWS
from answerprint.runtime.errors import FilmError
from restless import restless
from soiled import dirt, error, f1, pan, scratched, texture


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


@pytest.mark.parametrize("wide", [1.0, 2.0])
def test_an_edge_beside_a_part_of_a_scratch_spoils_its_repair_nowhere_else(wide: float) -> None:
    plain = (0.4 + np.random.default_rng(1).normal(0, 0.01, (240, 160, 1))).astype(np.float32)
    edged = plain.copy()
    edged[60:120, 78:88] += 0.3
    veil = 0.4 * np.exp(-0.5 * ((np.arange(160) - 75) / wide) ** 2)[:, None].astype(np.float32)
    side = np.full(60, 0.4)
    streak = _scratches.Line(
        strips=60, top=0, x=np.full(60, 75.0), bright=True, unlike=0, depth=side / 2, left=side, right=side,
        runs_off=True, foreign=1, new=1, unlike_new=0,
    )  # fmt: skip
    repairs = [remove_scratches(clean + veil * (1 - clean), [streak])[0] - clean for clean in (plain, edged)]
    alone, beside = (float(np.abs(left[140:, 60:90]).mean()) for left in repairs)
    assert 0 < beside < 1.1 * alone


@pytest.mark.parametrize("speed", [0, 2], ids=["still", "panning"])
def test_an_upright_post_is_kept(speed: int) -> None:
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


def test_over_a_still_picture_a_scratch_is_known_by_its_changing_depth() -> None:
    clean = pan(count=6, speed=0, grain=0.01)
    time = along(clean)
    worn, truth = line(clean, np.full(time.shape, 90.0), 0.4 + 0.2 * np.sin(5 * time), 1.0)
    repaired, mask = engines.load("clean", "motion").repair(worn)
    assert (mask & truth).sum() > 0.8 * truth.sum()
    assert error(repaired, clean, truth) < error(worn, clean, truth) / 4
    steady, _ = line(clean, np.full(time.shape, 90.0), np.full(time.shape, 0.4), 1.0)
    assert not engines.load("clean", "motion").repair(steady)[1].any()


@pytest.mark.parametrize("gone", [[], [2, 4]], ids=["frame by frame", "over frames without it"])
def test_a_scratch_is_followed_into_the_frame_that_shows_a_piece_of_it(gone: list[int]) -> None:
    clean = 0.4 + 0.3 * (pan(count=7, speed=2, grain=0.01) - 0.5)
    time = along(clean)
    cover = np.full(time.shape, 0.4)
    cover[3, :84] = 0
    cover[gone] = 0
    worn, truth = line(clean, 80 + 2 * np.sin(1.9 * time), cover, 1.0)
    # No spot is as large as this: whatever is repaired is repaired as a scratch.
    repaired, mask = engines.load("clean", "motion", smallest=10000).repair(worn)
    assert (mask & truth)[3].sum() > 0.9 * truth[3].sum()
    assert error(repaired[3], clean[3], truth[3]) < error(worn[3], clean[3], truth[3]) / 3


def test_a_dark_scratch_close_to_a_bright_one_is_removed_too() -> None:
    clean = 0.4 + 0.3 * (pan(count=6, speed=2, grain=0.01) - 0.5)
    time = along(clean)
    centre = 80 + 1.5 * np.sin(1.9 * time)
    bright, first = line(clean, centre, np.full(time.shape, 0.5), 1.0)
    worn, second = line(bright, centre + 9 + 0.5 * np.sin(2.3 * time), np.full(time.shape, 0.35), 0.0)
    repaired, mask = engines.load("clean", "motion").repair(worn)
    assert (mask & second).sum() > 0.8 * second.sum()
    assert error(repaired, clean, first | second) < error(worn, clean, first | second) / 4


def test_a_gap_that_begins_and_ends_in_the_picture_is_kept() -> None:
    clean = 0.4 + 0.3 * (pan(count=6, speed=0, grain=0.005) - 0.5)
    time = along(clean)
    centre = 90 + 1.0 * np.arange(6)[:, None] * np.linspace(0.5, 1, time.shape[1])
    legs, _ = line(clean, centre, np.full(time.shape, 0.7), 1.0, slice(60, 108))
    engine = engines.load("clean", "motion", smallest=10000)
    assert not engine.repair(legs)[1].any()
    assert engine.repair(line(clean, centre, np.full(time.shape, 0.7), 1.0)[0])[1].any()


def test_scratches_are_counted_and_can_be_left_alone() -> None:
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
    film = scratched(dirt(pan(count=14, width=120), 3)[0])[0]
    engine = engines.load("clean", "motion")
    whole = engine.run(engine.clip(film))
    assert whole.statistics["scratches"].all()
    for start, stop in ((0, 1), (1, 3), (3, 7), (7, 8), (13, 14)):
        first, last = max(0, start - engine.card.radius), min(14, stop + engine.card.radius)
        clip = Clip(frames=film[first:last], core=slice(start - first, stop - first), first=first)
        assert (engine.run(clip).frames == whole.frames[start:stop]).all()


def test_the_frames_of_a_shot_are_freed_at_once() -> None:
    gc.disable()
    try:
        shot = ShotDetector(scratched(pan(count=5))[0], sensitivity=1.0, smallest=2)
        shot.scratch_search.scratches(2)
        gone = weakref.ref(shot)
        del shot
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("below", [0.05, 0.7], ids=["dark", "light"])
def test_a_dark_line_may_end_where_the_ground_is_too_dark_to_show_it(below: float) -> None:
    picture = np.full((180, 200), 0.7, np.float32)
    picture[120:] = below
    picture[40:120, 99:101] = 0.4
    shown = _strips.strips(picture)
    strips = _strips.Strips(shown=shown, excess=np.zeros_like(shown), width=200)
    (line,) = [one for one in _scratches.lines(strips) if not one.bright]
    assert line.runs_off == (below < 0.1)


@pytest.mark.parametrize("last", [False, True], ids=["first", "last"])
def test_a_scratch_is_found_in_the_first_and_in_the_last_frame_of_a_shot(last: bool) -> None:
    clean = pan(count=8, speed=0, grain=0.03)
    worn, truth = scratched(clean, cover=0.3)
    mask = engines.load("clean", "motion", smallest=10000).repair(worn)[1]
    at = -1 if last else 0
    assert (mask & truth)[at].sum() > 0.9 * truth[at].sum()


def test_a_dim_scratch_is_found_where_it_hardly_stands_out_of_the_grain() -> None:
    clean = pan(count=8, speed=2, grain=0.03)
    worn, _ = scratched(clean, cover=0.12)
    veiled = np.abs(worn - clean)[..., 0] > 0.03
    repaired, mask = engines.load("clean", "motion", smallest=10000).repair(worn)
    assert (mask & veiled).sum() > 0.5 * veiled.sum()
    assert error(repaired, clean, veiled) < error(worn, clean, veiled) / 1.2


def test_scratches_are_found_where_spots_are_left_alone_for_the_sake_of_what_moves() -> None:
    clean = pan(count=8, speed=2, grain=0.02)
    worn, _ = scratched(clean, cover=0.12)
    usual, cautious = (
        engines.load("clean", "motion", smallest=10000, strength=s).repair(worn)[1].sum() for s in (0.5, 0.2)
    )
    assert usual == cautious > 0


def test_a_scratch_is_found_in_a_busy_picture() -> None:
    picture = np.random.default_rng(3).random((180, 260)).astype(np.float32)
    picture = np.clip(0.5 + 2.5 * (cv2.GaussianBlur(picture, (0, 0), 1.2) - 0.5), 0, 1)
    clean = np.repeat(picture[None, :, :240, None], 8, axis=0)
    worn, truth = scratched(clean, cover=0.4)
    repaired, mask = engines.load("clean", "motion", smallest=10000).repair(worn)
    assert (mask & truth).sum() > 0.6 * truth.sum()
    assert error(repaired, clean, truth) < error(worn, clean, truth) / 1.5


def columns(speed: float, count: int = 7, height: int = 180, width: int = 300) -> np.ndarray:
    """A panning view of columns, each with its edges, light and shade, under some grain."""
    rng = np.random.default_rng(4)
    across = np.repeat(rng.uniform(0.15, 0.85, 80), rng.integers(4, 16, 80))
    across = cv2.GaussianBlur(across[None], (0, 0), 0.8, sigmaY=1)[0]
    views = [np.interp(np.arange(width) + 20 + speed * t, np.arange(len(across)), across) for t in range(count)]
    film = np.repeat(np.stack(views)[:, None, :, None], height, axis=1)
    return np.clip(film + rng.normal(0, 0.01, film.shape), 0, 1).astype(np.float32)


def shot_of(film: np.ndarray, judge: Judge | None = None) -> ScratchSearch:
    """The search for scratches in a film, with a network or without one."""
    return ShotDetector(film, sensitivity=1.0, smallest=2, judge=judge).scratch_search


NETWORK = _scratch_judge.judge("clean-scratches")


@pytest.mark.parametrize("judge", [None, NETWORK], ids=["motion", "network"])
@pytest.mark.parametrize("speed", [0.0, 0.7, 3.0])
def test_columns_are_no_scratches_however_the_camera_pans(speed: float, judge: Judge | None) -> None:
    search = shot_of(columns(speed), judge)
    assert len(search.lines(3)) > 10
    assert not any(search.scratches(i) for i in (0, 3))


@pytest.mark.parametrize("speed", [0.7, 1.5])
def test_the_network_finds_a_scratch_among_columns_and_keeps_the_columns(speed: float) -> None:
    clean = columns(speed, count=9, height=240, width=400)
    worn, truth = scratched(clean, cover=0.5)
    search = shot_of(worn, NETWORK)
    repairs = [remove_scratches(worn[i], search.scratches(i)) for i in range(len(worn))]
    repaired, mask = (np.stack([repair[k] for repair in repairs]) for k in (0, 1))
    assert (mask & truth).sum() > 0.7 * truth.sum()
    assert (mask & ~truth).mean() < 0.006
    assert error(repaired, clean, truth) < error(worn, clean, truth) / 2


@pytest.mark.parametrize(("judge", "most"), [(None, 0.0035), (NETWORK, 0.0005)], ids=["motion", "network"])
@pytest.mark.parametrize("kind", ["water", "rain", "flag", "fire"])
@pytest.mark.parametrize("seed", range(3))
def test_falling_water_and_rain_are_no_scratches(kind: str, seed: int, judge: Judge | None, most: float) -> None:
    film = restless(kind, frames=9, height=270, width=360, seed=seed)
    search = shot_of(film, judge)
    masks = [remove_scratches(film[i], search.scratches(i))[1] for i in (0, 4)]
    assert np.mean(masks) < most


@pytest.mark.parametrize("word", [-8.0, 8.0])
def test_the_network_has_the_last_word_on_lines_in_doubt_and_on_no_others(word: float) -> None:
    worn, _ = scratched(pan(count=7, speed=2, grain=0.01))
    alone = shot_of(worn)
    search = shot_of(worn, lambda pictures, measures: np.full(len(pictures), word))
    assert (alone.odds(3)[0] > DOUBT) and max(alone.odds(3)) > DOUBT
    for own, told in zip(alone.odds(3), search.odds(3), strict=True):
        assert told == (word if own >= DOUBT else own)
    assert bool(search.scratches(3)) == (word > 0)


def test_a_line_stands_in_the_middle_of_its_straightened_pictures_and_they_are_all_of_it() -> None:
    worn, _ = scratched(pan(count=7, speed=3, grain=0.005), cover=0.5)
    search = shot_of(worn, lambda pictures, measures: np.zeros(len(pictures)))
    line = max(search.scratches(3) or search.lines(3), key=lambda line: line.new)
    pictures = search.pictures(line, search.track(line, 3), 3)
    assert pictures.shape == (ROWS, PICTURES, 2 * ASIDE + 1) and np.abs(pictures).max() <= LIMIT
    assert (pictures.mean(axis=0).argmax(axis=1)[[0, 1, 6, 8, 10, 12]] == ASIDE).all()
    # The first frame has none before it.
    first = search.lines(0)[0]
    assert not search.pictures(first, search.track(first, 0), 0)[:, 6:10].any()


def test_weights_of_another_network_are_refused_in_one_sentence() -> None:
    with pytest.raises(FilmError, match="not a network that tells scratches"):
        _ = _scratch_judge.ScratchJudge("clean-learned").network


@pytest.mark.parametrize("count", [1, 2, 7, 8, 60])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_middles_and_means_of_curves_are_numpys_own_to_the_bit(count: int, kind: type) -> None:
    rng = np.random.default_rng(count)
    curves = rng.normal(size=(count, 17)).astype(kind)
    assert _curves.median(curves).dtype == kind
    assert (_curves.median(curves) == np.median(curves, axis=0)).all()
    assert _curves.median(curves[:, 0]) == np.median(curves[:, 0])
    gappy = rng.normal(size=count + 3)
    gappy[[0, count + 1]] = np.nan
    assert _curves.known_mean(gappy) == np.nanmean(gappy)
