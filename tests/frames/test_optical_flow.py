"""Motion between two pictures depends on these two alone."""

from __future__ import annotations

import numpy as np
import pytest

from answerprint.frames import optical_flow
from films import moving_texture


@pytest.mark.parametrize("size", [(32, 40), (60, 80), (120, 160)], ids=str)
@pytest.mark.parametrize("preset", ["ultrafast", "fast", "medium"])
def test_the_first_flow_of_a_size_is_the_same_as_the_next(size: tuple[int, int], preset: optical_flow.Preset) -> None:
    pair = [optical_flow.eight_bits(frame[..., 0]) for frame in moving_texture(2, *size, step=(2.0, 1.0))]
    optical_flow._solver.cache_clear()
    first, second = (optical_flow.flow(pair[0], pair[1], preset).copy() for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert np.abs(first).max() > 0.5
