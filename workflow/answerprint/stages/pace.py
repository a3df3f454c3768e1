"""Pace: how much the picture changes from frame to frame, to tell where frames repeat and where some are lost.

`measure` compares small pictures in cells of a coarse grid. Where frames were torn out of a shot, everything that moves
takes one long step: as long as two or more of those before and after it, in all the places that move.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np

from ..engines import Clip, Measures
from ..film import cadence
from ..film.lost_frames import MOST
from ..frames import optical_flow
from ..frames.repeated import GRID, cells, change, small

REPEATED = 0.2
"""A frame repeats the one before where it changes by less than this share of what the picture does around."""
AROUND = 6
"""Frames on either side that are looked at for that."""
REACH = 4
"""Steps on either side that a jump is compared with."""
LEAST = 4
"""Steps that there must be on either side to tell a jump."""
FLOOR = 0.05
"""Added to steps, in levels of 255 and in pixels, so that nothing is told from next to nothing."""
WEIGHTS, BIAS = (2.317, 1.355, -2.617, 4.389, 1.276, -1.949, 9.067), -5.194
"""Of the log odds that a step is a jump, for its `traits`: from `lab/training/jump_weights.py`."""
RULED_WEIGHTS, RULED_BIAS = (3.275, 0.13, -3.942, 4.503, 1.624, -2.369, 10.538, 3.327), -6.272
"""The same for a film whose frames repeat by a rule, with whether the rule breaks there as an eighth trait."""
MOSTLY = 0.5
"""From this share of a shot on its frames repeat by a rule, and only its own frames are compared."""
TWO_STEPS = 0.88
"""Change over two steps as a share of both: the median of clips without repeats."""
CERTAIN = 0.5
"""From this probability on a step is a jump."""


@dataclass(frozen=True, kw_only=True)
class Jump:
    """A place inside a shot where frames seem to be lost."""

    after: int
    """The frame before it."""
    frames: int
    """About how many seem lost."""
    confidence: float
    """Probability that it is a jump, 0..1, for films in which one step of thirty is."""


def measure(clip: Clip) -> Measures:
    """What `jumps` and `repeats` need of each core frame: float32, first axis over frames. Looks at both neighbours.

    `step`: (frames, 48) the change of brightness from the frame before, in each cell, in levels of 255; `skip`: the
    same from the frame before to the one after; `speed`: (frames, 50) pixels moved since the frame before, the ninth
    tenth and the mean of the picture, then each cell. Zero where a neighbour is missing.
    """
    first, stop = clip.core.start, clip.core.stop
    pictures = {index: small(clip.frames[index]) for index in range(max(0, first - 1), min(len(clip.frames), stop + 1))}
    nothing = np.zeros(GRID[0] * GRID[1], np.float32)
    rows: dict[str, list[np.ndarray]] = {"step": [], "skip": [], "speed": []}
    for index in range(first, stop):
        before, now, after = (pictures.get(index + offset) for offset in (-1, 0, 1))
        assert now is not None
        rows["step"].append(nothing if before is None else change(before, now))
        rows["skip"].append(nothing if before is None or after is None else change(before, after))
        rows["speed"].append(np.concatenate([nothing[:2], nothing]) if before is None else speed(before, now))
    return {name: np.stack(values) for name, values in rows.items()}


def speed(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """How fast a small picture moves: the ninth tenth, the mean, and each cell, float32 (50,), pixels."""
    flow = optical_flow.flow(before, now, "fast")
    pixels = np.hypot(flow[..., 0], flow[..., 1])
    return np.concatenate([[np.quantile(pixels, 0.9), pixels.mean()], cells(pixels)]).astype(np.float32)


def repeated(measures: Measures) -> np.ndarray:
    """Whether each frame of one shot shows the one before again: bool (frames,), False for the first."""
    most = measures["step"].max(axis=1)
    most[0] = 0
    usual = np.array([_usual(most, index) for index in range(len(most))])
    same = most < REPEATED * usual
    same[0] = False
    return np.asarray(same)


def _usual(changes: np.ndarray, index: int) -> float:
    """How much the picture changes around a frame where it does: the third largest change, as a flash makes two."""
    near = np.sort(changes[max(1, index - AROUND) : index + AROUND + 1])
    return float(near[-3]) if len(near) > 3 else 0.0


def repeats(measures: Measures, first: int) -> list[cadence.Stretch]:
    """The stretches of one shot whose frames repeat by a rule; `first` is its first frame."""
    return cadence.find(repeated(measures), first)


def jumps(measures: Measures, first: int) -> list[Jump]:
    """Where frames of one shot seem to be lost; `first` is the number of its first frame."""
    shot = own_frames(measures)
    found = []
    for index in judged(shot):
        certainty = float(1 / (1 + np.exp(-log_odds(shot, index))))
        if certainty >= CERTAIN:
            after = first + int(shot.frames[index]) - 1
            found.append((index, Jump(after=after, frames=_length(shot, index), confidence=certainty)))
    # Of two steps in a row one is the jump, and the other is what is left of it in a measure.
    return [
        jump
        for index, jump in found
        if all(jump.confidence >= other.confidence for at, other in found if abs(at - index) == 1)
    ]


def log_odds(shot: OwnSteps, index: int) -> float:
    """Of a jump before its own frame `index`."""
    weights, bias = (WEIGHTS, BIAS) if shot.step == 1 else (RULED_WEIGHTS, RULED_BIAS)
    return float(traits(shot, index) @ np.array(weights) + bias)


@dataclass(frozen=True, kw_only=True)
class OwnSteps:
    """The steps of one shot without the frames that repeat by a rule."""

    frames: np.ndarray
    """int64 (n,): which frames of the shot are its own."""
    measures: Measures
    """The same measures of these frames alone."""
    held: np.ndarray
    """bool (n,): whether a frame repeats the one before, or stands longer than the rule says."""
    broken: np.ndarray
    """bool (n,): whether the rule breaks at a frame."""
    step: Fraction
    """Frames to one frame of the film's own in the mean; 1 without a rule."""


def own_frames(measures: Measures) -> OwnSteps:
    """The steps of one shot as they were before its frames were repeated by a rule, if they were."""
    same = repeated(measures)
    stretches = cadence.find(same, 0)
    steps = [one.step for one in stretches]
    step = max(set(steps), key=steps.count) if steps else Fraction(1)
    if sum(one.stop - one.first for one in stretches) < MOSTLY * len(same):
        everything, nowhere = np.arange(len(same)), np.zeros(len(same), bool)
        return OwnSteps(frames=everything, measures=measures, held=same, broken=nowhere, step=Fraction(1))
    frames = np.flatnonzero(~same)
    own = {name: values[frames] for name, values in measures.items() if name in ("step", "speed")}
    # Two steps at a time were not measured across repeats.
    own["skip"] = TWO_STEPS * (own["step"] + np.append(own["step"][1:], own["step"][-1:], axis=0))
    held = np.append(False, np.diff(frames) > ceil(step))
    breaks = np.array([one.first for one in stretches] + [one.stop for one in stretches])
    edges = np.concatenate([frames[:1] - 1, frames, [len(same)]])
    broken = np.array([((breaks > edges[k]) & (breaks <= edges[k + 2])).any() for k in range(len(frames))])
    return OwnSteps(frames=frames, measures=own, held=held, broken=broken, step=step)


def judged(shot: OwnSteps) -> list[int]:
    """Which of its own frames can be told to follow a jump, or not."""
    held = shot.held
    # A step beside a repeated frame makes up for it: the film has as many frames as it had. Where several are repeated
    # close by, no step is like another.
    near = [held[max(0, i - REACH) : i + REACH + 1].sum() for i in range(len(held))]
    return [i for i in range(LEAST + 1, len(held) - LEAST) if near[i] < 2 and not held[i - 1 : i + 2].any()]


def traits(shot: OwnSteps, index: int) -> np.ndarray:
    """How the step to frame `index` differs from those around it: float64 (7,), each about 0 for a step like them.

    The change of the picture against the largest around, against two steps at a time, and against the usual; the share
    of the picture that changes more than around; the ninth tenth and the mean of its motion against the largest
    around; and the share of what moves that moves by more than 1.3 times as much. Where frames repeat by a rule, an
    eighth says whether it breaks here.
    """
    step, skip, pixels = (shot.measures[name] for name in ("step", "skip", "speed"))
    beside = [i for i in range(index - REACH, index + REACH + 1) if i != index and 0 < i < len(step)]
    # Two steps at a time, neither of which is the one in question.
    apart = [i for i in (index - 3, index - 2, index + 1, index + 2) if 0 < i < len(step) - 1]
    means, now = step[beside].mean(axis=1), step[index].mean()
    places, moving = skip[apart].mean(axis=0), pixels[beside, 2:].mean(axis=0)
    more = step[index] > step[beside].max(axis=0)
    faster = pixels[index, 2:] > 1.3 * pixels[beside, 2:].max(axis=0)
    return np.array(
        [
            _ratio(now, means.max()),
            _ratio(now, skip[apart].mean()),
            _ratio(now, float(np.median(means))),
            _share(places, more),
            _ratio(pixels[index, 0], pixels[beside, 0].max()),
            _ratio(pixels[index, 1], pixels[beside, 1].max()),
            _share(moving, faster),
            *([float(shot.broken[index])] if shot.step != 1 else []),
        ]
    )


def _ratio(a: float, b: float) -> float:
    return float(np.log((a + FLOOR) / (b + FLOOR)))


def _share(weights: np.ndarray, where: np.ndarray) -> float:
    return float(weights[where].sum() / max(float(weights.sum()), 1e-6))


def _length(shot: OwnSteps, index: int) -> int:
    """About how many frames the step to its own frame `index` passes over, by how much longer it is than others."""
    pixels = shot.measures["speed"][:, 1]
    beside = [i for i in range(index - REACH, index + REACH + 1) if i != index and 0 < i < len(pixels)]
    times = float(pixels[index]) / max(float(np.median(pixels[beside])), 1e-3)
    shown = int(shot.frames[index] - shot.frames[index - 1])
    return min(MOST, max(1, round(times * shot.step) - shown))


def of_shots(measures: Measures, shots: Sequence[tuple[int, int]]) -> list[Jump]:
    """The jumps of all shots of a film, given as (start, stop)."""
    return [
        jump
        for start, stop in shots
        for jump in jumps({name: values[start:stop] for name, values in measures.items()}, start)
    ]
