"""Part files: exact, complete or absent, and checked when read."""

from __future__ import annotations

import errno
import json
import os
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from answerprint.frames import part_file
from answerprint.frames.part_file import FrameFormat, Reader, Writer
from answerprint.runtime.errors import FilmError
from media import full_disk
from part_files import write_part


def _noise(frames: int, channels: int, height: int, width: int, depth: int = 10) -> np.ndarray:
    values = np.random.default_rng(1).integers(0, 1 << depth, (frames, channels, height, width), np.uint16)
    return values << np.uint16(16 - depth)


@pytest.mark.parametrize("depth", [10, 12, 16])
def test_every_value_survives_as_a_float_and_back(depth: int) -> None:
    values = np.arange(1 << depth, dtype=np.uint16).reshape(1, 1, 1, -1) << np.uint16(16 - depth)
    frames = part_file.to_floats(values, depth)
    assert frames.dtype == np.float32 and frames.min() == 0 and frames.max() == 1
    np.testing.assert_array_equal(part_file.to_integers(frames, depth), values)


def test_what_is_too_bright_or_too_dark_is_clipped_not_wrapped() -> None:
    planes = part_file.to_integers(np.array([-0.5, 1.5], np.float32).reshape(1, 1, 2, 1), 10)
    assert planes.ravel().tolist() == [0, 1023 << 6]


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (3, 3, 17, 5), (7, 1, 34, 57)])
def test_frames_come_back_as_they_were_in_any_order(tmp_path: Path, shape: tuple[int, ...]) -> None:
    planes = _noise(*shape)
    reader = Reader(write_part(tmp_path / "a.zip", planes))
    assert (len(reader), reader.channels, reader.size) == (shape[0], shape[1], shape[2:])
    for index in reversed(range(shape[0])):
        np.testing.assert_array_equal(reader.integers(index, index + 1)[0], planes[index])
    np.testing.assert_array_equal(np.stack(list(reader)), planes)


@pytest.mark.parametrize("depth", [8, 10])
def test_black_frames_take_no_room_and_come_back(tmp_path: Path, depth: int) -> None:
    planes = np.zeros((40, 1, 90, 120), np.uint8 if depth == 8 else np.uint16)
    planes[7, 0, 3, 5] = 64
    path = write_part(tmp_path / "a.zip", planes, depth)
    assert path.stat().st_size < 10_000
    np.testing.assert_array_equal(Reader(path).integers(0, 40), planes)
    assert Reader(path).digests == [part_file.digest(frame) for frame in planes]


def test_a_frame_is_copied_as_it_lies(tmp_path: Path) -> None:
    planes = _noise(3, 1, 64, 48)
    reader = Reader(write_part(tmp_path / "a.zip", planes))
    with Writer(tmp_path / "b.zip", frames=2, format=FrameFormat(1, 64, 48, 10)) as writer:
        assert writer.copy(reader, 2)
        writer.write(planes[:1])
    copied = Reader(tmp_path / "b.zip")
    assert copied.digests == [reader.digests[2], reader.digests[0]]
    np.testing.assert_array_equal(copied.integers(0, 2), planes[[2, 0]])


@pytest.mark.parametrize("other", [{"depth": 12}, {"channels": 3}, {"width": 47}])
def test_a_frame_that_is_packed_otherwise_is_not_copied(tmp_path: Path, other: dict[str, int]) -> None:
    reader = Reader(write_part(tmp_path / "a.zip", _noise(1, 1, 64, 48)))
    shape = FrameFormat(1, 64, 48, 10)._replace(**other)
    with Writer(tmp_path / "b.zip", frames=1, format=shape) as writer:
        assert not writer.copy(reader, 0)
        writer.write(np.ones((1, *shape[:3]), np.uint16))


def test_change_maps_are_stored_as_bytes(tmp_path: Path) -> None:
    marks = np.random.default_rng(0).integers(0, 2, (2, 1, 9, 8), np.uint8)
    reader = Reader(write_part(tmp_path / "a.changes.zip", marks, depth=8))
    assert reader.integers(0, 2).dtype == np.uint8
    np.testing.assert_array_equal(reader.integers(0, 2), marks)


def test_a_changed_byte_is_noticed_when_its_frame_is_read(tmp_path: Path) -> None:
    path = write_part(tmp_path / "a.zip", _noise(5, 1, 64, 64))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(FilmError, match="Run the same command: it will be made again") as caught:
        Reader(path).integers(0, 5)
    assert caught.value.damaged == path


def rewritten(path: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> Path:
    """The archive at `path` with other members, all of their zip checksums right; returns its path."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    other = path.with_name("rewritten.zip")
    with zipfile.ZipFile(other, "w") as archive:
        for name, content in change(members).items():
            archive.writestr(name, content)
    return other


def test_a_whole_frame_in_the_place_of_another_is_noticed_by_its_digest(tmp_path: Path) -> None:
    path = write_part(tmp_path / "a.zip", _noise(3, 1, 16, 16))
    swapped = rewritten(path, lambda members: members | {"000001": members["000002"], "000002": members["000001"]})
    assert zipfile.ZipFile(swapped).testzip() is None
    reader = Reader(swapped)
    np.testing.assert_array_equal(reader.integers(0, 1), Reader(path).integers(0, 1))
    for frame in (1, 2):
        with pytest.raises(FilmError, match=f"has changed at frame {frame}") as caught:
            reader.integers(frame, frame + 1)
        assert caught.value.damaged == swapped


def test_a_frame_that_is_not_there_is_noticed(tmp_path: Path) -> None:
    path = write_part(tmp_path / "a.zip", _noise(2, 1, 16, 16))
    torn = rewritten(path, lambda members: {name: content for name, content in members.items() if name != "000001"})
    with pytest.raises(FilmError, match="cannot be read at frame 1"):
        Reader(torn).integers(0, 2)


@pytest.mark.parametrize("content", [b"", b"no part file", None])
def test_a_file_that_is_none_is_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.zip"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FilmError, match="cannot be opened"):
        Reader(path)


@pytest.mark.parametrize(("number", "damaged"), [(errno.EMFILE, False), (errno.ESTALE, False), (errno.EIO, True)])
def test_a_file_that_cannot_be_had_at_the_moment_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, damaged: bool
) -> None:
    path = write_part(tmp_path / "a.zip", np.zeros((1, 1, 9, 14), np.uint16))

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(zipfile, "ZipFile", refuse)
    with pytest.raises(FilmError, match="cannot be opened") as caught:
        Reader(path)
    assert (caught.value.damaged is not None) == damaged


def test_a_truncated_file_is_noticed(tmp_path: Path) -> None:
    path = write_part(tmp_path / "a.zip", _noise(5, 1, 64, 64))
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(FilmError):
        Reader(path).integers(0, 5)


def test_a_writer_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(KeyError),
        Writer(tmp_path / "a.zip", frames=2, format=FrameFormat(1, 4, 4, 10)) as writer,
    ):
        writer.write(_noise(1, 1, 4, 4))
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_fewer_frames_than_promised_leave_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="promised 2 frames"),
        Writer(tmp_path / "a.zip", frames=2, format=FrameFormat(1, 4, 4, 10)) as writer,
    ):
        writer.write(_noise(1, 1, 4, 4))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9, 0.999])
def test_a_full_disk_leaves_nothing(tmp_path: Path, share: float) -> None:
    planes = _noise(6, 1, 64, 96)
    whole = write_part(tmp_path / "whole.zip", planes).stat().st_size
    with full_disk(int(whole * share)), pytest.raises(FilmError, match="free some space"):
        write_part(tmp_path / "full" / "a.zip", planes)
    assert list((tmp_path / "full").iterdir()) == []


def test_reading_holds_a_frame_not_the_part(tmp_path: Path) -> None:
    planes = np.broadcast_to(_noise(1, 1, 360, 640), (60, 1, 360, 640))
    path = write_part(tmp_path / "a.zip", planes)
    tracemalloc.start()
    for _ in Reader(path):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * planes[0].nbytes


@pytest.mark.parametrize(
    "change",
    [
        {"height": 100_000, "width": 100_000},
        {"height": -1},
        {"height": "64"},
        {"channels": 10**9},
        {"depth": 64},
        {"width": 10**30},
    ],
)
def test_a_file_that_promises_impossible_frames_is_refused_before_memory_is_taken(
    tmp_path: Path, change: dict[str, object]
) -> None:
    path = write_part(tmp_path / "a.zip", _noise(1, 3, 8, 8))
    with zipfile.ZipFile(path) as archive:
        contents = json.loads(archive.read(part_file.CONTENTS)) | change
        frame = archive.read("000000")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("000000", frame)
        archive.writestr(part_file.CONTENTS, json.dumps(contents))
    tracemalloc.start()
    with pytest.raises(FilmError, match="cannot be opened"):
        Reader(path)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_a_member_that_unpacks_to_more_than_a_frame_is_refused(tmp_path: Path) -> None:
    path = write_part(tmp_path / "a.zip", _noise(1, 3, 8, 8))
    with zipfile.ZipFile(path) as archive:
        contents = archive.read(part_file.CONTENTS)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("000000", bytes(50_000_000))
        archive.writestr(part_file.CONTENTS, contents, zipfile.ZIP_STORED)
    with pytest.raises(FilmError, match="cannot be read at frame 0"):
        Reader(path).integers(0, 1)
