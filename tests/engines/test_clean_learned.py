"""The learned engines: what their networks find and remove, and that they touch nothing else."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from itertools import accumulate, pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
import safetensors
import safetensors.numpy

from answerprint import engines
from answerprint.engines import Clip, models
from answerprint.engines.clean import _lending, _passing, _verdict
from answerprint.engines.clean._alignment import ShotAligner
from answerprint.engines.clean._context import Context
from answerprint.engines.clean._evidence import nothing
from answerprint.engines.clean._spot_search import Search
from answerprint.runtime.errors import FilmError
from films import moving_texture
from places import MEDIA

STAGES = ("clean", "denoise")


def dirtied(film: np.ndarray, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """A film with specks and a hair in every second frame, and where these moved a pixel by more than 4 %."""
    rng, soiled = np.random.default_rng(seed), film.copy()
    height, width = film.shape[1:3]
    for frame in soiled[::2]:
        ink, tone = np.zeros((height, width), np.float32), float(rng.integers(2))
        for _ in range(5):
            at = int(rng.integers(6, width - 6)), int(rng.integers(6, height - 6))
            cv2.circle(ink, at, int(rng.integers(1, 5)), 1.0, -1)
        middle = int(rng.integers(width // 3, width)), int(rng.integers(height // 3, height))
        cv2.ellipse(ink, middle, (30, 16), int(rng.integers(180)), 0, 120, 1.0, 2)
        ink = cv2.GaussianBlur(ink, (0, 0), 0.5)[..., None]
        frame += ink * (tone - frame)
    return soiled, (np.abs(soiled - film) > 0.04).any(axis=3)


def overlap(found: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Precision and recall with a pixel of tolerance."""
    near = np.ones((3, 3), np.uint8)
    wide_found, wide_truth = (
        np.stack([cv2.dilate(m.astype(np.uint8), near) > 0 for m in masks]) for masks in (found, truth)
    )
    return float((found & wide_truth).sum() / max(1, found.sum())), float((truth & wide_found).sum() / truth.sum())


def grainy(film: np.ndarray, sigma: float) -> np.ndarray:
    return (film + np.random.default_rng(1).normal(0, sigma, film.shape)).astype(np.float32)


def rms(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(((a - b) ** 2).mean()))


def in_two(engine: engines.PixelEngine, frames: np.ndarray, lengths: tuple[int, ...]) -> np.ndarray:
    """The frames done in several clips of one shot, each with its neighbours."""
    whole, done = engine.clip(frames), []
    for start, stop in pairwise((0, *accumulate(lengths))):
        low, high = max(0, start - engine.card.radius), min(len(frames), stop + engine.card.radius)
        plan = {key: value[low:high] for key, value in whole.plan.items()}
        clip = Clip(frames=frames[low:high].copy(), core=slice(start - low, stop - low), first=low, plan=plan)
        done.append(engine.run(clip).frames)
    return np.concatenate(done)


@pytest.mark.parametrize("channels", [1, 3])
def test_dirt_is_repaired_and_all_else_stays_to_the_bit(channels: int) -> None:
    clean = moving_texture(7, 120, 160, channels, step=(2.0, 0.0))
    soiled, truth = dirtied(clean)
    engine = engines.load("clean", "learned")
    result = engine.run(engine.clip(soiled))
    precision, recall = overlap(result.mask[1:-1], truth[1:-1])
    assert precision > 0.9 and recall > 0.85
    assert (result.frames[~result.mask] == soiled[~result.mask]).all()
    hurt = truth.copy()
    hurt[[0, -1]] = False
    assert rms(result.frames[hurt], clean[hurt]) < 0.2 * rms(soiled[hurt], clean[hurt])


@pytest.mark.parametrize("grain", [0.0, 0.03])
def test_a_clean_film_is_hardly_touched(grain: float) -> None:
    film = grainy(moving_texture(7, 120, 160, step=(3.0, 1.0)), grain)
    assert engines.load("clean", "learned").repair(film)[1].mean() < 0.0005


def test_an_object_too_fast_for_the_flow_is_not_mistaken_for_dirt() -> None:
    film = moving_texture(7, 120, 260, step=(0.0, 0.0), object_step=(0.0, 0.0))
    for i, frame in enumerate(film):
        cv2.circle(frame, (20 + 24 * i, 30), 12, 0.95, -1)
    assert engines.load("clean", "learned").repair(film)[1][1:-1].mean() < 0.0005


@pytest.mark.parametrize(("count", "least", "left"), [(2, 0.15, 0.95), (3, 0.6, 0.6), (7, 0.6, 0.6)])
def test_dirt_is_found_at_the_ends_of_shots_of_any_length(count: int, least: float, left: float) -> None:
    ends = [0, -1] if count % 2 else [0]
    clean = moving_texture(count, 120, 160, step=(2.0, 1.0))
    films = [dirtied(clean, seed) for seed in range(3, 8)]
    engine = engines.load("clean", "learned")
    found = [(soiled[ends], truth[ends], *(part[ends] for part in engine.repair(soiled))) for soiled, truth in films]
    soiled, hurt, repaired, mask = (np.concatenate(part) for part in zip(*found, strict=True))
    precision, recall = overlap(mask, hurt)
    assert precision > 0.8 and recall > least
    undamaged = np.concatenate([clean[ends]] * len(films))
    assert rms(repaired[hurt], undamaged[hurt]) < left * rms(soiled[hurt], undamaged[hurt])


@pytest.mark.parametrize(("count", "as_which"), [(2, "learned"), (9, "motion")])
def test_mixed_finds_dirt_as_motion_does_and_in_shots_too_short_for_that_by_the_network(
    count: int, as_which: str
) -> None:
    soiled = dirtied(moving_texture(count, 120, 160, step=(2.0, 1.0)))[0]
    mixed, motion, learned = (engines.load("clean", name).repair(soiled) for name in ("mixed", "motion", "learned"))
    expected = {"motion": motion, "learned": learned}[as_which]
    assert all((one == other).all() for one, other in zip(mixed, expected, strict=True))
    assert (motion[1] != learned[1]).any()


def test_a_film_of_one_frame_is_hardly_touched() -> None:
    assert engines.load("clean", "learned").repair(moving_texture(1, 120, 160))[1].mean() < 0.002


def test_bold_specks_are_found_whole() -> None:
    clean = moving_texture(7, 160, 240, step=(3.0, 1.0))
    soiled = clean.copy()
    for x, radius in ((40, 8), (110, 16), (190, 24)):
        cv2.circle(soiled[3], (x, 80), radius, 0.03, -1)
    mask = engines.load("clean", "learned").repair(soiled)[1][3]
    truth = (np.abs(soiled[3] - clean[3]) > 0.04).any(axis=2)
    assert (mask & truth).sum() > 0.95 * truth.sum()


def test_what_passes_in_large_is_in_the_next_frame_too_and_stays() -> None:
    grey = np.full((100, 200), 0.5, np.float32)
    here, there, far = (np.zeros(grey.shape, bool) for _ in range(3))
    here[20:50, 40:80], there[25:60, 70:110], far[60:95, 150:190] = True, True, True
    (body,) = _passing.bodies(here, grey)
    assert not _passing.without_passing(here, [body], _passing.bodies(there, grey)).any()
    assert (_passing.without_passing(here, [body], _passing.bodies(far, grey)) == here).all()
    assert (_passing.without_passing(here, [body], _passing.bodies(there, grey - 0.3)) == here).all()


def spots_of(number: int, *, likely: float = 0.99) -> _verdict.Opinions:
    """A frame with so many spots that a network likes, and of which motion has no opinion."""
    grey, probable = np.full((90, 320), 0.5, np.float32), np.zeros((90, 320), np.float32)
    for k in range(number):
        probable[20:24, 20 + 25 * k : 24 + 25 * k] = likely
    frame = np.where(probable > 0, np.float32(0.1), grey)
    return _verdict.Opinions(
        probable=probable,
        motion=nothing(frame[..., None]),
        shown=[grey + np.float32(0.005 * k) for k in range(6)],
        grey=frame,
        search=Search(
            current=frame,
            step=frame - grey,
            others=[grey, grey],
            excess=[np.zeros_like(grey)] * 2,
            flows=[np.zeros((90, 320, 2), np.float32)] * 2,
            between=True,
        ),
    )


def saying(number: int, **evidence: np.ndarray) -> Context:
    """That other spots say nothing about so many spots, or this."""
    return Context(**{field.name: evidence.get(field.name, np.zeros(number)) for field in fields(Context)})


def named(opinions: _verdict.Opinions, **evidence: np.ndarray) -> np.ndarray:
    spots = _verdict.spots(opinions)
    context = saying(len(spots.pixels) - 1, **evidence)
    return (_verdict.log_odds_of_dirt(spots, context, spots.restless) > _verdict.CERTAIN)[spots.labels] & (
        spots.labels > 0
    )


def test_what_the_network_likes_and_no_other_frame_shows_is_dirt() -> None:
    opinions = spots_of(4)
    assert (named(opinions) == (opinions.probable > 0)).all()
    assert not named(spots_of(4, likely=0.4)).any()


def test_a_spot_about_which_the_neighbours_disagree_is_left_alone() -> None:
    opinions = spots_of(4)
    moving = replace(opinions, shown=[np.float32(0.5 - 0.08 * k) + 0 * opinions.grey for k in range(6)])
    assert not named(moving).any()


@pytest.mark.parametrize("trait", ["path", "fellows"])
def test_what_moves_through_other_frames_is_left_alone_and_nothing_else_is(trait: str) -> None:
    opinions = spots_of(8, likely=0.999)
    ball = (opinions.probable > 0) & (np.arange(320) < 40)
    moving = np.array([8.0, *np.zeros(7)])
    assert (named(opinions, **{trait: moving}) == ((opinions.probable > 0) & ~ball)).all()


def test_where_motion_rejects_much_of_what_the_network_likes_the_rest_is_left_too() -> None:
    opinions = spots_of(12)
    assert named(opinions).any()
    rejected = (opinions.probable > 0) & (np.arange(320) < 200)
    restless = replace(opinions, motion=replace(opinions.motion, rejected=rejected))
    assert not named(restless).any()


def test_what_is_found_again_in_other_frames_speaks_against_all_spots() -> None:
    opinions = spots_of(12)
    assert opinions.search is not None
    again = replace(
        opinions, search=replace(opinions.search, others=[np.roll(opinions.grey, k, axis=0) for k in (-3, 3)])
    )
    assert not named(again).any()


@pytest.mark.parametrize("size", [0.4, 0.8])
def test_a_repair_has_the_grain_of_its_surroundings(size: float) -> None:
    smooth = np.stack([cv2.GaussianBlur(frame, (0, 0), 4) for frame in moving_texture(7, 160, 240, 1, step=(1.3, 0.7))])
    grain = np.random.default_rng(2).normal(0, 1, smooth.shape).astype(np.float32)
    grain = np.stack([cv2.GaussianBlur(frame, (0, 0), size) for frame in grain])
    film = (smooth + 0.03 * grain / grain.std())[..., None]
    soiled, speck = film.copy(), np.zeros((160, 240), np.uint8)
    for x in range(30, 230, 40):
        for y in range(30, 150, 40):
            cv2.circle(speck, (x, y), 9, 1, -1)
    soiled[3][speck > 0] = 0.03
    window = ShotAligner(soiled).window(3)
    defects = cv2.dilate(speck, np.ones((3, 3), np.uint8)) > 0
    offered = _lending.offers(soiled, 3, window, defects)
    repaired, _ = _lending.lent(soiled, 3, window, offered, defects)
    fine = repaired[..., 0] - cv2.GaussianBlur(repaired[..., 0], (0, 0), 1.5)
    inside = cv2.erode(speck, np.ones((3, 3), np.uint8)) > 0
    around = cv2.dilate(speck, np.ones((9, 9), np.uint8)) == 0
    assert 0.9 < fine[inside].var() / fine[around].var() < 1.1


def test_a_neighbour_that_does_not_exist_is_replaced_and_marked() -> None:
    film = moving_texture(5, 96, 128)
    first, middle, alone = (ShotAligner(frames).window(i) for frames, i in ((film, 0), (film, 2), (film[:1], 0)))
    assert [bool(plane.any()) for plane in first.valid] == [False, True] * 3
    assert np.array_equal(first.pictures[1], first.pictures[2]) and len(middle.flows) == 4
    assert not alone.valid.any() and (alone.pictures == alone.pictures[0]).all() and not alone.flows


def test_a_large_picture_is_answered_in_pieces_without_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    from answerprint.engines.clean import _network

    engine = engines.load("clean", "learned")
    soiled, _ = dirtied(moving_texture(7, 160, 240))
    window = ShotAligner(soiled).window(2)
    whole = engine.probability(window)
    monkeypatch.setattr(_network, "LARGEST", 130)
    pieces = engine.probability(window)
    assert pieces.shape == whole.shape and ((pieces > 0.5) != (whole > 0.5)).mean() < 0.001


def test_strength_decides_how_sure_the_network_must_be() -> None:
    soiled, _ = dirtied(grainy(moving_texture(7, 120, 160), 0.02))
    changed = [engines.load("clean", "learned", strength=s).repair(soiled)[1][1:-1].sum() for s in (0.0, 0.5, 1.0)]
    assert changed[0] < changed[1] < changed[2]


def test_grain_is_removed_from_a_moving_film() -> None:
    clean = moving_texture(5, 120, 160, step=(2.0, 0.0))
    noisy = grainy(clean, 0.06)
    result = engines.load("denoise", "learned", keep_grain=0.0)(noisy)
    assert rms(result[2], clean[2]) < 0.06 / 3.5


def test_a_single_picture_is_denoised_better_than_by_cosine_transforms() -> None:
    clean = moving_texture(1, 128, 128)
    noisy = grainy(clean, 0.1)
    learned, cosine = (
        rms(engines.load("denoise", name, keep_grain=0.0)(noisy), clean) for name in ("learned", "motion")
    )
    assert learned < cosine < 0.05


def test_a_film_without_noise_is_returned_to_the_bit() -> None:
    film = cv2.GaussianBlur(moving_texture(1, 96, 96)[0], (0, 0), 4)[None, ..., None].repeat(4, axis=0)
    result, mask = engines.load("denoise", "learned").repair(film)
    assert (result == film).all() and not mask.any()


def test_a_single_picture_gains_from_all_eight_orientations() -> None:
    from answerprint.engines.denoise import _network

    clean = moving_texture(1, 96, 128, 1)
    noisy, level = grainy(clean, 0.08), np.full(clean.shape[1:3], 0.08, np.float32)
    engine = engines.load("denoise", "learned")
    seen = _network.seen(noisy[0, ..., 0], noisy[0, ..., 0], level, level)
    (once,) = _network.denoised(engine.network, [seen], engine.inference)
    often, _ = engine.smoothed(noisy, 0, np.full((8, 1), 0.08), {})
    assert rms(often, clean[0]) < 0.995 * rms(once, clean[0, ..., 0])


def test_a_share_of_the_grain_is_given_back() -> None:
    noisy = grainy(moving_texture(3, 64, 96), 0.05)
    clean, some, all_ = (engines.load("denoise", "learned", keep_grain=k)(noisy) for k in (0.0, 0.4, 1.0))
    assert np.allclose(some - clean, 0.4 * (noisy - clean), atol=1e-6) and (all_ == noisy).all()


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("size", [(115, 141), (96, 300)])
def test_pixels_do_not_depend_on_threads_or_on_how_frames_are_grouped(stage: str, size: tuple[int, int]) -> None:
    import torch

    frames = grainy(dirtied(moving_texture(8, *size))[0], 0.03)
    before = torch.get_num_threads()
    results = []
    try:
        for threads, lengths in ((1, (8,)), (2, (1, 3, 4)), (4, (5, 3))):
            torch.set_num_threads(threads)
            results.append(in_two(engines.load(stage, "learned"), frames, lengths))
    finally:
        torch.set_num_threads(before)
    assert (results[0] == results[1]).all() and (results[0] == results[2]).all()


@pytest.mark.parametrize("stage", STAGES)
def test_our_weights_are_small_and_list_their_training_data(stage: str) -> None:
    path = models.weight_file(f"{stage}-learned")
    assert path.stat().st_size < 1_000_000
    with safetensors.safe_open(str(path), "numpy") as stored:
        metadata = stored.metadata()
    assert metadata["engine"] == f"{stage}/learned" and json.loads(metadata["schedule"])["seed"] >= 0
    card = path.with_suffix(".md").read_text()
    for row in json.loads(metadata["material"]):
        assert f"| {row['file']} | {row['sha256']} |" in card and "not given" not in card


@pytest.mark.parametrize("stage", STAGES)
def test_wrong_weights_are_refused_with_a_hint(stage: str, tmp_path: Path) -> None:
    other = "denoise" if stage == "clean" else "clean"
    with pytest.raises(FilmError, match=f"train_{stage}"):
        engines.load(stage, "learned", weights=str(models.weight_file(f"{other}-learned")))
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(b"not weights")
    with pytest.raises(FilmError, match="damaged"):
        engines.load(stage, "learned", weights=str(damaged))
    foreign = tmp_path / "foreign.safetensors"
    shape = json.dumps({"inputs": 4, "widths": [8], "blocks": 1})
    safetensors.numpy.save_file({"a": np.zeros(1)}, foreign, {"engine": f"{stage}/learned", "shape": shape})
    with pytest.raises(FilmError, match=f"not a network that {stage}/learned can use"):
        engines.load(stage, "learned", weights=str(foreign))


@pytest.mark.skipif(not (MEDIA / "bench" / "Set12").is_dir(), reason="needs ../shared/media/bench/Set12")
def test_pictures_of_set12_gain_half_a_decibel_over_cosine_transforms() -> None:
    scores: dict[str, list[float]] = {"learned": [], "motion": []}
    for number in (1, 2, 3, 4):
        stored = cv2.imread(str(MEDIA / "bench" / "Set12" / f"{number:02}.png"), cv2.IMREAD_GRAYSCALE)
        assert stored is not None
        picture = stored[None, ..., None].astype(np.float32) / 255
        for name, decibels in scores.items():
            result = engines.load("denoise", name, keep_grain=0.0)(grainy(picture, 25 / 255))
            decibels.append(-20 * np.log10(rms(np.clip(result, 0, 1), picture)))
    assert np.mean(scores["learned"]) > np.mean(scores["motion"]) + 0.5
