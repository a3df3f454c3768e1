"""The scores of the repair bench measure what they claim to."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint.lab.bench import (
    peer_environment,
    repair,
    repair_clips,
    repair_fast,
    repair_peers,
    repair_rows,
    spots_left,
)
from answerprint.lab.bench.repair_peers import Peers
from answerprint.runtime.errors import FilmError


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


def test_a_bold_defect_counts_as_left_while_it_keeps_half_its_error() -> None:
    clean = film()
    worn = spotted(clean)
    for kept, expected in ((1.0, 1), (0.8, 1), (0.5, 0), (0.0, 0)):
        tally = repair_clips.Tally()
        repaired = clean + np.float32(kept) * (worn - clean)
        tally.add(clean, worn, repaired, repair_clips.changed_mask(clean, worn))
        assert (tally.bold, tally.bold_left) == (1, expected)


def test_small_bold_defects_are_counted_apart() -> None:
    clean = film()
    worn = spotted(clean)
    worn[3, 10:14, 20:25] = 0
    tally = repair_clips.Tally()
    tally.add(clean, worn, np.where(worn == spotted(clean), clean, worn), repair_clips.changed_mask(clean, worn))
    assert (tally.bold, tally.bold_left, tally.small, tally.small_left) == (1, 0, 1, 1)


def test_the_worst_recall_is_that_of_the_frame_in_which_least_is_found() -> None:
    clean = film()
    worn = spotted(clean)
    worn[4] = worn[2]
    mask = repair_clips.changed_mask(clean, worn)
    mask[4, :, 45:] = False
    tally = repair_clips.Tally()
    tally.add(clean, worn, clean, mask)
    assert tally.worst_recall == pytest.approx(0.6, abs=0.01)


def test_a_spot_that_only_one_frame_shows_is_counted() -> None:
    clean = film()
    assert spots_left.spots(clean) == 0
    assert spots_left.spots(spotted(clean)) == 0.25


def test_a_fast_thing_moves_further_than_its_size() -> None:
    ground = np.full((144, 192), 0.5, np.float32)
    for name in repair_fast.THINGS:
        shown, cover = repair_fast.draw(ground, name, np.random.default_rng(0))
        assert np.abs(shown[cover] - 0.5).mean() > 5 * np.abs(shown[~cover] - 0.5).mean()
        assert (cover[1:] & cover[:-1]).sum() < 0.5 * cover[1:].sum(), name


def test_a_peer_returns_every_frame_and_its_best_settings_win() -> None:
    noisy = repair_clips.to_8_bits(film() + np.random.default_rng(2).normal(0, 0.08, film().shape).astype(np.float32))
    peers = Peers()
    for settings in ("tmedian=radius=2", "hqdn3d=6:6:20:20", "smoothing=5:optalgo=gauss"):
        assert peers.filtered(noisy, settings).shape == noisy.shape
    best = peers.best_of(
        {"tmedian": ("tmedian=radius=1", "tmedian=radius=2"), "no_such_filter": ("no_such_filter=1",)},
        lambda settings: repair_clips.psnr(film(), peers.filtered(noisy, settings)),
    )
    assert best["tmedian"] and best["tmedian"][0] == "tmedian=radius=2"
    assert "no_such_filter missing" in repair_rows.format_best(best, "{:.1f}")


def test_a_peer_that_is_not_here_is_missing_with_a_reason() -> None:
    peers = Peers(reason="there is no Python 3.12")
    best = peers.best_of({"spotless": repair_peers.SPOTLESS}, lambda settings: 0.0)
    assert repair_rows.format_best(best, "{:.1f}") == "spotless missing"
    with pytest.raises(FilmError, match=r"not here: there is no Python 3\.12"):
        peers.filtered(film(), "spotless")


def test_settings_of_peers_are_shown_without_their_names() -> None:
    best = {
        "vidstab": ("smoothing=5:optalgo=gauss", 0.7),
        "tmedian": ("tmedian=radius=1", 1.0),
        "spotless": ("spotless block=16", 2.0),
        "despot": ("despot", 3.0),
    }
    shown = (
        "vidstab 0.7 (smoothing=5:optalgo=gauss); tmedian 1.0 (radius=1); spotless 2.0 (block=16); despot 3.0 (default)"
    )
    assert repair_rows.format_best(best, "{:.1f}") == shown


def test_the_filters_of_the_program_are_those_that_are_listed() -> None:
    program = Path(repair_peers.__file__).with_name("vapoursynth_filters.py").read_text(encoding="utf-8")
    tried = [repair_peers.SPOTS, repair_peers.SCRATCHES, repair_peers.GRAIN, repair_peers.FLICKER, repair_peers.FIELDS]
    names = {name for settings in tried for name in settings} - {*repair_peers.STILL, "tmedian", "atadenoise"}
    assert names >= repair_peers.VAPOURSYNTH
    for name in repair_peers.VAPOURSYNTH:
        assert f"\ndef {name}(clip: Clip" in program


def test_an_environment_that_cannot_be_made_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted, answer = tmp_path / "requirements.txt", tmp_path / "peers.json"
    wanted.write_text("")
    monkeypatch.setattr(peer_environment, "VERSIONS", ("1.4",))
    peer_environment.make(tmp_path / "peers", wanted, answer)
    assert peer_environment.read(answer) == (None, "there is no Python 1.4 to 1.4 here")
    assert not (tmp_path / "peers").exists()


def test_rows_without_footage_are_skipped_with_a_reason(tmp_path: Path) -> None:
    peers = Peers(reason="there is no Python 3.12")
    text = repair.table(tmp_path, peers, lambda: ("speed", "6 fps", "20 fps", "not measured", ""), 2)
    assert text.count("skipped: ") == 19
    assert "The filters of VapourSynth did not run: there is no Python 3.12." in text
    assert "| speed | 6 fps | 20 fps | not measured |  |" in text
