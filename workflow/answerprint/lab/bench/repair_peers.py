"""Free tools to compare repair with, each with the settings to try: FFmpeg's filters, and those of VapourSynth."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ...runtime.errors import FilmError

_BLOCKS = ((8, 100), (8, 150), (8, 220), (16, 60), (16, 80), (16, 110))
MEDIAN: dict[str, Sequence[str]] = {"tmedian": ("tmedian=radius=1", "tmedian=radius=2")}
SPOTLESS = ("spotless", "spotless block=16", "spotless radius=2", "spotless block=16 guided=1")
SPOTS: dict[str, Sequence[str]] = {
    "spotless": SPOTLESS,
    "despot": ("despot threshold=20", "despot threshold=28"),
    "removedirt": ("removedirt limit=6", "removedirt limit=12"),
    **MEDIAN,
    "atadenoise": ("atadenoise=0a=0.1:0b=0.5:s=5", "atadenoise=0a=0.3:0b=2:s=5"),
    "removegrain": ("removegrain=m0=2", "removegrain=m0=4", "removegrain=m0=17"),
}
"""Peers of clean: medians along motion, in time and in space."""
_SCRATCHES = ((5, 5, 100, 3), (10, 5, 60, 10), (10, 10, 40, 10), (16, 10, 40, 10))
SCRATCHES: dict[str, Sequence[str]] = {
    "descratch": tuple(f"descratch mindif={m} maxangle={a} minlen={n} maxgap={g}" for m, a, n, g in _SCRATCHES),
    "removegrain": SPOTS["removegrain"],
}
"""Peers of its repair of scratches."""
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
    "vbm3d": tuple(f"vbm3d sigma={sigma}" for sigma in (27, 35, 45)),
    "dfttest": tuple(f"dfttest sigma={sigma}" for sigma in (600, 1200, 2400)),
    "smdegrain": ("smdegrain thsad=4000", "smdegrain thsad=8000"),
    "knlmeans": tuple(f"knlmeans h={h}" for h in (14, 18, 24)),
    **MEDIAN,
}
"""The same on moving film."""
FLICKER: dict[str, Sequence[str]] = {
    "deflicker": tuple(f"deflicker=size={n}:mode={mode}" for n in (5, 9, 15, 31) for mode in ("am", "pm", "median")),
    "smalldeflicker": tuple(f"smalldeflicker radius={radius}" for radius in (2, 5, 9)),
}
"""Peers of deflicker."""
WEAVE: dict[str, Sequence[str]] = {
    "vidstab": tuple(
        f"smoothing={n}:optalgo={how}" for n, how in ((5, "gauss"), (15, "gauss"), (10, "avg"), (30, "avg"))
    ),
}
"""Peers of stabilise."""


FIELDS: dict[str, Sequence[str]] = {
    "qtgmc": ("qtgmc", "qtgmc lossless=1"),
    "nnedi3": ("nnedi3",),
    "bwdif": ("bwdif=mode=send_frame:parity=tff",),
    "yadif": ("yadif=mode=send_frame:parity=tff",),
    "w3fdif": ("w3fdif=filter=complex:parity=tff:mode=frame",),
    "estdif": ("estdif=mode=frame:parity=tff",),
}
"""Peers of deinterlacing, top field first."""
VAPOURSYNTH = frozenset(
    (
        *("spotless", "despot", "removedirt", "descratch", "vbm3d", "dfttest", "smdegrain", "knlmeans"),
        *("smalldeflicker", "qtgmc", "nnedi3"),
    )
)
"""Those that run in an environment of their own; the others are FFmpeg's."""

Best = dict[str, tuple[str, float] | None]
"""The best settings of each peer and their score; None for a peer that is not installed."""


@dataclass(frozen=True, kw_only=True)
class Peers:
    """The free tools of this machine."""

    python: Path | None = None
    """The Python of the environment that holds the filters of VapourSynth; None: they are not here,"""
    reason: str = "bench_peers did not run"
    """for this reason."""

    def has(self, peer: str) -> bool:
        """Whether a peer can run here."""
        return self.python is not None if peer in VAPOURSYNTH else has(peer)

    def filtered(self, frames: np.ndarray, settings: str) -> np.ndarray:
        """Grey frames (n, h, w, 1), 0..1, after a filter at 8 bits. Raises FilmError if it fails."""
        if settings.partition(" ")[0] not in VAPOURSYNTH:
            return filtered(frames, settings)
        if self.python is None:
            raise FilmError(f"The filters of VapourSynth are not here: {self.reason}.")
        with tempfile.TemporaryDirectory() as folder:
            before, after = Path(folder) / "before.npy", Path(folder) / "after.npy"
            np.save(before, _to_8_bits(frames)[..., 0])
            program = Path(__file__).with_name("vapoursynth_filters.py")
            # Isolated: nothing of this environment is seen there.
            command = [str(part) for part in (self.python, "-I", program, before, after, settings)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                raise FilmError(f"{settings} failed: {done.stderr.strip().splitlines()[-1:]}")
            shown: np.ndarray = np.load(after)
        # Deinterlacing gives two frames for one.
        return shown[:: len(shown) // len(frames), ..., None].astype(np.float32) / 255

    def best_of(
        self, tried: Mapping[str, Sequence[str]], score: Callable[[str], float], best: Callable[..., str] = max
    ) -> Best:
        """The best settings of each peer and their score."""
        winners: Best = {}
        for peer, settings in tried.items():
            scores = {one: score(one) for one in settings} if self.has(peer) else {}
            winner = best(scores, key=scores.__getitem__) if scores else ""
            winners[peer] = (winner, scores[winner]) if scores else None
        return winners


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
        input=_to_8_bits(frames).tobytes(),
        stdout=subprocess.PIPE,
        check=True,
    )
    shown = np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 1)
    if len(shown) != (expected or len(frames)):
        raise RuntimeError(f"{settings} gave {len(shown)} of {len(frames)} frames")
    return shown.astype(np.float32) / 255


def _to_8_bits(frames: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(frames, 0, 1) * 255).astype(np.uint8)


def ffmpeg() -> str:
    import imageio_ffmpeg

    path: str = imageio_ffmpeg.get_ffmpeg_exe()
    return path
