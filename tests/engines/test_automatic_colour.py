"""Automatic colour: the luma stays, colours do not flicker, doubt stays grey, and a person's hints rule."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import FilmError
from answerprint.engines.colorize import _network, _steady
from answerprint.engines.colorize._automatic import AutomaticColour, AutomaticOptions, Guess
from answerprint.frames import lab, optical_flow
from answerprint.lab.training import colorize as training
from answerprint.lab.training import export
from answerprint.plan.chain import Stage
from films import texture


class Told(AutomaticColour):
    """An engine whose guesses a test chooses: a and b by frame, the same all over, and how sure it is."""

    card = engines.find("colorize", "automatic").card
    colours: np.ndarray
    sure: float = 1.0

    def build(self, path: Path) -> Any:
        return None

    def load(self) -> None:
        self.network = None

    def guesses(self, pictures: Iterable[np.ndarray]) -> Iterator[Guess]:
        for colour, _ in zip(self.colours, pictures, strict=True):
            yield np.full((8, 12, 2), colour, np.float32), np.full((8, 12), self.sure, np.float32)


def told(colours: Any, sure: float = 1.0, **options: Any) -> Told:
    engine = Told(AutomaticOptions(**options))
    engine.colours, engine.sure = np.asarray(colours, np.float32), sure
    return engine


def moving(count: int = 12) -> np.ndarray:
    """Texture that moves two pixels a frame: float32 (count, 64, 96, 1)."""
    wide = 0.3 + 0.4 * texture(64, 96 + 2 * count, 1, np.random.default_rng(3))
    return np.stack([wide[:, 2 * i : 2 * i + 96] for i in range(count)]).astype(np.float32)


def chroma(frames: np.ndarray) -> np.ndarray:
    """a and b of each frame's middle, (n, 2)."""
    return lab.from_rgb(frames[:, 16:-16, 24:-24])[..., 1:].mean(axis=(1, 2))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network with random weights, as a training writes it."""
    import torch

    torch.manual_seed(1)
    path = tmp_path_factory.mktemp("weights") / "colorize-automatic.safetensors"
    export.write(path, training.new(), engine=training.ENGINE, schedule=training.SCHEDULE, sources=[])
    return path


@pytest.mark.parametrize("depth", [8, 16])
def test_luma_stays_the_films_own_bit_for_bit(weights: Path, depth: int) -> None:
    levels = (1 << depth) - 1
    film = (np.rint(moving(3) * levels) / levels).astype(np.float32)
    engine = engines.load("colorize", "automatic", weights=str(weights), caution=0.0)
    stored = np.rint(engine.run(dataclasses.replace(engine.clip(film), depth=depth)).frames * levels)
    assert np.ptp(stored, axis=3).max() > 0
    assert np.array_equal(np.rint(stored @ lab.WEIGHTS), np.rint(film[..., 0] * levels))


def test_colours_that_jump_from_frame_to_frame_are_steadied_along_motion() -> None:
    jumping = [20, 20] + 12 * np.random.default_rng(4).standard_normal((12, 2))
    seen = chroma(told(jumping)(moving()))
    flicker, alone = (np.linalg.norm(np.diff(one, axis=0), axis=1).mean() for one in (seen, jumping))
    assert flicker < 0.25 * alone
    assert np.linalg.norm(seen.mean(axis=0) - jumping.mean(axis=0)) < 4


def test_what_comes_into_view_gets_its_own_colours() -> None:
    film = moving(8)
    film[4:] = 0.3 + 0.4 * texture(64, 96, 1, np.random.default_rng(8))[None]
    seen = chroma(told([[25, 0]] * 4 + [[0, 25]] * 4)(film))
    assert seen[0] @ [1, 0] > 3 * abs(seen[0] @ [0, 1]) and seen[7] @ [0, 1] > 3 * abs(seen[7] @ [1, 0])


def test_a_guess_without_confidence_stays_grey_and_says_so() -> None:
    engine = told([[30, 30]] * 4, sure=0.05)
    result = engine.run(engine.clip(moving(4)))
    assert np.abs(chroma(result.frames)).max() < 3
    assert result.statistics["trust"].max() < 0.1
    assert np.abs(chroma(told([[30, 30]] * 4, sure=0.05, caution=3.0)(moving(4)))).max() < 0.5
    assert np.abs(chroma(told([[30, 30]] * 4, sure=0.9)(moving(4)))).min() > 20


def test_a_point_of_a_person_rules_over_the_guess() -> None:
    engine = told([[0, -30]] * 6)
    plain, hinted = engine(moving(6)), engine(moving(6), hints=["2:0.5,0.5,#c04040,0.2"])
    where = np.s_[:, 26:38, 40:56]
    assert (lab.from_rgb(hinted[where])[..., 1] - lab.from_rgb(plain[where])[..., 1]).mean(axis=(1, 2)).min() > 20
    assert np.abs(lab.from_rgb(hinted[:, :6, :6]) - lab.from_rgb(plain[:, :6, :6])).mean() < 3


def test_a_coloured_frame_of_a_person_rules_its_shot(tmp_path: Path) -> None:
    film = moving(6)
    green = lab.of_luma(film[3, ..., 0], np.broadcast_to(np.float32([-30, 20]), (64, 96, 2)))
    cv2.imwrite(str(tmp_path / "3.png"), optical_flow.eight_bits(green)[..., ::-1])
    engine = told([[0, -30]] * 6, references={3: str(tmp_path / "3.png")})
    assert np.linalg.norm(chroma(engine(film)) - [-30, 20], axis=1).max() < 6


def test_a_film_in_colour_is_left_alone() -> None:
    colour = np.clip(np.repeat(moving(3), 3, axis=3) * [1.2, 0.9, 0.6], 0, 1).astype(np.float32)
    assert np.array_equal(told([[0, -30]] * 3)(colour), colour)


def test_one_frame_alone_has_its_own_guess() -> None:
    ab, sure = _steady.steadied(
        np.full((1, 20, 30), 100, np.uint8), np.full((1, 5, 8, 2), 17.0), np.full((1, 5, 8), 0.5)
    )
    assert np.allclose(ab, 17, atol=0.1) and np.allclose(sure, 0.5, atol=0.01)


def test_confidence_says_how_much_of_the_colour_is_known() -> None:
    import torch

    network = _network.ColourNetwork(3, (8, 8))
    network.palette.copy_(torch.tensor([[0.0, 0.0], [60.0, 0.0], [-60.0, 0.0]]))
    torch.nn.init.zeros_(network.tail.weight)

    def answer(logits: list[float]) -> tuple[float, float]:
        network.tail.bias.data = torch.tensor(logits)
        a, _, sure = network.colours(torch.rand(1, 1, 16, 16))[0, :, 0, 0].tolist()
        return a, sure

    red, grey, either = answer([0.0, 9.0, 0.0]), answer([9.0, 0.0, 0.0]), answer([0.0, 5.0, 5.0])
    assert red[0] > 58 and red[1] > 0.95
    assert abs(grey[0]) < 1 and grey[1] > 0.95
    assert abs(either[0]) < 1 and either[1] < 0.1
    # While the network learnt, red weighed more than it is likely: in its answer it does no longer.
    network.rarity.copy_(torch.tensor([1.0, 50.0, 1.0]))
    assert answer([0.0, 3.0, 0.0])[0] < 30 < red[0]


def test_weights_of_another_engine_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    export.write(path, training.new(), engine="denoise/learned", schedule=training.SCHEDULE, sources=[])
    with pytest.raises(FilmError, match="was trained for denoise/learned"):
        engines.load("colorize", "automatic", weights=str(path))


def test_what_measuring_depends_on_is_the_same_for_all_shots(weights: Path) -> None:
    options = engines.options.read(engines.find("colorize", "automatic"), {"weights": str(weights)})
    stage = Stage(name="colorize", engine="automatic", options=options)
    assert stage.changed({"saturation": 0.5}).saturation == 0.5
    with pytest.raises(FilmError, match=r"colorize\.precision must be the same for the whole film"):
        stage.changed({"precision": "bfloat16"})


@pytest.fixture(scope="module")
def ddcolor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """DDColor's smallest network with random weights, as its authors store theirs."""
    import torch

    from answerprint.runtime import torchvision_shim

    torchvision_shim.prepare()
    from spandrel_extra_arches.architectures.DDColor import DDColor

    torch.manual_seed(2)
    network = DDColor(encoder_name="convnext-t", num_output_channels=2, last_norm="Spectral", num_queries=100)
    for _ in range(2):  # Training is what keeps the spectral norm of its layers at 1.
        with torch.no_grad():
            network.train()(torch.rand(1, 3, 64, 64))
    path = tmp_path_factory.mktemp("weights") / "ddcolor_paper_tiny.pth"
    torch.save({"params": network.state_dict()}, path)
    return path


def test_ddcolor_colours_a_film_and_keeps_its_luma(ddcolor: Path) -> None:
    film = (np.rint(moving(2) * 1023) / 1023).astype(np.float32)
    engine = engines.load("colorize", "ddcolor", weights=str(ddcolor), size=64, caution=0.0)
    clip = dataclasses.replace(engine.clip(film), depth=10)
    guess, sure = next(engine.guesses([film[0, ..., 0]]))
    assert guess.shape == (43, 64, 2) and sure.min() >= 0 and sure.max() <= 1
    result = engine.run(clip)
    assert result.statistics["coloured"].all() and np.ptp(result.frames, axis=3).max() > 0.002
    assert np.array_equal(np.rint(np.rint(result.frames * 1023) @ lab.WEIGHTS), np.rint(film[..., 0] * 1023))
    assert np.array_equal(engine.run(clip).frames, result.frames)


def test_ddcolor_refuses_other_networks(tmp_path: Path) -> None:
    import torch

    path = tmp_path / "other.pth"
    torch.save({"weight": torch.zeros(3)}, path)
    with pytest.raises(FilmError, match="not a checkpoint of DDColor"):
        engines.load("colorize", "ddcolor", weights=str(path))
