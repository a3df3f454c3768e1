"""Things grouped by how far apart they are."""

from __future__ import annotations

import numpy as np


def group_by_distance(distances: np.ndarray, limit: float) -> list[int]:
    """The group of each of n things with distances (n, n), numbered in order: average linkage up to `limit`."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(distances) < 2:
        return [0] * len(distances)
    labels = fcluster(linkage(squareform(distances, checks=False), "average"), limit, "distance")
    order = list(dict.fromkeys(labels.tolist()))
    return [order.index(label) for label in labels.tolist()]
