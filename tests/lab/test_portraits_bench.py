"""The bench of portraits counts what it says it counts."""

from __future__ import annotations

import numpy as np

from answerprint.frames.face_detection import Face
from answerprint.lab.bench import portraits


def score(*, lent: bool, stranger: bool, gain: float) -> portraits.Score:
    return portraits.Score(lent=lent, stranger=stranger, gain=(0.5, gain), likeness=(0.92, 0.93, 0.92 + gain / 10))


def test_a_row_tells_of_the_faces_that_were_lent_to_and_counts_strangers_in_all() -> None:
    scores = [
        score(lent=True, stranger=False, gain=1.5),
        score(lent=True, stranger=False, gain=-0.5),
        score(lent=False, stranger=True, gain=9.0),
    ]
    text = portraits.row("25 across", scores)
    assert "2 of 3" in text and "+0.50, +0.50 (-0.50 to +1.50)" in text
    assert "1 of 2" in text and text.endswith("2 of 3 faces |")
    assert "0 of 1" in portraits.row("x", scores[2:])


def test_a_worn_face_is_as_blurred_as_it_says() -> None:
    frames = np.zeros((2, 80, 80, 1), np.float32)
    frames[:, 40, 40] = 1
    face = Face(box=(20, 20, 60, 70), score=1.0, landmarks=((30, 30),) * 5)
    track = portraits.Track(person="Anna", frames=frames, faces=(face, face), portrait="Anna=a.png")
    film = portraits.worn(track, 10, 0.0, 1)
    x = np.arange(80)
    spread = (film[0, ..., 0] * (x - 40) ** 2).sum() / film[0].sum()
    assert abs(np.sqrt(spread) - 4.0) < 0.1
    assert not np.array_equal(*portraits.worn(track, 10, 0.01, 1))
