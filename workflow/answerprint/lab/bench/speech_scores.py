"""Scores of a transcript against the truth: names, changes of speaker, voices and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

STEP = 0.01
"""Resolution of the scores in time, seconds."""

Turn = tuple[float, float, str]
"""Start, end (seconds) and who speaks."""


def turns(lines: Sequence[Mapping[str, Any]]) -> list[Turn]:
    """The turns of the lines of a transcript, found or true."""
    return [(float(line["start"]), float(line["end"]), str(line["speaker"])) for line in lines]


def read_rttm(path: Path, recording: str = "") -> list[Turn]:
    """The turns of one recording ('' for all) in a file in NIST's Rich Transcription Time Marked format."""
    rows = [row.split() for row in path.read_text(encoding="utf-8").splitlines() if row.startswith("SPEAKER")]
    return [
        (float(row[3]), round(float(row[3]) + float(row[4]), 3), row[7]) for row in rows if recording in ("", row[1])
    ]


def attribution(transcript: Sequence[Turn], truth: Sequence[Turn], spoken: Sequence[tuple[float, float]]) -> float:
    """Share of the time within `spoken` that carries the right name, 0..1; time without a line counts as wrong.

    `spoken` are spans in which a voice is heard, such as voice.activity gives.
    """
    end = max((t[1] for t in truth), default=0.0)
    named, expected = _speakers(transcript, end), _speakers(truth, end)
    voiced = _speakers([(a, b, "voice") for a, b in spoken], end)
    scored = [(name, true) for name, true, voice in zip(named, expected, voiced, strict=True) if voice and true]
    return sum(bool(name & true) for name, true in scored) / max(1, len(scored))


def changes_found(transcript: Sequence[Turn], truth: Sequence[Turn], within: float = 0.25) -> float:
    """Share of the true changes of speaker, 0..1, with a change between the same two speakers within so many seconds.

    A change lies anywhere in the pause between two turns, so the distance is that between two pauses.
    """
    mine, true = _changes(transcript), _changes(truth)
    near = [any(a <= d + within and c <= b + within and who == w for c, d, w in mine) for a, b, who in true]
    return sum(near) / max(1, len(near))


def _changes(turns: Sequence[Turn]) -> list[tuple[float, float, tuple[str, str]]]:
    """Pauses (start, end) at which one speaker follows another."""
    order = sorted(turns)
    return [(min(a[1], b[0]), max(a[1], b[0]), (a[2], b[2])) for a, b in pairwise(order) if a[2] != b[2]]


def diarization_error(transcript: Sequence[Turn], truth: Sequence[Turn], collar: float = 0.0) -> dict[str, float]:
    """Diarization error rate and its parts, as shares of the true speech: {"error", "missed", "false", "confused"}.

    NIST, The 2009 Rich Transcription Evaluation Plan: people are matched one to one so that most time agrees, speech
    of two at once counts twice, and `collar` seconds round each true turn's ends are left out.
    """
    from scipy.optimize import linear_sum_assignment

    end = max([t[1] for t in [*transcript, *truth]], default=0.0)
    mine, true = _speakers(transcript, end), _speakers(truth, end)
    edges = [edge for a, b, _ in truth for edge in (a, b)]
    time = (np.arange(len(mine)) + 0.5) * STEP
    counted = np.ones(len(mine), bool)
    for edge in edges if collar else []:
        counted &= np.abs(time - edge) > collar
    pairs = [(m, t) for m, t, use in zip(mine, true, counted, strict=True) if use]
    names, people = sorted({n for m, _ in pairs for n in m}), sorted({n for _, t in pairs for n in t})
    together = np.array([[sum(n in m and p in t for m, t in pairs) for p in people] for n in names] or [[0]])
    match = dict(zip(*linear_sum_assignment(-together), strict=True)) if names and people else {}
    alike = {names[row]: people[column] for row, column in match.items()}
    total = max(1, sum(len(t) for _, t in pairs))
    missed = sum(max(0, len(t) - len(m)) for m, t in pairs)
    invented = sum(max(0, len(m) - len(t)) for m, t in pairs)
    right = sum(len({alike.get(n) for n in m} & t) for m, t in pairs)
    confused = sum(min(len(m), len(t)) for m, t in pairs) - right
    shares = {"missed": missed / total, "false": invented / total, "confused": confused / total}
    return {"error": sum(shares.values()), **shares}


def word_errors(words: Sequence[str], truth: Sequence[str]) -> int:
    """Words to insert, delete or replace to turn one text into the other (Levenshtein)."""
    before = list(range(len(truth) + 1))
    for i, mine in enumerate(words, 1):
        row = [i]
        for j, true in enumerate(truth, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (mine != true)))
        before = row
    return before[-1]


def _speakers(turns: Sequence[Turn], end: float) -> list[set[str]]:
    """The names of those who speak in each STEP of 0..end."""
    speakers: list[set[str]] = [set() for _ in range(round(end / STEP))]
    for start, stop, name in turns:
        for i in range(max(0, round(start / STEP)), min(len(speakers), round(stop / STEP))):
            speakers[i].add(name)
    return speakers
