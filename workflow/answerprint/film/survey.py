"""The survey: decodes a source once to find out what it really holds.

It determines field order and pulldown, whether the film is grey, and whether the file is complete, and makes the
ledger: which source frame each film frame is. A tiny proxy of every frame is kept for finding shots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from ..runtime import numbers
from ..runtime.errors import FilmError
from . import (
    colour,
    completeness,
    decode,
    fields,
    fixity,
    frame_folder,
    joints,
    missing,
    orientation,
    picture_format,
    probe,
    pulldown,
    streams,
)
from .clipping import Clipping
from .decode import Trace
from .facts import MIXED, Facts
from .fields import Fields
from .joints import FilmClock, Joint
from .orientation import Orientation
from .picture_format import PictureFormat
from .proxies import Proxies
from .scans import Scan
from .time_stamps import StampedFilm, TimeStamps


@dataclass(frozen=True, kw_only=True)
class Survey:
    """The results of decoding a whole source."""

    facts: Facts
    """With the true number of film frames, rate and field order."""
    ledger: np.ndarray
    """int64, (film frames,): the picture that each film frame shows; `ledger.BLACK` where it shows none."""
    pictures: int
    """How many pictures there are: decoded frames, or, with pulldown, what is left of them after decimation."""
    times: tuple[Fraction | None, ...]
    """When each decoded frame is shown, seconds by the file's clock."""
    keys: np.ndarray
    """bool, (decoded frames,): whether decoding can start there."""
    sums: np.ndarray
    """uint32, (decoded frames,): checksums; in a folder, of the files of the frames."""
    pulldown: bool
    grey: bool
    tinted: bool
    """Whether it is black-and-white film that was tinted or toned."""
    proxy: np.ndarray
    """uint8, (film frames, 27, 48, 3)."""
    damaged: str | None
    """How the file is damaged; None if it is not."""
    missing: tuple[int, ...] = ()
    """Film frames of which a folder has no file."""


def survey(
    facts: Facts,
    *,
    fields: Fields = "auto",
    accept_damaged: bool = False,
    time_stamps: TimeStamps = "auto",
    missing_frames: missing.Shown = "refuse",
    report: Callable[[int, int], None] | None = None,
) -> Survey:
    """Decode all of a source and return what it holds; `report` is called with (frames done, frames expected).

    Raises FilmError if the source is damaged or its picture changes on the way and that is not accepted, if its rate
    was overridden although it has sound, which would then drift, or if its time stamps would more than double its
    frames or drop a third of them and nobody has decided about that.
    """
    report = report or (lambda done, total: None)
    if facts.kind == "frames":
        return _survey_folder(facts, missing_frames, report)
    return _Pass(facts, fields, time_stamps, report).result(accept_damaged)


@dataclass(frozen=True, kw_only=True)
class _Pace:
    """How the frames of a film follow each other, and how the file's clock runs beside them."""

    rate: Fraction
    ledger: np.ndarray
    """The picture that each film frame shows."""
    joints: tuple[Joint, ...] = ()
    stretch: Fraction = Fraction(1)


class _Pass:
    """One pass over a video file."""

    def __init__(
        self, facts: Facts, wanted: Fields, time_stamps: TimeStamps, report: Callable[[int, int], None]
    ) -> None:
        self.facts, self.path, self.report = facts, Path(facts.path), report
        self.time_stamps = time_stamps
        self.trace = Trace()
        self.stamps: list[int | None] = []
        self.sums: list[int] = []
        self.proxies = Proxies()
        self.clipping = Clipping()
        self.format: PictureFormat | None = None
        self.change = ""
        """How the picture changes on the way, with its time; nothing from there on is read."""
        self.warnings = list(facts.warnings)
        self.orientation = Orientation()
        with decode.listening(self.trace), probe.opened(self.path) as (container, stream):
            self.base = stream.time_base
            self.listed = stream.frames if "mov" in container.format.name else 0
            judge = fields.Judge(stream) if wanted in ("auto", "pulldown") else None
            for frame in self._observed(decode.frames(container, stream, self.trace), stream):
                self.proxies.add(frame, self.orientation)
                self.clipping.add(frame)
                if judge:
                    judge.add(frame)
            if not self.change:
                self.trace.troubles += completeness.troubles(container, stream, self.trace.ends, self.facts.rate)
        self._decide_fields(judge, wanted)
        if self.pulldown:
            self._undo_pulldown()

    def _observed(self, frames: Iterator[Any], stream: Any) -> Iterator[Any]:
        for frame in frames:
            picture = PictureFormat.of(frame, stream.codec_context)
            if self.format is None:
                self.orientation = orientation.of(frame, self.path)
                self.warnings += colour.lost(frame, jpeg=stream.codec_context.name == "mjpeg")
            else:
                self.change = self.format.change(picture)
                if self.change:
                    seconds = len(self.stamps) / self.facts.rate
                    self.change = picture_format.sentence(self.facts.path, seconds, self.change)
                    return
            # The first frames may not say their shape yet.
            self.format = replace(picture, sar=picture.sar or (self.format.sar if self.format else None))
            self.stamps.append(frame.pts)
            self.sums.append(decode.checksum(frame))
            self.report(len(self.stamps), self.facts.frames)
            yield frame

    def _decide_fields(self, judge: fields.Judge | None, wanted: Fields) -> None:
        order, repeats = judge.verdict() if judge else (wanted, False)
        self.pulldown = repeats or wanted == "pulldown"
        self.order: str = "tff" if self.pulldown and order == "progressive" else order
        # A person who names pulldown means the whole film.
        self.scans: tuple[Scan, ...] = judge.stretches(self.pulldown) if judge and wanted == "auto" else ()
        if judge and self.scans:
            self.pulldown, self.order = False, MIXED
            self.warnings.append(f"The film was not scanned in one way: {_in_words(self.scans, judge.rate)}.")

    def _undo_pulldown(self) -> None:
        """Make the proxy pictures anew, of film frames."""
        self.proxies = Proxies()
        with probe.opened(self.path) as (container, stream):
            frames = islice(decode.frames(container, stream), len(self.stamps))
            for _, frame in pulldown.film_frames(self.facts.rate, self.order, enumerate(frames)):
                self.proxies.add(frame, self.orientation)

    def result(self, accept_damaged: bool) -> Survey:
        """The survey. Raises FilmError if the file is damaged and that is not accepted."""
        stamps, facts, trace = self.stamps, self.facts, self.trace
        if not stamps:
            raise FilmError(f"No frame of {self.path} can be decoded.", "It is damaged; copy it again.")
        if self.change and not accept_damaged:
            raise FilmError(
                f"{self.change[0].upper()}{self.change[1:]}.",
                "Cut the file there and give each piece a row of its own in the sheet of films, or set "
                "`accept_damaged: true` to restore only what comes before.",
            )
        if trace.troubles and not accept_damaged:
            raise FilmError(
                f"{self.path} is damaged: {trace.troubles[0]}; "
                f"{len(stamps)} of about {facts.frames} frames can be read.",
                "Copy it again, or set `accept_damaged: true` to restore the readable frames.",
            )
        times = tuple(None if stamp is None else stamp * self.base for stamp in stamps)
        pace = self._pace(times)
        start = times[0] or Fraction(0)
        return Survey(
            facts=self._facts(pace, start),
            ledger=pace.ledger,
            pictures=len(self.proxies),
            times=times,
            keys=np.array([stamp in trace.keys for stamp in stamps]),
            sums=np.array(self.sums, np.uint32),
            pulldown=self.pulldown,
            grey=self.proxies.grey(),
            tinted=self.proxies.tinted(),
            proxy=self.proxies.pictures(pace.ledger),
            damaged=next(iter([*trace.troubles, *filter(None, [self.change])]), None),
        )

    def _pace(self, times: tuple[Fraction | None, ...]) -> _Pace:
        header_rate = probe.inspect(self.path).rate
        requested, one_for_one = self.facts.rate, np.arange(len(times))
        closed, jumps = joints.close(times)
        found = tuple(joint for _, joint in jumps)
        if self.pulldown:
            self._warn_of(jumps, header_rate)
            own = header_rate * Fraction(4, 5)
            rate = own if requested == header_rate else requested
            if rate != own:
                self._require_silence(own, rate)
            return _Pace(rate=rate, ledger=np.arange(len(self.proxies)), joints=found, stretch=own / rate)
        if self.time_stamps == "ignore":
            # Sound keeps its own speed, and what goes with it does.
            stretch = Fraction(1) if self.facts.audio else header_rate / requested
            return _Pace(rate=requested, ledger=one_for_one, stretch=stretch)
        film = StampedFilm(
            path=self.path, wanted=self.time_stamps, decoded=len(times), at_its_rate=requested == header_rate
        )
        rate, frames = film.ledger(closed, header_rate)
        if requested in (header_rate, rate):
            self._warn_of(jumps, rate)
            film.require_plausible(len(frames), len(np.unique(frames)))
            return _Pace(rate=rate, ledger=frames, joints=found)
        self._require_silence(rate, requested)
        stretch = len(times) / requested / (len(frames) / rate)
        return _Pace(rate=requested, ledger=one_for_one, joints=found, stretch=stretch)

    def _require_silence(self, rate: Fraction, requested: Fraction) -> None:
        if self.facts.audio:
            raise FilmError(
                f"{self.path} has sound and {float(rate):.3f} frames a second; "
                f"at {float(requested):.3f} the sound would drift from the picture.",
                "Leave the rate out, or give a film without sound.",
            )

    def _warn_of(self, jumps: list[tuple[int, Joint]], rate: Fraction) -> None:
        for index, (due, shown) in jumps:
            way = "ahead" if shown > due else "back"
            self.warnings.append(
                f"At {numbers.clock(index / rate)} the file's clock jumps {way} by {numbers.clock(abs(shown - due))}, "
                "as where recordings were joined; the film goes on without a pause."
            )

    def _warnings_of_hidden(self) -> Iterator[str]:
        # FFmpeg reads some pictures outside of an edit list, which decoding needs, and passes over the others.
        hidden = max(self.trace.hidden, self.listed - self.trace.read)
        if hidden and not self.trace.troubles and not self.change:
            yield (
                f"The file has {hidden} more pictures that its edit list does not show; they are left out, as players "
                "leave them out. To keep them: ffmpeg -ignore_editlist 1 -i FILM -c copy NEW."
            )

    def _facts(self, pace: _Pace, start: Fraction) -> Facts:
        """The facts of the header, corrected by what decoding showed."""
        facts, ends = self.facts, self.trace.ends
        rate, frames = pace.rate, len(pace.ledger)
        lies = self.orientation
        width, height = (self.format.width, self.format.height) if self.format else (facts.width, facts.height)
        width, height = lies.size(width, height)
        with probe.opened(self.path) as (container, _):
            sounds = streams.choose(container).sounds
            begins = {s.index: (s.start_time or 0) * s.time_base for s in sounds}
        if pace.joints:
            # The clock no longer says how long anything lasts.
            durations = [frames / rate for _ in begins]
        else:
            durations = [ends[i] - begin if i in ends else Fraction(0) for i, begin in begins.items()]
        return replace(
            facts,
            width=width,
            height=height,
            sar=1 / facts.sar if lies.on_its_side else facts.sar,
            rotation=lies.rotation,
            mirrored=lies.mirrored,
            rate=rate,
            frames=frames,
            field_order=self.order,
            scans=self.scans,
            start=start,
            audio=tuple(
                replace(s, start=s.start - start, duration=durations[k] if durations[k] > 0 else s.duration)
                for k, s in enumerate(facts.audio)
            ),
            chapters=_chapters(facts, FilmClock(start, pace.joints), pace.stretch, frames / rate),
            joints=pace.joints,
            stretch=pace.stretch,
            time_stamps="ignored" if self.time_stamps == "ignore" else "followed",
            warnings=(*self.warnings, *self._warnings_of_hidden(), *self.clipping.warnings()),
        )


def _in_words(found: tuple[Scan, ...], rate: Fraction) -> str:
    """From when on a film is scanned how."""
    names = {"tff": "the top field first", "bff": "the bottom field first"}
    return ", ".join(
        f"from {numbers.clock(scan.first / rate)} on "
        + ("film with pulldown" if scan.way == "pulldown" else names.get(scan.order, scan.order))
        for scan in found
    )


def _chapters(
    facts: Facts, clock: FilmClock, stretch: Fraction, lasts: Fraction
) -> tuple[tuple[Fraction, Fraction, str], ...]:
    """The file's chapters in film time and in its order, cut where the film begins and ends.

    Those that lie outside of it or last no time are left out, and so is a second one that begins where another does:
    no print can hold them.
    """
    placed = sorted(
        (max(clock.seconds(begin) * stretch, Fraction(0)), min(clock.seconds(end) * stretch, lasts), title)
        for begin, end, title in facts.chapters
    )
    lasting = [(begin, end, title) for begin, end, title in placed if begin < end]
    return tuple({begin: (begin, end, title) for begin, end, title in reversed(lasting)}.values())[::-1]


def _survey_folder(facts: Facts, shown: missing.Shown, report: Callable[[int, int], None]) -> Survey:
    proxies, formats, clipping, sums = Proxies(), frame_folder.Formats(), Clipping(), []
    placed = missing.read(Path(facts.path), shown)
    files, facts = placed.files, replace(facts, warnings=(*facts.warnings, *placed.warnings))
    for index, path in enumerate(files):
        picture = frame_folder.read(path, facts)
        formats.add(path, picture.frame)
        sums.append(fixity.frame_sum(path))
        proxies.add(picture.frame, picture.orientation)
        clipping.add(picture.frame)
        report(index + 1, len(files))
    known = formats.facts(facts)
    return Survey(
        facts=replace(known, warnings=(*known.warnings, *clipping.warnings())),
        ledger=placed.ledger,
        pictures=len(files),
        times=tuple(Fraction(index) / facts.rate for index in range(len(files))),
        keys=np.ones(len(files), bool),
        sums=np.array(sums, np.uint32),
        pulldown=False,
        grey=proxies.grey(),
        tinted=proxies.tinted(),
        proxy=proxies.pictures(placed.ledger),
        damaged=None,
        missing=placed.missing,
    )
