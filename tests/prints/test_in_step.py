"""Sound, subtitles and chapters stay with their picture where lost frames have their place again."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from answerprint.film.frame_rates import Retiming
from answerprint.prints import in_step

SILENCES = ((Fraction(1, 4), Fraction(1, 8)), (Fraction(1, 2), Fraction(1, 16)))


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_silence_is_inserted_and_no_sample_changes(tmp_path: Path, subtype: str) -> None:
    rate, samples = 8000, np.random.default_rng(1).integers(-30000, 30000, (8000, 2)).astype(np.int32) << 16
    soundfile.write(tmp_path / "before.flac", samples, rate, subtype)
    in_step.sound(tmp_path / "before.flac", SILENCES, tmp_path / "after.flac")
    after, _ = soundfile.read(tmp_path / "after.flac", dtype="int32")
    assert soundfile.info(tmp_path / "after.flac").subtype == subtype
    assert len(after) == 8000 + 1000 + 500 and in_step.length(SILENCES) == Fraction(3, 16)
    assert not after[2000:3000].any() and not after[5000:5500].any()
    np.testing.assert_array_equal(np.concatenate([after[:2000], after[3000:5000], after[5500:]]), samples)


def test_subtitles_move_with_the_sound(tmp_path: Path) -> None:
    text = "1\n00:00:00,100 --> 00:00:00,400\nAt 00:00:09,000\n\n2\n00:59:59,900 --> 01:00:00,000\nEnd\n"
    (tmp_path / "before.srt").write_text(text)
    moved = in_step.subtitles(tmp_path / "before.srt", SILENCES, tmp_path / "after.srt").read_text()
    assert "00:00:00,100 --> 00:00:00,525" in moved and "01:00:00,088 --> 01:00:00,188" in moved
    assert "At 00:00:09,000" in moved


def test_chapters_move_with_the_picture() -> None:
    retiming = Retiming(frames=48, before=Fraction(24), after=Fraction(24), lost=((11, 3), (30, 6)))
    chapters = ((Fraction(0), Fraction(1), "one"), (Fraction(1), Fraction(2), "two"))
    assert in_step.chapters(chapters, retiming) == (
        (Fraction(0), Fraction(27, 24), "one"),
        (Fraction(27, 24), Fraction(57, 24), "two"),
    )
