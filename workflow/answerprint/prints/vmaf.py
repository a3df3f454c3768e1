"""VMAF and CAMBI of an encoded piece against the frames that it was made from, by FFmpeg's libvmaf.

VMAF predicts how viewers judge a picture on a television set (Li et al., Netflix 2016; 100 is "excellent", about 6
points are the least that people notice). CAMBI measures banding (Tandon et al., PCS 2021; 0 is none, 5 annoys).
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..runtime.errors import FilmError

MODELS = {False: "vmaf_v0.6.1", True: "vmaf_4k_v0.6.1"}
"""By whether a picture has more than 1152 lines: the model for 1080p, and the one for 2160p."""
MOST_LINES = 1152


@dataclass(frozen=True, kw_only=True)
class Scores:
    """One number a frame."""

    vmaf: tuple[float, ...]
    cambi: tuple[float, ...] = ()

    @property
    def mean(self) -> float:
        """The mean VMAF."""
        return sum(self.vmaf) / len(self.vmaf)


def measure(
    encoded: Path, reference: Iterable[Any], *, rate: Fraction, grain: bool = False, banding: bool = False
) -> Scores:
    """The scores of a file against the frames (av.VideoFrame) that were handed to its encoder.

    `grain`: whether the noise that a player of AV1 draws is part of what is measured. Raises FilmError when FFmpeg
    fails.
    """
    frames = iter(reference)
    first = next(frames)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "scores.json")
        with tempfile.TemporaryFile() as messages:
            command = _command(encoded, first, log, rate, grain=grain, banding=banding)
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=messages)
            assert process.stdin is not None
            with suppress(BrokenPipeError):
                for frame in _chained(first, frames):
                    process.stdin.write(frame.to_ndarray().tobytes())
            with suppress(BrokenPipeError):
                process.stdin.close()
            if process.wait() or not log.exists():
                messages.seek(0)
                said = messages.read().decode(errors="replace").strip().splitlines()
                raise FilmError(
                    f"FFmpeg could not measure the VMAF of {encoded} ({said[-1] if said else 'no message'}).",
                    "Leave `vmaf` out of `prints: access` to encode at a fixed quality.",
                )
        rows = [row["metrics"] for row in json.loads(log.read_text())["frames"]]
    return Scores(vmaf=tuple(row["vmaf"] for row in rows), cambi=tuple(row["cambi"] for row in rows if "cambi" in row))


def _chained(first: Any, others: Iterable[Any]) -> Iterable[Any]:
    yield first
    yield from others


def _command(encoded: Path, first: Any, log: Path, rate: Fraction, *, grain: bool, banding: bool) -> list[str]:
    import imageio_ffmpeg

    clock = f"settb=1/1000,setpts=N*1000*{rate.denominator}/{rate.numerator}"
    model = f"version={MODELS[first.height > MOST_LINES]}"
    measured = f"libvmaf=model={model}:n_threads=1:log_fmt=json:log_path={log}"
    features = ":feature=name=cambi" if banding else ""
    graph = f"[0:v]{clock}[shown];[1:v]{clock}[film];[shown][film]{measured}{features}"
    return [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-nostdin"),
        *(() if grain else ("-export_side_data", "film_grain")),
        *("-i", f"file:{encoded}"),
        *("-f", "rawvideo", "-pix_fmt", first.format.name, "-video_size", f"{first.width}x{first.height}"),
        *("-framerate", f"{rate.numerator}/{rate.denominator}", "-i", "pipe:0"),
        *("-lavfi", graph, "-f", "null", "-"),
    ]
