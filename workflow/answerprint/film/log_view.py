"""How film that was scanned in log is shown: through a view of ACES, on what is looked at and never on what is kept.

The values of a log scan stay as they are in every working file, in the master and in the mezzanine. Access prints and
the report's stills are made for screens, on which log looks flat and grey.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

LOGS = {
    "cineon": "",
    "adx10": "ADX10",
    "adx16": "ADX16",
    "acescct": "ACEScct",
    "arri-logc3": "ARRI LogC3 (EI800)",
    "arri-logc4": "ARRI LogC4",
    "sony-slog3": "S-Log3 S-Gamut3.Cine",
    "canon-log2": "CanonLog2 CinemaGamut D55",
    "canon-log3": "CanonLog3 CinemaGamut D55",
    "panasonic-vlog": "V-Log V-Gamut",
    "red-log3g10": "Log3G10 REDWideGamutRGB",
}
"""Log encodings by the word that declares them as the source's transfer, and their colour spaces in the configuration
of ACES; Cineon is none of ACES and is defined here."""
CONFIGURATION = "studio-config-v2.2.0_aces-v1.3_ocio-v2.4"
"""The configuration of ACES that comes with OpenColorIO; of a fixed version, so that a film is shown alike later."""
DISPLAY, VIEW = "Rec.1886 Rec.709 - Display", "ACES 1.0 - SDR Video"
CINEON_LINEAR = "Linear Rec.709 (sRGB)"
CINEON_WHITE, CINEON_STEP, NEGATIVE_GAMMA = 685, 0.002, 0.6
"""Code of white, density of a code, and contrast of negative film (Kodak, "Conversion of 10-bit Log Film Data to 8-bit
Linear or Video Data for the Cineon Digital Film System", 1995)."""
CINEON_BLACK = 10 ** ((95 - CINEON_WHITE) * CINEON_STEP / NEGATIVE_GAMMA)
"""Light of the code of black, 95."""


def shown(planes: np.ndarray, transfer: str, depth: int) -> np.ndarray:
    """Stored values uint16 (1 or 3, h, w) of a log scan as a BT.709 screen shows them, in as many bits and channels."""
    levels, shift = np.float32((1 << depth) - 1), np.uint16(16 - depth)
    picture = shown_frame(np.moveaxis((planes >> shift).astype(np.float32) / levels, 0, 2), transfer)
    return np.moveaxis(np.rint(np.clip(picture, 0, 1) * levels).astype(np.uint16), 2, 0) << shift


def shown_frame(frame: np.ndarray, transfer: str) -> np.ndarray:
    """A frame (h, w, 1 or 3) of code values 0..1 of a log scan, as a BT.709 screen shows it: float32."""
    three = np.ascontiguousarray(np.broadcast_to(frame, (*frame.shape[:2], 3)), np.float32).copy()
    _processor(transfer).applyRGB(three)
    # Grey stays grey through every view but for rounding.
    return np.clip(three[..., : frame.shape[2]] if frame.shape[2] == 3 else three[..., 1:2], 0, 1)


@lru_cache(maxsize=4)
def _processor(transfer: str) -> Any:
    import PyOpenColorIO as ocio

    config = ocio.Config.CreateFromBuiltinConfig(CONFIGURATION)
    steps = ocio.GroupTransform()
    source = LOGS[transfer]
    if not source:
        steps.appendTransform(_cineon(ocio))
        source = CINEON_LINEAR
    steps.appendTransform(ocio.DisplayViewTransform(src=source, display=DISPLAY, view=VIEW))
    return config.getProcessor(steps).getDefaultCPUProcessor()


def _cineon(ocio: Any) -> Any:
    """Cineon's code values to light, 0 black and 1 white."""
    steps = NEGATIVE_GAMMA / CINEON_STEP / 1023
    transform = ocio.LogAffineTransform(
        logSideSlope=[steps] * 3,
        logSideOffset=[CINEON_WHITE / 1023] * 3,
        linSideSlope=[1 - CINEON_BLACK] * 3,
        linSideOffset=[CINEON_BLACK] * 3,
        direction=ocio.TRANSFORM_DIR_INVERSE,
    )
    transform.setBase(10)
    return transform
