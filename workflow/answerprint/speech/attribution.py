"""Words given to the people who say them: by lips where they are seen, by changes of the voice where not.

A word goes to the visible person whose mouth moves with it, and off screen when nobody's does; the most likely run of
speakers through the film is found at once (Viterbi), because people seldom change within a breath.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import diarise

OFF = "off"
PAUSE = 0.35
"""Seconds of silence that make a change of speaker likely, and part two lines off screen."""
EDGE = 1.0
"""Seconds of a voice before its first and after its last word that belong to the line: recognisers miss words."""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A word with what speaks for each person."""

    word: Mapping[str, Any]
    evidence: Mapping[str, float]
    """Log odds that a visible person says it; OFF: nobody visible."""


@dataclass(kw_only=True)
class Turn:
    """Words of one person without a pause."""

    units: list[Unit]
    speaker: str
    """A name, "face 0", or OFF with the number of the voice where several were told apart: "off 1"."""
    on_screen: bool
    start: float
    """Seconds, where the voice begins."""
    end: float
    voice: float | None = None
    """Distance to the voice of that name, where it gave the name or bore it out."""

    @property
    def spoken(self) -> list[tuple[float, float]]:
        """From the first word to the last, as spans (seconds)."""
        return [(float(self.units[0].word["start"]), float(max(unit.word["end"] for unit in self.units)))]

    @property
    def lips(self) -> float:
        """Mean log odds of the speaker's mouth, or of none of those visible."""
        own = OFF if not self.on_screen else self.speaker
        return float(np.mean([unit.evidence.get(own, 0.0) for unit in self.units]))


def gathered(
    heard: Mapping[str, Any], seen: Sequence[Mapping[str, Any]], sound: np.ndarray, rate: float, cuts: Sequence[float]
) -> list[Turn]:
    """The turns of a film in order; those off screen have no names yet.

    `heard` is from voice.recognise, `seen` from seen.look, `sound` from voices.features, `cuts` in seconds.
    """
    words = sorted(heard["words"], key=lambda word: (word["start"], word["end"]))
    units = [Unit(word=word, evidence=_evidence(word, seen, rate)) for word in words]
    times = _owned(words, heard.get("spans", []))
    path = _likeliest(units)
    whose = _parted(sound, heard.get("voice") or heard.get("spans", []), times, path)
    return _turns(units, times, whose, cuts)


def _evidence(word: Mapping[str, Any], seen: Sequence[Mapping[str, Any]], rate: float) -> dict[str, float]:
    """Log odds that each visible person says a word; for OFF the reverse of the best of them."""
    first, last = int(word["start"] * rate), max(int(word["start"] * rate) + 1, round(word["end"] * rate))
    found: dict[str, float] = {}
    for face in seen:
        scores = face["scores"][max(0, first - face["first"]) : max(0, last - face["first"])]
        # A person seen for less than half of a word may be in the next shot.
        if 2 * len(scores) >= last - first:
            found[face["person"]] = max(found.get(face["person"], -9.0), float(np.mean(scores)))
    # Off screen is the rarer case: lips that say nothing either way leave the line with the face.
    return {**found, OFF: -max(found.values()) - 0.5 if found else 0.0}


def _likeliest(units: Sequence[Unit]) -> list[str]:
    """The most likely person for each word, by Viterbi's algorithm over the whole film."""
    score: dict[str, float] = {}
    back: list[dict[str, str]] = []
    for i, unit in enumerate(units):
        pause = unit.word["start"] - units[i - 1].word["end"] if i else 9.0
        # In the middle of a breath a change must be borne out by about a second of lips, after a pause by a word.
        change = 6.0 if pause < PAUSE else 1.5
        best = min(score, key=lambda name: (-score[name], name)) if score else OFF
        step: dict[str, str] = {}
        now: dict[str, float] = {}
        # Frames 0.2 s apart hardly repeat each other: so often a word's evidence counts.
        weight = max(1.0, (unit.word["end"] - unit.word["start"]) / 0.2)
        for name, odds in unit.evidence.items():
            stay, come = score.get(name, -np.inf), score.get(best, 0.0) - change
            step[name] = name if stay >= come else best
            now[name] = max(stay, come) + weight * odds
        score, back = now, [*back, step]
    path: list[str] = []
    name = min(score, key=lambda n: (-score[n], n)) if score else OFF
    for step in reversed(back):
        path.append(name)
        name = step[name]
    return path[::-1]


def _owned(words: Sequence[Mapping[str, Any]], spans: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """The time (seconds) of each word with the voice round it that no other word has: up to EDGE on either side."""
    times = []
    for i, word in enumerate(words):
        start, end = float(word["start"]), float(word["end"])
        inside = [span for span in spans if span[0] - 0.1 <= (start + end) / 2 <= span[1] + 0.1]
        low, high = inside[0] if inside else (start, end)
        if i and words[i - 1]["end"] > low:
            low = (words[i - 1]["end"] + start) / 2
        if i + 1 < len(words) and words[i + 1]["start"] < high:
            high = (end + words[i + 1]["start"]) / 2
        times.append((min(start, max(low, start - EDGE)), max(end, min(high, end + EDGE))))
    return times


def _parted(
    sound: np.ndarray,
    spans: Sequence[Sequence[float]],
    times: Sequence[tuple[float, float]],
    path: Sequence[str],
) -> list[tuple[str, float]]:
    """Who says each word, and from when on; off screen "off 0", "off 1"... where the voice changes."""
    seen = [time for time, name in zip(times, path, strict=True) if name != OFF]
    parts = diarise.parted(sound, _without([(float(a), float(b)) for a, b in spans], seen)) if OFF in path else []
    several = len({number for _, _, number in parts}) > 1
    found: list[tuple[str, float]] = []
    for (start, end), name in zip(times, path, strict=True):
        if name != OFF or not several:
            found.append((name, start))
            continue
        a, _, number = max(parts, key=lambda part: min(end, part[1]) - max(start, part[0]))
        # The voice knows better than the words where it begins, unless that is far from this word.
        found.append((f"{OFF} {number}", a if abs(a - start) < EDGE else start))
    return found


def _without(spans: Sequence[tuple[float, float]], taken: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """What is left of `spans` outside the stretches `taken`, both in order."""
    left = list(spans)
    for start, end in taken:
        left = [
            piece for a, b in left for piece in ((a, min(b, start)), (max(a, end), b)) if piece[1] - piece[0] > 0.05
        ]
    return left


def _turns(
    units: Sequence[Unit],
    times: Sequence[tuple[float, float]],
    whose: Sequence[tuple[str, float]],
    cuts: Sequence[float],
) -> list[Turn]:
    """Words gathered into turns: parted where the speaker changes, and off screen at pauses and cuts too."""
    turns: list[Turn] = []
    ended = -9.0
    for unit, (start, end), (name, begins) in zip(units, times, whose, strict=True):
        last = turns[-1] if turns else None
        pause = unit.word["start"] - ended
        off = name.startswith(OFF)
        parted = last is None or last.speaker != name or pause >= PAUSE
        if parted or (off and any(ended <= cut <= unit.word["start"] for cut in cuts)):
            if last and last.speaker != name and pause < PAUSE:
                start = min(begins, float(unit.word["end"]) - 0.05)
                last.end = min(last.end, start)
            turns.append(Turn(units=[unit], speaker=name, on_screen=not off, start=start, end=end))
        elif last:
            last.units.append(unit)
            last.end = max(last.end, end)
        ended = max(ended, float(unit.word["end"])) if not parted else float(unit.word["end"])
    return turns
