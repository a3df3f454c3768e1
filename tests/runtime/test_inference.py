"""One base runs all networks: batches change no answer, half precision hardly any, on a processor as on a GPU."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from answerprint.runtime.inference import Inference, exact, resolved_precision


class Watched(nn.Module):
    """A small network of convolutions that notes the sizes of its batches and the types of its convolutions."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 2, 3, padding=1)
        self.batches: list[int] = []
        self.types: set[torch.dtype] = set()

    def forward(self, pictures: Tensor, level: Tensor) -> Tensor:
        self.batches.append(len(pictures))
        inner = torch.relu(self.first(pictures))
        self.types.add(inner.dtype)
        answer: Tensor = self.second(inner) + level[:, :, None, None]
        return answer


def samples(count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    random = np.random.default_rng(1)
    return [(random.random((3, 12, 20), np.float32), random.random(1, np.float32)) for _ in range(count)]


def answers(inference: Inference, count: int = 7) -> tuple[np.ndarray, Watched]:
    network = inference.placed(Watched())
    return np.stack(list(inference.answers(network, samples(count)))), network


def test_a_batch_gives_the_answers_of_one_at_a_time_in_order() -> None:
    alone, one = answers(Inference())
    together, many = answers(Inference(batch=3))
    assert one.batches == [1] * 7 and many.batches == [3, 3, 1]
    assert together.dtype == np.float32 and together.shape == (7, 2, 12, 20)
    np.testing.assert_allclose(together, alone, atol=1e-6)
    assert len({answer.tobytes() for answer in together}) == 7


@pytest.mark.parametrize(("precision", "nearly"), [("float16", 2e-3), ("bfloat16", 2e-2)])
def test_half_precision_is_near_full_precision_and_comes_out_as_float32(precision: str, nearly: float) -> None:
    full, network = answers(Inference())
    assert network.types == {torch.float32}
    half, network = answers(Inference(precision=precision, batch=2))
    assert network.types == {getattr(torch, precision)} and half.dtype == np.float32
    assert 0 < np.abs(half - full).max() < nearly
    assert next(network.parameters()).dtype == torch.float32


def test_samples_are_taken_as_they_are_needed() -> None:
    taken = []

    def lazy() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for number, sample in enumerate(samples(5)):
            taken.append(number)
            yield sample

    found = Inference(batch=2).answers(Watched().eval(), lazy())
    next(found)
    assert taken == [0, 1]
    assert len(list(found)) == 4 and taken == [0, 1, 2, 3, 4]


def test_no_sample_gives_no_answer() -> None:
    assert list(Inference(batch=2).answers(Watched(), [])) == []


def test_the_number_of_threads_is_fixed_and_given_back() -> None:
    before = torch.get_num_threads()
    for threads in (1, 2):
        with exact(threads):
            assert torch.get_num_threads() == threads and torch.is_inference_mode_enabled()
    with pytest.raises(KeyError), exact(2):
        raise KeyError
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("asked", "device", "meant"),
    [
        ("auto", "cpu", "float32"),
        ("auto", "cuda", "float16"),
        ("auto", "cuda:1", "float16"),
        ("float32", "cuda", "float32"),
        ("bfloat16", "cpu", "bfloat16"),
    ],
)
def test_what_is_asked_for_counts_and_auto_depends_on_the_device_alone(asked: str, device: str, meant: str) -> None:
    assert resolved_precision(asked, device) == meant
