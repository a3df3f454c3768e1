"""Who speaks when, as turns: also while another speaks, and in words that nobody recognised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..engines.hearing import Hearing

Turn = tuple[float, float, str]
"""Start, end (seconds) and who speaks."""


def turns(lines: Sequence[Mapping[str, Any]], hearing: Hearing) -> list[Turn]:
    """The turns of a film in order, which may overlap: by voice, with the names of the lines.

    `lines` are from `transcript.transcript`. A turn has the name that its voice has over most of the film, if a line
    beside it has that name; else that of the line that it overlaps most.
    """
    heard = hearing.turns()
    beside = [_beside(start, end, lines) for start, end, _ in heard]
    names: dict[int, Counter[str]] = {}
    for (_, _, number), shares in zip(heard, beside, strict=True):
        names.setdefault(number, Counter()).update(shares)
    found = []
    for (start, end, number), shares in zip(heard, beside, strict=True):
        usual = max(names[number], key=lambda name: (names[number][name], name), default=f"Voice {number + 1}")
        best = max(shares, key=lambda name: (shares[name], name), default=usual)
        found.append((start, end, usual if usual in shares else best))
    return found


def _beside(start: float, end: float, lines: Sequence[Mapping[str, Any]]) -> Counter[str]:
    """Seconds of each name over a turn."""
    shares: Counter[str] = Counter()
    for line in lines:
        common = min(end, line["end"]) - max(start, line["start"])
        if common > 0:
            shares[line["speaker"]] += common
    return shares


def rttm(turns: Sequence[Turn], film: str) -> str:
    """Turns in NIST's Rich Transcription Time Marked format, which tools for diarization read; spaces become _."""
    rows = [
        f"SPEAKER {film} 1 {start:.3f} {end - start:.3f} <NA> <NA> {'_'.join(name.split())} <NA> <NA>\n"
        for start, end, name in turns
    ]
    return "".join(rows)
