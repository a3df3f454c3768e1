"""Short curves along a line: smoothed, averaged, their middle. NumPy's own spends more on checks than on sums here."""

from __future__ import annotations

from functools import lru_cache

import numpy as np


def smooth(values: np.ndarray, sigma: float) -> np.ndarray:
    """A curve (n,) smoothed by a Gaussian, its ends repeated."""
    bell = _bell(sigma)
    reach = len(bell) // 2
    longer = np.empty(len(values) + 2 * reach)
    longer[:reach], longer[reach + len(values) :] = values[0], values[-1]
    longer[reach : reach + len(values)] = values
    return np.convolve(longer, bell, mode="valid")


@lru_cache(maxsize=16)
def _bell(sigma: float) -> np.ndarray:
    reach = int(3 * sigma)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    bell /= bell.sum()
    bell.setflags(write=False)
    return bell


def median(values: np.ndarray) -> np.ndarray:
    """The median over the first axis, to the bit as `np.median`, of numbers that are all known."""
    half = len(values) // 2
    if len(values) % 2:
        return np.partition(values, half, axis=0)[half]
    pair = np.partition(values, (half - 1, half), axis=0)
    return (pair[half - 1] + pair[half]) / 2


def known_mean(values: np.ndarray) -> float:
    """The mean of a curve (n,) without its NaN, to the bit as `np.nanmean`."""
    known = ~np.isnan(values)
    return float(np.where(known, values, 0.0).sum() / np.count_nonzero(known))
