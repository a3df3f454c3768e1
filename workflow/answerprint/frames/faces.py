"""Faces in a film: found on every k-th frame, followed through each shot, cut out upright.

Detection is MTCNN (Zhang et al., "Joint Face Detection and Alignment using Multi-task Cascaded Convolutional
Networks", IEEE SPL 2016), whose weights come with facenet-pytorch. Which frames are looked at depends on their
number in the film only, so cutting the film into other parts changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..runtime import torchvision_shim
from .optical_flow import eight_bits, luma

Read = Callable[[int, int], np.ndarray]
"""Gives frames start..stop-1 of the film as float32 (n, h, w, c)."""
Shots = Sequence[tuple[int, int]]
Detections = Sequence["list[Face] | None"]
"""Faces of consecutive frames; None where nobody looked."""

WIDTH = 480
"""Wider frames are reduced to this: a face of 20 px there, 4 % of the picture, is the smallest worth a name."""
EVERY = 3
"""Frames between two looks: at 25 fps a head moves less than a fifth of its width in 0.12 s."""
GAP = 24
"""Frames that a face may be missed for (a turned head, a passing hand) and still be the same track."""


@dataclass(frozen=True, kw_only=True)
class Face:
    """One face in one frame, in pixels of the full frame."""

    box: tuple[float, float, float, float]
    """left, top, right, bottom; may reach past the frame's edge."""
    score: float
    """How sure the detector is, 0..1."""
    landmarks: tuple[tuple[float, float], ...]
    """Five points (x, y): the eyes at the picture's left and right, nose tip, mouth corners left and right."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Track:
    """One face followed through consecutive frames of one shot."""

    id: int
    frames: np.ndarray
    """int64 (n,): film frame numbers without gaps."""
    boxes: np.ndarray
    """float32 (n, 4): left, top, right, bottom in pixels."""
    landmarks: np.ndarray
    """float32 (n, 5, 2)."""
    scores: np.ndarray
    """float32 (n,): the detector's score, 0 where the face was interpolated."""


class Detector:
    """MTCNN, ready to look at one frame at a time, so that no result depends on a batch."""

    def __init__(self, *, device: str = "cpu", smallest: int = 20) -> None:
        torchvision_shim.prepare()
        from facenet_pytorch import MTCNN

        # The last threshold is 0.8 rather than 0.7: on grainy film without people 0.7 let curtains pass as faces.
        self.network = MTCNN(keep_all=True, device=device, min_face_size=smallest, thresholds=[0.6, 0.7, 0.8])

    def __call__(self, frame: np.ndarray) -> list[Face]:
        """Faces of one frame, float32 (h, w, c), largest first."""
        import torch

        height, width = frame.shape[:2]
        scale = min(1.0, WIDTH / width)
        # Grey for everything: the same face in the coloured and the grey edition gives the same box.
        image = eight_bits(luma(frame))
        if scale < 1.0:
            image = cv2.resize(image, (WIDTH, max(1, round(height * scale))), interpolation=cv2.INTER_AREA)
        # MTCNN's pyramid is empty below its smallest face and fails there.
        low, thin = (max(0, self.network.min_face_size + 4 - side) for side in image.shape)
        image = cv2.copyMakeBorder(image, 0, low, 0, thin, cv2.BORDER_REPLICATE)
        with torch.no_grad():
            boxes, scores, points = self.network.detect(np.repeat(image[..., None], 3, axis=2), landmarks=True)
        if boxes is None:
            return []
        # A tenth of a pixel is more than the detector can tell, and hides the last bits of other processors.
        return [
            Face(
                box=tuple(round(float(v) / scale, 1) for v in box),
                score=round(float(score), 3),
                landmarks=tuple((round(float(x) / scale, 1), round(float(y) / scale, 1)) for x, y in five),
            )
            for box, score, five in zip(boxes, scores, points, strict=True)
        ]


def detect(frames: np.ndarray, *, detector: Detector | None = None) -> list[list[Face]]:
    """Faces of each frame, float32 (n, h, w, c), 0..1, in pixels of these frames."""
    detector = detector or Detector()
    return [detector(frame) for frame in frames]


def looked_at(start: int, stop: int, *, every: int = EVERY, shots: Shots = ()) -> list[int]:
    """Frames of start..stop-1 that detection looks at: every k-th of the film, and both ends of each shot."""
    ends = {frame for shot in shots for frame in (shot[0], shot[1] - 1)}
    return [frame for frame in range(start, stop) if frame % every == 0 or frame in ends]


def detect_part(
    read: Read,
    start: int,
    stop: int,
    *,
    every: int = EVERY,
    shots: Shots = (),
    device: str = "cpu",
    detector: Detector | None = None,
) -> dict[str, Any]:
    """Faces of frames start..stop-1 as JSON: {"first", "frames", "faces": {frame: [face, ...]}}."""
    detector = detector or Detector(device=device)
    faces = {
        str(frame): [as_json(face) for face in detector(read(frame, frame + 1)[0])]
        for frame in looked_at(start, stop, every=every, shots=shots)
    }
    return {"first": start, "frames": stop - start, "faces": faces}


def as_json(face: Face) -> dict[str, Any]:
    """One face as plain lists."""
    return {"box": list(face.box), "score": face.score, "landmarks": [list(point) for point in face.landmarks]}


def from_parts(parts: Iterable[dict[str, Any]]) -> list[list[Face] | None]:
    """Detections of the whole film from what `detect_part` gave for its parts, in any order."""
    parts = sorted(parts, key=lambda part: part["first"])
    detections: list[list[Face] | None] = [None] * max((p["first"] + p["frames"] for p in parts), default=0)
    for part in parts:
        for frame, faces in part["faces"].items():
            detections[int(frame)] = [
                Face(box=tuple(f["box"]), score=f["score"], landmarks=tuple((x, y) for x, y in f["landmarks"]))
                for f in faces
            ]
    return detections


def track(detections: Detections, first: int = 0, shots: Shots | None = None, *, gap: int = GAP) -> list[Track]:
    """Faces followed from look to look within each shot; frames between are interpolated along straight lines.

    `detections[i]` belongs to frame first + i. `shots` are (start, stop) in film frames; None: one shot.
    """
    tracks: list[Track] = []
    for start, stop in shots if shots is not None else [(first, first + len(detections))]:
        begun: list[list[tuple[int, Face]]] = []
        for frame in range(max(start, first), min(stop, first + len(detections))):
            faces = detections[frame - first]
            if faces:
                _extend(begun, frame, faces, gap)
        looks = sum(d is not None for d in detections[max(0, start - first) : max(0, stop - first)])
        # A face seen once where there were many looks is a flaw of the film or the detector.
        kept = [seen for seen in begun if len(seen) > 1 or (looks <= 2 and seen[0][1].score > 0.95)]
        tracks += [_filled(len(tracks) + i, seen) for i, seen in enumerate(kept)]
    return tracks


def _extend(begun: list[list[tuple[int, Face]]], frame: int, faces: list[Face], gap: int) -> None:
    """Give each face to the track that it continues best, or begin one."""
    from scipy.optimize import linear_sum_assignment

    open_tracks = [seen for seen in begun if frame - seen[-1][0] <= gap]
    taken = set()
    if open_tracks:
        cost = np.array([[_distance(seen[-1][1].box, face.box) for face in faces] for seen in open_tracks])
        for row, column in zip(*linear_sum_assignment(cost), strict=True):
            if cost[row, column] < 1.0:
                open_tracks[row].append((frame, faces[column]))
                taken.add(column)
    begun.extend([(frame, face)] for i, face in enumerate(faces) if i not in taken)


def _distance(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    """How unlike two boxes are, from place, size and overlap: under 1 they may be the same face."""
    (aw, ah), (bw, bh) = ((box[2] - box[0], box[3] - box[1]) for box in (a, b))
    size = ((aw * ah * bw * bh) ** 0.25) or 1.0
    away = np.hypot(a[0] + a[2] - b[0] - b[2], a[1] + a[3] - b[1] - b[3]) / 2 / size
    grown = abs(np.log(max(aw * ah, 1e-6) / max(bw * bh, 1e-6))) / 2
    across = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    overlap = across / max(aw * ah + bw * bh - across, 1e-6)
    # Reaches 1 when the centre moved 0.8 of a face, the face doubled, or half of each with little overlap.
    return float(away + grown + 0.2 * (1.0 - overlap)) if grown < np.log(2) else 9.0


def _filled(number: int, seen: list[tuple[int, Face]]) -> Track:
    at = np.array([frame for frame, _ in seen])
    frames = np.arange(at[0], at[-1] + 1)
    known = np.array([[*face.box, *np.ravel(face.landmarks)] for _, face in seen], np.float64)
    values = np.stack([np.interp(frames, at, column) for column in known.T], axis=1).astype(np.float32)
    scores = np.zeros(len(frames), np.float32)
    scores[at - at[0]] = [face.score for _, face in seen]
    return Track(
        id=number, frames=frames, boxes=values[:, :4], landmarks=values[:, 4:].reshape(-1, 5, 2), scores=scores
    )


def tracks_as_json(tracks: Sequence[Track]) -> list[dict[str, Any]]:
    """Tracks as plain lists: [{"id", "first", "boxes", "landmarks", "scores"}], rounded to a tenth of a pixel."""
    return [
        {
            "id": t.id,
            "first": int(t.frames[0]),
            "boxes": np.round(t.boxes.astype(float), 1).tolist(),
            "landmarks": np.round(t.landmarks.astype(float), 1).tolist(),
            "scores": np.round(t.scores.astype(float), 3).tolist(),
        }
        for t in tracks
    ]


def tracks_from_json(tracks: Sequence[dict[str, Any]]) -> list[Track]:
    """The reverse of `tracks_as_json`."""
    return [
        Track(
            id=t["id"],
            frames=np.arange(t["first"], t["first"] + len(t["boxes"])),
            boxes=np.array(t["boxes"], np.float32),
            landmarks=np.array(t["landmarks"], np.float32),
            scores=np.array(t["scores"], np.float32),
        )
        for t in tracks
    ]


def smooth(track: Track, frames: float = 2.0) -> np.ndarray:
    """Landmarks (n, 5, 2) without the detector's jitter: a Gaussian over time with this standard deviation."""
    from scipy.ndimage import gaussian_filter1d

    return gaussian_filter1d(track.landmarks, frames, axis=0, mode="nearest")


def crop_square(frame: np.ndarray, box: np.ndarray, size: int, margin: float = 0.0) -> np.ndarray:
    """The square round a face, widened by `margin` of its side on each edge: float32 (size, size, c)."""
    left, top, right, bottom = (float(v) for v in box)
    side = max(right - left, bottom - top) * (1.0 + 2.0 * margin)
    scale = size / max(side, 1.0)
    x, y = (left + right - side) / 2, (top + bottom - side) / 2
    matrix = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]])
    return _cut(frame, matrix, size, size, scale)


def crop_upright(frame: np.ndarray, points: np.ndarray, template: np.ndarray, width: int, height: int) -> np.ndarray:
    """The picture turned, moved and scaled so that `points` (k, 2) lie on `template` (k, 2): (height, width, c).

    The least-squares similarity of Umeyama, IEEE TPAMI 13(4), 1991.
    """
    source, target = points - points.mean(axis=0), template - template.mean(axis=0)
    u, singular, v = np.linalg.svd(target.T @ source)
    flip = np.diag([1.0, np.sign(np.linalg.det(u @ v))])
    turn = u @ flip @ v * (np.trace(np.diag(singular) @ flip) / max((source**2).sum(), 1e-6))
    matrix = np.hstack([turn, (template.mean(axis=0) - turn @ points.mean(axis=0))[:, None]])
    return _cut(frame, matrix, width, height, float(np.sqrt(abs(np.linalg.det(turn)))))


def _cut(frame: np.ndarray, matrix: np.ndarray, width: int, height: int, scale: float) -> np.ndarray:
    """`frame` through an affine matrix; blurred first when it shrinks, or fine grain would turn into motion."""
    if scale < 0.75:
        # Only what the crop needs is blurred: a face may be a hundredth of a 4K frame.
        corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float64)
        back = cv2.invertAffineTransform(matrix)
        points = corners @ back[:, :2].T + back[:, 2]
        border = 2.0 / max(scale, 1e-3)
        x0, y0 = (int(v) for v in np.clip(points.min(axis=0) - border, 0, (frame.shape[1] - 1, frame.shape[0] - 1)))
        x1, y1 = (int(v) + 1 for v in np.clip(points.max(axis=0) + border, (x0, y0), frame.shape[1::-1]))
        frame = cv2.GaussianBlur(np.ascontiguousarray(frame[y0:y1, x0:x1]), (0, 0), 0.4 / scale)
        matrix = np.hstack([matrix[:, :2], (matrix[:, 2] + matrix[:, :2] @ (x0, y0))[:, None]])
    cut = cv2.warpAffine(frame, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cut.reshape(height, width, -1)


def measures(detections: Sequence[list[Face] | None], scale: float, most: int = 16) -> dict[str, np.ndarray]:
    """Detections as the stage `faces` measures them: `boxes` (n, most, 5) in pixels of frames `scale` times as large.

    A row is left, top, right, bottom, score, or NaN; `looked` (n,) is False where detection did not look.
    """
    boxes = np.full((len(detections), most, 5), np.nan, np.float32)
    for index, faces in enumerate(detections):
        for row, face in enumerate((faces or [])[:most]):
            boxes[index, row] = (*(scale * value for value in face.box), face.score)
    return {"boxes": boxes, "looked": np.array([faces is not None for faces in detections])}
