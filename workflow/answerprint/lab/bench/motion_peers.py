"""Free tools to compare in-between frames with: FFmpeg's minterpolate, and a plain blend of both frames."""

from __future__ import annotations

import os
import subprocess

import numpy as np

from .repair_peers import ffmpeg

RATE = 24
PAD = 2
"""minterpolate needs frames before the first pair and after the last: the ends are repeated."""
MINTERPOLATE = (
    "mi_mode=mci:scd=none",
    "mi_mode=mci:mc_mode=aobmc:me_mode=bidir:me=epzs:vsbmc=1:scd=none",
    "mi_mode=mci:mc_mode=aobmc:me_mode=bilat:me=epzs:search_param=64:scd=none",
)
"""Settings of minterpolate with motion compensation: its own default, its slowest, and one with a wide search."""


def blended(before: np.ndarray, after: np.ndarray, time: float) -> np.ndarray:
    """The weighted mean of two frames."""
    return np.float32(1 - time) * before + np.float32(time) * after


def between_middle(frames: np.ndarray, count: int, settings: str) -> np.ndarray:
    """`count` frames between the second and third of four, (4, h, w, 3), 0..1, at 8 bits."""
    padded = np.concatenate([frames[:1].repeat(PAD, axis=0), frames, frames[-1:].repeat(PAD, axis=0)])
    shown = _run(padded, f"minterpolate=fps={RATE * (count + 1)}:{settings}")
    start = (PAD + 1) * (count + 1) + 1
    return shown[start : start + count].astype(np.float32) / 255


def frames_a_second(frames: np.ndarray, rate: float, settings: str) -> float:
    """Frames a second of FFmpeg's processor time at `rate` times the rate of `frames`."""
    begin = processor_time()
    shown = _run(frames, f"minterpolate=fps={RATE * rate:g}:{settings}")
    return len(shown) / (processor_time() - begin)


def processor_time() -> float:
    """Seconds of processor time that this process and those that it waited for have had."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _run(frames: np.ndarray, filters: str) -> np.ndarray:
    height, width = frames.shape[1:3]
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24")
    size = ("-s", f"{width}x{height}", "-r", str(RATE))
    # minterpolate works in YUV; without subsampling the peer loses no colour to the way there.
    done = subprocess.run(
        [ffmpeg(), "-loglevel", "error", *raw, *size, "-i", "-", "-vf", f"format=yuv444p,{filters}", *raw, "-"],
        input=np.rint(np.clip(frames, 0, 1) * 255).astype(np.uint8).tobytes(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 3)
