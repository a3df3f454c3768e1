"""Recognisers are asked only where somebody speaks, and doubtful words are dropped."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest

from answerprint.engines import load, models
from answerprint.film.sound import RATE, Word, load_audio
from answerprint.runtime.errors import FilmError
from answerprint.speech import recognise as recognise_module
from answerprint.speech.recognise import recognise, silence
from places import MEDIA


def music(seconds: float) -> np.ndarray:
    """A chord that changes every half second, with decaying notes."""
    time = np.arange(round(seconds * RATE)) / RATE
    chords = [(262, 330, 392), (294, 349, 440), (247, 311, 392), (262, 330, 523)]
    notes = sum(
        np.where((time // 0.5) % 4 == i, np.sin(2 * np.pi * hertz * k * time) / k, 0)
        for i, chord in enumerate(chords)
        for hertz in chord
        for k in (1, 2, 3)
    )
    return (0.08 * notes * np.exp(-3 * (time % 0.5))).astype(np.float32)


@cache
def pocketsphinx():
    return load("speech", "pocketsphinx")


def test_a_film_without_sound_has_no_words():
    assert recognise(np.zeros(0, np.float32), pocketsphinx()) == silence()


def test_music_and_noise_give_no_text():
    noise = np.random.default_rng(0).normal(0, 0.1, 2 * RATE).astype(np.float32)
    for sound in (music(4), noise, np.zeros(RATE, np.float32)):
        assert recognise(sound, pocketsphinx()) == {"language": "und", "voice": [], "spans": [], "words": []}


class Guesser:
    """A recogniser that hears the same words everywhere."""

    def __init__(self, *words: Word) -> None:
        self.words = list(words)

    def detect_language(self, samples, spans):
        return "de"

    def transcribe(self, samples, spans, language, vocabulary=""):
        self.told = vocabulary
        return self.words


def test_words_outside_speech_and_doubtful_words_are_dropped(monkeypatch):
    likely = np.zeros(300, np.float32)
    likely[30:60], likely[100:130] = 0.99, 0.6
    monkeypatch.setattr(recognise_module, "speech_probability", lambda samples: likely)
    words = [
        Word(start=t, end=t + 0.3, text=name, confidence=0.1) for t, name in ((1.2, "said"), (3.4, "hum"), (7, "no"))
    ]
    heard = recognise(np.zeros(300 * 512, np.float32), Guesser(*words))
    assert [word["text"] for word in heard["words"]] == ["said"]
    assert heard["spans"] == [[0.86, 2.02]]
    assert heard["language"] == "de"


def test_read_speech_is_mostly_understood():
    folder = MEDIA / "speech"
    if not folder.is_dir():
        pytest.skip("the shared recordings are not here")
    wrong = total = 0
    for text in sorted(folder.glob("sense*.txt"))[1:]:
        heard = recognise(load_audio(text.with_suffix(".wav")), pocketsphinx())
        words = [word["text"] for word in heard["words"]]
        truth = re.sub(r"[^a-z' ]", "", text.read_text().lower()).split()
        wrong, total = wrong + word_distance(truth, words), total + len(truth)
        assert all(0 <= word["confidence"] <= 1 and word["start"] < word["end"] for word in heard["words"])
    assert wrong / total < 0.35


def word_distance(a: list[str], b: list[str]) -> int:
    """Words inserted, deleted or replaced to turn one list into the other."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(row[-1] + 1, above[j] + 1, above[j - 1] + (x != y)))
    return row[-1]


def test_the_music_of_a_silent_film_gives_no_text():
    film = MEDIA / "film" / "chaplin.mp4"
    if not film.is_file():
        pytest.skip("the shared films are not here")
    assert recognise(load_audio(film), pocketsphinx())["words"] == []


@pytest.fixture
def published_whisper():
    """Whisper with the weights of the default configuration."""
    try:
        models.weight_file("whisper-base")
    except FilmError:
        pytest.skip("whisper-base is not on this machine")
    return load("speech", "whisper")


def test_whisper_finds_the_language_and_reads_a_speech(published_whisper):
    path = MEDIA / "speech" / "jfk.flac"
    if not path.is_file():
        pytest.skip("the shared recordings are not here")
    heard = recognise(load_audio(path), published_whisper)
    assert heard["language"] == "en"
    text = " ".join(word["text"] for word in heard["words"]).lower()
    assert "ask not what your country can do for you" in text


def test_whisper_invents_nothing_on_music_silence_and_noise(published_whisper):
    noise = np.random.default_rng(0).normal(0, 0.1, 10 * RATE).astype(np.float32)
    for sound in (noise, np.zeros_like(noise)):
        assert recognise(sound, published_whisper)["words"] == []
        assert published_whisper.transcribe(sound, [(0.0, 10.0)], "en") == []
