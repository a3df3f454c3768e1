"""Words by OpenAI's Whisper, from a checkpoint of any size; decodes only where a voice was found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...film.sound import RATE, Spans, Word
from ...runtime.errors import FilmError
from .. import Card, file_option
from .._weights import NetworkEngine, read_checkpoint, ready

LONGEST = 28.0
"""Seconds decoded at a time; Whisper's window is 30."""
JOIN = 1.0
"""Shorter pauses stay inside a piece, so that sentences keep their context."""
PAD = 0.2
LISTENED = 3
"""Pieces that the language is found from, the longest; more of one film say the same."""
SLACK = 0.3
"""Seconds that a word may lie outside the detected voice; what is further out was invented."""


@dataclass(frozen=True, kw_only=True)
class WhisperOptions:
    """Which checkpoint, and when its text is dropped."""

    weights: str = file_option("whisper-base")
    """A name in resources/models.yaml, or the path of a checkpoint in OpenAI's format."""
    beam: int = 1
    """Candidates kept in the search, 1..10; 1 is greedy. With base, 5 take several times as long and read no better."""
    no_speech: float = 0.6
    """Doubtful text is dropped if the model gives a higher probability than this that nobody speaks, 0..1."""
    least_certain: float = -1.0
    """Mean log probability of a piece's words below which it is doubtful, -5..0."""
    repeats: float = 2.4
    """Text with a higher compression ratio than this repeats itself and is dropped, 1..10."""

    def __post_init__(self) -> None:
        if not (1 <= self.beam <= 10 and 0 <= self.no_speech <= 1 and -5 <= self.least_certain <= 0):
            raise ValueError("beam must be within 1..10, no_speech within 0..1, least_certain within -5..0")
        if not 1 <= self.repeats <= 10:
            raise ValueError("repeats must be within 1..10")


class Whisper(NetworkEngine):
    """OpenAI's encoder-decoder, 99 languages, words placed by its cross-attention."""

    card = Card(
        stage="speech",
        name="whisper",
        summary="A transformer trained on 680,000 hours of subtitled sound, 99 languages.",
        paper="Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision, ICML 2023",
        licence="MIT",
        weights=("whisper-base",),
        gpu=True,
    )
    Options = WhisperOptions
    options: WhisperOptions
    expected = "a Whisper checkpoint"
    hint = "It must hold 'dims' and 'model_state_dict', as OpenAI's files do."

    def build(self, path: Path) -> Any:
        """The network from its checkpoint."""
        checkpoint, metadata = read_checkpoint(path)
        # After reading: importing whisper takes seconds, a damaged file shows at once.
        import whisper

        # Converted files are safetensors with the dimensions as metadata; OpenAI's own hold both.
        dims = json.loads(metadata["dims"]) if metadata else checkpoint["dims"]
        state = checkpoint if metadata else checkpoint["model_state_dict"]
        network = whisper.model.Whisper(whisper.model.ModelDimensions(**dims))
        network.load_state_dict(state)
        # Without them words are placed by all heads of the upper half of the decoder, 0.09 s off on average.
        heads = whisper._ALIGNMENT_HEADS.get(metadata.get("alignment_heads", path.stem))
        if heads:
            with suppress(RuntimeError):  # a file with the name of a published model, but of another size
                network.set_alignment_heads(heads)
        return ready(network, self.device)

    def transcribe(self, samples: np.ndarray, spans: Spans, language: str = "en") -> list[Word]:
        """Words spoken within `spans` (seconds) of `samples` (float32, mono, 16 kHz), in order.

        Raises FilmError for a language that Whisper, or this checkpoint, does not know.
        """
        code = self._language(language)
        return [word for start, end in _pieces(spans) for word in self._decode(samples, start, end, spans, code)]

    def detect_language(self, samples: np.ndarray, spans: Spans) -> str:
        """The likeliest language spoken within `spans`, by Whisper's code; "en" for an English checkpoint."""
        import torch
        import whisper

        if not self.network.is_multilingual:
            return "en"
        longest = sorted(_pieces(spans), key=lambda piece: piece[0] - piece[1])[:LISTENED]
        likely: dict[str, float] = {}
        for start, end in longest:
            sound = whisper.pad_or_trim(self._sound(samples, start, end)[0])
            with torch.inference_mode():
                mel = whisper.log_mel_spectrogram(sound, self.network.dims.n_mels).to(self.device)
                _, probabilities = self.network.detect_language(mel)
            for code, probability in probabilities.items():
                likely[code] = likely.get(code, 0.0) + probability * (end - start)
        return max(likely, key=lambda code: likely[code], default="en")

    @staticmethod
    def _sound(samples: np.ndarray, start: float, end: float) -> tuple[np.ndarray, int]:
        """The sound from `start` to `end` seconds with a margin, and its first sample."""
        first = max(0, round((start - PAD) * RATE))
        return np.ascontiguousarray(samples[first : round((end + PAD) * RATE)], np.float32), first

    def _language(self, language: str) -> str:
        from whisper.tokenizer import LANGUAGES, TO_LANGUAGE_CODE

        lowered = language.lower()
        code = TO_LANGUAGE_CODE.get(lowered, lowered.replace("_", "-").split("-")[0])
        if code not in LANGUAGES:
            raise FilmError(f"Whisper knows no language '{language}'.", "Give its two-letter code, such as de or fr.")
        if code != "en" and not self.network.is_multilingual:
            raise FilmError(
                f"The checkpoint {self.options.weights} understands English only, not '{language}'.",
                "Choose one whose name does not end in .en.",
            )
        return code

    def _decode(self, samples: np.ndarray, start: float, end: float, spans: Spans, code: str) -> list[Word]:
        sound, first = self._sound(samples, start, end)
        if len(sound) < RATE // 10:
            return []
        # One temperature: the usual retries sample at random, so text would differ from run to run. No earlier text as
        # prompt: a piece then depends on its own sound only, and one invented sentence cannot cause others.
        result = self.network.transcribe(
            sound,
            language=code,
            temperature=0.0,
            beam_size=self.options.beam if self.options.beam > 1 else None,
            word_timestamps=True,
            condition_on_previous_text=False,
            no_speech_threshold=self.options.no_speech,
            logprob_threshold=self.options.least_certain,
            compression_ratio_threshold=self.options.repeats,
            fp16=self.device != "cpu",
            verbose=None,
        )
        words = [
            Word(
                start=round(first / RATE + float(word["start"]), 3),
                end=round(first / RATE + float(word["end"]), 3),
                text=word["word"].strip(),
                confidence=round(float(word["probability"]), 3),
            )
            for segment in result["segments"]
            if self._credible(segment)
            for word in segment.get("words", [])
            if word["word"].strip()
        ]
        joined = _joined(spans)
        return [inside for word in words for inside in _within(word, joined)]

    def _credible(self, segment: dict[str, Any]) -> bool:
        """False for a segment that repeats itself, or that is doubtful and probably silent."""
        silent = segment["no_speech_prob"] > self.options.no_speech
        doubtful = segment["avg_logprob"] < self.options.least_certain
        return segment["compression_ratio"] <= self.options.repeats and not (silent and doubtful)


def _joined(spans: Spans) -> list[tuple[float, float]]:
    """Spans with pauses under JOIN closed up: a word may reach over a short pause."""
    joined: list[tuple[float, float]] = []
    for start, end in spans:
        if joined and start - joined[-1][1] < JOIN:
            start = joined.pop()[0]
        joined.append((start, end))
    return joined


def _within(word: Word, spans: Spans) -> Iterator[Word]:
    """The word, cut to the span that it lies in; nothing if it lies outside all of them.

    Whisper starts the first word of a piece where the piece starts, however late it is spoken.
    """
    for start, end in spans:
        if start - SLACK <= word.start and word.end <= end + SLACK:
            yield replace(word, start=min(max(word.start, start), end), end=max(min(word.end, end), start))
            return


def _pieces(spans: Spans) -> list[tuple[float, float]]:
    """Spans gathered into pieces of at most LONGEST seconds; a longer span is cut."""
    pieces: list[tuple[float, float]] = []
    for start, end in spans:
        while end - start > LONGEST:
            pieces.append((start, start + LONGEST))
            start += LONGEST
        if pieces and start - pieces[-1][1] < JOIN and end - pieces[-1][0] <= LONGEST:
            start = pieces.pop()[0]
        pieces.append((start, end))
    return pieces
