"""A small file is there whole or not at all, and what keeps it from being written is one sentence."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from answerprint.runtime.errors import FilmError
from answerprint.runtime.files import atomic_write, remove_stale_folders


@pytest.mark.parametrize(
    ("number", "remedy"),
    [(errno.ENOSPC, "Free some space"), (errno.EACCES, "Change the permissions"), (errno.EROFS, "Change the perm")],
)
def test_what_keeps_a_file_from_being_written_is_said_with_a_remedy(tmp_path: Path, number: int, remedy: str) -> None:
    path = tmp_path / "facts.json"
    with pytest.raises(FilmError, match=r"Could not write .*facts\.json: ") as caught, atomic_write(path) as temporary:
        temporary.write_text("half")
        raise OSError(number, os.strerror(number), str(temporary))
    assert caught.value.hint.startswith(remedy) and not list(tmp_path.iterdir())


def test_another_file_that_may_not_be_read_is_not_blamed_on_this_one(tmp_path: Path) -> None:
    with pytest.raises(PermissionError, match=r"source\.mov"), atomic_write(tmp_path / "facts.json"):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "source.mov")
    assert not list(tmp_path.iterdir())


def test_folders_that_killed_jobs_left_are_taken_away_and_no_others(tmp_path: Path) -> None:
    for name in (".master.mkv.x7", ".master.mov.x7", ".master.mkv", "master.mkv.x7"):
        (tmp_path / name / "inside").mkdir(parents=True)
    remove_stale_folders(tmp_path / "master.mkv")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".master.mkv", ".master.mov.x7", "master.mkv.x7"]
