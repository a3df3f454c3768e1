"""Undoes the blur of faces by a small network that looks at each in five frames, within guards; invents no face."""

from __future__ import annotations

from .. import Card
from ._averaging import REACH
from ._choices import LENT
from ._engine import FaceEngine
from ._options import FaceOptions


class Detail(FaceEngine):
    """Each frame with the blur of its faces undone, and as much grain less as detail takes the place of."""

    card = Card(
        stage="faces",
        name="detail",
        kind="enhance",
        summary="MTCNN finds faces; a small network trained here on film's own blur and grain undoes their blur, "
        "looking at each in five frames along its motion, within guards; no generative model",
        paper="Zhang et al., Joint Face Detection and Alignment, IEEE SPL 2016; Zhuo and Sim, Defocus map estimation "
        "from a single image, Pattern Recognition 2011; Kroeger et al., Fast Optical Flow using Dense Inverse Search, "
        "ECCV 2016; Ronneberger et al., U-Net, MICCAI 2015",
        licence="Apache-2.0",
        cost=0.3,
        memory=300,
        measured=True,
        measure_options=("detail", "contrast"),
        measure_radius=REACH,
        measures_shots=True,
        radius=LENT[0],
    )
    Options = FaceOptions
    options: FaceOptions
