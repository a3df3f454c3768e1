"""Who speaks in each moment: likeness to each person, smoothed by where the sound says that somebody begins or ends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...film.sound import RATE
from ..hearing import Turns
from ._activity import STEP, Activity

GAIN = 20.0
"""Log odds of a second in which a cosine is 1 higher."""
CHANGE = 3.0
"""Log odds against a change of person."""
EASED = 0.3
"""Share of it that is left where the network hears a change, or after a pause."""
PAUSE = 0.2
"""Seconds."""
NEAR = 6
"""Frames, 0.1 s, by which the network may misplace a change."""
TWO = 1.5
"""Mean number of people from which two speak at once."""
REACH = 200
"""Frames, 3.4 s, within which the second of two must speak alone."""
BRIDGED, SHORTEST = 0.3, 0.1
"""Seconds of silence within a turn that still belong to it, and of the shortest turn."""


def most_likely(activity: Activity, likeness: np.ndarray) -> np.ndarray:
    """Who of k people speaks in each frame, -1 for nobody: int (n,); `likeness` (n, k) is NaN where it is unknown."""
    speech = np.flatnonzero((activity.speakers >= 0.5) & ~np.isnan(likeness[:, 0]))
    path = np.full(len(likeness), -1)
    if not len(speech):
        return path
    near = np.convolve(activity.changes, np.ones(2 * NEAR + 1), "same").clip(0, 1)
    cost = CHANGE * (1 - (1 - EASED) * near[speech])
    cost[1:][np.diff(speech) * STEP > PAUSE * RATE] = CHANGE * EASED
    odds = GAIN * STEP / RATE * likeness[speech]
    score, came = odds[0].copy(), np.zeros(odds.shape, np.int32)
    for i in range(1, len(odds)):
        best = int(score.argmax())
        stays = score >= score[best] - cost[i]
        came[i] = np.where(stays, np.arange(len(score)), best)
        score = np.where(stays, score, score[best] - cost[i]) + odds[i]
    who = int(score.argmax())
    for i in range(len(odds) - 1, -1, -1):
        path[speech[i]] = who
        who = came[i, who]
    return path


def turns(activity: Activity, path: np.ndarray) -> Turns:
    """The turns of a path, in seconds and in order; where two speak at once, the second is whoever else is nearest."""
    together = np.flatnonzero((activity.speakers >= TWO) & (path >= 0))
    second = {int(i): other for i in together if (other := _nearest_other(path, int(i))) >= 0}
    edges = activity.times - STEP / RATE / 2
    found: Turns = []
    for person in range(int(path.max(initial=-1)) + 1):
        frames = np.union1d(np.flatnonzero(path == person), [i for i, one in second.items() if one == person])
        found += [(start, end, person) for start, end in _bridged(frames.astype(int), path, edges)]
    return sorted(found)


def _nearest_other(path: np.ndarray, i: int) -> int:
    """Who else speaks nearest to frame i, -1 for nobody."""
    around = path[max(0, i - REACH) : i + REACH + 1]
    others = np.flatnonzero((around >= 0) & (around != path[i]))
    here = min(i, REACH)
    return int(around[others[np.abs(others - here).argmin()]]) if len(others) else -1


def _bridged(frames: np.ndarray, path: np.ndarray, edges: np.ndarray) -> Sequence[tuple[float, float]]:
    """Runs of frames as spans in seconds, across short silences in which nobody speaks."""
    spans: list[tuple[int, int]] = []
    for run in np.split(frames, np.flatnonzero(np.diff(frames) > 1) + 1) if len(frames) else []:
        first, last = int(run[0]), int(run[-1]) + 1
        if spans and edges[first] - edges[spans[-1][1]] < BRIDGED and (path[spans[-1][1] : first] < 0).all():
            first = spans.pop()[0]
        spans.append((first, last))
    step = STEP / RATE
    seconds = [(float(edges[first]), float(edges[first] + (last - first) * step)) for first, last in spans]
    return [(round(start, 3), round(end, 3)) for start, end in seconds if end - start > SHORTEST]
