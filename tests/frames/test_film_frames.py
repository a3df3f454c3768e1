"""Frames that are asked for one by one are those of the film, and few are held."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from answerprint.frames import film_frames
from answerprint.frames.film_frames import FilmFrames
from answerprint.frames.window import FrameWindow
from films import moving_texture
from part_files import write_parts


@pytest.fixture
def window(tmp_path: Path) -> FrameWindow:
    """Film frames 4 to 29, in two parts."""
    bounds = ((0, 13), (13, 26))
    return FrameWindow(write_parts(tmp_path, moving_texture(26, 9, 14), bounds), [(a + 4, b + 4) for a, b in bounds])


def test_frames_come_by_their_numbers_in_slices_and_through_masks(window: FrameWindow) -> None:
    frames, whole = FilmFrames(window, range(6, 29)), window.frames(6, 29)
    assert len(frames) == 23 and frames.shape == whole.shape
    assert all(np.array_equal(frames[i], whole[i]) for i in (0, 22, 7, 8))
    chosen = np.arange(23) % 3 != 1
    for part, expected in (
        (frames[2:9], whole[2:9]),
        (frames[chosen], whole[chosen]),
        (frames[2:9][::2], whole[2:9:2]),
    ):
        assert part.shape == expected.shape
        assert np.array_equal(np.stack([part[i] for i in range(len(part))]), expected)


def test_no_more_are_held_than_are_asked_for_again(window: FrameWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film_frames, "HELD", 3)
    frames, read = FilmFrames(window, range(4, 30)), []
    kept = window.frames
    monkeypatch.setattr(window, "frames", lambda start, stop: read.append(start) or kept(start, stop))
    for i in (0, 1, 2, 0, 3):
        frames[i]
    # What was asked for last stays: 0, but not 1.
    for i in (0, 2, 3, 1):
        frames[1:][i - 1] if i else frames[i]
    assert read == [4, 5, 6, 7, 5]
