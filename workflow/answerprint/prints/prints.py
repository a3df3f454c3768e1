"""Prints of an edition: the codec, sound, subtitles and metadata of each, and what must hold for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from .. import __version__
from ..film.enlargement import enlarged
from ..film.facts import Film
from ..film.frame_rates import out_rate, output_frames, timecode_at_rate
from ..film.shots import Shot
from . import concatenate
from .encode import Look
from .verify import Expected

SOUND = {"master": "flac", "mezzanine": "pcm_s24le"}
"""Audio codec of each print; access copies have AAC."""
KINDS = {
    "repair": "the film's own pixels, repaired",
    "enhance": "sharpened by models",
    "generate": "partly invented",
}
"""How a print describes the class of its edition."""


def rate_of(film: Film, wanted: str) -> Fraction:
    """The rate of an edition: the film's, or the one that its options ask for (`wanted`, if not empty)."""
    return out_rate(film.facts.rate, wanted) if wanted else film.facts.rate


def look_of(film: Film, wanted: str) -> Look:
    """The rate, pixel aspect and colour tags of a print of a film."""
    return Look(rate=rate_of(film, wanted), sar=film.facts.sar, colour=film.facts.colour)


@dataclass(frozen=True, kw_only=True)
class Edition:
    """An edition as its prints describe it."""

    name: str
    kind: str
    """repair, enhance or generate."""
    steps: tuple[tuple[str, str], ...]
    """(stage, engine) from the source to its end."""
    enlargements: tuple[tuple[int, int], ...] = ()
    """How its frames are enlarged on their way from the source: `scale` and `to` of each Enlargement."""
    rate: str = ""
    """The rate that its options ask for; empty for the film's own."""
    output_channels: int | None = None
    """Channels of its frames; None for as many as the source has."""


@dataclass(frozen=True, kw_only=True)
class PrintJob:
    """The pieces of one print, and what is to be added to them."""

    codec: str
    edition: Edition
    film: Film
    shots: tuple[Shot, ...]
    pieces: tuple[Path, ...]
    sounds: tuple[Path, ...]
    sound_languages: tuple[str | None, ...]
    subtitles: Path | None
    """The transcript's."""
    own_subtitles: tuple[Path, ...] = ()
    """Those of the film's file, one for each that its facts name."""
    language: str
    year: str


def join_print(job: PrintJob, output: Path) -> None:
    """Join the pieces of a print and add sound, subtitles, chapters, metadata and timecode."""
    extra = concatenate.Joined(
        sounds=job.sounds,
        languages=job.sound_languages,
        subtitles=_subtitles(job),
        chapters=chapters(job.film, job.shots),
        metadata=metadata(job),
        timecode=timecode_of(job.film, rate_of(job.film, job.edition.rate)),
    )
    look = look_of(job.film, job.edition.rate)
    concatenate.join(job.codec, list(job.pieces), output, look, extra, SOUND.get(job.codec, "aac"))


def _subtitles(job: PrintJob) -> tuple[concatenate.Words, ...]:
    """The transcript, then the subtitles of the file."""
    transcript = [concatenate.Words(path=job.subtitles, language=job.language)] if job.subtitles else []
    streams = job.film.facts.subtitles
    return (
        *transcript,
        *(
            concatenate.Words(path=path, language=stream.language, title=stream.title)
            for path, stream in zip(job.own_subtitles, streams, strict=False)
        ),
    )


def chapters(film: Film, shots: Sequence[Shot]) -> tuple[tuple[Fraction, Fraction, str], ...]:
    """The film's own chapters, or its shots where it has none."""
    rate = film.facts.rate
    return film.facts.chapters or tuple(
        (shot.start / rate, shot.stop / rate, f"Shot {number}") for number, shot in enumerate(shots, start=1)
    )


def metadata(job: PrintJob) -> dict[str, str]:
    """The metadata of a print: title, year, and what was done to which source."""
    film, edition = job.film, job.edition
    steps = ", ".join(f"{stage}/{engine}" for stage, engine in edition.steps) or "nothing"
    what = "Change map: bit k of a pixel is set if stage k changed it" if job.codec == "changes" else "Restored"
    return {
        "title": film.title,
        **({"date": job.year} if job.year else {}),
        "comment": (
            f"{what}. Edition {edition.name} ({edition.kind}: {KINDS[edition.kind]}). Done: {steps}. "
            f"Source SHA-256 {film.sha256}. answerprint {__version__}."
        ),
    }


def timecode_of(film: Film, rate: Fraction) -> str | None:
    """The timecode of the film's first frame at the rate of a print."""
    if not film.facts.timecode:
        return None
    # The timecode of a film with pulldown counts the frames of its video.
    counted = film.facts.rate * Fraction(5, 4) if film.pulldown else film.facts.rate
    return timecode_at_rate(film.facts.timecode, counted, rate)


@dataclass(frozen=True, kw_only=True)
class Extras:
    """What a print holds besides the picture."""

    sound_lengths: tuple[Fraction, ...]
    """Seconds of each sound."""
    subtitles: int
    """How many streams of them."""
    chapters: int


def expected(
    codec: str, film: Film, edition: Edition, extras: Extras, records: Sequence[Mapping[str, Any]]
) -> Expected:
    """What a print must be according to the source, its edition, and the records of the edition's last stage."""
    changes = codec == "changes"
    rate = rate_of(film, edition.rate)
    lossless = codec == "master"
    height, width = enlarged((film.facts.height, film.facts.width), edition.enlargements)
    return Expected(
        codec=codec,
        look=look_of(film, edition.rate),
        frames=output_frames(film.facts.frames, film.facts.rate, rate),
        width=width,
        height=height,
        channels=1 if changes else edition.output_channels or film.channels,
        depth=8 if changes else film.depth,
        sounds=0 if changes else len(extras.sound_lengths),
        subtitles=0 if changes else extras.subtitles,
        chapters=extras.chapters,
        timecode=timecode_of(film, rate),
        sound_lengths=() if changes else extras.sound_lengths,
        digests=tuple(digest for record in records for digest in record["digests"]) if lossless else (),
    )
