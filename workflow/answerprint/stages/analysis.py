"""What is wrong with a film, shot by shot, in numbers, and which stages that suggests.

`measure` looks at each frame and its neighbours. Its measures are joined over the film, and `analyse`
makes one `ShotAnalysis` for each shot of them.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..engines import Clip, Measures
from ..engines.deflicker.curve import light, pumping
from ..engines.stabilise.path import Path, PathOptions
from ..frames import repeated
from ..frames.optical_flow import luma
from ..frames.repeated import own_frames
from ..frames.trend import jitter
from ..plan.suggestions import DYES, FARTHEST, Suggestion, lost, noted, suggested, undone
from . import count_dirt, fade, pace, still_faults, video_faults

RADIUS = 1 + repeated.REACH_AT_ENDS
"""So many frames on either side say how a frame differs from those that are not copies of it."""
GREY = 0.03
"""Colour spread below which a shot counts as grey: compression alone tints black-and-white film by up to 0.02."""


@dataclass(frozen=True, kw_only=True)
class ShotAnalysis:
    """The state of one shot."""

    start: int
    """First frame."""
    stop: int
    """The frame after the last."""
    brightness: float
    """Mean, 0..1."""
    contrast: float
    """Standard deviation of brightness within frames."""
    grey: bool
    """Whether it has no more colour than the tint of compression."""
    noise: float
    """Standard deviation of grain and noise, as a share of white."""
    sharpness: float
    """Share of detail that is the finest detail, 0..1: about 0.05 is soft, 0.3 is sharp."""
    weave: float
    """Root mean square of the picture's distance from a steady path, pixels."""
    tremor: float
    """How much the picture jumps from frame to frame off its path, pixels: a camera alone moves smoothly."""
    motion: float
    """Median speed of the camera, pixels a frame."""
    flicker: float
    """Jitter of brightness from frame to frame, as a share of it."""
    dirt: float
    """Share of pixels in spots that only one frame has."""
    bold: float
    """Spots a frame that only one frame has and a person sees, away from what moves."""
    stir: float
    """Share of pixels where things larger than spots change, which are easily mistaken for spots."""
    scratches: float
    """Share of frames with a vertical line over more than 60 % of the height."""
    blockiness: float
    """How much larger steps are across the 8 x 8 grid of codecs than beside it: 0 equal, 1 twice as large."""
    combing: float
    """Share of pixels between lines of another moment: above 0.01 the film is interlaced."""
    dropouts: float
    """Level streaks of videotape that only one frame has, a frame."""
    torn_lines: float
    """Lines at the bottom that head switching tears away."""
    line_jitter: float
    """Standard deviation of the place of single lines, pixels: the time base errs. 0 where nothing is certain."""
    chroma_shift: float
    """How far colour lies to the right of brightness, pixels. 0 where nothing is certain."""
    red_offset: tuple[float, float]
    """How far the red record lies to the right of the green one, and below it, pixels. 0 where nothing is certain."""
    blue_offset: tuple[float, float]
    """The same of the blue record."""
    cross_colour: float
    """How much colour flashes to and fro on fine detail, share of white: the mark of a composite signal."""
    signal: str
    """Which signal flashes like that: ntsc, pal, or nothing where that cannot be said."""
    cyan: float
    """Share of the cyan dye that is left, 0..1; 1 in film that has not faded."""
    magenta: float
    """The same of the magenta dye."""
    yellow: float
    """The same of the yellow dye."""
    tint: tuple[str, ...]
    """What greys from black to white look like in a tinted or toned shot, as #rrggbb; empty where the film is not."""
    repeats: tuple[str, ...] = ()
    """Where frames repeat by a rule: "120-168 by 3/2", three film frames to two frames of the film's own."""
    jumps: tuple[pace.Jump, ...] = ()
    """Where frames seem to be lost."""
    suggests: tuple[Suggestion, ...] = ()
    """The stages that this suggests, with which options, and why."""
    notes: tuple[str, ...] = ()
    """Faults that no stage repairs."""


def measure(clip: Clip) -> Measures:
    """Numbers of each core frame, as arrays whose first axis runs over them; needs RADIUS neighbours on either side.

    At the ends of the film some are missing; measures that compare with them (motion, light, dirt) are then 0.
    """
    wide = slice(max(0, clip.core.start - 1), min(len(clip.frames), clip.core.stop + 2))
    moved, lit = Path().measure(dataclasses.replace(clip, core=wide)), light(clip)
    own, rows = own_frames(clip.frames), []
    for index in clip.indices:
        now = luma(clip.frames[index])
        numbers = still_faults.numbers(now)
        numbers["chroma"] = still_faults.chroma(clip.frames[index])
        counts = count_dirt.Counts(dirt=0.0, stir=0.0, bold=0.0, dropouts=0.0)
        others = [Step.to(other, index, moved, wide.start) for other in _compared(own, index)]
        followed = all(step.reliable for step in others)
        if followed:
            before, after = (luma(clip.frames[step.frame]) for step in others)
            counts = count_dirt.count(before, now, after, others[0].motion, others[1].motion, numbers["noise"])
        rows.append(numbers | vars(counts) | video_faults.measure(clip, index, followed=followed))
    columns = {name: np.array([numbers[name] for numbers in rows]) for name in rows[0]}
    core = slice(clip.core.start - wide.start, clip.core.stop - wide.start)
    moved = {name: values[core] for name, values in moved.items()}
    return columns | moved | lit | {"densities": fade.densities(clip)} | pace.measure(clip)


def _compared(own: np.ndarray, index: int) -> tuple[int, int]:
    """The frames of a clip beside one with which its dirt is compared: not a copy, which has the same dirt."""
    copied = index + 1 < len(own) and not own[index + 1]
    return index - (1 if own[index] else 2), index + (2 if copied else 1)


@dataclass(frozen=True, kw_only=True)
class Step:
    """How the picture moves to a frame from another."""

    frame: int
    """That other frame of the clip."""
    motion: np.ndarray
    """dx, dy in pixels and the angle in radians, (3,)."""
    reliable: bool
    """False where the picture could not be followed, or there is no such frame."""

    @classmethod
    def to(cls, frame: int, index: int, moved: Measures, first: int) -> Step:
        """The step from a frame to frame `index`; `moved`: those between neighbours, from that to frame `first` on."""
        low, high = sorted((frame, index))
        steps = slice(low + 1 - first, high + 1 - first)
        if low < 0 or steps.start < 0 or steps.stop > len(moved["motion"]):
            return cls(frame=frame, motion=np.zeros(3), reliable=False)
        motion = moved["motion"][steps].sum(axis=0) * (1 if frame < index else -1)
        return cls(frame=frame, motion=motion, reliable=bool(moved["confidence"][steps].all()))


def analyse(
    measures: Measures, shots: Sequence[tuple[int, int]], tints: Sequence[tuple[str, ...]] = ()
) -> list[ShotAnalysis]:
    """One analysis for each shot (start, stop) of a measured film; `tints`: the colours of each of a tinted one."""
    grey = [bool(np.max(measures["chroma"][start:stop]) < GREY) for start, stop in shots]
    dyes = fade.left(measures["densities"], shots, grey)
    faults = video_faults.find(measures, shots, grey)
    analyses = []
    for (start, stop), colourless, left, wrong, tint in zip(
        shots, grey, dyes, faults, tints or [()] * len(shots), strict=True
    ):
        of_shot = {name: values[start:stop] for name, values in measures.items()}
        named = dict(zip(DYES, map(float, left), strict=True)) | vars(wrong)
        analyses.append(_shot(of_shot, start, stop, {"grey": colourless, "tint": tint, **named}))
    return analyses


def to_json(analyses: Sequence[ShotAnalysis]) -> str:
    """The analyses as JSON: a list with one object for each shot, numbers rounded to five digits."""

    def rounded(value: Any) -> Any:
        if isinstance(value, float):
            return float(f"{value:.5g}")
        if isinstance(value, dict):
            return {key: rounded(item) for key, item in value.items()}
        return [rounded(item) for item in value] if isinstance(value, list | tuple) else value

    return json.dumps([rounded(dataclasses.asdict(one)) for one in analyses], indent=1) + "\n"


def _shot(measures: Measures, start: int, stop: int, known: dict[str, Any]) -> ShotAnalysis:
    typical = {name: float(np.median(measures[name])) for name in _MEDIANS}
    # With the stage's usual limit a frame would seem to weave no further than that.
    plan = Path(PathOptions(limit=FARTHEST)).plan(measures, first=start)
    correction = plan["correction"][:, :2]
    inside = slice(1, None) if stop - start > 1 else slice(None)
    between = slice(1, -1) if stop - start > 2 else slice(None)
    # A frame is as light as its copy, whatever the light does.
    own = ~pace.repeated(measures)
    numbers: dict[str, Any] = {
        **typical,
        **known,
        "weave": float(np.sqrt((correction**2).sum(axis=1).mean())),
        "tremor": float(np.hypot(*jitter(plan["path"][:, :2], reach=2))),
        "motion": float(np.median(np.hypot(*measures["motion"][inside, :2].T))),
        "flicker": pumping(measures["steps"][own], measures["levels"][own]),
        "dirt": float(np.mean(measures["dirt"][between])),
        "bold": float(np.mean(measures["bold"][between])),
        "stir": float(np.mean(measures["stir"][between])),
        "scratches": float(np.mean(measures["line"] > 0.6)),
        "dropouts": float(np.mean(measures["dropouts"][between])),
    }
    width = float(measures["size"][0, 0])
    repeats = tuple(map(str, pace.repeats(measures, start)))
    suggests = suggested(numbers, width)
    # The steps of a picture that weaves are too uneven to tell a jump.
    weaves = any(one.stage == "stabilise" for one in suggests)
    jumps = () if weaves else tuple(pace.jumps(measures, start))
    return ShotAnalysis(
        start=start,
        stop=stop,
        repeats=repeats,
        jumps=jumps,
        suggests=(*suggests, *undone(repeats)),
        notes=(*noted(numbers), *lost(jumps)),
        **numbers,
    )


_MEDIANS = ("brightness", "contrast", "noise", "sharpness", "blockiness", "combing")
