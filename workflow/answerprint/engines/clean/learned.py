"""Dirt, hairs, lint, blotches and sparkle in single frames: what clean/motion finds, and what a network adds to it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ...frames import optical_flow
from .. import Card, file_option
from .._weights import TrainedEngine
from . import _repair
from ._blotch_detector import THRESHOLDS
from ._evidence import Detection, nothing
from ._two_pass import ShotDetector
from .motion import Clean, Options

KEEN = 0.5
"""A second search needs this share of the evidence that clean/motion needs: the network rejects what is wrong."""
LEAST_KEEN = 0.03
"""Mean probability over its pixels below which a spot of the second search is rejected,"""
LEAST_USUAL = 0.003
"""and a spot of clean/motion."""
FAINT = 0.01
"""A pixel does not belong to a spot of the second search if no pixel within `RIM` is more probable than this."""
RIM = np.ones((5, 5), np.uint8)
CERTAIN = 0.9
"""In the first and the last frame of a shot, a spot with a pixel more probable than this needs no search,"""
BODY = 0.2
"""and consists of the connected pixels more probable than this."""
LARGEST = 0.01
"""Spots larger than this share of the picture are left alone there: a wing that leaves the picture looks the same."""


@dataclass(frozen=True, kw_only=True)
class LearnedOptions(Options):
    """How much counts as a defect, and which network decides."""

    weights: str = file_option("clean-learned")
    """The name of weights in resources/models, or the path of a file that `snakemake train_clean` made."""


class LearnedClean(TrainedEngine, Clean):
    """Repairs what clean/motion finds, what a keener search finds and the network confirms, and more at shots' ends."""

    card = Card(
        stage="clean",
        name="learned",
        kind="repair",
        summary="One-frame dirt and hairs, judged by a small network and repaired along motion; lasting scratches.",
        paper="Ronneberger, Fischer and Brox, U-Net, MICCAI 2015; Kokaram, Motion Picture Restoration, Springer 1998",
        licence="Apache-2.0",
        cost=2.5 * Clean.card.cost,
        memory=Clean.card.memory,
        radius=Clean.card.radius,
        gpu=True,
    )
    Options = LearnedOptions
    options: LearnedOptions
    expected = "a network that clean/learned can use"
    hint = "Train it again with this version: snakemake train_clean."

    def describe_network(self, metadata: dict[str, str]) -> Any:
        """The untrained detector that the metadata of a weight file describe."""
        from .._unet import build
        from ._network import Detector

        return Detector(build(metadata))

    def detect(self, detector: ShotDetector, i: int) -> Detection:
        """What clean/motion finds in frame `i` and the network does not deny, and what the network adds."""
        usual, stack = detector.detect(i), aligned(detector.frames, i)
        if stack is None:
            return usual
        if stack.one_sided:
            # With both neighbours on one side, a search can prove little.
            probable = self._probability(stack, stack.suspects()) * stack.known
            mask = spots(probable, 1 - (1 - CERTAIN) / self.sensitivity(), self.options.smallest)
            return usual.joined(repaired(detector.frames, i, stack, mask)) if mask.any() else usual
        detector.sensitivity = KEEN * self.sensitivity()
        keen = detector.detect(i)
        detector.sensitivity = self.sensitivity()
        probable = self._probability(stack, usual.mask | keen.mask)
        near = cv2.dilate((probable > FAINT).astype(np.uint8), RIM) > 0
        more = large_enough(confirmed(keen.mask, probable, LEAST_KEEN) & near, self.options.smallest)
        return _only(usual, confirmed(usual.mask, probable, LEAST_USUAL)).joined(_only(keen, more))

    def _probability(self, stack: Aligned, where: np.ndarray) -> np.ndarray:
        """The network's probability of a defect, float32 (h, w), at least where asked for."""
        from ._network import probability

        return probability(self.network, stack.pictures, stack.noise, where, self.device)


def _only(detection: Detection, mask: np.ndarray) -> Detection:
    return dataclasses.replace(detection, mask=mask, inpainted=detection.inpainted & mask)


def confirmed(mask: np.ndarray, probable: np.ndarray, least: float) -> np.ndarray:
    """Those spots of `mask`, bool (h, w), whose mean probability is above `least`."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    spot = labels[mask]
    keep = np.bincount(spot, probable[mask], count) > least * np.bincount(spot, minlength=count)
    keep[0] = False
    return keep[labels]


def large_enough(mask: np.ndarray, smallest: int) -> np.ndarray:
    """The spots of `mask`, bool (h, w), that have at least `smallest` pixels."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return (stats[:, cv2.CC_STAT_AREA] >= smallest)[labels] & mask


def repaired(frames: np.ndarray, i: int, stack: Aligned, mask: np.ndarray) -> Detection:
    """Frame i with the spots of `mask` (h, w), and their soft edges, filled from the neighbours it is aligned with."""
    frame = frames[i]
    # The flow under dirt is made up; its surroundings know better how the picture moves there.
    doubtful = cv2.dilate(mask.astype(np.uint8), _repair.RING) > 0
    moved = []
    for step in stack.pair:
        flow = _repair.fill_in_coarse(stack.flows[step], doubtful, 2)
        picture = optical_flow.warp(frames[i + step], flow, cv2.INTER_CUBIC)
        gain, offset = matched(optical_flow.luma(picture), stack.pictures[0])
        moved.append(gain * picture + offset)
    away = cv2.min(*(np.abs(frame - picture).mean(axis=2) for picture in moved))
    near = cv2.dilate(mask.astype(np.uint8), RIM[:3, :3]) > 0
    mask = mask | (near & (away > THRESHOLDS.soft_edge + stack.noise))
    before, after = moved
    filled, inpainted = _repair.filled(frame, before, after, mask, stack.noise)
    return dataclasses.replace(nothing(frame), frame=filled, mask=mask, inpainted=inpainted)


def spots(probable: np.ndarray, certain: float, smallest: int) -> np.ndarray:
    """Where a defect is, bool (h, w): probable pixels connected to a certain one, from `smallest` to LARGEST."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((probable > BODY).astype(np.uint8), connectivity=8)
    area = stats[:, cv2.CC_STAT_AREA]
    keep = (area >= smallest) & (area < LARGEST * probable.size)
    keep &= np.bincount(labels[probable > certain], minlength=len(keep)) > 0
    keep[0] = False
    return keep[labels]


@dataclass(frozen=True, kw_only=True)
class Aligned:
    """The brightness of a frame and of its neighbours, brought onto it along motion and made equally bright."""

    pictures: np.ndarray
    """float32 (5, h, w): the frame, the ones before and after, and the ones behind these."""
    known: np.ndarray
    """Where both nearest neighbours show the place, bool (h, w)."""
    noise: float
    """Standard deviation of the grain."""
    flows: dict[int, np.ndarray]
    """Flow (h, w, 2) to the neighbours, by how many frames later they are."""
    pair: tuple[int, int]
    """How many frames later before and after are: -1 and 1, or at an end of the shot 1 and 2, or -1 and -2."""

    @property
    def one_sided(self) -> bool:
        """Whether before and after are on the same side."""
        return self.pair[0] * self.pair[1] > 0

    def suspects(self) -> np.ndarray:
        """Where the frame differs from both neighbours by more than grain, bool (h, w): worth asking the network."""
        to_before, to_after = self.pictures[0] - self.pictures[1], self.pictures[0] - self.pictures[2]
        step = np.where(to_before * to_after > 0, cv2.min(np.abs(to_before), np.abs(to_after)), 0)
        return self.known & (cv2.blur(step, (3, 3)) > 0.015 + 1.2 * self.noise)


def aligned(frames: np.ndarray, i: int) -> Aligned | None:
    """Frame i of a shot (n, h, w, c) and up to two frames on either side, aligned; None where there are under two.

    At an end of the shot two frames on one side stand for before and after.
    """
    height, width = frames.shape[1:3]
    grey = optical_flow.luma(frames[i])
    flows, moved = {}, {}
    for step in (-1, 1, -2, 2):
        j = i + step
        if not 0 <= j < len(frames):
            continue
        # The frames behind may be a little off; half the size is faster and reaches further.
        scale = abs(step)
        small = optical_flow.flow(_view(frames[i], scale), _view(frames[j], scale), "fast")
        flows[step] = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR) * scale
        picture = optical_flow.warp(optical_flow.luma(frames[j]), flows[step])
        gain, offset = matched(picture, grey)
        moved[step] = gain * picture + offset
    if -1 in moved and 1 in moved:
        near, far = (-1, 1), (-2 if -2 in moved else -1, 2 if 2 in moved else 1)
    elif 2 in moved or -2 in moved:
        near = far = (1, 2) if 2 in moved else (-1, -2)
    else:
        return None
    pictures = np.stack([grey, *(moved[step] for step in (*near, *far))]).astype(np.float32, copy=False)
    known = optical_flow.inside(flows[near[0]]) & optical_flow.inside(flows[near[1]])
    # The median of |x - y| over grain of standard deviation s is 0.95 s.
    noise = float(np.median(np.abs(pictures[1] - pictures[2])[::4, ::4])) / 0.95
    return Aligned(pictures=pictures, known=known, noise=noise, flows=flows, pair=near)


def _view(frame: np.ndarray, scale: int) -> np.ndarray:
    """What the optical flow sees of a frame at 1 / scale of its size: the smallest dirt is gone."""
    grey = optical_flow.luma(frame)
    if scale > 1:
        size = -(-grey.shape[1] // scale), -(-grey.shape[0] // scale)
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return cv2.medianBlur(optical_flow.eight_bits(grey), 3)


def matched(picture: np.ndarray, target: np.ndarray) -> tuple[np.float32, np.float32]:
    """Gain and offset that give `picture` the brightness and contrast of `target`, robust to what only one shows.

    From the ratio of their spreads: a regression would lower the contrast wherever they are not aligned.
    """
    x, y = picture[::8, ::8].ravel(), target[::8, ::8].ravel()
    gain, offset = 1.0, 0.0
    for _ in range(3):
        error = np.abs(y - gain * x - offset)
        keep = error <= max(2.5 * float(np.median(error)), 1 / 255)
        spread = float(x[keep].std())
        gain = float(np.clip(y[keep].std() / spread, 0.5, 2.0)) if spread > 0.01 else 1.0
        offset = float(y[keep].mean() - gain * x[keep].mean())
    return np.float32(gain), np.float32(offset)
