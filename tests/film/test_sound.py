"""Sound comes as mono at 16 kHz, at the film's time."""

from __future__ import annotations

import re
import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from answerprint.film.facts import Facts
from answerprint.film.sound import RATE, heard, load_audio
from answerprint.runtime.errors import FilmError
from places import REPOSITORY


def write_wav(path: Path, channels: list[np.ndarray], rate: int) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.stack(channels, axis=1) * 32767).astype("<i2").tobytes())
    return path


def long(frames: int) -> Facts:
    """The facts of a film of so many frames, 24 a second."""
    return Facts(path="film.mov", kind="video", width=32, height=24, rate=Fraction(24), frames=frames)


def tone(seconds: float, hertz: float, rate: int = RATE) -> np.ndarray:
    return 0.4 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (44100, 2), (48000, 6), (16000, 1)])
def test_any_rate_and_number_of_channels_becomes_mono_at_16_khz(tmp_path, rate, channels):
    sound = tone(1.0, 440, rate)
    samples = load_audio(write_wav(tmp_path / "a.wav", [sound] * channels, rate))
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
    samples = load_audio(write_film(tmp_path / "film.mkv", late))
    assert abs(np.abs(samples).argmax() / RATE - 0.5 - late) < 0.02


def test_a_film_without_sound_has_no_samples(tmp_path):
    path = write_film(tmp_path / "silent.mkv", 0.0, sound=False)
    assert load_audio(path).shape == (0,)
    with pytest.raises(FilmError, match="0 audio streams"):
        load_audio(path, stream=1)


def test_a_file_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(FilmError, match="cannot be read"):
        load_audio(tmp_path / "none.mkv")


def test_silent_files_are_passed_over(tmp_path):
    silent = write_wav(tmp_path / "silent.wav", [np.zeros(RATE)], RATE)
    audible = write_wav(tmp_path / "audible.wav", [tone(2.0, 440)], RATE)
    assert np.array_equal(heard([silent, audible], long(50)), load_audio(audible))
    assert not heard([silent], long(50)).any() and heard([], long(50)).shape == (0,)


def test_sound_after_the_last_frame_is_not_heard(tmp_path):
    audible = write_wav(tmp_path / "audible.wav", [tone(2.0, 440)], RATE)
    assert len(heard([audible], long(36))) == 1.5 * RATE


def test_every_script_that_listens_to_a_film_hears_it_so():
    scripts = [path.read_text() for path in REPOSITORY.glob("scripts/*.py")]
    listening = [text for text in scripts if re.search(r"answerprint\.film(\.sound import| import sound)", text)]
    assert len(listening) == 5
    assert all('heard(list(files.get("sounds", [])), ' in text and "load_audio" not in text for text in listening)
