"""In-between frames by a published network, RIFE 4.6, believed where what both frames show of a place agrees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from ...frames import optical_flow
from ...runtime.inference import exact
from .. import Card, InBetweenEngine, file_option
from .._weights import NetworkEngine, NetworkOptions, read_checkpoint
from . import _hold as hold
from . import _pan
from ._options import InBetweenOptions

if TYPE_CHECKING:
    from torch import Tensor

SCALES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
FINE, COARSE = (4.0, 2.0, 1.0, 0.5), (8.0, 4.0, 2.0, 1.0)
"""How many times smaller the pictures are in which each of four blocks looks for motion. Published with COARSE; FINE is
0.7 dB better on triplets up to 960 pixels wide."""
WIDE = 1280
"""Frames from this width on are looked at coarsely: the same motion covers twice as many pixels."""
STILL, STILL_REACH, STILL_SHARE = 0.01, 2.0, 6.0
"""A place that both frames show alike, to within 1 % of the brightness range over 2 pixels around, stands still as
captions do: the frames as they are then count six times as much as the network."""


@dataclass(frozen=True, kw_only=True)
class RifeOptions(InBetweenOptions, NetworkOptions):
    """The rate, the network, and how far it is believed."""

    weights: str = file_option("rife-4.6")
    """A name in resources/models.yaml, or the path of weights of RIFE 4.6 (.safetensors, .pth)."""
    scales: str = "auto"
    """How many times smaller the pictures are in which each of the four blocks looks for motion, as "8, 4, 2, 1", from
    0.25 to 16 by doubling. fine: "4, 2, 1, 0.5", motion to half a pixel; coarse: "8, 4, 2, 1", faster motion, at a
    quarter of the cost; auto: coarse from 1280 pixels of width on."""
    ensemble: bool = False
    """true: the mean of four answers, at these scales and twice as coarse, both ways in time: 0.1 to 0.4 dB
    better, most in fast motion, at two and a half times the cost."""
    limit: float = hold.LIMIT
    """Where both frames, moved, differ by this much of the brightness range, half of the answer is the nearer frame as
    it is; where by half as much again, most of it. More believes the network further (0.01 to 10)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _scales(self.scales)
        if not 0.01 <= self.limit <= 10:
            raise ValueError(f"limit is {self.limit}, but it must be 0.01 to 10")


class Rife(NetworkEngine, InBetweenEngine):
    """Frames between two frames, drawn by a network that estimates motion from the wanted moment to both."""

    card = Card(
        stage="interpolate",
        name="rife",
        kind="generate",
        radius=1,
        retimes=True,
        summary="RIFE 4.6, a network for motion between frames, trusted where both frames agree",
        paper="Huang et al., Real-Time Intermediate Flow Estimation for Video Frame Interpolation, ECCV 2022",
        licence="Apache-2.0; weights have their own",
        weights=("rife-4.6",),
        cost=1.6,
        memory=350,
        gpu=True,
    )
    Options = RifeOptions
    options: RifeOptions
    expected = "the weights of RIFE 4.6"
    hint = "Fetch them again, or choose other weights: RIFE has a different network in every version."

    def build(self, path: Path) -> Any:
        """The network, its convolutions at the precision of the options."""
        import torch

        from ._ifnet import IFNet

        state, _ = read_checkpoint(path)
        network = IFNet()
        network.load_state_dict(state)
        return self.inference.placed(network.to(self.inference.dtype)).to(memory_format=torch.channels_last)

    def draw(self, before: np.ndarray, after: np.ndarray, times: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
        """The frames at several moments, and the share of each that is held."""
        frames = np.empty((len(times), *before.shape), np.float32)
        held = np.empty(len(times))
        pan = _pan.step(optical_flow.luma(before), optical_flow.luma(after))
        for index, time in enumerate(times):
            drawn, gap = self._answer(before, after, time)
            still = _still(before, after)
            drawn += still * ((1 - time) * before + time * after - drawn)
            if pan is not None:
                # A fence looks alike a post further. Where the pan explains both frames and the network says otherwise,
                # the pan is right; where they agree, the network knows better.
                one, other = _pan.moved(before, after, time, pan)
                change = (1 - time) * one + time * other - drawn
                alike = _pan.alike(np.abs(one - other).mean(axis=2))[..., None]
                panned = (1 - still) * alike * _pan.unlike(change)
                drawn += panned * change
                still = still + panned
            nearer = hold.nearer(before, after, time)
            frames[index], held[index] = hold.held(drawn, nearer, gap * (1 - still[..., 0]), self.options.limit)
        return np.clip(frames, 0, 1, out=frames), held

    def _answer(self, before: np.ndarray, after: np.ndarray, time: float) -> tuple[np.ndarray, np.ndarray]:
        """The network's frame (h, w, c) at `time`, and by how much its two views of a place differ, (h, w)."""
        scales = self.scales(before.shape[1])
        views = [self._views(before, after, time, scales)]
        if self.options.ensemble:
            coarser = tuple(min(2 * scale, SCALES[-1]) for scale in scales)
            views.append(self._views(before, after, time, coarser))
            views += [self._views(after, before, 1 - time, each) for each in (scales, coarser)]
        frames = [share * one + (1 - share) * other for one, other, share in views]
        # What only one frame shows, an occlusion, the network takes from that frame: `share` is then near 0 or 1, and
        # the other view does not count. Where it mixes two views that differ, it has not found the motion.
        gaps = [np.abs(one - other).mean(axis=2) * (4 * share * (1 - share))[..., 0] for one, other, share in views]
        # One answer that has found the motion is enough not to hold.
        return np.asarray(np.mean(frames, axis=0)), np.asarray(np.min(gaps, axis=0))

    def _views(
        self, before: np.ndarray, after: np.ndarray, time: float, scales: Sequence[float]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Both frames as seen at `time`, (h, w, c), and the share of the first, (h, w, 1)."""
        height, width, channels = before.shape
        with exact():
            answers: Sequence[Tensor] = self.network(self._tensor(before), self._tensor(after), time, scales)
            pictures = [one[0].permute(1, 2, 0)[:height, :width].cpu().numpy() for one in answers]
        from_before, from_after, share = pictures
        # Grey film is looked at as three equal channels, which stay equal.
        return from_before[..., :channels], from_after[..., :channels], share

    def scales(self, width: int) -> tuple[float, ...]:
        """How many times smaller the pictures are in which each block looks for motion in frames of that width."""
        return _scales(self.options.scales) or (COARSE if width >= WIDE else FINE)

    def _tensor(self, frame: np.ndarray) -> Tensor:
        """A frame as (1, 3, h, w) on the device, its edge repeated to sides that the network takes."""
        from ._ifnet import MULTIPLE

        height, width, channels = frame.shape
        padded = np.pad(frame, ((0, -height % MULTIPLE), (0, -width % MULTIPLE), (0, 0)), mode="edge")
        picture = self.inference.tensor(padded.transpose(2, 0, 1)[None])
        return picture.expand(1, 3, -1, -1) if channels == 1 else picture


def _scales(text: str) -> tuple[float, ...]:
    """A list of scales as written; none for auto. Raises ValueError for anything else."""
    named = {"auto": (), "fine": FINE, "coarse": COARSE}
    if text in named:
        return named[text]
    written = text.replace(",", " ").split()
    scales = tuple(float(one) for one in written if one.replace(".", "", 1).isdigit())
    if len(written) != 4 or len(scales) != 4 or not set(scales) <= set(SCALES):
        raise ValueError(
            f"scales is {text!r}, but it must be auto, fine, coarse, or four of "
            f"{', '.join(f'{scale:g}' for scale in SCALES)} like '8, 4, 2, 1'"
        )
    return scales


def _still(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """How far the frames as they are count, because nothing moves: 0..1, (h, w, 1)."""
    around = cv2.GaussianBlur(np.abs(before - after).mean(axis=2), (0, 0), STILL_REACH)
    odds = np.float32(STILL_SHARE) * np.exp(-((around[..., None] / np.float32(STILL)) ** 2))
    return np.asarray(odds / (1 + odds), np.float32)
