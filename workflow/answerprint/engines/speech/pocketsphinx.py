"""Words by PocketSphinx: English only, small, needs no download; about one word in three of read text is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...film.sound import RATE, Spans, Word
from ...runtime.errors import FilmError
from .. import Card, Engine

HOP = 0.01
"""Seconds of one frame of the recogniser."""
PAD = 0.15
"""Seconds of silence kept before and after: without them the first and the last word suffer."""
JOIN = 0.9
"""Shorter pauses do not end a stretch: joining took the word error rate of four clips from 35 to 27 %, as a longer
stretch is levelled better and gives the language model more words."""
LONGEST = 20.0
"""Seconds of one stretch; the search needs memory for all of it."""


@dataclass(frozen=True, kw_only=True)
class PocketSphinxOptions:
    """How the search weighs sound against language."""

    language_weight: float = 6.5
    """How much the language model counts against the sound, 1..20; higher reads better and hears worse."""
    unsure: float = 0.0
    """Words that the recogniser gives less than this probability are left out, 0..1."""

    def __post_init__(self) -> None:
        if not (1 <= self.language_weight <= 20 and 0 <= self.unsure <= 1):
            raise ValueError("language_weight must be within 1..20, unsure within 0..1")


class PocketSphinx(Engine):
    """CMU's recogniser with the American English model of its wheel."""

    card = Card(
        stage="speech",
        name="pocketsphinx",
        summary="Hidden Markov models and a trigram language model, American English.",
        paper="Huggins-Daines et al., PocketSphinx, ICASSP 2006",
        licence="BSD-2-Clause",
    )
    Options = PocketSphinxOptions
    options: PocketSphinxOptions

    def load(self) -> None:
        """Open the acoustic model, the dictionary and the language model."""
        from pocketsphinx import Decoder

        self.decoder: Any = Decoder(samprate=RATE, lw=self.options.language_weight, loglevel="FATAL")

    def detect_language(self, samples: np.ndarray, spans: Spans) -> str:
        """English, the only language that it knows."""
        return "en"

    def transcribe(self, samples: np.ndarray, spans: Spans, language: str = "en", vocabulary: str = "") -> list[Word]:
        """Words spoken within `spans` (seconds) of `samples` (float32, mono, 16 kHz), in order.

        Raises FilmError for any language but English, and for a vocabulary: its words are those of its dictionary.
        """
        if vocabulary.strip():
            raise FilmError(
                "speech/pocketsphinx has a fixed dictionary and takes no vocabulary.", "Set speech.engine to whisper."
            )
        if not re.fullmatch(r"(en|eng|english)([-_].*)?", language.lower()):
            raise FilmError(
                f"speech/pocketsphinx recognises English only, not '{language}'.",
                "Set speech.engine to whisper, which knows 99 languages.",
            )
        return [
            word for start, end in _stretches(spans, len(samples) / RATE) for word in self._decode(samples, start, end)
        ]

    def _decode(self, samples: np.ndarray, start: float, end: float) -> list[Word]:
        first = max(0, round(start * RATE))
        sound = np.clip(samples[first : max(first, round(end * RATE))], -1, 1)
        if len(sound) < RATE // 10:
            return []
        self.decoder.start_utt()
        # As a whole utterance, a stretch is levelled by its own mean, so that none affects the next.
        self.decoder.process_raw((sound * 32767).astype("<i2").tobytes(), False, True)
        self.decoder.end_utt()
        if self.decoder.hyp() is None:
            return []
        words = [
            Word(
                start=round(first / RATE + HOP * segment.start_frame, 3),
                end=round(min(end, first / RATE + HOP * (segment.end_frame + 1)), 3),
                # The dictionary numbers pronunciations, "to(3)"; <sil>, [NOISE] and ++UM++ are no words.
                text=re.sub(r"\(\d+\)$", "", segment.word),
                confidence=round(min(1.0, float(segment.prob)), 3),
            )
            for segment in self.decoder.seg()
            if segment.word[0] not in "<[+"
        ]
        return [word for word in words if word.confidence >= self.options.unsure]


def _stretches(spans: Spans, end: float) -> list[tuple[float, float]]:
    """Spans with pauses under JOIN closed up, padded."""
    joined: list[tuple[float, float]] = []
    for start, stop in spans:
        if joined and start - joined[-1][1] < JOIN and stop - joined[-1][0] <= LONGEST:
            start = joined.pop()[0]
        joined.append((start, stop))
    return [(max(0.0, start - PAD), min(end, stop + PAD)) for start, stop in joined]
