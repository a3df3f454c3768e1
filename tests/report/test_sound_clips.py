"""Each line of a film can be heard: its own stretch of the sound, small, until there is no more room."""

from __future__ import annotations

import base64
import io

import numpy as np

from answerprint.film.sound import RATE
from answerprint.report.sound_clips import MARGIN, clips


def heard(url: str) -> np.ndarray:
    import av

    with av.open(io.BytesIO(base64.b64decode(url.partition("base64,")[2]))) as container:
        rate = container.streams.audio[0].rate
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        assert rate
    return np.concatenate([frame.to_ndarray().ravel() for frame in frames])


def tone(seconds: float, pitch: float) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * pitch * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def test_a_clip_holds_the_sound_of_its_line() -> None:
    samples = np.concatenate([tone(2, 300), tone(2, 900)])
    low, high = (
        heard(url) for url in clips([{"start": 0.5, "end": 1.5}, {"start": 2.5, "end": 3.5}], samples).values()
    )
    for sound, pitch in ((low, 300), (high, 900)):
        assert abs(len(sound) / RATE - (1 + 2 * MARGIN)) < 0.1
        spectrum = np.abs(np.fft.rfft(sound))
        assert abs(np.fft.rfftfreq(len(sound), 1 / RATE)[int(spectrum.argmax())] - pitch) < 20


def test_clips_are_small_and_later_lines_go_without_where_there_is_no_room() -> None:
    lines = [{"start": float(second), "end": second + 1.0} for second in range(6)]
    samples = tone(7, 440)
    assert max(len(base64.b64decode(url.partition("base64,")[2])) for url in clips(lines, samples).values()) < 6000
    assert list(clips(lines, samples, most_bytes=9000)) == ["0.0", "1.0"]


def test_a_line_after_the_end_of_the_sound_has_no_clip() -> None:
    assert clips([{"start": 9.0, "end": 10.0}], tone(1, 440)) == {}
