"""Makes faces clearer from the detail they have: no face is invented, nothing outside them changes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...frames import face_detection, optical_flow
from ...frames.face_detection import Face
from ...frames.face_tracks import track_faces
from .. import Card, Clip, Measures, PixelEngine, Result

FADE = 6
"""Frames over which the effect begins and ends with the track of a face within a shot."""
MOUTH = (0.5, 0.8, 0.28, 0.13)
"""Where teeth show: centre and radii of an ellipse as shares of a face's box. Nothing changes there: lines between
teeth are the first thing that looks drawn."""
EYES = ((0.31, 0.4, 0.15, 0.09), (0.69, 0.4, 0.15, 0.09))
"""The same of the eyes, where an iris must stay as bright as it is: hardly any change is made there."""
FACES = 16
"""The most faces that are kept of a frame, largest first; the rest of a crowd is too small to gain anything."""


@dataclass(frozen=True, kw_only=True)
class DetailOptions:
    """How much faces gain, and within which limits."""

    strength: float = 0.5
    """How much detail above the grain is added: 0 none, 1 as much as there is, which doubles it."""
    contrast: float = 0.25
    """Most that a pixel may change, as a share 0..1 of the brightness range of the 5x5 pixels around it."""
    smallest: int = 24
    """Faces whose track is narrower than this many pixels in the middle are left alone: they have no detail but
    grain."""

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise ValueError(f"strength is {self.strength}, but it must be 0 to 1")
        if not 0 <= self.contrast <= 1:
            raise ValueError(f"contrast is {self.contrast}, but it must be 0 to 1")
        if self.smallest < 1:
            raise ValueError(f"smallest is {self.smallest}, but it must be 1 or more")


class Detail(PixelEngine):
    """Each frame with the detail of its faces raised, inside soft ellipses."""

    card = Card(
        stage="faces",
        name="detail",
        kind="enhance",
        summary="MTCNN finds faces; their detail above the grain is raised within guards; no generative model",
        paper="Zhang et al., Joint Face Detection and Alignment, IEEE SPL 2016; He et al., Guided Image Filtering, "
        "ECCV 2010; Farbman et al., Edge-Preserving Decompositions for Multi-Scale Tone and Detail, SIGGRAPH 2008",
        licence="Apache-2.0",
        cost=0.03,
        memory=50,
        measured=True,
        shares_measures=True,
    )
    Options = DetailOptions
    options: DetailOptions

    def measure(self, clip: Clip) -> Measures:
        """What MTCNN found: `boxes` float32 (core, 16, 5), left, top, right, bottom, score, NaN where there is no face;
        `looked` bool (core,), True on every third frame of the film."""
        boxes = np.full((len(clip.indices), FACES, 5), np.nan, np.float32)
        start = clip.first + clip.core.start
        looked = np.zeros(len(clip.indices), bool)
        looked[[frame - start for frame in face_detection.sampled_frames(start, start + len(looked))]] = True
        detections = face_detection.detect(clip.frames[clip.core][looked]) if looked.any() else []
        for row, faces in zip(np.flatnonzero(looked), detections, strict=True):
            for column, face in enumerate(faces[:FACES]):
                boxes[row, column] = (*face.box, face.score)
        return {"boxes": boxes, "looked": looked}

    def plan(self, measures: Measures, *, first: int) -> Measures:
        """Faces followed through the shot, without gaps or jitter; a row is one face.

        `boxes` float32 (n, 16, 5); `share` float32 (n, 16), how much of the effect each gets: less where it appears or
        disappears within the shot.
        """
        from scipy.ndimage import gaussian_filter1d

        detected, looked = measures["boxes"], measures["looked"]
        detections = [_faces(rows) if look else None for rows, look in zip(detected, looked, strict=True)]
        boxes = np.full((len(detected), FACES, 5), np.nan, np.float32)
        share = np.zeros((len(detected), FACES), np.float32)
        tracks = sorted(track_faces(detections), key=lambda track: (-len(track.frames), track.id))
        for track in tracks:
            # One decision a track: a face that comes nearer would otherwise begin to be sharpened on its way.
            if np.median(track.boxes[:, 2] - track.boxes[:, 0]) < self.options.smallest:
                continue
            # Frames between the last look and the end of the shot: the face is still there.
            begin, end = int(track.frames[0]), int(track.frames[-1]) + 1
            before = begin if begin < face_detection.EVERY else 0
            after = len(detected) - end if len(detected) - end < face_detection.EVERY else 0
            span = slice(begin - before, end + after)
            free = np.isnan(boxes[span, :, 0]).all(axis=0)
            if free.any():
                # Two frames: a detector's box trembles by 2 % of its width, a head does not.
                steady = gaussian_filter1d(track.boxes, 2.0, axis=0, mode="nearest")
                rows = np.column_stack([steady, track.scores])
                row = int(free.argmax())
                boxes[span, row] = np.pad(rows, ((before, after), (0, 0)), mode="edge")
                share[span, row] = _fading(span, len(detected))
        return {"boxes": boxes, "share": share}

    def run(self, clip: Clip) -> Result:
        """The core frames; `clip.plan` says where faces are, in pixels of these frames, as `plan` gives it.

        Statistics: `faces`, how many were treated, and `change`, the mean absolute change inside the mask.
        """
        plan = clip.plan
        done = [self._one(clip.frames[i], plan["boxes"][i], plan["share"][i]) for i in clip.indices]
        return Result(
            frames=np.stack([frame for frame, _, _ in done]),
            mask=np.stack([mask for _, mask, _ in done]),
            statistics={
                "faces": np.array([count for _, _, count in done], np.float32),
                "change": np.array(
                    [
                        np.abs(frame - clip.frames[i])[mask].mean() if mask.any() else 0.0
                        for i, (frame, mask, _) in zip(clip.indices, done, strict=True)
                    ],
                    np.float32,
                ),
            },
        )

    def _one(self, frame: np.ndarray, boxes: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
        """One frame done, where (h, w), and how many faces."""
        height, width = frame.shape[:2]
        change, share = np.zeros((2, height, width), np.float32)
        count = 0
        for (left, top, right, bottom), much in zip(boxes[:, :4].astype(float), shares, strict=True):
            if np.isnan(left) or much * self.options.strength == 0:
                continue
            # Half a face more on every side, so that filters see the surroundings of the ellipse.
            x0, x1 = (int(np.clip(x, 0, width)) for x in (1.5 * left - 0.5 * right, 1.5 * right - 0.5 * left + 1))
            y0, y1 = (int(np.clip(y, 0, height)) for y in (1.5 * top - 0.5 * bottom, 1.5 * bottom - 0.5 * top + 1))
            if x1 - x0 < 8 or y1 - y0 < 8:
                continue
            count += 1
            cut = slice(y0, y1), slice(x0, x1)
            soft = _ellipse((x0, y0, x1, y1), (left, top, right, bottom))
            kept = _guard((x0, y0, x1, y1), (left, top, right, bottom))
            raised = much * self._raise(optical_flow.luma(frame[cut]), right - left, soft, kept)
            # Where two faces overlap, the one whose ellipse is stronger there decides.
            mine = soft > share[cut]
            change[cut] = np.where(mine, raised * soft, change[cut])
            share[cut] = np.maximum(share[cut], soft)
        mask = share > 0
        # The same step on all channels raises brightness and leaves colour; 0 and 1 are not passed by any of them.
        room_up, room_down = (1 - frame).min(axis=2).clip(min=0), frame.min(axis=2).clip(min=0)
        change = np.clip(change, -room_down, room_up)
        return np.where(mask[..., None], frame + change[..., None], frame), mask, count

    def _raise(self, image: np.ndarray, face: float, soft: np.ndarray, kept: np.ndarray) -> np.ndarray:
        """What to add to the brightness (h, w) around a face of this width in pixels; `kept` is its share by place."""
        inside = soft > 0.5
        if not inside.any():
            return np.zeros_like(image)
        # An eightieth of a face is a lash or the rim of an iris, a twenty-fifth an eyelid or a lip.
        added, base = np.zeros_like(image), image
        for radius, gain in ((max(1, round(face / 80)), 2.0), (max(2, round(face / 25)), 1.5)):
            smooth = _guided(base, radius, 0.15**2)
            band = base - smooth
            # Most of a face is skin, so the median of a band is its grain: 2 of these deviations are not raised.
            grain = 1.4826 * float(np.median(np.abs(band[inside]))) + 1e-6
            added += gain * band * (1 - np.exp(-((band / (2.5 * grain)) ** 4)))
            base = smooth
        added *= self.options.strength * kept
        box = np.ones((5, 5), np.uint8)
        low, high = cv2.erode(image, box), cv2.dilate(image, box)
        limit = kept * self.options.contrast * (high - low)
        # Against halos, and for teeth and eyes: at most 0.5 % beyond the brightest and darkest pixels around.
        least, most = np.maximum(-limit, low - 0.005 - image), np.minimum(limit, high + 0.005 - image)
        for _ in range(3):
            # To keep the likeness, light and shadow of the face, all that is wider than a tenth of it, stay.
            added -= kept * cv2.GaussianBlur(added, (0, 0), max(2.0, face / 10))
            added = np.clip(added, least, most)
        return added


def _faces(rows: np.ndarray) -> list[Face]:
    """Rows of `measure` as faces, their landmarks unknown."""
    return [
        Face(box=tuple(float(v) for v in row[:4]), score=float(row[4]), landmarks=())  # type: ignore[arg-type]
        for row in rows[~np.isnan(rows[:, 0])]
    ]


def _fading(span: slice, length: int) -> np.ndarray:
    """How much of the effect a face gets in the frames of its track in a shot of `length` frames: float32 (n,)."""
    frames = np.arange(span.start, span.stop)
    begins = (frames - span.start + 1) / (FADE + 1) if span.start > 0 else np.ones(len(frames))
    ends = (span.stop - frames) / (FADE + 1) if span.stop < length else np.ones(len(frames))
    return np.minimum(1, np.minimum(begins, ends)).astype(np.float32)


def _guard(cut: tuple[int, int, int, int], box: tuple[float, ...]) -> np.ndarray:
    """Share 0..1 of the effect on the pixels of `cut` that teeth and eyes allow."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top

    def around(place: tuple[float, float, float, float]) -> np.ndarray:
        x, y, across, down = left + place[0] * width, top + place[1] * height, place[2] * width, place[3] * height
        # Full up to its edge: a smile is as wide as the place it is looked for in.
        return np.minimum(1, 3 * _ellipse(cut, (x - across, y - down, x + across, y + down)))

    # Clearer edges make a blurred iris darker by 4 % of white in the mean; with this by 1 %.
    eyes = np.maximum(around(EYES[0]), around(EYES[1]))
    return np.asarray((1 - 0.85 * eyes) * (1 - around(MOUTH)), np.float32)


def _ellipse(cut: tuple[int, int, int, int], box: tuple[float, float, float, float]) -> np.ndarray:
    """Share 0..1 of the effect on the pixels of `cut`: 1 in the face, 0 beyond an ellipse a fifth larger than `box`."""
    x0, y0, x1, y1 = cut
    left, top, right, bottom = box
    x = (np.arange(x0, x1, dtype=np.float32) - (left + right) / 2) / (0.6 * (right - left))
    y = (np.arange(y0, y1, dtype=np.float32) - (top + bottom) / 2) / (0.6 * (bottom - top))
    away = np.sqrt(x[None] ** 2 + y[:, None] ** 2)
    ramp = np.clip((1 - away) / 0.3, 0, 1)
    return (ramp * ramp * (3 - 2 * ramp)).astype(np.float32)


def _guided(image: np.ndarray, radius: int, edge: float) -> np.ndarray:
    """`image` smoothed but for edges of a variance above `edge`: the self-guided filter of He et al."""
    size = (2 * radius + 1, 2 * radius + 1)
    mean = cv2.blur(image, size)
    variance = np.maximum(cv2.blur(image * image, size) - mean * mean, 0)
    slope = variance / (variance + edge)
    return cv2.blur(slope, size) * image + cv2.blur(mean - slope * mean, size)
