"""Training: what clips show, that training resumes exactly where it stopped, and that its weights can be used."""

from __future__ import annotations

import dataclasses
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from answerprint import engines
from answerprint.lab import damage_film
from answerprint.lab.damage import WORN, Damage, damage
from answerprint.lab.training import (
    clean,
    clips,
    colorize,
    denoise,
    faces,
    hard_negatives,
    loop,
    plan,
    scratches,
    steps,
    upscale,
    upscale_bicubic,
    worn_clips,
)
from answerprint.lab.training import material as training_material
from answerprint.lab.training.loop import Piece, Schedule
from answerprint.lab.training.plan import Plan
from answerprint.runtime.errors import FilmError
from answerprint.runtime.files import read_json, write_json
from films import moving_texture, write_video
from media import frames_of, take
from runs import Run

NETWORKS = {
    "clean": clean,
    "denoise": denoise,
    "upscale": upscale,
    "upscale_bicubic": upscale_bicubic,
    "colorize": colorize,
    "faces": faces,
    "scratches": scratches,
}
SHORT = Schedule(steps=6, batch=2, size=32, pieces=2, precision="float32")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three photographs."""
    made = tmp_path_factory.mktemp("material")
    for seed in range(3):
        picture = moving_texture(1, 200, 260, 3, seed=seed)[0]
        cv2.imwrite(str(made / f"{seed}.png"), np.rint(picture * 255).astype(np.uint8))
    return made


@pytest.fixture(scope="module")
def material(folder: Path) -> training_material.Material:
    return training_material.read(folder)


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def loss_of(network: str, material: training_material.Material, schedule: Schedule) -> Any:
    trainer = NETWORKS[network]
    return trainer.loss(material, trainer.draw(material, 1, 1), schedule)


def fresh(network: str) -> Any:
    torch.manual_seed(0)
    return plan.untrained(network)


def piece(checkpoint: Path, number: int = 0, before: Path | None = None, material: str = "") -> Piece:
    return Piece(number=number, before=before, checkpoint=checkpoint, label=checkpoint.stem, material=material)


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(torch.equal(one[key][name], other[key][name]) for key in ("network", "mean") for name in one[key])


def test_a_clip_moves_smoothly_and_is_the_same_for_the_same_seed(material: training_material.Material) -> None:
    first, again, other = (clips.draw(material, np.random.default_rng([9, k]), 5, 96) for k in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert first.shape == (5, 96, 96) and first.dtype == np.float32
    assert all(clip.min() >= 0 and clip.max() <= 1 for clip in (first, other))
    many = [clips.draw(material, np.random.default_rng([10, k]), 5, 96) for k in range(20)]
    near = np.mean([np.abs(clip[2] - clip[1]).mean() for clip in many])
    far = np.mean([np.abs(clip[4] - clip[0]).mean() for clip in many])
    assert 0.003 < near < 0.8 * far


def test_films_are_material_but_runs_with_cuts_are_left_out(tmp_path: Path) -> None:
    one, other = moving_texture(14, 140, 180), 1 - moving_texture(14, 140, 180, seed=5)
    write_video(tmp_path / "film.mkv", np.concatenate([one, np.clip(other * 0.3, 0, 1)]))
    (tmp_path / "notes.txt").write_text("no picture")
    material = training_material.read(tmp_path)
    assert [source["kind"] for source in material.sources] == ["film"]
    # Three runs of nine frames: the second contains the cut at frame 14.
    assert len(material.runs) == 2 and material.runs[0].shape == (9, 140, 180)
    assert clips.draw(material, np.random.default_rng(1), 5, 96).shape == (5, 96, 96)


def test_films_are_read_once_for_each_step_from_frame_to_frame(tmp_path: Path) -> None:
    film = moving_texture(20, 140, 180, step=(1, 0), object_step=(1, 0))
    write_video(tmp_path / "film.mkv", film)
    slow, *fast = training_material.read(tmp_path).runs, training_material.read(tmp_path, apart=(1, 2)).runs
    (*same, twice) = fast[0]
    assert [run.shape for run in same] == [run.shape for run in slow] and twice.shape == (9, 140, 180)
    # Two pixels a frame instead of one.
    assert np.abs(twice[1:, :, 2:].astype(int) - twice[:-1, :, :-2]).mean() < 1 < np.abs(np.diff(twice, axis=0)).mean()


def test_held_out_files_are_not_trained_on(folder: Path) -> None:
    held_out, used = training_material.read(folder, -13), training_material.read(folder, 13)
    assert [s["file"] for s in used.sources] == ["0.png", "1.png"]
    assert [s["file"] for s in held_out.sources] == ["2.png"]


@pytest.mark.skipif(find_spec("skimage") is None, reason="scikit-image is not installed")
def test_without_a_folder_the_samples_of_scikit_image_are_used() -> None:
    samples = training_material.read(None)
    assert {source["file"] for source in samples.sources} == set(training_material.RIGHTS)


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_folder_without_pictures_is_refused_with_a_hint(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(FilmError, match="material: FOLDER"):
        training_material.read(tmp_path / name)


def test_the_truth_of_a_clip_marks_where_dirt_was_drawn(material: training_material.Material) -> None:
    drawn = clean.draw(material, 5, 12)
    assert len(drawn["truth"]) == len(drawn["pictures"]) == 36
    pictures = drawn["pictures"].astype(np.float32)
    step = np.abs(pictures[:, 0] - np.median(pictures[:, 1:], axis=1))
    dirty, intact = drawn["truth"] == 1, drawn["truth"] == 0
    assert 0.001 < dirty.mean() < 0.2
    assert step[dirty].mean() > 5 * step[intact].mean()


def test_samples_tell_which_neighbours_exist(material: training_material.Material) -> None:
    drawn = clean.draw(material, 6, 12)
    valid = np.unpackbits(drawn["valid"][:, None], axis=1, count=6).astype(bool)
    existing = valid.any(axis=(2, 3)).sum(axis=1)
    assert existing.max() == 6 and existing.min() < 4
    for pictures, shown in zip(drawn["pictures"], valid, strict=True):
        if not shown.any():
            assert (pictures[1:] == pictures[0]).all()


def test_time_may_run_backwards_in_a_sample(material: training_material.Material) -> None:
    drawn = clean.draw(material, 7, 2)
    squares = [clean._square(drawn, np.random.default_rng(seed), 64) for seed in range(40)]
    assert all(pictures.shape == (7, 64, 64) and valid.shape == (6, 64, 64) for pictures, valid, _, _ in squares)
    assert all(truth.shape == (64, 64) for *_, truth in squares)


@pytest.mark.parametrize("seed", range(4))
def test_hard_negatives_change_a_clip_but_stay_in_range(seed: int) -> None:
    ground = np.full((5, 96, 96), 0.4, np.float32)
    rng = np.random.default_rng(seed)
    film = hard_negatives.weather(ground, rng)
    assert film.shape == ground.shape and np.abs(film - ground).max() > 0.05
    assert film.min() >= 0 and film.max() <= 1
    texture = hard_negatives.pattern(rng, 64)
    assert texture.shape == (64, 64) and texture.std() > 0.05


def test_compression_keeps_a_clip_close_and_its_defects_in_place() -> None:
    film = moving_texture(9, 96, 96, 1)
    film[4, 30:40, 30:40] = 0
    worn = worn_clips.compressed(film, 24)
    assert worn.shape == film.shape and 0 < np.abs(worn - film).mean() < 0.03
    assert worn[4, 32:38, 32:38].mean() < 0.15


def test_training_in_pieces_gives_the_same_bits_as_in_one(
    network: str, material: training_material.Material, tmp_path: Path
) -> None:
    loss = loss_of(network, material, SHORT)
    whole = dataclasses.replace(SHORT, pieces=1)
    once = loop.train(fresh(network), loss, whole, piece(tmp_path / "whole.pt"))
    first, second = tmp_path / "0.pt", tmp_path / "1.pt"
    loop.train(fresh(network), loss, SHORT, piece(first))
    twice = loop.train(fresh(network), loss, SHORT, piece(second, number=1, before=first))
    assert once["step"] == twice["step"] == 6 and len(twice["losses"]) == 6
    assert same(once, twice)


def test_a_piece_that_runs_out_of_time_resumes_from_its_checkpoint(
    material: training_material.Material, tmp_path: Path
) -> None:
    loss = loss_of("denoise", material, SHORT)
    whole = dataclasses.replace(SHORT, pieces=1)
    once = loop.train(fresh("denoise"), loss, whole, piece(tmp_path / "a.pt"))
    hasty, checkpoint = dataclasses.replace(whole, minutes=1e-6), tmp_path / "b.pt"
    for done in range(1, 6):
        with pytest.raises(FilmError, match=f"has done {done} of 6 steps.*Run the same command again"):
            loop.train(fresh("denoise"), loss, hasty, piece(checkpoint))
    last = loop.train(fresh("denoise"), loss, hasty, piece(checkpoint))
    assert same(once, last)


@pytest.mark.parametrize(("seed", "about"), [(1895, "other photographs"), (2, "")])
def test_a_checkpoint_of_another_training_is_not_resumed(
    seed: int, about: str, material: training_material.Material, tmp_path: Path
) -> None:
    whole = dataclasses.replace(SHORT, pieces=1)
    hasty = dataclasses.replace(whole, minutes=1e-6)
    with pytest.raises(FilmError):
        left = tmp_path / "left.pt"
        loss = loss_of("denoise", material, hasty)
        loop.train(fresh("denoise"), loss, hasty, piece(left))
    other = dataclasses.replace(whole, seed=seed)
    loss = loss_of("denoise", material, other)
    states = [
        loop.train(fresh("denoise"), loss, other, piece(path, material=about)) for path in (left, tmp_path / "new.pt")
    ]
    assert same(*states)


def test_training_lowers_the_loss(network: str, material: training_material.Material, tmp_path: Path) -> None:
    schedule = dataclasses.replace(SHORT, steps=60, batch=4, size=64, rate=1e-2, pieces=1)
    loss = loss_of(network, material, schedule)
    learner = fresh(network)

    def unseen() -> float:
        with torch.no_grad():
            return float(np.mean([float(loss(learner, step)) for step in range(1000, 1008)]))

    before = unseen()
    loop.train(learner, loss, schedule, piece(tmp_path / "d.pt"))
    # The network of denoise/learned starts from the result of cosine transforms, which is hard to improve on.
    # Those of upscale/compact start from a cubic enlargement.
    assert unseen() < {"clean": 0.6}.get(network, 0.99) * before


def test_the_engine_reads_the_weights_of_a_finished_training(
    network: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for trainer in (clean, colorize, faces, scratches, upscale):
        monkeypatch.setattr(trainer, "MEASURED", 1)
    order = Plan(material=str(folder), pieces=1, steps=2, clips=1, precision="float32")
    (folder / "licences.yaml").write_text("0.png: CC0\n1.png: CC BY 4.0, A. Painter\n")
    samples, sources, state = (tmp_path / name for name in ("samples.npz", "sources.json", "00.pt"))
    steps.draw(network, order.material, order.seed, order.clips, samples=samples, sources=sources)
    checkpoint = tmp_path / "checkpoint.pt"
    steps.train_piece(
        network, order, piece(checkpoint), samples=samples, machine=steps.Machine(device="cpu", threads=1)
    )
    steps.keep_state(checkpoint, state)
    weights = tmp_path / "own.safetensors"
    steps.finish(network, order, state=state, sources=sources, output=weights, device="cpu")
    frames = moving_texture(3, 32, 48)
    option = {"faces": "detail", "scratches": "scratch_network"}.get(network, "weights")
    engine = engines.load(*NETWORKS[network].ENGINE.split("/"), **{option: str(weights)})
    channels = engine.card.output_channels or frames.shape[3]
    assert engine(frames).shape == (3, 32 * engine.scale, 48 * engine.scale, channels)
    card = weights.with_suffix(".md").read_text()
    assert "| 1.png | " in card and "CC BY 4.0, A. Painter |" in card and "(2.png)" in card
    assert f"`snakemake train_{network}`" in card and "seed 1895; 2 steps" in card


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"peices": 2}, "Did you mean 'pieces'"),
        ({"pieces": 0}, "must be positive"),
        ({"steps": "many"}, "many"),
        ({"precision": "half"}, "bfloat16"),
        ({"material": "nowhere"}, "no folder nowhere"),
    ],
)
def test_a_wrong_plan_is_refused_by_name(values: dict[str, Any], message: str) -> None:
    with pytest.raises(FilmError, match=message):
        plan.read(values)


def test_numbers_given_as_text_are_understood() -> None:
    assert plan.read({"pieces": "3", "minutes": "4.5"}) == Plan(pieces=3, minutes=4.5)
    assert plan.read({"steps": "20"}).schedule("clean").end(7) == 20
    order = damage_film.order({"seed": "7", "dirt": "8", "weave": 0})
    assert order.seed == 7 and order.options == dataclasses.replace(WORN, dirt=8.0, weave=0.0)


@pytest.mark.parametrize(
    ("values", "message"),
    [({"dirtt": 1}, "'dirt'"), ({"dirt": "much"}, "much"), ({"dirt": -1}, "dirt"), ({"seed": -1}, "seed")],
)
def test_a_wrong_option_for_damage_is_refused_by_name(values: dict[str, Any], message: str) -> None:
    with pytest.raises(FilmError, match=message):
        damage_film.order(values)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_damaged_film_comes_with_the_clean_one_and_the_truth(channels: int, tmp_path: Path) -> None:
    clean = moving_texture(6, 48, 63, channels)
    taken = take(write_video(tmp_path / "film.mkv", clean), tmp_path)
    write_json(tmp_path / "facts.json", taken.row)
    order = damage_film.order(
        {"seed": 3, "dirt": 6, "size": 4, "weave": 0, "tilt": 0, "grain": 0, "flicker": 0, "frames": 5}
    )
    order = dataclasses.replace(order, options=dataclasses.replace(order.options, vignette=0.0, gate_shadow=0.0))
    damage_film.make(tmp_path / "facts.json", taken.ledger, tmp_path / "made", order)
    films = {}
    for name in ("clean", "damaged", "truth"):
        frames = [frame.to_ndarray() for frame in frames_of(tmp_path / "made" / f"{name}.mkv")[0]]
        films[name] = np.stack(frames).reshape(5, 48, 63, -1).astype(np.float32)
    assert (films["clean"] == np.moveaxis(taken.stored(0, 5) >> 6, 1, 3)).all()
    moved = (np.abs(films["damaged"] - films["clean"]) > 0.041 * 1023).any(axis=3)
    white = films["truth"][..., 0] > 0
    assert 0.005 < white.mean() < 0.5 and set(np.unique(films["truth"])) == {0, 65535}
    assert (white | ~moved).all() and (films["damaged"] == films["clean"])[~white].mean() > 0.8
    record = read_json(tmp_path / "made" / "damage.json")
    assert record["seed"] == 3 and record["options"]["dirt"] == 6 and len(record["gain"]) == 5


@pytest.mark.workflow
def test_one_command_damages_a_film_and_one_trains_in_pieces(tmp_path: Path) -> None:
    film = write_video(tmp_path / "reel.mkv", moving_texture(5, 48, 64))
    run = Run(tmp_path / "run", settings="damage: {seed: 4, frames: 4}\ntrain: {pieces: 3}\n", film=film)
    run.succeed("damage")
    folder = tmp_path / "run" / "damaged" / "reel"
    assert {path.name for path in folder.iterdir()} == {"damaged.mkv", "clean.mkv", "truth.mkv", "damage.json"}
    assert len(frames_of(folder / "damaged.mkv")[0]) == 4
    planned = run.succeed("--dry-run", "train")
    assert planned.count("train, piece 02") == len(NETWORKS) and "train, piece 03" not in planned
    assert planned.count("draw clips to train on") == len(NETWORKS)


@pytest.mark.workflow
def test_one_command_trains_a_network_to_its_weights_and_card(folder: Path, tmp_path: Path) -> None:
    order = f"{{material: {folder}, into: {tmp_path}/models, steps: 2, clips: 2, pieces: 2}}"
    said = Run(tmp_path / "run", settings=f"train: {order}\n").succeed("train_faces")
    assert "train, piece 01" in said
    frames = moving_texture(3, 32, 48)
    engine = engines.load("faces", "detail", detail=str(tmp_path / "models" / "faces-detail.safetensors"))
    assert engine(frames).shape == frames.shape
    card = (tmp_path / "models" / "faces-detail.md").read_text()
    assert "; 2 steps of 8 squares" in card and "(2.png)" in card and "| 0.png | " in card


def test_dirt_of_twice_the_size_covers_about_three_times_as_much() -> None:
    film = np.full((60, 192, 256, 1), 0.5, np.float32)
    small, large = (damage(film, Damage(dirt=2, size=size), 3)[1].mask.mean() for size in (2.0, 4.0))
    assert 2.5 < large / small < 4.5
