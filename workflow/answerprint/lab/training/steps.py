"""The steps of a training, file by file: draw, train piece by piece, measure and export."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...runtime.files import atomic_write, read_json, write_json, write_text
from ...runtime.yaml_text import read_yaml
from . import export, loop, material
from .material import Material
from .plan import HELD_OUT, Plan, module, untrained

LICENCES = "licences.yaml"
"""File in a folder of material that gives the licence of each file: `name: licence`."""
MEASURING_SEED = 1
"""Added to the seed for the figures, so that their damage and noise differ from those trained on."""


def materials(folder: str | None) -> tuple[Material, Material]:
    """What to train on, and what is held out for the figures."""
    return material.read(folder, HELD_OUT), material.read(folder, -HELD_OUT)


def draw(network: str, folder: str | None, seed: int, clips: int, *, samples: Path, sources: Path) -> None:
    """Write the clips that a network is trained on, and the list of files that they are drawn from.

    `clips` is how many to draw; 0 for the network's own number.
    """
    trained, held_out = materials(folder)
    trainer = module(network)
    drawn = trainer.draw(trained, seed, clips or trainer.CLIPS)
    with atomic_write(samples) as temporary:
        np.savez(temporary, **drawn)
    write_json(sources, {"trained": trained.sources, "held_out": held_out.sources})


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Where a piece is trained."""

    device: str
    threads: int


def train_piece(
    network: str, plan: Plan, piece: loop.Piece, *, samples: Path, machine: Machine, start: Path | None = None
) -> None:
    """Train a network for one piece of its steps; the state after it is in the piece's checkpoint.

    start: the last state of another training, whose weights are the first of this one.
    """
    import torch

    schedule = plan.schedule(network, machine.device, machine.threads)
    trained, _ = materials(plan.material)
    drawn = dict(np.load(samples))
    torch.manual_seed(schedule.seed)
    weights = untrained(network)
    if start:
        weights.load_state_dict(torch.load(start, map_location="cpu", weights_only=True)["mean"])
    loop.train(weights, module(network).loss(trained, drawn, schedule), schedule, piece)


def plain(weights: Any) -> Any:
    """A network as its engine runs it: without what only training needs."""
    return weights.plain() if hasattr(weights, "plain") else weights


def keep_state(checkpoint: Path, output: Path) -> None:
    """Copy the state after a piece out of its checkpoint, which the next piece overwrites."""
    with atomic_write(output) as temporary:
        shutil.copyfile(checkpoint, temporary)


def finish(network: str, plan: Plan, *, state: Path, sources: Path, output: Path, device: str) -> None:
    """Write the weights after the last piece, and a card with figures on held-out material."""
    import torch

    final = torch.load(state, map_location="cpu", weights_only=True)
    weights = untrained(network)
    weights.load_state_dict(final["mean"])
    trainer, schedule, files = module(network), plan.schedule(network, device), read_json(sources)
    held_out = materials(plan.material)[1]
    weights = plain(weights)
    figures = trainer.measure(weights.eval(), held_out, schedule.seed + MEASURING_SEED)
    export.write(output, weights, engine=trainer.ENGINE, schedule=schedule, sources=files["trained"])
    licences = Path(plan.material or ".").expanduser() / LICENCES
    card = export.Card(
        network=network,
        engine=trainer.ENGINE,
        schedule=schedule,
        sources=files["trained"],
        held_out=files["held_out"],
        figures=figures,
        loss=float(np.mean(final["losses"][-500:])),
        licences=read_yaml(licences) if plan.material and licences.exists() else material.RIGHTS,
        unit=getattr(trainer, "UNIT", f"squares of {schedule.size} pixels"),
    )
    write_text(output.with_suffix(".md"), card.text(output))
