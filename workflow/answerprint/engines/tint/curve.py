"""Lays a tint or a tone of silent film on a grey picture: a colour for each brightness."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from .. import Card, Clip, PixelEngine, Result

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, kw_only=True)
class CurveOptions:
    """The colours of a tint."""

    colours: tuple[str, ...] = ()
    """What greys from black to white, evenly spaced, look like, as "#rrggbb": two for a simple tint, such as "#000000"
    and "#f0c060" for amber; more for what was measured. None: the shot is not tinted."""

    def __post_init__(self) -> None:
        if len(self.colours) == 1 or len(self.colours) > 64:
            raise ValueError(f"colours must be none, or 2 to 64 from black to white, not {len(self.colours)}")
        for colour in self.colours:
            if not _COLOUR.fullmatch(str(colour)):
                raise ValueError(f"colour {colour!r} is not #rrggbb")


class Curve(PixelEngine):
    """Colours each brightness as the film's tint did."""

    card = Card(
        stage="tint",
        name="curve",
        kind="repair",
        summary="the tint or tone of silent film, laid on the grey picture as it was measured or decided",
        paper="Read and Meyer, Restoration of Motion Picture Film, 2000",
        licence="Apache-2.0",
        cost=0.05,
        memory=40,
        output_channels=3,
    )
    Options = CurveOptions
    options: CurveOptions

    def run(self, clip: Clip) -> Result:
        """The core frames, tinted, in three channels."""
        frames = clip.frames[clip.core]
        three = np.repeat(frames, 3, axis=3) if frames.shape[3] == 1 else frames.copy()
        # Where colours were found in some frames of a shot alone, those frames keep them.
        tinted = bool(self.options.colours) & (three == three[..., :1]).all(axis=(1, 2, 3))
        if tinted.any():
            colours = np.array([list(bytes.fromhex(colour[1:])) for colour in self.options.colours]) / 255
            greys = np.linspace(0, 1, len(colours))
            for row in np.flatnonzero(tinted):
                bright = three[row, ..., 0]
                three[row] = np.stack([np.interp(bright, greys, colours[:, k]) for k in range(3)], axis=-1)
        mask = np.broadcast_to(tinted[:, None, None], frames.shape[:3]).copy()
        return Result(frames=three, mask=mask)
