"""The training loop for any network, in pieces, each of which continues exactly where the last, or a crash, left off.

What a step sees depends only on the seed and the number of the step, so pieces and interruptions change nothing.
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

WARM_UP = 200
"""Steps over which the learning rate rises."""
AVERAGING = 0.999
"""Share of the running mean of the weights that survives a step; the mean is what is exported."""
CHECKPOINT_SECONDS = 60.0
"""Time between checkpoints."""
CHANGEABLE = ("pieces", "minutes", "device", "threads")
"""Fields of a schedule that may change in the middle of a training."""
REPORT_STEPS = 100
"""Steps between two lines on the terminal."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How long, how fast and in what pieces to train."""

    steps: int
    """Steps of the optimiser in total."""
    rate: float = 1e-3
    """Peak learning rate; it falls to zero along a cosine."""
    batch: int = 8
    """Squares in each step."""
    size: int = 96
    """Side of a square, pixels; a multiple of 16."""
    seed: int = 1895
    pieces: int = 8
    """Successive jobs that share the steps evenly."""
    minutes: float = 9.0
    """A piece that takes longer stops with a checkpoint, from which the next attempt continues."""
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
        return self.rate * min(1.0, (step + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * step / self.steps))


Loss = Callable[[Any, int], Any]
"""(network, step) to a scalar tensor; it draws the batch of the step itself."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One piece of a training."""

    number: int
    """Counted from 0."""
    before: Path | None
    """The state after the previous piece."""
    checkpoint: Path
    """Where the state is saved, and where an interrupted attempt left it."""
    label: str
    """What the terminal calls it."""
    material: str = ""
    """Any text that identifies what is trained on: a checkpoint of other material is not continued."""


def train(network: Any, loss: Loss, schedule: Schedule, piece: Piece) -> dict[str, Any]:
    """The state after a piece, as saved in its checkpoint: {"step", "network", "mean", "optimiser", "losses", "mark"}.

    An interrupted attempt is continued if schedule and material are the same. Raises FilmError when the minutes are
    over before the piece is done.
    """
    import torch

    torch.set_num_threads(schedule.threads)
    torch.manual_seed(schedule.seed)
    training = _Training(network, schedule, piece)
    if training.device.type == "cuda":
        # The fastest convolutions on a GPU may sum in another order at each run.
        torch.backends.cudnn.deterministic = True
    first, last = training.step, schedule.end(piece.number)
    start = saved = time.monotonic()
    for step in range(first, last):
        training.advance(loss)
        now = time.monotonic()
        if (step + 1) % REPORT_STEPS == 0:
            training.report((last - step - 1) * (now - start) / (step + 1 - first))
        overdue = now - start > 60 * schedule.minutes and step + 1 < last
        if overdue or now - saved > CHECKPOINT_SECONDS or step + 1 == last:
            saved = now
            training.save()
        if overdue:
            raise FilmError(
                f"{piece.label} has done {step + 1} of {last} steps in {schedule.minutes:g} minutes.",
                "Run the same command again to continue. More pieces are shorter: train: {pieces: N}.",
            )
    if first >= last:
        training.save()
    return torch.load(piece.checkpoint, map_location="cpu", weights_only=True)


class _Training:
    """A network, its optimiser and the running mean of its weights, continued from the furthest usable state."""

    def __init__(self, network: Any, schedule: Schedule, piece: Piece) -> None:
        import torch

        self.network, self.schedule, self.piece = network, schedule, piece
        self.device = torch.device(schedule.device)
        network.to(device=self.device, memory_format=torch.channels_last).train()
        self.optimiser = torch.optim.Adam(network.parameters(), lr=schedule.rate)
        self.mean = {key: value.detach().clone() for key, value in network.state_dict().items()}
        self.losses: list[float] = []
        self.step = 0
        self.bfloat16 = uses_bfloat16(schedule)
        lasting = {key: value for key, value in dataclasses.asdict(schedule).items() if key not in CHANGEABLE}
        self.mark = digest([lasting, piece.material])
        for path in (piece.before, piece.checkpoint):
            if path and path.exists():
                self._resume(torch.load(path, map_location=self.device, weights_only=True))

    def _resume(self, state: dict[str, Any]) -> None:
        if state["mark"] == self.mark and self.step <= state["step"] <= self.schedule.end(self.piece.number):
            self.network.load_state_dict(state["network"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.mean, self.losses, self.step = state["mean"], state["losses"], state["step"]

    def advance(self, loss: Loss) -> None:
        """One step of the optimiser and of the running mean."""
        import torch

        for group in self.optimiser.param_groups:
            group["lr"] = self.schedule.learning_rate(self.step)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            value = loss(self.network, self.step)
        self.optimiser.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        keep = min(AVERAGING, (self.step + 1) / (self.step + 10))
        with torch.no_grad():
            for key, parameter in self.network.state_dict().items():
                self.mean[key].lerp_(parameter, 1 - keep)
        self.losses.append(float(value.detach()))
        self.step += 1

    def report(self, seconds_left: float) -> None:
        """Print the progress on one line."""
        recent = sum(self.losses[-REPORT_STEPS:]) / REPORT_STEPS
        progress = f"step {self.step} of {self.schedule.steps}, loss {recent:.5f}, {seconds_left:.0f} s left"
        print(f"  {self.piece.label}: {progress}", flush=True)

    def save(self) -> None:
        """Write the checkpoint."""
        import torch

        state = {
            "step": self.step,
            "network": self.network.state_dict(),
            "mean": self.mean,
            "losses": self.losses,
            "mark": self.mark,
            "optimiser": self.optimiser.state_dict(),
        }
        with atomic_write(self.piece.checkpoint) as path:
            torch.save(state, path)


def uses_bfloat16(schedule: Schedule) -> bool:
    """Whether convolutions are computed in bfloat16; weights stay float32."""
    import torch

    if schedule.precision != "auto":
        return schedule.precision == "bfloat16"
    if schedule.device.startswith("cuda"):
        return torch.cuda.is_bf16_supported()
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
