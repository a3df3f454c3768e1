"""A drawn face that the detector takes for a real one."""

from __future__ import annotations

import cv2
import numpy as np


def drawn_face(
    size: int = 120, mouth: float = 0.05, centre: float | None = None, width: int | None = None
) -> np.ndarray:
    """A grey cartoon, float32 (2 * size, width, 1), that the detector takes for a face."""
    image = np.full((2 * size, width or 2 * size), 0.35, np.float32)
    scale, x0 = size / 120, centre or size

    def ellipse(x: float, y: float, rx: float, ry: float, value: float) -> None:
        axes = max(1, int(rx * scale)), max(1, int(ry * scale))
        cv2.ellipse(image, (int(x0 + x * scale), int(size + y * scale)), axes, 0, 0, 360, value, -1, cv2.LINE_AA)

    ellipse(0, -15, 52, 68, 0.12)
    ellipse(0, 5, 44, 58, 0.75)
    for x in (-18, 18):
        ellipse(x, -17, 12, 2.5, 0.2)
        ellipse(x, -6, 9, 5, 0.92)
        ellipse(x, -6, 4, 5, 0.1)
    ellipse(0, 14, 7, 5, 0.55)
    ellipse(0, 6, 3, 14, 0.85)
    for x in (-4, 4):
        ellipse(x, 16, 2, 2, 0.25)
    ellipse(0, 34, 18, 5 + mouth * 60, 0.45)
    ellipse(0, 34, 14, 1 + mouth * 50, 0.15)
    return cv2.GaussianBlur(image, (0, 0), 1.2 * scale)[..., None]
