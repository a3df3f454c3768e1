"""What the steps of the workflow see in each clip, worked out once and shared by all dialogues that show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...frames.face_detection import Detector, detect_section, join_sections
from ...frames.face_tracks import track_faces
from ...speech import appearance
from ...speech.active_speakers import mouths
from .dialogue_clips import Copy, Person, Pose, copied


@dataclass(frozen=True, kw_only=True, eq=False)
class Look:
    """One clip as the workflow sees it, on frames first..first+n-1 of the clip."""

    first: int
    descriptor: np.ndarray
    mouths: Mapping[str, np.ndarray]
    """Mouth crops (n, h, w) by engine of who speaks."""


@dataclass(kw_only=True)
class Looks:
    """Looks at all clips, each worked out when it is first asked for."""

    people: Mapping[str, Person]
    speaking: Mapping[str, Any]
    """Engines of who speaks, by name."""
    identity: Any
    detector: Detector
    seen: dict[tuple[str, Pose, Copy], Look | None] = field(default_factory=dict)

    def at(self, name: str, pose: Pose, copy: Copy) -> Look | None:
        """The look at a person's clip, None if no face is followed there."""
        key = (name, pose, copy)
        if key not in self.seen:
            self.seen[key] = self._look(*key)
        return self.seen[key]

    def _look(self, name: str, pose: Pose, copy: Copy) -> Look | None:
        frames = copied(self.people[name].frames[pose], copy, seed=len(self.seen))
        # Beside others, a face is smaller for the detector, which reduces the frame to its own width.
        margin = frames.shape[2] * (copy.side_by_side - 1)
        wide = np.pad(frames, ((0, 0), (0, 0), (0, margin), (0, 0)), mode="edge")

        def read(start: int, stop: int) -> np.ndarray:
            return wide[start:stop].astype(np.float32) / 255

        shots = [(0, len(wide))]
        found = join_sections([detect_section(read, 0, len(wide), shots=shots, detector=self.detector)])
        tracks = appearance.describe(read, track_faces(found, 0, shots), self.identity)
        if not tracks:
            return None
        track = max(tracks, key=lambda one: len(one.frames))
        crops = {name: np.stack(mouths(read, [track], engine)[track.id]) for name, engine in self.speaking.items()}
        assert track.descriptor is not None
        return Look(first=int(track.frames[0]), descriptor=track.descriptor, mouths=crops)
