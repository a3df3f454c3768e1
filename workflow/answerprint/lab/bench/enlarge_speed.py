"""How fast upscale/compact is, writing included, beside its own network and a published one on the same frames."""

from __future__ import annotations

import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from ... import engines
from ...frames.part_file import FrameFormat, Writer, to_integers

FRAMES = 8
"""Frames for each core."""
HEIGHT, WIDTH = 480, 640
PEER_FRAMES = 1


def rows(folder: Path, cores: int, peer: Any) -> Iterator[tuple[str, str, str, str]]:
    """Rows of the table: what is measured, at least, aim, found."""
    start = time.perf_counter()
    with get_context("spawn").Pool(cores) as pool:
        parts = pool.starmap(_part, [(folder / f"{k}.zip", k) for k in range(cores)])
    whole = time.perf_counter() - start
    seconds, alone, work = (float(np.mean([part[k] for part in parts])) for k in range(3))
    found = (
        f"{cores * FRAMES / seconds:.1f} frames/s; by processor time, as on cores that nobody else uses, "
        f"{cores * FRAMES / work:.1f}; with the start of the processes {cores * FRAMES / whole:.1f}"
    )
    yield "`compact` x2, 640x480 grey, written, all cores", "6", "15", found
    share = f"{100 * (work / alone - 1):.0f} %"
    yield "processor time of the stage over that of the network alone", "< 25 %", "< 10 %", share
    if isinstance(peer, str):
        yield "times as fast as Real-ESRGAN animevideov3", "5", "15", peer
        return
    begun = time.process_time()
    peer(_clip(PEER_FRAMES, 0))
    ratio = (time.process_time() - begun) / PEER_FRAMES / (work / FRAMES)
    yield "times as fast as Real-ESRGAN animevideov3 (processor time)", "5", "15", f"{ratio:.1f}"


def _clip(count: int, seed: int) -> np.ndarray:
    """Moving texture with grain (n, h, w, 1): nothing repeats, so no frame is cheaper than another."""
    import cv2

    rng = np.random.default_rng(seed)
    wide = cv2.GaussianBlur(rng.standard_normal((HEIGHT, WIDTH + 4 * count), np.float32), (0, 0), 2)
    wide = 0.5 + 0.15 * wide / wide.std()
    frames = [wide[:, 4 * k : 4 * k + WIDTH] + 0.01 * rng.standard_normal((HEIGHT, WIDTH)) for k in range(count)]
    return np.clip(frames, 0, 1).astype(np.float32)[..., None]


def _part(path: Path, seed: int) -> tuple[float, float, float]:
    """Seconds in which a core enlarges and writes a part, and processor time of the network alone and of the whole."""
    import cv2

    cv2.setNumThreads(1)
    engine = engines.load("upscale", "compact")
    clip = engine.clip(_clip(FRAMES, seed))
    engine.run(engine.clip(clip.frames[:2]))
    begun, work = time.perf_counter(), time.process_time()
    with Writer(path, frames=FRAMES, format=FrameFormat(1, 2 * HEIGHT, 2 * WIDTH, 10)) as writer:
        writer.write(to_integers(engine.run(clip).frames, 10))
    seconds, work = time.perf_counter() - begun, time.process_time() - work
    begun = time.process_time()
    for frame in clip.frames:
        engine.detail(frame[..., 0])
    return seconds, time.process_time() - begun, work
