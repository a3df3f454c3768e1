"""A drawn head out of focus, what `measure` would say of it, and an engine run on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from answerprint import engines
from answerprint.engines import Clip
from answerprint.engines.faces import _patch
from answerprint.engines.faces._engine import FACES
from answerprint.engines.faces._quality import SIGMAS, Condition, condition
from answerprint.engines.faces._seen import SHARES
from answerprint.engines.faces.detail import Detail

BOX = (40.0, 24.0, 120.0, 134.0)
LANDMARKS = ((64.0, 66.0), (96.0, 66.0), (80.0, 84.0), (66.0, 107.0), (94.0, 107.0))


def portrait(grain: float = 0.0, count: int = 1, channels: int = 1, soft: float = 2.0) -> np.ndarray:
    """A drawn head of 80 x 110 pixels in the box above, out of focus by `soft` pixels."""
    picture = np.full((160, 160, 3), 60, np.uint8)
    cv2.ellipse(picture, (80, 79), (40, 55), 0, 0, 360, (150, 165, 200), -1, cv2.LINE_AA)
    for x in (64, 96):
        cv2.ellipse(picture, (x, 66), (9, 5), 0, 0, 360, (235, 235, 235), -1, cv2.LINE_AA)
        cv2.circle(picture, (x, 66), 4, (40, 30, 20), -1, cv2.LINE_AA)
        cv2.line(picture, (x - 10, 54), (x + 10, 52), (50, 50, 60), 3, cv2.LINE_AA)
    cv2.ellipse(picture, (80, 106), (18, 6), 0, 0, 180, (80, 80, 150), -1, cv2.LINE_AA)
    image = cv2.GaussianBlur(picture.astype(np.float32) / 255, (0, 0), soft)[..., :channels]
    random = np.random.default_rng(1)
    return np.clip(image + random.normal(0, grain, (count, *image.shape)), 0, 1).astype(np.float32)


def patch_of(frame: np.ndarray) -> _patch.Patch:
    patch = _patch.cut(frame, np.array(BOX), np.array(LANDMARKS))
    assert patch is not None
    return patch


def run(
    frames: np.ndarray,
    box: tuple[float, ...] = BOX,
    share: float = 1.0,
    blur: float | None = None,
    lend: Sequence[int] = (),
    **options: Any,
) -> engines.Result:
    """The frames with one face whose place is given; its blur and grain are measured unless said."""
    count, row = len(frames), 3
    moved = np.add(LANDMARKS, (box[0] - BOX[0], box[1] - BOX[1]))
    patch = _patch.cut(frames[0], np.array(box), moved)
    state = condition(patch) if patch else Condition(blur=2.0, grain=np.zeros(len(SIGMAS), np.float32))
    plan = Detail().plan(measures({}, count), first=0)
    plan["boxes"][:, row], plan["landmarks"][:, row] = box, moved
    plan["share"][:, row], plan["grain"][:, row] = share, state.grain
    plan["blur"][:, row] = state.blur if blur is None else blur
    plan["lend"][: len(lend), row] = lend
    return Detail(Detail.Options(**options)).run(Clip(frames=frames, core=slice(0, count), plan=plan))


def measures(
    faces_by_frame: Mapping[int, Sequence[tuple[float, ...]]], count: int, **values: Any
) -> dict[str, np.ndarray]:
    """What `measure` would give: every third frame examined, with the given faces, blurred and like themselves."""
    found: dict[str, np.ndarray] = {
        "boxes": np.full((count, FACES, 5), np.nan, np.float32),
        "landmarks": np.full((count, FACES, 5, 2), np.nan, np.float32),
        "looked": np.arange(count) % 3 == 0,
        "size": np.tile([160, 220], (count, 1)),
        "blur": np.full((count, FACES), values.get("blur", 2.0), np.float32),
        "grain": np.full((count, FACES, len(SIGMAS)), 0.005, np.float32),
        "likeness": np.full((count, FACES, 1, len(SHARES)), np.nan, np.float32),
        "points": np.full((count, FACES, 2, 5, 2), np.nan, np.float32),
    }
    for frame, faces in faces_by_frame.items():
        for row, face in enumerate(faces):
            left, top, right, bottom, _ = face
            found["boxes"][frame, row] = face
            found["landmarks"][frame, row] = [
                (left + (x - 40) / 80 * (right - left), top + (y - 24) / 110 * (bottom - top)) for x, y in LANDMARKS
            ]
            found["likeness"][frame, row] = values.get("likeness", 1.0)
    return found
