"""What the tests of reading and writing media share."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from answerprint.film import ingest, probe, survey
from answerprint.film.facts import Colour, Deinterlacer, Film, film_of
from answerprint.film.survey import Survey
from answerprint.film.time_stamps import TimeStamps
from answerprint.frames import part_file
from answerprint.prints import concatenate, encode
from answerprint.prints.codecs import Settings
from answerprint.prints.concatenate import Joined
from answerprint.prints.encode import Look, Run
from films import moving_texture


@dataclass(frozen=True)
class Taken:
    """A source as the first two steps of the workflow leave it."""

    survey: Survey
    row: dict[str, Any]
    film: Film
    ledger: Path

    def stored(self, first: int = 0, stop: int | None = None) -> np.ndarray:
        """Film frames as stored values, uint16 (n, c, h, w)."""
        stop = self.film.facts.frames if stop is None else stop
        return np.stack(list(ingest.read(self.film, self.ledger, first, stop)))

    def frames(self, first: int = 0, stop: int | None = None) -> np.ndarray:
        """Film frames, float (n, h, w, c), 0..1."""
        values = self.stored(first, stop) >> np.uint16(16 - self.film.depth)
        return np.moveaxis(values / np.float32((1 << self.film.depth) - 1), 1, 3)


def take(
    path: Path,
    folder: Path,
    *,
    rate: Fraction | None = None,
    fields: survey.Fields = "auto",
    time_stamps: TimeStamps = "auto",
    accept_damaged: bool = False,
    grey: str = "auto",
    depth: int | str = "auto",
    deinterlacer: Deinterlacer = "motion",
) -> Taken:
    """Survey a source; what it is goes through source.json and the ledger's file, as in the workflow."""
    facts = probe.inspect(path, rate)
    found = survey.survey(facts, fields=fields, time_stamps=time_stamps, accept_damaged=accept_damaged)
    row = ingest.describe("film", found, ingest.Wanted(grey=grey, depth=depth, deinterlacer=deinterlacer))
    row = json.loads(json.dumps(row))
    ledger = folder / f"{path.name}.ledger.npz"
    ingest.save_ledger(ledger, found)
    return Taken(survey=found, row=row, film=film_of(row), ledger=ledger)


def click(at: float, rate: int, seconds: float, channels: int = 1) -> np.ndarray:
    """Silence with 20 ms of a tone that begins at `at` seconds: float32 (channels, samples)."""
    tone = np.zeros((channels, round(rate * seconds)), np.float32)
    begin, length = round(at * rate), round(0.02 * rate)
    tone[:, begin : begin + length] = 0.8 * np.cos(np.arange(length) * 2 * np.pi * 800 / rate)
    return tone


def onset(samples: np.ndarray, rate: int) -> float:
    """Seconds at which samples (n, channels) first get loud; nan when they never do."""
    loud = np.flatnonzero(np.abs(samples).max(axis=1) > 0.25)
    return float(loud[0]) / rate if len(loud) else float("nan")


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """Files cannot grow beyond `size` bytes, as if the disk were full then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


LOSSY = ("x264", "television", "x265", "svtav1")
CONTAINERS = {"master": "mkv", "mezzanine": "mov", **dict.fromkeys(LOSSY, "mp4"), "changes": "mkv"}
SOUND = {"master": "flac", "mezzanine": "pcm_s24le"}


def stored_film(frames: int, size: tuple[int, int] = (48, 64), channels: int = 1, depth: int = 10) -> np.ndarray:
    """A drawn film as stored values."""
    return part_file.to_integers(moving_texture(frames, *size, channels, step=(1.3, 0.7)), depth)


def print_of(
    folder: Path,
    kind: str,
    stored: np.ndarray,
    lengths: list[int] | None = None,
    *,
    rate: str = "24/1",
    sar: Fraction = Fraction(1),
    tags: Colour | None = None,
    depth: int = 10,
    extra: Joined | None = None,
) -> Path:
    """A print of stored frames, joined from pieces of these lengths."""
    look = Look(rate=Fraction(rate), sar=sar, colour=tags or Colour())
    pieces, done = [], 0
    for number, length in enumerate(lengths or [len(stored)]):
        pieces.append(folder / f"{number:03d}.piece")
        run = Run(frames=iter(stored[done : done + length]), settings=Settings(quality=14 if kind in LOSSY else None))
        assert encode.piece(kind, [run], pieces[-1], look, depth) == length
        done += length
    assert done == len(stored)
    path = folder / f"{kind}.{CONTAINERS[kind]}"
    concatenate.join(kind, pieces, path, look, extra or Joined(), SOUND.get(kind, "aac"))
    return path


def frames_of(path: Path) -> tuple[list[Any], Any]:
    """The decoded frames of a file, and its stream."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        return list(container.decode(video)), video
