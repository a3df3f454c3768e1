"""Draws poor faces anew by a published network, GFPGAN or RestoreFormer: it invents what the film does not show."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...frames.face_crops import crop_upright, place_upright
from ...runtime.errors import FilmError
from ...runtime.inference import Inference
from .. import Card, file_option
from .._spandrel import read_network
from .._weights import NetworkEngine, NetworkOptions, require_finite
from ._averaging import REACH
from ._choices import DETAIL, LENT, NETWORK
from ._engine import FaceEngine
from ._options import FaceOptions
from ._patch import Patch, blurred

SIDE = 512
"""Pixels of the square that these networks look at."""
TEMPLATE = np.array([(192.98, 239.95), (318.90, 240.19), (256.63, 314.02), (201.26, 371.41), (313.09, 371.15)])
"""Where eyes, nose tip and corners of the mouth lie in it: the mean face of FFHQ, on which they were trained."""
LIGHT = 0.2
"""Share of a face's width above which light and shadow stay the film's own."""


@dataclass(frozen=True, kw_only=True)
class SpandrelOptions(NetworkOptions, FaceOptions):
    """Which network, and within which limits."""

    weights: str = file_option("GFPGANv1.4")
    """A name in resources/models.yaml, or the path of a checkpoint of GFPGAN or RestoreFormer."""


class Spandrel(NetworkEngine, FaceEngine):
    """Poor faces drawn anew, medium and good ones cleared as `detail` does, tiny ones left."""

    card = Card(
        stage="faces",
        name="spandrel",
        kind="generate",
        summary="poor faces are drawn anew by GFPGAN or RestoreFormer: what they show is no evidence of how a person "
        "looked; the others are cleared as by `detail`",
        paper="Wang et al., Towards Real-World Blind Face Restoration with Generative Facial Prior, CVPR 2021; or Wang "
        "et al., RestoreFormer, CVPR 2022",
        licence="Apache-2.0; weights have their own",
        weights=("GFPGANv1.4",),
        cost=0.4,
        memory=2500,
        measured=True,
        measure_options=("weights", "precision", "detail", "contrast"),
        measure_radius=REACH,
        measures_shots=True,
        radius=LENT[0],
        gpu=True,
    )
    Options = SpandrelOptions
    options: SpandrelOptions
    methods = (DETAIL, NETWORK)
    batch = 1
    expected = "a checkpoint of a network for faces"
    hint = "Give a checkpoint of GFPGAN or RestoreFormer; upscale/spandrel reads those that enlarge."

    def load(self) -> None:
        """Read both networks. Raises FilmError for a file that is none of them."""
        NetworkEngine.load(self)
        FaceEngine.load(self)

    def build(self, path: Path) -> Any:
        """A spandrel descriptor in float32. Raises FilmError for a network that is not for faces."""
        network = read_network(path)
        require_finite(network.model.state_dict(), path)
        if getattr(network, "purpose", "") != "FaceSR" or network.scale != 1:
            raise FilmError(f"{path} ({network.architecture.name}) is no network for faces.", self.hint)
        return self.inference.placed(network.float())

    @property
    def inference(self) -> Inference:
        """How the network runs: in full precision where it was made for no other."""
        usual = super().inference
        full = self.network is not None and not self.network.supports_half
        return dataclasses.replace(usual, precision="float32") if full else usual

    def drawn(self, patch: Patch) -> np.ndarray:
        """The change of brightness (h, w) by which the network draws the face of a patch anew.

        It sees the face turned and enlarged to its own square, in colour where the film has colour; of what it gives
        only the brightness counts, and of that not what is wider than a fifth of the face.
        """
        square = crop_upright(patch.pixels, patch.landmarks, TEMPLATE, SIDE, SIDE)
        seen = np.repeat(square, 3, axis=2) if square.shape[2] == 1 else square
        answer = next(self.inference.answers(caller(self.network), [[np.clip(seen, 0, 1).transpose(2, 0, 1)]]))
        anew = answer.transpose(1, 2, 0)
        change = (anew - seen) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
        edge = np.zeros((SIDE, SIDE), np.float32)
        edge[SIDE // 16 : -SIDE // 16, SIDE // 16 : -SIDE // 16] = 1
        shown = np.dstack([change, cv2.GaussianBlur(edge, (0, 0), SIDE / 40)])
        height, width = patch.luma.shape
        change, within = np.moveaxis(place_upright(shown, patch.landmarks, TEMPLATE, width, height), 2, 0)
        return np.asarray(within * (change - blurred(change, max(2.0, LIGHT * patch.width))), np.float32)


def caller(network: Any) -> Callable[..., Any]:
    """What answers a picture in 0..1, (n, 3, 512, 512), with one.

    GFPGAN is called past its descriptor, which leaves out that it works in -1..1, and draws new noise at every call; it
    needs channels first in memory.
    """
    if network.architecture.id != "GFPGAN":
        return network
    return lambda pictures: (_gfpgan(network.model, 2 * pictures.contiguous() - 1) / 2 + 0.5).clamp(0, 1)


def _gfpgan(model: Any, pictures: Any) -> Any:
    return model(pictures, randomize_noise=False)[0]
