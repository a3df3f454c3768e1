"""How film in log or linear light is shown: through a view of ACES, on what is looked at and never on what is kept.

The values of such a scan stay as they are in every working file, in the master and in the mezzanine. Access prints and
the report's stills are made for screens, on which log looks flat and grey, and linear light dark.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from .facts import Colour

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
LINEAR, LINEAR_709 = "linear", "Linear Rec.709 (sRGB)"
PRIMARIES = {"bt2020": "Linear Rec.2020", "smpte432": "Linear P3-D65"}
"""Primaries of linear light, and their colour spaces in that configuration; others are taken for BT.709's."""
SPACES = {**LOGS, LINEAR: LINEAR_709, **{f"{LINEAR} {name}": space for name, space in PRIMARIES.items()}}
"""The colour space of each view by its name."""
CONFIGURATION = "studio-config-v2.2.0_aces-v1.3_ocio-v2.4"
"""The configuration of ACES that comes with OpenColorIO; of a fixed version, so that a film is shown alike later."""
DISPLAY, VIEW = "Rec.1886 Rec.709 - Display", "ACES 1.0 - SDR Video"
CINEON_WHITE, CINEON_STEP, NEGATIVE_GAMMA = 685, 0.002, 0.6
"""Code of white, density of a code, and contrast of negative film (Kodak, "Conversion of 10-bit Log Film Data to 8-bit
Linear or Video Data for the Cineon Digital Film System", 1995)."""
CINEON_BLACK = 10 ** ((95 - CINEON_WHITE) * CINEON_STEP / NEGATIVE_GAMMA)
"""Light of the code of black, 95."""


def view_of(tags: Colour) -> str:
    """The name of the view through which a film with these tags is shown; empty for one that is made for a screen."""
    transfer = tags.transfer or ""
    if transfer == LINEAR and tags.primaries in PRIMARIES:
        return f"{LINEAR} {tags.primaries}"
    return transfer if transfer in SPACES else ""


def shown(planes: np.ndarray, view: str, depth: int) -> np.ndarray:
    """Stored values uint16 (1 or 3, h, w) of a scan as a BT.709 screen shows them, in as many bits and channels."""
    levels, shift = np.float32((1 << depth) - 1), np.uint16(16 - depth)
    picture = shown_frame(np.moveaxis((planes >> shift).astype(np.float32) / levels, 0, 2), view)
    return np.moveaxis(np.rint(np.clip(picture, 0, 1) * levels).astype(np.uint16), 2, 0) << shift


def shown_frame(frame: np.ndarray, view: str) -> np.ndarray:
    """A frame (h, w, 1 or 3) of code values 0..1 of a scan, as a BT.709 screen shows it: float32."""
    three = np.ascontiguousarray(np.broadcast_to(frame, (*frame.shape[:2], 3)), np.float32).copy()
    _processor(view).applyRGB(three)
    # Grey stays grey through every view but for rounding.
    return np.clip(three[..., : frame.shape[2]] if frame.shape[2] == 3 else three[..., 1:2], 0, 1)


@lru_cache(maxsize=4)
def _processor(view: str) -> Any:
    import PyOpenColorIO as ocio

    config = ocio.Config.CreateFromBuiltinConfig(CONFIGURATION)
    steps = ocio.GroupTransform()
    source = SPACES[view]
    if not source:
        steps.appendTransform(_cineon(ocio))
        source = LINEAR_709
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
