"""Enlargement by a published network: any checkpoint whose architecture spandrel knows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...runtime.errors import FilmError
from ...runtime.inference import Inference, exact, is_gpu
from .. import Card, Clip, Result, file_option
from .._spandrel import read_network
from .._weights import NetworkEngine, NetworkOptions, require_finite
from ._target import EnlargingEngine, TargetOptions


@dataclass(frozen=True, kw_only=True)
class SpandrelOptions(NetworkOptions, TargetOptions):
    """Which network, how far, and in pieces of what size."""

    weights: str = file_option("span-x2-ch48")
    """A name in resources/models.yaml, or the path of a checkpoint (.pth, .pt, .ckpt, .safetensors)."""
    scale: int = 2
    """How many times wider and higher, 1 to 8; a network that enlarges more is shrunk to it by area."""
    tile: int = 256
    """Side of the largest piece that the network sees at once, in pixels, its margins included. The target
    `measure_tile` measures the largest that a machine's memory holds, and writes it as a configuration."""
    overlap: int = 20
    """Margin of a piece that is discarded, in pixels; at least the network's reach (a chain of n convolutions of
    3x3: n; attention: 32 or more). Of realesrgan-x4plus, tiles differ by 0.13 with 20, by 0.006 with 48."""

    tiles: int = 8
    """Pieces that the network sees at a time on a GPU; a processor gains nothing from more than one."""
    compiled: bool = False
    """Let torch.compile fuse the network's steps: faster on a GPU from some hundred frames on; other last bits."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.tiles < 1:
            raise ValueError(f"tiles is {self.tiles}, but it must be 1 or more")
        if not 1 <= self.scale <= 8:
            raise ValueError(f"scale is {self.scale}, but it must be 1 to 8")
        if self.overlap < 0:
            raise ValueError(f"overlap is {self.overlap}, but it must be 0 or more")
        if self.tile < 2 * self.overlap + 16:
            raise ValueError(
                f"tile is {self.tile}, but with an overlap of {self.overlap} it must be 16 more than twice"
            )


class Spandrel(NetworkEngine, EnlargingEngine):
    """Enlarges each frame by a network, one frame at a time."""

    card = Card(
        stage="upscale",
        name="spandrel",
        kind="enhance",
        summary="any super-resolution network that spandrel can read, in tiles whose size the film alone decides",
        paper="the network's own; for the default: Wan et al., Swift Parameter-free Attention Network, CVPRW 2024",
        licence="Apache-2.0; weights have their own",
        cost=16.0,
        memory=400,
        weights=("span-x2-ch48",),
        gpu=True,
    )
    Options = SpandrelOptions
    options: SpandrelOptions
    expected = "a checkpoint that spandrel can read"
    hint = "It may be damaged: delete it and fetch it again, or check its SHA-256."

    def factor(self, height: int, wanted: int) -> int:
        """The network's own, whatever the height."""
        return int(self.network.scale)

    def build(self, path: Path) -> Any:
        """A spandrel ImageModelDescriptor in float32. Raises FilmError when it is no enlarging network."""
        import torch

        network = read_network(path)
        require_finite(network.model.state_dict(), path)
        _require_enlarging(network, path)
        with exact():
            _fuse(network.float().model)
        self.inference.placed(network)
        network.model.to(memory_format=torch.channels_last)
        if self.options.compiled:
            network.model.compile()
        return network

    @property
    def inference(self) -> Inference:
        """How the network runs; so many pieces at a time as the options say."""
        usual = super().inference
        return dataclasses.replace(usual, batch=self.options.tiles) if is_gpu(self.device) else usual

    def enlarge(self, clip: Clip) -> Result:
        """The core frames, `scale` times wider and higher. Raises FilmError when the network enlarges less."""
        if self.network.scale < self.options.scale:
            raise FilmError(
                f"{self.options.weights} enlarges {self.network.scale} times, but stages.upscale.scale is "
                f"{self.options.scale}.",
                f"Set stages.upscale.scale to {self.network.scale}, or choose other weights.",
            )
        return Result(frames=np.stack([self._one(clip.frames[index]) for index in clip.indices]))

    def _one(self, frame: np.ndarray) -> np.ndarray:
        grey = frame.shape[2] == 1
        if self.network.input_channels == 1:
            big = np.dstack([self._tiled(frame[..., [i]]) for i in range(frame.shape[2])])
        else:
            big = self._tiled(np.repeat(frame, 3, axis=2) if grey else frame)
            # Equal weights do not affect a network that keeps grey neutral, and cancel a tint best.
            big = big.mean(axis=2, keepdims=True, dtype=np.float32) if grey else big
        height, width = (side * self.options.scale for side in frame.shape[:2])
        if self.network.scale != self.options.scale:
            big = cv2.resize(big, (width, height), interpolation=cv2.INTER_AREA).reshape(height, width, -1)
        return np.ascontiguousarray(big, np.float32)

    def _tiled(self, frame: np.ndarray) -> np.ndarray:
        """The network's answer for a frame (h, w, c), assembled from tiles of one size."""
        height, width, channels = frame.shape
        margin, times = self.options.overlap, self.network.scale
        (rows, core_h), (columns, core_w) = (self._cores(side) for side in (height, width))
        # Mirrored edges, so that a tile at the border is as large, and sees as much, as any other.
        padded = cv2.copyMakeBorder(
            frame,
            margin,
            margin + rows * core_h - height,
            margin,
            margin + columns * core_w - width,
            cv2.BORDER_REFLECT,
        ).reshape(rows * core_h + 2 * margin, columns * core_w + 2 * margin, channels)
        out = np.empty((rows * core_h * times, columns * core_w * times, self.network.output_channels), np.float32)
        corners = [(row * core_h, column * core_w) for row in range(rows) for column in range(columns)]
        seen = padded.transpose(2, 0, 1)
        tiles = ([seen[:, top : top + core_h + 2 * margin, left : left + core_w + 2 * margin]] for top, left in corners)
        kept = (slice(margin * times, (margin + side) * times) for side in (core_h, core_w))
        rows_kept, columns_kept = kept
        for (top, left), tile in zip(corners, self._answers(tiles), strict=True):
            place = out[top * times : (top + core_h) * times, left * times : (left + core_w) * times]
            place[:] = tile[:, rows_kept, columns_kept].transpose(1, 2, 0)
        return out[: height * times, : width * times]

    def _answers(self, tiles: Iterable[Sequence[np.ndarray]]) -> Iterator[np.ndarray]:
        """The network's answers. Raises FilmError that names the settings when memory runs out."""
        import torch

        try:
            yield from self.inference.answers(self.network, tiles)
        except RuntimeError as error:
            if not isinstance(error, torch.OutOfMemoryError) and "can't allocate memory" not in str(error):
                raise
            raise FilmError(
                f"{self.options.weights} needs more memory than {self.device} has for {self.inference.batch} piece(s) "
                f"of {self.options.tile} pixels.",
                f"Set stages.upscale.tile to {max(2 * self.options.overlap + 16, self.options.tile // 2)}, or "
                "stages.upscale.tiles to fewer.",
            ) from error

    def _cores(self, side: int) -> tuple[int, int]:
        """Into how many equal pieces a side of the frame is cut, and how long each is without its margins."""
        need = self.network.size_requirements
        margin = 2 * self.options.overlap
        count = -(-side // (self.options.tile - margin))
        tile = max(-(-side // count) + margin, need.minimum)
        return count, -(-tile // need.multiple_of) * need.multiple_of - margin


def _fuse(model: Any) -> None:
    """Replace what is trained as several convolutions by the one that has the same answer.

    SPAN keeps both and multiplies them out at every call, which takes a third of the time of small pictures.
    """
    for parent in list(model.modules()):
        for name, module in parent.named_children():
            if hasattr(module, "eval_conv") and hasattr(module, "update_params") and not module.has_relu:
                module.update_params()
                setattr(parent, name, module.eval_conv)


def _require_enlarging(network: Any, path: Path) -> None:
    """Raises FilmError unless a network enlarges pictures and gives back as many channels as it takes, 1 or 3."""
    import spandrel

    if not isinstance(network, spandrel.ImageModelDescriptor) or network.scale == 1:
        raise FilmError(
            f"{path} ({network.architecture.name}) does not enlarge.",
            "Choose weights for super-resolution.",
        )
    if network.input_channels not in (1, 3) or network.output_channels != network.input_channels:
        raise FilmError(
            f"{path} takes {network.input_channels} channels and gives {network.output_channels}.",
            "Choose weights for RGB or grey pictures.",
        )
