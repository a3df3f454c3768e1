"""Whose face it is: 512 numbers on a sphere by a published network, from a checkpoint in facenet-pytorch's format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...frames.face_crops import crop_square
from ...frames.face_detection import Detector
from ...runtime import torchvision_shim
from .. import Card, file_option
from .._weights import NetworkEngine, NetworkOptions, read_checkpoint
from ._portraits import Identity

SIDE = 160
MARGIN = 0.1
"""Share of the box added on each side: the network was trained on crops of MTCNN's boxes with 14 of 160 pixels more."""


@dataclass(frozen=True, kw_only=True)
class FacenetOptions(NetworkOptions):
    """Which checkpoint, and how alike two faces must be."""

    weights: str = file_option("facenet-vggface2")
    """A name in resources/models.yaml, or the path of a checkpoint of InceptionResnetV1."""
    same: float = 0.95
    """Largest distance between descriptors of one person, 0.5..1.4; its authors use 1.1 on photographs."""
    alike: float = 0.8
    """Largest distance between strangers in two shots that are counted as one person, 0.3..1.4."""
    clear: float = 0.1
    """A name is given only when the next person is further away by this much, 0..0.5."""

    def __post_init__(self) -> None:
        if not (0.5 <= self.same <= 1.4 and 0.3 <= self.alike <= 1.4 and 0 <= self.clear <= 0.5):
            raise ValueError("same must be within 0.5..1.4, alike within 0.3..1.4, clear within 0..0.5")


class Facenet(NetworkEngine, Identity):
    """InceptionResnetV1, trained on VGGFace2 or CASIA-WebFace."""

    card = Card(
        stage="identity",
        name="facenet",
        summary="Inception-ResNet face descriptor, 512 numbers, 99.65 % on Labeled Faces in the Wild.",
        paper="Schroff et al., FaceNet, CVPR 2015; Cao et al., VGGFace2, FG 2018",
        licence="MIT",
        weights=("facenet-vggface2",),
        gpu=True,
    )
    Options = FacenetOptions
    options: FacenetOptions
    expected = "a checkpoint of InceptionResnetV1"
    hint = "Give a state dict in facenet-pytorch's format."

    def load(self) -> None:
        """Read the checkpoint, and the face detector. Raises FilmError when it is not of this network."""
        super().load()
        self.detector = Detector(device=self.device)

    def build(self, path: Path) -> Any:
        """The network without its last layer."""
        torchvision_shim.prepare()
        from facenet_pytorch import InceptionResnetV1

        network = InceptionResnetV1(pretrained=None, classify=False)
        state, _ = read_checkpoint(path)
        # The published files also hold the layer that told the people of the training set apart.
        network.load_state_dict({k: v for k, v in state.items() if not k.startswith("logits.")})
        return self.inference.placed(network)

    def describe(self, frame: np.ndarray, box: Sequence[float]) -> np.ndarray:
        """Descriptor of the face at `box` (left, top, right, bottom) of a uint8 RGB frame: float64 (512,), length 1."""
        # Grey always: a coloured portrait and a black-and-white film are then alike.
        grey = cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_RGB2GRAY).astype(np.float32)[..., None]
        face = crop_square(grey, np.asarray(box, np.float32), SIDE, MARGIN)[..., 0]
        pixels = (np.repeat(face[None], 3, axis=0) - 127.5) / 128.0
        return next(self.inference.answers(self.network, [[pixels]])).astype(np.float64)
