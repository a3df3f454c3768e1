"""Frame order: the frames of a folder in the order that the numbers in their names give.

Names may hold several numbers that vary: reel and frame, or hours, minutes, seconds and frames. They are compared from
left to right, and what is missing or ambiguous is said rather than guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ..runtime.errors import FilmError
from . import limits
from .containers import FRAME_SUFFIXES

TIMECODE_RATES = (16, 18, 24, 25, 30, 48, 50, 60, 100, 120)
"""Frames a second that timecode counts; the smallest that all frame numbers stay below is taken."""

Timecode = tuple[int, int, int, int]
"""Hours, minutes, seconds, frames."""


@dataclass(frozen=True)
class _Frame:
    """A frame file and what its name says."""

    path: Path
    numbers: tuple[int, ...]
    """The numbers that vary between the names of the folder."""
    timecode: Timecode | None


def frame_files(folder: Path, *, gaps: bool = False) -> list[Path]:
    """The frames of a folder in order; with `gaps`, frames may be missing between others.

    Raises FilmError if there are none, if two have the same numbers, if names follow two patterns, or if a frame is
    missing and that is not allowed.
    """
    return [path for path, _ in placed_files(folder, gaps=gaps)]


def placed_files(folder: Path, *, gaps: bool = False) -> list[tuple[Path, int]]:
    """The same, each with its place in the film, counted from 0: a missing frame leaves its place empty."""
    frames = _ordered(folder)
    for before, after in pairwise(frames):
        if before.numbers == after.numbers:
            number = ", ".join(map(str, before.numbers))
            raise FilmError(
                f"{before.path.name} and {after.path.name} in {folder} both have the number {number}.",
                "Keep one reel, and one file a frame, in a folder.",
            )
    counts = _counts(frames)
    if not gaps:
        _require_complete(folder, frames, counts)
    return [(frame.path, count - counts[0]) for frame, count in zip(frames, counts, strict=True)]


def is_frame(path: Path) -> bool:
    """Whether a file of a folder is a frame by its name; file managers leave others there, Thumbs.db or ._0001.png."""
    return path.suffix.lower() in FRAME_SUFFIXES and path.name[0] != "." and not path.is_dir()


def remarks(folder: Path) -> tuple[str, ...]:
    """What a person should know of the names: that a reel number is left out, as in reels 1, 2 and 4."""
    numbers = [frame.numbers for frame in _ordered(folder)]
    reels = sorted({own[0] for own in numbers})
    steps = [after - before for before, after in pairwise(reels)]
    if len(numbers[0]) != 2 or len(set(steps)) < 2:
        return ()
    jump = max(steps)
    before = reels[steps.index(jump)]
    return (f"The names of the frames go from {before} to {before + jump}; is something missing between them?",)


def _ordered(folder: Path) -> list[_Frame]:
    paths = [path for path in folder.iterdir() if is_frame(path)]
    if not paths:
        raise FilmError(
            f"The folder {folder} holds no frames.", f"Frames end in one of: {', '.join(sorted(FRAME_SUFFIXES))}."
        )
    limits.require_frames(folder, len(paths))
    paths.sort()
    digits = [re.findall(r"[0-9]+", path.stem) for path in paths]
    _require_one_pattern(folder, paths, digits)
    numbers = [tuple(map(int, own)) for own in digits]
    varying = [k for k, column in enumerate(zip(*numbers, strict=True)) if len(set(column)) > 1]
    kept = varying or [len(numbers[0]) - 1]
    frames = [
        _Frame(path, tuple(own[k] for k in kept), _timecode(text[: kept[-1] + 1]))
        for path, own, text in zip(paths, numbers, digits, strict=True)
    ]
    return sorted(frames, key=lambda frame: frame.numbers)


def _require_one_pattern(folder: Path, paths: list[Path], digits: list[list[str]]) -> None:
    """Raises FilmError if a name has no number, or if the numbers of two names do not mean the same."""
    for path, own in zip(paths, digits, strict=True):
        if not own:
            raise FilmError(f"The frame {path} has no number in its name.", "Frames are ordered by their numbers.")
    patterns = {re.sub(r"[0-9]+", "#", path.stem): path.name for path in reversed(paths)}
    alike = len({len(own) for own in digits}) == 1
    told_apart = len({tuple(map(int, own)) for own in digits}) == len(paths)
    if len(patterns) > 1 and not (alike and told_apart):
        second, first = list(patterns.values())[:2]
        raise FilmError(
            f"The frames of {folder} have names of two patterns, such as {first} and {second}.",
            "Keep one reel in a folder, or number all frames alike.",
        )


def _timecode(digits: list[str]) -> Timecode | None:
    """The timecode that numbers end in, HH MM SS FF or HHMMSSFF; None if they do not."""
    if len(digits[-1]) == 8:
        digits = re.findall("..", digits[-1])
    if len(digits) < 4:
        return None
    hours, minutes, seconds, frame = map(int, digits[-4:])
    return (hours, minutes, seconds, frame) if hours < 24 and minutes < 60 and seconds < 60 else None


def _require_complete(folder: Path, frames: list[_Frame], counts: list[int]) -> None:
    """Raises FilmError where a frame is missing between two others."""
    for (before, after), (first, second) in zip(pairwise(frames), pairwise(counts), strict=True):
        missing = second - first - 1
        if not missing:
            continue
        number = before.numbers[-1]
        if len(before.numbers) > 1 or second != after.numbers[-1]:
            lost = f"{_frames(missing)} missing between {before.path.name} and {after.path.name}"
        elif missing == 1:
            lost = f"frame {number + 1} is missing"
        else:
            lost = f"frames {number + 1} to {number + missing} are missing"
        raise FilmError(
            f"In {folder} {lost}.",
            "Put the missing frames back, renumber the folder, or set `missing: hold`, `rebuild` or `black`.",
        )


def _frames(count: int) -> str:
    return "a frame is" if count == 1 else f"{count} frames are"


def _counts(frames: list[_Frame]) -> list[int]:
    """The frames counted through as their numbers mean it: a number that is missing leaves a gap."""
    numbers = [frame.numbers for frame in frames]
    for column in zip(*numbers, strict=True):
        if _consecutive(column):
            return list(column)
    return _by_timecode(frames) or _by_reels(numbers)


def _consecutive(column: tuple[int, ...] | list[int]) -> bool:
    return all(after == before + 1 for before, after in pairwise(column))


def _by_reels(numbers: list[tuple[int, ...]]) -> list[int]:
    """Counted by the last number, which may begin anew with any other when one before it changes."""
    counts = [numbers[0][-1]]
    for before, after in pairwise(numbers):
        counts.append(counts[-1] + (after[-1] - before[-1] if after[:-1] == before[:-1] else 1))
    return counts


def _by_timecode(frames: list[_Frame]) -> list[int] | None:
    """Counted by timecode; None if names hold none that runs over the border of a second."""
    codes = [frame.timecode for frame in frames if frame.timecode is not None]
    highest = max((code[3] for code in codes), default=0)
    over_a_border = len({code[:3] for code in codes}) > 1
    if len(codes) < len(frames) or codes != sorted(codes) or highest >= TIMECODE_RATES[-1] or not over_a_border:
        return None
    rate = next(rate for rate in TIMECODE_RATES if rate > highest)
    counts = [((hours * 60 + minutes) * 60 + seconds) * rate + frame for hours, minutes, seconds, frame in codes]
    # Drop-frame timecode leaves out the first numbers of each minute but every tenth.
    dropped, minutes = rate // 15, [hours * 60 + minute for hours, minute, _, _ in codes]
    without = [count - dropped * (minute - minute // 10) for count, minute in zip(counts, minutes, strict=True)]
    return without if rate % 30 == 0 and _consecutive(without) else counts
