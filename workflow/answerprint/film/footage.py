"""A film's frames and sound together."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ..frames.face_detection import ReadFrames


@dataclass(frozen=True, kw_only=True, eq=False)
class Footage:
    """What there is to see and hear of a film."""

    read: ReadFrames
    samples: np.ndarray
    """float32 (n,), mono at 16 kHz; empty without sound, and possibly shorter than the picture."""
    rate: Fraction | float
    """Frames a second."""
