"""Whatever is handed in, a sheet, a YAML file, a recipe, a working file or a film, ends right or in one sentence.

Each input is mended by a seeded generator (bytes and words changed, cut out, repeated); Hypothesis writes what no
mutation reaches. Nothing may crash, hang, raise anything but a FilmError, or leave a file that looks finished.
ANSWERPRINT_FUZZ_SECONDS says how long each kind of input is tried.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from answerprint.archive import recipe
from answerprint.film import probe, survey
from answerprint.frames.part_file import Reader
from answerprint.plan import config, decisions, film_sheet
from answerprint.plan.film_sheet import FilmDefaults, file_name
from answerprint.runtime import text, yaml_text
from answerprint.runtime.errors import FilmError, terminal_message
from answerprint.speech import corrections, existing_subtitles
from films import moving_texture, write_video
from part_files import write_part
from places import REPOSITORY

SECONDS = float(os.environ.get("ANSWERPRINT_FUZZ_SECONDS", "1"))
LONGEST = 10
"""Seconds after which one input counts as a hang."""
PIECES = (
    *(
        b"\0",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
        b"\xff",
        b"\r",
        b"\n",
        b"\t",
        b'"',
        b"'",
        b"[",
        b"{",
        b"}",
        b"]",
    ),
    *(
        b": ",
        b"- ",
        b"#",
        b"&a ",
        b"*a",
        b"<<: ",
        b"!!python/name:os.system ",
        b"../../",
        b"/etc/passwd",
        b"no",
        b"010",
    ),
    *(b"1e999999999", b"-1", b"99999999999999999999", b"nan", b"=cmd()", b"\xed\xa0\x80", b"\x1b[31m", b"%s{0}"),
)


class Hang(Exception):
    """An input took longer than it may."""


@contextmanager
def in_time() -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise Hang(f"more than {LONGEST} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LONGEST)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def mutated(content: bytes, generator: random.Random) -> bytes:
    """The content with a few places changed, as a damaged disk, a bad tool or a bad person would."""
    data = bytearray(content)
    for _ in range(generator.choice((1, 1, 2, 5, 20))):
        place = generator.randrange(len(data) + 1)
        length = generator.choice((1, 2, 8, 100))
        match generator.randrange(6):
            case 0:
                data[place : place + length] = b""
            case 1:
                data[place:place] = generator.choice(PIECES) * generator.choice((1, 1, 1, 50, 5000))
            case 2:
                data[place : place + length] = generator.randbytes(length)
            case 3:
                data[place:place] = data[place : place + length] * generator.choice((1, 100))
            case 4:
                data[place : place + 1] = bytes([generator.randrange(256)])
            case _:
                data = data[:place] if generator.random() < 0.2 else data
    return bytes(data)


def tried(path: Path, contents: list[bytes], read: Callable[[Path], None], *, least: int = 20) -> None:
    """Mutations of files at `path`, read for SECONDS: each ends, right or in one sentence."""
    end = time.monotonic() + SECONDS
    seed = 0
    while seed < least or time.monotonic() < end:
        generator = random.Random(seed)
        path.write_bytes(mutated(generator.choice(contents), generator))
        try:
            with in_time():
                read(path)
        except FilmError as error:
            assert "\n" not in error.message and len(error.message) < 2000, seed
            terminal_message(error).encode("utf-8")
        except BaseException as error:
            raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}") from error
        seed += 1


DEFAULTS = FilmDefaults(editions=("restored",), parts="auto", defined_editions=("restored",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a film, in which sheets lie."""
    (tmp_path / "a b.mov").write_bytes(b"not looked into here")
    return tmp_path


def test_sheets_end_in_films_with_safe_names_or_in_a_sentence(folder: Path) -> None:
    rows = (
        'film\tsource\trate\ttitle\tparts\nReel #2\ta b.mov\t18\tNo\t3\n"b"\ta b.mov\t24000/1001\t"two\nlines"\tauto\n'
    )
    sheets = [rows.encode(encoding) for encoding in ("utf-8", "utf-16", "cp1252")]
    sheets += [rows.replace("\t", ";").encode(), rows.replace("\t", ",").encode()]

    def read(path: Path) -> None:
        films = film_sheet.read(path, DEFAULTS)
        names = [film.film for film in films]
        assert len(set(names)) == len(names) and all(file_name(name) == name for name in names)
        assert all(Path("results", name).parent == Path("results") for name in names)

    tried(folder / "films.tsv", sheets, read)


def test_configurations_and_decisions_end_in_values_or_in_a_sentence(folder: Path) -> None:
    default = REPOSITORY / "config" / "config.yaml"
    layers = [
        default.read_bytes(),
        b"title: No\nyear: 010\nprints: {master: yes, access: none}\nstages: {clean: {strength: 0.4}}\n",
    ]
    written = decisions.__doc__ or ""
    decided = [
        written.partition("\n\n")[2].encode(),
        b"shots: [{at: 3, clean: no, why: x}]\nspeakers: {names: {Person 1: No}}",
    ]

    def configure(path: Path) -> None:
        config.project([default, path], {"film": "a b.mov"}, folder)

    tried(folder / "config.yaml", layers, configure)
    tried(folder / "film.yaml", decided, lambda path: decisions.read(path) and None)


def test_recipes_end_in_a_recipe_that_stays_in_its_folder_or_in_a_sentence(folder: Path) -> None:
    part = {"digest": "ab" * 32, "frames": "01234567 89abcdef"}
    row = {
        "film": "reel",
        "source": {"sha256": "ab" * 32, "file": "reel.mkv", "kind": "video", "rate": "18/1", "frames": 2},
        "configuration": {"parts": "auto", "depth": 10, "stages": {"clean": {"engine": "motion"}}},
        "decisions": {"shots": [{"at": 1, "clean": False, "why": "snow"}]},
        "frames": {"restored": {"clean": {"0": part}}},
        "environment": {"numpy": "2.4"},
    }

    def read(path: Path) -> None:
        film = recipe.read(path)["film"]
        assert file_name(film) == film

    tried(folder / "recipe.yaml", [yaml.safe_dump(row).encode()], read)


def test_subtitles_and_corrections_end_in_lines_or_in_a_sentence(folder: Path) -> None:
    subtitles = [
        b"1\n00:00:01,500 --> 00:00:02,000\n<i>Hello</i> you.\n\n2\n00:00:03,000 --> 00:00:04,000\n[a door]\n- No!\n"
    ]
    line = {"start": 0.0, "end": 2.0, "speaker": "Person 1", "text": "=1", "on_screen": True, "confidence": 0.6}
    sheets = [corrections.as_sheet([line]).encode(encoding) for encoding in ("utf-8", "utf-16")]
    tried(folder / "film.srt", subtitles, lambda path: existing_subtitles.read(path) and None)
    tried(
        folder / "film.csv", sheets, lambda path: corrections.apply_sheet([line], corrections.read_sheet(path)) and None
    )


def test_working_files_end_in_their_frames_or_in_a_sentence(folder: Path) -> None:
    planes = (np.random.default_rng(0).integers(0, 1 << 10, (4, 1, 24, 32), np.uint16)) << 6
    whole = write_part(folder / "whole.zip", planes).read_bytes()

    def read(path: Path) -> None:
        reader = Reader(path)
        assert all((frame == original).all() for frame, original in zip(reader, planes, strict=False))

    tried(folder / "000.zip", [whole], read)


@pytest.mark.parametrize("kind", ["mkv", "mov", "avi", "png"])
def test_films_end_in_a_survey_or_in_a_sentence(folder: Path, kind: str) -> None:
    film = moving_texture(6, 32, 48, 1)
    if kind == "png":
        pytest.importorskip("cv2").imwrite(str(folder / "whole.png"), (film[0] * 255).astype(np.uint8))
        whole, path = folder / "whole.png", folder / "frames" / "f_0001.png"
        path.parent.mkdir()
    else:
        codec = {"mkv": "ffv1", "mov": "prores_ks", "avi": "mjpeg"}[kind]
        pixels = {"mkv": None, "mov": "yuv422p10le", "avi": "yuvj420p"}[kind]
        whole = write_video(folder / f"whole.{kind}", film, 24, codec, pixel_format=pixels)
        path = folder / f"film.{kind}"

    def read(path: Path) -> None:
        facts = probe.inspect(path.parent if kind == "png" else path, Fraction(18) if kind == "png" else None)
        surveyed = survey.survey(facts)
        assert 0 < len(surveyed.ledger) <= 100

    tried(path, [whole.read_bytes()], read)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(some.text(max_size=80))
def test_any_text_is_a_title_a_cell_and_a_name(written: str) -> None:
    name = file_name(written)
    assert file_name(name) == name and 0 < len(name.encode()) <= 100 and "/" not in name and name[0] not in ".-_"
    plain = text.one_line(written)
    assert text.one_line(plain) == plain and not text.CONTROL.search(plain)
    typed = written.replace("\0", "")
    quoted = len(typed) > 1 and typed[0] == typed[-1] and typed[0] in "\"'"
    assert config.from_command_line([f"title={typed}"]) == {"title": typed[1:-1] if quoted else typed}
    value = corrections._unescaped(corrections._escaped(written))
    assert value == written


PLAIN = some.recursive(
    some.none() | some.booleans() | some.integers(-(10**17), 10**17) | some.text(max_size=20),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(some.dictionaries(some.text(max_size=8), PLAIN, max_size=5))
def test_what_yaml_writes_is_what_is_read(value: dict[str, Any]) -> None:
    try:
        written = yaml.safe_dump(value, allow_unicode=True)
        if yaml.safe_load(written) != value:  # PyYAML does not read all that it writes: U+0085 is a line break to it.
            return
    except (UnicodeEncodeError, yaml.YAMLError):
        return
    assert yaml_text.parse(written, "it") == value
