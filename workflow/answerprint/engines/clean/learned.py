"""Dirt, hairs, stains and sparkle, found by a network that sees three frames on either side, repaired along motion.

What `clean/motion` finds and rejects counts beside the network's word.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ...frames import optical_flow
from .. import Card, file_option
from .._weights import TrainedEngine
from . import _context, _lending, _moving_objects, _passing, _scratch_judge, _verdict
from ._alignment import RADIUS, ShotAligner, Window
from ._context import Context, Listing
from ._evidence import Detector, Repair
from ._passing import Body
from ._scratch_judge import ScratchJudge
from ._spot_search import Search
from .motion import Clean, Options

LIKELY = 0.9
"""In the frames before and after, a defect has a pixel at least as probable as this."""
EDGE = 0.03
"""The rim of a defect belongs to it as far as it is more probable than this."""
RIM = np.ones((5, 5), np.uint8)
HELD = RADIUS + _context.REACH
"""What a frame shows counts for so many frames after it."""
ODDS_OF_MOTION = 2.0
"""Log odds here are this many times those of `clean/motion`, for which the test of severed things was made."""


@dataclass(frozen=True, kw_only=True)
class LearnedOptions(Options):
    """How much counts as a defect, and which network decides."""

    weights: str = file_option("clean-learned")
    """The name of weights in resources/models, or the path of a file that `snakemake train_clean` made."""
    scratch_network: str = file_option("clean-scratches")
    """The network that tells scratches, by name, or the path of a file that `snakemake train_scratches` made."""


class LearnedClean(TrainedEngine, Clean):
    """Repairs along motion what a network takes for a defect; removes lasting scratches."""

    card = Card(
        stage="clean",
        name="learned",
        kind="repair",
        summary="Dirt, hairs and stains, found by a small network and repaired along motion; lasting scratches.",
        paper="Ronneberger, Fischer and Brox, U-Net, MICCAI 2015; Kroeger et al., DIS optical flow, ECCV 2016",
        licence="Apache-2.0",
        cost=1.5,
        memory=1270,
        radius=Clean.card.radius,
        in_turn=True,
        gpu=True,
    )
    Options = LearnedOptions
    options: LearnedOptions
    expected = "a network that clean/learned can use"
    hint = "Train it again with this version: snakemake train_clean."

    def describe_network(self, metadata: dict[str, str]) -> Any:
        """The untrained network that the metadata of a weight file describe."""
        from .._unet import build
        from ._network import Detector

        return Detector(build(metadata))

    def detector(self, frames: np.ndarray) -> Detector:
        """What finds and repairs the defects of one shot."""
        return NetworkDetector(frames, self)

    def judge(self) -> ScratchJudge:
        """The network that has the last word on scratches."""
        return _scratch_judge.judge(self.options.scratch_network)

    def probability(self, window: Window) -> np.ndarray:
        """The network's probability that each pixel of a window's frame is a defect, float32 (h, w)."""
        from ._network import probability

        return probability(self.network, window, self.inference)


class NetworkDetector:
    """Defects in the frames of one shot (n, h, w, c), as the network of an engine sees them."""

    def __init__(self, frames: np.ndarray, engine: LearnedClean) -> None:
        self.frames = frames
        self.engine = engine
        self.aligner = ShotAligner(frames)
        self.motion = engine.by_motion(frames)
        self.scratch_search = self.motion.scratch_search
        self._windows: dict[int, Window] = {}
        self._probable: dict[int, np.ndarray] = {}
        self._bodies: dict[int, list[Body]] = {}
        self._listings: dict[int, Listing] = {}
        self._offered: dict[int, _lending.Offers] = {}
        self._spots: dict[int, _verdict.Spots] = {}

    def detect(self, i: int) -> Repair:
        """Frame `i` of the shot, repaired."""
        self._leave_behind(i)
        spots = self._spots_of(i)
        odds = _verdict.log_odds_of_dirt(spots, self._context(i, spots.labels), self._restlessness(i, spots))
        mask = self._dirt(i, spots, odds)
        if here := _passing.bodies(mask, self.aligner.grey(i)):
            mask = _passing.without_passing(mask, here, self._nearby_bodies(i))
        repair = self._repaired(i, mask)
        kept = mask & ~self._severed(i, repair, odds[spots.labels])
        return Repair(
            frame=np.where(kept[..., None], repair.frame, self.frames[i]), mask=kept, inpainted=repair.inpainted & kept
        )

    def _dirt(self, i: int, spots: _verdict.Spots, odds: np.ndarray) -> np.ndarray:
        """The defects of frame `i`, whole, with their soft edges, bool (h, w)."""
        probable, engine = self._probability(i), self.engine
        least = _verdict.CERTAIN + 2 * math.log(engine.sensitivity())
        dirty = (odds > least) & (spots.pixels >= engine.options.smallest)
        dirty[0] = False
        dirt = dirty[spots.labels]
        return dirt | ((cv2.dilate(dirt.astype(np.uint8), RIM) > 0) & (probable > EDGE))

    def _repaired(self, i: int, mask: np.ndarray) -> Repair:
        """Frame `i` with its defects, bool (h, w), filled."""
        motion = self.motion.detect(i)
        frame, inpainted = _lending.lent(self.frames, i, self._window(i), self._offers(i), mask)
        # Motion repairs what it finds itself, between neighbours that it has cleaned.
        own = mask & motion.mask
        frame = np.where(own[..., None], motion.frame, frame)
        return Repair(frame=frame, mask=mask, inpainted=np.where(own, motion.inpainted, inpainted))

    def _severed(self, i: int, repair: Repair, odds: np.ndarray) -> np.ndarray:
        """The repairs of frame `i` that would cut through something larger, bool (h, w); odds: of dirt, (h, w)."""
        window = self._window(i)
        torn = _moving_objects.Torn(
            odds=odds / ODDS_OF_MOTION,
            current=window.pictures[0],
            repaired=optical_flow.luma(repair.frame),
            step=np.abs(window.step),
            noise=window.noise,
        )
        return _moving_objects.severed(repair.mask, torn)

    def _spots_of(self, i: int) -> _verdict.Spots:
        """All that may be dirt in frame `i`, and what speaks for it."""
        if i not in self._spots:
            window = self._window(i)
            opinions = _verdict.Opinions(
                probable=self._probability(i),
                motion=self.motion.detect(i),
                shown=self._offers(i).pictures,
                grey=window.pictures[0],
                search=self._search(i, window) if 0 < i < len(self.frames) - 1 else None,
            )
            self._spots[i] = _verdict.spots(opinions)
        return self._spots[i]

    def _restlessness(self, i: int, spots: _verdict.Spots) -> float:
        """How restless frame `i` with these spots is; at the end of a shot, what the frame next to it is."""
        inner = min(max(i, 1), len(self.frames) - 2)
        return (self._spots_of(inner) if inner != i and inner > 0 else spots).restless

    def _context(self, i: int, labels: np.ndarray) -> Context:
        """What the spots of the frames around frame `i` say about those of its labels, int32 (h, w)."""
        before, after = _context.around(i, len(self.frames), self._listing)
        here = _context.listing(labels, self._window(i).step)
        return _context.context(here, before, after, labels.shape)

    def _listing(self, i: int) -> Listing:
        """All that stands out in frame `i`, dirt or not."""
        if i not in self._listings:
            motion = self.motion.detect(i)
            standing_out = _verdict.area(self._probability(i), motion) | motion.rejected
            self._listings[i] = _context.connected(standing_out, self._window(i).step)
        return self._listings[i]

    def _offers(self, i: int) -> _lending.Offers:
        """What the neighbours of frame `i` show."""
        if i not in self._offered:
            area = _verdict.area(self._probability(i), self.motion.detect(i))
            self._offered = {i: _lending.offers(self.frames, i, self._window(i), area)}
        return self._offered[i]

    def _search(self, i: int, window: Window) -> Search:
        """Where the spots of frame `i` are searched for: in the frames before and after it."""
        grey, others = window.pictures[0], [self.aligner.grey(j) for j in (i - 1, i + 1)]
        return Search(
            current=grey,
            step=window.step,
            others=others,
            excess=[np.zeros_like(grey)] * 2,
            flows=[window.flows[-1], window.flows[1]],
            between=True,
        )

    def forget(self, done: int) -> None:
        """Drop what no frame after this one needs."""
        self.motion.forget(done)
        before = done - HELD
        self.aligner.forget(before)
        kept: dict[int, Any]
        for kept in (self._windows, self._probable, self._bodies, self._listings, self._spots):
            for i in [i for i in kept if i < before]:
                del kept[i]

    def _leave_behind(self, i: int) -> None:
        """Keep of the frames before frame `i` their listings, and none of the large pictures that these come from."""
        for j in range(max(0, i - _context.REACH), i):
            self._listing(j)
        for past in [k for k in self._windows if k < i]:
            del self._windows[past]

    def _window(self, i: int) -> Window:
        if i not in self._windows:
            self._windows[i] = self.aligner.window(i)
        return self._windows[i]

    def _probability(self, i: int) -> np.ndarray:
        """The network's probability of a defect at each pixel of frame `i`, float32 (h, w)."""
        if i not in self._probable:
            self._probable[i] = self.engine.probability(self._window(i))
        return self._probable[i]

    def _nearby_bodies(self, i: int) -> list[Body]:
        """The larger things that the network takes for defects in the frames before and after frame `i`."""
        nearby = []
        for j in (i - 1, i + 1):
            if 0 <= j < len(self.frames):
                if j not in self._bodies:
                    likely = _likely(self._probability(j), self.engine.sensitivity())
                    self._bodies[j] = _passing.bodies(likely, self.aligner.grey(j))
                nearby += self._bodies[j]
        return nearby


def _likely(probable: np.ndarray, sensitivity: float) -> np.ndarray:
    """The connected areas that the network alone takes for defects, bool (h, w)."""
    more = 2 * math.log(sensitivity)
    odds = _verdict.log_odds(probable)
    body, certain = (odds > least + more for least in _verdict.log_odds(np.array([_verdict.BODY, LIKELY])))
    count, labels = cv2.connectedComponents(body.astype(np.uint8), connectivity=8)
    keep = np.bincount(labels[certain], minlength=count) > 0
    keep[0] = False
    return keep[labels]
