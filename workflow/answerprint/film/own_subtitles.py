"""The subtitles that a film's file holds as text, as SubRip in film time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from . import containers, probe
from .facts import Film
from .joints import FilmClock

LASTS = Fraction(3)
"""Seconds that a subtitle is shown whose file does not say how long."""

Line = tuple[Fraction, Fraction, str]
"""Start and end in seconds after the first picture, and the text."""


def extract(film: Film, number: int) -> str:
    """One stream of text subtitles, by its place in the film's facts, as SubRip; empty if it holds no words."""
    facts = film.facts
    wanted = facts.subtitles[number].index
    with probe.opened(Path(facts.path)) as (container, _):
        stream = container.streams.subtitles[wanted]
        lines = list(_lines(container, stream, FilmClock(facts.start, facts.joints), facts.stretch))
    ends = facts.frames / facts.rate
    shown = [
        (max(begin, Fraction(0)), min(end, ends), text)
        for begin, end, text in lines
        if text and end > 0 and begin < ends
    ]
    return "\n".join(_block(index, *line) for index, line in enumerate(sorted(shown), start=1))


def _lines(container: Any, stream: Any, clock: FilmClock, stretch: Fraction) -> Iterator[Line]:
    for packet in container.demux(stream):
        if packet.pts is None or not packet.size:
            continue
        begin = clock.seconds(packet.pts * packet.time_base) * stretch
        lasts = Fraction((packet.duration or 0) * packet.time_base) * stretch
        yield begin, begin + (lasts or LASTS), _text(packet, stream)


def _text(packet: Any, stream: Any) -> str:
    """The words of a packet, in lines, with italics but without other marks."""
    raw = bytes(packet)
    try:
        parts = [
            bytes(part.dialogue).decode("utf-8", "replace") for part in packet.decode() if hasattr(part, "dialogue")
        ]
        text = "\n".join(parts)
    except av.FFmpegError:
        # FFmpeg reads UTF-8 alone; what SubRip's packets hold is the text itself.
        if stream.codec_context.name not in ("srt", "subrip", "text"):
            return ""
        text = raw.decode("utf-8", containers.UNDECODED)
    text = re.sub(r"\{\\i1\}(.*?)(\{\\i0?\}|\{\\r\}|$)", r"<i>\1</i>", text, flags=re.DOTALL)
    text = re.sub(r"\{[^}]*\}", "", text).replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")
    rows = [" ".join(row.split()) for row in text.splitlines()]
    return "\n".join(row for row in rows if row)


def _block(index: int, begin: Fraction, end: Fraction, text: str) -> str:
    return f"{index}\n{_time(begin)} --> {_time(end)}\n{text}\n"


def _time(seconds: Fraction) -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d},{milliseconds:03d}"
