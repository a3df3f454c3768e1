"""Dirt in the frames of a shot, without what moves on a path through other frames: balls, birds, drops of rain."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np

from . import _context
from ._context import Listing
from ._evidence import Detection, Repair
from ._two_pass import ShotDetector

SURE = 3.0
"""Evidence for a path from which a spot is a thing; of drawn dirt, one speck in 100 has as much."""
MANY = math.log(3)
"""Where so many times as many spots as chance makes move alike, it rains: a logarithm. No speck of drawn dirt does."""


class TrackedDetector:
    """Dirt as a detector of one shot finds it, without things on a path; keeps what several frames need."""

    def __init__(self, detector: ShotDetector) -> None:
        self.detector = detector
        self.scratch_search = detector.scratch_search
        self._detections: dict[int, Detection] = {}
        self._listings: dict[int, Listing] = {}

    def detect(self, i: int) -> Repair:
        """Frame `i` of the shot, repaired. It depends on as many frames more as `_context.REACH` says."""
        for j in range(max(0, i - _context.REACH), i):
            self._listing(j)
        detection = self.detection(i)
        return detection if not detection.mask.any() else self._without_things(i, detection)

    def _without_things(self, i: int, detection: Detection) -> Repair:
        count, labels = cv2.connectedComponents(detection.mask.astype(np.uint8), connectivity=8)
        before, after = _context.around(i, len(self.detector.frames), self._listing)
        here = _context.listing(labels, detection.step)
        context = _context.context(here, before, after, labels.shape)
        dirty = np.zeros(count, bool)
        dirty[1:] = (context.path < SURE) & (context.fellows < MANY)
        mask = dirty[labels]
        frame = np.where(mask[..., None], detection.frame, self.detector.frames[i])
        return replace(detection, frame=frame, mask=mask, inpainted=detection.inpainted & mask)

    def forget(self, i: int) -> None:
        """Drop what frames up to this one needed."""
        # The detector is ahead by as many frames.
        self.detector.forget(i + _context.REACH)
        for j in [j for j in self._listings if j <= i]:
            del self._listings[j]

    def _listing(self, i: int) -> Listing:
        """All that stands out in frame `i`, dirt or not."""
        if i not in self._listings:
            detection = self.detection(i)
            self._listings[i] = _context.connected(detection.mask | detection.rejected, detection.step)
        return self._listings[i]

    def detection(self, i: int) -> Detection:
        """What the detector finds in frame `i`, things on a path among it."""
        for past in [j for j in self._detections if j < i - _context.REACH]:
            del self._detections[past]
        if i not in self._detections:
            self._detections[i] = self.detector.detect(i)
        return self._detections[i]
