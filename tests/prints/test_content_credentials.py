"""A signed print says what it is and who made it, plays as before, and a flipped byte is noticed."""

from __future__ import annotations

import json
from pathlib import Path

import c2pa
import numpy as np
import pytest

from answerprint.prints import content_credentials, labels, xmp
from answerprint.prints.content_credentials import Claim, Credentials
from answerprint.runtime.errors import FilmError
from certificates import KEYS, self_signed
from media import frames_of, print_of, stored_film

CLAIM = Claim(
    title="Fire on the roof",
    source_type=labels.PARTLY_SYNTHETIC,
    edition="presented",
    kind="generate",
    steps=(("clean", "motion"), ("interpolate", "flow")),
    source_sha256="9f" * 32,
)


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    path = print_of(tmp_path, "x264", stored_film(6))
    xmp.append(path, CLAIM.source_type)
    content_credentials.sign(path, CLAIM, self_signed(tmp_path))
    return path


def test_a_signed_print_says_what_was_done_to_which_source_and_who_signed(signed: Path) -> None:
    assert content_credentials.state(signed) == "Valid"
    assert content_credentials.signed_by(signed) == "Film Archive, Restoration"
    with c2pa.Reader(signed) as reader:
        manifest = json.loads(reader.json())
    active = manifest["manifests"][manifest["active_manifest"]]
    said = {one["label"]: one["data"] for one in active["assertions"]}
    created, *edits = said["c2pa.actions.v2"]["actions"]
    assert (created["action"], created["digitalSourceType"]) == ("c2pa.created", labels.PARTLY_SYNTHETIC)
    assert [one["softwareAgent"]["name"] for one in edits] == ["clean/motion", "interpolate/flow"]
    assert said[content_credentials.RESTORATION] == {
        "edition": "presented",
        "class": "generate",
        "source_sha256": "9f" * 32,
    }
    assert active["title"] == "Fire on the roof"


@pytest.mark.parametrize("where", ["picture", "label", "header", "manifest"])
def test_a_flipped_byte_is_noticed(signed: Path, where: str) -> None:
    content = bytearray(signed.read_bytes())
    place = {
        "picture": content.index(b"mdat") + 500,
        "label": content.index(b"compositeSynthetic", content.index(xmp.BOX)),
        "header": content.index(b"mvhd") + 30,
        "manifest": content.index(b"Film Archive"),
    }[where]
    content[place] ^= 1
    signed.write_bytes(content)
    try:
        state = content_credentials.state(signed)
    except c2pa.C2paError:
        state = "Invalid"
    assert state == "Invalid"


def test_a_signed_print_plays_as_before(tmp_path: Path) -> None:
    path = print_of(tmp_path, "x264", stored_film(6))
    before = [frame.to_ndarray() for frame in frames_of(path)[0]]
    content_credentials.sign(path, CLAIM, self_signed(tmp_path))
    after = [frame.to_ndarray() for frame in frames_of(path)[0]]
    assert len(after) == 6
    np.testing.assert_array_equal(np.stack(after), np.stack(before))
    assert [one.name for one in tmp_path.iterdir() if "signed" in one.name] == []


@pytest.mark.parametrize("kind", KEYS)
def test_keys_of_the_usual_kinds_sign(tmp_path: Path, kind: str) -> None:
    path = print_of(tmp_path, "x264", stored_film(2))
    content_credentials.sign(path, CLAIM, self_signed(tmp_path, kind))
    assert content_credentials.state(path) == "Valid"


def test_a_print_without_a_manifest_is_signed_by_nobody(tmp_path: Path) -> None:
    path = print_of(tmp_path, "x264", stored_film(2))
    assert content_credentials.state(path) == content_credentials.signed_by(path) == ""


def test_a_key_that_does_not_belong_to_the_certificate_is_refused_and_leaves_the_print(tmp_path: Path) -> None:
    path = print_of(tmp_path, "x264", stored_film(2))
    content = path.read_bytes()
    mixed = Credentials(
        certificate=self_signed(tmp_path / "one").certificate, key=self_signed(tmp_path / "two", "P-384").key
    )
    with pytest.raises(FilmError, match="signed with"):
        content_credentials.sign(path, CLAIM, mixed)
    (tmp_path / "no.pem").write_text("nothing")
    with pytest.raises(FilmError, match="private key cannot be read"):
        content_credentials.sign(path, CLAIM, Credentials(certificate=mixed.certificate, key=tmp_path / "no.pem"))
    assert path.read_bytes() == content and list(tmp_path.glob("*signed*")) == []
