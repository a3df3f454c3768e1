"""Small line charts as inline SVG: one number for each frame, over the shots of the film."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

WIDTH, HEIGHT = 600, 72
COLUMNS = 300
"""The most points of a line: a feature film has 150,000 frames, a screen some thousand pixels."""


def envelope(values: np.ndarray, columns: int = COLUMNS) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Position (0..1), smallest, median and largest value of `columns` equal runs of values; of each value if fewer."""
    runs = np.array_split(np.arange(len(values)), min(columns, len(values)))
    centres = np.array([(run[0] + run[-1] + 1) / 2 for run in runs]) / len(values)
    least, middle, most = (
        np.array([function(values[run]) for run in runs]) for function in (np.min, np.median, np.max)
    )
    return centres, least, middle, most


def line(values: Sequence[float], *, first: int, shots: Sequence[Mapping[str, Any]], label: str, colour: str) -> str:
    """An SVG of one number for each frame: the median as a line, its range as a band, every other shot shaded.

    first: the film's number of the first value. Values that are not finite are left out.
    """
    array = np.asarray(values, np.float64)
    finite = np.isfinite(array)
    if not finite.any():
        return ""
    array = np.interp(np.arange(len(array)), np.flatnonzero(finite), array[finite])
    low, high = min(0.0, float(array.min())), float(array.max())
    span = high - low or 1.0
    centres, least, middle, most = envelope(array)
    if len(centres) == 1:
        centres, least, middle, most = (np.repeat(a, 2) for a in (centres, least, middle, most))
        centres = np.array([0.0, 1.0])

    def points(heights: np.ndarray, at: np.ndarray = centres) -> str:
        ys = HEIGHT - 2 - (heights - low) / span * (HEIGHT - 4)
        return " ".join(f"{x * WIDTH:.1f},{y:.1f}" for x, y in zip(at, ys, strict=True))

    bands = ""
    for shot in shots[1::2]:
        start = max(shot["start"] - first, 0) * WIDTH / len(array)
        stop = min(shot["stop"] - first, len(array)) * WIDTH / len(array)
        if stop > start:
            bands += f"M{start:.1f} 0H{stop:.1f}V{HEIGHT}H{start:.1f}z"
    zero = HEIGHT - 2 + low / span * (HEIGHT - 4)
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label, quote=True)}" style="color:{colour}">'
        f'<path class="shot" d="{bands}"/><path class="zero" d="M0 {zero:.1f}H{WIDTH}"/>'
        f'<polygon class="range" points="{points(most)} {points(least[::-1], centres[::-1])}"/>'
        f'<polyline class="line" points="{points(middle)}"/></svg>'
    )
