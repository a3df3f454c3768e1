"""What is said in each line of a film as a short clip that the report plays: Opus in Ogg, as a data URL."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..film.sound import RATE

MARGIN = 0.25
"""Seconds before and after a line that are heard too."""
BITS = 16_000
"""Bits a second: speech stays clear in Opus, and a minute takes 0.12 MB."""
MOST_BYTES = 2_000_000
"""Of all clips of a film; about a quarter of an hour of speech. Later lines have none."""


def clips(lines: Sequence[Mapping[str, Any]], samples: np.ndarray, most_bytes: int = MOST_BYTES) -> dict[str, str]:
    """The clip of each line as a data URL, by the second at which the line starts, as JSON writes it.

    samples: float32 (n,) -1..1, mono, at 16 kHz.
    """
    found: dict[str, str] = {}
    room = most_bytes
    for line in lines:
        first, last = (round(max(0.0, line[key] + side) * RATE) for key, side in (("start", -MARGIN), ("end", MARGIN)))
        data = opus(samples[first:last]) if last > first and first < len(samples) else b""
        room -= len(data)
        if room < 0:
            break
        if data:
            found[str(line["start"])] = f"data:audio/ogg;base64,{base64.b64encode(data).decode()}"
    return found


def opus(samples: np.ndarray) -> bytes:
    """Sound float32 (n,) -1..1 at 16 kHz as an Ogg file."""
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE, layout="mono")
        stream.bit_rate = BITS
        frame = av.AudioFrame.from_ndarray(
            np.rint(np.clip(samples, -1, 1) * 32767).astype(np.int16)[None], format="s16", layout="mono"
        )
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=RATE, frame_size=RATE // 50)
        for block in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(block))
        container.mux(stream.encode(None))
    return file.getvalue()
