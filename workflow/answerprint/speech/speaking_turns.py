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

    `lines` are from `transcript.transcript`. A turn has the name that its voice has over most of the film, unless all
    lines beside it are of others who are seen to say them.
    """
    heard = hearing.turns()
    names: dict[int, Counter[str]] = {}
    for start, end, number in heard:
        names.setdefault(number, Counter()).update(_beside(start, end, lines))
    found = []
    for start, end, number in heard:
        usual = _most(names[number], f"Voice {number + 1}")
        unseen = any(_beside(start, end, [line]) for line in lines if not line["on_screen"] or line["speaker"] == usual)
        found.append((start, end, usual if unseen else _most(_beside(start, end, lines), usual)))
    return found


def _most(shares: Counter[str], otherwise: str) -> str:
    """The name with the largest share."""
    return max(shares, key=lambda name: (shares[name], name), default=otherwise)


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
