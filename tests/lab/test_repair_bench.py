"""The scores of the repair bench measure what they claim to."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint.lab.bench import repair, repair_clips, repair_peers, repair_rows


def film(count: int = 6) -> np.ndarray:
    rng = np.random.default_rng(0)
    picture = cv2.resize(rng.random((12, 16), np.float32), (96, 64), interpolation=cv2.INTER_CUBIC)
    return repair_clips.to_8_bits(np.repeat(np.clip(0.2 + 0.5 * picture, 0, 1)[None, ..., None], count, axis=0))


def spotted(clean: np.ndarray) -> np.ndarray:
    worn = clean.copy()
    worn[2, 20:30, 40:50] = 0
    return worn


def test_a_mask_counts_as_correct_within_one_pixel() -> None:
    clean = film()
    worn = spotted(clean)
    truth = repair_clips.changed_mask(clean, worn)
    for shift, expected in ((0, 1.0), (1, 1.0), (40, 0.0)):
        tally = repair_clips.Tally()
        tally.add(clean, worn, clean, np.roll(truth, shift, axis=2))
        assert tally.score == pytest.approx(expected, abs=0.01)


def test_the_gain_counts_only_damaged_pixels() -> None:
    clean = film()
    worn = spotted(clean)
    half = clean + (worn - clean) / 2
    tally = repair_clips.Tally()
    tally.add(
        clean,
        worn,
        np.where(repair_clips.changed_mask(clean, worn)[..., None], half, 0),
        repair_clips.changed_mask(clean, worn),
    )
    assert tally.gain == pytest.approx(20 * np.log10(2), abs=0.01)


def test_residual_shifts_are_measured_to_a_twentieth_of_a_pixel() -> None:
    rng = np.random.default_rng(1)
    picture = sum(
        cv2.resize(rng.random((n, n), np.float32), (240, 180), interpolation=cv2.INTER_CUBIC) for n in (6, 30)
    )
    wide = np.repeat((picture / 2)[None, ..., None], 5, axis=0).astype(np.float32)
    shifts = rng.normal(scale=2, size=(5, 2))
    residual = repair_clips.residual_shifts(wide[:, 12:-12, 12:-12], repair_clips.add_weave(wide, shifts, 12))
    assert np.abs(residual - (shifts - shifts.mean(axis=0))).max() < 0.05


def test_residual_flicker_is_the_flicker_added() -> None:
    clean = film(200)
    assert 0.06 < repair_clips.residual_flicker(clean, repair_clips.add_flicker(clean, 3)) < 0.1
    assert repair_clips.residual_flicker(clean, clean) == 0
    assert repair_clips.residual_flicker(clean, 0 * clean) == float("inf")


def test_a_peer_returns_every_frame_and_its_best_settings_win() -> None:
    noisy = repair_clips.to_8_bits(film() + np.random.default_rng(2).normal(0, 0.08, film().shape).astype(np.float32))
    for settings in ("tmedian=radius=2", "hqdn3d=6:6:20:20", "smoothing=5:optalgo=gauss"):
        assert repair_peers.filtered(noisy, settings).shape == noisy.shape
    best = repair_rows.best_of(
        {"tmedian": ("tmedian=radius=1", "tmedian=radius=2"), "no_such_filter": ("no_such_filter=1",)},
        lambda settings: repair_clips.psnr(film(), repair_peers.filtered(noisy, settings)),
    )
    assert best["tmedian"] and best["tmedian"][0] == "tmedian=radius=2"
    assert "no_such_filter missing" in repair_rows.format_best(best, "{:.1f}")


def test_rows_without_footage_are_skipped_with_a_reason(tmp_path: Path) -> None:
    text = repair.table(tmp_path, lambda: ("speed", "6 fps", "20 fps", "not measured", ""), 2)
    assert text.count("skipped: ") == 12
    assert "| speed | 6 fps | 20 fps | not measured |  |" in text
