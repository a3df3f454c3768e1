"""Sound is read at the film's time, voices are found in it, and recognisers are only asked where somebody speaks."""

from __future__ import annotations

import dataclasses
import os
import re
import wave
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from answerprint.engines import find, load, models, options
from answerprint.runtime.errors import FilmError
from answerprint.speech import recognise as voice
from answerprint.speech import voiceprints
from answerprint.speech.recognise import RATE, Word
from places import MEDIA


def write_wav(path: Path, channels: list[np.ndarray], rate: int) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.stack(channels, axis=1) * 32767).astype("<i2").tobytes())
    return path


def tone(seconds: float, hertz: float, rate: int = RATE) -> np.ndarray:
    return 0.4 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


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


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (44100, 2), (48000, 6), (16000, 1)])
def test_any_rate_and_number_of_channels_becomes_mono_at_16_khz(tmp_path, rate, channels):
    sound = tone(1.0, 440, rate)
    samples = voice.load_audio(write_wav(tmp_path / "a.wav", [sound] * channels, rate))
    assert samples.dtype == np.float32 and abs(len(samples) - RATE) <= RATE * 0.01
    spectrum = np.abs(np.fft.rfft(samples[2000:14000]))
    assert abs(spectrum.argmax() * RATE / 12000 - 440) < 3


def write_film(path: Path, late: float, *, sound: bool = True) -> Path:
    """One second of grey pictures from 0 s, with a click 0.5 s into a sound that begins `late` seconds after."""
    import av

    click = np.zeros(RATE, np.int16)
    click[RATE // 2 : RATE // 2 + 32] = 30000
    with av.open(str(path), "w") as film:
        picture = film.add_stream("ffv1", rate=25, width=32, height=32, pix_fmt="gray")
        audio = film.add_stream("pcm_s16le", rate=RATE, layout="mono") if sound else None
        for _ in range(25):
            film.mux(picture.encode(av.VideoFrame.from_ndarray(np.full((32, 32), 90, np.uint8), format="gray")))
        film.mux(picture.encode())
        for i in range(0, RATE if audio else 0, 1600):
            frame = av.AudioFrame.from_ndarray(click[None, i : i + 1600], format="s16", layout="mono")
            frame.rate, frame.pts, frame.time_base = RATE, round(late * RATE) + i, Fraction(1, RATE)
            film.mux(audio.encode(frame))
    return path


@pytest.mark.parametrize("late", [0.0, 0.4])
def test_sound_that_begins_late_stays_with_its_picture(tmp_path, late):
    samples = voice.load_audio(write_film(tmp_path / "film.mkv", late))
    assert abs(np.abs(samples).argmax() / RATE - 0.5 - late) < 0.02


def test_a_film_without_sound_says_nothing(tmp_path):
    path = write_film(tmp_path / "silent.mkv", 0.0, sound=False)
    samples = voice.load_audio(path)
    assert samples.shape == (0,) and voice.activity(samples) == []
    assert voice.recognise(samples, pocketsphinx())["words"] == []
    with pytest.raises(FilmError, match="0 audio streams"):
        voice.load_audio(path, stream=1)
    with pytest.raises(FilmError, match="cannot be read"):
        voice.load_audio(tmp_path / "none.mkv")


def test_music_and_noise_give_no_text():
    noise = np.random.default_rng(0).normal(0, 0.1, 2 * RATE).astype(np.float32)
    for sound in (music(4), noise, np.zeros(RATE, np.float32)):
        assert voice.recognise(sound, pocketsphinx()) == {"language": "en", "voice": [], "spans": [], "words": []}


class Guesser:
    """A recogniser that hears the same words everywhere."""

    def __init__(self, *words: Word) -> None:
        self.words = list(words)

    def transcribe(self, samples, spans, language):
        return self.words


def test_words_outside_every_voice_and_words_in_doubt_are_dropped(monkeypatch):
    likely = np.zeros(300, np.float32)
    likely[30:60], likely[100:130] = 0.99, 0.6
    monkeypatch.setattr(voice, "speech_probability", lambda samples: likely)
    words = [
        Word(start=t, end=t + 0.3, text=name, confidence=0.1) for t, name in ((1.2, "said"), (3.4, "hum"), (7, "no"))
    ]
    heard = voice.recognise(np.zeros(300 * 512, np.float32), Guesser(*words))
    assert [word["text"] for word in heard["words"]] == ["said"]
    assert heard["spans"] == [[0.86, 2.02]]


def test_activity_bridges_short_pauses_only():
    likely = np.zeros(200, np.float32)
    likely[10:30] = likely[34:50] = likely[100:120] = 0.9
    likely[150:153] = 0.9
    spans = voice.activity(np.zeros(200 * 512, np.float32), probability=likely)
    assert [(round(a, 2), round(b, 2)) for a, b in spans] == [(0.22, 1.7), (3.1, 3.94)]


def test_pocketsphinx_says_which_engine_knows_other_languages():
    with pytest.raises(FilmError, match="whisper"):
        pocketsphinx().transcribe(np.zeros(RATE, np.float32), [(0, 1)], "de")
    assert pocketsphinx().transcribe(np.zeros(RATE, np.float32), [], "en-GB") == []


def test_read_speech_is_mostly_understood():
    folder = MEDIA / "speech"
    if not folder.is_dir():
        pytest.skip("the shared recordings are not here")
    wrong = total = 0
    for text in sorted(folder.glob("sense*.txt"))[1:]:
        heard = voice.recognise(voice.load_audio(text.with_suffix(".wav")), pocketsphinx())
        said = [word["text"] for word in heard["words"]]
        truth = re.sub(r"[^a-z' ]", "", text.read_text().lower()).split()
        wrong, total = wrong + distance(truth, said), total + len(truth)
        assert all(0 <= word["confidence"] <= 1 and word["start"] < word["end"] for word in heard["words"])
    assert wrong / total < 0.35


def distance(a: list[str], b: list[str]) -> int:
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
    assert voice.recognise(voice.load_audio(film), pocketsphinx())["words"] == []


@pytest.fixture(scope="module")
def whisper(tmp_path_factory):
    """Whisper's own code with a checkpoint of its format and random weights."""
    # Compiling its alignment takes 6 s, running it once without 0.01 s.
    os.environ.setdefault("NUMBA_DISABLE_JIT", "1")
    import torch
    from whisper.model import ModelDimensions, Whisper

    torch.manual_seed(0)
    dims = ModelDimensions(80, 1500, 16, 2, 1, 51865, 24, 16, 2, 1)
    model = Whisper(dims)
    torch.nn.init.normal_(model.decoder.positional_embedding, std=0.02)
    path = tmp_path_factory.mktemp("whisper") / "tiny.pt"
    torch.save({"dims": dims.__dict__, "model_state_dict": model.state_dict()}, path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "weight_file", lambda name: Path(name))
        yield load("speech", "whisper", weights=str(path), beam=1)


def test_whisper_drops_what_its_checkpoint_makes_up(whisper):
    sound = np.random.default_rng(0).normal(0, 0.1, 2 * RATE).astype(np.float32)
    assert whisper.transcribe(sound, [(0.2, 1.5)], "de") == []
    believing = whisper.with_options(dataclasses.replace(whisper.options, repeats=10.0))
    repeated = [word.text for word in believing.transcribe(sound, [(0.2, 1.5)], "de")]
    assert len(repeated) > 3 and len(set(repeated)) == 1
    with pytest.raises(FilmError, match="no language"):
        whisper.transcribe(sound, [(0.2, 1.5)], "klingon")


def test_whisper_places_words_in_the_film_and_keeps_only_those_in_a_voice(whisper, monkeypatch):
    def said(sound, **asked):
        assert asked["temperature"] == 0.0 and asked["word_timestamps"] and not asked["condition_on_previous_text"]
        segment = {"no_speech_prob": 0.1, "avg_logprob": -0.3, "compression_ratio": 1.2}
        words = [{"start": 0.2, "end": 0.6, "word": " Guten", "probability": 0.9}]
        late = [{"start": 9.0, "end": 9.4, "word": " Dank", "probability": 0.9}]
        silent = {**segment, "no_speech_prob": 0.9, "avg_logprob": -1.4}
        return {"segments": [{**segment, "words": words}, {**segment, "words": late}, {**silent, "words": words}]}

    monkeypatch.setattr(whisper.network, "transcribe", said)
    words = whisper.transcribe(np.zeros(20 * RATE, np.float32), [(10.0, 11.0)], "de")
    assert words == [Word(start=10.0, end=10.4, text="Guten", confidence=0.9)]


def test_whisper_refuses_what_is_no_checkpoint(tmp_path, monkeypatch):
    import torch

    torch.save({"weights": 1}, tmp_path / "other.pt")
    monkeypatch.setattr(models, "weight_file", lambda name: Path(name))
    with pytest.raises(FilmError, match="not a Whisper checkpoint"):
        load("speech", "whisper", weights=str(tmp_path / "other.pt"))


def test_options_are_checked():
    for name, values in (("whisper", {"beam": 0}), ("pocketsphinx", {"language_weight": 0.0})):
        with pytest.raises(FilmError):
            options("speech", name, values)
        assert find("speech", name).card.kind is None


def buzz(seconds: float, hertz: float, formants: tuple[float, ...], seed: int) -> np.ndarray:
    """A hummed voice: pulses at a wavering pitch through resonances."""
    from scipy.signal import lfilter

    rng = np.random.default_rng(seed)
    wave_ = hertz * (1 + 0.05 * np.sin(np.arange(round(seconds * RATE)) * 2 * np.pi * 3 / RATE + seed))
    sound = (np.diff(np.floor(np.cumsum(wave_) / RATE), prepend=0) > 0) + rng.normal(0, 0.01, len(wave_))
    for f in formants:
        radius = np.exp(-np.pi * 120 / RATE)
        sound = lfilter([1 - radius], [1, -2 * radius * np.cos(2 * np.pi * f / RATE), radius**2], sound)
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


def test_voices_are_told_apart_and_pitch_is_measured():
    sounds = [buzz(1.5, 110, (500, 1500, 2500), s) for s in (0, 1)] + [
        buzz(1.5, 210, (700, 1900, 2900), s) for s in (2, 3)
    ]
    found = [voiceprints.within(voiceprints.features(s), [(0, 1.5)]) for s in sounds]
    assert np.exp(np.nanmedian(found[0][:, 19])) == pytest.approx(110, rel=0.08)
    background = voiceprints.model(np.concatenate(found))
    assert voiceprints.cluster(found, background, same=6.0) == [0, 0, 1, 1]
