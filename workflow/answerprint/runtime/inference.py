"""Running networks: where, how precisely, how many pictures at a time, and so that the answer depends on nothing else.

Every engine with a network runs it through `Inference`, on a processor and on a GPU by the same lines. Imports torch
when it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Precision = Literal["auto", "float32", "float16", "bfloat16"]
AUTO: Final = "auto"


def is_gpu(device: str) -> bool:
    """Whether networks on that device run on a GPU."""
    return device.partition(":")[0] == "cuda"


def resolved_precision(asked: str, device: str) -> str:
    """The precision that is meant: `auto` is half precision on a GPU and full precision on a processor.

    It depends on the device alone and not on the model of a GPU, so that a recipe means the same everywhere.
    """
    if asked != AUTO:
        return asked
    return "float16" if is_gpu(device) else "float32"


@dataclass(frozen=True, kw_only=True)
class Inference:
    """How networks are run: on which device, at which precision, and how many samples at a time."""

    device: str = "cpu"
    precision: str = "float32"
    """float32, float16 or bfloat16: of convolutions and products; the weights stay in float32."""
    batch: int = 1
    """Samples that a network is given at a time. Libraries choose algorithms by the size of a batch, so engines ask for
    the samples of one frame or of a whole film: what shares a batch then does not depend on the parts of a film."""
    threads: int = 1
    """Of a processor; a fixed number, because how sums are split, and so how they round, depends on it."""

    def placed(self, network: Any) -> Any:
        """The network on the device, set to answer rather than to learn."""
        import torch

        return network.to(torch.device(self.device)).eval()

    def tensor(self, values: np.ndarray) -> Tensor:
        """Values on the device; pictures (n, c, h, w) with their channels last in memory, which convolutions prefer."""
        import torch

        tensor = torch.from_numpy(np.ascontiguousarray(values)).to(self.device)
        return tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor

    @contextmanager
    def running(self) -> Iterator[None]:
        """Within the block networks run exactly, and at the precision of convolutions and products."""
        import torch

        kind = torch.device(self.device).type
        with exact(self.threads), torch.autocast(kind, self.dtype, enabled=self.precision != "float32"):
            yield

    @property
    def dtype(self) -> torch.dtype:
        """The type of torch that the precision means."""
        import torch

        types = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
        return types[self.precision]

    def answers(self, network: Callable[..., Tensor], samples: Iterable[Sequence[np.ndarray]]) -> Iterator[np.ndarray]:
        """The network's answer to each sample, in order.

        A sample is what the network takes, each without its first axis; all samples have one size. Floating-point
        answers are float32.
        """
        waiting = iter(samples)
        while batch := list(islice(waiting, self.batch)):
            yield from self._answer(network, batch)

    def _answer(self, network: Callable[..., Tensor], batch: list[Sequence[np.ndarray]]) -> np.ndarray:
        with self.running():
            inputs = [self.tensor(np.stack(values)) for values in zip(*batch, strict=True)]
            return network(*inputs).float().cpu().numpy()


@contextmanager
def exact(threads: int = 1) -> Iterator[None]:
    """Inference on so many processor threads, and on a GPU by algorithms chosen by size that give the same bits.

    How convolutions split their sums on a processor, and so how they round, depends on the number of threads; cuDNN
    would otherwise pick the algorithm that is fastest at the moment, or round to TF32.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with (
            torch.inference_mode(),
            torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False),
        ):
            yield
    finally:
        torch.set_num_threads(before)
