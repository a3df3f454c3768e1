"""PySceneDetect: cuts by unusual change of content, fades by brightness."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...film.shots import Transition
from .. import Card, Engine


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


class PySceneDetect(Engine):
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
        starts.update(begin_after_black(proxy, self.options.black))
        return starts


def begin_after_black(proxy: np.ndarray, black: int) -> dict[int, Transition]:
    """The middle frame of each run of frames darker than `black` (0..255): there a shot begins."""
    dark = proxy.reshape(len(proxy), -1).mean(axis=1) < black
    edges = np.flatnonzero(np.diff(np.concatenate([[False], dark, [False]]).astype(np.int8)))
    middles = [int(begin + end) // 2 for begin, end in zip(edges[::2], edges[1::2], strict=True)]
    return {frame: "fade" for frame in middles if 0 < frame < len(proxy) - 1}
