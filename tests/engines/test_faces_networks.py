"""Poor faces drawn anew by a network: in their place, within the guards, and only in editions that invent."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import Clip
from answerprint.engines.faces import spandrel as module
from answerprint.engines.faces._patch import cut
from answerprint.engines.faces.spandrel import SIDE, TEMPLATE, Spandrel
from answerprint.frames.face_crops import crop_upright, place_upright
from answerprint.plan import chain
from answerprint.runtime.errors import FilmError
from drawn_faces import drawn_face


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """RestoreFormer with half its channels and one block a level, of random weights."""
    import torch

    from answerprint.runtime import torchvision_shim

    torchvision_shim.prepare()
    from spandrel.architectures.RestoreFormer import RestoreFormer

    torch.manual_seed(3)
    network = RestoreFormer(ch=32, ch_mult=(1, 1, 1, 2, 2, 4), num_res_blocks=1, n_embed=64)
    path = tmp_path_factory.mktemp("weights") / "tiny.pth"
    torch.save(network.state_dict(), path)
    return path


@pytest.fixture(scope="module")
def engine(checkpoint: Path) -> Any:
    return engines.load("faces", "spandrel", weights=str(checkpoint), likeness=0.0)


SOFT = cv2.GaussianBlur(drawn_face(), (0, 0), 8.0)[None, ..., None]


@pytest.fixture(scope="module")
def found(engine: Any) -> engines.Measures:
    measured: engines.Measures = engine.measure(Clip(frames=SOFT, core=slice(0, 1)))
    return measured


@pytest.fixture(scope="module")
def result(engine: Any, found: engines.Measures) -> engines.Result:
    done: engines.Result = engine.run(Clip(frames=SOFT, core=slice(0, 1), plan=engine.plan(found, first=0)))
    return done


def test_a_poor_face_is_drawn_by_the_network_in_its_place_alone(
    engine: Any, found: engines.Measures, result: engines.Result
) -> None:
    (row,) = engine.decided(found, first=0)
    assert (row["quality"], row["done"]) == ("poor", "network")
    assert result.mask is not None
    assert result.statistics["faces"][0] == 1 and 0.05 < result.mask.mean() < 0.5
    assert np.array_equal(result.frames[~result.mask], SOFT[~result.mask])
    assert np.abs(result.frames - SOFT).max() > 0.01


def test_the_guards_are_those_of_every_engine(result: engines.Result) -> None:
    numbers = result.statistics
    assert numbers["texture"][0] >= 0.999 and numbers["teeth"][0] <= 1.001 and numbers["iris"][0] < 0.005


def test_another_face_is_not_shown(engine: Any, found: engines.Measures) -> None:
    strict = engine.with_options(dataclasses.replace(engine.options, likeness=1.0))
    (row,) = strict.decided(found, first=0)
    assert row["done"] == "left" and "another face" in row["reason"]
    assert not strict.plan(found, first=0)["share"].any()


def test_better_faces_are_left_to_the_film_itself(engine: Any, found: engines.Measures) -> None:
    better = {**found, "blur": np.full_like(found["blur"], 2.0)}
    (row,) = engine.decided(better, first=0)
    assert (row["quality"], row["done"]) == ("medium", "detail")
    assert not engine.plan(better, first=0)["network"].any()


def test_a_face_goes_to_the_networks_square_and_back() -> None:
    random = np.random.default_rng(1)
    picture = cv2.GaussianBlur(random.random((200, 220, 1), np.float32), (0, 0), 3)[..., None]
    angle = np.array([[0.97, -0.24], [0.24, 0.97]])
    points = (TEMPLATE - 256) @ angle * 0.25 + (110, 100)
    square = crop_upright(picture, points, TEMPLATE, SIDE, SIDE)
    back = place_upright(square, points, TEMPLATE, 220, 200)
    inside = place_upright(np.ones_like(square), points, TEMPLATE, 220, 200)[..., 0] > 0.999
    assert inside.mean() > 0.3
    assert np.abs(back - picture)[inside].max() < 0.01


class Blackens:
    """Stands for a network: answers black."""

    supports_half = True

    def __call__(self, pictures: Any) -> Any:
        self.seen = pictures
        return 0 * pictures

    class architecture:
        id = "RestoreFormer"


def test_the_eyes_lie_where_the_network_expects_them_and_light_stays(checkpoint: Path) -> None:
    engine = Spandrel()
    engine.network = Blackens()
    face = drawn_face()
    box, points = (
        np.array([76.0, 60.0, 164.0, 180.0]),
        np.array([(102, 114), (138, 114), (120, 134), (106, 154), (134, 154)]),
    )
    patch = cut(face, box, points)
    assert patch is not None
    change = engine.drawn(patch)
    seen = engine.network.seen[0, 0].numpy()
    eye = seen[232:248, 186:200].mean()
    assert eye < 0.4 < seen[150:170, 240:270].mean(), "an eye is dark, a forehead bright"
    assert np.abs(cv2.GaussianBlur(change, (0, 0), 40)).max() < 0.1 < np.abs(change).max()


def test_gfpgan_draws_no_new_noise_and_works_around_zero() -> None:
    import torch

    class Model:
        def __call__(self, pictures: Any, *, randomize_noise: bool) -> Any:
            assert not randomize_noise
            return pictures.view(1, -1).view(1, 3, 2, 2), None

    class Network:
        model = Model()

        class architecture:
            id = "GFPGAN"

    pictures = torch.linspace(0, 1, 12).reshape(1, 3, 2, 2)
    channels_last = pictures.contiguous(memory_format=torch.channels_last)
    assert torch.allclose(module.caller(Network())(channels_last), pictures, atol=1e-6)


def test_only_editions_that_invent_may_draw_faces() -> None:
    stages = {"faces": {"engine": "spandrel"}}
    with pytest.raises(FilmError, match="class generate"):
        chain.resolve({"enhanced": {"class": "enhance", "stages": ["faces"]}}, stages)
    chain.resolve({"drawn": {"class": "generate", "stages": ["faces"]}}, stages)
    assert "no evidence" in Spandrel.card.summary


def test_a_network_that_enlarges_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import torch

    class Enlarges:
        purpose, scale, model = "SR", 2, torch.nn.Conv2d(1, 1, 1)

        class architecture:
            name = "SPAN"

    monkeypatch.setattr(module, "read_network", lambda path: Enlarges())
    (tmp_path / "span.pth").touch()
    with pytest.raises(FilmError, match=r"\(SPAN\) is no network for faces"):
        engines.load("faces", "spandrel", weights=str(tmp_path / "span.pth"))
