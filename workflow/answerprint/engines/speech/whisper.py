"""Words by OpenAI's Whisper, from a checkpoint of any size; decodes only where a voice was found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...film.languages import UNSPACED
from ...film.sound import RATE, Spans, Word
from ...runtime.errors import FilmError
from ...runtime.inference import exact
from .. import Card, file_option
from .._weights import NetworkEngine, NetworkOptions, read_checkpoint
from . import _windows
from ._windows import Window

LISTENED = 3
"""Windows that the language is found from, the fullest; more of one film say the same."""


@dataclass(frozen=True, kw_only=True)
class WhisperOptions(NetworkOptions):
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
        if self.precision == "bfloat16":
            raise ValueError("precision is bfloat16, but Whisper runs in float32 or float16")


@dataclass(frozen=True, kw_only=True)
class _Manner:
    """How a film is listened to."""

    language: str
    """Whisper's code."""
    vocabulary: str


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
        network.encoder = listening_once(network.encoder)
        return self.inference.placed(network)

    def transcribe(self, samples: np.ndarray, spans: Spans, language: str = "en", vocabulary: str = "") -> list[Word]:
        """Words spoken within `spans` (seconds) of `samples` (float32, mono, 16 kHz), in order.

        `vocabulary` stands before each window as if it had just been said: its words and spellings are then likelier.
        Raises FilmError for a language that Whisper, or this checkpoint, does not know, and for too long a vocabulary.
        """
        manner = _Manner(language=self._language(language), vocabulary=self._vocabulary(vocabulary))
        return [word for window in _windows.windows(spans) for word in self._decode(samples, window, manner)]

    def detect_language(self, samples: np.ndarray, spans: Spans) -> str:
        """The likeliest language spoken within `spans`, by Whisper's code; "en" for an English checkpoint."""
        import whisper

        if not self.network.is_multilingual:
            return "en"
        sounds = [_windows.sound(samples, window) for window in _windows.windows(spans)]
        likely: dict[str, float] = {}
        for sound in sorted(sounds, key=len, reverse=True)[:LISTENED]:
            with exact():
                mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(sound), self.network.dims.n_mels)
                _, probabilities = self.network.detect_language(mel.to(self.device))
            for code, probability in probabilities.items():
                likely[code] = likely.get(code, 0.0) + probability * len(sound)
        return max(likely, key=lambda code: likely[code], default="en")

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

    def _vocabulary(self, words: str) -> str:
        """The vocabulary without space around it."""
        from whisper.tokenizer import get_tokenizer

        tokens = get_tokenizer(self.network.is_multilingual, num_languages=self.network.num_languages)
        # Whisper would silently drop the first of them.
        count, most = len(tokens.encode(" " + words.strip())), self.network.dims.n_text_ctx // 2 - 1
        if count > most:
            raise FilmError(
                f"The vocabulary is {count} pieces of words long, and Whisper takes {most}.",
                "Leave out common words: it helps with names, and with what only this film says.",
            )
        return words.strip()

    def _decode(self, samples: np.ndarray, window: Window, manner: _Manner) -> list[Word]:
        """The words of one window, in film time.

        A window of several voices whose text is in doubt is heard again in halves: one of them may have spoilt it.
        """
        segments = self._segments(_windows.sound(samples, window), manner)
        credible = [segment for segment in segments if self._credible(segment)]
        if len(window) > 1 and (not segments or len(credible) < len(segments)):
            return [word for half in _windows.halves(window) for word in self._decode(samples, half, manner)]
        joined = list if manner.language in UNSPACED else _whole_words
        words = (word for segment in credible for word in joined(segment.get("words", [])))
        return [placed for word in words for placed in _word(word, window)]

    def _segments(self, sound: np.ndarray, manner: _Manner) -> list[dict[str, Any]]:
        """What Whisper hears in a sound of at most LONGEST seconds."""
        if len(sound) < RATE // 10:
            return []
        # One temperature: the usual retries sample at random, so text would differ from run to run. No earlier text as
        # prompt: a window then depends on its own sound only, and one invented sentence cannot cause others.
        with exact():
            result: dict[str, Any] = self.network.transcribe(
                sound,
                language=manner.language,
                initial_prompt=manner.vocabulary or None,
                temperature=0.0,
                beam_size=self.options.beam if self.options.beam > 1 else None,
                word_timestamps=True,
                condition_on_previous_text=False,
                no_speech_threshold=self.options.no_speech,
                logprob_threshold=self.options.least_certain,
                compression_ratio_threshold=self.options.repeats,
                fp16=self.inference.precision == "float16",
                verbose=None,
            )
        return list(result["segments"])

    def _credible(self, segment: dict[str, Any]) -> bool:
        """False for a segment that repeats itself, or that is doubtful and probably silent."""
        silent = segment["no_speech_prob"] > self.options.no_speech
        doubtful = segment["avg_logprob"] < self.options.least_certain
        return segment["compression_ratio"] <= self.options.repeats and not (silent and doubtful)


def listening_once(encoder: Any) -> Any:
    """The encoder, which answers at once when it is asked about the same sound again.

    Whisper encodes each window twice, for its text and to place the words: half of the time of a window.
    """
    import torch

    class Encoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder
            self.heard: tuple[Any, Any] | None = None

        def forward(self, mel: Any) -> Any:
            if self.heard is None or not torch.equal(self.heard[0], mel):
                self.heard = (mel.clone(), self.encoder(mel))
            return self.heard[1]

    return Encoder()


def _whole_words(pieces: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Whisper's words, joined where it parts one at its punctuation: " twenty" and "-five", " 3" and ".5"."""
    words: list[Mapping[str, Any]] = []
    for piece in pieces:
        if not words or piece["word"].startswith(" "):
            words.append(piece)
            continue
        before = words[-1]
        likely = min(before["probability"], piece["probability"])
        words[-1] = {**before, "word": before["word"] + piece["word"], "end": piece["end"], "probability": likely}
    return words


def _word(word: Mapping[str, Any], window: Window) -> Iterator[Word]:
    """A word of a window, in film time; nothing for an empty one, or one that lies outside the voices."""
    heard, text = _windows.in_film(float(word["start"]), float(word["end"]), window), word["word"].strip()
    if heard and text:
        start, end = (round(second, 3) for second in heard)
        yield Word(start=start, end=end, text=text, confidence=round(float(word["probability"]), 3))
