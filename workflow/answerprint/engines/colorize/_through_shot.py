"""Colours of some frames of a shot, carried to all the others, forward and backward."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import _carry, _said

Step = Callable[[_carry.Colour, np.ndarray, np.ndarray], _carry.Colour]
"""Carries the colour of one frame to the next: `_carry.onto_next` or `_carry.followed`."""


def carried(
    lumas: np.ndarray,
    pictures: dict[int, _carry.Colour],
    marks: dict[int, np.ndarray],
    step: Step = _carry.onto_next,
    base: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """a and b float16 (n, h, w, 2) of a shot's frames of brightness (n, h, w), and the trust in them float16 (n, h, w).

    base: the colour (n, h, w, 2) that marks lie on where none has been carried; None: they colour all of their frame.
    """
    ab, trust, anchors = _forwards(lumas, pictures, marks, step, base)
    _backwards(lumas, anchors, ab, trust, step)
    return ab, trust


def _forwards(
    lumas: np.ndarray,
    pictures: dict[int, _carry.Colour],
    marks: dict[int, np.ndarray],
    step: Step,
    base: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray, dict[int, _carry.Colour]]:
    """Colour carried from each coloured frame to those after it, trust in it, and the coloured frames by number."""
    ab, trust = np.zeros((*lumas.shape, 2), np.float16), np.zeros(lumas.shape, np.float16)
    anchors: dict[int, _carry.Colour] = {}
    state: _carry.Colour | None = None
    for i, luma in enumerate(lumas):
        if state is not None:
            state = step(state, lumas[i - 1], luma)
        if i in pictures:
            anchors[i] = pictures[i]
        if i in marks:
            below = _over(anchors.get(i, state), None if base is None else base[i].astype(np.float32))
            anchors[i] = _said.coloured_by_marks(luma, marks[i], below), np.ones(luma.shape, np.float32)
        state = anchors.get(i, state)
        if state is not None:
            ab[i], trust[i] = state
    return ab, trust, anchors


def _over(colour: _carry.Colour | None, base: np.ndarray | None) -> np.ndarray | None:
    """A colour, and where it is not trusted the base below it, if there is one."""
    if colour is None or base is None:
        return base if colour is None else colour[0]
    return base + colour[1][..., None] * (colour[0] - base)


def _backwards(
    lumas: np.ndarray, anchors: dict[int, _carry.Colour], ab: np.ndarray, trust: np.ndarray, step: Step
) -> None:
    """Carries colour back from the last coloured frame, in place; between two coloured frames it is mixed."""
    start, after = min(anchors), max(anchors)
    state: _carry.Colour | None = None
    for i in range(after, -1, -1):
        if state is None or i in anchors:
            after, state = i, anchors[i]
            continue
        state = step(state, lumas[i + 1], lumas[i])
        if i > start:
            before = max(p for p in anchors if p < i)
            onward = ab[i].astype(np.float32), trust[i].astype(np.float32)
            ab[i], trust[i] = _carry.mixed(onward, state, (i - before) / (after - before))
        else:
            ab[i], trust[i] = state
