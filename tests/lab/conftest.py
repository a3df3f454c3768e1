"""What several tests of the lab need."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint.lab.training.material import Material, read
from films import moving_texture


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Two photographs to train on."""
    folder: Path = tmp_path_factory.mktemp("material")
    for seed in range(2):
        picture = moving_texture(1, 200, 260, 3, seed=seed)[0]
        cv2.imwrite(str(folder / f"{seed}.png"), np.rint(picture * 255).astype(np.uint8))
    return read(folder)
