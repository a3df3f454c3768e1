"""Things that pass through the picture so fast that no neighbour shows them along motion: birds, trains, hands.

In one frame they look like a blotch; but unlike dirt, the next frame has one as well, about as large and as bright.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

LARGE = 0.015
"""Share of the picture from which a defect may be something that passes."""
SIZES = 2.5
"""How many times as large it may be in the next frame,"""
TONES = 0.15
"""and how much brighter or darker, of 1."""
FAR, STILL = 0.0, 0.15
"""How far its bounds may be from those that it has here, and how far its centre has moved at least, in units of its
longer side: a hair that the gate holds stays where it is."""


@dataclass(frozen=True, kw_only=True)
class Body:
    """A connected area of a frame that its neighbours do not show."""

    area: int
    """Pixels."""
    tone: float
    """Mean brightness, 0..1."""
    place: np.ndarray
    """Where it is, bool (h, w)."""
    bounds: tuple[int, ...]
    """Left, top, width and height, pixels."""


def bodies(mask: np.ndarray, grey: np.ndarray) -> list[Body]:
    """The connected areas of `mask` that are not small, bool (h, w), in a frame of this brightness (h, w)."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    large = [k for k, area in enumerate(stats[:, cv2.CC_STAT_AREA]) if k and area > LARGE * mask.size]
    return [
        Body(
            area=int(stats[k, cv2.CC_STAT_AREA]),
            tone=float(grey[labels == k].mean()),
            place=labels == k,
            bounds=tuple(int(value) for value in stats[k, :4]),
        )
        for k in large
    ]


def without_passing(mask: np.ndarray, here: list[Body], nearby: list[Body]) -> np.ndarray:
    """`mask`, bool (h, w), without its bodies, `here`, that a frame next to it shows as well, `nearby`."""
    mask = mask.copy()
    for body in here:
        if any(_same(body, other) for other in nearby):
            mask[body.place] = False
    return mask


def _same(one: Body, other: Body) -> bool:
    alike = max(one.area, other.area) < SIZES * min(one.area, other.area) and abs(one.tone - other.tone) < TONES
    (x, y, width, height), (u, v, wide, high) = one.bounds, other.bounds
    side = max(width, height)
    apart = max(u - x - width, x - u - wide, v - y - height, y - v - high)
    moved = max(abs(u + wide / 2 - x - width / 2), abs(v + high / 2 - y - height / 2))
    return alike and apart < FAR * side and moved > STILL * side
