"""After any failure, running the command again gives the pixels of an undisturbed run and leaves no partial files."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import films
from answerprint.runtime.failures import explained
from answerprint.runtime.files import read_json
from runs import PLAIN, Run

STAGES = "editions: {restored: {stages: [stabilise, deflicker, denoise]}}\n"
FRAMES = [f"results/reel/restored/denoise/{part:03d}.zip" for part in range(2)]


def digests(run: Run) -> list[str]:
    records = sorted((run.folder / "results/reel/restored/denoise").glob("*.json"))
    return [digest for record in records for digest in read_json(record)["digests"]]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A reel of 16 frames restored in two parts without any failure."""
    folder = tmp_path_factory.mktemp("reel")
    grain = np.random.default_rng(0).normal(0, 0.02, (16, 40, 48, 1))
    frames = np.clip(films.moving_texture(16, 40, 48) + grain, 0, 1).astype(np.float32)
    reel = films.write_video(folder / "reel.mkv", frames, rate=18)
    run = Run(folder / "run", PLAIN + STAGES, film=reel, parts=2, editions="restored")
    run.succeed(*FRAMES)
    return run


@pytest.fixture
def copy(undisturbed: Run, tmp_path: Path) -> Iterator[Run]:
    """A copy of the undisturbed run with its results, to damage."""
    run = Run(tmp_path / "run", PLAIN + STAGES, **undisturbed.values)
    shutil.copytree(undisturbed.folder, run.folder, dirs_exist_ok=True)
    yield run


@pytest.mark.workflow
def test_a_job_stopped_by_slurms_time_limit_is_run_again(undisturbed: Run, tmp_path: Path) -> None:
    run = Run(tmp_path / "run", PLAIN + STAGES, **undisturbed.values)
    command, job = run.catch("deflicker", *FRAMES)
    os.kill(job, signal.SIGTERM)
    assert command.wait(timeout=60) == 1
    finished = {path.name[:3] for path in (run.folder / "results/reel/restored/deflicker").glob("[!.]*")}
    assert len(finished) < len(FRAMES), "the stopped job left results"
    run.succeed(*FRAMES)
    assert digests(run) == digests(undisturbed)
    assert not [path for path in (run.folder / "results").rglob(".*.zip*")], "the stopped job left temporary files"


@pytest.mark.workflow
def test_a_working_file_with_a_flipped_byte_is_detected_and_made_again(undisturbed: Run, copy: Run) -> None:
    part = copy.folder / "results/reel/restored/deflicker/001.zip"
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    status = part.stat()
    part.write_bytes(bytes(content))
    os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))
    for path in (copy.folder / "results/reel/restored/denoise").iterdir():
        path.unlink()
    assert "deflicker/001.zip" in copy.fail(*FRAMES)
    assert not part.exists()
    copy.succeed(*FRAMES)
    assert digests(copy) == digests(undisturbed)


@pytest.mark.workflow
def test_a_changed_source_is_refused_until_it_is_restored(undisturbed: Run, copy: Run) -> None:
    reel = Path(shutil.copy2(str(copy.values["film"]), copy.folder / "reel.mkv"))
    copy.values["film"] = reel
    kept = reel.read_bytes()
    before = reel.stat()
    other = films.write_video(reel.with_name("other.mkv"), films.moving_texture(16, 40, 48)[::-1], rate=18)
    reel.write_bytes(other.read_bytes())
    # The date is older, so Snakemake alone would not notice.
    os.utime(reel, ns=(before.st_atime_ns, before.st_mtime_ns - 10**12))
    assert "has changed since it was surveyed" in copy.fail(*FRAMES)
    reel.write_bytes(kept)
    copy.succeed(*FRAMES)
    assert digests(copy) == digests(undisturbed)


@pytest.mark.workflow
def test_a_second_run_in_the_same_folder_is_refused_without_harm(undisturbed: Run, tmp_path: Path) -> None:
    run = Run(tmp_path / "run", PLAIN + STAGES, **undisturbed.values)
    first, job = run.catch("ingest", *FRAMES)
    os.kill(job, signal.SIGSTOP)
    second = run.do(*FRAMES)
    os.kill(job, signal.SIGCONT)
    assert second.returncode == 1 and "cannot be locked" in second.stdout
    assert first.wait(timeout=120) == 0
    assert digests(run) == digests(undisturbed)


def test_an_error_for_a_gpu_out_of_memory_says_what_to_change() -> None:
    class OutOfMemoryError(RuntimeError):
        """Named like torch's."""

    error = explained(OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "upscale")
    assert error.message == "The GPU ran out of memory in rule upscale."
    assert "smaller `tile`" in error.hint and "gpu_share" in error.hint
