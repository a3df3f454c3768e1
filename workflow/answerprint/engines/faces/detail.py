"""Undoes the blur of faces from the detail that the film has: no face is invented, nothing outside them changes."""

from __future__ import annotations

from .. import Card
from ._choices import LENT
from ._engine import FaceEngine
from ._options import FaceOptions


class Detail(FaceEngine):
    """Each frame with the blur of its faces undone as far as grain allows."""

    card = Card(
        stage="faces",
        name="detail",
        kind="enhance",
        summary="MTCNN finds faces; their measured blur is undone above the grain, within guards; no generative model",
        paper="Zhang et al., Joint Face Detection and Alignment, IEEE SPL 2016; Zhuo and Sim, Defocus map estimation "
        "from a single image, Pattern Recognition 2011; Wiener, Extrapolation, Interpolation and Smoothing of "
        "Stationary Time Series, 1949",
        licence="Apache-2.0",
        cost=0.06,
        memory=250,
        measured=True,
        radius=LENT[0],
    )
    Options = FaceOptions
    options: FaceOptions
