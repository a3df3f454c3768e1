"""Colour goes back to its place, records lie on each other, flashing colours go; without faults nothing changes."""

from typing import Any

import cv2
import numpy as np
import pytest

import soiled
from answerprint import engines
from answerprint.engines import Clip
from answerprint.engines.video import _lines, _offsets
from answerprint.engines.video._composite import brightness, colour_of, flashing, picture
from answerprint.engines.video.signal import moved_back
from answerprint.lab.tape import from_tape
from answerprint.runtime.errors import FilmError


def film(count: int = 5) -> np.ndarray:
    return soiled.still(count)


def moved(frames: np.ndarray, channel: int, place: tuple[float, float]) -> np.ndarray:
    apart = frames.copy()
    for frame in apart:
        frame[..., channel] = moved_back(frame[..., channel], (-place[0], -place[1]))
    return apart


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    inner = slice(12, -12)
    return float(-10 * np.log10(((a - b)[:, inner, inner] ** 2).mean()))


def colours(frames: np.ndarray) -> np.ndarray:
    return np.stack([colour_of(frame, brightness(frame)) for frame in frames])


@pytest.mark.parametrize("channels", [1, 3])
def test_nothing_asked_for_changes_nothing(channels: int) -> None:
    frames = film()[..., :channels]
    done, mask = engines.load("video", "signal").repair(frames)
    assert np.array_equal(done, frames) and not mask.any()


def test_a_grey_film_has_no_colour_to_move() -> None:
    grey = film()[..., :1]
    assert np.array_equal(engines.load("video", "signal", chroma=[3, 0], comb="pal")(grey), grey)


def test_brightness_and_colour_make_the_frame_again() -> None:
    frame = film()[0]
    assert np.abs(picture(brightness(frame), colour_of(frame, brightness(frame))) - frame).max() < 1e-5


def test_colour_moves_back_and_brightness_stays() -> None:
    played = from_tape(film(), chroma_shift=3.0)
    done = engines.load("video", "signal", chroma=[3.0, 0.0])(played)
    assert psnr(colours(done), colours(film())) > psnr(colours(played), colours(film())) + 10
    assert np.abs(brightness(done[0]) - brightness(played[0])).max() < 1e-5


@pytest.mark.parametrize("place", [(1.4, -0.6), (-3.3, 2.2), (0.5, 0.0)])
def test_a_record_is_found_to_a_tenth_of_a_pixel_and_laid_back(place: tuple[float, float]) -> None:
    apart = moved(film(1), 0, place)
    across, down, unlike, left = _offsets.record_offset(apart[0], 0)
    assert abs(across - place[0]) < 0.1 and abs(down - place[1]) < 0.1 and left < unlike
    done = engines.load("video", "signal", red=[float(across), float(down)])(apart)
    assert psnr(done, film(1)) > psnr(apart, film(1)) + 6
    assert np.array_equal(done[..., 1:], apart[..., 1:])


def test_records_that_lie_on_each_other_are_found_there() -> None:
    for channel in (0, 2):
        assert np.abs(_offsets.record_offset(film(1)[0], channel)[:2]).max() < 0.1


@pytest.mark.parametrize("shift", [3.0, -2.0])
def test_where_colour_lies_is_found(shift: float) -> None:
    curve = _offsets.chroma_curve(from_tape(film(1), chroma_shift=shift)[0])
    assert abs(_offsets.vertex(curve) - shift) < 0.5
    assert abs(_offsets.vertex(_offsets.chroma_curve(film(1)[0]))) < 0.5


@pytest.mark.parametrize(("system", "turn"), [("ntsc", 0), ("pal", 1)])
def test_a_composite_signal_is_known_by_its_flashing_and_combed_out(system: str, turn: int) -> None:
    played = np.clip(from_tape(film(), system=system, noise=0.004), 0, 1)
    found = flashing(*played[1:4])
    assert found.fine > 2 * found.flat and found.fine > 2.5 / 255
    assert abs(found.turn - turn) < 0.3
    done = engines.load("video", "signal", comb=system)(played)
    assert psnr(colours(done), colours(film())) > psnr(colours(played), colours(film())) + 3
    assert flashing(*done[1:4]).fine < 0.5 * found.fine


def test_noise_is_no_flashing() -> None:
    noisy = film() + np.random.default_rng(0).normal(0, 0.02, film().shape).astype(np.float32)
    found = flashing(*noisy[1:4])
    assert found.flat > 0 and found.fine < 2 * found.flat


def test_what_moves_is_not_combed() -> None:
    moving = np.stack([film(1)[0][:, 9 * t : 9 * t + 560] for t in range(5)])
    assert psnr(engines.load("video", "signal", comb="ntsc")(moving), moving) > 45


def test_jitter_of_lines_is_measured_within_a_tenth_and_slants_are_none() -> None:
    grey = cv2.GaussianBlur(film(2)[..., 0][0], (0, 0), 1.5)
    frames = np.repeat(grey[None, ..., None], 2, axis=0)
    assert _lines.jitter(frames[0, ..., 0], frames[1, ..., 0])[0] < 0.05
    played = from_tape(np.repeat(frames, 3, axis=3), jitter=0.8)
    measured, explained = _lines.jitter(played[0, ..., 0], played[1, ..., 0])
    assert abs(measured / 0.8 - 1) < 0.15 and explained > 0.04


def jittering(pixels: float, frames: np.ndarray) -> np.ndarray:
    return np.clip(from_tape(frames, jitter=pixels), 0, 1).astype(np.float32)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("pixels", [0.7, 2.0])
def test_lines_that_jitter_go_back_to_their_place(pixels: float, channels: int) -> None:
    played = jittering(pixels, film())[..., :channels]
    done = engines.load("video", "signal", time_base=True)(played)
    assert psnr(done, film()[..., :channels]) > psnr(played, film()[..., :channels]) + 6


def test_lines_go_back_to_their_place_in_what_moves() -> None:
    height, width = film(1).shape[1:3]
    moving = np.stack([film(1)[0][3 * t : height - 12 + 3 * t, 9 * t : width - 36 + 9 * t] for t in range(5)])
    played = jittering(1.0, moving)
    assert psnr(engines.load("video", "signal", time_base=True)(played), moving) > psnr(played, moving) + 4


def test_lines_in_their_place_and_a_single_frame_stay_as_they_are() -> None:
    engine = engines.load("video", "signal", time_base=True)
    assert np.array_equal(engine(film()), film())
    assert np.array_equal(engine(film(1)), film(1))


def test_torn_lines_are_covered_by_those_above_and_the_others_stay() -> None:
    played = np.clip(from_tape(film(2), switching=6), 0, 1).astype(np.float32)
    done, mask = engines.load("video", "signal", torn=6).repair(played)
    assert np.array_equal(done[:, :-6], played[:, :-6]) and not mask[:, :-6].any() and mask[:, -6:].mean() > 0.9
    assert np.array_equal(done[:, -6:], played[:, -12:-6][:, ::-1])
    assert _lines.torn(brightness(done[0])) == 0
    with pytest.raises(FilmError, match="torn"):
        engines.load("video", "signal", torn=-1)


def test_torn_lines_are_counted_and_a_dark_gate_is_none() -> None:
    frames = film(1)
    assert _lines.torn(brightness(from_tape(frames, switching=6)[0])) == 6
    gate = frames[0].copy()
    gate[-6:] = 0.02
    assert _lines.torn(brightness(gate)) == 0 == _lines.torn(brightness(frames[0]))


@pytest.mark.parametrize("options", [{"comb": "pal", "chroma": [1.5, 0.5]}, {"comb": "pal", "time_base": True}])
def test_a_frame_does_not_depend_on_how_a_shot_is_cut_into_blocks(options: dict[str, Any]) -> None:
    played = np.clip(from_tape(film(11), system="pal", jitter=1.0), 0, 1).astype(np.float32)[:, :150, :220]
    engine = engines.load("video", "signal", **options)
    whole, reach = engine(played), engine.card.radius
    assert not np.array_equal(whole, played)
    for t in range(11):
        low, high = max(0, t - reach), min(11, t + reach + 1)
        clip = Clip(frames=played[low:high], core=slice(t - low, t - low + 1), first=low)
        assert np.array_equal(engine.run(clip).frames[0], whole[t])


def test_a_place_is_two_numbers_of_pixels() -> None:
    for wrong, refused in (([1.0], "two numbers"), ([1.0, 500.0], "two numbers"), (["left", 0.0], "be a number")):
        with pytest.raises(FilmError, match=refused):
            engines.options.read(engines.find("video", "signal"), {"red": wrong})
