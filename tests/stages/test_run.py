"""A stage's job: pixels that depend on the film and its fingerprint alone, and a record that says what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import Card, Clip, InBetweenEngine, Measures, PixelEngine, Result
from answerprint.film.frame_rates import Retiming, out_rate
from answerprint.frames import part_file, window
from answerprint.frames.part_file import Reader, to_floats, to_integers
from answerprint.plan.fingerprint import Marks, Span, StageFingerprint
from answerprint.runtime.errors import FilmError
from answerprint.runtime.files import digest, read_json, write_json
from answerprint.stages import measures
from answerprint.stages.run import StageJob, run
from films import moving_texture
from part_files import write_part, write_parts

DEPTH = 10
FRAMES, HEIGHT, WIDTH = 15, 9, 14
SHOTS = ((0, 4), (4, 11), (11, 15))
ONE_PART: tuple[tuple[int, int], ...] = ((0, 15),)
WAYS_TO_CUT = [ONE_PART, ((0, 4), (4, 11), (11, 15)), ((0, 2), (2, 6), (6, 9), (9, 12), (12, 15))]


def drawn() -> np.ndarray:
    """Three shots of a moving texture, each of another brightness: float32 (n, h, w, 1)."""
    film = moving_texture(FRAMES, HEIGHT, WIDTH)
    for (start, stop), light in zip(SHOTS, (1.0, 0.4, 0.7), strict=True):
        film[start:stop] *= np.float32(light)
    return to_floats(to_integers(film, DEPTH), DEPTH)


FILM = drawn()
STORED = to_integers(FILM, DEPTH)


@dataclass(frozen=True, kw_only=True)
class TinyOptions:
    """The options of all engines here."""

    strength: float = 1.0
    rate: str = "2x"
    repeats: tuple[str, ...] = ()


def card(**facts: Any) -> Card:
    values = {"stage": "clean", "name": "tiny", "kind": "repair", "summary": "", "paper": "", "licence": "MIT"}
    return Card(**{**values, **facts})


class Tiny(PixelEngine):
    """An engine of these tests."""

    Options = TinyOptions
    options: TinyOptions


class Averages(Tiny):
    """Each frame becomes the mean of those at most two away that it is shown."""

    card = card(radius=2)

    def run(self, clip: Clip) -> Result:
        means = [clip.frames[max(0, i - 2) : i + 3].mean(axis=0) for i in clip.indices]
        light = np.array([frame.mean() for frame in means])
        return Result(frames=np.stack(means) * np.float32(self.options.strength), statistics={"light": light})


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


class Whitens(Tiny):
    """Makes marked pixels white, or all of them where nothing is marked."""

    card = card(multiple=8)

    def run(self, clip: Clip) -> Result:
        frames = clip.frames[clip.core].copy()
        frames[slice(None) if clip.marked is None else clip.marked[clip.core]] = 1
        return Result(frames=frames, statistics={"width": np.full(len(frames), float(frames.shape[2]))})


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


class Blends(InBetweenEngine):
    """In-between frames are blends, shared out by time."""

    card = card(stage="interpolate", kind="generate", radius=1, retimes=True)
    Options = TinyOptions

    def draw(self, before: np.ndarray, after: np.ndarray, times: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
        drawn = [before * np.float32(1 - time) + after * np.float32(time) for time in times]
        return np.stack(drawn), np.zeros(len(times))


class Doubts(Tiny):
    """Brightens all frames, and is surer of those of the second half."""

    card = card()

    def run(self, clip: Clip) -> Result:
        numbers = np.array([clip.first + index for index in clip.indices])
        sure = np.broadcast_to(np.where(numbers < 8, 0.2, 0.8)[:, None, None], (len(numbers), 3, 5))
        return Result(frames=clip.frames[clip.core] ** 0.5, confidence=sure)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[PixelEngine]], None]:
    """Let jobs find an engine under the stage and name on its card."""
    real = engines.find

    def register(kind: type[PixelEngine]) -> None:
        names = kind.card.stage, kind.card.name
        monkeypatch.setattr(engines, "find", lambda *wanted: kind if wanted == names else real(*wanted))

    return register


@dataclass
class Made:
    """What the jobs of a film wrote."""

    frames: np.ndarray
    changes: np.ndarray
    """uint8 (n, h, w)."""
    records: list[dict[str, Any]]
    files: list[Path] = field(default_factory=list)

    def numbers(self, name: str) -> list[float]:
        """One statistic of all frames."""
        return [value for record in self.records for value in record["statistics"][name]]


def film_of(
    folder: Path,
    kind: type[PixelEngine],
    bounds: Sequence[tuple[int, int]] = ONE_PART,
    *,
    frames: np.ndarray = FILM,
    left_out: Sequence[tuple[int, int]] = (),
    options: Mapping[str, Any] | None = None,
    of_shots: Mapping[tuple[int, int], Mapping[str, Any]] | None = None,
    marks: Marks | None = None,
    lost: tuple[tuple[int, int], ...] = (),
    absent: tuple[int, ...] = (),
    **files: Any,
) -> Made:
    """The film of these tests through an engine, in those parts, without the shots that are left out."""
    folder.mkdir(exist_ok=True)
    paths = files.pop("paths", None) or write_parts(folder, frames, bounds, DEPTH)
    spans = []
    for start, stop in SHOTS:
        values = TinyOptions(**{**(options or {}), **(of_shots or {}).get((start, stop), {})})
        spans.append(Span(start=start, stop=stop, options=None if (start, stop) in left_out else asdict(values)))
    made = Made(np.empty(0), np.empty(0), [])
    for part, (first, stop) in enumerate(bounds):
        rates = Fraction(18), out_rate(Fraction(18), (options or {}).get("rate", "2x"))
        own = Retiming(frames=FRAMES, before=rates[0], after=rates[1], lost=lost).part(first, stop)
        beside = slice(max(0, part - 1), part + 2) if kind.card.radius else slice(part, part + 1)
        fingerprint = StageFingerprint(
            edition="restored",
            stage=kind.card.stage,
            part=part,
            engine=kind.card.name,
            device="cpu",
            depth=DEPTH,
            first=first,
            stop=stop,
            bounds=tuple(bounds[beside]),
            rate="18",
            film_frames=FRAMES,
            output_channels=kind.card.output_channels,
            lead=own.lead,
            lost=own.lost,
            absent=absent,
            spans=tuple(span for span in spans if span.start < stop and span.stop > first),
            marks=marks,
            code="",
            before="",
        )
        outputs = {name: folder / f"{part}.{name}" for name in ("output", "changes", "record")}
        run(StageJob(fingerprint=fingerprint, film="reel", label="test", frames=paths[beside], **outputs, **files))
        made.files.append(outputs["output"])
        made.records.append(read_json(outputs["record"]))
        assert made.records[-1]["fingerprint"] == digest(fingerprint.to_json())
    made.frames = np.concatenate([Reader(path).integers(0, len(Reader(path))) for path in made.files])
    maps = [Reader(folder / f"{part}.changes") for part in range(len(bounds))]
    made.changes = np.concatenate([reader.integers(0, len(reader))[:, 0] for reader in maps])
    return made


def averaged(shots: Sequence[tuple[int, int]] = SHOTS, strength: float = 1) -> np.ndarray:
    """What `Averages` makes of the film when each of those shots is handed to it whole."""
    frames = [
        FILM[max(start, i - 2) : min(stop, i + 3)].mean(axis=0) for start, stop in shots for i in range(start, stop)
    ]
    return to_integers(np.stack(frames) * np.float32(strength), DEPTH)


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
    measures.save(tmp_path / "film.npz", Centres().measure(Clip(frames=FILM, core=slice(0, FRAMES))))
    made = film_of(tmp_path, Centres, bounds, measures=tmp_path / "film.npz")
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


# Marks


def regions(folder: Path) -> Path:
    """A region over the left half of the picture, in frames 2 to 7."""
    corners = [[-1, -1], [6, -1], [6, HEIGHT], [-1, HEIGHT]]
    path = folder / "regions.json"
    write_json(path, {"left": {"start": 2, "stop": 8, "first": 0, "corners": [corners] * 10}})
    return path


@pytest.mark.parametrize("bounds", WAYS_TO_CUT, ids=str)
def test_protected_pixels_stay_to_the_bit(tmp_path: Path, use: Any, bounds: Sequence[tuple[int, int]]) -> None:
    use(Whitens)
    marks = Marks(matte="", remove=(), protect=("left",), carriers=())
    made = film_of(tmp_path, Whitens, bounds, marks=marks, regions=regions(tmp_path))
    np.testing.assert_array_equal(made.frames[2:8, :, :, :7], STORED[2:8, :, :, :7])
    assert (made.frames[2:8, :, :, 7:] == 1023 << 6).all()
    assert (made.frames[[0, 1, *range(8, 15)]] == 1023 << 6).all()
    assert not made.changes[2:8, :, :7].any() and made.changes[2:8, :, 7:].all()


@pytest.mark.parametrize("bounds", WAYS_TO_CUT, ids=str)
def test_an_engine_is_told_which_pixels_are_marked_in_which_frames(
    tmp_path: Path, use: Any, bounds: Sequence[tuple[int, int]]
) -> None:
    use(Whitens)
    marks = Marks(matte="", remove=("left",), protect=(), carriers=())
    made = film_of(tmp_path, Whitens, bounds, marks=marks, regions=regions(tmp_path), left_out=[SHOTS[2]])
    assert (made.frames[2:8, :, :, :7] == 1023 << 6).all()
    np.testing.assert_array_equal(made.frames[2:8, :, :, 7:], STORED[2:8, :, :, 7:])


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


# Another rate


def lights(made: Made) -> np.ndarray:
    return to_floats(made.frames, DEPTH)


@pytest.mark.parametrize("bounds", WAYS_TO_CUT, ids=str)
def test_in_between_frames_are_drawn_within_a_shot_and_held_at_its_end(
    tmp_path: Path, use: Any, bounds: Sequence[tuple[int, int]]
) -> None:
    use(Blends)
    made = film_of(tmp_path, Blends, bounds)
    assert len(made.frames) == 2 * FRAMES
    np.testing.assert_array_equal(made.frames[::2], STORED)
    last_of_shot = [stop - 1 for _, stop in SHOTS]
    for index in range(FRAMES):
        between = made.frames[2 * index + 1]
        if index in last_of_shot:
            np.testing.assert_array_equal(between, STORED[index])
        else:
            half = FILM[index] * np.float32(0.5) + FILM[index + 1] * np.float32(0.5)
            np.testing.assert_array_equal(between, to_integers(half[None], DEPTH)[0])


def test_drawn_frames_are_changed_everywhere_and_held_ones_nowhere(tmp_path: Path, use: Any) -> None:
    use(Blends)
    made = film_of(tmp_path, Blends, WAYS_TO_CUT[2])
    last_of_shot = [stop - 1 for _, stop in SHOTS]
    drawn_frames = [k % 2 == 1 and k // 2 not in last_of_shot for k in range(2 * FRAMES)]
    assert (
        [bool(frame.all()) for frame in made.changes] == [bool(frame.any()) for frame in made.changes] == drawn_frames
    )
    assert made.numbers("in_between") == [float(one) for one in drawn_frames]
    assert [share for record in made.records for share in record["changed"]] == [float(one) for one in drawn_frames]


def blended(before: int, after: int, share: float) -> np.ndarray:
    """What `Blends` draws between two frames of the film, as stored."""
    return to_integers((FILM[before] * np.float32(1 - share) + FILM[after] * np.float32(share))[None], DEPTH)[0]


@pytest.mark.parametrize("bounds", WAYS_TO_CUT, ids=str)
def test_lost_frames_are_drawn_in_their_places_and_the_films_own_stay(
    tmp_path: Path, use: Any, bounds: Sequence[tuple[int, int]]
) -> None:
    use(Blends)
    made = film_of(tmp_path, Blends, bounds, options={"rate": "1x"}, lost=((1, 1), (8, 2)))
    own = [0, 1, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17]
    assert len(made.frames) == FRAMES + 3
    np.testing.assert_array_equal(made.frames[own], STORED)
    np.testing.assert_array_equal(made.frames[2], blended(1, 2, 0.5))
    np.testing.assert_array_equal(made.frames[10], blended(8, 9, 1 / 3))
    np.testing.assert_array_equal(made.frames[11], blended(8, 9, 2 / 3))
    assert [bool(frame.all()) for frame in made.changes] == [k not in own for k in range(FRAMES + 3)]
    times = [Fraction(time) for record in made.records for time in record["times"]]
    assert [time.denominator == 1 for time in times] == [k in own for k in range(FRAMES + 3)]


@pytest.mark.parametrize("bounds", WAYS_TO_CUT[:2], ids=str)
def test_frames_that_are_not_there_are_drawn_from_those_around_but_not_across_a_cut(
    tmp_path: Path, use: Any, bounds: Sequence[tuple[int, int]]
) -> None:
    use(Blends)
    made = film_of(tmp_path, Blends, bounds, options={"rate": "1x"}, absent=(6, 7, 10))
    np.testing.assert_array_equal(made.frames[6], blended(5, 8, 1 / 3))
    np.testing.assert_array_equal(made.frames[7], blended(5, 8, 2 / 3))
    np.testing.assert_array_equal(made.frames[10], STORED[9])
    there = [k for k in range(FRAMES) if k not in (6, 7, 10)]
    np.testing.assert_array_equal(made.frames[there], STORED[there])


@pytest.mark.parametrize("bounds", WAYS_TO_CUT[:2], ids=str)
def test_repeated_frames_are_drawn_anew_between_the_films_own(
    tmp_path: Path, use: Any, bounds: Sequence[tuple[int, int]]
) -> None:
    use(Blends)
    twos = {(4, 11): {"repeats": ("4-10 by 2",)}}
    made = film_of(tmp_path, Blends, bounds, options={"rate": "1x"}, of_shots=twos)
    for frame in (5, 7):
        np.testing.assert_array_equal(made.frames[frame], blended(frame - 1, frame + 1, 0.5))
    np.testing.assert_array_equal(made.frames[9], blended(8, 10, 0.5))
    kept = [k for k in range(FRAMES) if k not in (5, 7, 9)]
    np.testing.assert_array_equal(made.frames[kept], STORED[kept])


@pytest.mark.parametrize("rate", ["24", "9", "45/2"])
def test_at_any_rate_the_frames_do_not_depend_on_the_parts(tmp_path: Path, use: Any, rate: str) -> None:
    use(Blends)
    one, three = (
        film_of(tmp_path / str(len(bounds)), Blends, bounds, options={"rate": rate}) for bounds in WAYS_TO_CUT[:2]
    )
    np.testing.assert_array_equal(one.frames, three.frames)
    np.testing.assert_array_equal(one.changes, three.changes)


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
    with pytest.raises(FilmError, match="engine tiny of clean gave values that are not finite numbers, in frame 6"):
        film_of(tmp_path / "film", Breaks)
    assert not list((tmp_path / "film").glob("made*"))
