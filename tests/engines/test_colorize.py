"""Colour from hints moves with objects, keeps the film's brightness, and stays away where there are no hints."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import FilmError
from answerprint.frames import lab, optical_flow
from films import texture
from places import MEDIA

GROUND, DISC = np.array([0.35, 0.5, 0.3], np.float32), np.array([0.8, 0.6, 0.55], np.float32)


def truth(count: int = 13, height: int = 90, width: int = 120) -> np.ndarray:
    """A red disc that crosses a still green ground, both with texture; float32 (n, h, w, 3)."""
    ground = GROUND + 0.4 * (texture(height, width, 1, np.random.default_rng(1)) - 0.5)
    surface = texture(height, width, 1, np.random.default_rng(2)) - 0.5
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    frames = []
    for i in range(count):
        left = 30 + 4 * i
        cover = np.clip(18.5 - np.hypot(x - left, y - 45), 0, 1)[..., None]
        moved = DISC + 0.3 * np.roll(surface, 4 * i, axis=1)
        frames.append(ground + cover * (moved - ground))
    return np.clip(np.stack(frames), 0, 1).astype(np.float32)


def grey(colour: np.ndarray) -> np.ndarray:
    return np.stack([optical_flow.luma(frame)[..., None] for frame in colour])


def error(frames: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Mean distance in a* and b*, one number a frame."""
    return np.linalg.norm(lab.from_rgb(frames)[..., 1:] - lab.from_rgb(colour)[..., 1:], axis=3).mean(axis=(1, 2))


def write(path: Path, frame: np.ndarray) -> Path:
    cv2.imwrite(str(path), optical_flow.eight_bits(frame)[..., ::-1])
    return path


def test_one_coloured_frame_colours_the_shot(tmp_path: Path) -> None:
    colour = truth()
    reference = write(tmp_path / "first.png", colour[0])
    engine = engines.load("colorize", "hints", references=[f"0={reference}"])
    result = engine(grey(colour))
    none = error(np.repeat(grey(colour), 3, axis=3), colour)
    still = error(_recoloured(grey(colour), colour[0]), colour)
    errors = error(result, colour)
    assert errors.max() < 0.3 * none.min()
    assert errors[6:].max() < 0.5 * still[6:].min()  # the colour moves with the disc


def _recoloured(frames: np.ndarray, colour: np.ndarray) -> np.ndarray:
    ab = lab.from_rgb(colour)[..., 1:]
    return np.stack([lab.to_rgb(lab.lightness(frame[..., 0]), ab) for frame in frames])


def test_a_second_coloured_frame_shows_what_the_first_did_not(tmp_path: Path) -> None:
    colour = truth()
    colour[8:, 10:30, 10:40] = [0.3, 0.4, 0.8]  # something blue appears
    first, last = write(tmp_path / "0.png", colour[0]), write(tmp_path / "12.png", colour[12])
    one = engines.load("colorize", "hints", references={0: str(first)})(grey(colour))
    two = engines.load("colorize", "hints", references={0: str(first), 12: str(last)})(grey(colour))
    assert (error(two, colour)[8:] < 0.7 * error(one, colour)[8:]).all()
    blue = two[10, 14:26, 14:36].mean(axis=(0, 1))
    assert blue[2] > blue[0] + 0.2
    assert (error(two, colour)[:8] < 1.3 * error(one, colour)[:8] + 0.3).all()


@pytest.mark.parametrize("depth", [8, 10, 12, 16])
def test_luma_stays_the_films_own_bit_for_bit(tmp_path: Path, depth: int) -> None:
    colour, levels = truth(4), (1 << depth) - 1
    film = (np.rint(grey(colour) * levels) / levels).astype(np.float32)
    film[:, :2], film[:, 2:4] = 0, 1
    engine = engines.load("colorize", "hints", references={2: str(write(tmp_path / "2.png", colour[2]))})
    stored = np.rint(engine.run(dataclasses.replace(engine.clip(film), depth=depth)).frames * levels)
    assert stored.min() >= 0 and stored.max() <= levels and np.ptp(stored, axis=3).max() > 0.1 * levels
    assert np.array_equal(np.rint(stored @ lab.WEIGHTS), np.rint(film[..., 0] * levels))


def test_strokes_of_a_brush_colour_what_they_lie_on(tmp_path: Path) -> None:
    film = np.full((3, 60, 120, 1), 0.3, np.float32)
    film[:, :, 60:] = 0.7
    paint = np.zeros((60, 120, 4), np.uint8)
    paint[25:30, 10:40] = (40, 40, 200, 255)
    paint[25:30, 80:110] = (200, 80, 40, 255)
    paint[40:50, 10:40] = (0, 255, 0, 60)  # hardly visible: not paint
    cv2.imwrite(str(tmp_path / "1.png"), paint)
    coloured = engines.load("colorize", "hints", strokes={1: str(tmp_path / "1.png")})(film)
    for frame in coloured:
        assert (frame[:, 5:50, 0] - frame[:, 5:50, 2]).min() > 0.1
        assert (frame[:, 70:115, 2] - frame[:, 70:115, 0]).min() > 0.1
    opaque = write(tmp_path / "opaque.png", np.zeros((60, 120, 3), np.float32))
    with pytest.raises(FilmError, match="no transparency"):
        engines.load("colorize", "hints", strokes={1: str(opaque)})(film)


def test_the_same_view_in_a_later_shot_is_coloured_and_another_view_stays_grey(tmp_path: Path) -> None:
    colour = truth()
    picture = write(tmp_path / "3.png", colour[3])
    engine = engines.load("colorize", "hints", scene=[f"3={picture}"])
    again = engine.run(engine.clip(grey(colour[6:]), first=400))
    assert again.statistics["coloured"].all() and error(again.frames, colour[6:]).mean() < 12
    other = np.repeat(texture(90, 120, 1, np.random.default_rng(9))[None], 3, axis=0).astype(np.float32)
    assert not engine.run(engine.clip(other, first=500)).statistics["coloured"].any()


def test_another_shot_of_the_scene_is_coloured_by_appearance(tmp_path: Path) -> None:
    colour = truth()
    picture = write(tmp_path / "coloured.png", colour[0])
    other = colour[::-1, :, ::-1]
    engine = engines.load("colorize", "hints", like=[f"market={picture}"])
    clip = engine.clip(grey(other), first=400)
    result = engine.run(clip)
    assert result.statistics["coloured"].all() and 0 < result.statistics["trust"].max() <= 0.5
    assert error(result.frames, other).mean() < 0.8 * error(np.repeat(grey(other), 3, axis=3), other).mean()


def test_a_point_colours_the_object_it_lies_on() -> None:
    colour = truth(5)
    colour = np.where(np.abs(colour - colour.mean()) < 2, colour, 0)
    bright = grey(colour) * 0.4
    x, y = np.meshgrid(np.arange(120), np.arange(90))
    for i in range(5):
        bright[i][np.hypot(x - 30 - 4 * i, y - 45) <= 18] += 0.4
    result = engines.load("colorize", "hints")(bright, hints=["0:0.25,0.5,#c06040", "0:0.8,0.2,#406040,0.05"])
    for i in range(5):
        disc = np.hypot(x - 30 - 4 * i, y - 45) < 14
        ground = np.hypot(x - 30 - 4 * i, y - 45) > 24
        assert (result[i][disc][:, 0] - result[i][disc][:, 2]).mean() > 0.15
        assert (result[i][ground][:, 1] - result[i][ground][:, 0]).mean() > 0.01


def test_a_later_point_corrects_its_place_and_leaves_the_rest(tmp_path: Path) -> None:
    colour = truth()
    reference = write(tmp_path / "0.png", colour[0])
    plain = engines.load("colorize", "hints", references={0: str(reference)})
    corrected = plain(grey(colour), hints=[{"frame": 6, "x": 0.45, "y": 0.5, "color": "#4060c0", "radius": 0.05}])
    before = plain(grey(colour))
    assert (corrected[6] - before[6])[45, 54, 2] > 0.1
    assert np.abs(corrected[6] - before[6])[5:15, 5:15].max() < 0.03
    assert np.array_equal(corrected[0], before[0])


def test_a_shot_without_hints_stays_exactly_grey(tmp_path: Path) -> None:
    bright = grey(truth(4))
    reference = write(tmp_path / "x.png", truth(1)[0])
    engine = engines.load("colorize", "hints", references={200: str(reference)})  # another shot
    result = engine.run(engine.clip(bright))
    assert np.array_equal(result.frames, np.repeat(bright, 3, axis=3))
    assert not result.mask.any() and not result.statistics["coloured"].any()
    elsewhere = engine.run(engine.clip(bright, first=199))
    assert elsewhere.statistics["coloured"].all() and elsewhere.mask.all()


def test_a_coloured_film_without_hints_is_left_alone() -> None:
    colour = truth(3)
    assert np.array_equal(engines.load("colorize", "hints")(colour), colour)


def test_another_picture_lends_its_colours_by_brightness(tmp_path: Path) -> None:
    colour = truth(3)
    other = np.ascontiguousarray(colour[0][:, ::-1])
    bright_is_warm = lab.to_rgb(
        lab.lightness(optical_flow.luma(other)),
        np.dstack([40 * (optical_flow.luma(other) - 0.5)] * 2).astype(np.float32),
    )
    reference = write(tmp_path / "other.png", bright_is_warm)
    result = engines.load("colorize", "hints", references={0: str(reference)})(grey(colour))
    warmth = lab.from_rgb(result[0])[..., 1]
    assert np.corrcoef(warmth.ravel(), grey(colour)[0].ravel())[0, 1] > 0.8


def test_trust_falls_with_the_distance_from_the_reference(tmp_path: Path) -> None:
    colour = truth()
    engine = engines.load("colorize", "hints", references={0: str(write(tmp_path / "0.png", colour[0]))})
    trust = engine.run(engine.clip(grey(colour))).statistics["trust"]
    assert trust[0] == 1 and trust[12] < trust[4] < 1


def test_a_wide_frame_has_colour_up_to_its_edges() -> None:
    bright = np.full((1, 200, 600, 1), 0.3, np.float32)
    bright[:, :, 300:] = 0.7
    result = engines.load("colorize", "hints")(bright, hints=["0:0.2,0.5,#c03030", "0:0.8,0.5,#90b0e0"])
    left, right = result[0, 100, 290], result[0, 100, 309]
    assert left[0] - left[2] > 0.2 and right[2] - right[0] > 0.1


def test_colours_too_strong_for_rgb_keep_hue_and_lightness() -> None:
    light = np.full((1, 8), 80, np.float32)
    angle = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    ab = (120 * np.stack([np.cos(angle), np.sin(angle)], axis=-1))[None].astype(np.float32)
    colours = lab.from_rgb(lab.to_rgb(light, ab))
    assert np.abs(colours[..., 0] - 80).max() < 0.1
    turned = np.angle(np.exp(1j * (np.arctan2(colours[..., 2], colours[..., 1]) - angle)))
    assert np.abs(turned).max() < 0.02


def test_lab_and_back_is_the_same_picture() -> None:
    rgb = np.random.default_rng(0).random((20, 30, 3), np.float32)
    colours = lab.from_rgb(rgb)
    assert np.allclose(lab.to_rgb(colours[..., 0], colours[..., 1:]), rgb, atol=1e-4)
    assert np.allclose(lab.from_rgb(np.ones((1, 3))), [100, 0, 0], atol=1e-3)


def test_references_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(FilmError, match=r"absent\.png"):
        engines.load("colorize", "hints", references={0: str(tmp_path / "absent.png")})
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(FilmError, match=r"text\.png"):
        engines.load("colorize", "hints", references={0: str(tmp_path / "text.png")})(grey(truth(1)))


@pytest.mark.parametrize(
    "values",
    [
        {"hints": ["0:0.5,0.5,red"]},
        {"hints": ["0:1.5,0.5,#ff0000"]},
        {"hints": [{"frame": 0, "x": 0.5, "color": "#ff0000"}]},
        {"references": ["first.png"]},
        {"references": ["3=a.png", "3=b.png"]},
    ],
)
def test_malformed_hints_are_refused(values: dict[str, list[object]]) -> None:
    with pytest.raises(FilmError):
        engines.options.read(engines.find("colorize", "hints"), values)


def test_a_real_shot_is_coloured_from_both_its_ends(tmp_path: Path) -> None:
    path = MEDIA / "clean/carphone_pristine.mp4"
    if not path.is_file():
        pytest.skip("the carphone sequence is not on this machine")
    film = cv2.VideoCapture(str(path))
    colour = np.stack([film.read()[1][..., ::-1] for _ in range(41)]).astype(np.float32) / 255
    ends = {i: str(write(tmp_path / f"{i}.png", colour[i])) for i in (0, 40)}
    result = engines.load("colorize", "hints", references=ends)(grey(colour))
    assert error(result, colour).mean() < 3.0  # left grey: 9.1
    assert error(result, colour)[[0, 40]].max() < 1.0
