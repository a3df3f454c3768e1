"""Running a network so that its answer depends on its input and its weights alone. Imports torch when it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def exact() -> Iterator[None]:
    """Inference on one processor thread, and on a GPU by algorithms that are chosen by size and give the same bits.

    How convolutions split their sums on a processor, and so how they round, depends on the number of threads; cuDNN
    would otherwise pick the algorithm that is fastest at the moment, or round to TF32.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with (
            torch.inference_mode(),
            torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False),
        ):
            yield
    finally:
        torch.set_num_threads(threads)
