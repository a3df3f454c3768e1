"""People are told apart by the vectors of their voices, also where two speak at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from answerprint.engines import _converters, load, models
from answerprint.engines.voices import _activity, _people, _sequence
from answerprint.engines.voices._activity import STEP, Activity
from answerprint.engines.voices._bands import mel_bands
from answerprint.engines.voices.pyannote import NetworkHearing
from answerprint.film.sound import RATE, load_audio
from answerprint.lab.bench import speech_scores
from answerprint.runtime.errors import FilmError
from answerprint.speech.voice_activity import speech_spans
from places import MEDIA

FRAMES = RATE / STEP
"""Frames a second."""


def frames(*parts: tuple[float, float]) -> np.ndarray:
    """Values that last some seconds each."""
    return np.concatenate([np.full(round(seconds * FRAMES), value) for seconds, value in parts])


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    """Both networks with random weights, as the converter writes them."""
    import torch

    from answerprint.engines.voices._segmentation_network import SegmentationNetwork
    from answerprint.engines.voices._voice_network import VoiceNetwork

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("voices")
    segmentation = SegmentationNetwork()
    filters = segmentation.sincnet.conv1d[0].filterbank
    half = torch.arange(-125, 0.0)
    filters.n_.copy_((2 * torch.pi * half / RATE)[None])
    filters.window_.copy_(0.54 - 0.46 * torch.cos(torch.linspace(0, torch.pi, 125)))
    with torch.no_grad():
        filters.low_hz_.copy_(torch.linspace(30, 6000, 40)[:, None])
        filters.band_hz_.fill_(200.0)
    torch.save({"state_dict": segmentation.state_dict()}, folder / "a.pt")
    torch.save(VoiceNetwork().state_dict(), folder / "b.pt")
    target = folder / "both.safetensors"
    parts = {"parts": {"segmentation": "state_dict", "voice": ""}}
    _converters.convert("torch_checkpoints", [folder / "a.pt", folder / "b.pt"], target, parts)
    return target


def test_both_networks_come_from_one_file_and_another_file_is_refused(published, monkeypatch, tmp_path):
    import torch

    monkeypatch.setattr(models, "weight_file", lambda name: Path(name))
    engine = load("voices", "pyannote", weights=str(published))
    sound = np.random.default_rng(0).normal(0, 0.1, 12 * RATE).astype(np.float32)
    assert len(engine.activity(sound, [(0.0, 12.0)]).speakers) == 1 + len(sound) // STEP
    assert not engine.activity(sound, []).speakers.any()  # nobody speaks, so nobody listens
    vector = engine.vector(sound[:RATE])
    assert vector.shape == (192,) and np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert engine.vector(0.1 * sound[:RATE]) @ vector > 0.999  # loudness says nothing of a voice
    torch.save({"weight": torch.ones(2)}, tmp_path / "other.pt")
    with pytest.raises(FilmError, match="not a file with the networks"):
        load("voices", "pyannote", weights=str(tmp_path / "other.pt"))


def test_a_tone_is_in_the_band_of_its_pitch():
    bands = mel_bands(np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE) * np.linspace(0, 0.5, RATE))
    assert bands.shape == (98, 80) and np.abs(bands.mean(axis=0)).max() < 1e-4
    loudest = int((bands[-1] - bands[0]).argmax())
    mel = np.linspace(1127 * np.log(1 + 20 / 700), 1127 * np.log(1 + 8000 / 700), 82)[1:-1]
    assert 700 * (np.exp(mel[loudest] / 1127) - 1) == pytest.approx(1000, rel=0.1)
    assert mel_bands(np.zeros(100)).shape == (0, 80)


def test_people_are_as_many_as_there_are_groups_of_voices_and_odd_sounds_are_nobody():
    rng = np.random.default_rng(0)
    owners = np.repeat([0, 1, 2], (20, 12, 2))
    vectors = np.eye(192)[owners] + rng.normal(0, 0.04, (len(owners), 192))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    people = _people.people(vectors, np.full(len(vectors), 1.5))
    assert sorted((people @ np.eye(192)[:3].T).round().tolist()) == [[0, 1, 0], [1, 0, 0]]
    assert len(_people.people(vectors[:1], np.ones(1))) == 1


def test_a_change_is_placed_where_the_network_hears_it_and_a_short_doubt_is_no_change():
    speakers = frames((2, 1), (1, 0), (3, 1))
    likeness = np.stack([frames((2, 0.7), (1, 0), (1, 0.5), (2, 0.3)), frames((2, 0.3), (1, 0), (1, 0.5), (2, 0.7))], 1)
    likeness[10:13] = likeness[10:13, ::-1]
    path = _sequence.most_likely(Activity(speakers=speakers, changes=np.zeros(len(speakers))), likeness)
    assert [int(path[round(second * FRAMES)]) for second in (0.1, 1.9, 2.5, 3.3, 5.5)] == [0, 0, -1, 1, 1]


def test_where_two_speak_the_second_is_who_else_speaks_nearest():
    speakers = frames((2, 1), (0.5, 2), (2, 1))
    path = np.repeat([0, 1], (round(2.25 * FRAMES), len(speakers) - round(2.25 * FRAMES)))
    found = _sequence.turns(Activity(speakers=speakers, changes=np.zeros(len(speakers))), path)
    assert [number for _, _, number in found] == [0, 1]
    assert found[0][1] == pytest.approx(2.5, abs=0.05) and found[1][0] == pytest.approx(2.0, abs=0.05)


class Told:
    """An engine that hears one person in the first half of a sound and another in the second."""

    def __init__(self, speakers: np.ndarray) -> None:
        self.speakers = speakers

    def activity(self, samples, spans):
        return Activity(speakers=self.speakers, changes=np.zeros(len(self.speakers)))

    def vector(self, sound):
        return np.eye(192)[int(np.mean(sound) > 0)]


def test_spans_are_divided_where_the_voice_changes_and_silence_belongs_to_the_nearest():
    samples = np.repeat([-0.1, 0.1], 5 * RATE).astype(np.float32)
    hearing = NetworkHearing(Told(frames((4, 1), (2, 0), (4, 1))), samples, [(0.0, 10.0)])
    (a, b) = hearing.pieces([(1.0, 9.0)])
    assert (a[0], b[1], a[2], b[2]) == (1.0, 9.0, 0, 1) and a[1] == b[0] == pytest.approx(5.0, abs=0.05)
    assert [number for _, _, number in hearing.turns()] == [0, 1]
    first, second = hearing.voice([(0.0, 2.0)]), hearing.voice([(7.0, 8.0)])
    assert hearing.distance(first, hearing.voice([(2.0, 3.0)])) < hearing.limit(first, second) < 1
    assert hearing.distance(first, second) == 1
    assert hearing.together([first, second]).seconds == 3
    assert hearing.voice([(0.0, 0.1)]).seconds == 0


def test_chunks_without_a_voice_are_skipped():
    heard = []

    class Silent:
        def answers(self, network, samples):
            for _ in samples:
                heard.append(1)
                yield np.zeros((589, 7))

    samples = np.zeros(60 * RATE, np.float32)
    _activity.activity(samples, [(30.0, 31.0)], None, Silent())
    assert len(heard) == 5


@pytest.mark.parametrize(("name", "most"), [("pyannote_sample", 0.12), ("ami_dev00", 0.18)])
def test_real_conversations_are_divided_by_person(name, most):
    if not (MEDIA / "speech").is_dir():
        pytest.skip("the shared speech is not here")
    try:
        engine = load("voices", "pyannote")
    except FilmError:
        pytest.skip("pyannote-campplus is not on this machine")
    samples = load_audio(MEDIA / "speech" / f"{name}.wav")[: 30 * RATE]
    rttm = MEDIA / "speech" / (f"{name}.rttm" if name.startswith("py") else "ami_debug.development.rttm")
    truth = speech_scores.read_rttm(rttm, "dev00" if name.startswith("ami") else "")
    turns = engine.listen(samples, speech_spans(samples)).turns()
    assert speech_scores.diarization_error([(a, b, str(n)) for a, b, n in turns], truth)["error"] < most
