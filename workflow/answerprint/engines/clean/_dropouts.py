"""Dropouts of videotape: runs of one or a few lines, sharp above and below, that no neighbour shows along motion.

Motion is read from pictures whose thin lines are taken out first, so a streak cannot lead it astray.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...frames import optical_flow

HIGH = 1 / 160
"""A streak is at most this share of the height: 3 lines of 480, a line of one field and what deinterlacing adds."""
LONG = 0.025
"""And at least this share of the width: 16 pixels of 640."""
FAINT, BOLD = 0.03, 0.1
"""How far a streak stands out, of 1, from the lines above and below and from the neighbours: everywhere, and in the
mean. Grain is added to both."""
GAP = 9
"""Pixels that a streak may be interrupted for."""
FULL = 0.6
"""Share of its length, from end to end, that a streak covers: a slanted hair covers less of any line."""


class Dropouts:
    """The dropouts of the frames (n, h, w, c) of one shot, to be asked for in order."""

    def __init__(self, frames: np.ndarray) -> None:
        self._search = DropoutSearch(frames)
        self._found: dict[int, np.ndarray] = {}

    def of(self, frames: range) -> dict[int, np.ndarray]:
        """Where each of some frames has them, bool (h, w)."""
        kept = self._found
        self._found = {i: kept[i] if i in kept else self._search.dropouts(i) for i in frames}
        self._search.forget(frames.stop - 1)
        return self._found


class DropoutSearch:
    """Finds the dropouts of the frames (n, h, w, c) of one shot; keeps what several frames need until told to forget.

    A frame's depend on the frame before and the one after.
    """

    def __init__(self, frames: np.ndarray) -> None:
        self._frames = frames
        height, width = frames.shape[1:3]
        self._high, self._long = max(2, int(np.ceil(HIGH * height))), max(8, round(LONG * width))
        self._lines: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    def dropouts(self, i: int) -> np.ndarray:
        """Where frame `i` has dropouts, bool (h, w)."""
        grey = optical_flow.luma(self._frames[i])
        light, dark, view = self._thin(i)
        if not (_runs(light > FAINT, self._long).any() or _runs(dark > FAINT, self._long).any()):
            return np.zeros(grey.shape, bool)
        noise = _grain(grey)
        for j in (i - 1, i + 1):
            if not 0 <= j < len(self._frames):
                continue
            flow = optical_flow.flow(view, self._thin(j)[2], "fast")
            moved = optical_flow.warp(optical_flow.luma(self._frames[j]), flow)
            # What is thin in the neighbour too, here or a line away, belongs to the picture.
            there = [cv2.dilate(optical_flow.warp(picture, flow), np.ones((3, 3))) for picture in self._thin(j)[:2]]
            light = np.minimum(light, np.minimum(light - there[0], grey - moved))
            dark = np.minimum(dark, np.minimum(dark - there[1], moved - grey))
        return self._streaks(light, noise) | self._streaks(dark, noise)

    def forget(self, before: int) -> None:
        """Drop what only frames before this one need."""
        self._lines = {i: lines for i, lines in self._lines.items() if i >= before}

    def _thin(self, i: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What is thin and light, what is thin and dark, (h, w), and the frame without both for the flow, uint8."""
        if i not in self._lines:
            grey = optical_flow.luma(self._frames[i])
            column = np.ones((self._high + 1, 1), np.uint8)
            opened, closed = (cv2.morphologyEx(grey, kind, column) for kind in (cv2.MORPH_OPEN, cv2.MORPH_CLOSE))
            plain = cv2.morphologyEx(opened, cv2.MORPH_CLOSE, column)
            self._lines[i] = grey - opened, closed - grey, optical_flow.eight_bits(plain)
        return self._lines[i]

    def _streaks(self, evidence: np.ndarray, noise: float) -> np.ndarray:
        """The runs of what stands out by `evidence` (h, w) that are long, full and bold enough: bool (h, w)."""
        faint = evidence > FAINT + noise
        runs = _runs(faint, self._long)
        if not runs.any():
            return runs
        count, labels, stats, _ = cv2.connectedComponentsWithStats(runs.astype(np.uint8), connectivity=4)
        mean = np.bincount(labels.ravel(), evidence.ravel(), count) / stats[:, cv2.CC_STAT_AREA]
        full = stats[:, cv2.CC_STAT_AREA] / (stats[:, cv2.CC_STAT_WIDTH] * stats[:, cv2.CC_STAT_HEIGHT])
        keep = (mean > BOLD + noise) & (full > FULL)
        keep &= stats[:, cv2.CC_STAT_HEIGHT] <= self._high
        keep[0] = False
        whole = keep[labels]
        # Its ends fade, and scaling may have spread it to the lines beside it.
        edge = cv2.dilate(whole.astype(np.uint8), np.ones((3, 2 * GAP + 1), np.uint8)) > 0
        return whole | (edge & (evidence > FAINT / 2 + noise))


def _runs(marked: np.ndarray, length: int) -> np.ndarray:
    """Where marked pixels lie in a row for at least `length`, gaps of up to `GAP` bridged: bool (h, w)."""
    closed = cv2.morphologyEx(marked.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, GAP), np.uint8))
    return cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, length), np.uint8)) > 0


def _grain(grey: np.ndarray) -> float:
    """Standard deviation of what differs from pixel to pixel along a line, where it differs least."""
    step = np.abs(grey[::4, 2::2] - grey[::4, :-2:2])
    # A quarter of the differences of two normal values are below 0.45 standard deviations of one.
    return float(np.percentile(step, 25)) / 0.45
