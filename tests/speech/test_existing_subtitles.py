"""A film's own subtitles take the place of recognition, even if their times are off."""

from __future__ import annotations

import time

import numpy as np
import pytest

from answerprint.engines import load
from answerprint.film.sound import RATE
from answerprint.runtime.errors import FilmError
from answerprint.speech import existing_subtitles
from answerprint.speech.existing_subtitles import Subtitle
from answerprint.speech.recognise import recognise
from answerprint.speech.transcript import listen, transcript

VOICE = [(2.0, 4.0), (7.0, 8.5), (12.0, 15.0), (21.0, 22.0), (30.0, 34.0), (41.0, 42.5)]


def written(speed: float = 1.0, shift: float = 0.0) -> list[Subtitle]:
    return [Subtitle(start=a * speed + shift, end=b * speed + shift, text="Who goes there?") for a, b in VOICE]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1\n00:00:01,500 --> 00:00:02,000\n<i>Hello</i> you.\n", [(1.5, 2.0, "Hello you.")]),
        ("WEBVTT\n\nNOTE no\n\n01:02.250 --> 01:03.000 line:0\n<v Anna>Oh &amp; ah</v>\n", [(62.25, 63.0, "Oh & ah")]),
        ("1\r\n0:00:01,0 --> 0:00:02,5\r\n- Yes?\r\n- No.\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\n[DOOR]\r\n",
         [(1.0, 2.5, "Yes? No.")]),
        ("1\n00:00:01,000 --> 00:00:02,000\nIn\n1984\n2\n00:00:03,000 --> 00:00:04,000\nor\n1985\n",
         [(1.0, 2.0, "In 1984"), (3.0, 4.0, "or 1985")]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_subrip_and_webvtt_are_read_in_any_encoding(tmp_path, text, expected, encoding):
    path = tmp_path / "film.srt"
    path.write_bytes(text.encode(encoding))
    assert [(one.start, one.end, one.text) for one in existing_subtitles.read(path)] == expected


def test_a_file_without_subtitles_is_refused(tmp_path):
    (tmp_path / "film.srt").write_text("Dear Sir,\n\nno.")
    with pytest.raises(FilmError, match="holds no subtitles"):
        existing_subtitles.read(tmp_path / "film.srt")


def test_times_that_fit_are_left_alone():
    assert existing_subtitles.alignment(written(shift=0.2), VOICE) == (1.0, 0.0)
    assert existing_subtitles.alignment(written(), []) == (1.0, 0.0)


@pytest.mark.parametrize(("speed", "shift"), [(1.0, 9.4), (1.0, -1.5), (24 / 25, 0.0), (25 / 24, 3.0)])
def test_late_subtitles_and_those_for_another_frame_rate_are_aligned_with_the_voice(speed, shift):
    factor, moved = existing_subtitles.alignment(written(speed, shift), VOICE)
    starts = [one.start * factor + moved for one in written(speed, shift)]
    assert np.abs(np.array(starts) - [a for a, _ in VOICE]).max() < 0.35


def test_words_share_the_voice_within_their_subtitle(monkeypatch):
    likely = np.zeros(RATE * 10 // 512, np.float32)
    likely[40:60], likely[80:100] = 0.95, 0.95
    monkeypatch.setattr(existing_subtitles, "speech_probability", lambda samples: likely)
    lines = [Subtitle(start=1.0, end=3.6, text="I never said that"), Subtitle(start=5, end=6, text="(sighs) Oh")]
    recognised = existing_subtitles.recognised(lines, np.zeros(RATE * 10, np.float32), "en")
    assert [word["text"] for word in recognised["words"]] == [" I", " never", " said", " that", " (sighs)", " Oh"]
    spoken = [word for word in recognised["words"] if word["start"] < 4]
    assert all(any(a <= w["start"] < w["end"] <= b for a, b in recognised["voice"]) for w in spoken)
    assert recognised["words"][-1]["end"] == 6.0
    assert set(recognised) - {"spaced"} == set(recognise(np.zeros(0, np.float32), None))


@pytest.mark.parametrize("language", ["und", "en", "ja", "th", "ja-JP"])
@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["The road \u9053 to heaven", "Is long."], "The road \u9053 to heaven Is long."),
        (["\u3053\u3093 \u4e16\u754c!", "NHK\u306e 3\u6708?"], "\u3053\u3093\u4e16\u754c! NHK\u306e 3\u6708?"),
        (["\u3053\u3093\u3002", "\u4e16\u754c"], "\u3053\u3093\u3002\u4e16\u754c"),
        (["\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35"], "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35"),
    ],
)
def test_the_text_keeps_its_spaces_whatever_its_language(texts, said, language):
    silent = np.zeros(RATE * 4, np.float32)
    subtitles = [Subtitle(start=1.0 + i, end=1.9 + i, text=text) for i, text in enumerate(texts)]
    recognised = existing_subtitles.recognised(subtitles, silent, language)
    lines, _ = transcript(recognised, [], listen(recognised, silent, load("voices", "cepstra")), 25.0)
    assert [line["text"] for line in lines] == [said]
    assert "".join(word["text"] for word in lines[0]["words"]) == said.replace(" ", "")


@pytest.mark.parametrize("mark", "<{[(")
def test_marks_that_nothing_closes_take_no_longer_than_others(tmp_path, mark):
    path = tmp_path / "film.srt"
    path.write_text(f"1\n00:00:01,000 --> 00:00:02,000\n{mark * 9_000}\n\n" * 800)
    begun = time.process_time()
    assert len(existing_subtitles.read(path)) == 800
    assert time.process_time() - begun < 30


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1\n00:00:01,000 --> 00:00:02,000\n" + "<" * 20_000, "more than 10000 characters"),
        ("1\n" + "9" * 5000 + ":00:01,000 --> 00:00:02,000\nHello\n", "no subtitles"),
        ("1\n99999999:00:01,000 --> 99999999:00:02,000\nHello\n", "no subtitles"),
        (" " * 9_000, "no subtitles"),
        ("\0" * 100, "no text"),
    ],
)
def test_a_file_that_cannot_be_subtitles_is_refused_at_once(tmp_path, text, said):
    path = tmp_path / "film.srt"
    path.write_text(text)
    begun = time.monotonic()
    with pytest.raises(FilmError, match=said):
        existing_subtitles.read(path)
    assert time.monotonic() - begun < 3
