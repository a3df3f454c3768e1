"""What a training leaves: a safetensors file that says where it comes from, and a card for people to read."""

from __future__ import annotations

import dataclasses
import json
import platform
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from ...runtime.files import atomic_write, sha256
from .loop import Schedule


def export(path: Path, network: Any, *, engine: str, schedule: Schedule, sources: list[dict[str, Any]]) -> None:
    """Write a network's weights in half precision to a safetensors file that `engine` can read.

    Its metadata has the network's shape, the engine, the schedule, and the files trained on with their SHA-256.
    """
    from safetensors.numpy import save_file

    weights = {key: value.detach().cpu().numpy().astype(np.float16) for key, value in network.state_dict().items()}
    recorded = {field: value for field, value in dataclasses.asdict(schedule).items() if field not in ("minutes",)}
    metadata = {
        "engine": engine,
        "shape": json.dumps(network.shape),
        "schedule": json.dumps(recorded),
        "material": json.dumps(sources),
    }
    with atomic_write(path) as temporary:
        save_file({key: np.ascontiguousarray(value) for key, value in weights.items()}, str(temporary), metadata)
        temporary.chmod(0o644)


def card(
    path: Path,
    *,
    engine: str,
    schedule: Schedule,
    sources: list[dict[str, Any]],
    held_out: list[dict[str, Any]],
    figures: dict[str, float],
    loss: float,
    licences: dict[str, str],
) -> str:
    """The card of a weight file, Markdown: figures, seed, schedule, machine, date, and each file with its licence."""
    stage = engine.partition("/")[0]
    rows = [f"| {row['file']} | {row['sha256']} | {licences.get(row['file'], 'not given')} |" for row in sources]
    others = ", ".join(row["file"] for row in held_out)
    device = "GPU" if schedule.device.startswith("cuda") else f"CPU, {platform.machine()}"
    return "\n".join(
        [
            f"# {path.stem}",
            "",
            f"Weights of the engine `{engine}`, made by `snakemake train_{stage}`.",
            "",
            f"- file: {path.name}, {path.stat().st_size} bytes, SHA-256 {sha256(path)}",
            f"- seed {schedule.seed}; {schedule.steps} steps of {schedule.batch} squares of {schedule.size} pixels, "
            f"learning rate {schedule.rate:g} falling along a cosine; running mean of the weights",
            f"- machine: {device}, {schedule.threads} thread(s); {date.today():%d %B %Y}",
            f"- loss over the last steps: {loss:.5f}",
            "- licence of the weights: Apache-2.0",
            "",
            f"## Figures\n\nOn pictures that were not trained on ({others}):",
            "",
            *(f"- {name}: {value:g}" for name, value in figures.items()),
            "",
            "## Trained on",
            "",
            "| file | SHA-256 | licence |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )
