"""Whose face it is: 128 numbers a face by dlib, close together for one person, compared with portraits."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...frames.face_detection import Detector
from ...runtime.errors import FilmError
from .. import Card
from ._portraits import Identity


@dataclass(frozen=True, kw_only=True)
class DlibOptions:
    """How alike two faces must be."""

    same: float = 0.48
    """Largest distance between descriptors of one person, 0.3..0.7. dlib's authors use 0.6 on sharp photographs; women
    of one age come as near as 0.53 on film, while one person's face, averaged over grain, lies 0.1 to 0.3 away."""
    alike: float = 0.45
    """Largest distance between strangers in two shots that are counted as one person, 0.3..0.7; under heavy grain
    different people come as close as 0.45."""
    clear: float = 0.06
    """A name is given only when the next person is further away by this much, 0..0.3."""

    def __post_init__(self) -> None:
        if not (0.3 <= self.same <= 0.7 and 0.3 <= self.alike <= 0.7 and 0 <= self.clear <= 0.3):
            raise ValueError("same and alike must be within 0.3..0.7, clear within 0..0.3")


class Dlib(Identity):
    """dlib's face recognition network behind its five-point alignment."""

    card = Card(
        stage="identity",
        name="dlib",
        summary="ResNet-29 face descriptor, 128 numbers, 99.38 % on Labeled Faces in the Wild.",
        paper="King, High Quality Face Recognition with Deep Metric Learning, dlib blog 2017; King, Dlib-ml, JMLR 2009",
        licence="CC0-1.0",
    )
    Options = DlibOptions
    options: DlibOptions

    def load(self) -> None:
        """Read both networks from the wheel of face_recognition_models."""
        import dlib

        # Its __init__ imports pkg_resources, which setuptools no longer has: only its folder is needed.
        spec = importlib.util.find_spec("face_recognition_models")
        if spec is None or not spec.submodule_search_locations:
            raise FilmError("The package face_recognition_models is not installed.", "Install it with pip.")
        folder = Path(spec.submodule_search_locations[0]) / "models"
        self.align: Any = dlib.shape_predictor(str(folder / "shape_predictor_5_face_landmarks.dat"))
        self.network: Any = dlib.face_recognition_model_v1(str(folder / "dlib_face_recognition_resnet_model_v1.dat"))
        self.detector = Detector(device=self.device)

    def describe(self, frame: np.ndarray, box: Sequence[float]) -> np.ndarray:
        """Descriptor of the face at `box` (left, top, right, bottom) of a uint8 RGB frame: float64 (128,)."""
        import dlib

        # Grey always: a coloured portrait and a black-and-white film otherwise lie 0.2 apart.
        grey = cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_RGB2GRAY)
        left, top, right, bottom = (float(v) for v in box)
        # Heavy grain moves a face by 0.45; with a median of 3x3 by 0.39. A small face would lose its features to it.
        if right - left >= 80:
            grey = cv2.medianBlur(grey, 3)
        # dlib's own detector draws squares as wide as MTCNN's boxes, a little below their middle.
        x, y, half = (left + right) / 2, (top + bottom) / 2 + 0.05 * (bottom - top), (right - left) / 2
        square = dlib.rectangle(round(x - half), round(y - half), round(x + half), round(y + half))
        image = np.ascontiguousarray(np.repeat(grey[..., None], 3, axis=2))
        return np.array(self.network.compute_face_descriptor(image, self.align(image, square)))
