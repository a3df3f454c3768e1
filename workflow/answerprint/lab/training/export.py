"""The results of a training: a safetensors file that records how it was made, and a card for people to read."""

from __future__ import annotations

import dataclasses
import json
import platform
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from ...runtime.files import atomic_write, sha256
from .loop import Schedule


def write(path: Path, network: Any, *, engine: str, schedule: Schedule, sources: list[dict[str, Any]]) -> None:
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


@dataclass(frozen=True, kw_only=True)
class Card:
    """What the card of a weight file says."""

    network: str
    """What the rules call it."""
    engine: str
    schedule: Schedule
    sources: list[dict[str, Any]]
    """file, sha256 and kind of each file trained on."""
    held_out: list[dict[str, Any]]
    """The same of the files held out for the figures."""
    figures: dict[str, float]
    loss: float
    """Mean over the last steps."""
    licences: dict[str, str]
    """By file name."""
    unit: str
    """What a step is shown several of: squares of so many pixels."""

    def text(self, weights: Path) -> str:
        """The card of a weight file, as Markdown."""
        sections = [*self._introduction(weights), *self._figures(), *self._sources()]
        return "\n".join(sections)

    def _introduction(self, weights: Path) -> list[str]:
        schedule = self.schedule
        device = "GPU" if schedule.device.startswith("cuda") else f"CPU, {platform.machine()}"
        return [
            f"# {weights.stem}",
            "",
            f"Weights of the engine `{self.engine}`, made by `snakemake train_{self.network}`.",
            "",
            f"- file: {weights.name}, {weights.stat().st_size} bytes, SHA-256 {sha256(weights)}",
            f"- seed {schedule.seed}; {schedule.steps} steps of {schedule.batch} {self.unit}, "
            f"learning rate {schedule.rate:g} falling along a cosine; running mean of the weights",
            f"- machine: {device}, {schedule.threads} thread(s); {date.today():%d %B %Y}",
            f"- loss over the last steps: {self.loss:.5f}",
            "- licence of the weights: Apache-2.0",
            "",
        ]

    def _figures(self) -> list[str]:
        others = ", ".join(row["file"] for row in self.held_out)
        lines = [f"- {name}: {value:g}" for name, value in self.figures.items()]
        return [f"## Figures\n\nOn pictures that were not trained on ({others}):", "", *lines, ""]

    def _sources(self) -> list[str]:
        rows = [
            f"| {row['file']} | {row['sha256']} | {self.licences.get(row['file'], 'not given')} |"
            for row in self.sources
        ]
        return ["## Trained on", "", "| file | SHA-256 | licence |", "|---|---|---|", *rows, ""]
