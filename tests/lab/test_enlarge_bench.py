"""The enlargement bench: what it scores, and that it says what it could not measure."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint.lab.bench import enlarge
from films import moving_texture
from places import MEDIA


def test_edges_that_are_kept_unevenly_deviate() -> None:
    picture = moving_texture(1, 64, 96, 1)[0, ..., 0]
    soft = cv2.GaussianBlur(picture, (0, 0), 1.5)
    softer = cv2.GaussianBlur(picture, (0, 0), 3)
    assert enlarge.deviation(picture, picture) == 0
    assert 0 < enlarge.deviation(soft, picture) < enlarge.deviation(softer, picture)


def test_rows_without_footage_or_weights_give_their_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enlarge.enlarge_speed, "rows", lambda *_: iter([("speed", "6", "15", "7 frames/s")]))
    monkeypatch.setattr(enlarge, "PEERS", {"Lanczos": enlarge.PEERS["Lanczos"]})
    monkeypatch.setattr(enlarge, "peer", lambda name: enlarge.engines.load("upscale", "lanczos", scale=2))
    monkeypatch.setattr(enlarge, "_flicker", lambda: iter(()))
    monkeypatch.setitem(enlarge.PEERS, "Real-ESRGAN animevideov3", enlarge.PEERS["Lanczos"])
    table = enlarge.table(tmp_path, tmp_path, 2)
    assert table.count("| skipped |") == 3 and "There is no Set5_x2" in table and "| speed | 6 | 15 |" in table


def test_simulated_film_is_soft_grainy_and_of_half_the_size() -> None:
    if not (MEDIA / enlarge.RABBIT.file).is_file():
        pytest.skip("the clip is not on this machine")
    seen, truth = enlarge._filmed(MEDIA, enlarge.RABBIT, 3)
    assert seen.shape[0] == enlarge.LENGTH and truth.shape == (2 * seen.shape[1], 2 * seen.shape[2])
    small = enlarge.reduce(truth, 2)
    apart = seen[enlarge.LENGTH // 2, ..., 0] - small
    assert 0.005 < apart.std() < 0.08 and abs(float(np.mean(apart))) < 0.02
