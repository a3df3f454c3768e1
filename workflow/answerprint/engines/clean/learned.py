"""Dirt, hairs, lint, blotches and sparkle of one frame: what clean/motion finds, and what a network finds besides."""

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
from ._blotch_detector import SKIRT, Finding, nothing
from ._two_pass import Shot
from .motion import Clean, Options

KEEN = 0.5
"""A second search asks for this share of the evidence that clean/motion wants: the network sorts out what is wrong."""
DOUBT = 0.03
"""What it finds is no defect if it is less likely than this in the mean over its pixels."""
DENIED = 0.003
"""The same for what clean/motion finds."""
FAINT = 0.01
"""A pixel does not belong to a spot of the second search if none within `RIM` pixels is more likely than this."""
RIM = np.ones((5, 5), np.uint8)
SURE = 0.9
"""In the first and the last frame of a shot, spots with a pixel more likely than this are found without a search,"""
BODY = 0.2
"""with the pixels around it that are more likely than this."""
LARGEST = 0.01
"""Larger spots than this share of the picture are left alone there: a wing that leaves looks the same."""


@dataclass(frozen=True, kw_only=True)
class LearnedOptions(Options):
    """How much counts as a defect, and which network judges."""

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

    def found(self, shot: Shot, i: int) -> Finding:
        """What clean/motion finds in a frame and the network does not deny, and what the network finds besides."""
        from ._network import probability

        found, seen = shot.clean(i), aligned(shot.frames, i)
        if seen is None:
            return found
        if seen.one_sided:
            # Where both witnesses stand on one side, a search can prove little.
            likely = probability(self.network, seen.pictures, seen.noise, seen.suspects(), self.device) * seen.known
            mask = spots(likely, 1 - (1 - SURE) / self.sensitivity(), self.options.smallest)
            return found.joined(mended(shot.frames, i, seen, mask)) if mask.any() else found
        shot.sensitivity = KEEN * self.sensitivity()
        keen = shot.clean(i)
        shot.sensitivity = self.sensitivity()
        likely = probability(self.network, seen.pictures, seen.noise, found.mask | keen.mask, self.device)
        near = cv2.dilate((likely > FAINT).astype(np.uint8), RIM) > 0
        more = large_enough(confirmed(keen.mask, likely, DOUBT) & near, self.options.smallest)
        return _only(found, confirmed(found.mask, likely, DENIED)).joined(_only(keen, more))


def _only(finding: Finding, mask: np.ndarray) -> Finding:
    return dataclasses.replace(finding, mask=mask, inpainted=finding.inpainted & mask)


def confirmed(mask: np.ndarray, likely: np.ndarray, least: float) -> np.ndarray:
    """Those spots of `mask`, bool (h, w), that are likelier than `least` in the mean over their pixels."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    own = labels[mask]
    keep = np.bincount(own, likely[mask], count) > least * np.bincount(own, minlength=count)
    keep[0] = False
    return keep[labels]


def large_enough(mask: np.ndarray, smallest: int) -> np.ndarray:
    """The spots of `mask`, bool (h, w), that have at least `smallest` pixels."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return (stats[:, cv2.CC_STAT_AREA] >= smallest)[labels] & mask


def mended(frames: np.ndarray, i: int, seen: Aligned, mask: np.ndarray) -> Finding:
    """Frame i with the spots of `mask` (h, w), and their soft edges, filled from the neighbours it is aligned with."""
    frame = frames[i]
    # The flow under dirt is made up; what surrounds it says better how the picture moves there.
    doubtful = cv2.dilate(mask.astype(np.uint8), _repair.RING) > 0
    moved = []
    for step in seen.pair:
        way = _repair.fill_in_coarse(seen.ways[step], doubtful, 2)
        picture = optical_flow.warp(frames[i + step], way, cv2.INTER_CUBIC)
        gain, offset = matched(optical_flow.luma(picture), seen.pictures[0])
        moved.append(gain * picture + offset)
    away = cv2.min(*(np.abs(frame - picture).mean(axis=2) for picture in moved))
    mask = mask | ((cv2.dilate(mask.astype(np.uint8), RIM[:3, :3]) > 0) & (away > SKIRT + seen.noise))
    before, after = moved
    repaired, alone = _repair.filled(frame, before, after, mask, seen.noise)
    return dataclasses.replace(nothing(frame), frame=repaired, mask=mask, inpainted=alone)


def spots(likely: np.ndarray, sure: float, smallest: int) -> np.ndarray:
    """Where a defect is, bool (h, w): likely pixels connected to a sure one, from `smallest` to LARGEST."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((likely > BODY).astype(np.uint8), connectivity=8)
    area = stats[:, cv2.CC_STAT_AREA]
    keep = (area >= smallest) & (area < LARGEST * likely.size)
    keep &= np.bincount(labels[likely > sure], minlength=len(keep)) > 0
    keep[0] = False
    return keep[labels]


@dataclass(frozen=True, kw_only=True)
class Aligned:
    """A frame's brightness and that of its neighbours brought onto it along motion, equally bright."""

    pictures: np.ndarray
    """float32 (5, h, w): the frame, before, after, and those behind them."""
    known: np.ndarray
    """Where the picture's motion leads to a place within both nearest neighbours, bool (h, w)."""
    noise: float
    """Standard deviation of the grain."""
    ways: dict[int, np.ndarray]
    """Flow (h, w, 2) to the neighbours by how far away they are."""
    pair: tuple[int, int]
    """How far away before and after are: -1 and 1, or at an end of the shot 1 and 2, or -1 and -2."""

    @property
    def one_sided(self) -> bool:
        """Whether before and after lie on the same side."""
        return self.pair[0] * self.pair[1] > 0

    def suspects(self) -> np.ndarray:
        """Where the frame differs from both neighbours by more than grain does, bool (h, w): what is worth a look."""
        to_before, to_after = self.pictures[0] - self.pictures[1], self.pictures[0] - self.pictures[2]
        step = np.where(to_before * to_after > 0, cv2.min(np.abs(to_before), np.abs(to_after)), 0)
        return self.known & (cv2.blur(step, (3, 3)) > 0.015 + 1.2 * self.noise)


def aligned(frames: np.ndarray, i: int) -> Aligned | None:
    """Frame i of a shot (n, h, w, c) and up to two frames on either side, aligned; None where it has under two.

    At an end of the shot two frames of one side stand for before and after.
    """
    height, width = frames.shape[1:3]
    grey = optical_flow.luma(frames[i])
    ways, moved = {}, {}
    for step in (-1, 1, -2, 2):
        j = i + step
        if not 0 <= j < len(frames):
            continue
        # The frames behind may be a little off; half the size is faster and reaches further.
        scale = abs(step)
        small = optical_flow.flow(_look(frames[i], scale), _look(frames[j], scale), "fast")
        ways[step] = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR) * scale
        picture = optical_flow.warp(optical_flow.luma(frames[j]), ways[step])
        gain, offset = matched(picture, grey)
        moved[step] = gain * picture + offset
    if -1 in moved and 1 in moved:
        near, far = (-1, 1), (-2 if -2 in moved else -1, 2 if 2 in moved else 1)
    elif 2 in moved or -2 in moved:
        near = far = (1, 2) if 2 in moved else (-1, -2)
    else:
        return None
    pictures = np.stack([grey, *(moved[step] for step in (*near, *far))]).astype(np.float32, copy=False)
    known = optical_flow.inside(ways[near[0]]) & optical_flow.inside(ways[near[1]])
    # The median of |x - y| over grain of standard deviation s is 0.95 s.
    noise = float(np.median(np.abs(pictures[1] - pictures[2])[::4, ::4])) / 0.95
    return Aligned(pictures=pictures, known=known, noise=noise, ways=ways, pair=near)


def _look(frame: np.ndarray, scale: int) -> np.ndarray:
    """What the optical flow sees of a frame at 1 / scale of its size: the smallest dirt is gone."""
    grey = optical_flow.luma(frame)
    if scale > 1:
        size = -(-grey.shape[1] // scale), -(-grey.shape[0] // scale)
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return cv2.medianBlur(optical_flow.eight_bits(grey), 3)


def matched(picture: np.ndarray, target: np.ndarray) -> tuple[np.float32, np.float32]:
    """Gain and offset that give `picture` the brightness and contrast of `target`, deaf to what is only in one.

    The ratio of their spreads: a regression would lower the contrast wherever they are not aligned.
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
