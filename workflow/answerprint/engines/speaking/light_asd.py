"""Who speaks, by a published network that looks at the face and listens at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...frames.face_crops import crop_square
from ...frames.optical_flow import luma
from .. import Card, file_option
from .._weights import NetworkEngine, NetworkOptions, read_checkpoint
from ._mfcc import mfcc

SIDE = 112
RATE = 25.0
"""Frames a second that the network was trained at; four vectors of sound go with each."""
MEAN, SPREAD = 0.4161, 0.1688
"""Mean and standard deviation of the grey faces that it was trained on."""
INSIDE, BELOW = 0.7, 0.2
"""The network sees 0.7 of a face's box, from its middle moved down by 0.2 of its side: mouth, chin and cheeks. This is
the middle half of the box widened by 0.4 in training."""
REACH = 6
"""Frames on either side that the convolutions see: two in each of three blocks."""
PIECE = 100
"""Frames encoded at a time, which bounds memory; with REACH frames on either side the result is that of the whole."""


@dataclass(frozen=True, kw_only=True)
class LightAsdOptions(NetworkOptions):
    """Which checkpoint, and how much its scores count."""

    weights: str = file_option("light-asd")
    """A name in resources/models.yaml, or the path of a checkpoint in the authors' format."""
    seconds: tuple[float, ...] = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
    """Lengths of the windows that the recurrent part listens to, 0.2..60 each; their scores are averaged."""
    limit: float = 4.0
    """Scores are clipped to this (log odds), 0.5..10, because neighbouring frames repeat each other."""

    def __post_init__(self) -> None:
        if not self.seconds or not all(0.2 <= length <= 60 for length in self.seconds):
            raise ValueError("seconds must hold one or more lengths within 0.2..60")
        if not 0.5 <= self.limit <= 10:
            raise ValueError("limit must be within 0.5..10")


class LightAsd(NetworkEngine):
    """Two encoders of split convolutions, their sum through a forward and then a backward GRU."""

    card = Card(
        stage="speaking",
        name="light_asd",
        summary="A network of 1.0 million parameters that looks at the face and listens; 94.06 % mAP on AVA.",
        paper="Liao et al., A Light Weight Model for Active Speaker Detection, CVPR 2023",
        licence="MIT",
        weights=("light-asd",),
        gpu=True,
    )
    Options = LightAsdOptions
    options: LightAsdOptions
    expected = "a checkpoint of Light-ASD"
    hint = "It must hold model.visualEncoder, model.GRU and lossAV."

    def build(self, path: Path) -> Any:
        """The network from its checkpoint."""
        state, _ = read_checkpoint(path, self.device)
        return _Network({key.removeprefix("module."): value for key, value in state.items()})

    def crop(self, frame: np.ndarray, box: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        """What `score` wants of one face in a frame (h, w, c): the lower face, grey, float32 (112, 112)."""
        left, top, right, bottom = (float(v) for v in box)
        side = max(right - left, bottom - top)
        x, y, half = (left + right) / 2, (top + bottom) / 2 + BELOW * side, INSIDE * side / 2
        return crop_square(luma(frame)[..., None], np.array([x - half, y - half, x + half, y + half]), SIDE)[..., 0]

    def score(self, crops: np.ndarray, samples: np.ndarray, rate: float) -> np.ndarray:
        """Log odds that this mouth makes the sound, frame by frame: float32 (n,); meaningful only where someone speaks.

        `crops` (n, 112, 112) of one track; `samples` the sound of just these frames at 16 kHz; `rate` frames a second,
        brought to the network's 25.
        """
        count = len(crops)
        at = np.arange(max(1, round(count * RATE / rate))) * rate / RATE
        faces = crops[np.clip(np.round(at).astype(int), 0, count - 1)]
        with self.inference.running():
            odds = self.network.score(faces, mfcc(samples, 4 * len(faces)), self.options.seconds)
        odds = np.interp(np.arange(count), at, odds) if len(odds) > 1 else np.repeat(odds, count)
        return np.clip(odds, -self.options.limit, self.options.limit).astype(np.float32)


class _Network:
    """The published network from its state dict, each normalisation folded into the convolution before it."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        import torch

        self.state = state
        self.device = state["lossAV.FC.weight"].device
        self.folded = {
            key.removesuffix(".running_mean").replace(".bn_", "."): self._fold(key.removesuffix(".running_mean"))
            for key in state
            if key.endswith(".running_mean")
        }
        self.recurrent = {}
        for name in ("gru_forward", "gru_backward"):
            prefix = f"model.GRU.{name}."
            gru = torch.nn.GRU(128, 128, batch_first=True).to(self.device).eval()
            gru.load_state_dict({k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)})
            self.recurrent[name] = gru

    def _fold(self, norm: str) -> tuple[Any, Any]:
        """Weight (out, in, ...) and bias of the convolution whose batch normalisation is called `norm`."""
        weight = self.state[norm.replace(".bn_", ".") + ".weight"]
        scale = self.state[f"{norm}.weight"] / (self.state[f"{norm}.running_var"] + 1e-3).sqrt()
        bias = self.state[f"{norm}.bias"] - self.state[f"{norm}.running_mean"] * scale
        return weight * scale.reshape(-1, *[1] * (weight.ndim - 1)), bias

    def _convolved(self, x: Any, name: str, shape: tuple[int, ...]) -> Any:
        """`x` through one convolution, as two-dimensional with a kernel of `shape`, and cut off below zero."""
        import torch.nn.functional as F

        weight, bias = self.folded[name]
        kernel = weight.reshape(*weight.shape[:2], *shape)
        return F.relu_(F.conv2d(x, kernel, bias, padding=tuple(side // 2 for side in shape)))

    def _look(self, faces: Any) -> Any:
        """Faces (n, 1, 112, 112), normalised, as vectors (n, 128)."""
        import torch.nn.functional as F

        x = faces
        for block in (1, 2, 3):
            name = f"model.visualEncoder.block{block}"
            paths = []
            for k in (3, 5):
                weight, bias = self.folded[f"{name}.s_{k}"]
                step = 2 if block == 1 else 1
                path = F.relu_(F.conv2d(x, weight[:, :, 0], bias, stride=step, padding=k // 2))
                count, channels, height, width = path.shape
                # Time becomes the height of a picture: a kernel of (k, 1) then looks at neighbouring frames only.
                path = path.permute(1, 0, 2, 3).reshape(1, channels, count, height * width)
                paths.append(self._convolved(path, f"{name}.t_{k}", (k, 1)))
            x = self._convolved(paths[0] + paths[1], f"{name}.last", (1, 1))
            x = x.reshape(channels, count, height, width).permute(1, 0, 2, 3)
            if block < 3:
                x = F.max_pool2d(x, 3, 2, 1)
        return x.amax(dim=(2, 3))

    def _listen(self, cepstra: Any) -> Any:
        """Cepstra (4 n, 13) as vectors (n, 128)."""
        import torch.nn.functional as F

        x = cepstra.T[None, None]
        for block in (1, 2, 3):
            name = f"model.audioEncoder.block{block}"
            paths = [
                self._convolved(self._convolved(x, f"{name}.m_{k}", (k, 1)), f"{name}.t_{k}", (1, k)) for k in (3, 5)
            ]
            x = self._convolved(paths[0] + paths[1], f"{name}.last", (1, 1))
            if block < 3:
                x = F.max_pool2d(x, (1, 3), (1, 2), (0, 1))
        return x.mean(dim=2)[0].T

    def score(self, faces: np.ndarray, cepstra: np.ndarray, seconds: tuple[float, ...]) -> np.ndarray:
        """Log odds of speech for each of n faces (n, 112, 112), 0..1, with cepstra (4 n, 13): float64 (n,)."""
        import torch

        count = len(faces)
        pieces = []
        for first in range(0, count, PIECE):
            low, high = max(0, first - REACH), min(count, first + PIECE + REACH)
            face = torch.from_numpy(np.ascontiguousarray(faces[low:high], np.float32)).to(self.device)
            sound = torch.from_numpy(cepstra[4 * low : 4 * high]).to(self.device)
            both = self._look((face[:, None] - MEAN) / SPREAD) + self._listen(sound)
            pieces.append(both[first - low : first - low + PIECE])
        vectors = torch.cat(pieces)
        scores = [self._score_windows(vectors, max(1, round(length * RATE))) for length in seconds]
        return np.mean(scores, axis=0)

    def _score_windows(self, vectors: Any, length: int) -> np.ndarray:
        """Log odds of vectors (n, 128), listened to in windows of `length` frames."""
        import torch
        import torch.nn.functional as F

        odds = []
        for window in torch.split(vectors, length):
            x = F.gelu(self.recurrent["gru_forward"](window[None])[0])
            x = F.gelu(self.recurrent["gru_backward"](x.flip(1))[0].flip(1))
            classes = F.linear(x[0], self.state["lossAV.FC.weight"], self.state["lossAV.FC.bias"])
            odds.append(classes[:, 1] - classes[:, 0])
        return torch.cat(odds).double().cpu().numpy()
