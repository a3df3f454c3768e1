"""What is wrong with a film, shot by shot, in numbers, and which stages that suggests.

`measure` looks at each frame and one neighbour on either side. Its measures are joined over the film, and `analyse`
makes one `ShotAnalysis` for each shot of them.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..engines import Clip, Measures
from ..engines.deflicker.curve import light, pumping
from ..engines.stabilise._motion import motion, texture
from ..engines.stabilise.path import Path
from ..frames.optical_flow import luma
from ..frames.trend import jitter
from ..plan.suggestions import DYES, Suggestion, lost, noted, suggested, undone
from . import count_dirt, fade, pace, video_faults
from .count_dirt import EDGE

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
    """Numbers of each core frame, as arrays whose first axis runs over them; needs one neighbour on either side.

    At the ends of the film one is missing; measures that compare with it (motion, light, dirt) are then 0.
    """
    moved, lit = Path().measure(clip), light(clip)
    onward, trust = _step_on(clip)
    steps, reliable = [*moved["motion"], onward], [*moved["confidence"], trust]
    rows = []
    for row, index in enumerate(clip.indices):
        now = luma(clip.frames[index])
        numbers = _still(now)
        numbers["chroma"] = _chroma(clip.frames[index])
        counts = count_dirt.Counts(dirt=0.0, stir=0.0, bold=0.0, dropouts=0.0)
        between = 0 < index < len(clip.frames) - 1 and reliable[row] and reliable[row + 1]
        if between:
            before, after = luma(clip.frames[index - 1]), luma(clip.frames[index + 1])
            counts = count_dirt.count(before, now, after, steps[row], -steps[row + 1], numbers["noise"])
        rows.append(numbers | vars(counts) | video_faults.measure(clip, index, followed=bool(between)))
    columns = {name: np.array([numbers[name] for numbers in rows]) for name in rows[0]}
    return columns | moved | lit | {"densities": fade.densities(clip)} | pace.measure(clip)


def _step_on(clip: Clip) -> tuple[np.ndarray, float]:
    """How the picture moves to the frame after the core, and how reliable that is."""
    stop = clip.core.stop
    if stop >= len(clip.frames):
        return np.zeros(3), 0.0
    last, after = (texture(frame) for frame in clip.frames[stop - 1 : stop + 1])
    return motion(last, after, clip.frames.shape[2] / after.shape[1])


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
    plan = Path().plan(measures, first=start)
    correction = plan["correction"][:, :2]
    inside = slice(1, None) if stop - start > 1 else slice(None)
    between = slice(1, -1) if stop - start > 2 else slice(None)
    numbers: dict[str, Any] = {
        **typical,
        **known,
        "weave": float(np.sqrt((correction**2).sum(axis=1).mean())),
        "tremor": float(np.hypot(*jitter(plan["path"][:, :2], reach=2))),
        "motion": float(np.median(np.hypot(*measures["motion"][inside, :2].T))),
        "flicker": pumping(measures["steps"], measures["levels"]),
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


def _still(now: np.ndarray) -> dict[str, float]:
    """The numbers of one frame by itself."""
    mean, deviation = cv2.meanStdDev(now)
    fine = now - cv2.GaussianBlur(now, (0, 0), 0.8)
    coarse = now - cv2.GaussianBlur(now, (0, 0), 2.5)
    noise = noise_of(now)
    # Of white noise the first filter passes 0.66 of the variance and the second 0.98.
    fine_power = max(float(np.mean(fine * fine)) - 0.66 * noise**2, 0.0)
    coarse_power = max(float(np.mean(coarse * coarse)) - 0.98 * noise**2, 1e-6)
    return {
        "brightness": float(np.ravel(mean)[0]),
        "contrast": float(np.ravel(deviation)[0]),
        "noise": noise,
        "sharpness": min(fine_power / coarse_power, 1.0),
        "line": _line(now, noise),
        "blockiness": _blockiness(now),
        "combing": _combing(now),
    }


def noise_of(now: np.ndarray) -> float:
    """Standard deviation of noise where a picture (h, w), float32 0..1, is flat and neither black nor white.

    Immerkaer, "Fast Noise Variance Estimation" (1996), with the median for the mean.
    """
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    response = np.abs(cv2.filter2D(now, -1, kernel))[1:-1:2, 1:-1:2]
    smooth = cv2.blur(now, (7, 7))
    slope = np.abs(cv2.Sobel(smooth, -1, 1, 0)) + np.abs(cv2.Sobel(smooth, -1, 0, 1))
    grey = smooth[1:-1:2, 1:-1:2]
    valid = (grey > 0.04) & (grey < 0.96)
    if valid.sum() < 100:
        return 0.0
    slope = slope[1:-1:2, 1:-1:2]
    flat = valid & (slope <= np.median(slope[valid]))
    return float(1.4826 * np.median(response[flat]))


def _line(now: np.ndarray, noise: float) -> float:
    """The largest share of the height along which one column is brighter, or darker, than those beside it."""
    smooth = cv2.blur(now, (1, 5))
    left, right = np.roll(smooth, 4, axis=1), np.roll(smooth, -4, axis=1)
    picture = np.minimum(left, right) > 0.04  # Next to a black gate every edge would be a line.
    left, right = smooth - left, smooth - right
    threshold = 0.01 + noise / 2
    margin = int(now.shape[1] * EDGE) + 5
    lines = [picture & (np.minimum(sign * left, sign * right) > threshold) for sign in (1, -1)]
    shares = [line[:, margin:-margin].mean(axis=0) for line in lines]
    return float(np.max(shares)) if shares[0].size else 0.0


def _blockiness(now: np.ndarray) -> float:
    """How much larger the mean step across the lines of the 8 x 8 grid is than the one just beside them."""
    ratios = []
    for image in (now, now.T):
        steps = np.abs(np.diff(image[::2], axis=1)).mean(axis=0)
        if len(steps) < 24:
            return 0.0
        grid = steps[7:-2:8]
        beside = (steps[6:-3:8][: len(grid)] + steps[8:-1:8][: len(grid)]) / 2
        ratios.append(float(grid.mean() / max(beside.mean(), 1e-4)))
    return max(float(np.mean(ratios)) - 1, 0.0)


def _combing(now: np.ndarray) -> float:
    """Share of pixels unlike the lines above and below, which are alike, less the same share counted sideways."""

    def comb(image: np.ndarray) -> float:
        middle, above, below = image[1:-1], image[:-2], image[2:]
        torn = (above - middle) * (below - middle) > 0.06**2
        return float((torn & (np.abs(above - below) < 0.04)).mean())

    if min(now.shape) < 3:
        return 0.0
    return max(comb(now) - comb(np.ascontiguousarray(now.T)), 0.0)


def _chroma(frame: np.ndarray) -> float:
    """Spread between channels that one pixel in 200 exceeds; 0 for one channel."""
    if frame.shape[2] == 1:
        return 0.0
    # Averaged over 4 x 4 pixels, because coloured noise is not colour.
    size = (max(1, frame.shape[1] // 4), max(1, frame.shape[0] // 4))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    return float(np.quantile(small.max(axis=2) - small.min(axis=2), 0.995))
