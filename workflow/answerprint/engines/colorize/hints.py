"""Colour from a person's hints: coloured frames and points of colour, carried through the shot by optical flow."""

from __future__ import annotations

import numpy as np

from .. import Card, Clip, Measures
from . import _said, _through_shot
from ._options import HintsOptions
from ._shot_colour import ShotColour


class Hints(ShotColour):
    """Colours the frames of a shot with hints; those of a shot without any stay as they are, in three channels."""

    card = Card(
        stage="colorize",
        name="hints",
        kind="generate",
        summary="coloured reference frames and points of colour, carried through the shot by optical flow; no model",
        paper="Levin et al., Colorization using Optimization, SIGGRAPH 2004; Welsh et al., Transferring Color to "
        "Greyscale Images, SIGGRAPH 2002; Kopf et al., Joint Bilateral Upsampling, SIGGRAPH 2007",
        licence="Apache-2.0",
        cost=0.01,
        memory=45,
        measured=True,
        output_channels=3,
        needs_any=("references", "strokes", "like", "scene", "hints"),
        warning=("coloured", "stay grey: there are no reference frames or hints for them."),
    )
    Options = HintsOptions
    options: HintsOptions

    def measure(self, clip: Clip) -> Measures:
        """`luma`: brightness of each core frame, uint8 (core, h, w), at most 256 pixels wide."""
        return {"luma": self.lumas(clip)}

    def plan(self, measures: Measures, *, first: int) -> Measures:
        """`coloured` bool (n,); if the shot has hints, `ab` float16 (n, h, w, 2) and the `trust` in it (n, h, w), 0..1.

        Raises FilmError when a reference picture cannot be read.
        """
        lumas = measures["luma"]
        frames = range(first, first + len(lumas))
        pictures = _said.pictures(self.options, frames, lumas)
        marks = _said.marks(self.options, frames, lumas.shape[1:])
        if not pictures and not marks:
            return {"coloured": np.zeros(len(lumas), bool)}
        ab, trust = _through_shot.carried(lumas, pictures, marks)
        return {"coloured": np.ones(len(lumas), bool), "ab": ab, "trust": trust}
