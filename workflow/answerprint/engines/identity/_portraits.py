"""What all face recognisers share: a folder of portraits, and the person nearest to a face."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...film import picture_file
from ...frames.face_detection import Detector
from ...runtime.errors import FilmError
from .. import Engine

FEW = 5
"""Portraits among which `same` is the limit."""
CROWD = 0.04
"""Share of `same` by which the limit falls each time there are twice as many portraits: the more there are, the nearer
comes one by chance. Of the pairs of 24 different people on old photographs and film, dlib puts 1 % within 0.51, 0.5 %
within 0.48 and one pair, two women of a studio portrait, at 0.41; the limit among 40 portraits is 0.42."""


class Identity(Engine, ABC):
    """An engine that describes a face by numbers, which are close together for one person."""

    options: Any
    """Has `same`, the largest distance of one person's faces, and `clear`, how much further away the next must be."""
    detector: Detector

    @abstractmethod
    def describe(self, frame: np.ndarray, box: Sequence[float]) -> np.ndarray:
        """Descriptor of the face at `box` (left, top, right, bottom) of a uint8 RGB frame: float64 (k,)."""

    def portraits(self, folder: str | Path) -> dict[str, np.ndarray]:
        """Descriptors (k, 128) of each person in a folder of NAME.png or NAME/*.jpg, by name.

        Raises FilmError for an empty folder, and for a portrait that does not show exactly one face.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise FilmError(
                f"There is no folder of portraits at {folder}.", "Make one with a picture NAME.png of each person."
            )
        faces: dict[str, list[np.ndarray]] = {}
        for name, path in picture_file.portraits(folder):
            faces.setdefault(name, []).append(self._portrait(path))
        if not faces:
            raise FilmError(f"The folder of portraits {folder} holds no pictures.", "Name each NAME.png or NAME/1.jpg.")
        return {name: np.stack(descriptors) for name, descriptors in faces.items()}

    def _portrait(self, path: Path) -> np.ndarray:
        image = picture_file.read_rgb(path)
        if image is None:
            raise FilmError(f"The portrait {path} cannot be read as a picture.", "Save it again as JPEG or PNG.")
        faces = self.detector(image.astype(np.float32) / 255)
        if not faces:
            raise FilmError(f"The portrait {path} shows no face.", "Take one in which the face looks at the camera.")
        if len(faces) > 1:
            raise FilmError(
                f"The portrait {path} shows {len(faces)} faces.", "Crop it to the person it is named after."
            )
        return self.describe(image, faces[0].box)

    def name(self, descriptor: np.ndarray, portraits: dict[str, np.ndarray]) -> tuple[str | None, float]:
        """The person a descriptor belongs to and the distance to the nearest portrait; None for a stranger."""
        far = {name: float(np.linalg.norm(faces - descriptor, axis=1).min()) for name, faces in portraits.items()}
        order = sorted(far, key=lambda name: (far[name], name))
        if not order:
            return None, float("inf")
        clear = len(order) == 1 or far[order[1]] - far[order[0]] >= self.options.clear
        return (order[0] if far[order[0]] <= self.limit(portraits) and clear else None), far[order[0]]

    def limit(self, portraits: dict[str, np.ndarray]) -> float:
        """The largest distance at which one of these portraits gives its name."""
        return float(self.options.same * (1 - CROWD * np.log2(max(1.0, len(portraits) / FEW))))
