"""Damage is known to the pixel, independent of how the film is cut, and each kind can be switched off."""

from dataclasses import fields, replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from answerprint.lab.damage import WORN, Damage, damage
from films import moving_texture

SOIL = (
    "dirt", "dust", "hairs", "lint", "blotches", "specks", "stains", "sparkle", "spray", "mould",
    "held_hairs", "short_scratches", "scratches",
)  # fmt: skip
KINDS = (*SOIL, "weave", "tilt", "flicker", "grain", "vignette", "gate_shadow")


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    return moving_texture(12, 97, 131, seed=3)


def test_no_damage_is_no_change(clean: np.ndarray) -> None:
    damaged, truth = damage(clean, Damage(), seed=1)
    assert np.array_equal(damaged, clean)
    assert not truth.mask.any() and not truth.weave.any() and not truth.tilt.any() and (truth.gain == 1).all()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_alone_changes_the_film(clean: np.ndarray, kind: str) -> None:
    damaged, truth = damage(clean, Damage(**{kind: 0.5 if kind in ("vignette", "gate_shadow") else 2.0}), seed=5)
    assert np.abs(damaged - clean).max() > 0.04
    assert truth.mask.any() == (kind in SOIL)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_mask_is_exactly_what_dirt_changed_by_more_than_4_percent(channels: int) -> None:
    clean = moving_texture(6, 97, 131, channels, seed=4)
    damaged, truth = damage(clean, Damage(dirt=6, dust=9, hairs=1, lint=2, blotches=0.5, scratches=2), seed=9)
    moved = np.abs(damaged - clean)
    assert np.array_equal(truth.mask, (moved > 0.04).any(axis=3))
    assert 0.002 < truth.mask.mean() < 0.2


def test_a_film_in_pieces_is_damaged_like_the_whole(clean: np.ndarray) -> None:
    whole, truth = damage(clean, WORN, seed=7, first=40)
    for start, stop in ((0, 1), (1, 8), (8, 12)):
        piece, part = damage(clean[start:stop], WORN, seed=7, first=40 + start)
        assert np.array_equal(piece, whole[start:stop])
        assert all(np.array_equal(getattr(part, f.name), getattr(truth, f.name)[start:stop]) for f in fields(part))


def test_another_seed_gives_other_damage(clean: np.ndarray) -> None:
    assert not np.array_equal(damage(clean, WORN, seed=7)[0], damage(clean, WORN, seed=8)[0])


def test_switching_dust_off_leaves_dirt_in_place(clean: np.ndarray) -> None:
    # All white, so that a black speck cannot make up for a white one.
    both = damage(clean, Damage(dirt=5, dust=20, white=1), seed=2)[1].mask
    alone = damage(clean, Damage(dirt=5, white=1), seed=2)[1].mask
    assert alone.any() and both.sum() > alone.sum() and not (alone & ~both).any()


def test_weave_matches_the_truth() -> None:
    still = np.repeat(moving_texture(1, 120, 160, seed=6), 5, axis=0)
    damaged, truth = damage(still, Damage(weave=2.0), seed=11)
    for before, after, (dx, dy) in zip(still, damaged, truth.weave, strict=True):
        y, x = np.mgrid[10:110, 10:150].astype(np.float32)
        put_back = cv2.remap(after, x + dx, y + dy, cv2.INTER_CUBIC)
        assert np.abs(put_back - before[10:110, 10:150, 0]).mean() < 0.002
    assert np.abs(truth.weave).max() > 1


def test_tilt_turns_clockwise_by_the_truth() -> None:
    still = np.repeat(moving_texture(1, 121, 161, seed=6), 3, axis=0)
    damaged, truth = damage(still, Damage(tilt=1.0), seed=3)
    for before, after, degrees in zip(still, damaged, truth.tilt, strict=True):
        turn = np.radians(degrees)
        y, x = np.mgrid[-40:41, -50:51].astype(np.float32)
        # y points down, so this turns clockwise.
        to_x, to_y = np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y
        put_back = cv2.remap(after, (to_x + 80).astype(np.float32), (to_y + 60).astype(np.float32), cv2.INTER_CUBIC)
        assert np.abs(put_back - before[20:101, 30:131, 0]).mean() < 0.002
    assert np.abs(truth.tilt).max() > 0.3


def test_weave_and_flicker_have_the_strength_asked_for() -> None:
    speck = np.full((600, 4, 4, 1), 0.5, np.float32)
    _, truth = damage(speck, Damage(weave=1.5, tilt=0.2, flicker=0.06), seed=1)
    assert truth.weave.std(axis=0) == pytest.approx([1.5, 1.5], rel=0.15)
    assert truth.tilt.std() == pytest.approx(0.2, rel=0.15)
    assert truth.gain.std() == pytest.approx(0.06, rel=0.15)


def test_gain_is_the_brightness_of_the_whole_frame() -> None:
    grey = np.full((8, 60, 80, 1), 0.5, np.float32)
    damaged, truth = damage(grey, Damage(flicker=0.05), seed=1)
    assert damaged.mean(axis=(1, 2, 3)) == pytest.approx(0.5 * truth.gain, abs=0.004)
    assert damaged.std(axis=(1, 2, 3)).min() > 0.002, "regions flicker differently"


def test_grain_is_strongest_in_mid_tones_and_spatially_correlated() -> None:
    ramp = np.repeat([0.0, 0.1, 0.5, 0.9, 1.0], 100)[None, None, :, None] * np.ones((1, 200, 1, 1))
    damaged, _ = damage(ramp.astype(np.float32), Damage(grain=0.05), seed=1)
    noise = (damaged - ramp)[0, ..., 0].reshape(200, 5, 100)
    black, dark, middle, light, white = noise.std(axis=(0, 2))
    assert black == white == 0
    assert middle == pytest.approx(0.05, rel=0.05)
    assert dark == pytest.approx(0.03, rel=0.1) and light == pytest.approx(0.03, rel=0.1)
    grains = noise[:, 2]
    assert np.corrcoef(grains[:, :-1].ravel(), grains[:, 1:].ravel())[0, 1] > 0.3


def test_a_scratch_persists_while_dirt_does_not() -> None:
    grey = np.full((12, 288, 160, 1), 0.5, np.float32)
    scratched = damage(grey, Damage(scratches=3), seed=2)[1].mask
    dirty = damage(grey, Damage(dirt=20), seed=2)[1].mask
    # Columns of a scratch wander by less than 2 pixels from one frame to the next.
    columns = scratched.any(axis=1)
    near = columns[:-1] | np.roll(columns[:-1], 1, 1) | np.roll(columns[:-1], -1, 1)
    assert (columns[1:] & near).sum() > 0.85 * columns[1:].sum()
    assert (dirty[1:] & dirty[:-1]).sum() < 0.1 * dirty[1:].sum()


def test_scratches_are_as_frequent_as_asked_for_from_the_first_frame_on() -> None:
    grey = np.full((1, 24, 480, 1), 0.5, np.float32)
    counts = []
    for seed in range(60):
        streaks = damage(grey, Damage(scratches=4), seed=seed)[1].mask[0].any(axis=0)
        counts.append(int((np.diff(streaks.astype(int)) == 1).sum()))
    # Some are too faint to count, some lie on one another.
    assert 2.5 < np.mean(counts) < 4.2


def test_dirt_is_as_frequent_and_as_white_as_asked_for() -> None:
    grey = np.full((60, 240, 320, 1), 0.5, np.float32)
    damaged, truth = damage(grey, Damage(dirt=4, white=0.25), seed=2)
    specks = sum(cv2.connectedComponents(mask.astype(np.uint8))[0] - 1 for mask in truth.mask)
    assert specks / 60 == pytest.approx(4, rel=0.2)
    white = (damaged[..., 0] > 0.6).sum() / truth.mask.sum()
    assert 0.12 < white < 0.4


def test_tiny_and_odd_frames_can_be_damaged() -> None:
    for shape in ((1, 3, 5, 1), (2, 1, 1, 3), (3, 33, 17, 3)):
        frames = np.full(shape, 0.5, np.float32)
        damaged, truth = damage(frames, WORN, seed=1)
        assert damaged.shape == shape and np.isfinite(damaged).all() and truth.mask.shape == shape[:3]


def test_an_error_names_the_wrong_amount() -> None:
    with pytest.raises(ValueError, match="dirt"):
        Damage(dirt=-1)
    with pytest.raises(ValueError, match="white"):
        replace(WORN, white=1.5)


def test_held_hairs_and_short_scratches_stay_in_their_place_for_up_to_three_frames() -> None:
    film = np.full((40, 120, 160, 1), 0.5, np.float32)
    for kind in ("held_hairs", "short_scratches"):
        mask = damage(film, Damage(**{kind: 0.15}), 6)[1].mask
        soiled = mask.any(axis=(1, 2))
        assert soiled.any() and not soiled.all()
        runs, again = 0, 0
        for before, after in pairwise(mask):
            if before.any() and after.any():
                runs, again = runs + 1, again + int((before & after).any())
        assert runs and again > runs / 2


def test_specks_are_bold_and_stains_let_the_picture_show_through() -> None:
    film = np.full((30, 240, 320, 1), 0.5, np.float32)
    specks, stains = (damage(film, Damage(**{kind: 1, "size": 2}), 8)[0] for kind in ("specks", "stains"))
    assert np.abs(specks - film).max() > 0.39 > np.abs(stains - film).max() > 0.12
    # At 480 lines, the smallest has 100 pixels and the largest 3000; at their edges they fade.
    assert 50 < (np.abs(specks - film) > 0.1).sum() / 30 < 6000
