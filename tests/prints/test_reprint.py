"""A lossless print with some frames changed: those are as asked, all others keep their bytes, and time stays exact."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from answerprint.film.facts import Colour
from answerprint.prints import decoded, reprint
from answerprint.prints.encode import Look
from answerprint.runtime.errors import FilmError
from media import frames_of, print_of, stored_film


def look(rate: str = "24/1") -> Look:
    return Look(rate=Fraction(rate), sar=Fraction(1), colour=Colour())


def again(print_: str, original: Path, changed: range, rate: str = "24/1") -> reprint.Reprint:
    return reprint.Reprint(print_=print_, original=original, look=look(rate), changed=changed, comment="darker")


def stored(path: Path) -> np.ndarray:
    return np.stack([decoded.planes(frame) for frame in frames_of(path)[0]])


@pytest.mark.parametrize(("channels", "depth"), [(1, 10), (3, 10), (1, 12), (3, 16)])
@pytest.mark.parametrize("rate", ["24000/1001", "18/1"])
def test_only_the_frames_that_are_asked_for_change(tmp_path: Path, channels: int, depth: int, rate: str) -> None:
    frames = stored_film(9, (33, 47), channels, depth)
    original = print_of(tmp_path, "master", frames, [4, 5], depth=depth, rate=rate)
    seen = []

    def darker(number: int, values: np.ndarray) -> np.ndarray:
        seen.append(number)
        np.testing.assert_array_equal(values, frames[number])
        return values >> np.uint16(1) & np.uint16(0xFFFF << (16 - depth) & 0xFFFF)

    reprint.write(again("master", original, range(3, 6), rate), tmp_path / "new" / "master.mkv", darker)
    expected = frames.copy()
    expected[3:6] = frames[3:6] >> 1 & np.uint16(0xFFFF << (16 - depth) & 0xFFFF)
    np.testing.assert_array_equal(stored(tmp_path / "new" / "master.mkv"), expected)
    assert seen == [3, 4, 5]
    times = [Fraction(frame.pts * frame.time_base) for frame in frames_of(tmp_path / "new" / "master.mkv")[0]]
    assert all(abs(time - index / Fraction(rate)) <= Fraction(1, 2000) for index, time in enumerate(times))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["master.mkv"]


def test_a_change_map_can_be_changed_as_well(tmp_path: Path) -> None:
    maps = stored_film(5) >> 14
    original = print_of(tmp_path, "changes", maps, depth=16)
    reprint.write(again("changes", original, range(0, 1)), tmp_path / "new.mkv", lambda _, values: values & 1)
    expected = maps.copy()
    expected[0] &= 1
    np.testing.assert_array_equal(stored(tmp_path / "new.mkv"), expected)
    assert (expected[0] != maps[0]).any()


@pytest.mark.parametrize(
    ("group", "said"), [("1", "encoded by another version of FFmpeg"), ("12", "Frame 1 of .* cannot be read by itself")]
)
def test_a_print_that_was_encoded_otherwise_is_refused_and_nothing_is_written(
    tmp_path: Path, group: str, said: str
) -> None:
    original = tmp_path / "other.mkv"
    with av.open(str(original), "w") as container:
        stream = container.add_stream("ffv1", rate=24, options={"level": "3", "slices": "9", "g": group})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "gray10le"
        for values in stored_film(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(values[0] >> np.uint16(6), format="gray10le")))
        container.mux(stream.encode())
    with pytest.raises(FilmError, match=said):
        reprint.write(again("master", original, range(1, 2)), tmp_path / "new.mkv", lambda _, values: values)
    assert [path.name for path in tmp_path.iterdir()] == ["other.mkv"]


def test_a_print_that_is_too_short_is_refused(tmp_path: Path) -> None:
    original = print_of(tmp_path, "master", stored_film(3))
    with pytest.raises(FilmError, match="ends before frame 4"):
        reprint.write(again("master", original, range(2, 5)), tmp_path / "new.mkv", lambda _, values: values)
