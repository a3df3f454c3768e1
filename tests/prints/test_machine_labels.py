"""Each print says its digital source type where software looks for it, and change maps say their stages instead."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from answerprint.film.facts import film_of
from answerprint.film.shots import Shot
from answerprint.prints import change_maps, content_credentials, encode, labels, prints, xmp
from answerprint.prints.change_maps import bit
from answerprint.prints.codecs import Settings
from answerprint.prints.encode import Run
from answerprint.prints.prints import Edition, PrintJob
from certificates import self_signed
from films import moving_texture, write_video
from media import CONTAINERS, stored_film, take

EDITION = Edition(
    name="restored",
    kind="repair",
    steps=(("deflicker", "curve"), ("clean", "motion")),
    source_type=labels.CORRECTED,
)


def job(folder: Path, codec: str, edition: Edition = EDITION) -> PrintJob:
    source = write_video(folder / "reel.mkv", moving_texture(4, 48, 64), rate=24)
    row = take(source, folder).row
    film = film_of({**row, "title": "Reel", "sha256": "ab" * 32})
    piece = folder / "000.piece"
    stored = stored_film(4)
    run = Run(frames=iter(stored), settings=Settings(quality=14 if codec == "x264" else None))
    encode.piece(codec, [run], piece, prints.look_of(film, ""), 16 if codec == "changes" else 10)
    return PrintJob(
        codec=codec,
        edition=edition,
        film=film,
        shots=(Shot(start=0, stop=4),),
        pieces=(piece,),
        sounds=(),
        sound_languages=(),
        subtitles=None,
        language="und",
        year="1928",
    )


def tags(path: Path) -> dict[str, str]:
    with av.open(str(path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 4
        assert Fraction(container.streams.video[0].average_rate or 0) == 24
        return {name.lower(): value for name, value in container.metadata.items()}


@pytest.mark.parametrize("codec", ["master", "mezzanine", "x264"])
def test_a_print_says_its_digital_source_type_in_its_tags_and_its_xmp(tmp_path: Path, codec: str) -> None:
    path = tmp_path / f"print.{CONTAINERS[codec]}"
    prints.join_print(job(tmp_path, codec), path)
    assert tags(path)[labels.TAG] == labels.CORRECTED
    if path.suffix in xmp.CONTAINERS:
        assert xmp.source_type(path) == labels.CORRECTED


def test_an_edition_that_is_what_its_source_is_has_no_label_and_is_not_signed(tmp_path: Path) -> None:
    path = tmp_path / "print.mp4"
    unlabelled = job(tmp_path, "x264", replace(EDITION, source_type="", steps=()))
    prints.join_print(replace(unlabelled, credentials=self_signed(tmp_path / "pki")), path)
    assert labels.TAG not in tags(path) and xmp.source_type(path) == "" == content_credentials.state(path)


def test_a_change_map_says_which_bit_is_which_stage(tmp_path: Path) -> None:
    path = tmp_path / "changes.mkv"
    prints.join_print(job(tmp_path, "changes"), path)
    assert tags(path)[change_maps.TAG] == f"{bit('deflicker')} deflicker, {bit('clean')} clean"
    assert labels.TAG not in tags(path)
    assert change_maps.stages_of(path) == {stage: bit(stage) for stage in ("deflicker", "clean")}


def test_with_credentials_the_access_print_is_signed_and_no_other(tmp_path: Path) -> None:
    credentials = self_signed(tmp_path / "pki")
    prints.join_print(replace(job(tmp_path, "x264"), credentials=credentials), tmp_path / "access.mp4")
    assert content_credentials.state(tmp_path / "access.mp4") == "Valid"
    assert xmp.source_type(tmp_path / "access.mp4") == labels.CORRECTED
    prints.join_print(replace(job(tmp_path, "mezzanine"), credentials=credentials), tmp_path / "mezzanine.mov")
    assert content_credentials.state(tmp_path / "mezzanine.mov") == ""
