"""Words given to the people who say them: by their lips if they are visible, else by changes of voice.

A word goes to the visible person whose mouth moves with it, and off screen when nobody's does. The most likely
sequence of speakers is found over the whole film (Viterbi), because speakers seldom change within a breath.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..film.sound import Spans
from . import diarise
from .speaker import OFF_SCREEN, Speaker
from .visible_face import VisibleFace

PAUSE = 0.35
"""Seconds of silence that make a change of speaker likely, and that separate two lines off screen."""
EDGE = 1.0
"""Seconds of voice before its first and after its last word that belong to a line: recognisers miss words."""
LEAST_ODDS = -9.0
"""Log odds below which lips do not count as even less likely."""


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
    def lip_odds(self) -> float:
        """Mean log odds of the speaker's mouth; off screen, that nobody visible speaks."""
        speaker = self.speaker if self.on_screen else OFF_SCREEN
        return float(np.mean([scored.evidence.get(speaker, 0.0) for scored in self.words]))


def attribute(
    recognised: Mapping[str, Any],
    faces: Sequence[VisibleFace],
    features: np.ndarray,
    rate: float,
    cuts: Sequence[float],
) -> list[SpeechSegment]:
    """The speech segments of a film in order; those off screen have no names yet.

    `recognised` is from `recognise.recognise`, `faces` from `active_speakers.detect`, `features` from
    `voiceprints.features`; `rate` is the film's frame rate, `cuts` are in seconds.
    """
    words = sorted(recognised["words"], key=lambda word: (word["start"], word["end"]))
    scored = [ScoredWord(word=word, evidence=_evidence(word, faces, rate)) for word in words]
    times = _extended_times(words, recognised.get("spans", []))
    path = _most_likely_speakers(scored)
    voice = [(float(a), float(b)) for a, b in recognised.get("voice") or recognised.get("spans", [])]
    speakers = _split_off_screen(path, times, voice, features)
    return _segments(scored, times, speakers, cuts)


def _evidence(word: Mapping[str, Any], faces: Sequence[VisibleFace], rate: float) -> dict[Speaker, float]:
    """Log odds that each visible person says a word; for OFF_SCREEN the reverse of the best of them."""
    first, last = int(word["start"] * rate), max(int(word["start"] * rate) + 1, round(word["end"] * rate))
    odds: dict[Speaker, float] = {}
    for face in faces:
        scores = face.scores[max(0, first - face.first) : max(0, last - face.first)]
        # A person visible for less than half of a word may be in the next shot.
        if 2 * len(scores) >= last - first:
            odds[face.speaker] = max(odds.get(face.speaker, LEAST_ODDS), float(np.mean(scores)))
    # Off screen is the rarer case: lips that say nothing either way leave the word with the face.
    return {**odds, OFF_SCREEN: -max(odds.values()) - 0.5 if odds else 0.0}


def _most_likely_speakers(words: Sequence[ScoredWord]) -> list[Speaker]:
    """The most likely speaker of each word, by Viterbi's algorithm over the whole film."""
    score: dict[Speaker, float] = {}
    steps: list[dict[Speaker, Speaker]] = []
    for i, scored in enumerate(words):
        pause = scored.word["start"] - words[i - 1].word["end"] if i else np.inf
        # Within a breath, a change takes the lips of about a second to outweigh it; after a pause, those of a word.
        change = 6.0 if pause < PAUSE else 1.5
        best = _best(score)
        step: dict[Speaker, Speaker] = {}
        reached: dict[Speaker, float] = {}
        # Frames 0.2 s apart are nearly independent: a word's evidence counts once for each 0.2 s.
        weight = max(1.0, (scored.word["end"] - scored.word["start"]) / 0.2)
        for speaker, odds in scored.evidence.items():
            stay, switch = score.get(speaker, -np.inf), score.get(best, 0.0) - change
            step[speaker] = speaker if stay >= switch else best
            reached[speaker] = max(stay, switch) + weight * odds
        score = reached
        steps.append(step)
    path: list[Speaker] = []
    speaker = _best(score)
    for step in reversed(steps):
        path.append(speaker)
        speaker = step[speaker]
    return path[::-1]


def _best(score: Mapping[Speaker, float]) -> Speaker:
    """The speaker with the highest score, by label among equals; OFF_SCREEN without any."""
    return min(score, key=lambda speaker: (-score[speaker], str(speaker)), default=OFF_SCREEN)


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
    path: Sequence[Speaker], times: Spans, voice: Spans, features: np.ndarray
) -> list[tuple[Speaker, float]]:
    """The speaker of each word and when they begin (seconds); off screen, numbered where the voice changes."""
    visible = [time for time, speaker in zip(times, path, strict=True) if speaker != OFF_SCREEN]
    pieces = diarise.split_by_voice(features, _without(voice, visible)) if OFF_SCREEN in path else []
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
    last_word_end = -np.inf
    for scored, (start, end), (speaker, begins) in zip(words, times, speakers, strict=True):
        previous = segments[-1] if segments else None
        word_start, word_end = scored.word["start"], float(scored.word["end"])
        pause = word_start - last_word_end
        new = previous is None or previous.speaker != speaker or pause >= PAUSE
        cut = speaker.is_off_screen and any(last_word_end <= cut <= word_start for cut in cuts)
        if previous is None or new or cut:
            if previous and previous.speaker != speaker and pause < PAUSE:
                start = min(begins, word_end - 0.05)
                previous.end = min(previous.end, start)
            on_screen = not speaker.is_off_screen
            segments.append(SpeechSegment(words=[scored], speaker=speaker, on_screen=on_screen, start=start, end=end))
        else:
            previous.words.append(scored)
            previous.end = max(previous.end, end)
        last_word_end = word_end if new else max(last_word_end, word_end)
    return segments
