"""The memory of jobs, by the size of their frames.

Measured at 1024x768 to 4096x3112, 4 to 60 noisy frames, on two cores (x86-64, November 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BASE = 250.0
"""Megabytes of any job."""
SOURCE = 15.0
"""More per million values of a frame (pixels times channels) of a source that is decoded: 4096x3112 in colour took 290
to 790 MB to survey and 440 to 540 to ingest, FFV1 of RGB the most."""
LOSSLESS = 40.0
"""The same of an edition, for its lossless prints and stills: 1.3 GB for a master of 4096x3072 in colour."""
LOSSY = {"x264": 200.0, "x265": 315.0, "svtav1": 225.0, "television": 40.0}
"""Megabytes per million pixels of an edition for each lossy print, by its codec: their look-ahead holds tens of frames.
x264 took 2.5 GB for 4096x3072. The television print is never larger than 1920x1080."""


def of_job(per_million: float, millions: float) -> float:
    """Megabytes of a job that takes so many for each million values or pixels of a frame."""
    return BASE + per_million * millions


def of_source(values: float) -> float:
    """Megabytes of a job that decodes a source; `values`: millions of a frame."""
    return of_job(SOURCE, values)


def of_lossless_prints(values: float) -> float:
    """Megabytes of a job that makes the lossless prints of an edition."""
    return of_job(LOSSLESS, values)


def of_lossy_prints(ways: Mapping[str, Mapping[str, Any]], pixels: float) -> float:
    """Megabytes of a job that makes its lossy prints, one by one, in the given ways; `pixels`: millions of a frame."""
    return of_job(max((LOSSY[way["codec"]] for way in ways.values()), default=0.0), pixels)
