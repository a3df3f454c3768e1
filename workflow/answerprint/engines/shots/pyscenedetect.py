"""PySceneDetect: cuts by unusual change of content, fades by brightness."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...film.shots import Transition
from .. import Card
from ._detector import ShotDetector


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much change makes a cut."""

    adaptive: float = 3.0
    """How many times the usual change a cut must bring."""
    least_content: float = 15.0
    """The least change of content (mean over hue, saturation, brightness, 0..255) that can be a cut."""
    shortest: int = 8
    """The fewest frames of a shot."""
    black: int = 12
    """Mean brightness (0..255) below which a picture counts as faded out."""

    def __post_init__(self) -> None:
        if self.shortest < 1 or self.adaptive <= 0:
            raise ValueError("shortest must be at least 1 and adaptive above 0")


class PySceneDetect(ShotDetector):
    """Shots by PySceneDetect's AdaptiveDetector and ThresholdDetector."""

    card = Card(
        stage="shots",
        name="pyscenedetect",
        summary="Finds cuts where the picture changes more than it usually does, and fades through black.",
        paper="PySceneDetect, AdaptiveDetector and ThresholdDetector",
        licence="BSD-3-Clause",
    )
    Options = Options

    def detect(self, proxy: np.ndarray) -> dict[int, Transition]:
        """Frames at which shots begin, and how, from tiny pictures uint8 (n, 27, 48, 3)."""
        from scenedetect import AdaptiveDetector, FrameTimecode

        detector = AdaptiveDetector(
            adaptive_threshold=self.options.adaptive,
            min_content_val=self.options.least_content,
            min_scene_len=self.options.shortest,
        )
        cuts = []
        for index, picture in enumerate(proxy):
            bgr = cv2.resize(picture[..., ::-1], (192, 108), interpolation=cv2.INTER_LINEAR)
            cuts += detector.process_frame(FrameTimecode(index, 25.0), bgr)
        cuts += detector.post_process(FrameTimecode(len(proxy) - 1, 25.0))
        starts: dict[int, Transition] = {cut.frame_num: "cut" for cut in cuts}
        shortest = self.options.shortest
        for begin, end in blacks(proxy, self.options.black, shortest):
            middle = (begin + end) // 2
            # The black counts once: a cut to it or from it is none, nor is one that would leave too short a shot.
            near = range(min(begin, middle - shortest + 1), max(end + 1, middle + shortest))
            starts = {frame: how for frame, how in starts.items() if frame not in near}
            starts[middle] = "fade"
        return starts


def blacks(proxy: np.ndarray, black: int, shortest: int) -> list[tuple[int, int]]:
    """Runs begin..end of frames darker than `black` (0..255), but for those in which the film begins or ends.

    Two with fewer than `shortest` frames between them are one.
    """
    dark = proxy.reshape(len(proxy), -1).mean(axis=1) < black
    edges = np.flatnonzero(np.diff(np.concatenate([[False], dark, [False]]).astype(np.int8))).tolist()
    runs: list[tuple[int, int]] = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        first = runs.pop()[0] if runs and begin - runs[-1][1] < shortest else begin
        runs.append((first, end))
    return [(begin, end) for begin, end in runs if begin > 0 and end < len(proxy)]
