"""Faces are named by their portraits."""

from __future__ import annotations

import unicodedata

import cv2
import numpy as np
import pytest

from answerprint.engines import load
from answerprint.runtime import torchvision_shim
from answerprint.runtime.errors import FilmError
from drawn_faces import drawn_face
from places import MEDIA


def test_a_portrait_needs_exactly_one_face(tmp_path):
    identity = load("identity", "dlib")
    with pytest.raises(FilmError, match="no folder of portraits"):
        identity.portraits(tmp_path / "none")
    with pytest.raises(FilmError, match="holds no picture"):
        identity.portraits(tmp_path)
    cv2.imwrite(str(tmp_path / "Anna.png"), np.uint8(drawn_face()[..., 0] * 255))
    assert identity.portraits(tmp_path)["Anna"].shape == (1, 128)
    (tmp_path / "Ben").mkdir()
    for name, picture in {
        "none": np.full((90, 90), 90, np.uint8),
        "two": np.hstack([drawn_face()[..., 0]] * 2) * 255,
    }.items():
        path = tmp_path / "Ben" / f"{name}.png"
        cv2.imwrite(str(path), np.uint8(picture))
        with pytest.raises(FilmError, match="no face" if name == "none" else "2 faces"):
            identity.portraits(tmp_path)
        path.unlink()


def test_a_name_is_the_same_from_a_mac_and_as_it_is_typed(tmp_path):
    typed, from_a_mac = (unicodedata.normalize(form, "Zo\u00eb") for form in ("NFC", "NFD"))
    (tmp_path / typed).mkdir()
    for path in (tmp_path / f"{from_a_mac}.png", tmp_path / typed / "1.png"):
        cv2.imwrite(str(path), np.uint8(drawn_face()[..., 0] * 255))
    assert {name: faces.shape for name, faces in load("identity", "dlib").portraits(tmp_path).items()} == {
        typed: (2, 128)
    }


def test_real_people_are_recognised_and_a_stranger_stays_unnamed():
    gallery = MEDIA / "dialogue" / "gallery"
    if not gallery.is_dir():
        pytest.skip("the shared portraits are not here")
    identity = load("identity", "dlib")
    portraits = identity.portraits(gallery)
    film = cv2.VideoCapture(str(MEDIA / "dialogue" / "grid_reverse.mkv"))
    frame = cv2.cvtColor(film.read()[1], cv2.COLOR_BGR2RGB)
    (face,) = identity.detector(frame.astype(np.float32) / 255)
    ben = identity.describe(frame, face.box)
    assert identity.name(ben, portraits)[0] == "Ben"
    assert identity.name(ben, {name: faces for name, faces in portraits.items() if name != "Ben"})[0] is None


def test_facenet_reads_a_published_checkpoint_and_describes_a_face(tmp_path):
    import torch

    torchvision_shim.prepare()
    from facenet_pytorch import InceptionResnetV1

    torch.manual_seed(0)
    state = InceptionResnetV1(pretrained=None, classify=False).state_dict()
    published: dict = {**state, "logits.weight": torch.zeros(3, 512), "logits.bias": torch.zeros(3)}
    torch.save(published, tmp_path / "faces.pt")
    engine = load("identity", "facenet", weights=str(tmp_path / "faces.pt"))
    rng = np.random.default_rng(0)
    picture = cv2.GaussianBlur(rng.integers(0, 255, (90, 90, 3), dtype=np.uint8), (0, 0), 3)
    mine, other = engine.describe(picture, (20, 20, 60, 70)), engine.describe(255 - picture, (20, 20, 60, 70))
    assert mine.shape == (512,) and np.linalg.norm(mine) == pytest.approx(1, abs=1e-5)
    assert np.linalg.norm(mine - other) > 0
    assert engine.name(mine, {"Anna": mine[None]})[0] == "Anna"
    torch.save({"logits.weight": torch.zeros(3)}, tmp_path / "none.pt")
    with pytest.raises(FilmError, match="not a checkpoint of InceptionResnetV1"):
        load("identity", "facenet", weights=str(tmp_path / "none.pt"))
