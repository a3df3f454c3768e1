"""The network that undoes the blur of faces: what is added, how much grain goes with it, and which files it takes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from answerprint import engines
from answerprint.engines.faces import _network
from answerprint.engines.faces._deblur import SOFT, TRUST, Deblurrer, lost_detail
from answerprint.engines.faces._guards import LEFT, fine_texture, removable_grain
from answerprint.engines.faces._patch import Patch, cut
from answerprint.frames import face_detection
from answerprint.frames.face_detection import Face
from answerprint.lab.training import export, faces
from answerprint.lab.training.loop import Schedule
from answerprint.lab.training.material import Material
from answerprint.runtime.errors import FilmError
from answerprint.runtime.inference import Inference
from drawn_faces import drawn_face

BOX = (40.0, 24.0, 120.0, 134.0)
LANDMARKS = ((64.0, 66.0), (96.0, 66.0), (80.0, 84.0), (66.0, 107.0), (94.0, 107.0))
RANDOM = np.random.default_rng(4)
GRAIN = RANDOM.normal(0, 0.02, (160, 160)).astype(np.float32)


class Known(Deblurrer):
    """Finds the detail and the grain that it is given."""

    def __init__(self, detail: np.ndarray, grain: np.ndarray) -> None:
        self.answer = detail, grain

    def lost_and_grain(self, luma: np.ndarray, blur: float) -> tuple[np.ndarray, np.ndarray]:
        return self.answer


def patch_of(luma: np.ndarray) -> Patch:
    patch = cut(luma[..., None], np.array(BOX), np.array(LANDMARKS))
    assert patch is not None
    return patch


def texture(patch: Patch, image: np.ndarray) -> float:
    return float(fine_texture(patch, image)[patch.skin].std())


def test_as_much_grain_goes_as_leaves_the_skin_its_texture() -> None:
    patch = patch_of(0.5 + GRAIN)
    grain = GRAIN[patch.place]
    detail = RANDOM.normal(0, 0.01, grain.shape).astype(np.float32)
    share = removable_grain(patch, detail, grain)
    assert 0.05 < share < 0.5
    assert texture(patch, patch.luma + detail - share * grain) == pytest.approx(texture(patch, patch.luma), rel=1e-3)
    assert removable_grain(patch, 4 * detail, grain) == 1
    assert removable_grain(patch, np.zeros_like(grain), grain) == 0


def test_smooth_skin_keeps_most_of_its_grain_whatever_detail_the_other_cheek_gets() -> None:
    columns = np.arange(GRAIN.shape[1], dtype=np.float32)[None]
    left = columns < 80
    patch = patch_of(0.5 + GRAIN + np.where(left, 0.1 * np.sin(columns / 2), 0))
    detail = np.broadcast_to(np.where(left, 0.1 * np.sin(1.5 * columns), 0), GRAIN.shape)[patch.place]
    grain = GRAIN[patch.place]
    smooth = patch.quiet & ~np.broadcast_to(columns < 85, GRAIN.shape)[patch.place]
    assert smooth.sum() > 0.7 * patch.quiet.sum() and removable_grain(patch, TRUST * detail, grain) == 1
    added = lost_detail(patch, 2.0, Known(detail, grain), 1.0)
    kept = (grain + added)[smooth].std() / grain[smooth].std()
    assert LEFT - 0.05 < kept < 0.95


def test_coarse_grain_goes_even_where_there_is_no_detail() -> None:
    grain = cv2.GaussianBlur(GRAIN, (0, 0), 2.5)
    patch = patch_of(0.5 + grain + 0.2 * GRAIN)
    coarse = grain[patch.place]
    added = lost_detail(patch, 2.0, Known(np.zeros_like(coarse), coarse), 1.0)
    inside = patch.inside > 0.5
    assert ((coarse + added)[inside] ** 2).mean() < 0.5 * (coarse[inside] ** 2).mean()


def test_a_share_of_the_detail_is_added_within_the_light_around_it() -> None:
    patch = patch_of(0.5 + GRAIN)
    detail = 0.001 * np.sin(np.arange(patch.luma.shape[1]) * 1.5)[None] * np.ones_like(patch.luma)
    added = lost_detail(patch, 2.0, Known(detail, np.zeros_like(detail)), 0.5)
    inside = patch.inside > 0.5
    assert np.polyfit(detail[inside], added[inside], 1)[0] == pytest.approx(TRUST, abs=0.03)
    strong = lost_detail(patch, 2.0, Known(100 * detail, np.zeros_like(detail)), 0.5)
    low, high = (change(patch.luma, np.ones((5, 5), np.uint8)) for change in (cv2.erode, cv2.dilate))
    assert (patch.luma + strong >= low - 0.0051).all() and (patch.luma + strong <= high + 0.0051).all()


def test_a_very_soft_face_comes_nearer_to_the_sharp_one_too() -> None:
    sharp = cv2.resize(drawn_face(), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    soft = cv2.GaussianBlur(sharp, (0, 0), 5.0)
    assert SOFT[0] < 5.0
    detail, grain = Deblurrer("faces-detail", "cpu").lost_and_grain(soft, 5.0)
    assert detail.shape == grain.shape == soft.shape
    before, after = (float(((image - sharp) ** 2).mean()) for image in (soft, soft + detail))
    assert after < 0.9 * before


def test_an_untrained_network_finds_nothing() -> None:
    detail, grain = _network.lost_and_grain(_network.new().eval(), 0.5 + GRAIN[:50, :37], Inference())
    assert detail.shape == grain.shape == (50, 37) and not detail.any() and not grain.any()


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    torch.manual_seed(0)
    export.write(path, _network.new(), engine="denoise/learned", schedule=Schedule(steps=9), sources=[])
    with pytest.raises(FilmError, match="undoes the blur of faces"):
        engines.load("faces", "detail", detail=str(path))
    export.write(path, _network.new(), engine="faces/detail", schedule=Schedule(steps=9), sources=[])
    assert engines.load("faces", "detail", detail=str(path)).options.detail == str(path)


def test_worn_squares_fit_their_truth() -> None:
    side = faces.SCHEDULE.size + 2 * faces.MARGIN
    clean = cv2.GaussianBlur(RANDOM.random((side, side)).astype(np.float32), (0, 0), 0.7)
    for k in range(20):
        square = faces.worn(clean, np.random.default_rng(k))
        assert square.truth.shape == square.blurred.shape == square.seen.shape == (64, 64)
        assert square.truth.std() >= square.blurred.std() - 0.005
        # The seen square is the blurred one with grain on it, and nothing moves or grows lighter.
        assert abs(float((square.seen - square.blurred).mean())) < 0.01
        assert abs(float((square.blurred - square.truth).mean())) < 0.01


def test_squares_are_drawn_from_wide_and_certain_faces_only(monkeypatch: pytest.MonkeyPatch) -> None:
    points = ((1.0, 1.0),) * 5
    wide, narrow, doubtful = (
        Face(box=(60.0, 60.0, 60.0 + width, 170.0), score=score, landmarks=points)
        for width, score in ((faces.LEAST, 0.99), (faces.LEAST - 1, 0.99), (faces.LEAST, 0.9))
    )
    monkeypatch.setattr(face_detection, "Detector", lambda: lambda frame: [narrow, wide, doubtful])
    photograph = RANDOM.integers(0, 255, (240, 240, 3)).astype(np.uint8)
    found = faces._faces(Material(photographs=[photograph]))
    assert [width for _, width in found] == [faces.LEAST]
    assert found[0][0].shape[1] == 2 * faces.LEAST


def test_a_bent_face_is_another_one_in_the_same_place() -> None:
    face = drawn_face()[..., 0]
    bent = faces._bent(face, 2.0, np.random.default_rng(1))
    assert bent.shape == face.shape and bent.dtype == np.float32
    assert 0.005 < np.abs(bent - face).mean() < 0.05
    assert np.array_equal(faces._bent(face, 0.0, np.random.default_rng(1)), face)
