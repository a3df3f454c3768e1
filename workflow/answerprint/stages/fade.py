"""How much of its dyes each shot of a film has left, judged together with the shots around it.

What one shot shows may be off balance: a sunset, a red room. What minutes of film show is not, unless it has faded.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..engines import Clip
from ..engines.dyes import _fade
from ..engines.dyes.density import sampled

AROUND = 7200
"""Frames on either side, five minutes, that a shot is judged with: a reel is of one stock, and fades as one."""
OWN = 0.1
"""How far a shot departs from those around it toward its own fit: the fits of clean shots differ more than reels do."""
MOST = 256
"""Frames that are looked at together, at most."""


def densities(clip: Clip) -> np.ndarray:
    """Densities of points of the core frames, float16 (core, points, 3)."""
    return np.stack([sampled(clip.frames[index]) for index in clip.indices])


def left(measured: np.ndarray, shots: Sequence[tuple[int, int]], grey: Sequence[bool]) -> np.ndarray:
    """Shares (shots, 3) of cyan, magenta and yellow dye left in each shot; 1 where nothing has faded, and in grey."""
    shares = np.ones((len(shots), 3))
    coloured = [index for index, colourless in enumerate(grey) if not colourless]
    around: dict[tuple[int, int], np.ndarray | None] = {}
    for index in coloured:
        start, stop = shots[index]
        near = [one for one in coloured if abs(sum(shots[one]) - start - stop) / 2 <= AROUND]
        key = near[0], near[-1]
        if key not in around:
            around[key] = _judged(measured, [shots[one] for one in near])
        film = around[key]
        if film is not None:
            own = _fade.fitted(measured[start:stop][_fade.spread_frames(stop - start)].reshape(-1, 3))
            shares[index] = np.exp(np.log(film) + OWN * (np.log(own) - np.log(film)))
    return shares


def _judged(measured: np.ndarray, shots: Sequence[tuple[int, int]]) -> np.ndarray | None:
    """Shares (3,) of dye left in some shots together; None where they have not faded."""
    frames = np.concatenate([np.arange(*shot) for shot in shots])
    chosen = frames[np.unique(np.linspace(0, len(frames) - 1, min(len(frames), MOST)).astype(int))]
    samples = [measured[chosen[(chosen >= start) & (chosen < stop)]].reshape(-1, 3) for start, stop in shots]
    return _fade.fitted(np.concatenate(samples)) if _fade.judged(samples).min() < _fade.FADED else None
