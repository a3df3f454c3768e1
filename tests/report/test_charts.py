"""Charts and numbers as the report shows them: small, and easy to read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from answerprint.report import charts, formatting

SHOTS = [{"start": 0, "stop": 6, "transition": "cut"}, {"start": 6, "stop": 12, "transition": "fade"}]


def test_a_chart_stays_small_and_keeps_the_peak_of_a_long_film() -> None:
    values = np.zeros(150_000)
    values[77_777] = 5.0
    svg = charts.line(list(values), first=0, shots=SHOTS, label='a "peak" <here>', colour="#123456")
    assert len(svg) < 20_000
    assert "<here>" not in svg
    _, _, _, most = charts.envelope(values)
    assert most.max() == 5.0


def test_a_chart_needs_only_one_number() -> None:
    assert "polyline" in charts.line([0.5], first=3, shots=SHOTS, label="x", colour="red")
    assert charts.line([float("nan")], first=0, shots=SHOTS, label="x", colour="red") == ""


@pytest.mark.parametrize(
    ("function", "value", "text"),
    [
        (formatting.clock, 3723.44, "1:02:03.4"),
        (formatting.clock, 59.96, "1:00.0"),
        (formatting.number, 12345.0, "12\u202f345"),
        (formatting.number, 0.01234, "0.0123"),
        (formatting.number, 1234.5, "1\u202f234"),
        (formatting.percent, 0.00001, "under 0.01\u202f%"),
        (formatting.percent, 0.999, "over 99\u202f%"),
        (formatting.percent, 1.0, "100\u202f%"),
        (formatting.size, 2_500_000, "2.5\u202fMB"),
    ],
)
def test_numbers_read_well(function: Callable[[Any], str], value: float, text: str) -> None:
    assert function(value) == text
