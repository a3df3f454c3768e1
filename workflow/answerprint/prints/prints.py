"""Prints of an edition: the codec, sound, subtitles and metadata of each, and what must hold for it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from .. import __version__
from ..film import log_view
from ..film.enlargement import Step, aspect_after, enlarged
from ..film.facts import Film
from ..film.frame_rates import Retiming, out_rate, timecode_at_rate
from ..film.shots import Shot
from ..runtime.files import remove_stale_folders
from . import change_maps, concatenate, content_credentials, in_step, labels, xmp
from .codecs import CODECS, fitted
from .content_credentials import Credentials
from .encode import Look
from .verify import Expected

SOUND = {"master": "flac", "mezzanine": "pcm_s24le"}
"""Audio codec of each print; access copies have AAC."""
ACCESS = ("x264", "x265", "svtav1", "television")
"""The codecs of access copies, which are made to be looked at."""
KINDS = {
    "repair": "the film's own pixels, repaired",
    "enhance": "sharpened by models",
    "generate": "partly invented",
}
"""How a print describes the class of its edition."""


def rate_of(film: Film, wanted: str) -> Fraction:
    """The rate of an edition: the film's, or the one that its options ask for (`wanted`, if not empty)."""
    return out_rate(film.facts.rate, wanted) if wanted else film.facts.rate


def retiming_of(film: Film, wanted: str, lost: Sequence[tuple[int, int, str]]) -> Retiming:
    """How the frames of an edition lie in time; `wanted` as in `rate_of`, `lost` as in `Edition`."""
    gaps = tuple((after, count) for after, count, _ in lost)
    return Retiming(frames=film.facts.frames, before=film.facts.rate, after=rate_of(film, wanted), lost=gaps)


def look_of(film: Film, wanted: str, codec: str = "master", enlargements: Sequence[Step] = ()) -> Look:
    """The rate, pixel aspect and colour tags of a print of a film; `wanted` and `enlargements` as in `Edition`."""
    colour = film.facts.colour
    if view_of(film, codec):
        colour = replace(colour, primaries="bt709", transfer="bt709", matrix="bt709")
    return Look(rate=rate_of(film, wanted), sar=aspect_after(film.facts.sar, enlargements), colour=colour)


def view_of(film: Film, codec: str) -> str:
    """The view through which a print is made; empty for prints that keep the film's values."""
    return log_view.view_of(film.facts.colour) if codec in ACCESS else ""


@dataclass(frozen=True, kw_only=True)
class Edition:
    """An edition as its prints describe it."""

    name: str
    kind: str
    """repair, enhance or generate."""
    steps: tuple[tuple[str, str], ...]
    """(stage, engine) from the source to its end."""
    enlargements: tuple[Step, ...] = ()
    """How its frames are enlarged on their way from the source."""
    rate: str = ""
    """The rate that its options ask for; empty for the film's own."""
    output_channels: int | None = None
    """Channels of its frames; None for as many as the source has."""
    source_type: str = ""
    """Its digital source type, as `labels.source_type` gives it; empty for that of the source."""
    elements: bool = False
    """Whether pixels of other elements may be in it."""
    lost: tuple[tuple[int, int, str], ...] = ()
    """In order: film frames after which it has frames that were lost, how many, and what becomes of the sound."""

    def retiming(self, film: Film) -> Retiming:
        """How its frames lie in time."""
        return retiming_of(film, self.rate, self.lost)

    def silences(self, film: Film) -> tuple[in_step.Silence, ...]:
        """Where silence is inserted into its sound."""
        rate = film.facts.rate
        return tuple(((after + 1) / rate, count / rate) for after, count, sound in self.lost if sound == "silence")


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
    sound_layouts: tuple[str, ...] = ()
    subtitles: Path | None
    """The transcript's."""
    own_subtitles: tuple[Path, ...] = ()
    """Those of the film's file, one for each that its facts name."""
    language: str
    year: str
    credentials: Credentials | None = None
    """What the access print is signed with."""


def join_print(job: PrintJob, output: Path) -> None:
    """Join the pieces of a print and add sound, subtitles, chapters, metadata and timecode."""
    retiming, silences = job.edition.retiming(job.film), job.edition.silences(job.film)
    remove_stale_folders(output)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}.") as folder:
        sounds, words = job.sounds, _subtitles(job)
        if silences:
            moved = [Path(folder, str(number)) for number in range(len(sounds) + len(words))]
            sounds = tuple(in_step.sound(path, silences, to) for path, to in zip(sounds, moved, strict=False))
            words = tuple(
                replace(one, path=in_step.subtitles(one.path, silences, to))
                for one, to in zip(words, moved[len(sounds) :], strict=True)
            )
        extra = concatenate.Joined(
            sounds=sounds,
            languages=job.sound_languages,
            layouts=job.sound_layouts,
            subtitles=words,
            chapters=in_step.chapters(chapters(job.film, job.shots), retiming),
            metadata=metadata(job),
            timecode=timecode_of(job.film, retiming.after),
            finish=lambda path: label_for_machines(job, path),
        )
        look = look_of(job.film, job.edition.rate, job.codec, job.edition.enlargements)
        concatenate.join(job.codec, list(job.pieces), output, look, extra, SOUND.get(job.codec, "aac"))


def label_for_machines(job: PrintJob, path: Path) -> None:
    """Put an edition's digital source type into a finished print, and sign it where there are credentials."""
    edition = job.edition
    # An edition without stages is what its source is, of which nothing can be claimed.
    if not edition.source_type:
        return
    if path.suffix in xmp.CONTAINERS:
        xmp.append(path, edition.source_type)
    if job.credentials and path.suffix == ".mp4":
        claim = content_credentials.Claim(
            title=job.film.title,
            source_type=edition.source_type,
            edition=edition.name,
            kind=edition.kind,
            steps=edition.steps,
            source_sha256=job.film.sha256,
        )
        content_credentials.sign(path, claim, job.credentials)


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
    """The film's own chapters, as far as its picture goes, or its shots where it has none."""
    rate = film.facts.rate
    ends = film.facts.frames / rate
    own = tuple((start, min(stop, ends), title) for start, stop, title in film.facts.chapters if start < ends)
    return own or tuple(
        (shot.start / rate, shot.stop / rate, f"Shot {number}") for number, shot in enumerate(shots, start=1)
    )


def metadata(job: PrintJob) -> dict[str, str]:
    """The metadata of a print: title, year, and what was done to which source."""
    film, edition = job.film, job.edition
    steps = ", ".join(f"{stage}/{engine}" for stage, engine in edition.steps) or "nothing"
    is_map = job.codec == "changes"
    meaning = change_maps.legend((stage for stage, _ in edition.steps), elements=edition.elements)
    what = f"Change map; the bits of a pixel say which stages changed it: {meaning or 'none'}" if is_map else "Restored"
    label = {change_maps.TAG: meaning} if is_map else {labels.TAG: edition.source_type}
    return {
        "title": film.title,
        **({"date": job.year} if job.year else {}),
        **{name: value for name, value in label.items() if value},
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
    silence = in_step.length(edition.silences(film))
    lossless = codec == "master"
    height, width = enlarged((film.facts.height, film.facts.width), film.facts.sar, edition.enlargements)
    width, height = fitted(CODECS[codec], width, height)
    return Expected(
        codec=codec,
        look=look_of(film, edition.rate, codec, edition.enlargements),
        frames=edition.retiming(film).output_frames,
        width=width,
        height=height,
        channels=1 if changes else edition.output_channels or film.channels,
        depth=16 if changes else film.depth,
        sounds=0 if changes else len(extras.sound_lengths),
        subtitles=0 if changes else extras.subtitles,
        chapters=extras.chapters,
        timecode=timecode_of(film, rate),
        sound_lengths=() if changes else tuple(seconds + silence for seconds in extras.sound_lengths),
        digests=tuple(digest for record in records for digest in record["digests"]) if lossless else (),
    )
