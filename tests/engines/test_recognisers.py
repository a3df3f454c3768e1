"""Recognisers refuse what they cannot do, and place words in film time."""

from __future__ import annotations

import dataclasses
import os
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from answerprint.engines import find, load, models, options
from answerprint.engines.speech import _windows
from answerprint.engines.speech.whisper import listening_once
from answerprint.film.sound import RATE, Word
from answerprint.runtime.errors import FilmError

# Compiling Whisper's alignment takes 6 s, running it once without 0.01 s.
os.environ.setdefault("NUMBA_DISABLE_JIT", "1")


@cache
def pocketsphinx():
    return load("speech", "pocketsphinx")


def test_pocketsphinx_names_the_engine_for_other_languages():
    with pytest.raises(FilmError, match="whisper"):
        pocketsphinx().transcribe(np.zeros(RATE, np.float32), [(0, 1)], "de")
    assert pocketsphinx().transcribe(np.zeros(RATE, np.float32), [], "en-GB") == []


def test_pocketsphinx_refuses_a_vocabulary():
    with pytest.raises(FilmError, match="takes no vocabulary"):
        pocketsphinx().transcribe(np.zeros(RATE, np.float32), [], "en", "Nosferatu")


@pytest.fixture(scope="module")
def whisper(tmp_path_factory):
    """Whisper's own code with a checkpoint of its format and random weights."""
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
        return load("speech", "whisper", weights=str(path), beam=1)


def test_whisper_drops_repetitive_hallucinations(whisper):
    sound = np.random.default_rng(0).normal(0, 0.1, 2 * RATE).astype(np.float32)
    assert whisper.transcribe(sound, [(0.2, 1.5)], "de") == []
    believing = whisper.with_options(dataclasses.replace(whisper.options, repeats=10.0))
    repeated = [word.text for word in believing.transcribe(sound, [(0.2, 1.8)], "de")]
    assert len(repeated) > 3 and len(set(repeated)) == 1
    with pytest.raises(FilmError, match="no language"):
        whisper.transcribe(sound, [(0.2, 1.5)], "klingon")


def test_whisper_places_words_in_film_time_and_drops_those_outside_speech(whisper, monkeypatch):
    def transcribe(sound, **asked):
        assert asked["temperature"] == 0.0 and asked["word_timestamps"] and not asked["condition_on_previous_text"]
        segment = {"no_speech_prob": 0.1, "avg_logprob": -0.3, "compression_ratio": 1.2}
        words = [{"start": 0.5, "end": 0.9, "word": " Guten", "probability": 0.9}]
        late = [{"start": 9.0, "end": 9.4, "word": " Dank", "probability": 0.9}]
        silent = {**segment, "no_speech_prob": 0.9, "avg_logprob": -1.4}
        return {"segments": [{**segment, "words": words}, {**segment, "words": late}, {**silent, "words": words}]}

    monkeypatch.setattr(whisper.network, "transcribe", transcribe)
    words = whisper.transcribe(np.zeros(20 * RATE, np.float32), [(10.0, 11.0)], "de")
    assert words == [Word(start=10.0, end=10.4, text="Guten", confidence=0.9)]


@pytest.mark.parametrize(
    ("language", "texts"),
    [("en", ["twenty-five", "now", "-", "3.5"]), ("ja", ["twenty", "-five", "now", "-", "3", ".5"])],
)
def test_a_word_that_whisper_parts_at_its_punctuation_is_one(whisper, monkeypatch, language, texts):
    said = [" twenty", "-five", " now", " -", " 3", ".5"]

    def transcribe(sound, **asked):
        words = [
            {"start": 0.5 + 0.1 * i, "end": 0.6 + 0.1 * i, "word": word, "probability": 0.9 - 0.1 * (i == 1)}
            for i, word in enumerate(said)
        ]
        segment = {"no_speech_prob": 0.1, "avg_logprob": -0.3, "compression_ratio": 1.2}
        return {"segments": [{**segment, "words": words}]}

    monkeypatch.setattr(whisper.network, "transcribe", transcribe)
    words = whisper.transcribe(np.zeros(2 * RATE, np.float32), [(0.5, 1.5)], language)
    assert [word.text for word in words] == texts
    if language == "de":
        assert words[0].confidence == 0.8 and round(words[0].end - words[0].start, 3) == 0.2


def test_whisper_hears_the_vocabulary_before_every_window_and_refuses_one_that_it_would_cut(whisper, monkeypatch):
    told = []

    def transcribe(sound, **asked):
        told.append(asked["initial_prompt"])
        return {"segments": []}

    monkeypatch.setattr(whisper.network, "transcribe", transcribe)
    sound, spans = np.zeros(60 * RATE, np.float32), [(1.0, 20.0), (30.0, 50.0)]
    whisper.transcribe(sound, spans, "de", " Ellen Hutter, Orlok ")
    whisper.transcribe(sound, spans, "de")
    assert told == ["Ellen Hutter, Orlok"] * 2 + [None] * 2
    monkeypatch.setattr(whisper.network.dims, "n_text_ctx", 448)
    with pytest.raises(FilmError, match="Whisper takes 223"):
        whisper.transcribe(sound, spans, "de", "Orlok, " * 200)


def test_whisper_refuses_a_file_that_is_not_its_checkpoint(tmp_path, monkeypatch):
    import torch

    torch.save({"weights": 1}, tmp_path / "other.pt")
    monkeypatch.setattr(models, "weight_file", lambda name: Path(name))
    with pytest.raises(FilmError, match="not a Whisper checkpoint"):
        load("speech", "whisper", weights=str(tmp_path / "other.pt"))


def test_impossible_options_are_refused():
    for name, values in (("whisper", {"beam": 0}), ("pocketsphinx", {"language_weight": 0.0})):
        with pytest.raises(FilmError):
            options.read(find("speech", name), values)
        assert find("speech", name).card.kind is None


def test_whisper_from_safetensors_has_its_dimensions_and_alignment_heads(tmp_path, monkeypatch):
    import torch
    from whisper.model import ModelDimensions, Whisper

    from answerprint.engines import _converters

    # As many layers and heads as base, so that its alignment heads fit.
    dims = ModelDimensions(8, 6, 8, 8, 1, 51865, 5, 8, 8, 6)
    model = Whisper(dims)
    torch.nn.init.zeros_(model.decoder.positional_embedding)
    torch.save({"dims": dims.__dict__, "model_state_dict": model.state_dict()}, tmp_path / "tiny.pt")
    target = tmp_path / "tiny.safetensors"
    _converters.convert("openai_whisper", [tmp_path / "tiny.pt"], target, {"alignment_heads": "base"})
    monkeypatch.setattr(models, "weight_file", lambda name: Path(name))
    network = load("speech", "whisper", weights=str(target)).network
    assert network.dims == dims
    # OpenAI's heads for base: layer and number.
    heads = [[3, 1], [4, 2], [4, 3], [4, 7], [5, 1], [5, 2], [5, 4], [5, 6]]
    assert network.alignment_heads.indices().T.tolist() == heads


def words_of(window):
    """Words of a window by the second at which they begin, half a second each, in film time."""
    return lambda *starts: [_windows.in_film(start, start + 0.5, window) for start in starts]


def test_pauses_are_cut_down_so_that_a_window_holds_more_speech():
    spans = [(1.0, 3.0), (10.0, 12.0), (12.5, 13.0)]
    (window,) = _windows.windows(spans)
    taken = [(one.start, one.stop, one.place) for one in window]
    assert taken == [(0.5, 3.5, 0.0), (9.5, 12.25, 3.0), (12.25, 13.5, 5.75)]
    assert [one.voice for one in window] == spans
    samples = np.arange(20 * RATE, dtype=np.float32)
    heard = _windows.sound(samples, window)
    assert len(heard) == 7 * RATE and heard[0] == 0.5 * RATE and heard[3 * RATE] == 9.5 * RATE
    # At its start, at the end, after a long pause, and across the short one.
    found = np.array(words_of(window)(0.7, 2.4, 3.8, 5.3))
    np.testing.assert_allclose(found, [(1.2, 1.7), (2.9, 3.0), (10.3, 10.8), (11.8, 12.0)])


def test_a_word_is_cut_to_the_voice_that_it_overlaps_most_and_dropped_outside_all():
    at = words_of(_windows.windows([(1.0, 2.0), (7.0, 9.0)])[0])
    # The window is 0.5..2.5, then 6.5..9.5: seconds 0..2 and 2..5.
    np.testing.assert_allclose(np.array(at(1.2, 1.8, 2.3)), [(1.7, 2.0), (7.0, 7.0), (7.0, 7.3)])
    assert at(4.85, 20.0) == [None, None]


def test_windows_are_no_longer_than_whisper_hears_and_long_speech_is_cut():
    spans = [(0.0, 100.0), (101.0, 110.0), (111.0, 125.0)]
    found = _windows.windows(spans)
    assert all(sum(one.stop - one.start for one in window) <= _windows.LONGEST for window in found)
    voices = [one.voice for window in found for one in window]
    assert voices[0][0] == 0.0 and voices[-1] == (111.0, 125.0) and (101.0, 110.0) in voices
    long = [voice for voice in voices if voice[1] <= 100]
    assert long[-1][1] == 100.0 and all(a[1] == b[0] for a, b in pairwise(long))
    assert _windows.windows([]) == []


def test_the_same_sound_is_encoded_once_and_another_one_anew():
    import torch

    heard = []
    encoder = torch.nn.Identity()
    encoder.register_forward_hook(lambda module, inputs, output: heard.append(output.clone()))
    encode = listening_once(encoder)
    one, other = torch.zeros(1, 4, 6), torch.ones(1, 4, 6)
    assert [float(encode(mel).mean()) for mel in (one, one.clone(), other, other, one)] == [0, 0, 1, 1, 0]
    assert len(heard) == 3
    changed = one.clone()
    encode(changed)
    changed += 5  # what was heard is kept, whatever becomes of the tensor
    assert float(encode(changed).mean()) == 5


def test_a_window_in_doubt_is_heard_again_in_halves(whisper, monkeypatch):
    """Four voices, of which the third repeats itself: the others keep their words."""
    spans = [(10.0 * i + 1, 10.0 * i + 2) for i in range(4)]
    samples = np.concatenate([np.full(10 * RATE, i / 10, np.float32) for i in range(4)])
    heard = []

    def transcribe(sound, **asked):
        voices = sorted(set(np.round(10 * sound).astype(int)))
        heard.append(voices)
        good = {"no_speech_prob": 0.1, "avg_logprob": -0.3, "compression_ratio": 9.0 if 2 in voices else 1.2}
        words = [
            {"start": 2 * i + 0.6, "end": 2 * i + 1.4, "word": f" {v}", "probability": 0.9}
            for i, v in enumerate(voices)
        ]
        return {"segments": [{**good, "words": words}]}

    monkeypatch.setattr(whisper.network, "transcribe", transcribe)
    words = whisper.transcribe(samples, spans, "de")
    assert heard == [[0, 1, 2, 3], [0, 1], [2, 3], [2], [3]]
    assert [(word.text, word.start) for word in words] == [("0", 1.1), ("1", 11.1), ("3", 31.1)]
