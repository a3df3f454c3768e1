"""Where networks run, settled once when a run begins: what `device: auto` means here, and which precision follows.

The answer is kept in results/device.yaml, so that a run that is continued, its jobs on other machines included, never
changes over to another device by itself. Recipes hold the answer, not the question.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .. import engines
from ..engines import Card
from ..runtime.errors import FilmError
from ..runtime.files import write_text
from ..runtime.inference import AUTO, is_gpu, resolved_precision
from ..runtime.yaml_text import read_yaml
from .config import STEPS, Project

RECORD = Path("results/device.yaml")
DEVICES = ("cpu", "cuda")


def settled(project: Project, has_gpu: Callable[[], bool], record: Path = RECORD) -> Project:
    """The project with `device` cpu or cuda, and the precision of each engine that has one written out.

    `device: auto` is what the record says; without a record it is cuda where `has_gpu`, which is asked only then.
    """
    device = project.values["device"]
    if device == AUTO:
        device = _recorded(record) or ("cuda" if has_gpu() else "cpu")
    stages = {name: _with_precision(stage, device) for name, stage in project.chain.stages.items()}
    steps = {step: _step_with_precision(step, project.values[step], device) for step in STEPS if step in project.values}
    return dataclasses.replace(
        project,
        chain=dataclasses.replace(project.chain, stages=stages),
        values={**project.values, **steps, "device": device},
    )


def _with_precision(stage: Any, device: str) -> Any:
    asked = getattr(stage.options, "precision", None)
    if asked is None:
        return stage
    precision = resolved_precision(asked, device_of(stage.card, device))
    return dataclasses.replace(stage, options=dataclasses.replace(stage.options, precision=precision))


def _step_with_precision(step: str, values: Mapping[str, Any], device: str) -> dict[str, Any]:
    options = {key: value for key, value in values.items() if key != "engine"}
    asked = getattr(engines.options.read(engines.find(step, values["engine"]), options), "precision", None)
    if asked is None:
        return dict(values)
    card = engines.find(step, values["engine"]).card
    return {**values, "precision": resolved_precision(asked, device_of(card, device))}


def device_of(card: Card, device: str) -> str:
    """The device that an engine runs on: the run's, if it can use a GPU at all."""
    return device if card.gpu else "cpu"


def write(device: str, record: Path = RECORD) -> None:
    """Keep what `device: auto` turned out to mean."""
    write_text(
        record,
        "# What `device: auto` meant when this run began. It stays so when the run is continued, wherever that is:\n"
        f"# networks give other pixels elsewhere. To change it, give device=cpu or device=cuda, or remove this file.\n"
        f"device: {device}\n",
    )


def require_gpu(device: str, has_gpu: Callable[[], bool], *, recorded: bool) -> None:
    """Raises FilmError when a run that needs a GPU begins on a machine without one."""
    if not is_gpu(device) or has_gpu():
        return
    if recorded:
        raise FilmError(
            f"This run began on a GPU (see {RECORD}), and here is none that can be used.",
            "Continue it where it began, or give --config device=cpu: what networks made is then made again.",
        )
    raise FilmError(
        "No GPU was found, but the configuration says `device: cuda`.",
        "Set `device: cpu` or `device: auto`, or check nvidia-smi, CUDA_VISIBLE_DEVICES and `--resources gpu`.",
    )


def _recorded(record: Path) -> str | None:
    if not record.is_file():
        return None
    values = read_yaml(record)
    device = values.get("device") if isinstance(values, dict) else None
    if device not in DEVICES:
        raise FilmError(f"{record} does not say on which device networks run.", "Remove it: it is written again.")
    return str(device)
