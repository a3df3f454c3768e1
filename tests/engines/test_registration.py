"""Film held still by its perforations, and parts of a frame that lie apart brought back by a smooth mesh."""

from __future__ import annotations

from itertools import islice
from typing import Any

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import Clip, FilmError
from answerprint.engines.stabilise import _bands
from answerprint.engines.stabilise._perforations import perforations, places
from answerprint.plan import chain
from places import MEDIA

HEIGHT, WIDTH = 180, 240
FINE = 4
"""Frames are drawn so many times larger, so that they can lie anywhere."""


def texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    sizes = [(max(2, height // n), max(2, width // n)) for n in (60, 20, 8)]
    parts = [cv2.resize(rng.random(size, np.float32), (width, height), interpolation=cv2.INTER_CUBIC) for size in sizes]
    return np.clip(sum(parts) / 3, 0, 1)


def moved(picture: np.ndarray, x: float, y: float) -> np.ndarray:
    """A finely drawn picture moved by frame pixels, and reduced to a frame (h, w, 1)."""
    step = np.array([[1, 0, FINE * x], [0, 1, FINE * y]], float)
    wide = cv2.warpAffine(picture, step, picture.shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cv2.resize(wide, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)[..., None]


def strip(hole: float = 0.95, base: float = 0.1, *, both: bool = True, pitch: int = 45) -> np.ndarray:
    """A piece of film, finely drawn: a picture between two rows of perforations, or beside one."""
    film = np.full((FINE * HEIGHT, FINE * WIDTH), base, np.float32)
    film[:, FINE * 40 : FINE * (WIDTH - 40)] = 0.2 + 0.6 * texture(FINE * HEIGHT, FINE * (WIDTH - 80))
    for top in range(12, HEIGHT - 30, pitch):
        for left in (12, WIDTH - 28) if both else (12,):
            film[FINE * top : FINE * (top + 20), FINE * left : FINE * (left + 16)] = hole
    return cv2.GaussianBlur(film, (0, 0), FINE / 2)


def scan(film: np.ndarray, positions: np.ndarray, grain: float = 0.02) -> np.ndarray:
    rng = np.random.default_rng(2)
    frames = [moved(film, *place) + grain * rng.standard_normal((HEIGHT, WIDTH, 1)) for place in positions]
    return np.clip(frames, 0, 1).astype(np.float32)


def weave(n: int, sigma: float = 1.5) -> np.ndarray:
    return np.random.default_rng(1).normal(scale=sigma, size=(n, 2)).clip(-4, 4)


@pytest.mark.parametrize(
    "look", [{}, {"hole": 0.02, "base": 0.6}, {"hole": 1.0, "base": 0.6}, {"both": False, "pitch": 120}]
)
def test_the_place_of_the_film_is_read_from_its_perforations(look: dict[str, Any]) -> None:
    positions = weave(16)
    away, seen = places(np.stack([perforations(frame) for frame in scan(strip(**look), positions)]))
    error = away - positions
    assert np.abs(error - np.median(error, axis=0)).max() < 0.15
    assert (seen == seen[0]).all() and seen[0] >= 2


def test_film_is_held_still_though_its_picture_moves_otherwise() -> None:
    """The camera itself pans with a tremble: that is the picture's, and stays."""
    positions, n = weave(14), 14
    picture = np.random.default_rng(4).normal(scale=3.0, size=n)
    frames = []
    for k in range(n):
        film = strip()
        inner = np.s_[:, FINE * 40 : FINE * (WIDTH - 40)]
        film[inner] = np.roll(film[inner], round(FINE * picture[k]), axis=1)
        frames.append(moved(film, *positions[k]))
    engine = engines.load("stabilise", "path", register="perforations", limit=0.1)
    clip = engine.clip(np.stack(frames))
    result = engine.run(clip)
    away, _ = places(np.stack([perforations(frame) for frame in result.frames]))
    assert np.abs(away).max() < 0.2 < np.abs(positions).max()
    assert (result.statistics["perforations"] == 8).all()
    by_picture = engines.load("stabilise", "path", limit=0.1)(np.stack(frames))
    assert np.abs(places(np.stack([perforations(frame) for frame in by_picture]))[0]).max() > 1


def test_a_frame_without_perforations_lies_between_those_beside_it_and_a_scan_without_them_is_left_alone() -> None:
    positions = np.repeat(np.arange(9)[:, None] / 2.0, 2, axis=1)
    frames = scan(strip(), positions)
    rows = np.stack([perforations(frame) for frame in frames])
    rows[4] = np.nan
    away, seen = places(rows)
    assert seen.tolist() == [8, 8, 8, 8, 0, 8, 8, 8, 8]
    assert away[4] == pytest.approx((away[3] + away[5]) / 2)
    bare = np.stack([moved(texture(FINE * HEIGHT, FINE * WIDTH, 3), *place) for place in weave(9)])
    engine = engines.load("stabilise", "path", register="perforations")
    result = engine.run(engine.clip(bare))
    assert np.array_equal(result.frames, bare) and not result.statistics["perforations"].any()


def rolling(n: int, size: float) -> np.ndarray:
    """How far the lines (h, w) of n frames lie to the right: they swing, the lower ones after the upper ones."""
    lines = np.arange(HEIGHT) / HEIGHT
    return np.stack([size * np.sin(2 * np.pi * (t / 4.7 - 0.8 * lines)) for t in range(n)])


def bent(picture: np.ndarray, along: np.ndarray) -> np.ndarray:
    columns, rows = np.meshgrid(np.arange(WIDTH, dtype=np.float32) + 30, np.arange(HEIGHT, dtype=np.float32) + 30)
    return cv2.remap(picture, (columns - along[:, None]).astype(np.float32), rows, cv2.INTER_CUBIC)[..., None]


def test_lines_that_roll_are_laid_straight_by_a_mesh() -> None:
    n, picture = 30, texture(HEIGHT + 60, WIDTH + 60)
    offsets = rolling(n, 2.0)
    frames = np.clip([bent(picture, along) for along in offsets], 0, 1)
    straight = bent(picture, np.zeros(HEIGHT))
    error = {}
    for mesh in (False, True):
        steady = engines.load("stabilise", "path", mesh=mesh)(frames)[4:-4]
        error[mesh] = float(np.abs(steady - straight)[:, 12:-12, 12:-12].mean())
    assert error[True] < 0.35 * error[False]


def test_a_tear_at_a_splice_is_closed_and_the_frames_beside_it_stay_bit_for_bit() -> None:
    picture = texture(HEIGHT + 60, WIDTH + 60)
    torn = 6 / (1 + np.exp(-(np.arange(HEIGHT) - 120) / 6))
    frames = np.clip([bent(picture, torn * (t == 9)) for t in range(20)], 0, 1)
    steady = engines.load("stabilise", "path", mesh=True)(frames)
    inner = np.s_[12:-12, 14:-14]
    others = np.arange(20) != 9
    assert np.array_equal(steady[others], frames[others])
    assert np.abs(steady[9] - frames[8])[inner].mean() < 0.35 * np.abs(frames[9] - frames[8])[inner].mean()


def test_a_mesh_leaves_alone_what_moves_in_the_picture() -> None:
    still = np.clip([bent(texture(HEIGHT + 60, WIDTH + 60), np.zeros(HEIGHT))] * 24, 0, 1)
    for t, frame in enumerate(still):
        # Somebody walks through the lower half.
        frame[100:170, 10 + 6 * t : 60 + 6 * t] = texture(70, 50, 7)[..., None]
    assert np.array_equal(engines.load("stabilise", "path", mesh=True)(still), still)


def test_a_mesh_without_bands_moves_a_frame_as_a_whole_and_no_edge_is_smeared() -> None:
    frame = bent(texture(HEIGHT + 60, WIDTH + 60), np.zeros(HEIGHT))
    step = np.array([5.0, -6.0, 0.0])
    none = _bands.warped(frame, _bands.sources(step, 1.0, np.zeros((_bands.BANDS, 2)), frame.shape))
    assert np.abs(none[24:-24, 24:-24] - frame[30:-18, 19:-29]).max() < 1e-3
    wave = np.linspace(-5, 5, _bands.BANDS)[:, None] * [1.0, 0.6]
    x, y = _bands.sources(step, 1.0, wave, frame.shape)
    assert x.min() > -0.6 and x.max() < WIDTH - 0.4 and y.min() > -0.6 and y.max() < HEIGHT - 0.4
    wavy = _bands.warped(frame, (x, y))
    for lines in (wavy, wavy[::-1], wavy.swapaxes(0, 1), wavy.swapaxes(0, 1)[::-1]):
        assert np.abs(np.diff(lines[:12], axis=0)).mean(axis=(1, 2)).min() > 0.001


@pytest.mark.parametrize("options", [{"mesh": True}, {"register": "perforations"}])
def test_a_frame_and_its_mask_are_the_same_in_any_clip(options: dict[str, Any]) -> None:
    engine = engines.load("stabilise", "path", limit=0.1, **options)
    frames = scan(strip(), weave(12))
    frames[5] = bent(cv2.copyMakeBorder(frames[5], 30, 30, 30, 30, cv2.BORDER_REFLECT), rolling(3, 3.0)[1])
    whole = engine.clip(frames)
    expected = engine.run(whole).frames
    for start, stop in ((0, 5), (5, 6), (6, 12)):
        first, last = max(0, start - 2), min(12, stop + 2)
        plan = {name: values[first:last] for name, values in whole.plan.items()}
        part = Clip(frames=frames[first:last], core=slice(start - first, stop - first), first=first, plan=plan)
        assert np.array_equal(engine.run(part).frames, expected[start:stop])
    masks = engine.warp_mask(Clip(frames=np.ones_like(frames), core=slice(0, 12), plan=whole.plan))
    assert masks.shape == frames.shape and masks.min() > 0.99


def test_what_is_registered_is_asked_of_the_whole_film() -> None:
    stage = chain.resolve({"restored": {"stages": ["stabilise"]}}, {"stabilise": {"engine": "path"}}).stages[
        "stabilise"
    ]
    for values in ({"mesh": True}, {"register": "perforations"}):
        with pytest.raises(FilmError, match="must be the same for the whole film"):
            stage.changed(values)
    with pytest.raises(FilmError, match="borders is fill, but with a mesh"):
        engines.options.read(engines.find("stabilise", "path"), {"mesh": True, "borders": "fill"})


CLIPS = ("film/chaplin.mp4", "motion/cars.mp4", "motion/walkers.mp4")


def footage(name: str, count: int) -> np.ndarray:
    import av

    path = MEDIA / name
    if not path.exists():
        pytest.skip(f"{name} is not on this machine")
    with av.open(str(path)) as container:
        some = islice(container.decode(video=0), 100, 100 + count)
        frames = [frame.to_ndarray(format="gray") for frame in some]
    return np.stack(frames)[..., None].astype(np.float32) / 255


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize("options", [{}, {"mesh": True}])
def test_no_bars_are_left_at_the_edges_of_real_film(name: str, options: dict[str, Any]) -> None:
    """The film weaves here by known steps; lines at an edge must differ as much as lines of the film there do."""
    clip = footage(name, 24)
    shifts = weave(len(clip), 3.0)
    size = clip.shape[2], clip.shape[1]
    # Cut out of the frame, of which one has bars at its sides, so that the edges are picture.
    woven = np.stack(
        [
            cv2.warpAffine(frame, np.array([[1, 0, x], [0, 1, y]]), size, flags=cv2.INTER_CUBIC)[48:-48, 112:-112, None]
            for frame, (x, y) in zip(clip, shifts, strict=True)
        ]
    )
    steady = engines.load("stabilise", "path", **options)(woven)
    changed = [k for k in range(len(clip)) if not np.array_equal(steady[k], woven[k])]
    assert len(changed) > len(clip) / 2
    for turn in (lambda f: f, lambda f: f[::-1], lambda f: f.swapaxes(0, 1), lambda f: f.swapaxes(0, 1)[::-1]):
        before, after = (
            np.array([np.abs(np.diff(turn(f)[:8], axis=0)).mean(axis=(1, 2)) for f in frames[changed]])
            for frames in (woven, steady)
        )
        # A smeared bar has no difference between its lines at all; lines drawn apart by half keep two thirds.
        assert (after.mean(axis=0) > 0.4 * before.mean(axis=0)).all()
        assert (after.min(axis=1) > 0.15 * before.min(axis=1)).all()
