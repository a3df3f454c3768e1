"""The steps of a training, file by file: draw, train piece by piece, measure and export."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from ...runtime.files import atomic_write, read_json, read_yaml, write_json, write_text
from . import export as training_export
from . import loop
from . import material as training_material
from .material import Material
from .plan import HELD_OUT, Plan, module, untrained

LICENCES = "licences.yaml"
"""File in a folder of material that says the licence of each file: `name: licence`."""
MEASURED = 1
"""Added to the seed of the figures, so that their damage and noise are others than those trained on."""


def materials(folder: str | None) -> tuple[Material, Material]:
    """What to train on, and what is kept for the figures."""
    return training_material.read(folder, HELD_OUT), training_material.read(folder, -HELD_OUT)


def draw(network: str, folder: str | None, seed: int, clips: int, *, samples: Path, sources: Path) -> None:
    """Write the clips that a network is trained on, and the list of files that they were drawn from."""
    material, held_out = materials(folder)
    own = module(network)
    drawn = own.draw(material, seed, clips or own.CLIPS)
    with atomic_write(samples) as temporary:
        np.savez(temporary, **drawn)
    write_json(sources, {"trained": material.sources, "held_out": held_out.sources})


def piece(
    network: str,
    plan: Plan,
    number: int,
    *,
    samples: Path,
    sources: Path,
    before: Path | None,
    checkpoint: Path,
    output: Path,
    device: str,
    threads: int,
) -> None:
    """Train for one piece of the steps and write the state after it."""
    import torch

    schedule = plan.schedule(network, device, threads)
    material, _ = materials(plan.material)
    drawn = dict(np.load(samples))
    torch.manual_seed(schedule.seed)
    loop.train(
        untrained(network),
        module(network).loss(material, drawn, schedule),
        schedule,
        piece=number,
        before=before,
        checkpoint=checkpoint,
        label=f"{network}, piece {number + 1} of {schedule.pieces}",
        material=f"{plan.clips} {sources.read_text()}",
    )
    with atomic_write(output) as temporary:
        shutil.copyfile(checkpoint, temporary)


def finish(network: str, plan: Plan, *, state: Path, sources: Path, output: Path, device: str) -> None:
    """Write the weights after the last piece, and a card with figures on what was not trained on."""
    import torch

    found = torch.load(state, map_location="cpu", weights_only=True)
    net = untrained(network)
    net.load_state_dict(found["mean"])
    own, schedule, read = module(network), plan.schedule(network, device), read_json(sources)
    figures = own.measure(net.eval(), materials(plan.material)[1], schedule.seed + MEASURED)
    training_export.export(output, net, engine=own.ENGINE, schedule=schedule, sources=read["trained"])
    licences = Path(plan.material or ".").expanduser() / LICENCES
    text = training_export.card(
        output,
        engine=own.ENGINE,
        schedule=schedule,
        sources=read["trained"],
        held_out=read["held_out"],
        figures=figures,
        loss=float(np.mean(found["losses"][-500:])),
        licences=read_yaml(licences) if plan.material and licences.exists() else training_material.RIGHTS,
    )
    write_text(output.with_suffix(".md"), text)
