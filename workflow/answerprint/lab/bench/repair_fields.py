"""Rows of the repair bench on fields: pictures woven by twos into frames, and what deinterlacers make of these."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from ...film import ingest, probe, survey
from ...film.facts import Deinterlacer, film_of
from . import repair_clips
from .repair_peers import FIELDS, Peers
from .repair_rows import Row, format_best

CLIPS = (repair_clips.CROWD, repair_clips.FLIGHT, repair_clips.RABBIT, repair_clips.CAR)
PICTURES = 32
"""Pictures of each clip; every other one is the truth of a frame."""
INSIDE = slice(2, -2)


def deinterlacing(media: Path, peers: Peers) -> Iterator[Row]:
    """How near each deinterlacer comes to the pictures that were woven."""
    for clip in CLIPS:
        truth = repair_clips.to_8_bits(repair_clips.frames(media, clip, PICTURES))
        truth = truth[:, : truth.shape[1] // 4 * 4]
        woven = truth[0::2].copy()
        woven[:, 1::2] = truth[1::2, 1::2]

        def score(settings: str, woven: np.ndarray = woven, truth: np.ndarray = truth) -> float:
            shown = peers.filtered(woven, settings) if settings else _ingested(woven, "motion")
            return repair_clips.psnr(truth[0::2][INSIDE], shown[INSIDE])

        ours, best = score(""), peers.best_of(FIELDS, score)
        bwdif = best["bwdif"]
        least, aim = (f"{bwdif[1] + gain:.1f} dB" for gain in (0.7, 2.0)) if bwdif else ("", "")
        yield f"fields of {clip.name}: PSNR", least, aim, f"motion {ours:.2f} dB", format_best(best, "{:.2f} dB")


def _ingested(woven: np.ndarray, deinterlacer: Deinterlacer) -> np.ndarray:
    """Frames (n, h, w, 1), 0..1, as a film of them is ingested."""
    import av

    with tempfile.TemporaryDirectory() as folder:
        path, ledger = Path(folder) / "woven.mkv", Path(folder) / "ledger.npz"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("ffv1", rate=25)
            stream.height, stream.width, stream.pix_fmt = *woven.shape[1:3], "gray"
            for frame in (np.rint(woven * 255)).astype(np.uint8):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame[..., 0], format="gray")))
            container.mux(stream.encode())
        surveyed = survey.survey(probe.inspect(path, Fraction(25)), fields="tff")
        ingest.save_ledger(ledger, surveyed)
        wanted = ingest.Wanted(grey="true", depth="auto", deinterlacer=deinterlacer)
        film = film_of(ingest.describe("woven", surveyed, wanted))
        values = np.stack(list(ingest.read(film, ledger, 0, len(woven)))) >> np.uint16(16 - film.depth)
    return np.moveaxis(values / np.float32((1 << film.depth) - 1), 1, 3)
