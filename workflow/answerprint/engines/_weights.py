"""Engines whose network comes from a weight file: finding the file, reading it safely, saying what is wrong with it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from ..runtime.errors import FilmError
from ..runtime.inference import AUTO, Inference, Precision, is_gpu, resolved_precision
from ..runtime.text import shortened
from . import Engine, models

MISFIT_ERRORS = (
    KeyError,
    IndexError,
    AttributeError,
    TypeError,
    ValueError,
    AssertionError,
    RuntimeError,
    OverflowError,
)
"""What building a network raises when the file belongs to another one."""


@dataclass(frozen=True, kw_only=True)
class NetworkOptions:
    """How precisely a network runs."""

    precision: Precision = AUTO
    """float32, float16 or bfloat16; auto: float16 on a GPU, float32 on a processor."""


class NetworkEngine(Engine, ABC):
    """An engine with a network, read from the file that its option `weights` names: see `engines.file_option`."""

    expected: ClassVar[str]
    """What the file must be, for the error message: "a Whisper checkpoint"."""
    hint: ClassVar[str]
    """What to do when it is something else."""
    batch: ClassVar[int] = 8
    """Samples that the network is given at a time on a GPU; a processor gains nothing from more than one."""
    network: Any = None

    @property
    def inference(self) -> Inference:
        """How the network runs: on the engine's device, at the precision of its options."""
        precision = resolved_precision(getattr(self.options, "precision", "float32"), self.device)
        return Inference(device=self.device, precision=precision, batch=self.batch if is_gpu(self.device) else 1)

    def load(self) -> None:
        """Read the weights. Raises FilmError when the file is missing, damaged, or belongs to another network."""
        path = models.weight_file(self.options.weights)
        try:
            self.network = self.build(path)
        except MISFIT_ERRORS as error:
            raise FilmError(f"{path} is not {self.expected}.", self.hint) from error

    @abstractmethod
    def build(self, path: Path) -> Any:
        """The network of the weight file at `path`, ready on the engine's device. May raise any of MISFIT_ERRORS."""


class TrainedEngine(NetworkEngine):
    """An engine whose weights this workflow trains: safetensors whose metadata name the engine and the network."""

    trained_as: ClassVar[str] = ""
    """The engine that the metadata name, "stage/name", where it is another one."""

    def build(self, path: Path) -> Any:
        """The network that the file's metadata describe, with the file's weights, in float32."""
        import torch

        engine = self.trained_as or f"{self.card.stage}/{self.card.name}"
        state, metadata = read_checkpoint(path)
        if metadata.get("engine") != engine:
            raise FilmError(
                f"{path} was trained for {metadata.get('engine') or 'another program'}, not for {engine}.",
                f"Choose weights that `snakemake train_{self.card.stage}` made.",
            )
        network = self.describe_network(metadata)
        network.load_state_dict({key: value.float() for key, value in state.items()})
        return self.inference.placed(network).to(memory_format=torch.channels_last)

    @abstractmethod
    def describe_network(self, metadata: dict[str, str]) -> Any:
        """The untrained network that the metadata of a weight file describe."""


def read_checkpoint(path: Path, device: str = "cpu") -> tuple[Any, dict[str, str]]:
    """What a weight file holds, usually tensors by name, on `device`, and the metadata of a safetensors file.

    Nothing in the file is executed. Raises FilmError when it cannot be read, or when a weight is not a finite number:
    one is enough to make every frame black.
    """
    import torch

    try:
        if path.suffix == ".safetensors":
            state, metadata = _read_safetensors(path, device)
        else:
            state, metadata = torch.load(str(path), map_location=device, weights_only=True), {}
    # A damaged file makes the unpickler raise whatever its bytes happen to say.
    except Exception as error:
        raise FilmError(
            f"{path} cannot be read as a checkpoint: it is damaged, or another kind of file.",
            "Fetch or train it again, or check its SHA-256.",
        ) from error
    require_finite(state, path)
    return state, metadata


def require_finite(state: Any, path: Path) -> None:
    """Raises FilmError when a tensor of the weight file at `path` holds NaN or infinity, or is sparse."""
    import torch

    for name, tensor in _tensors(state):
        if not (tensor.is_floating_point() or tensor.is_complex()):
            continue
        try:
            finite = bool(torch.isfinite(tensor).all())
        except (RuntimeError, NotImplementedError) as error:  # sparse, or without content
            raise FilmError(
                f"{path} cannot be used: {shortened(name)} is not a plain tensor.",
                "Convert it, or choose other weights.",
            ) from error
        if not finite:
            raise FilmError(
                f"{path} is damaged: {shortened(name)} holds values that are not finite numbers.",
                "Fetch or train it again, or check its SHA-256.",
            )


def _tensors(state: Any) -> Iterator[tuple[str, Any]]:
    """The tensors of a checkpoint by name, however deep they are in it."""
    import torch

    waiting = [("it", state)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, torch.Tensor):
            yield name, value
        elif isinstance(value, dict):
            waiting += [(str(key), inner) for key, inner in value.items()]
        elif isinstance(value, (list, tuple)):
            waiting += [(name, inner) for inner in value]


def _read_safetensors(path: Path, device: str) -> tuple[dict[str, Any], dict[str, str]]:
    import safetensors

    try:
        with safetensors.safe_open(str(path), "pt", device=device) as stored:
            return {key: stored.get_tensor(key) for key in stored.keys()}, stored.metadata() or {}  # noqa: SIM118
    except safetensors.SafetensorError as error:
        raise ValueError(str(error)) from error
