"""Mattes are read by the film's ledger; what they mark is repaired, and nothing else changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import films
from answerprint import engines
from answerprint.engines import Clip
from answerprint.engines.clean import _masked_repair
from answerprint.film import matte, probe
from answerprint.film.facts import film_of
from answerprint.film.matte import Reading
from answerprint.frames.part_file import Reader
from answerprint.runtime.errors import FilmError
from answerprint.runtime.files import read_json, write_json

HEIGHT, WIDTH, FRAMES = 40, 56, 6


def facts(**changes: Any) -> dict[str, Any]:
    """What facts.json says of a film, as far as a matte needs it."""
    row = {
        **{"path": "film.mkv", "kind": "video", "width": WIDTH, "height": HEIGHT, "rate": "18/1", "frames": FRAMES},
        **{"sar": "1/1", "field_order": "progressive", "depth": 8, "pixel_format": "gray", "timecode": None},
        **{
            "colour": {},
            "start": "0/1",
            "audio": [],
            "chapters": [],
            "grey": True,
            "pulldown": False,
            "deinterlace": "motion",
        },
        **{"working_depth": 10, "sha256": "", "title": "", "decoded_frames": FRAMES},
    }
    return row | changes


def spots(frames: int = FRAMES, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """A matte with one spot a frame, each elsewhere: float32 (n, h, w, 1)."""
    pictures = np.zeros((frames, height, width, 1), np.float32)
    for t in range(frames):
        pictures[t, 5 + 4 * t : 9 + 4 * t, 10 + 3 * t : 14 + 3 * t] = 1
    return pictures


def read(folder: Path, path: Path, shown: list[int] | None = None, **changes: Any) -> np.ndarray:
    """The marks kept of the matte at `path`, (n, h, w), for a film whose frames show those pictures."""
    reading = Reading(**{key: changes.pop(key) for key in ("defects", "threshold", "grow") if key in changes})
    film = matte.MattedFilm(
        film=film_of(facts(**changes)), decoded_frames=FRAMES, shown=np.array(shown or range(FRAMES))
    )
    write_json(folder / "facts.json", matte.write(path, film, reading, folder / "marks.zip", label="matte"))
    marks = Reader(folder / "marks.zip")
    return marks.integers(0, len(marks))[:, 0] > 0


def test_a_film_a_folder_and_a_negative_give_the_same_marks(tmp_path: Path) -> None:
    drawn = spots()
    bright = read(tmp_path, films.write_video(tmp_path / "bright.mkv", drawn), grow=0)
    assert np.array_equal(bright, drawn[..., 0] > 0)
    assert np.array_equal(bright, read(tmp_path, films.write_frames(tmp_path / "bright", drawn), grow=0))
    dark = films.write_video(tmp_path / "dark.mkv", 0.9 - 0.8 * drawn)
    assert np.array_equal(bright, read(tmp_path, dark, grow=0, defects="dark"))
    record = read_json(tmp_path / "facts.json")
    assert (record["defects"], record["frames"], record["marked_frames"]) == ("dark", FRAMES, FRAMES)
    assert len(record["sha256"]) == 64 and record["marked"] == pytest.approx(16 / (HEIGHT * WIDTH), abs=1e-5)


def test_a_mark_is_widened_on_all_sides(tmp_path: Path) -> None:
    path = films.write_video(tmp_path / "matte.mkv", spots())
    assert read(tmp_path, path, grow=2)[0].sum() > read(tmp_path, path, grow=1)[0].sum() > 16


def test_marks_follow_the_ledger_of_a_film_that_repeats_and_drops_pictures(tmp_path: Path) -> None:
    path = films.write_video(tmp_path / "matte.mkv", spots())
    shown = [0, 0, 1, 3, 3, 5]
    assert np.array_equal(read(tmp_path, path, shown, grow=0), spots()[shown][..., 0] > 0)


@pytest.mark.parametrize(
    ("drawn", "changes", "message"),
    [
        (spots(4), {}, "has 4 frames, the film 6"),
        (spots(7), {}, "has 7 frames, the film 6"),
        (spots(height=42), {}, "56x42, the film 56x40"),
        (1 - spots(), {}, "marks 100 % of the film.*defects: dark"),
        (spots(), {"field_order": "tff"}, "interlaced"),
        (spots(), {"pulldown": True}, "interlaced"),
    ],
)
def test_a_matte_that_does_not_fit_is_refused(
    tmp_path: Path, drawn: np.ndarray, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(FilmError, match=message):
        read(tmp_path, films.write_video(tmp_path / "matte.mkv", drawn), **changes)
    assert not (tmp_path / "marks.zip").exists() and not (tmp_path / "facts.json").exists()


def test_a_matte_of_another_size_is_refused_by_its_header(tmp_path: Path) -> None:
    film = probe.inspect(films.write_video(tmp_path / "film.mkv", spots()))
    matte.must_fit(films.write_frames(tmp_path / "same", spots()), film)
    with pytest.raises(FilmError, match="56x42, the film 56x40"):
        matte.must_fit(films.write_video(tmp_path / "other.mkv", spots(height=42)), film)
    with pytest.raises(FilmError, match="holds no frames"):
        matte.must_fit(tmp_path, film)


def test_the_matte_of_a_rotated_film_is_rotated(tmp_path: Path) -> None:
    path = films.write_video(tmp_path / "matte.mkv", spots())
    marks = read(tmp_path, path, rotation=90, width=HEIGHT, height=WIDTH, grow=0)
    assert np.array_equal(marks[2], np.rot90(spots()[2, ..., 0] > 0))


@pytest.mark.parametrize("wrong", [{"defects": "grey"}, {"threshold": 0}, {"grow": -1}])
def test_an_invalid_reading_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Reading(**wrong)


def film(channels: int = 1) -> np.ndarray:
    """A ground that moves, with grain: float32 (7, 96, 128, c)."""
    clean = films.moving_texture(7, 96, 128, channels, step=(1.0, 0.0), object_step=(1.0, 0.0))
    return np.clip(clean + np.random.default_rng(0).normal(0, 0.01, clean.shape), 0, 1).astype(np.float32)


def decibels(frames: np.ndarray, truth: np.ndarray, where: np.ndarray) -> float:
    return float(-10 * np.log10(((frames - truth)[where] ** 2).mean()))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", engines.available()["clean"])
def test_marks_are_repaired_and_change_nothing_else(name: str, channels: int) -> None:
    truth = film(channels)
    marked = np.zeros(truth.shape[:3], bool)
    for t in range(len(truth)):
        marked[t, 20 + 7 * t : 26 + 7 * t, 30:38] = True
    # So faint that no detector would call it dirt.
    soiled = np.where(marked[..., None], truth - 0.04, truth).astype(np.float32)
    clean = engines.load("clean", name)
    alone, given = clean(soiled), clean.repair(soiled, marked)[0]
    assert decibels(given, truth, marked) > decibels(alone, truth, marked) + 6
    assert np.array_equal(given[~marked], alone[~marked])


def mended(frames: np.ndarray, marked: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    clip = Clip(frames=frames, core=slice(0, len(frames)), marked=marked)
    done, masks, statistics = _masked_repair.inpaint_marked(clip, frames, np.zeros_like(marked), radius=2)
    assert np.array_equal(masks, marked) and np.array_equal(done[~marked], frames[~marked])
    return done, statistics


def test_what_a_wire_hides_is_taken_from_frames_in_which_it_is_elsewhere() -> None:
    truth = film()
    marked = np.zeros(truth.shape[:3], bool)
    for t in range(len(truth)):
        marked[t, :, 20 + 8 * t : 24 + 8 * t] = True
    done, statistics = mended(np.where(marked[..., None], 0.0, truth).astype(np.float32), marked)
    assert decibels(done, truth, marked) > 28
    assert statistics["marked"] == pytest.approx(4 / 128) and statistics["inpainted"].max() < 0.002


def test_what_no_frame_shows_is_inpainted_and_reported() -> None:
    truth = np.repeat(film()[:1], 5, axis=0)
    marked = np.zeros(truth.shape[:3], bool)
    marked[:, 30:60, 50:54] = True
    done, statistics = mended(np.where(marked[..., None], 1.0, truth).astype(np.float32), marked)
    assert np.array_equal(statistics["inpainted"], statistics["marked"])
    assert decibels(done, truth, marked) > 20
    low, high = truth[0, 28:62, 46:58].min(), truth[0, 28:62, 46:58].max()
    assert low - 0.05 < done[marked].min() and done[marked].max() < high + 0.05


def test_inpainted_areas_have_grain() -> None:
    grain = np.random.default_rng(1).normal(0.5, 0.03, (1, 60, 60, 1)).astype(np.float32)
    marked = np.zeros((1, 60, 60), bool)
    marked[0, 20:40, 20:40] = True
    done, _ = mended(grain, marked)
    assert 0.02 < done[0, 22:38, 22:38].std() < 0.04


def test_a_fully_marked_frame_and_a_film_of_one_frame_are_handled() -> None:
    for marked in (np.ones((1, 20, 24), bool), np.zeros((1, 20, 24), bool)):
        done, _ = mended(np.full((1, 20, 24, 1), 0.5, np.float32), marked)
        assert np.isfinite(done).all()


@pytest.mark.parametrize("radius", [1, 2])
def test_repairs_do_not_depend_on_how_frames_are_grouped(radius: int) -> None:
    frames = film()
    marked = np.random.default_rng(3).random(frames.shape[:3]) > 0.995
    marked = np.stack([cv2.dilate(m.astype(np.uint8), np.ones((4, 4), np.uint8)) > 0 for m in marked])
    whole = Clip(frames=frames, core=slice(0, 7), marked=marked)
    expected = _masked_repair.inpaint_marked(whole, frames, np.zeros_like(marked), radius=radius)[0]
    for t in range(7):
        low, high = max(0, t - radius), min(7, t + radius + 1)
        core = slice(t - low, t - low + 1)
        clip = Clip(frames=frames[low:high], core=core, marked=marked[low:high])
        assert np.array_equal(
            _masked_repair.inpaint_marked(clip, frames[t : t + 1], np.zeros_like(marked[:1]), radius=radius)[0][0],
            expected[t],
        )


def test_marks_move_with_the_stabilised_picture() -> None:
    rng = np.random.default_rng(4)
    still = films.texture(140, 180, 1, rng)
    weave = np.cumsum(rng.normal(0, 1.5, (24, 2)), axis=0) * (-1) ** np.arange(24)[:, None] / 4
    frames, marked = [], []
    for step in weave:
        frames.append(cv2.warpAffine(still, np.array([[1, 0, step[0]], [0, 1, step[1]]]), (180, 140), borderMode=2))
        marked.append(np.zeros((140, 180, 1), np.float32))
        marked[-1][60:66, 80:86] = 1
    soiled = np.stack(frames).reshape(24, 140, 180, 1).astype(np.float32)
    soiled[:, 60:66, 80:86] = 2
    steady = engines.load("stabilise", "path")
    clip = steady.clip(soiled)
    moved = steady.run(clip).frames
    carried = steady.warp_mask(Clip(frames=np.stack(marked), core=slice(0, 24), plan=clip.plan))
    assert np.abs(clip.plan["correction"]).max() > 0.5
    assert (carried[moved > 1.2] > 0.05).all()
    assert not np.array_equal(carried, np.stack(marked)) and np.count_nonzero(carried) < 24 * 8 * 8


def test_a_stage_that_moves_nothing_keeps_marks_in_place() -> None:
    masks = (np.random.default_rng(5).random((2, 6, 8, 1)) > 0.5).astype(np.float32)
    clip = Clip(frames=masks, core=slice(0, 2))
    assert np.array_equal(engines.load("deflicker", "curve").warp_mask(clip), masks)
    larger = engines.load("upscale", "lanczos", scale=2).warp_mask(clip)
    assert larger.shape == (2, 12, 16, 1) and np.array_equal(larger[:, ::2, 1::2], masks)
