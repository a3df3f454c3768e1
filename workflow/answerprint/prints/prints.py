"""Prints of an edition: which codec, sound and words each gets, and what it says about itself."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..film import shots
from ..film.facts import Film, read_film
from ..film.frame_rates import out_rate, output_frames, timecode_at_rate
from ..frames.part_file import Reader
from ..runtime.files import read_json
from ..runtime.progress import Progress
from . import concatenate, encode
from .change_maps import ChangeMap
from .concatenate import Joined
from .encode import Look
from .verify import Expected

SOUND = {"master": "flac", "mezzanine": "pcm_s24le"}
"""Sound of each print; access copies have AAC."""


def rate_of(film: Film, wanted: str) -> Fraction:
    """The rate of an edition: the film's, or what its interpolation asks for."""
    return out_rate(film.facts.rate, wanted) if wanted else film.facts.rate


def look_of(film: Film, wanted: str) -> Look:
    """What a print of a film says about its picture."""
    return Look(rate=rate_of(film, wanted), sar=film.facts.sar, colour=film.facts.colour)


def encode_part(
    *,
    codec: str,
    quality: int | None,
    frames: Path,
    changes: dict[str, Path],
    source: str,
    parts: str,
    part: int,
    rate: str,
    output: Path,
    label: str,
) -> None:
    """Encode one part of one print; with `changes` (files by stage) the change map instead of the picture."""
    film = read_film(source)
    reader = Reader(frames)
    progress = Progress(label, len(reader))
    if codec == "changes":
        marks = change_map(film, changes, read_json(parts)[part], reader.size, rate)
        pictures: Iterator[np.ndarray] = (frame[None] for frame in marks)
        depth = 8
    else:
        pictures, depth = iter(reader), reader.depth

    def counted() -> Iterator[np.ndarray]:
        for picture in pictures:
            yield picture
            progress.add()

    encode.piece(codec, counted(), output, look_of(film, rate), depth, quality)


def change_map(film: Film, files: dict[str, Path], part: dict[str, int], size: tuple[int, int], rate: str) -> ChangeMap:
    """The change map of one part of an edition."""
    rates = (film.facts.rate, rate_of(film, rate)) if "interpolate" in files else None
    return ChangeMap(files, (part["first"], part["stop"]), size, film.facts.frames, rates)


def join_print(
    *,
    codec: str,
    pieces: list[Path],
    sounds: list[Path],
    subtitles: Path | None,
    source: str,
    shots: str,
    rate: str,
    edition: dict[str, Any],
    language: str,
    year: str,
    output: Path,
) -> None:
    """Join the pieces of a print and add what the film has besides pictures."""
    film = read_film(source)
    extra = Joined(
        sounds=tuple(sounds),
        languages=tuple(read_json(path.with_suffix(".json"))["language"] for path in sounds),
        subtitles=subtitles,
        language=language,
        chapters=chapters(film, shots),
        metadata=metadata(film, edition, year, codec),
        timecode=timecode_of(film, rate_of(film, rate)),
    )
    concatenate.join(codec, pieces, output, look_of(film, rate), extra, SOUND.get(codec, "aac"))


def chapters(film: Film, shots_json: str) -> tuple[tuple[Fraction, Fraction, str], ...]:
    """The film's own chapters, or where it has none, its shots."""
    if film.facts.chapters:
        return film.facts.chapters
    found = shots.from_json(read_json(shots_json))
    rate = film.facts.rate
    return tuple((s.start / rate, s.stop / rate, f"Shot {n}") for n, s in enumerate(found, start=1))


def metadata(film: Film, edition: dict[str, Any], year: str, codec: str) -> dict[str, str]:
    """What a print says was done to it."""
    names = {
        "repair": "the film's own pixels, repaired",
        "enhance": "sharpened by models",
        "generate": "partly invented",
    }
    done = ", ".join(f"{stage}/{engine}" for stage, engine in edition["steps"]) or "nothing"
    what = "Change map: bit k of a pixel says that stage k changed it" if codec == "changes" else "Restored"
    return {
        "title": film.title,
        **({"date": year} if year else {}),
        "comment": (
            f"{what}. Edition {edition['name']} ({edition['kind']}: {names[edition['kind']]}). Done: {done}. "
            f"Source SHA-256 {film.sha256}. answerprint {__version__}."
        ),
    }


def timecode_of(film: Film, rate: Fraction) -> str | None:
    """The timecode of the film's first frame at the rate of a print."""
    if not film.facts.timecode:
        return None
    # What was pulled down has the timecode of its video.
    counted = film.facts.rate * Fraction(5, 4) if film.pulldown else film.facts.rate
    return timecode_at_rate(film.facts.timecode, counted, rate)


def expected(
    codec: str,
    film: Film,
    *,
    records: list[dict[str, Any]],
    stages: list[str],
    scale: int,
    rate: str,
    sounds: int,
    subtitles: bool,
    chapters: int,
    sound_lengths: tuple[Fraction, ...] = (),
) -> Expected:
    """What a print must be, by the source, the stages of its edition and the records of its last stage."""
    changes = codec == "changes"
    wanted = rate_of(film, rate)
    lossless = codec == "master" and bool(records)
    return Expected(
        codec=codec,
        look=look_of(film, rate),
        frames=output_frames(film.facts.frames, film.facts.rate, wanted),
        width=film.facts.width * scale,
        height=film.facts.height * scale,
        channels=1 if changes else 3 if "colorize" in stages else film.channels,
        depth=8 if changes else film.depth,
        sounds=0 if changes else sounds,
        subtitles=subtitles and not changes,
        chapters=chapters,
        timecode=timecode_of(film, wanted),
        sound_lengths=() if changes else sound_lengths,
        digests=tuple(digest for record in records for digest in record["digests"]) if lossless else (),
    )
