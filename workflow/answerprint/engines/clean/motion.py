"""Dirt, hairs, lint, blotches and sparkle: found where both neighbours disagree with a frame, repaired along motion."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ... import motion
from .. import Card, Clip, PixelEngine, Result
from . import _detect, _objects, _repair


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much counts as a defect."""

    strength: float = 0.5
    """Sensitivity of the detector, 0..1: 0 only finds the boldest dirt, 1 also the faintest, at more risk."""
    smallest: int = 2
    """Spots of fewer pixels than this are left alone; at least 1."""

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise ValueError(f"strength is {self.strength}, outside 0..1")
        if self.smallest < 1:
            raise ValueError(f"smallest is {self.smallest}, under 1")


SKIRT = 0.01


class Clean(PixelEngine):
    """Looks twice: a first pass cleans the neighbours roughly, so that their own dirt neither bends the flow nor hides."""

    card = Card(
        stage="clean",
        name="motion",
        kind="repair",
        summary="One-frame dirt, hairs and blotches, repaired from the neighbouring frames along motion.",
        paper="Kokaram, Motion Picture Restoration, Springer 1998",
        licence="Apache-2.0",
        radius=2,
    )
    Options = Options

    def run(self, clip: Clip) -> Result:
        """The core frames without their one-frame defects; pixels outside the mask are the film's own bits."""
        shot = _Shot(clip.frames, sensitivity=4.0 ** (0.5 - self.options.strength), smallest=self.options.smallest)
        frames = clip.frames[clip.core].copy()
        masks = np.zeros(frames.shape[:3], bool)
        numbers = {name: np.zeros(len(frames)) for name in ("defects", "repaired")}
        for k, i in enumerate(clip.indices):
            filled, mask = shot.clean(i)
            frames[k][mask] = filled[mask]
            masks[k] = mask
            numbers["defects"][k] = cv2.connectedComponents(mask.astype(np.uint8))[0] - 1
            numbers["repaired"][k] = mask.mean()
        return Result(frames=frames, mask=masks, statistics=numbers)


@dataclass(frozen=True, kw_only=True)
class _Side:
    """A neighbour as one pass sees it: its pixels to take, its pixels as they are, and the way there."""

    frame: np.ndarray
    raw: np.ndarray
    steps: np.ndarray


class _Shot:
    """The frames of one clip, with what is computed once for several of them."""

    def __init__(self, frames: np.ndarray, *, sensitivity: float, smallest: int) -> None:
        self.frames, self.sensitivity, self.smallest = frames, sensitivity, smallest
        self.count = len(frames)
        self.spots: dict[int, np.ndarray] = {}
        self._first: dict[tuple[int, int], np.ndarray] = {}
        self._second: dict[tuple[int, int], np.ndarray] = {}
        self._rough: dict[int, np.ndarray] = {}
        self._grey: dict[int, np.ndarray] = {}
        self._looks: dict[int, np.ndarray] = {}
        self._rough_looks: dict[int, np.ndarray] = {}

    def grey(self, i: int) -> np.ndarray:
        """Brightness of a frame as it is."""
        if i not in self._grey:
            self._grey[i] = motion.luma(self.frames[i])
        return self._grey[i]

    def first(self, i: int, j: int) -> np.ndarray:
        """Flow between frames as they are; a median takes the smallest dirt away."""
        if (i, j) not in self._first:
            for k in (i, j):
                if k not in self._looks:
                    self._looks[k] = cv2.medianBlur(motion.eight_bits(self.grey(k)), 5)
            self._first[i, j] = motion.flow(self._looks[i], self._looks[j], "fast")
        return self._first[i, j]

    def second(self, i: int, j: int) -> np.ndarray:
        """Flow between roughly cleaned frames."""
        if (i, j) not in self._second:
            for k in (i, j):
                if k not in self._rough_looks:
                    self._rough_looks[k] = motion.eight_bits(motion.luma(self.rough(k)))
            self._second[i, j] = motion.flow(self._rough_looks[i], self._rough_looks[j], "fast")
        return self._second[i, j]

    def rough(self, i: int) -> np.ndarray:
        """A frame cleaned by a first pass; the first and the last of a shot as they are."""
        if i not in self._rough:
            self._rough[i] = self.frames[i]
            if 0 < i < self.count - 1:
                sides = [_Side(frame=self.frames[j], raw=self.grey(j), steps=self.first(i, j)) for j in (i - 1, i + 1)]
                self._rough[i], _ = self._pass(i, sides, [], None)
        return self._rough[i]

    def clean(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        """One frame repaired, and its mask."""
        sides, beyond = [], []
        for j, further in ((i - 1, i - 2), (i + 1, i + 2)):
            if not 0 <= j < self.count:
                continue
            steps = self.second(i, j)
            sides.append(_Side(frame=self.rough(j), raw=self.grey(j), steps=steps))
            if 0 <= further < self.count:
                chain = steps + motion.warp(self.first(j, further), steps)
                beyond.append(_Side(frame=self.frames[further], raw=self.grey(further), steps=chain))
        # At the end of a shot two frames of the same side bear witness; one alone would be no proof.
        if len(sides) == 1:
            sides, beyond = sides + beyond, []
        if len(sides) < 2:
            return self.frames[i], np.zeros(self.frames.shape[1:3], bool)
        like = [self.spots[j] for j in (i - 1, i + 1) if j in self.spots]
        return self._pass(i, sides, beyond, like)

    def _pass(
        self, i: int, sides: list[_Side], beyond: list[_Side], like: list[np.ndarray] | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Frame i repaired from both sides, and its mask; `like` are the spots of neighbouring frames."""
        frame, grey = self.frames[i], self.grey(i)
        frames, raws, warped = [], [], []
        for side in sides:
            moved = motion.warp(side.frame, side.steps)
            gain, offset = _detect.brightness(motion.luma(moved), grey)
            frames.append(gain * side.frame + offset)
            raws.append(gain * side.raw + offset)
            warped.append(gain * moved + offset)
        differences = []
        for near, side in zip(warped, beyond, strict=False):
            moved = motion.warp(side.raw, side.steps)
            target = motion.luma(near)
            gain, offset = _detect.brightness(moved, target)
            differences.append(cv2.absdiff(target, gain * moved + offset))
        found = [
            _detect.evidence(*(np.ascontiguousarray(a[..., c]) for a in (frame, *warped)), differences)
            for c in range(frame.shape[2])
        ]
        known = motion.inside(sides[0].steps) & motion.inside(sides[1].steps)
        one_sided = like is not None and not (0 < i < self.count - 1)
        mask = _detect.candidates(found, known, self.sensitivity * (1.6 if one_sided else 1.0), self.smallest)
        if not mask.any():
            if like is None:
                self.spots[i] = np.zeros((1, 4))
            return frame, mask

        # The flow under dirt is made up; what surrounds it says better how the picture moves there.
        doubtful = cv2.dilate(mask.astype(np.uint8), _repair.RING) > 0
        moved, ways = [w.copy() for w in warped], []
        for picture, source, side in zip(moved, frames, sides, strict=True):
            steps = _repair.fill_in_coarse(side.steps, doubtful, 2)
            ways.append(steps)
            picture[doubtful] = _repair.along(source, steps, doubtful)
        if one_sided:
            mask = _objects.small_at_rest(mask, self.first(1, 2) if i == 0 else self.first(i - 1, i - 2))
        to = [frame - m for m in moved]
        noise = max(f.noise for f in found)
        size = np.minimum(np.abs(to[0]), np.abs(to[1])).mean(axis=2)
        wide = mask
        mask = _detect.agreed(mask, size, cv2.absdiff(*moved).reshape(frame.shape).mean(axis=2), noise)
        signed = np.where(np.abs(to[0]) < np.abs(to[1]), *to).mean(axis=2)
        if like is None:
            self.spots[i] = _objects.bodies(wide, signed)[1]
        elif like:
            mask &= ~_objects.travelling(wide, signed, like)
        mask = _objects.standing(mask, grey, signed, raws, ways)
        # Its soft edge, as far as it still stands out.
        mask |= (cv2.dilate(mask.astype(np.uint8), _detect.SQUARE) > 0) & (size > SKIRT + noise)
        filled, _ = _repair.fill(frame, *moved, mask, noise)
        return filled, mask
