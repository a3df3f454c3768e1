"""What a person says of colour takes the place of wrong or missing tags."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from answerprint.film import ingest, probe, said_colour, survey
from answerprint.film.facts import Colour, film_of
from answerprint.plan import film_sheet
from answerprint.plan.film_sheet import FilmDefaults
from answerprint.runtime.errors import FilmError
from films import write_video
from media import take

RED = (192, 48, 32)
WANTED = ingest.Wanted(grey="false", depth="auto", deinterlacer="motion")


@pytest.mark.parametrize(
    ("said", "colour"),
    [
        ("bt709 limited", Colour(matrix="bt709", primaries="bt709", transfer="bt709", range="tv")),
        ("matrix=bt709 range=full", Colour(matrix="bt709", range="pc")),
        ("bt601", Colour(matrix="smpte170m", primaries="smpte170m", transfer="smpte170m")),
        ("BT2020, pq", Colour(matrix="bt2020nc", primaries="bt2020", transfer="smpte2084")),
        ("transfer=srgb", Colour(transfer="iec61966-2-1")),
        ("bt470bg", Colour(matrix="bt470bg", primaries="bt470bg", transfer="gamma28")),
        ({"matrix": "bt601", "range": "limited"}, Colour(matrix="smpte170m", range="tv")),
        ({"primaries": "p3-d65"}, Colour(primaries="smpte432")),
        ("", Colour()),
        (None, Colour()),
    ],
)
def test_words_and_mappings_are_understood(said: str | dict[str, str] | None, colour: Colour) -> None:
    assert said_colour.parse(said, "here") == colour
    assert said_colour.parse(said_colour.words(colour), "here") == colour


@pytest.mark.parametrize("said", ["bt907", "matrix=limited", "hue=bt709", "matrix=ycgco", {"range": "wide"}])
def test_other_words_are_refused_with_the_place(said: str | dict[str, str]) -> None:
    with pytest.raises(FilmError, match="row 3"):
        said_colour.parse(said, "row 3")


def test_what_is_said_goes_over_the_tags() -> None:
    tags = Colour(matrix="smpte170m", primaries="bt709", range="tv")
    said = Colour(matrix="bt709", range="pc")
    assert said_colour.over(tags, said) == Colour(matrix="bt709", primaries="bt709", range="pc")


def test_the_column_colour_goes_over_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "a.mkv").touch()
    sheet = tmp_path / "films.tsv"
    sheet.write_text("film\tsource\tcolour\na\ta.mkv\tmatrix=bt709\nb\ta.mkv\t\n")
    asked = FilmDefaults(
        editions=("r",), parts=1, defined_editions=("r",), colour=Colour(matrix="smpte170m", range="pc")
    )
    first, second = film_sheet.read(sheet, asked)
    assert first.colour == Colour(matrix="bt709", range="pc") and second.colour == asked.colour
    single = film_sheet.single({"film": "a.mkv", "colour": "bt709 limited"}, tmp_path, asked)
    assert (single.colour.matrix, single.colour.range) == ("bt709", "tv")


def _yuv(matrix: str, limited: bool, size: tuple[int, int]) -> np.ndarray:
    """A flat red as 8-bit YUV 4:4:4."""
    red, blue = {"bt709": (0.2126, 0.0722), "bt601": (0.299, 0.114)}[matrix]
    r, g, b = (value / 255 for value in RED)
    luma = red * r + (1 - red - blue) * g + blue * b
    differences = ((b - luma) / 2 / (1 - blue), (r - luma) / 2 / (1 - red))
    scale = (219, 16, 224) if limited else (255, 0, 255)
    codes = (scale[1] + scale[0] * luma, *(128 + scale[2] * part for part in differences))
    return np.broadcast_to(np.rint(codes).astype(np.uint8)[:, None, None], (3, *size[::-1]))


def _write(path: Path, planes: np.ndarray) -> Path:
    """A film without tags whose YUV is exactly that."""
    frame = av.VideoFrame(planes.shape[2], planes.shape[1], "yuv444p")
    for plane, values in zip(frame.planes, planes, strict=True):
        rows = np.zeros((plane.height, plane.line_size), np.uint8)
        rows[:, : plane.width] = values
        plane.update(rows.tobytes())
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = planes.shape[2], planes.shape[1], "yuv444p"
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("limited", [True, False])
@pytest.mark.parametrize("matrix", ["bt709", "bt601"])
def test_pixels_follow_what_is_said(tmp_path: Path, matrix: str, limited: bool) -> None:
    path = _write(tmp_path / "a.mkv", _yuv(matrix, limited, (64, 48)))
    facts = probe.inspect(path)
    said = said_colour.parse(f"{matrix} {'limited' if limited else 'full'}", "test")
    surveyed = survey.survey(replace(facts, colour=said_colour.over(facts.colour, said)))
    film = film_of(ingest.describe("a", surveyed, WANTED))
    ledger = tmp_path / "ledger.npz"
    ingest.save_ledger(ledger, surveyed)
    (planes,) = ingest.read(film, ledger, 0, 1)
    assert np.abs(planes[:, 0, 0] / 65535 * 255 - RED).max() < 1.5


@pytest.mark.parametrize(
    ("size", "matrix"), [((1280, 536), "bt709"), ((960, 720), "bt709"), ((720, 576), "bt601"), ((720, 480), "bt601")]
)
def test_films_without_tags_follow_their_size(tmp_path: Path, size: tuple[int, int], matrix: str) -> None:
    path = _write(tmp_path / "a.mkv", _yuv(matrix, True, size))
    assert np.abs(take(path, tmp_path).stored()[0, :, 0, 0] / 65535 * 255 - RED).max() < 1.5


def test_rgb_is_of_limited_range_only_if_a_person_says_so(tmp_path: Path) -> None:
    film = np.full((1, 16, 24, 3), 16 / 255, np.float32)
    path = write_video(tmp_path / "a.mkv", film, 24, "ffv1", pixel_format="gbrp10le", colour={"color_range": 1})
    facts = probe.inspect(path)
    assert facts.colour.range == "pc"
    said = said_colour.over(facts.colour, said_colour.parse("limited", "test"))
    surveyed = survey.survey(replace(facts, colour=said))
    film_ = film_of(ingest.describe("a", surveyed, WANTED))
    ledger = tmp_path / "ledger.npz"
    ingest.save_ledger(ledger, surveyed)
    (planes,) = ingest.read(film_, ledger, 0, 1)
    assert planes.max() == 0
