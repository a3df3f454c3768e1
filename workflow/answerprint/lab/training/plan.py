"""What the configuration's `train:` asks for."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from ...runtime.errors import FilmError, unknown_name_error
from .loop import Schedule

NETWORKS = ("clean", "denoise", "upscale", "upscale_bicubic", "colorize", "faces", "scratches")
HELD_OUT = 13
"""One file in so many is held out for the figures."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How to train, on what, and where the weights go."""

    material: str | None = None
    """A folder of photographs or films; None for scikit-image's samples."""
    into: str = "training/models"
    """The folder that the weights and their cards are written to."""
    seed: int = 1895
    pieces: int = 8
    """Successive jobs that a training is cut into."""
    minutes: float = 9.0
    """A piece stops after so many minutes with a checkpoint, from which the next attempt continues."""
    precision: str = "auto"
    """bfloat16, float32, or auto: bfloat16 where the processor computes in it."""
    steps: int = 0
    """Steps of the optimiser; 0 for the default of each network."""
    clips: int = 0
    """Clips to draw; 0 for the default of each network."""

    def __post_init__(self) -> None:
        if self.pieces < 1 or self.steps < 0 or self.clips < 0 or self.seed < 0 or self.minutes <= 0:
            raise ValueError("pieces and minutes must be positive, seed, steps and clips not negative")
        if self.precision not in ("auto", "bfloat16", "float32"):
            raise ValueError(f"precision is {self.precision}, but it must be auto, bfloat16 or float32")

    def schedule(self, network: str, device: str = "cpu", threads: int = 1) -> Schedule:
        """The schedule of one network's training."""
        values = {"seed": self.seed, "pieces": self.pieces, "minutes": self.minutes, "precision": self.precision}
        steps = {"steps": self.steps} if self.steps else {}
        return dataclasses.replace(module(network).SCHEDULE, device=device, threads=threads, **values, **steps)


def read(values: dict[str, Any]) -> Plan:
    """The plan in the configuration's `train:`. Raises a FilmError that names the wrong key or value."""
    kinds: dict[str, Any] = {field.name: type(field.default) for field in dataclasses.fields(Plan)}
    for key in values:
        if key not in kinds:
            raise unknown_name_error("key of train", key, sorted(kinds))
    try:
        # Snakemake leaves numbers within braces of the command line as text.
        plan = Plan(**{key: value if key == "material" else kinds[key](value) for key, value in values.items()})
    except (TypeError, ValueError) as error:
        raise FilmError(f"The configuration's train is wrong: {error}.", "See docs/train.md.") from error
    if plan.material and not Path(plan.material).expanduser().is_dir():
        raise FilmError(
            f"There is no folder {plan.material}.", "Name one in train: {material: FOLDER}, or leave it out."
        )
    return plan


def module(network: str) -> ModuleType:
    """The module that draws a network's clips and defines its loss and figures."""
    from . import clean, colorize, denoise, faces, scratches, upscale, upscale_bicubic

    modules = {"clean": clean, "colorize": colorize, "denoise": denoise, "faces": faces, "upscale": upscale}
    return {**modules, "scratches": scratches, "upscale_bicubic": upscale_bicubic}[network]


def untrained(network: str) -> Any:
    """A network with random weights, as it is trained."""
    if network in ("upscale", "upscale_bicubic"):
        from .wide import WideCompact

        return WideCompact()
    if network == "colorize":
        from .colorize import new

        return new()
    from ...engines.clean import _network as clean
    from ...engines.clean import _scratch_network as scratches
    from ...engines.denoise import _network as denoise
    from ...engines.faces import _network as faces

    return {"clean": clean, "denoise": denoise, "faces": faces, "scratches": scratches}[network].new()


def weight_file(network: str) -> str:
    """The name of the file that a network's weights are written to, without its suffix."""
    names = {
        "upscale": "upscale-compact",
        "upscale_bicubic": "upscale-compact-bicubic",
        "colorize": "colorize-automatic",
        "faces": "faces-detail",
        "scratches": "clean-scratches",
    }
    return names.get(network, f"{network}-learned")


def start_of(network: str) -> str | None:
    """The network whose weights a training starts from; None for random ones."""
    return {"upscale": "upscale_bicubic"}.get(network)
