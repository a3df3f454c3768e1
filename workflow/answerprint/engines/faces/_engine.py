"""What the engines for faces share: finding and measuring faces, one decision a track, the guards, the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np

from ...frames import face_detection
from ...frames.face_detection import Face
from ...frames.face_tracks import newcomers
from .. import Clip, Measures, PixelEngine, Result
from . import _deblur, _guards, _lending, _patch, _plan
from ._averaging import averaged
from ._choices import DETAIL, NETWORK, PORTRAIT, PROTECTED, choices
from ._deblur import Deblurrer
from ._guards import Effects
from ._likeness import Witness
from ._options import FaceOptions
from ._patch import Patch
from ._plan import PlannedFace, planned_faces
from ._quality import SIGMAS, Condition, condition
from ._seen import SHARES

FACES = 16
"""The most faces that are kept of a frame, largest first; the rest of a crowd is too small to gain anything."""
LOOK = 12
"""Of so many frames of the film one shows how like itself a face is, besides the first look at each face: a descriptor
takes a tenth of a second."""
JUMPS = (0, face_detection.EVERY, 2 * face_detection.EVERY)
"""The frames among those, as far apart as the detector looks, that show how its landmarks jump."""
EYES = {DETAIL: 0.4, NETWORK: 0.2, PORTRAIT: 0.4}
"""Share of what is finer than an iris that may change in the eyes. What a network draws there is another gaze."""


class FaceEngine(PixelEngine):
    """Frames whose faces are clearer, inside soft ellipses, and the same faces as before."""

    options: FaceOptions
    methods: tuple[str, ...] = (DETAIL,)
    """What it can do to a good face and, if it has a second way, to a poor one."""

    def __init__(self, options: Any = None, *, device: str = "cpu") -> None:
        super().__init__(options, device=device)
        self._witness = Witness()
        self._deblurrer = Deblurrer(self.options.detail, device)

    def load(self) -> None:
        """Read the weights, before the engine is shared. Raises FilmError for a file that is none of them."""
        super().load()
        _ = self._deblurrer.network

    def drawn(self, patch: Patch) -> np.ndarray:
        """The change of brightness (h, w) by which a network would draw the face of a patch anew."""
        raise NotImplementedError(f"{self.card.name} has no network")

    def measure(self, clip: Clip) -> Measures:
        """The faces of each look, largest first, and what was measured in them; NaN without one.

        Looks are at every third frame of the film, and at both ends of a shot.
        `boxes` (core, 16, 5): left, top, right, bottom, score; `landmarks` (core, 16, 5, 2); `looked` bool (core,);
        `size` (core, 2): height and width; `blur` (core, 16); `grain` (core, 16, bands). On some frames `likeness`
        (core, 16, methods, 3), at `SHARES` of the change, and `points` (core, 16, 1 + methods, 5, 2): landmarks found
        before it and after that of each method.
        """
        count = len(clip.indices)
        found = self._unmeasured(count)
        found["looked"] = np.zeros(count, bool)
        found["size"] = np.tile(np.array(clip.frames.shape[1:3], np.int32), (count, 1))
        for index, faces, new in self._looks(clip):
            at = index - clip.core.start
            found["looked"][at] = True
            for row, face in enumerate(faces):
                found["boxes"][at, row] = (*face.box, face.score)
                found["landmarks"][at, row] = face.landmarks
                place = found["boxes"][at, row], found["landmarks"][at, row]
                seen = self._measured(clip, index, *place, new=face in new)
                for name, values in seen.items():
                    found[name][at, row] = values
        return found

    def _looks(self, clip: Clip) -> Iterator[tuple[int, list[Face], list[Face]]]:
        """The place in a clip of each look at its core, the faces found, and those that the look before had not."""
        # Beside the core a clip ends where its shot does, or further away than the look before.
        whole = clip.first, clip.first + len(clip.frames)
        looks = [frame - clip.first for frame in face_detection.sampled_frames(*whole, shots=[whole])]
        found = cache(lambda index: self._witness.detector(clip.frames[index])[:FACES])
        for before, index in zip([None, *looks], looks, strict=False):
            if index in clip.indices:
                faces = found(index)
                yield index, faces, newcomers(found(before) if faces and before is not None else [], faces)

    def _unmeasured(self, count: int) -> Measures:
        """What `measure` says of faces in frames without any."""
        ways = len(self.methods)
        return {
            "boxes": np.full((count, FACES, 5), np.nan, np.float32),
            "landmarks": np.full((count, FACES, 5, 2), np.nan, np.float32),
            "blur": np.zeros((count, FACES), np.float32),
            "grain": np.zeros((count, FACES, len(SIGMAS)), np.float32),
            "likeness": np.full((count, FACES, ways, len(SHARES)), np.nan, np.float32),
            "points": np.full((count, FACES, 1 + ways, 5, 2), np.nan, np.float32),
        }

    def _measured(self, clip: Clip, index: int, box: np.ndarray, landmarks: np.ndarray, *, new: bool) -> Measures:
        """What is measured in one face of the frame at that place of a clip; new: it is the first look at the face."""
        number = clip.first + index
        patch = _patch.cut(clip.frames[index], box, landmarks)
        if patch is None:
            return {}
        state = condition(patch)
        seen: Measures = {"blur": np.array(state.blur), "grain": state.grain}
        moment = 0 if new else number % LOOK
        # Tiny faces as well: a person may ask for one, and a shot may have another limit.
        if moment not in JUMPS:
            return seen
        seen["points"] = np.full((1 + len(self.methods), 5, 2), np.nan)
        seen["points"][0] = self._landmarks(patch, patch.luma)
        if moment == 0:
            seen["likeness"] = np.full((len(self.methods), len(SHARES)), np.nan)
        patch = averaged(patch, clip.frames, index, state.noise)
        for method in self.methods:
            # A network takes seconds for a face; no better one is given to it.
            if method == DETAIL or (method == NETWORK and state.quality(patch.width, 1) == "poor"):
                self._try(seen, patch, self._change(patch, state, method), method)
        return seen

    def _try(self, seen: Measures, patch: Patch, change: np.ndarray, method: str) -> None:
        """Note what a method would change of a face (h, w): its landmarks and, where `seen` has room, its likeness."""
        way = self.methods.index(method)
        seen["points"][1 + way] = self._landmarks(patch, patch.luma + change)
        if "likeness" in seen:
            seen["likeness"][way] = self._likeness(patch, change)

    def _landmarks(self, patch: Patch, image: np.ndarray) -> np.ndarray:
        """The landmarks (5, 2) of a face in the picture (h, w), in pixels of the frame."""
        corner = np.array([patch.place[1].start, patch.place[0].start])
        return self._witness.landmarks(patch, image) + corner

    def _likeness(self, patch: Patch, change: np.ndarray) -> np.ndarray:
        """The likeness at each of `SHARES` of a change, also where the whole one is good: a shot may ask for more."""
        if not change.any():
            return np.ones(len(SHARES))
        return self._witness.likeness(patch, [patch.luma + share * change for share in SHARES])

    def _change(self, patch: Patch, state: Condition, method: str) -> np.ndarray:
        """The whole change of a face's brightness (h, w) by a method, within the guards."""
        if method == NETWORK:
            return _guards.guarded(patch, self.drawn(patch), EYES[method])
        raw = _deblur.lost_detail(patch, state.blur, self._deblurrer, self.options.contrast)
        return _guards.guarded(patch, raw, EYES[method])

    def plan(self, measures: Measures, *, first: int) -> Measures:
        """One decision a track, frame by frame: see `_plan.plan`."""
        made = choices(measures, self.options, self.methods, first)
        return _plan.plan(made, len(measures["looked"]), FACES)

    def decided(self, measures: Measures, *, first: int) -> list[dict[str, Any]]:
        """What was decided for each face of a shot, and what was measured in it, as rows for the record."""
        return [choice.row(first) for choice in choices(measures, self.options, self.methods, first)]

    def run(self, clip: Clip) -> Result:
        """The core frames; `clip.plan` says what is done to which face, in pixels of these frames.

        Statistics: `faces`, how many were treated; `change`, the mean absolute change inside the mask; `identity`, the
        lowest likeness of a face to itself, as measured along its track; `texture`, `teeth` and `iris`, the worst of
        `Effects`; `lent`, how many faces got detail of another frame.
        """
        done = [self._one(clip, index) for index in clip.indices]
        names = ("faces", "change", "identity", "texture", "teeth", "iris", "lent")
        return Result(
            frames=np.stack([frame for frame, _, _ in done]),
            mask=np.stack([mask for _, mask, _ in done]),
            statistics={name: np.array([numbers[name] for _, _, numbers in done], np.float32) for name in names},
        )

    def _one(self, clip: Clip, index: int) -> tuple[np.ndarray, np.ndarray, Mapping[str, float]]:
        """One frame done, where (h, w), and the numbers about it."""
        frame = clip.frames[index]
        change, share = np.zeros((2, *frame.shape[:2]), np.float32)
        closed = np.zeros(frame.shape[:2], bool)
        treated: list[tuple[PlannedFace, Effects]] = []
        for face in planned_faces(clip.plan, index):
            patch = _patch.cut(frame, face.box, face.landmarks)
            if patch is None:
                continue
            if face.share == PROTECTED:
                closed[patch.place] |= patch.inside > 0
                continue
            if not face.network:
                patch = averaged(patch, clip.frames, index, face.condition.noise)
            part = self._treated(clip, index, face, patch)
            treated.append((face, _guards.effects(patch, part)))
            # Where two faces overlap, the one whose ellipse is stronger there decides.
            mine = patch.inside > share[patch.place]
            change[patch.place] = np.where(mine, part, change[patch.place])
            share[patch.place] = np.maximum(share[patch.place], patch.inside)
        mask = (share > 0) & ~closed
        # The same step on all channels raises brightness and leaves colour; 0 and 1 are not passed by any of them.
        room_up, room_down = (1 - frame).min(axis=2).clip(min=0), frame.min(axis=2).clip(min=0)
        change = np.clip(change, -room_down, room_up)
        done = np.where(mask[..., None], frame + change[..., None], frame)
        return done, mask, _numbers(treated, float(np.abs(change[mask]).mean()) if mask.any() else 0.0)

    def _treated(self, clip: Clip, index: int, face: PlannedFace, patch: Patch) -> np.ndarray:
        """The change of one face's brightness (h, w)."""
        if face.network:
            return face.share * self._change(patch, face.condition, NETWORK)
        if not face.lend or not 0 <= index + face.lend < len(clip.frames):
            return face.share * self._change(patch, face.condition, DETAIL)
        at = index + face.lend
        lender = _lending.Lender(frame=clip.frames[at], blur=float(clip.plan["blur"][at, face.row]))
        raw = _lending.lost_detail(patch, face.condition, lender, self._deblurrer, self.options.contrast)
        return face.share * _guards.guarded(patch, raw, EYES[DETAIL])


def _numbers(treated: list[tuple[PlannedFace, Effects]], change: float) -> Mapping[str, float]:
    """The statistics of a frame."""
    effects = [effect for _, effect in treated]
    return {
        "faces": len(treated),
        "change": change,
        "identity": min((face.likeness for face, _ in treated), default=1.0),
        "texture": min((effect.texture for effect in effects), default=1.0),
        "teeth": max((effect.teeth for effect in effects), default=1.0),
        "iris": max((abs(effect.iris) for effect in effects), default=0.0),
        "lent": sum(face.lend != 0 for face, _ in treated),
    }
