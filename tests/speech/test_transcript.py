"""Words go to the mouth that moves with them, and off screen to a voice known from the screen."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from answerprint.engines import load
from answerprint.film.footage import Footage
from answerprint.film.sound import RATE, Word, load_audio
from answerprint.frames.face_detection import Detector, detect_section, join_sections
from answerprint.frames.face_tracks import track_faces
from answerprint.runtime.errors import FilmError
from answerprint.speech import active_speakers, appearance, corrections
from answerprint.speech.speaker import Speaker
from answerprint.speech.transcript import listen, transcript
from answerprint.speech.visible_face import VisibleFace
from answerprint.speech.voice_activity import speech_spans
from places import MEDIA

FPS = 25.0


def recognised(*spans: tuple[float, float], language: str = "en") -> dict:
    """Words of 0.3 s that fill the spans."""
    words = [
        asdict(Word(start=round(t, 2), end=round(t + 0.28, 2), text=f"w{i}", confidence=0.9))
        for span in spans
        for i, t in enumerate(np.arange(*span, 0.3))
    ]
    return {"language": language, "spans": [list(span) for span in spans], "words": words}


def face(
    number: int, person: str, start: float, stop: float, *talks: tuple[float, float], odds: float = 2.0
) -> VisibleFace:
    """A face that is visible from start to stop and talks now and then, with the log odds of its lips."""
    time = start + np.arange(round((stop - start) * FPS)) / FPS
    scores = np.full(len(time), -2.0)
    for a, b in talks:
        scores[(time >= a) & (time < b)] = odds
    return VisibleFace(
        track=number,
        first=round(start * FPS),
        scores=scores.tolist(),
        speaker=Speaker.parse(person),
        distance=0.2,
        limit=0.52,
    )


def hum(*voices: tuple[float, float, float]) -> np.ndarray:
    """Sound with voices of (start, end, pitch): wavering pulses through the resonances of a low or a high voice."""
    from scipy.signal import lfilter

    rng = np.random.default_rng(0)
    sound = np.zeros(round(RATE * (max(end for _, end, _ in voices) + 0.5)))
    for start, end, pitch in voices:
        count = round((end - start) * RATE)
        turns = np.cumsum(pitch * (1 + 0.06 * np.sin(np.arange(count) * 2 * np.pi * 3 / RATE))) / RATE
        pulses = (np.diff(np.floor(turns), prepend=0) > 0) + rng.normal(0, 0.03, count)
        for f in (500, 1500, 2500) if pitch < 150 else (700, 1900, 2900):
            radius = np.exp(-np.pi * 120 / RATE)
            pulses = lfilter([1 - radius], [1, -2 * radius * np.cos(2 * np.pi * f / RATE), radius**2], pulses)
        sound[round(start * RATE) :][:count] = 0.3 * pulses / np.abs(pulses).max()
    return sound.astype(np.float32)


def transcribed(heard: dict, faces: list, samples: np.ndarray, rate: float, **known) -> tuple[list[dict], list[dict]]:
    """The transcript of a film whose voices are known by their cepstra."""
    return transcript(heard, faces, listen(heard, samples, load("voices", "cepstra")), rate, **known)


def lines_of(*arguments, decisions: dict | None = None) -> list[dict]:
    """The lines of a transcript, as decided."""
    return corrections.apply_decisions(transcribed(*arguments)[0], decisions or {})


def who(lines: list[dict]) -> list[tuple[str, bool]]:
    return [(line["speaker"], line["on_screen"]) for line in lines]


SILENCE = np.zeros(0, np.float32)


def test_a_line_goes_to_the_mouth_that_moves():
    faces = [face(0, "Anna", 0, 6, (0, 3)), face(1, "Ben", 0, 6, (3, 6))]
    lines = lines_of(recognised((0, 3), (3.0, 6)), faces, SILENCE, FPS)
    assert who(lines) == [("Anna", True), ("Ben", True)]
    assert lines[0]["end"] <= lines[1]["start"] and lines[0]["confidence"] > 0.7
    assert lines[0]["reasons"] == {"lips": 2.0, "voice": None, "face": 0.2}
    assert json.loads(json.dumps(lines)) == lines


def test_one_unsure_word_does_not_change_the_speaker_within_a_breath():
    anna, ben = face(0, "Anna", 0, 4, (0, 4)), face(1, "Ben", 0, 4)
    for scores, value in ((anna.scores, -0.5), (ben.scores, 0.5)):
        scores[50:56] = [value] * 6
    assert who(lines_of(recognised((0, 3.7)), [anna, ben], SILENCE, FPS)) == [("Anna", True)]


def test_a_voice_off_screen_gets_the_name_it_had_on_screen():
    spans = [(0.0, 3.0), (4.0, 7.0), (8.0, 11.0)]
    faces = [face(0, "Anna", 0, 3.5, (0, 3)), face(1, "Ben", 3.5, 7.5, (4, 7)), face(2, "Ben", 7.5, 11)]
    sound = hum((0, 3, 210), (4, 7, 110), (8, 11, 205))
    lines = lines_of(recognised(*spans), faces, sound, FPS)
    assert who(lines) == [("Anna", True), ("Ben", True), ("Anna", False)]
    assert lines[2]["reasons"]["voice"] is not None


def test_a_word_or_two_off_screen_stay_with_their_sentence():
    lines = lines_of(recognised((0, 3.3)), [face(0, "Anna", 0, 2.7, (0, 2.7))], hum((0, 3.3, 210)), FPS)
    assert who(lines) == [("Anna", True), ("Anna", False)]


def test_an_unknown_voice_off_screen_gets_no_name_from_the_screen():
    faces = [face(0, "Anna", 0, 3.5, (0, 3)), face(1, "Anna", 3.5, 7)]
    lines = lines_of(recognised((0, 3), (4, 7)), faces, hum((0, 3, 210), (4, 7, 100)), FPS)
    assert who(lines) == [("Anna", True), ("Person 1", False)]


def test_a_film_without_faces_is_split_by_voices():
    sound = hum((0, 2, 210), (2.5, 4.5, 100), (5, 7, 212))
    lines = lines_of(recognised((0, 2), (2.5, 4.5), (5, 7)), [], sound, FPS)
    assert who(lines) == [("Person 1", False), ("Person 2", False), ("Person 1", False)]


def test_a_film_without_speech_has_no_lines():
    assert lines_of(recognised(), [face(0, "Anna", 0, 3)], SILENCE, FPS) == []


def test_strangers_are_numbered_in_the_order_in_which_they_speak():
    faces = [face(0, "face 0", 0, 6), face(1, "face 1", 0, 6, (0, 2)), face(2, "face 2", 0, 6, (3, 6))]
    lines = lines_of(recognised((0, 2), (3, 6)), faces, SILENCE, FPS)
    assert who(lines) == [("Person 1", True), ("Person 2", True)]


def test_decisions_rename_people_and_correct_lines():
    faces = [face(0, "face 0", 0, 6, (0, 6))]
    decisions = {
        "names": {"Person 1": "Anna"},
        "lines": [{"at": 3.2, "speaker": "Ben", "text": "Good evening.", "why": "seen in the mirror"}],
    }
    lines = lines_of(recognised((0, 2), (3, 4), (5.2, 6)), faces, SILENCE, FPS, decisions=decisions)
    assert [line["speaker"] for line in lines] == ["Anna", "Ben", "Anna"]
    assert lines[1]["text"] == "Good evening." and lines[1]["reasons"]["decision"] == "seen in the mirror"


@pytest.mark.parametrize("decisions", [{"names": {"Person 7": "Anna"}}, {"lines": [{"at": 99, "speaker": "Ben"}]}])
def test_a_decision_about_an_unknown_person_or_line_is_refused(decisions):
    with pytest.raises(FilmError, match="decision names"):
        lines_of(recognised((0, 2)), [face(0, "face 0", 0, 2, (0, 2))], SILENCE, FPS, decisions=decisions)


def test_japanese_words_are_joined_without_spaces():
    lines = lines_of(recognised((0, 0.6), language="ja"), [], SILENCE, FPS)
    assert lines[0]["text"] == "w0w1"


def test_a_voice_that_is_clearly_anothers_overrules_doubtful_lips():
    faces = [
        face(0, "Anna", 0, 3.5, (0, 3)),
        face(1, "Ben", 3.5, 7.5, (4, 7)),
        face(2, "Ben", 7.5, 11, (7.5, 11), odds=0.9),
    ]
    sound = hum((0, 3, 210), (4, 7, 110), (8, 11, 205))
    lines = lines_of(recognised((0, 3), (4, 7), (8, 11)), faces, sound, FPS)
    assert who(lines) == [("Anna", True), ("Ben", True), ("Anna", False)]


def test_a_line_reaches_as_far_as_the_voice_when_the_recogniser_cut_it_short():
    spoken = recognised((1, 2.9))
    spoken["spans"] = [[0.6, 3.3]]
    (line,) = lines_of(spoken, [face(0, "Anna", 0, 4, (0.5, 3.5))], SILENCE, FPS)
    assert (line["start"], line["end"]) == (0.6, 3.3) and line["words"][0]["start"] == 1.0


def test_real_people_speaking_beside_a_silent_listener_get_their_names():
    folder = MEDIA / "dialogue"
    if not folder.is_dir():
        pytest.skip("the shared dialogue is not here")
    import av

    # Six seconds are two shots: Ben beside Anna, who listens, then Anna beside Carl.
    with av.open(str(folder / "grid_split.mkv")) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame, _ in zip(film.decode(video=0), range(148), strict=False)]

    def read(start: int, stop: int) -> np.ndarray:
        return np.stack(frames[start:stop]).astype(np.float32) / 255

    shots = [(0, 74), (74, 148)]
    detections = join_sections([detect_section(read, 0, 148, every=6, shots=shots, detector=Detector())])
    samples = load_audio(folder / "grid_split.mkv")[: 6 * RATE]
    footage = Footage(read=read, samples=samples, rate=25)
    engines = load("speaking", "lips"), load("identity", "dlib")
    tracks = appearance.describe(read, track_faces(detections, shots=shots), engines[1])
    faces = active_speakers.detect(footage, tracks, *engines, folder / "gallery")
    words = {"language": "en", "words": recognised(*speech_spans(samples))["words"]}
    lines = lines_of(words, faces, samples, 25)
    truth = json.loads((folder / "grid_split.json").read_text())[:2]
    assert [line["speaker"] for line in lines] == [one["speaker"] for one in truth]
    assert all(line["on_screen"] for line in lines)
