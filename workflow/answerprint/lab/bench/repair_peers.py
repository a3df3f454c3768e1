"""Free tools to compare repair with: FFmpeg's filters, each with the settings to try."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

_BLOCKS = ((8, 100), (8, 150), (8, 220), (16, 60), (16, 80), (16, 110))
SPOTS: dict[str, Sequence[str]] = {
    "tmedian": ("tmedian=radius=1", "tmedian=radius=2"),
    "atadenoise": ("atadenoise=0a=0.1:0b=0.5:s=5", "atadenoise=0a=0.3:0b=2:s=5"),
    "removegrain": ("removegrain=m0=2", "removegrain=m0=4", "removegrain=m0=17"),
}
"""Peers of clean: medians in time and in space."""
STILL: dict[str, Sequence[str]] = {
    "nlmeans": tuple(f"nlmeans=s={s}:p={p}:r=21" for p, s in ((5, 8), (5, 10), (5, 13), (7, 13), (7, 17))),
    "hqdn3d": tuple(f"hqdn3d={s}:{s}:0:0" for s in (8, 16, 30, 60)),
    # With groups of similar blocks FFmpeg 9 returns the picture unchanged; its sigma is not in 8-bit levels.
    "bm3d": tuple(f"bm3d=sigma={s}:block={b}:bstep={b // 4}:group=1" for b, s in _BLOCKS),
    "removegrain": ("removegrain=m0=11", "removegrain=m0=20"),
}
"""Peers of denoise for one picture with grain of standard deviation 20 to 25."""
GRAIN = STILL | {
    "hqdn3d": tuple(f"hqdn3d={s}:{s}:{t}:{t}" for s in (3, 6, 10, 20) for t in (6, 12, 20, 30)),
    "atadenoise": tuple(f"atadenoise=0a={a}:0b={b}:s={s}" for a, b in ((0.1, 0.5), (0.2, 1), (0.3, 2)) for s in (5, 9)),
    "tmedian": ("tmedian=radius=1", "tmedian=radius=2"),
}
"""The same on moving film."""
FLICKER: dict[str, Sequence[str]] = {
    "deflicker": tuple(f"deflicker=size={n}:mode={mode}" for n in (5, 9, 15, 31) for mode in ("am", "pm", "median")),
}
"""Peers of deflicker."""
WEAVE: dict[str, Sequence[str]] = {
    "vidstab": tuple(
        f"smoothing={n}:optalgo={how}" for n, how in ((5, "gauss"), (15, "gauss"), (10, "avg"), (30, "avg"))
    ),
}
"""Peers of stabilise."""


@lru_cache
def filters() -> frozenset[str]:
    """The filters of this machine's FFmpeg; none without FFmpeg."""
    try:
        listing = subprocess.run([ffmpeg(), "-hide_banner", "-filters"], capture_output=True, text=True, check=True)
    except (ImportError, OSError, RuntimeError, subprocess.CalledProcessError):
        return frozenset()
    return frozenset(line.split()[1] for line in listing.stdout.splitlines() if "->" in line)


def has(peer: str) -> bool:
    """Whether a peer can run here."""
    return ("vidstabtransform" if peer == "vidstab" else peer) in filters()


def filtered(frames: np.ndarray, settings: str) -> np.ndarray:
    """Grey frames (n, h, w, 1), 0..1, after FFmpeg's filters at 8 bits. Raises CalledProcessError if they fail."""
    if settings.startswith("smoothing="):
        return _steadied(frames, settings)
    if settings.startswith("tmedian="):
        # The filter drops frames whose neighbours are missing, so the first and last are repeated.
        reach = int(settings.rpartition("=")[2])
        frames = np.concatenate([*[frames[:1]] * reach, frames, *[frames[-1:]] * reach])
        return _run(frames, settings, len(frames) - 2 * reach)
    return _run(frames, settings)


def _steadied(frames: np.ndarray, settings: str) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        motion = Path(folder) / "motion.trf"
        _run(frames, f"vidstabdetect=shakiness=10:result={motion}")
        return _run(frames, f"vidstabtransform=input={motion}:zoom=0:optzoom=0:crop=keep:interpol=bicubic:{settings}")


def _run(frames: np.ndarray, settings: str, expected: int | None = None) -> np.ndarray:
    height, width = frames.shape[1:3]
    grey = ("-f", "rawvideo", "-pix_fmt", "gray")
    command = [ffmpeg(), "-loglevel", "error", *grey, "-s", f"{width}x{height}", "-r", "25", "-i", "-"]
    # vidstab does not support grey: it gets the same full-range brightness with neutral chroma.
    planes = "format=yuvj420p," if "vidstab" in settings else ""
    done = subprocess.run(
        [*command, "-vf", f"{planes}{settings}", *grey, "-"],
        input=np.rint(np.clip(frames, 0, 1) * 255).astype(np.uint8).tobytes(),
        stdout=subprocess.PIPE,
        check=True,
    )
    shown = np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 1)
    if len(shown) != (expected or len(frames)):
        raise RuntimeError(f"{settings} gave {len(shown)} of {len(frames)} frames")
    return shown.astype(np.float32) / 255


def ffmpeg() -> str:
    import imageio_ffmpeg

    path: str = imageio_ffmpeg.get_ffmpeg_exe()
    return path
