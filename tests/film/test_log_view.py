"""Log scans keep their values; only what is looked at goes through a view."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from answerprint.film import colour, dpx, log_view, said_colour
from answerprint.film.facts import Colour
from answerprint.prints import prints
from films import moving_texture, write_frames
from media import take


@pytest.mark.parametrize("transfer", list(log_view.LOGS))
def test_every_log_is_shown_from_black_to_white(transfer: str) -> None:
    ramp = np.repeat(np.linspace(0, 1, 256, dtype=np.float32)[None, :, None], 3, axis=2)
    shown = log_view.shown_frame(ramp, transfer)[0]
    assert shown.min() < 0.02 and shown.max() > 0.85 and (np.diff(shown[:, 1]) >= -1e-4).all()
    assert np.ptp(shown, axis=1).max() < 0.01
    assert said_colour.parse(transfer, "colour") == Colour(transfer=transfer)


def test_linear_light_is_shown_by_its_own_primaries() -> None:
    red = np.broadcast_to(np.array([0.5, 0.05, 0.05], np.float32), (2, 2, 3))
    tags = [Colour(transfer="linear", primaries=primaries) for primaries in (None, "bt709", "bt2020", "smpte432")]
    plain, same, wide, cinema = (log_view.shown_frame(red, log_view.view_of(one)) for one in tags)
    assert np.array_equal(plain, same) and wide[0, 0, 0] > cinema[0, 0, 0] > plain[0, 0, 0]
    # Two stops and a half below white: a middle grey, as a screen wants it.
    assert 0.35 < log_view.shown_frame(np.full((1, 1, 1), 0.18, np.float32), "linear").item() < 0.45
    assert log_view.view_of(Colour(transfer="bt709")) == log_view.view_of(Colour()) == ""


def test_an_exr_is_linear_light_and_its_access_print_is_made_for_a_screen(tmp_path: Path) -> None:
    film = take(
        write_frames(tmp_path / "scan", moving_texture(2, 24, 32, 3), 32, "exr"), tmp_path, rate=Fraction(24)
    ).film
    assert film.facts.colour.transfer == "linear" and prints.view_of(film, "x264") == "linear"
    assert prints.view_of(film, "master") == "" and prints.look_of(film, "", "television").colour.transfer == "bt709"


def test_a_grey_card_scanned_as_cineon_is_a_middle_grey_on_the_screen() -> None:
    # 18 % of the light of white lies 0.745 of density, over a contrast of 0.6, below code 685: 461.
    card = np.full((2, 4, 4), 461 << 6, np.uint16)
    shown = log_view.shown(card[:1], "cineon", 10) >> 6
    assert shown.shape == (1, 4, 4) and 350 < shown[0, 0, 0] < 450
    assert np.array_equal(shown, log_view.shown(np.repeat(card[:1], 3, axis=0), "cineon", 10)[1:2] >> 6)


def test_a_dpx_that_says_so_is_a_log_scan_with_its_own_values(tmp_path: Path) -> None:
    frames = moving_texture(2, 24, 32, 3)
    folder = write_frames(tmp_path / "scan", frames, 10, "dpx")
    plain = take(folder, tmp_path, rate=Fraction(24))
    for file in folder.iterdir():
        content = bytearray(file.read_bytes())
        content[801] = 1
        file.write_bytes(bytes(content))
        assert dpx.is_log(file)
    scan = take(folder, tmp_path, rate=Fraction(24))
    assert scan.film.facts.colour.transfer == "cineon" and plain.film.facts.colour.transfer != "cineon"
    assert np.array_equal(scan.stored(), plain.stored())


@pytest.mark.parametrize("pixel_format", ["gray10le", "gbrp10le", "yuv422p10le"])
def test_a_print_that_keeps_log_values_has_no_tag_of_their_transfer(pixel_format: str) -> None:
    for transfer in log_view.LOGS:
        scan = Colour(primaries="bt709", transfer=transfer, matrix="gbr", range="pc")
        assert colour.of_print(scan, pixel_format, 1920, 1080).transfer is None
    plain = dataclasses.replace(scan, transfer="smpte2084")
    assert colour.of_print(plain, pixel_format, 1920, 1080).transfer == "smpte2084"


def test_access_prints_alone_are_shown_and_tagged_for_a_screen(tmp_path: Path) -> None:
    folder = write_frames(tmp_path / "scan", moving_texture(2, 24, 32, 3), 10, "dpx")
    film = take(folder, tmp_path, rate=Fraction(24)).film
    log = dataclasses.replace(film.facts, colour=dataclasses.replace(film.facts.colour, transfer="adx10"))
    film = dataclasses.replace(film, facts=log)
    assert {codec: prints.view_of(film, codec) for codec in ("master", "mezzanine", "x264", "svtav1")} == {
        "master": "",
        "mezzanine": "",
        "x264": "adx10",
        "svtav1": "adx10",
    }
    assert prints.look_of(film, "", "x264").colour.transfer == "bt709"
    assert prints.look_of(film, "", "master").colour.transfer == "adx10"
