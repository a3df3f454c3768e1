"""Faults of analogue video and of colour records, measured in some frames and found shot by shot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..engines import Clip, Measures
from ..engines.video import _lines, _offsets
from ..engines.video._composite import flashing
from ..frames.optical_flow import luma

EVERY = 8
"""One of so many frames is looked at; by the film's own numbers, so that parts do not matter."""
CLOSER = 0.05
"""Colour is moved if that leaves so much less of it unexplained. Undamaged clips reach 0.002, narrow strips of them
0.044; a shift of 2 pixels gives 0.05 to 0.2, one of 4 pixels 0.1 to 0.4."""
RIVAL = 0.25
"""And if no other offset is nearly as good: colour that a codec blurred lies on both sides of its edges. A shift of
2 pixels or more reaches 0.16."""
MOVED, APART = 0.75, 0.3
"""The least offset of colour, which codecs put half a pixel aside, and of a record, in pixels of the measured picture.
Records of undamaged clips lie within 0.04."""
EXPLAINED = 0.8
"""A record is moved if at most this share of what green does not explain is left. Moved by 0.5 pixels: 0.2 to 0.83;
what a composite signal leaves in colours looks like an offset, of which 0.89 is left."""
STEADY = 0.25
"""And if its offset strays from frame to frame by no more than this, in those pixels, in the median."""
FLASHING, OVER_NOISE = 2.5 / 255, 2.0
"""Colour flashes if it changes by more than this on fine detail, and so many times more than where the picture is flat.
Undamaged clips reach 1.3 / 255, a composite signal gives 3.9 to 30."""
NTSC, PAL = 0.4, 0.8
"""The turn of what flashes is below the one, or above the other: 0.04 to 0.32 in NTSC, 0.86 to 1 in PAL. It is 0.58
where colours change without order, and up to 0.76 in drawn test pictures."""
SEEN = 0.04
"""Jitter must explain this share of the difference of lines; undamaged clips reach 0.02, jitter of 0.3 pixels 0.07."""


@dataclass(frozen=True, kw_only=True)
class VideoFaults:
    """What is wrong with the signal in one shot; 0 where nothing is certain."""

    torn_lines: float = 0.0
    line_jitter: float = 0.0
    chroma_shift: float = 0.0
    red_offset: tuple[float, float] = (0.0, 0.0)
    blue_offset: tuple[float, float] = (0.0, 0.0)
    cross_colour: float = 0.0
    signal: str = ""


def measure(clip: Clip, index: int, *, followed: bool) -> dict[str, np.ndarray]:
    """The numbers of frame `index` of a clip; zeros for those that are not looked at.

    followed: whether the frames on either side belong to the same shot.
    """
    numbers = {
        "video_torn": np.zeros(2),
        "video_jitter": np.zeros(2),
        "video_chroma": np.zeros(2 * _offsets.REACH + 1),
        "video_red": np.zeros(4),
        "video_blue": np.zeros(4),
        "video_flashing": np.zeros(3),
    }
    if (clip.first + index) % EVERY != EVERY // 2:
        return numbers
    frame = clip.frames[index]
    numbers["video_torn"] = np.array([1.0, _lines.torn(luma(frame))])
    if followed:
        numbers["video_jitter"] = np.array(_lines.jitter(luma(clip.frames[index - 1]), luma(frame)))
    if frame.shape[2] == 1:
        return numbers
    small = _small(frame)
    numbers["video_chroma"] = _offsets.chroma_curve(small)
    numbers["video_red"], numbers["video_blue"] = (_offsets.record_offset(small, channel) for channel in (0, 2))
    if followed:
        found = flashing(*clip.frames[index - 1 : index + 2])
        numbers["video_flashing"] = np.array([found.fine, found.flat, found.turn])
    return numbers


def _small(frame: np.ndarray) -> np.ndarray:
    factor = _offsets.scale(frame.shape[1])
    if factor == 1:
        return frame
    return np.asarray(cv2.resize(frame, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))


def find(measures: Measures, shots: Sequence[tuple[int, int]], grey: Sequence[bool]) -> list[VideoFaults]:
    """The faults of each shot (start, stop) of a measured film, of which some are grey."""
    spans = [{name: values[start:stop] for name, values in measures.items()} for start, stop in shots]
    curves = [
        np.zeros(2 * _offsets.REACH + 1) if colourless or _records_apart(span) else span["video_chroma"].sum(axis=0)
        for span, colourless in zip(spans, grey, strict=True)
    ]
    # A tape's colour lies the same way from end to end, and many shots say where better than one.
    beside = [curve for curve in curves if curve.any() and abs(_offsets.vertex(curve)) >= MOVED]
    shift = _chroma_shift(np.sum(beside, axis=0)) if beside else 0.0
    return [
        _of_shot(span, shift if _fits(curve, shift) else 0.0, not colourless)
        for span, curve, colourless in zip(spans, curves, grey, strict=True)
    ]


def _of_shot(measures: Measures, shift: float, coloured: bool) -> VideoFaults:
    factor = _offsets.scale(int(measures["size"][0, 0]))
    torn, jitter = measures["video_torn"], measures["video_jitter"]
    looked, seen = torn[:, 0] > 0, jitter[:, 1] > SEEN
    compared = measures["video_flashing"][:, 0] > 0
    # Records that lie apart have colour at every edge, which is neither shifted nor a signal's; and no signal that
    # moves colour or makes it flash leaves colour so fine that the records could be compared.
    signalled = coloured and not _records_apart(measures)
    flash, signal = _flashing(measures["video_flashing"][compared]) if signalled and compared.any() else (0.0, "")
    mostly = np.count_nonzero(seen) > np.count_nonzero(jitter[:, 0] > 0) / 2
    return VideoFaults(
        torn_lines=float(np.median(torn[looked, 1])) if looked.any() else 0.0,
        line_jitter=float(np.median(jitter[seen, 0])) if mostly else 0.0,
        chroma_shift=shift / factor if signalled else 0.0,
        red_offset=_offset(measures["video_red"], factor),
        blue_offset=_offset(measures["video_blue"], factor),
        cross_colour=flash,
        signal=signal,
    )


def _records_apart(measures: Measures) -> bool:
    return any(_offset(measures[name], 1.0) != (0.0, 0.0) for name in ("video_red", "video_blue"))


def _chroma_shift(curve: np.ndarray) -> float:
    """Where the curve is lowest, if that is plain."""
    here = curve[_offsets.REACH]
    place = _offsets.vertex(curve)
    plain = here > 0 and curve.min() < (1 - CLOSER) * here and _offsets.rival(curve) < RIVAL and abs(place) >= MOVED
    return place if plain and abs(place) < _offsets.REACH - 1 else 0.0


def _fits(curve: np.ndarray, shift: float) -> bool:
    """Whether the colour of a shot is explained no worse once it is moved; one that says nothing follows the film."""
    return bool(curve[_offsets.REACH + round(shift)] <= curve[_offsets.REACH])


def _offset(rows: np.ndarray, factor: float) -> tuple[float, float]:
    """Where a record lies, pixels to the right and down, from rows of `_offsets.record_offset`."""
    telling = rows[rows[:, 2] > 0]
    if not len(telling):
        return 0.0, 0.0
    across, down, unlike, left = np.median(telling, axis=0)
    strays = np.median(np.abs(telling[:, :2] - (across, down)), axis=0).max()
    if np.hypot(across, down) < APART or left > EXPLAINED * unlike or strays > STEADY:
        return 0.0, 0.0
    return float(across / factor), float(down / factor)


def _flashing(rows: np.ndarray) -> tuple[float, str]:
    """How much colour flashes, share of white, and the signal that does it, from rows of fine, flat and turn."""
    fine, flat, turn = np.median(rows, axis=0)
    amount = float(np.sqrt(max(fine**2 - flat**2, 0.0)))
    if amount < FLASHING or fine < OVER_NOISE * flat:
        return 0.0, ""
    return amount, "ntsc" if turn < NTSC else "pal" if turn > PAL else ""
