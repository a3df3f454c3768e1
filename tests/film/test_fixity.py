"""The stamp of a source changes with every file of it, and no link keeps it from being taken."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from answerprint.film import fixity


def test_a_frame_overwritten_by_one_of_the_same_size_and_date_to_the_second_changes_the_stamp(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(bytes([number]) * 100)
    before, date = fixity.stamp(tmp_path), (tmp_path / "1.png").stat().st_mtime_ns
    assert fixity.stamp(tmp_path) == before
    (tmp_path / "1.png").write_bytes(bytes([9]) * 100)
    os.utime(tmp_path / "1.png", ns=(date, date - 1))
    assert fixity.stamp(tmp_path) != before


def test_links_that_lead_nowhere_or_to_themselves_are_no_files_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"frame")
    before = fixity.stamp(tmp_path)
    (tmp_path / "2.png").symlink_to("not-fetched")
    (tmp_path / "3.png").symlink_to("3.png")
    assert fixity.stamp(tmp_path) == before


def test_frames_whose_names_are_not_utf8_have_a_checksum(tmp_path: Path) -> None:
    for name in ("a.png", "Sch\u00e4tze.png", os.fsdecode(b"Sch\xe4tze.png")):
        (tmp_path / name).write_bytes(b"frame")
    checksum = hashlib.sha256(b"frame").hexdigest().encode()
    names = (b"Sch\xc3\xa4tze.png", b"Sch\xe4tze.png", b"a.png")
    lines = b"".join(checksum + b"  " + name + b"\n" for name in names)
    assert fixity.sha256_of(tmp_path) == hashlib.sha256(lines).hexdigest()


def test_a_folders_checksum_is_that_of_its_frames_alone(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(bytes([number]) * 100)
    lines = [f"{hashlib.sha256(bytes([n]) * 100).hexdigest()}  {n}.png\n" for n in range(3)]
    checksum, stamp = fixity.sha256_of(tmp_path), fixity.stamp(tmp_path)
    assert checksum == hashlib.sha256("".join(lines).encode()).hexdigest()
    for name in ("Thumbs.db", ".DS_Store", "._1.png", "notes.txt"):
        (tmp_path / name).write_text("left by a file manager")
    assert (fixity.sha256_of(tmp_path), fixity.stamp(tmp_path)) == (checksum, stamp)
    (tmp_path / "3.png").write_bytes(b"frame")
    assert fixity.sha256_of(tmp_path) != checksum and fixity.stamp(tmp_path) != stamp
