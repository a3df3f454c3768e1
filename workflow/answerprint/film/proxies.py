"""Proxies: a tiny picture of every frame of a film, for finding shots, and whether they are grey."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from . import colour, planes, tints
from .facts import Colour
from .orientation import Orientation

PROXY = (48, 27)
"""Width and height of the proxy pictures, as TransNet V2 needs them."""
UNTAGGED = 2
"""The matrix that a decoder gives where a file names none."""
GREY_CHROMA = 8
"""A film is grey if its proxy pictures have at most this much colour, of 255, after their tint is removed."""
GREY_TINT = 20
"""The strongest tint, of 255, that a scanner or a worn print gives black-and-white film. Deliberately tinted and toned
films have several times more."""


class Proxies:
    """The proxy pictures of a film: uint8 (n, 27, 48, 3)."""

    def __init__(self) -> None:
        from av.video.reformatter import VideoReformatter

        self._reformatter = VideoReformatter()
        self._bytes = bytearray()

    def __len__(self) -> int:
        return len(self._bytes) // (PROXY[0] * PROXY[1] * 3)

    def add(self, frame: Any, lies: Orientation) -> None:
        """Add the next picture, upright."""
        width, height = lies.size(PROXY[0] * 4, PROXY[1] * 4)
        # FFmpeg takes untagged pictures of any size for BT.601.
        untagged = planes.kind_of(frame.format.name) == "yuv" and int(frame.colorspace) == UNTAGGED
        matrix = colour.matrix_of(Colour(), frame.width, frame.height) if untagged else ""
        from av.video.reformatter import Colorspace

        picture = self._reformatter.reformat(
            planes.plain(frame),
            width=width,
            height=height,
            format="rgb24",
            src_colorspace=int(Colorspace.ITU709) if matrix == "bt709" else None,
            interpolation="AREA",
            threads=1,
        )
        turned = np.moveaxis(lies.upright(np.moveaxis(picture.to_ndarray(), 2, 0)), 0, 2)
        self._bytes += cv2.resize(turned.astype(np.uint8, copy=False), PROXY, interpolation=cv2.INTER_AREA).tobytes()

    def pictures(self, ledger: np.ndarray) -> np.ndarray:
        """The proxy of each film frame; black where it shows no picture."""
        pictures = np.frombuffer(self._bytes, np.uint8).reshape(-1, PROXY[1], PROXY[0], 3)
        return pictures if np.array_equal(ledger, np.arange(len(pictures))) else _shown(pictures, ledger)

    def grey(self) -> bool:
        """Whether every picture is monochrome apart from a faint tint, which may vary with brightness."""
        pictures = np.frombuffer(self._bytes, np.uint8).reshape(len(self), -1, 3)
        return all(_grey(pictures[first : first + 256].astype(np.float32)) for first in range(0, len(pictures), 256))

    def tinted(self) -> bool:
        """Whether every picture is monochrome and they are not all grey: tinted or toned black-and-white film."""
        pictures = np.frombuffer(self._bytes, np.uint8).reshape(len(self), -1, 3)
        return not self.grey() and tints.monochrome(pictures)


def _shown(pictures: np.ndarray, ledger: np.ndarray) -> np.ndarray:
    return pictures[ledger] * (ledger >= 0).astype(np.uint8)[:, None, None, None]


def _grey(pictures: np.ndarray) -> bool:
    red, green, blue = np.moveaxis(pictures, 2, 0)
    level = green - green.mean(axis=1, keepdims=True)
    variance = (level**2).mean(axis=1, keepdims=True) + 1
    # Relative to green: the tint of red and blue, linear in brightness, and the colour left without it.
    tint, rest = [np.zeros_like(level)], [np.zeros_like(level)]
    for difference in (red - green, blue - green):
        fitted = difference.mean(axis=1, keepdims=True)
        fitted = fitted + (difference * level).mean(axis=1, keepdims=True) / variance * level
        tint.append(fitted)
        rest.append(difference - fitted)
    strength, colour = (np.percentile(np.ptp(np.stack(part), axis=0), 99, axis=1) for part in (tint, rest))
    return bool(strength.max() <= GREY_TINT and colour.max() <= GREY_CHROMA)
