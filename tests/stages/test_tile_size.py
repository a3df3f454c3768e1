"""How large pieces a network can see is measured once, written as a setting, and does not depend on the load."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import yaml

from answerprint import engines
from answerprint.runtime.errors import FilmError
from answerprint.stages import tile_size
from answerprint.stages.tile_size import Measured


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random network of 64 features, whose layers take 9 MB of a piece of 192 pixels."""
    from answerprint.runtime import torchvision_shim

    torchvision_shim.prepare()
    import torch
    from spandrel.architectures.Compact import Compact

    torch.manual_seed(5)
    path = tmp_path_factory.mktemp("weights") / "x2.pth"
    torch.save({"params": Compact(num_in_ch=3, num_out_ch=3, num_feat=64, num_conv=4, upscale=2).state_dict()}, path)
    return path


@pytest.mark.parametrize(
    ("piece", "memory", "tile"), [(100e6, 2e9, 576), (100e6, 400e6, 256), (100e6, 1e12, 1024), (1e9, 1e9, 128)]
)
def test_a_tile_takes_half_of_the_memory_of_a_job_and_is_rounded_down(piece: float, memory: float, tile: int) -> None:
    found = Measured(piece=piece, memory=memory, overlap=20)
    assert found.tile == tile
    assert yaml.safe_load(found.yaml()) == {"stages": {"upscale": {"tile": tile}}}
    assert tile % tile_size.STEP == 0
    assert tile in (tile_size.LEAST, tile_size.MOST) or (tile / tile_size.SIDE) ** 2 * piece <= memory / 2


def test_too_little_memory_ends_with_a_sentence() -> None:
    with pytest.raises(FilmError, match="Pieces of 192 pixels take 900 MB, of 500 MB for a job"):
        _ = Measured(piece=900e6, memory=500e6, overlap=20).tile


def test_what_a_network_takes_is_measured_and_the_size_gives_the_same_picture(checkpoint: Path) -> None:
    engine = engines.find("upscale", "spandrel")
    options = asdict(engines.options.read(engine, {"weights": str(checkpoint), "overlap": 8}))
    found = tile_size.measure("spandrel", options, "cpu", jobs=2)
    # At least its widest layer, enlarged; at most a hundred of them.
    assert 9e6 < found.piece < 1e9
    assert found.memory == pytest.approx(tile_size._memory() / 2)
    frame = np.random.default_rng(2).random((1, 150, 170, 3), np.float32)
    usual, chosen = (
        engines.load("upscale", "spandrel", **{**options, "tile": tile})(frame) for tile in (64, found.tile)
    )
    assert np.abs(usual - chosen).max() < 1e-3


def test_only_engines_with_pieces_are_measured() -> None:
    options = asdict(engines.options.read(engines.find("upscale", "lanczos")))
    with pytest.raises(FilmError, match="The engine lanczos of upscale has no pieces"):
        tile_size.measure("lanczos", options, "cpu", jobs=1)
