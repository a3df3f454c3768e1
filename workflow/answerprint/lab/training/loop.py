"""The training loop: any network, in pieces, each of which goes on exactly where the one before, or a crash, left off.

What a step sees depends on the seed and the step's number alone, so pieces and interruptions change nothing.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...runtime.errors import FilmError
from ...runtime.files import atomic_write, digest

WARM = 200
"""Steps over which the learning rate rises."""
SMOOTH = 0.999
"""Share of the running mean of weights that a step keeps; the mean is what is exported."""
SAVED = 60.0
"""Seconds between checkpoints."""
PASSING = ("pieces", "minutes", "device", "threads")
"""What may change in the middle of a training."""
TOLD = 100
"""Steps between two lines on the terminal."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How long, how fast and in what pieces to train."""

    steps: int
    """Steps of the optimiser in all."""
    rate: float = 1e-3
    """Largest learning rate; it falls to nothing along a cosine."""
    batch: int = 8
    """Squares a step."""
    size: int = 96
    """Side of a square, pixels; a multiple of 16."""
    seed: int = 1895
    pieces: int = 8
    """Jobs, one after the other, that share the steps evenly."""
    minutes: float = 9.0
    """A piece that takes longer stops with a checkpoint, from which the next attempt goes on."""
    precision: str = "auto"
    """bfloat16, float32, or auto: bfloat16 where the processor computes in it."""
    device: str = "cpu"
    threads: int = 1

    def __post_init__(self) -> None:
        if self.steps < 1 or not 1 <= self.pieces <= self.steps:
            raise ValueError(f"steps is {self.steps} and pieces {self.pieces}, but it must be 1 <= pieces <= steps")
        if self.size % 16 or self.size < 32:
            raise ValueError(f"size is {self.size}, but it must be a multiple of 16, at least 32")
        if self.batch < 1 or self.rate <= 0 or self.minutes <= 0:
            raise ValueError("batch, rate and minutes must be positive")
        if self.precision not in ("auto", "bfloat16", "float32"):
            raise ValueError(f"precision is {self.precision}, but it must be auto, bfloat16 or float32")

    def end(self, piece: int) -> int:
        """The number of steps after which a piece is done, counted from 0."""
        return self.steps * (piece + 1) // self.pieces

    def learning_rate(self, step: int) -> float:
        """The learning rate of a step: a short rise, then half a cosine."""
        return self.rate * min(1.0, (step + 1) / WARM) * 0.5 * (1 + math.cos(math.pi * step / self.steps))


Loss = Callable[[Any, int], Any]
"""(network, step) to a scalar tensor: draws the step's batch itself."""


def train(
    network: Any,
    loss: Loss,
    schedule: Schedule,
    *,
    piece: int,
    before: Path | None,
    checkpoint: Path,
    label: str,
    material: str = "",
) -> dict[str, Any]:
    """The state after a piece: {"step", "network", "mean", "optimiser", "losses"}; also in the file `checkpoint`.

    before: the state after the piece before. checkpoint: where an interrupted attempt at the same training left its
    state; it is gone on from if schedule and `material`, any text about what is trained on, are the same. Raises
    FilmError when the minutes are over before the piece is done.
    """
    import torch

    torch.set_num_threads(schedule.threads)
    torch.manual_seed(schedule.seed)
    device = torch.device(schedule.device)
    network.to(device=device, memory_format=torch.channels_last).train()
    optimiser = torch.optim.Adam(network.parameters(), lr=schedule.rate)
    mean = {key: value.detach().clone() for key, value in network.state_dict().items()}
    losses: list[float] = []
    first = 0
    lasting = {key: value for key, value in dataclasses.asdict(schedule).items() if key not in PASSING}
    mark = digest([lasting, material])
    for path in (before, checkpoint):
        state = torch.load(path, map_location=device, weights_only=True) if path and path.exists() else None
        if state and state["mark"] == mark and first <= state["step"] <= schedule.end(piece):
            network.load_state_dict(state["network"])
            optimiser.load_state_dict(state["optimiser"])
            mean, losses, first = state["mean"], state["losses"], state["step"]
    half = uses_bfloat16(schedule)
    began = saved = time.monotonic()
    last = schedule.end(piece)
    if device.type == "cuda":
        # The convolutions' fastest algorithm on a GPU may sum in another order at each run.
        torch.backends.cudnn.deterministic = True
    for step in range(first, last):
        for group in optimiser.param_groups:
            group["lr"] = schedule.learning_rate(step)
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            value = loss(network, step)
        optimiser.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        keep = min(SMOOTH, (step + 1) / (step + 10))
        with torch.no_grad():
            for key, parameter in network.state_dict().items():
                mean[key].lerp_(parameter, 1 - keep)
        losses.append(float(value.detach()))
        now = time.monotonic()
        if (step + 1) % TOLD == 0:
            recent = sum(losses[-TOLD:]) / TOLD
            left = (last - step - 1) * (now - began) / (step + 1 - first)
            print(f"  {label}: step {step + 1} of {schedule.steps}, loss {recent:.5f}, {left:.0f} s left", flush=True)
        over = now - began > 60 * schedule.minutes and step + 1 < last
        if over or now - saved > SAVED or step + 1 == last:
            saved = now
            _save(checkpoint, network, mean, optimiser, losses, step + 1, mark)
        if over:
            raise FilmError(
                f"{label} has done {step + 1} of {last} steps in {schedule.minutes:g} minutes.",
                "Run the same command again: it goes on from there. More pieces are shorter: train: {pieces: N}.",
            )
    if first >= last:
        _save(checkpoint, network, mean, optimiser, losses, last, mark)
    return torch.load(checkpoint, map_location="cpu", weights_only=True)


def uses_bfloat16(schedule: Schedule) -> bool:
    """Whether convolutions are computed in bfloat16; weights stay float32."""
    import torch

    if schedule.precision != "auto":
        return schedule.precision == "bfloat16"
    if schedule.device.startswith("cuda"):
        return torch.cuda.is_bf16_supported()
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _save(checkpoint: Path, network: Any, mean: Any, optimiser: Any, losses: list[float], step: int, mark: str) -> None:
    import torch

    with atomic_write(checkpoint) as path:
        state = {"step": step, "network": network.state_dict(), "mean": mean, "losses": losses, "mark": mark}
        torch.save({**state, "optimiser": optimiser.state_dict()}, path)
