"""The package: what was put in comes out the same, or `verify` says what does not."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import bagit
import pytest

from answerprint.archive import bagit as package
from answerprint.archive.bagit import StoredFile
from answerprint.runtime.errors import FilmError

SOURCE = {"film": "roof", "title": "Roof <on> fire", "path": "film/roof.mov", "sha256": "9f" * 32}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Two files that stand for a print and a recipe."""
    master, recipe = tmp_path / "restored" / "master.mkv", tmp_path / "recipe.yaml"
    master.parent.mkdir()
    master.write_bytes(bytes(range(256)) * 64)
    recipe.write_text("film: roof\n")
    return {"restored/master.mkv": master, "recipe.yaml": recipe}


def describe(data: Path, stored: Sequence[StoredFile]) -> Mapping[str, bytes]:
    """A record that names each file, its size and its digests, all of which can be told from data/."""
    lines = [f"{file.name} {file.size} {(data / file.name).stat().st_size} {file.digests}" for file in stored]
    return {"record.txt": "\n".join(lines).encode()}


def build(folder: Path, files: dict[str, Path]) -> Path:
    package.build(folder, files, SOURCE, describe)
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


@pytest.mark.parametrize("name", ["data/restored/master.mkv", "record.txt"])
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
    for name in ("bag-info.txt", "manifest-sha256.txt", "manifest-sha512.txt", "record.txt"):
        assert first[name] == second[name]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["package", "recipe.yaml", "restored"]


def test_what_a_killed_job_left_is_taken_away(tmp_path: Path, files: dict[str, Path]) -> None:
    left = tmp_path / ".package.0f8c548d"
    (left / "restored").mkdir(parents=True)
    (left / "restored" / "master.mkv").write_bytes(b"half of it")
    build(tmp_path / "package", files)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["package", "recipe.yaml", "restored"]


def test_a_missing_file_stops_the_build_and_keeps_the_old_package(tmp_path: Path, files: dict[str, Path]) -> None:
    folder = build(tmp_path / "package", files)
    with pytest.raises(FilmError, match=r"lacks report\.html"):
        build(folder, files | {"report.html": tmp_path / "report.html"})
    assert package.verify(folder)


def test_a_name_cannot_leave_the_package(tmp_path: Path, files: dict[str, Path]) -> None:
    with pytest.raises(FilmError, match="inside"):
        build(tmp_path / "package", {"../evil": files["recipe.yaml"]})
