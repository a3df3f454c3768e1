"""One decision for each face that goes through a shot, from what was measured in some of its frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...frames import face_detection
from ...frames.face_detection import Face
from ...frames.face_tracks import FaceTrack, track_faces
from .. import Measures
from ._options import FaceOptions, Pointed
from ._quality import SHARP, Condition, Quality
from ._seen import Seen, calm_share
from ._sitters import NOBODY, Sitter, sitter

LENT = (6, 0.8)
"""Frames on either side from which a sharper one lends its detail, and how many pixels of blur sharper it must be."""
DETAIL, NETWORK, PORTRAIT = "detail", "network", "portrait"
"""How a face may be treated: its blur is undone, a network draws it anew, or a portrait of the person lends detail."""
PROTECTED = -1.0
"""The share of a face in which nothing may change."""
WISHES = ("protect", "leave", "enhance")
"""What a person may decide on a face; of several the first, the most careful, wins."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice:
    """What is done to a face, from its first frame in a shot to its last."""

    track: FaceTrack
    span: slice
    """Its frames, counted from the first of the shot; up to its ends if it was seen shortly before them."""
    condition: Condition
    quality: Quality
    method: str
    """How it is treated; empty if it is left as it is."""
    share: float
    """Of the change, 0..1."""
    likeness: float | None
    """To itself, at that share; None where nothing is done or nothing could be measured."""
    trembling: tuple[float, float]
    """How much its landmarks jump before and after the whole change, pixels."""
    reason: str
    decision: str
    """What a person decided on it: enhance, leave or protect; empty where nobody did."""
    pointed: tuple[str, ...]
    """The points of decisions that hit it, as they were written."""
    blurs: np.ndarray
    """float32 (n,): the blur of each of its frames, pixels."""
    lenders: np.ndarray
    """int16 (n,): how many frames further a sharper one lies that lends detail; 0 where none does."""
    sitter: Sitter = NOBODY
    """The portrait that lends detail, if that is how it is treated."""

    def row(self, first: int) -> dict[str, Any]:
        """The choice as plain values for the record; `first` is the film's number of the shot's first frame."""
        middle = (len(self.track.frames) - 1) // 2
        lent = [[first + self.span.start + int(i), int(self.lenders[i])] for i in np.flatnonzero(self.lenders)]
        return {
            "face": self.track.id + 1,
            "first": first + self.span.start,
            "last": first + self.span.stop - 1,
            "at": first + int(self.track.frames[middle]),
            "box": [round(float(v), 1) for v in self.track.boxes[middle]],
            "width": round(self.width, 1),
            "blur": round(self.condition.blur, 2),
            "grain": round(self.condition.noise, 4),
            "quality": self.quality,
            "done": self.method or ("protected" if self.share == PROTECTED else "left"),
            "share": round(max(self.share, 0.0), 3),
            "likeness": None if self.likeness is None else round(self.likeness, 4),
            "trembling": [round(value, 2) for value in self.trembling],
            "lent": [[frame, frame + offset] for frame, offset in lent] if self.method == DETAIL else [],
            "portrait": self.sitter.row() if self.method == PORTRAIT else None,
            "reason": self.reason,
            "decision": self.decision,
            "pointed": list(self.pointed),
        }

    @property
    def width(self) -> float:
        """Of the face, in the middle of its track, pixels."""
        return float(np.median(self.track.boxes[:, 2] - self.track.boxes[:, 0]))


def choices(measures: Measures, options: FaceOptions, methods: tuple[str, ...], first: int) -> list[Choice]:
    """What is done to each face of a shot, longest track first, so that the same face always comes before another.

    measures: as `FaceEngine.measure` gives them, of the whole shot; methods: what the engine can do to a good face and,
    if it has a second one, to a poor face. Raises nothing: a face that was never measured stays as it is.
    """
    detections = [_faces(*rows) for rows in zip(measures["boxes"], measures["landmarks"], strict=True)]
    looked = [faces if look else None for faces, look in zip(detections, measures["looked"], strict=True)]
    tracks = sorted(track_faces(looked), key=lambda track: (-len(track.frames), track.id))
    return [_choice(track, measures, options, methods, first) for track in tracks]


def _choice(track: FaceTrack, measures: Measures, options: FaceOptions, methods: tuple[str, ...], first: int) -> Choice:
    length = len(measures["looked"])
    # A face that was seen shortly before the end of the shot is still there, though the detector may miss it.
    begin, end = int(track.frames[0]), int(track.frames[-1]) + 1
    span = slice(0 if begin < face_detection.EVERY else begin, length if length - end < face_detection.EVERY else end)
    seen = Seen(track, measures)
    condition, blurs = seen.condition(), seen.blurs(span)
    lenders = _lenders(blurs)
    width = float(np.median(track.boxes[:, 2] - track.boxes[:, 0]))
    quality = condition.quality(width, options.smallest)
    portrait = sitter(seen, options, width) if quality in ("poor", "medium") else NOBODY
    if portrait.number >= 0:
        condition = Condition(blur=portrait.blur, grain=condition.grain)
        quality = condition.quality(width, options.smallest)
    method, reason = _method(quality, condition, methods, bool(lenders.any()))
    hits = _hits(track, span, measures, options, first)
    wish = next((one for one, points in hits.items() if points), "")
    if wish == "enhance":
        method, reason = methods[-1] if quality == "poor" else methods[0], "decided: enhance"
    if PORTRAIT in methods and method:
        method = PORTRAIT if portrait.number >= 0 else DETAIL
        reason += f"; {portrait.why or f'{portrait.person} lends, {portrait.distance:.2f} away'}"
    extent = NOTHING
    if wish in ("leave", "protect"):
        method, reason = "", f"decided: {wish}"
        extent = Extent(share=PROTECTED if wish == "protect" else 0.0)
    elif method:
        extent = _extent(seen, methods.index(method), options, width)
        reason = f"{reason}; {extent.limit}" if extent.limit else reason
        method = method if extent.share > 0 else ""
    return Choice(
        track=track, span=span, condition=condition, quality=quality, method=method, share=extent.share,
        likeness=extent.likeness, trembling=extent.trembling, reason=reason, decision=wish,
        pointed=tuple(point for points in hits.values() for point in points), blurs=blurs, lenders=lenders,
        sitter=portrait,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How much of a change is made to a face, and what was measured of that."""

    share: float = 0.0
    likeness: float | None = None
    trembling: tuple[float, float] = (0.0, 0.0)
    limit: str = ""
    """What forbids more."""


NOTHING = Extent()


def _extent(seen: Seen, way: int, options: FaceOptions, width: float) -> Extent:
    """As much of a method's change as the likeness and the landmarks of a face allow."""
    share, _, limit = seen.share(way, options)
    shaken = seen.trembling(way)
    calm = calm_share(shaken, width)
    if calm < share:
        share, limit = calm, "its landmarks would jump more"
    likeness = seen.likeness(way, share) if share > 0 else None
    return Extent(share=share, likeness=likeness, trembling=shaken, limit=limit)


def _method(quality: Quality, condition: Condition, methods: tuple[str, ...], lent: bool) -> tuple[str, str]:
    """How to treat a face of a quality, and why."""
    if quality == "tiny":
        return "", "too small to have detail"
    if quality == "poor":
        return methods[-1], "blurred or grainy beyond its own detail"
    if condition.blur <= SHARP and not lent:
        return "", "sharp already"
    return methods[0], f"blurred by {condition.blur:.1f} pixels"


def _lenders(blurs: np.ndarray) -> np.ndarray:
    """For each frame of a track how many frames further the sharpest one lies that may lend it detail; 0: none."""
    reach, better = LENT
    offsets = np.zeros(len(blurs), np.int16)
    for at, blur in enumerate(blurs):
        low = max(0, at - reach)
        near = blurs[low : at + reach + 1]
        # The nearest of those that are hardly worse than the sharpest.
        good = low + np.flatnonzero(near <= near.min() + 0.1)
        best = good[np.abs(good - at).argmin()]
        if blur**2 - blurs[best] ** 2 > better**2:
            offsets[at] = best - at
    return offsets


def _hits(track: FaceTrack, span: slice, measures: Measures, options: FaceOptions, first: int) -> dict[str, list[str]]:
    """For each thing that a person may decide the points, as written, that hit a face in the frames of its span."""
    around = int(track.frames[0]) - span.start, span.stop - int(track.frames[-1]) - 1
    boxes = np.pad(track.boxes, (around, (0, 0)), mode="edge")
    height, width = measures["size"][0]

    def hit(pointed: Pointed) -> bool:
        frame, x, y = pointed
        at = frame - first - span.start
        if not 0 <= at < len(boxes):
            return False
        left, top, right, bottom = boxes[at]
        return bool(left <= x * width <= right and top <= y * height <= bottom)

    points = {wish: zip(getattr(options, wish), options.pointed(wish), strict=True) for wish in WISHES}
    return {wish: [text for text, pointed in written if hit(pointed)] for wish, written in points.items()}


def _faces(boxes: np.ndarray, landmarks: np.ndarray) -> list[Face]:
    """Rows of `measure` as faces."""
    return [
        Face(
            box=tuple(float(v) for v in box[:4]),  # type: ignore[arg-type]
            score=float(box[4]),
            landmarks=tuple((float(x), float(y)) for x, y in points),
        )
        for box, points in zip(boxes, landmarks, strict=True)
        if np.isfinite(box[0])
    ]
