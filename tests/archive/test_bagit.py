"""The package: what was put in comes out the same, or `verify` says what does not."""

import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any

import bagit
import pytest

from answerprint import __version__
from answerprint.archive import bagit as package
from answerprint.archive import premis
from answerprint.plan import chain
from answerprint.runtime.errors import FilmError

SOURCE = {"film": "roof", "title": "Roof <on> fire", "path": "film/roof.mov", "sha256": "9f" * 32}
CHAIN = chain.resolve({"restored": {"stages": ["clean"]}}, {"clean": {"engine": "motion"}})
RECORD: dict[str, Any] = {
    "edition": "restored",
    "stage": "clean",
    "part": 0,
    "first": 0,
    "frames": 4,
    "engine": {"name": "motion", "kind": "repair"},
    "options": [{"start": 0, "stop": 4, "options": {"threshold": 0.1}}],
    "changed": [0.1, 0.1, 0.2, 0.2],
    "finished": "2026-01-02T03:04:05+00:00",
}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Two files that stand for a print and a recipe."""
    master, recipe = tmp_path / "restored" / "master.mkv", tmp_path / "recipe.yaml"
    master.parent.mkdir()
    master.write_bytes(bytes(range(256)) * 64)
    recipe.write_text("film: roof\n")
    return {"restored/master.mkv": master, "recipe.yaml": recipe}


def build(folder: Path, files: dict[str, Path]) -> Path:
    events = premis.stage_events([RECORD, RECORD | {"part": 1, "first": 4}], CHAIN, files)
    package.build(folder, files, events, SOURCE)
    return folder


def test_the_package_is_a_valid_bag_with_both_manifests(tmp_path: Path, files: dict[str, Path]) -> None:
    bag = bagit.Bag(str(build(tmp_path / "package", files)))
    assert bag.is_valid()
    assert sorted(bag.algorithms) == ["sha256", "sha512"]
    assert set(bag.payload_files()) == {"data/restored/master.mkv", "data/recipe.yaml"}
    assert bag.info["External-Description"] == "Restoration of Roof <on> fire"
    assert bag.info["External-Identifier"] == "roof"
    assert package.verify(tmp_path / "package") > len(files)


def test_files_are_copies_that_a_change_of_the_results_does_not_reach(tmp_path: Path, files: dict[str, Path]) -> None:
    folder = build(tmp_path / "package", files)
    with files["restored/master.mkv"].open("r+b") as master:
        master.write(b"changed")
    assert package.verify(folder)


def test_files_are_copied_where_the_system_cannot_do_it_by_itself(
    tmp_path: Path, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("os.copy_file_range", refuse)
    assert package.verify(build(tmp_path / "package", files))


@pytest.mark.parametrize("name", ["data/restored/master.mkv", "premis.xml"])
def test_a_flipped_byte_is_found_and_named(tmp_path: Path, files: dict[str, Path], name: str) -> None:
    folder = build(tmp_path / "package", files)
    content = bytearray((folder / name).read_bytes())
    content[100] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(FilmError, match=f"{name} \\(changed\\)"):
        package.verify(folder)


def test_a_lost_file_and_a_stray_one_are_found(tmp_path: Path, files: dict[str, Path]) -> None:
    folder = build(tmp_path / "package", files)
    (folder / "data/recipe.yaml").rename(folder / "data/stray.yaml")
    with pytest.raises(FilmError, match="damaged"):
        package.verify(folder)


def test_a_folder_that_is_no_package_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(FilmError, match="is not a package"):
        package.verify(tmp_path)


def test_building_again_gives_the_same_package(tmp_path: Path, files: dict[str, Path]) -> None:
    folder = build(tmp_path / "package", files)
    first = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    build(folder, files)
    second = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    for name in ("bag-info.txt", "manifest-sha256.txt", "manifest-sha512.txt", "premis.xml"):
        assert first[name] == second[name]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["package", "recipe.yaml", "restored"]


def test_a_missing_file_stops_the_build_and_keeps_the_old_package(tmp_path: Path, files: dict[str, Path]) -> None:
    folder = build(tmp_path / "package", files)
    with pytest.raises(FilmError, match=r"lacks report\.html"):
        build(folder, files | {"report.html": tmp_path / "report.html"})
    assert package.verify(folder)


def test_a_name_cannot_leave_the_package(tmp_path: Path, files: dict[str, Path]) -> None:
    with pytest.raises(FilmError, match="inside"):
        build(tmp_path / "package", {"../evil": files["recipe.yaml"]})


def test_premis_tells_what_each_file_is_and_what_was_done(tmp_path: Path, files: dict[str, Path]) -> None:
    folder = build(tmp_path / "package", files)
    root = xml.parse(folder / "premis.xml").getroot()
    space = {"p": premis.NAMESPACE}

    def texts(path: str) -> list[str | None]:
        return [element.text for element in root.findall(path, space)]

    identifiers = texts("p:object/p:objectIdentifier/p:objectIdentifierValue")
    assert identifiers == ["source", "data/recipe.yaml", "data/restored/master.mkv"]
    digests = texts("p:object/p:objectCharacteristics/p:fixity/p:messageDigest")
    manifest = (folder / "manifest-sha256.txt").read_text() + (folder / "manifest-sha512.txt").read_text()
    assert digests[0] == SOURCE["sha256"]
    assert all(str(digest) in manifest for digest in digests[1:])
    assert texts("p:object/p:objectCharacteristics/p:size") == ["11", "16384"]
    assert texts("p:event/p:eventType") == ["modification"]
    assert '{"threshold": 0.1}' in str(texts("p:event/p:eventDetailInformation/p:eventDetail")[0])
    assert texts("p:event/p:eventOutcomeInformation/p:eventOutcome") == [
        "8 frames; mean share of pixels changed 0.150000"
    ]
    assert texts("p:event/p:linkingObjectIdentifier/p:linkingObjectIdentifierValue") == [
        "source",
        "data/restored/master.mkv",
    ]
    assert texts("p:agent/p:agentVersion") == [__version__]


def test_a_name_with_control_characters_gives_a_well_formed_record() -> None:
    source = {**SOURCE, "path": "film/ro\x1b[31mof\x00\ud800\ufffe.mov"}
    root = xml.fromstring(premis.document({}, {}, [], source))
    assert [name.text for name in root.iter(f"{{{premis.NAMESPACE}}}originalName")] == ["ro[31mof.mov"]
