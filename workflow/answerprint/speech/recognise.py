"""What is said in a film: a recogniser's words, kept only where the voice detector bears them out."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from ..film.languages import AUTO, UNKNOWN
from ..film.sound import RATE, Recogniser, Spans, Word
from .voice_activity import WINDOW, speech_probability, speech_spans

DOUBTFUL = 0.3
"""Mean confidence below which the words of a span count only if the voice detector is certain. Confidence alone
decides nothing: PocketSphinx gives 0.1 to 0.6 to what it hears in music, and 0.25 to speech on a telephone."""
CERTAIN = 0.85
"""Mean probability of speech that is trusted whatever the recogniser thinks; real speech gives 0.9 to 0.99."""
REACH = 0.1
"""Seconds beside a span within which a word still belongs to it: recognisers place word ends coarsely."""


def silence() -> dict[str, Any]:
    """What is said in a film without sound, as `recognise` gives it."""
    return {"language": UNKNOWN, "voice": [], "spans": [], "words": []}


def recognise(samples: np.ndarray, engine: Recogniser, language: str = AUTO, vocabulary: str = "") -> dict[str, Any]:
    """What is said, as JSON: {"language", "voice": [[start, end]], "spans": [[start, end]], "words": [{"start", "end",
    "text", "confidence"}]}, in seconds.

    `voice` is where somebody speaks, `spans` where that was understood. Words outside every span are dropped, and so
    are the words of a span that the recogniser itself doubts (music, noise). The language "auto" is found from the
    sound; it is "und" where nobody speaks. `vocabulary` are names and rare words that the film may use.
    """
    probability = speech_probability(samples)
    spans = speech_spans(samples, probability=probability)
    if language == AUTO:
        language = engine.detect_language(samples, spans) if spans else UNKNOWN
    words = engine.transcribe(samples, spans, language, vocabulary) if spans else []
    understood = [
        (span, inside)
        for span, inside in zip(spans, _words_by_span(words, spans), strict=True)
        if inside and _credible(inside, probability, span)
    ]
    return {
        "language": language,
        "voice": [list(span) for span in spans],
        "spans": [list(span) for span, _ in understood],
        "words": [asdict(word) for _, inside in understood for word in inside],
    }


def _words_by_span(words: list[Word], spans: Spans) -> list[list[Word]]:
    """The words of each span; a word goes to the span that it overlaps most."""
    inside: list[list[Word]] = [[] for _ in spans]
    for word in words:
        overlaps = [min(end, word.end) - max(start, word.start) for start, end in spans]
        if max(overlaps) > -REACH:
            inside[int(np.argmax(overlaps))].append(word)
    return inside


def _credible(words: list[Word], probability: np.ndarray, span: tuple[float, float]) -> bool:
    """Whether the recogniser or the voice detector is sure enough of a span."""
    return bool(np.mean([word.confidence for word in words]) >= DOUBTFUL) or _mean_within(probability, span) >= CERTAIN


def _mean_within(probability: np.ndarray, span: tuple[float, float]) -> float:
    """Mean of the upper three quarters of a span's probabilities: its margins are not speech."""
    within = np.sort(probability[int(span[0] * RATE / WINDOW) : max(1, int(span[1] * RATE / WINDOW))])
    return float(within[len(within) // 4 :].mean()) if len(within) else 0.0
