"""How many people speak in a film, and what each sounds like: vectors of short stretches grouped by likeness."""

from __future__ import annotations

import numpy as np

ALIKE = 0.55
"""Mean cosine distance up to which groups of stretches of 1.5 s are joined."""
SAME = 0.6
"""Cosine from which two people's mean vectors are one person's: means of many stretches scatter less than stretches."""
LEAST = 6.0
"""Seconds of a person's stretches, which overlap threefold, below which it is an odd sound of somebody else."""
LARGEST = 4000
"""Stretches compared with each other at most, which bounds memory at 130 MB; in a long film they are further apart."""


def people(vectors: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """The mean vector of each person, (k, d): unit vectors of stretches (n, d) that last `seconds` (n,) each.

    Average linkage, then people who sound alike are joined, and the stretches are dealt out anew to the nearest.
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import pdist

    chosen = np.unique(np.linspace(0, len(vectors) - 1, min(LARGEST, len(vectors))).astype(int))
    vectors, seconds = vectors[chosen].astype(np.float64), seconds[chosen] * len(vectors) / len(chosen)
    if len(vectors) < 2:
        return vectors
    labels = fcluster(linkage(pdist(vectors, "cosine"), "average"), ALIKE, "distance") - 1
    amounts = np.bincount(labels, seconds)
    kept = [label for label in range(len(amounts)) if amounts[label] >= LEAST] or [int(amounts.argmax())]
    means = _joined(_means(vectors, seconds, labels, kept), amounts[kept])
    for _ in range(3):
        labels = (vectors @ means.T).argmax(axis=1)
        means = _means(vectors, seconds, labels, np.unique(labels).tolist())
    return means


def _means(vectors: np.ndarray, seconds: np.ndarray, labels: np.ndarray, kept: list[int]) -> np.ndarray:
    """The unit mean vector of each label."""
    means = np.array([seconds[labels == label] @ vectors[labels == label] for label in kept])
    unit: np.ndarray = means / np.linalg.norm(means, axis=1, keepdims=True)
    return unit


def _joined(means: np.ndarray, amounts: np.ndarray) -> np.ndarray:
    """Means without those that are one person's: the two most alike become one until none are."""
    while len(means) > 1:
        likeness = means @ means.T - 2 * np.eye(len(means))
        i, j = np.unravel_index(likeness.argmax(), likeness.shape)
        if likeness[i, j] < SAME:
            break
        both = amounts[i] * means[i] + amounts[j] * means[j]
        means[i], amounts[i] = both / np.linalg.norm(both), amounts[i] + amounts[j]
        means, amounts = np.delete(means, j, axis=0), np.delete(amounts, j)
    return means
