"""Words given to the people who say them: by their lips if they are visible, else by changes of voice.

A word goes to the visible person whose mouth moves with it, and off screen when nobody's does. Whose turn it is comes
from the mouths, moment by moment (mouths.py), so that words that a recogniser places badly do not move a change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..engines.hearing import Hearing
from ..film.sound import Spans
from . import mouths
from .mouths import PAUSE, Moment
from .speaker import OFF_SCREEN, Speaker
from .visible_face import VisibleFace

EDGE = 1.0
"""Seconds of voice before its first and after its last word that belong to a line: recognisers miss words."""


@dataclass(frozen=True, kw_only=True)
class ScoredWord:
    """A word and the evidence for each person who may have said it."""

    word: Mapping[str, Any]
    evidence: Mapping[Speaker, float]
    """Log odds that a visible person says it; OFF_SCREEN: that nobody visible does."""


@dataclass(kw_only=True)
class SpeechSegment:
    """Words of one person without a pause."""

    words: list[ScoredWord]
    speaker: Speaker
    on_screen: bool
    start: float
    """Seconds, where the voice begins."""
    end: float
    voice_distance: float | None = None
    """Distance to the voice of that name, if the voice decided."""

    @property
    def spoken(self) -> tuple[float, float]:
        """From the first word to the last, in seconds."""
        return float(self.words[0].word["start"]), float(max(scored.word["end"] for scored in self.words))

    @property
    def lips(self) -> dict[Speaker, float]:
        """Mean log odds of the mouth of each person visible for at least half of the words."""
        odds: dict[Speaker, list[float]] = {}
        for scored in self.words:
            for speaker, one in scored.evidence.items():
                odds.setdefault(speaker, []).append(one)
        del odds[OFF_SCREEN]
        return {one: float(np.mean(some)) for one, some in odds.items() if 2 * len(some) >= len(self.words)}

    @property
    def lip_odds(self) -> float:
        """Mean log odds of the speaker's mouth; off screen, that nobody visible speaks."""
        speaker = self.speaker if self.on_screen else OFF_SCREEN
        return float(np.mean([scored.evidence.get(speaker, 0.0) for scored in self.words]))


def attribute(
    recognised: Mapping[str, Any],
    faces: Sequence[VisibleFace],
    hearing: Hearing,
    rate: float,
    cuts: Sequence[float],
) -> list[SpeechSegment]:
    """The speech segments of a film in order; those off screen have no names yet.

    `recognised` is from `recognise.recognise`, `faces` from `active_speakers.detect`, `hearing` from
    an engine of the stage voices; `rate` is the film's frame rate, `cuts` are in seconds.
    """
    words = sorted(recognised["words"], key=lambda word: (word["start"], word["end"]))
    if not words:
        return []
    voice = [(float(a), float(b)) for a, b in recognised.get("voice") or recognised.get("spans", [])]
    moments = mouths.moments([*voice, *((word["start"], word["end"]) for word in words)], faces, rate)
    path = mouths.most_likely(moments, voice, cuts)
    scored, speakers, turns = _words_of_speakers(words, moments, path)
    times = _within_turns(_extended_times(words, recognised.get("spans", [])), turns)
    return _segments(scored, times, _split_off_screen(speakers, times, voice, hearing), cuts)


def _words_of_speakers(
    words: Sequence[Mapping[str, Any]], moments: Sequence[Moment], path: Sequence[Speaker]
) -> tuple[list[ScoredWord], list[Speaker], list[tuple[float, float]]]:
    """Each word with its evidence, the one who speaks for most of it, and their turn (start, end) in seconds."""
    starts = np.array([moment.start for moment in moments])
    changes = [0, *(i for i in range(1, len(path)) if path[i] != path[i - 1]), len(path)]
    edges = np.array([*starts[changes[:-1]], np.inf])
    scored, speakers, turns = [], [], []
    for word in words:
        first = max(0, int(np.searchsorted(starts, word["start"], "right")) - 1)
        last = max(first + 1, int(np.searchsorted(starts, word["end"] - mouths.STEP / 2, "right")))
        inside = moments[first:last]
        names = {speaker for moment in inside for speaker in moment.evidence}
        # A person visible for less than half of a word may be in the next shot.
        odds = {name: [moment.evidence[name] for moment in inside if name in moment.evidence] for name in names}
        evidence = {name: float(np.mean(some)) for name, some in odds.items() if 2 * len(some) >= len(inside)}
        scored.append(ScoredWord(word=word, evidence=evidence))
        speaking = path[first:last]
        speakers.append(max(sorted({*speaking}, key=str), key=speaking.count))
        turn = int(np.searchsorted(changes, first + speaking.index(speakers[-1]), "right")) - 1
        turns.append((float(edges[turn]), float(edges[turn + 1])))
    return scored, speakers, turns


def _within_turns(times: Spans, turns: Spans) -> list[tuple[float, float]]:
    """The times of words cut to the turns of their speakers: a recogniser's word may begin before its shot."""
    cut = []
    for (start, end), (first, last) in zip(times, turns, strict=True):
        low, high = max(start, first), min(end, last)
        cut.append((low, high) if high - low > 0.05 else (start, end))
    return cut


def _extended_times(words: Sequence[Mapping[str, Any]], spans: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """The time (seconds) of each word, extended by the voice around it that no other word has, up to EDGE a side."""
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


def _split_off_screen(
    path: Sequence[Speaker], times: Spans, voice: Spans, hearing: Hearing
) -> list[tuple[Speaker, float]]:
    """The speaker of each word and when they begin (seconds); off screen, numbered where the voice changes."""
    visible = [time for time, speaker in zip(times, path, strict=True) if speaker != OFF_SCREEN]
    pieces = hearing.pieces(_without(voice, visible)) if OFF_SCREEN in path else []
    several = len({number for _, _, number in pieces}) > 1
    speakers: list[tuple[Speaker, float]] = []
    for (start, end), speaker in zip(times, path, strict=True):
        if speaker != OFF_SCREEN or not several:
            speakers.append((speaker, start))
            continue
        begins, _, number = max(pieces, key=lambda piece: min(end, piece[1]) - max(start, piece[0]))
        # The voice tells better than the words where it begins, unless that is far from this word.
        speakers.append((Speaker.off_screen(number), begins if abs(begins - start) < EDGE else start))
    return speakers


def _without(spans: Spans, taken: Spans) -> list[tuple[float, float]]:
    """What is left of `spans` outside `taken`, both in order."""
    left = list(spans)
    for start, end in taken:
        left = [
            piece for a, b in left for piece in ((a, min(b, start)), (max(a, end), b)) if piece[1] - piece[0] > 0.05
        ]
    return left


def _segments(
    words: Sequence[ScoredWord],
    times: Spans,
    speakers: Sequence[tuple[Speaker, float]],
    cuts: Sequence[float],
) -> list[SpeechSegment]:
    """Words gathered into segments: a new one where the speaker changes, at pauses and, off screen, at cuts."""
    segments: list[SpeechSegment] = []
    last_word_end, last_middle = -np.inf, -np.inf
    for scored, (start, end), (speaker, begins) in zip(words, times, speakers, strict=True):
        previous = segments[-1] if segments else None
        word_start, word_end = float(scored.word["start"]), float(scored.word["end"])
        middle = (word_start + word_end) / 2
        pause = word_start - last_word_end
        new = previous is None or previous.speaker != speaker or pause >= PAUSE
        cut = speaker.is_off_screen and any(last_middle <= cut <= middle for cut in cuts)
        if previous is None or new or cut:
            if previous and previous.speaker != speaker and pause < PAUSE:
                start = min(begins, word_end - 0.05)
                previous.end = max(previous.start, min(previous.end, start))
            on_screen, end = not speaker.is_off_screen, max(end, start)
            segments.append(SpeechSegment(words=[scored], speaker=speaker, on_screen=on_screen, start=start, end=end))
        else:
            previous.words.append(scored)
            previous.end = max(previous.end, end)
        last_word_end, last_middle = (word_end if new else max(last_word_end, word_end)), middle
    return segments
