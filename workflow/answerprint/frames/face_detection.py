"""Faces found on every k-th frame of a film.

The detector is MTCNN (Zhang et al., "Joint Face Detection and Alignment using Multi-task Cascaded Convolutional
Networks", IEEE SPL 2016), whose weights come with facenet-pytorch. Which frames it looks at depends only on their
number in the film, so the faces do not depend on how the film is cut into parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..runtime import torchvision_shim
from ..runtime.inference import Inference
from .optical_flow import eight_bits, luma

ReadFrames = Callable[[int, int], np.ndarray]
"""Returns frames start..stop-1 of the film as float32 (n, h, w, c)."""
Shots = Sequence[tuple[int, int]]
"""(start, stop) in film frames, stop exclusive."""
Box = tuple[float, float, float, float]
"""left, top, right, bottom in pixels of the full frame; may reach past its edges."""

WIDTH = 480
"""Wider frames are reduced to this width: a face of 20 px there, 4 % of the picture, is the smallest worth a name."""
EVERY = 3
"""Detection looks at every third frame: at 25 fps a head moves less than a fifth of its width in 0.12 s."""


@dataclass(frozen=True, kw_only=True)
class Face:
    """One face in one frame, in pixels of the full frame."""

    box: Box
    score: float
    """How sure the detector is, 0..1."""
    landmarks: tuple[tuple[float, float], ...]
    """Five points (x, y): the eyes at the picture's left and right, nose tip, mouth corners left and right."""


Detections = Sequence[list[Face] | None]
"""The faces of consecutive frames; None where detection did not look."""


class Detector:
    """MTCNN, which looks at one frame at a time, so that no result depends on a batch.

    Its own batches are the sizes of a frame and the candidates in it. It runs in float32 on a GPU too: in half
    precision its boxes would lie on multiples of half a pixel.
    """

    def __init__(self, *, device: str = "cpu", smallest: int = 20) -> None:
        torchvision_shim.prepare()
        from facenet_pytorch import MTCNN

        # The last threshold is 0.8 rather than 0.7: at 0.7, curtains on grainy film without people pass as faces.
        network = MTCNN(keep_all=True, device=device, min_face_size=smallest, thresholds=[0.6, 0.7, 0.8])
        self.inference = Inference(device=device)
        self.network = self.inference.placed(network)

    def __call__(self, frame: np.ndarray) -> list[Face]:
        """Faces of one frame, float32 (h, w, c) 0..1, largest first."""
        image, scale = self._input(frame)
        with self.inference.running():
            boxes, scores, points = self.network.detect(np.repeat(image[..., None], 3, axis=2), landmarks=True)
        if boxes is None:
            return []
        # The detector is not accurate to a tenth of a pixel, and rounding hides the last bits of other processors.
        return [
            Face(
                box=tuple(round(float(v) / scale, 1) for v in box),  # type: ignore[arg-type]
                score=round(float(score), 3),
                landmarks=tuple((round(float(x) / scale, 1), round(float(y) / scale, 1)) for x, y in five),
            )
            for box, score, five in zip(boxes, scores, points, strict=True)
        ]

    def _input(self, frame: np.ndarray) -> tuple[np.ndarray, float]:
        """The grey image uint8 (h, w) that the network gets, and its size as a share of the frame's."""
        height, width = frame.shape[:2]
        scale = min(1.0, WIDTH / width)
        # Always grey: the coloured and the grey edition then give the same box for the same face.
        image = eight_bits(luma(frame))
        if scale < 1.0:
            image = cv2.resize(image, (WIDTH, max(1, round(height * scale))), interpolation=cv2.INTER_AREA)
        # MTCNN fails on images smaller than its smallest face, for which its pyramid is empty.
        low, thin = (max(0, self.network.min_face_size + 4 - side) for side in image.shape)
        return cv2.copyMakeBorder(image, 0, low, 0, thin, cv2.BORDER_REPLICATE), scale


def detect(frames: np.ndarray, *, detector: Detector | None = None) -> list[list[Face]]:
    """Faces of each frame, float32 (n, h, w, c) 0..1, in pixels of these frames."""
    detector = detector or Detector()
    return [detector(frame) for frame in frames]


def sampled_frames(start: int, stop: int, *, every: int = EVERY, shots: Shots = ()) -> list[int]:
    """Frames of start..stop-1 that detection looks at: every k-th of the film, and both ends of each shot."""
    ends = {frame for shot in shots for frame in (shot[0], shot[1] - 1)}
    return [frame for frame in range(start, stop) if frame % every == 0 or frame in ends]


def detect_section(
    read: ReadFrames,
    start: int,
    stop: int,
    *,
    every: int = EVERY,
    shots: Shots = (),
    detector: Detector | None = None,
) -> dict[str, Any]:
    """Faces of frames start..stop-1 as JSON: {"first", "frames", "faces": {frame: [face, ...]}}."""
    detector = detector or Detector()
    faces = {
        str(frame): [_as_json(face) for face in detector(read(frame, frame + 1)[0])]
        for frame in sampled_frames(start, stop, every=every, shots=shots)
    }
    return {"first": start, "frames": stop - start, "faces": faces}


def join_sections(sections: Iterable[Mapping[str, Any]]) -> list[list[Face] | None]:
    """Detections of the whole film from the results of `detect_section`, in any order."""
    sections = sorted(sections, key=lambda section: section["first"])
    length = max((section["first"] + section["frames"] for section in sections), default=0)
    detections: list[list[Face] | None] = [None] * length
    for section in sections:
        for frame, faces in section["faces"].items():
            detections[int(frame)] = [_from_json(face) for face in faces]
    return detections


def _as_json(face: Face) -> dict[str, Any]:
    return {"box": list(face.box), "score": face.score, "landmarks": [list(point) for point in face.landmarks]}


def _from_json(face: Mapping[str, Any]) -> Face:
    return Face(box=tuple(face["box"]), score=face["score"], landmarks=tuple((x, y) for x, y in face["landmarks"]))
