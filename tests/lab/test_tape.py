"""Simulated videotape: each fault is where the truth says, and nothing else changes."""

import numpy as np

import soiled
from answerprint.lab.tape import Tape, from_tape, moved_lines, play


def film(count: int = 3) -> np.ndarray:
    return np.repeat(soiled.pan(count, 96, 160), 3, axis=3)


def test_a_tape_without_faults_changes_nothing() -> None:
    played, truth = play(film(), Tape(), 1)
    assert np.array_equal(played, film())
    assert not truth.dropouts.any() and not truth.jitter.any()


def test_dropouts_are_level_streaks_where_the_truth_says() -> None:
    played, truth = play(film(), Tape(dropouts=5), 1)
    changed = (np.abs(played - film()) > 0.04).any(axis=3)
    assert truth.dropouts.any() and np.array_equal(changed, truth.dropouts)
    assert changed.any(axis=2).mean() < 0.3  # few lines,
    assert changed.sum(axis=2).max() > 20  # and long runs in them


def test_a_frame_is_the_same_whether_its_film_comes_whole_or_in_pieces() -> None:
    tape = Tape(dropouts=5, system="pal", jitter=1, switching=3, noise=0.02, chroma_shift=2)
    whole, truth = play(film(), tape, 1)
    piece, part = play(film()[2:], tape, 1, first=2)
    assert np.array_equal(whole[2:], piece) and np.array_equal(truth.jitter[2:], part.jitter)


def test_grey_without_fine_detail_passes_a_composite_signal_as_it_is() -> None:
    inner = slice(8, -8)
    for system in ("ntsc", "pal"):
        assert np.abs(from_tape(film(), system=system) - film())[:, :, inner].max() < 0.02


def test_lines_are_moved_to_the_right_by_the_truth() -> None:
    played, truth = play(film(), Tape(jitter=1.0), 1)
    back = moved_lines(played[0], -truth.jitter[0])
    inner = slice(8, -8)
    assert np.abs(back[:, inner] - film()[0][:, inner]).max() < 0.02 < np.abs(played[0] - film()[0]).max()


def test_only_the_lowest_lines_are_torn() -> None:
    played = from_tape(film(), switching=4)
    assert np.array_equal(played[:, :-4], film()[:, :-4])
    assert (np.abs(played[:, -4:] - film()[:, -4:]).mean(axis=(2, 3)) > 0.03).all()
