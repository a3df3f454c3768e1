"""The bench of repair scores what it says it scores."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint.lab.bench import repair as repair_bench
from answerprint.lab.bench import repair_clips as clips
from answerprint.lab.bench import repair_peers, repair_rows


def film(count: int = 6) -> np.ndarray:
    rng = np.random.default_rng(0)
    picture = cv2.resize(rng.random((12, 16), np.float32), (96, 64), interpolation=cv2.INTER_CUBIC)
    return clips.rounded(np.repeat(np.clip(0.2 + 0.5 * picture, 0, 1)[None, ..., None], count, axis=0))


def spotted(clean: np.ndarray) -> np.ndarray:
    worn = clean.copy()
    worn[2, 20:30, 40:50] = 0
    return worn


def test_a_mask_is_right_within_one_pixel_and_wrong_beyond() -> None:
    clean = film()
    worn = spotted(clean)
    truth = clips.moved(clean, worn)
    for shift, expected in ((0, 1.0), (1, 1.0), (40, 0.0)):
        tally = clips.Tally()
        tally.add(clean, worn, clean, np.roll(truth, shift, axis=2))
        assert tally.score == pytest.approx(expected, abs=0.01)


def test_the_gain_counts_only_damaged_pixels() -> None:
    clean = film()
    worn = spotted(clean)
    half = clean + (worn - clean) / 2
    tally = clips.Tally()
    tally.add(clean, worn, np.where(clips.moved(clean, worn)[..., None], half, 0), clips.moved(clean, worn))
    assert tally.gain == pytest.approx(20 * np.log10(2), abs=0.01)


def test_offsets_are_measured_to_a_twentieth_of_a_pixel() -> None:
    rng = np.random.default_rng(1)
    picture = sum(
        cv2.resize(rng.random((n, n), np.float32), (240, 180), interpolation=cv2.INTER_CUBIC) for n in (6, 30)
    )
    wide = np.repeat((picture / 2)[None, ..., None], 5, axis=0).astype(np.float32)
    shifts = rng.normal(scale=2, size=(5, 2))
    found = clips.offsets(wide[:, 12:-12, 12:-12], clips.shaken(wide, shifts, 12))
    assert np.abs(found - (shifts - shifts.mean(axis=0))).max() < 0.05


def test_pumping_is_what_was_put_in() -> None:
    clean = film(200)
    assert 0.06 < clips.pumping(clean, clips.pulsing(clean, 3)) < 0.1
    assert clips.pumping(clean, clean) == 0
    assert clips.pumping(clean, 0 * clean) == float("inf")


def test_a_peer_gives_a_frame_for_each_frame_and_its_best_settings_win() -> None:
    noisy = clips.rounded(film() + np.random.default_rng(2).normal(0, 0.08, film().shape).astype(np.float32))
    for settings in ("tmedian=radius=2", "hqdn3d=6:6:20:20", "smoothing=5:optalgo=gauss"):
        assert repair_peers.through(noisy, settings).shape == noisy.shape
    best = repair_rows.best_of(
        {"tmedian": ("tmedian=radius=1", "tmedian=radius=2"), "no_such_filter": ("no_such_filter=1",)},
        lambda settings: clips.psnr(film(), repair_peers.through(noisy, settings)),
    )
    assert best["tmedian"] and best["tmedian"][0] == "tmedian=radius=2"
    assert "no_such_filter missing" in repair_rows.told(best, "{:.1f}")


def test_without_footage_every_row_says_so(tmp_path: Path) -> None:
    text = repair_bench.table(tmp_path, lambda: ("speed", "6 fps", "20 fps", "not asked", ""), 2)
    assert text.count("skipped: ") == 8
    assert "| speed | 6 fps | 20 fps | not asked |  |" in text
