"""Dirt, hairs, lint, blotches, sparkle and dropouts in single frames, repaired along motion, and lasting scratches."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...frames import repeated
from .. import Card, Clip, Measures, PixelEngine, Result
from . import _moving_objects
from ._dropouts import Dropouts
from ._elements import RIM, Lenders
from ._evidence import Detector
from ._levels import SEEN as SPOTS_SEEN
from ._levels import ShotDetector
from ._masked_repair import REACH, inpaint_marked
from ._repeats import OwnFrames
from ._scratch_repair import remove_scratches
from ._scratch_search import RADIUS as SCRATCH_RADIUS
from ._scratch_search import Judge

SEEN = max(SPOTS_SEEN, SCRATCH_RADIUS)
"""What is found in a frame depends on so many frames on either side, where none is shown twice."""
TURN = 8
"""Frames that are handed on at a time."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much counts as a defect."""

    strength: float = 0.5
    """Sensitivity of the detector, 0..1: 0 only finds the boldest dirt, 1 also the faintest, at more risk. Below 0.5
    scratches are searched for as at 0.5."""
    smallest: int = 2
    """Spots of fewer pixels than this are left alone; at least 1."""
    scratches: bool = True
    """Whether upright scratches that last for several frames are removed as well."""
    dropouts: bool = False
    """Whether the level streaks of videotape, one or a few lines high, are searched for by themselves."""

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise ValueError(f"strength is {self.strength}, outside 0..1")
        if self.smallest < 1:
            raise ValueError(f"smallest is {self.smallest}, under 1")


class Clean(PixelEngine):
    """Replaces what only one frame shows, and removes lasting scratches; all else is kept to the bit."""

    card = Card(
        stage="clean",
        name="motion",
        kind="repair",
        summary="One-frame dirt, hairs and blotches, repaired along motion; upright scratches that last.",
        paper="Kokaram, Motion Picture Restoration, Springer 1998",
        licence="Apache-2.0",
        cost=0.4,
        memory=660,
        # So many of the film's own frames, each of which may be shown twice.
        radius=2 * SEEN + repeated.REACH,
        in_turn=True,
    )
    Options = Options

    def run(self, clip: Clip) -> Result:
        """The core frames without their defects; pixels outside the mask are the film's own bits."""
        return _joined([*self.in_turn(clip)])

    def in_turn(self, clip: Clip) -> Iterator[Result]:
        """As `run`, TURN frames at a time."""
        core, lenders = clip.core, Lenders(clip.elements, self._damage)
        dropouts = Dropouts(clip.frames) if self.options.dropouts else None
        detector = OwnFrames(clip.frames, self.detector)
        for start in range(core.start, core.stop, TURN):
            turn = dataclasses.replace(clip, core=slice(start, min(start + TURN, core.stop)))
            # Dropouts of the frames that may lend pixels are not copied.
            near = range(max(0, start - REACH), min(len(clip.frames), turn.core.stop + REACH))
            streaks = dropouts.of(near) if dropouts else None
            yield self._cleaned(turn, detector, lenders, streaks)

    def _cleaned(
        self, clip: Clip, detector: OwnFrames, lenders: Lenders, dropouts: dict[int, np.ndarray] | None
    ) -> Result:
        """The core frames without their defects; dropouts, of them and the frames beside them, are among these."""
        frames = np.stack([clip.frames[i] for i in clip.indices])
        masks = np.zeros(frames.shape[:3], bool)
        defects, scratches, inpainted = (np.zeros(len(frames)) for _ in range(3))
        for k, i in enumerate(clip.indices):
            repair = detector.detect(i)
            lines = detector.scratches(i) if self.options.scratches else []
            frames[k], streaks, scratches[k] = remove_scratches(frames[k], lines)
            # A spot that is a piece of a scratch or a dropout goes with it.
            spots = _moving_objects.elsewhere(repair.mask, streaks if dropouts is None else streaks | dropouts[i])
            frames[k][spots] = repair.frame[spots]
            masks[k] = spots | streaks
            defects[k] = cv2.connectedComponents(spots.astype(np.uint8))[0] - 1
            inpainted[k] = (spots & repair.inpainted).mean()
            detector.forget(i)
        frames, masks, marked = self._marked(clip, dropouts, frames, masks)
        frames, lent, borrowed = _borrowed(clip, lenders, frames, masks)
        return Result(
            frames=frames,
            mask=masks,
            lent=lent,
            statistics={
                "defects": defects,
                "scratches": scratches,
                "repaired": masks.mean(axis=(1, 2)),
                **marked,
                **borrowed,
                "inpainted": inpainted + marked.get("inpainted", 0.0),
            },
        )

    def _damage(self, frames: np.ndarray) -> Callable[[int], np.ndarray]:
        """What says where a frame of an element (n, h, w, c) is damaged itself, bool (h, w), asked in order."""
        detector = self.detector(frames)

        def damage(i: int) -> np.ndarray:
            lines = detector.scratch_search.scratches(i) if self.options.scratches else []
            _, streaks, _ = remove_scratches(frames[i].copy(), lines)
            spots = detector.detect(i).mask
            detector.forget(i)
            return cv2.dilate((spots | streaks).astype(np.uint8), RIM) > 0

        return damage

    def _marked(
        self, clip: Clip, dropouts: dict[int, np.ndarray] | None, frames: np.ndarray, masks: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, Measures]:
        """As `inpaint_marked`, of what is marked and of dropouts, which are counted apart."""
        if dropouts is None:
            return inpaint_marked(clip, frames, masks, radius=self.card.radius)
        low = min(dropouts)
        both = dataclasses.replace(
            clip,
            frames=np.stack([clip.frames[i] for i in dropouts]),
            core=slice(clip.core.start - low, clip.core.stop - low),
            marked=np.stack([one if clip.marked is None else one | clip.marked[i] for i, one in dropouts.items()]),
        )
        frames, masks, statistics = inpaint_marked(both, frames, masks, radius=self.card.radius)
        statistics["dropouts"] = np.array(
            [cv2.connectedComponents(dropouts[i].astype(np.uint8))[0] - 1.0 for i in clip.indices]
        )
        if clip.marked is None:
            del statistics["marked"]
        else:
            statistics["marked"] = clip.marked[clip.core].mean(axis=(1, 2))
        return frames, masks, statistics

    def sensitivity(self) -> float:
        """How much evidence a spot needs, relative to the usual: half at full strength, twice as much at none."""
        return 4.0 ** (0.5 - self.options.strength)

    def detector(self, frames: np.ndarray) -> Detector:
        """What finds and repairs the defects of one shot (n, h, w, c)."""
        return self.by_motion(frames)

    def by_motion(self, frames: np.ndarray) -> ShotDetector:
        """What finds defects along motion."""
        return ShotDetector(
            frames,
            sensitivity=self.sensitivity(),
            smallest=self.options.smallest,
            judge=self.judge(),
        )

    def judge(self) -> Judge | None:
        """The network that has the last word on scratches: none."""
        return None


def _joined(results: Sequence[Result]) -> Result:
    """One result of several, of frames in a row."""
    lent = [one.lent for one in results if one.lent is not None]
    return Result(
        frames=np.concatenate([one.frames for one in results]),
        mask=np.concatenate([one.mask for one in results if one.mask is not None]),
        lent=np.concatenate(lent) if lent else None,
        statistics={name: np.concatenate([one.statistics[name] for one in results]) for name in results[0].statistics},
    )


def _borrowed(
    clip: Clip, lenders: Lenders, frames: np.ndarray, masks: np.ndarray
) -> tuple[np.ndarray, np.ndarray | None, Measures]:
    """The repaired core frames with other elements' pixels in the masks, where these are, and their share."""
    if not clip.elements:
        return frames, None, {}
    lent = np.zeros_like(masks)
    for k, i in enumerate(clip.indices):
        loan = lenders.filled(clip.frames, i, frames[k], masks[k])
        frames[k], lent[k] = loan.frame, loan.lent
    return frames, lent, {"another_element": lent.mean(axis=(1, 2))}
