"""A stage's job: pixels that depend on the film and its fingerprint alone, and a record that says what was done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from answerprint.engines import Clip, Measures, Result
from answerprint.frames import part_file, window
from answerprint.frames.part_file import Reader, to_floats, to_integers
from answerprint.runtime.errors import FilmError
from answerprint.stages import measures
from part_files import write_part
from tiny_stage import (
    DEPTH,
    FILM,
    FRAMES,
    HEIGHT,
    ONE_PART,
    SHOTS,
    STORED,
    WAYS_TO_CUT,
    WIDTH,
    Averages,
    Tiny,
    TinyOptions,
    Whitens,
    averaged,
    card,
    film_of,
)


class Carries(Tiny):
    """A small random recurrent network: a state runs from the first frame that it sees to the last, and another back.

    Each frame is shown in windows of three frames of its shot, with one frame on either side.
    """

    card = card(window=3, handle=1, radius=3)

    def run(self, clip: Clip) -> Result:
        random = np.random.default_rng(1)
        enter, keep, leave = random.normal(size=(2, 8)), random.normal(size=(2, 8, 8)) / 3, random.normal(size=(2, 8))
        answer = np.zeros(clip.frames.shape)
        for way, order in enumerate((range(len(clip.frames)), reversed(range(len(clip.frames))))):
            state = np.zeros((*clip.frames.shape[1:3], 8))
            for i in order:
                state = np.tanh(clip.frames[i] * enter[way] + state @ keep[way])
                answer[i] += (state @ leave[way])[..., None]
        return Result(frames=(0.5 + 0.1 * answer[clip.core]).astype(np.float32))


class SpoilsEveryFifth(Tiny):
    """Leaves all frames of the film as they are but every fifth, where it changes one pixel."""

    card = card()

    def run(self, clip: Clip) -> Result:
        frames = clip.frames[clip.core].copy()
        for place, index in enumerate(clip.indices):
            frames[place, 0, 0] = 1 - frames[place, 0, 0] if (clip.first + index) % 5 == 0 else frames[place, 0, 0]
        return Result(frames=frames)


class Centres(Tiny):
    """Brings the light of each frame to the mean of its shot."""

    card = card(measured=True)

    def measure(self, clip: Clip) -> Measures:
        return {"light": clip.frames[clip.core].mean(axis=(1, 2, 3))}

    def plan(self, measures: Measures, *, first: int) -> Measures:
        return {
            "gain": measures["light"].mean() / measures["light"],
            "frame": first + np.arange(len(measures["light"])),
        }

    def decided(self, measures: Measures, *, first: int) -> list[dict[str, Any]]:
        return [{"first": first, "frames": len(measures["light"])}]

    def run(self, clip: Clip) -> Result:
        gains = clip.plan["gain"][clip.core].astype(np.float32)
        frames = clip.frames[clip.core] * gains[:, None, None, None]
        return Result(frames=frames, statistics={"frame": clip.plan["frame"][clip.core]})


class Enlarges(Tiny):
    """Frames three times as large and in colour."""

    card = card(stage="upscale", kind="enhance", output_channels=3)

    @property
    def scale(self) -> int:
        return 3

    def run(self, clip: Clip) -> Result:
        large = clip.frames[clip.core].repeat(3, axis=1).repeat(3, axis=2)
        return Result(frames=large * np.array([1, 0.5, 0.25], np.float32))


class Doubts(Tiny):
    """Brightens all frames, and is surer of those of the second half."""

    card = card()

    def run(self, clip: Clip) -> Result:
        numbers = np.array([clip.first + index for index in clip.indices])
        sure = np.broadcast_to(np.where(numbers < 8, 0.2, 0.8)[:, None, None], (len(numbers), 3, 5))
        return Result(frames=clip.frames[clip.core] ** 0.5, confidence=sure)


# Parts, blocks and shots


@pytest.mark.parametrize("bounds", WAYS_TO_CUT, ids=str)
@pytest.mark.parametrize("block", [2, 3, 24])
def test_pixels_depend_on_neither_parts_nor_blocks_and_neighbours_are_of_the_same_shot(
    tmp_path: Path, use: Any, monkeypatch: pytest.MonkeyPatch, bounds: Sequence[tuple[int, int]], block: int
) -> None:
    use(Averages)
    monkeypatch.setattr(window, "LARGEST_BLOCK", block)
    made = film_of(tmp_path, Averages, bounds)
    np.testing.assert_array_equal(made.frames, averaged())
    assert (made.frames != averaged([(0, FRAMES)])).any(axis=(1, 2, 3)).sum() >= 8


def test_large_frames_come_in_longer_blocks_where_neighbours_are_looked_at(
    tmp_path: Path, use: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: dict[int, set[int]] = {}

    def kept(engine: Tiny, clip: Clip) -> Result:
        lengths.setdefault(engine.card.radius, set()).add(len(clip.indices))
        return Result(frames=clip.frames[clip.core])

    monkeypatch.setattr(window, "BLOCK_BYTES", 1)
    for radius in (0, 4):
        kind = type("Keeps", (Tiny,), {"card": card(radius=radius), "run": kept})
        use(kind)
        film_of(tmp_path / str(radius), kind, ONE_PART)
    assert max(lengths[0]) == 2 and max(lengths[4]) == 4


@pytest.mark.parametrize(
    "bounds", [ONE_PART, ((0, 3), (3, 8), (8, 15)), tuple((i, i + 3) for i in range(0, 15, 3))], ids=str
)
@pytest.mark.parametrize("block", [2, 24])
def test_a_recurrent_engine_sees_the_same_windows_of_a_shot_however_the_film_is_cut(
    tmp_path: Path, use: Any, monkeypatch: pytest.MonkeyPatch, bounds: Sequence[tuple[int, int]], block: int
) -> None:
    use(Carries)
    monkeypatch.setattr(window, "LARGEST_BLOCK", block)
    shots = np.concatenate([Carries()(FILM[start:stop]) for start, stop in SHOTS])
    np.testing.assert_array_equal(film_of(tmp_path, Carries, bounds).frames, to_integers(shots, DEPTH))
    # Frame 6 is the last of a window of 4 to 6; it is shown frame 7, but not frame 8.
    for changed, same in ((7, False), (8, True)):
        other = FILM[4:11].copy()
        other[changed - 4] = 0
        assert np.array_equal(Carries()(other)[6 - 4], shots[6]) == same


def test_how_sure_an_engine_is_of_a_frame_is_kept_as_a_small_map(tmp_path: Path, use: Any) -> None:
    use(Doubts)
    film_of(tmp_path, Doubts, ONE_PART, left_out={(4, 11)}, confidence=tmp_path / "maps.zip")
    maps = Reader(tmp_path / "maps.zip").integers(0, FRAMES)
    assert maps.shape == (FRAMES, 1, HEIGHT, WIDTH)
    levels = [set(np.unique(one).tolist()) for one in maps]
    assert levels == [{51}] * 4 + [{0}] * 7 + [{204}] * 4


def test_each_shot_has_its_own_options(tmp_path: Path, use: Any) -> None:
    use(Averages)
    made = film_of(tmp_path, Averages, of_shots={SHOTS[1]: {"strength": 0.5}})
    np.testing.assert_array_equal(made.frames[4:11], averaged(strength=0.5)[4:11])
    np.testing.assert_array_equal(made.frames[11:], averaged()[11:])


@pytest.mark.parametrize("bounds", WAYS_TO_CUT, ids=str)
def test_a_shot_left_out_stays_to_the_bit(tmp_path: Path, use: Any, bounds: Sequence[tuple[int, int]]) -> None:
    use(Averages)
    made = film_of(tmp_path, Averages, bounds, left_out=[SHOTS[1]])
    np.testing.assert_array_equal(made.frames[4:11], STORED[4:11])
    np.testing.assert_array_equal(made.frames[[*range(4), *range(11, 15)]], averaged()[[*range(4), *range(11, 15)]])
    assert not made.changes[4:11].any()
    shares = [share for record in made.records for share in record["changed"]]
    assert shares[4:11] == [0] * 7 and min(shares[:4]) > 0.5


def test_statistics_of_frames_that_the_engine_does_not_see_are_zero(tmp_path: Path, use: Any) -> None:
    use(Averages)
    first, last = (film_of(tmp_path / str(shot), Averages, left_out=[SHOTS[shot]]) for shot in (0, 2))
    assert first.numbers("light")[:4] == [0] * 4 and min(first.numbers("light")[4:]) > 0
    assert last.numbers("light")[11:] == [0] * 4 and min(last.numbers("light")[:11]) > 0


def test_a_film_left_out_altogether_is_the_film(tmp_path: Path, use: Any) -> None:
    use(Averages)
    made = film_of(tmp_path, Averages, WAYS_TO_CUT[2], left_out=SHOTS)
    np.testing.assert_array_equal(made.frames, STORED)
    assert not made.changes.any() and all(record["statistics"] == {} for record in made.records)


@pytest.mark.parametrize("bounds", WAYS_TO_CUT, ids=str)
def test_a_plan_is_made_from_the_whole_shot(tmp_path: Path, use: Any, bounds: Sequence[tuple[int, int]]) -> None:
    use(Centres)
    measures.save(tmp_path / "0.npz", Centres().measure(Clip(frames=FILM, core=slice(0, FRAMES))))
    measures.join([tmp_path / "0.npz"], tmp_path / "film.zip")
    made = film_of(tmp_path, Centres, bounds, measures=tmp_path / "film.zip")
    light = to_floats(made.frames, DEPTH).mean(axis=(1, 2, 3))
    for start, stop in SHOTS:
        assert np.abs(light[start:stop] - FILM[start:stop].mean()).max() < 1e-3
    assert made.numbers("frame") == list(range(FRAMES))
    for (first, stop), record in zip(bounds, made.records, strict=True):
        touched = [(a, b) for a, b in SHOTS if a < stop and b > first]
        assert record["decided"] == [{"first": a, "frames": b - a} for a, b in touched]


# Sizes and channels


def test_frames_are_padded_to_the_engines_multiple_and_come_out_in_their_size(tmp_path: Path, use: Any) -> None:
    use(Whitens)
    made = film_of(tmp_path, Whitens)
    assert made.frames.shape == STORED.shape and (made.frames == 1023 << 6).all()
    assert set(made.numbers("width")) == {16.0}


def test_larger_frames_in_colour_are_changed_everywhere(tmp_path: Path, use: Any) -> None:
    use(Enlarges)
    made = film_of(tmp_path, Enlarges)
    assert made.frames.shape == (FRAMES, 3, 3 * HEIGHT, 3 * WIDTH)
    expected = to_integers(FILM.repeat(3, axis=1).repeat(3, axis=2) * np.array([1, 0.5, 0.25], np.float32), DEPTH)
    np.testing.assert_array_equal(made.frames, expected)
    assert made.changes.shape == (FRAMES, 3 * HEIGHT, 3 * WIDTH) and made.changes.all()


def test_a_shot_left_out_of_a_stage_that_colours_gets_equal_channels(
    tmp_path: Path, use: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Whitens, "card", replace(Whitens.card, output_channels=3))
    use(Whitens)
    made = film_of(tmp_path, Whitens, left_out=[SHOTS[0]])
    np.testing.assert_array_equal(made.frames[:4], STORED[:4].repeat(3, axis=1))
    assert (made.frames[4:] == 1023 << 6).all() and not made.changes[:4].any()


# What stays as it is


def test_a_frame_that_does_not_change_is_copied_packed(
    tmp_path: Path, use: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from numcodecs import Blosc

    use(SpoilsEveryFifth)
    with monkeypatch.context() as context:
        # Frames packed otherwise than this version packs them: they show whether they were packed again.
        context.setattr(part_file, "_codec", lambda: Blosc(cname="lz4", clevel=1, shuffle=Blosc.SHUFFLE))
        path = write_part(tmp_path / "other.zip", STORED, DEPTH)
    made = film_of(tmp_path, SpoilsEveryFifth, paths=[path])
    before, after = Reader(path), Reader(made.files[0])
    packed_again = [index for index in range(FRAMES) if before.packed(index) != after.packed(index)]
    assert packed_again == [0, 5, 10]
    changed = np.zeros((FRAMES, HEIGHT, WIDTH), np.uint8)
    changed[[0, 5, 10], 0, 0] = 1
    np.testing.assert_array_equal(made.changes, changed)
    np.testing.assert_array_equal(made.frames[:, :, 1:], STORED[:, :, 1:])


# The record


def test_a_record_says_what_was_done_to_which_frames(tmp_path: Path, use: Any) -> None:
    use(Averages)
    made = film_of(tmp_path, Averages, WAYS_TO_CUT[1], left_out=[SHOTS[2]])
    first, second, third = made.records
    assert [(record["part"], record["first"], record["frames"]) for record in made.records] == [
        (0, 0, 4),
        (1, 4, 7),
        (2, 11, 4),
    ]
    assert (second["film"], second["edition"], second["stage"]) == ("reel", "restored", "clean")
    assert (second["engine"]["name"], second["engine"]["licence"], second["device"]) == ("tiny", "MIT", "cpu")
    assert second["options"] == [{"start": 4, "stop": 11, "options": {**asdict(TinyOptions()), "repeats": []}}]
    assert third["options"] == [{"start": 11, "stop": 15, "options": None}]
    assert first["statistics"]["light"] == pytest.approx(
        to_floats(averaged(), DEPTH)[:4].mean(axis=(1, 2, 3)), abs=1e-3
    )
    shares = [float((a != b).any(axis=0).mean()) for a, b in zip(made.frames, STORED, strict=True)]
    assert [share for record in made.records for share in record["changed"]] == pytest.approx(shares, abs=1e-6)
    digests = [value for record in made.records for value in record["digests"]]
    assert digests == [part_file.digest(frame) for frame in made.frames]
    assert first["megavalues"] == round(4 * HEIGHT * WIDTH / 1e6, 3)


class Breaks(Tiny):
    """Gives one value of frame 6 that is no number, as a damaged network does."""

    card = card()

    def run(self, clip: Clip) -> Result:
        frames = clip.frames[clip.core].copy()
        for place, index in enumerate(clip.indices):
            if clip.first + index == 6:
                frames[place, 2, 3] = self.options.strength * np.float32("nan")
        return Result(frames=frames)


def test_values_that_are_no_numbers_never_become_a_frame(tmp_path: Path, use: Callable[..., None]) -> None:
    use(Breaks)
    with pytest.raises(FilmError, match="tiny of clean gave values that are not finite numbers, in frame 6") as caught:
        film_of(tmp_path / "film", Breaks)
    assert "weights" not in caught.value.hint
    assert not list((tmp_path / "film").glob("made*"))
