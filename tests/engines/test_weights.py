"""One loader reads all weight files: what is damaged, or holds no numbers, is one sentence."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from answerprint.engines._weights import read_checkpoint
from answerprint.runtime.errors import FilmError

STATE = {"first.weight": torch.arange(12.0).reshape(3, 4), "steps": torch.tensor(7)}


def pth(path: Path, state: Any = STATE) -> Path:
    torch.save(state, path)
    return path


def test_both_formats_give_their_tensors(tmp_path: Path) -> None:
    save_file(STATE, tmp_path / "a.safetensors", metadata={"engine": "clean/learned"})
    for path in (pth(tmp_path / "a.pth"), tmp_path / "a.safetensors"):
        state, _ = read_checkpoint(path)
        assert torch.equal(state["first.weight"], STATE["first.weight"])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_a_weight_that_is_no_finite_number_is_refused_by_name(tmp_path: Path, value: float, dtype: torch.dtype) -> None:
    wrong = torch.ones(4, 4, dtype=dtype)
    wrong[2, 1] = value
    save_file({"ok": torch.ones(2), "tail.bias": wrong}, tmp_path / "a.safetensors")
    nested = pth(tmp_path / "a.pth", {"params": [{"tail.bias": wrong}], "epoch": 3})
    for path in (nested, tmp_path / "a.safetensors"):
        with pytest.raises(FilmError, match=r"tail\.bias holds values that are not finite"):
            read_checkpoint(path)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_damaged_checkpoint_is_one_sentence_or_whole(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    if suffix == ".pth":
        pth(path)
    else:
        save_file(STATE, path)
    whole, generator = path.read_bytes(), random.Random(0)
    contents = [whole[:size] for size in range(0, len(whole), max(1, len(whole) // 25))]
    for _ in range(100):
        damaged = bytearray(whole)
        for _ in range(generator.choice((1, 4, 40))):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        contents.append(bytes(damaged))
    for content in contents:
        path.write_bytes(content)
        try:
            read_checkpoint(path)
        except FilmError as error:
            assert str(path) in error.message and "\n" not in error.message


def test_a_sparse_tensor_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.pth"
    torch.save({"layer": torch.eye(3).to_sparse()}, path)
    with pytest.raises(FilmError, match="layer is not a plain tensor"):
        read_checkpoint(path)


def test_code_in_a_checkpoint_does_not_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "ran",)

    buffer = io.BytesIO()
    torch.save({"a": Trap()}, buffer)
    (tmp_path / "a.pth").write_bytes(buffer.getvalue())
    with pytest.raises(FilmError, match="cannot be read as a checkpoint"):
        read_checkpoint(tmp_path / "a.pth")
    assert not (tmp_path / "ran").exists()
