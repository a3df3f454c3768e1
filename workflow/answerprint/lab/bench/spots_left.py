"""Spots of a film without a truth: what neither neighbour shows along motion, by a detector that repairs nothing.

Kokaram, Motion Picture Restoration, Springer 1998: SDIp. It takes fast motion for spots, too.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...frames import optical_flow

STEP = 22 / 255
"""A spot differs by more than this from both neighbours, and these by less than AGREED of it from each other."""
AGREED = 0.7
LEAST, MOST = 3, 600
"""Pixels of a spot."""
EDGE = 12
"""Pixels along the edges in which nothing is counted."""


def spots(frames: np.ndarray) -> float:
    """Spots in a frame, in the mean over all frames (n, h, w, 1) but the first and the last."""
    greys = [optical_flow.luma(frame) for frame in frames]
    views = [cv2.medianBlur(optical_flow.eight_bits(grey), 5) for grey in greys]
    counts = []
    for i in range(1, len(greys) - 1):
        before, after = (
            optical_flow.warp(greys[j], optical_flow.flow(views[i], views[j], "medium")) for j in (i - 1, i + 1)
        )
        rises, falls = (np.minimum(s * (greys[i] - before), s * (greys[i] - after)) > STEP for s in (1, -1))
        hit = (rises | falls) & (np.abs(before - after) < AGREED * STEP)
        inner = np.ascontiguousarray(hit[EDGE:-EDGE, EDGE:-EDGE]).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(inner, connectivity=8)
        area = stats[1:, cv2.CC_STAT_AREA]
        counts.append(int(((area >= LEAST) & (area <= MOST)).sum()))
    return float(np.mean(counts))
