"""Dirt in a frame that is shown twice is found, though its copy shows the very same dirt."""

from __future__ import annotations

import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import Clip
from answerprint.engines.clean._evidence import Detection, nothing
from answerprint.engines.clean._levels import ShotDetector
from answerprint.engines.clean._repeats import OwnFrames
from soiled import dirt, error, f1, pan, scratched

TWICE = {"16 to 24": [0, 0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7], "twos": [n // 2 for n in range(16)]}


def soiled_film(count: int = 8) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A film with dirt in every third of its own frames, as it was without, and where it is."""
    clean = pan(count=count, speed=2)
    film, truth = clean.copy(), np.zeros(clean.shape[:3], bool)
    for i in range(2, count, 3):
        film, truth[i] = dirt(film, i, seed=i)
    return film, clean, truth


@pytest.mark.parametrize("engine", ["motion", "learned", "mixed"])
@pytest.mark.parametrize("numbers", TWICE.values(), ids=TWICE)
def test_dirt_in_repeated_frames_is_repaired_in_both(engine: str, numbers: list[int]) -> None:
    film, clean, truth = (values[numbers] for values in soiled_film())
    # Compressed anew, a copy has a little noise of its own.
    film = film + np.random.default_rng(0).normal(0, 0.003, film.shape).astype(np.float32)
    repaired, mask = engines.load("clean", engine).repair(film)
    assert mask[truth].mean() > 0.85 and mask.sum() < 2 * truth.sum()
    assert error(repaired, clean, truth) < error(film, clean, truth) / 20


@pytest.mark.parametrize("moved", [False, True], ids=["in one place", "elsewhere in the copy"])
def test_a_scratch_is_removed_from_a_frame_and_from_its_copy_wherever_it_is_there(moved: bool) -> None:
    clean = pan(count=6, speed=2)[TWICE["twos"][:12]]
    worn, truth = scratched(clean) if moved else (film[TWICE["twos"][:12]] for film in scratched(clean[::2]))
    mask = engines.load("clean", "motion").repair(worn)[1]
    for k in range(12):
        assert f1(mask[k], truth[k]) > 0.8


def test_dirt_that_only_the_copy_has_is_repaired_there_and_nowhere_else() -> None:
    film = pan(count=8, speed=2)[TWICE["16 to 24"]]
    film, truth = dirt(film, 4)
    mask = engines.load("clean", "motion").repair(film)[1]
    assert mask[4][truth].mean() > 0.9 and not np.delete(mask, 4, axis=0).any()


@pytest.mark.parametrize(("speck", "looked_at"), [(0.05, []), (0.3, [4, 5])])
def test_a_copy_is_looked_at_by_itself_only_where_it_is_not_like_its_original(
    speck: float, looked_at: list[int]
) -> None:
    film = pan(count=8, speed=2)[TWICE["twos"]]
    film[5, 60:64, 80:84] += speck
    asked: dict[int, list[int]] = {}

    class Seen(ShotDetector):
        def detect(self, i: int) -> Detection:
            asked.setdefault(len(self.frames), []).append(i)
            return nothing(self.frames[i])

    frames = OwnFrames(film, lambda shot: Seen(shot, sensitivity=1.0, smallest=2))
    for i in range(len(film)):
        assert (frames.detect(i).frame == film[i]).all()
    assert asked.pop(8) == list(range(8)) and asked.pop(16, []) == looked_at and not asked


def test_a_clean_film_with_repeated_frames_is_left_alone() -> None:
    film = pan(count=8, speed=3, grain=0.02)[TWICE["twos"]]
    assert (engines.load("clean", "motion")(film) == film).all()


def test_pixels_do_not_depend_on_how_a_film_with_repeated_frames_is_cut() -> None:
    numbers = [n // 2 for n in range(44)]
    film = soiled_film(22)[0][numbers]
    engine = engines.load("clean", "motion")
    whole = engine.run(engine.clip(film)).frames
    assert (whole != film).any(axis=(1, 2, 3)).sum() == 14
    for start, stop in ((0, 3), (17, 18), (20, 23), (40, 44)):
        first, last = max(0, start - engine.card.radius), min(len(film), stop + engine.card.radius)
        clip = Clip(frames=film[first:last], core=slice(start - first, stop - first), first=first)
        assert (engine.run(clip).frames == whole[start:stop]).all()
