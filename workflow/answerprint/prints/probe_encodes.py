"""Probes: frames encoded at one quality and measured, to learn which quality a group of pictures needs."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from ..film.groups import Group
from . import encode, vmaf
from .codecs import CODECS, Settings
from .edition_frames import EditionFrames
from .encode import Look, Run

FRAMES = 16
"""How many of them stand for a group, from its middle: two thirds of a second at 24 a second."""
NEAR_LOSSLESS = 4.0
"""CRF at which SVT-AV1 keeps whatever its grain model leaves of a picture."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A group of pictures, to be encoded by a codec at any quality."""

    codec: str
    """Its key in CODECS."""
    settings: Settings
    """All but the quality."""
    frames: EditionFrames
    group: Group
    look: Look

    def bitrate(self, crf: float) -> float:
        """Kilobits a second of the whole group at a quality."""
        with tempfile.TemporaryDirectory() as folder:
            path = self._encoded(Path(folder, "tried.mp4"), crf, self.group)
            with av.open(str(path)) as container:
                size = sum(packet.size for packet in container.demux(video=0))
        return float(size * 8 / 1000 * self.look.rate / (self.group.stop - self.group.start))

    def vmaf_of_few(self, crf: float) -> float:
        """The mean VMAF of some frames at a quality."""
        start = max(self.group.start, (self.group.start + self.group.stop - FRAMES) // 2)
        return self._vmaf(crf, Group(start=start, stop=min(self.group.stop, start + FRAMES)))

    def vmaf(self, crf: float) -> float:
        """The mean VMAF of the group at a quality.

        With a model of grain both sides are measured without it: what the encoder describes instead of encoding it is
        in neither. Raises FilmError when FFmpeg cannot measure.
        """
        return self._vmaf(crf, self.group)

    def _vmaf(self, crf: float, span: Group) -> float:
        with tempfile.TemporaryDirectory() as folder:
            tried = self._encoded(Path(folder, "tried.mp4"), crf, span)
            if self.settings.grain:
                reference = _decoded(self._encoded(Path(folder, "reference.mp4"), NEAR_LOSSLESS, span))
            else:
                reference = self._pictures(span)
            return vmaf.measure(tried, reference, rate=self.look.rate).mean

    def _encoded(self, path: Path, crf: float, span: Group) -> Path:
        run = Run(
            frames=self.frames.run(span.start, span.stop),
            settings=dataclasses.replace(self.settings, quality=crf),
        )
        encode.piece(self.codec, [run], path, self.look, self.frames.depth)
        return path

    def _pictures(self, span: Group) -> Iterator[Any]:
        """The frames as their encoder gets them."""
        codec = CODECS[self.codec]
        for planes in self.frames.run(span.start, span.stop):
            shown = encode.reduced(codec, planes)
            chroma = codec.pixel_format(len(shown), self.frames.depth)
            yield encode.picture(shown, self.frames.depth, chroma, self.look.colour)


def _decoded(path: Path) -> Iterator[Any]:
    """The frames of a piece of AV1 without its grain."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.options = {"export_side_data": "film_grain"}
        yield from container.decode(stream)
