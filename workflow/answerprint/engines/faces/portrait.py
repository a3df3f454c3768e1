"""Lends poor faces the detail of sharp portraits of the same people: it shows what the film does not."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import Card, Clip, Measures
from . import _deblur, _guards, _patch, _sitters
from ._averaging import REACH, averaged
from ._choices import DETAIL, LENT, PORTRAIT
from ._engine import EYES, FACES, FaceEngine
from ._patch import Patch
from ._plan import PlannedFace
from ._portrait import Portrait, lent_detail
from ._quality import Condition, condition
from ._sitters import PortraitOptions, Sitting
from ._steady_steps import NEAR, steady_steps

TRIED = 1.5
"""Up to so many times the distance at which a face counts as the person of a portrait, what it would lend is tried: the
whole track decides."""


class Portraits(FaceEngine):
    """Faces that a portrait of the same person resembles get its detail, the others are cleared as `detail` does."""

    card = Card(
        stage="faces",
        name="portrait",
        kind="generate",
        summary="sharp portraits of the same people lend poor faces the detail above their blur where both agree: it "
        "is the person's, but not the film's; the others are cleared as by `detail`",
        paper="King, High Quality Face Recognition with Deep Metric Learning, dlib blog 2017; Kroeger et al., Fast "
        "Optical Flow using Dense Inverse Search, ECCV 2016; He et al., Guided Image Filtering, IEEE TPAMI 2013, for "
        "the contrast",
        licence="Apache-2.0",
        cost=0.2,
        memory=350,
        measured=True,
        measure_options=("portraits", "detail", "contrast"),
        measure_radius=REACH,
        measures_shots=True,
        radius=LENT[0],
    )
    Options = PortraitOptions
    options: PortraitOptions
    methods = (DETAIL, PORTRAIT)

    def __init__(self, options: Any = None, *, device: str = "cpu") -> None:
        super().__init__(options, device=device)
        self.portraits: list[Portrait] = []

    def load(self) -> None:
        """Read the weights and the portraits. Raises FilmError for one that cannot lend."""
        super().load()
        self.portraits = _sitters.read(self.options, self._witness)

    def _unmeasured(self, count: int) -> Measures:
        """The same, and the nearest portrait of each face: its number or -1, its distance and that of the next person,
        the correlation, how much the way there bends, and the blur of the face beside it; all (core, 16)."""
        names = ("distance", "next_distance", "alike", "bent", "soft")
        numbers = {name: np.full((count, FACES), np.nan, np.float32) for name in names}
        return {**super()._unmeasured(count), **numbers, "portrait": np.full((count, FACES), -1, np.int16)}

    def _measured(self, clip: Clip, index: int, box: np.ndarray, landmarks: np.ndarray, *, new: bool) -> Measures:
        seen = super()._measured(clip, index, box, landmarks, new=new)
        patch = _patch.cut(clip.frames[index], box, landmarks)
        if patch is None or "points" not in seen or not self.portraits or 1.33 * patch.width < _sitters.NARROWEST:
            return seen
        state = condition(patch)
        if state.quality(patch.width, 1) == "good":
            return seen
        sittings = _sitters.sit(patch, state, self.portraits, self._witness)
        best = min(sittings, key=lambda one: one.distance)
        others = [one.distance for one in sittings if self._person(one) != self._person(best)]
        seen |= {
            "portrait": np.array(best.number),
            "distance": np.array(best.distance),
            "next_distance": np.array(min(others, default=np.inf)),
            "alike": np.array(best.alike),
            "bent": np.array(best.bent),
            "soft": np.array(best.blur),
        }
        if best.distance <= TRIED * _sitters.limit(patch.width, best.blur):
            clear = Condition(blur=best.blur, grain=state.grain)
            patch = averaged(patch, clip.frames, index, state.noise)
            lent = self._lent(patch, clear, best.number, best.flow)
            self._try(seen, patch, lent, PORTRAIT)
        return seen

    def _person(self, sitting: Sitting) -> str:
        return self.portraits[sitting.number].person

    def _treated(self, clip: Clip, index: int, face: PlannedFace, patch: Patch) -> np.ndarray:
        if face.portrait < 0:
            return super()._treated(clip, index, face, patch)
        near = _around(clip, index, face, patch)
        frames = {offset: clip.frames[index + offset] for offset in near}
        flow = steady_steps(self.portraits[face.portrait], frames, near, face.condition.blur)
        return face.share * self._lent(patch, face.condition, face.portrait, flow)

    def _lent(self, patch: Patch, state: Condition, number: int, flow: np.ndarray) -> np.ndarray:
        """The whole change of a face's brightness (h, w), within the guards.

        Where the portrait is not to be trusted, the face's own blur is undone.
        """
        detail, trust = lent_detail(self.portraits[number], patch, state.blur, flow)
        own = _deblur.lost_detail(patch, state.blur, self._deblurrer, self.options.contrast)
        return _guards.guarded(patch, trust * detail + (1 - trust) * own, EYES[PORTRAIT])


def _around(clip: Clip, index: int, face: PlannedFace, patch: Patch) -> dict[int, Patch]:
    """The same face in the frames around one, by offset, where the plan lends it the same portrait."""
    patches = {0: patch}
    for offset in NEAR:
        at = index + offset
        if offset and 0 <= at < len(clip.frames) and clip.plan["portrait"][at, face.row] == face.portrait:
            other = _patch.cut(clip.frames[at], clip.plan["boxes"][at, face.row], clip.plan["landmarks"][at, face.row])
            if other is not None:
                patches[offset] = other
    return dict(sorted(patches.items()))
