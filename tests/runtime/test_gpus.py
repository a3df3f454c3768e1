"""Each GPU job gets a device of its own, and releases it however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from itertools import combinations
from pathlib import Path

import pytest

from answerprint.runtime import gpus
from answerprint.runtime.errors import FilmError

FOUR = {gpus.VISIBLE_DEVICES: "0,1,2,3"}
JOB = """
import os, sys, time
from pathlib import Path
from answerprint.runtime.gpus import reserve_gpu
with reserve_gpu(folder=Path(sys.argv[1])) as device:
    assert os.environ["CUDA_VISIBLE_DEVICES"] == device
    begun = time.monotonic()
    print(device, flush=True)
    time.sleep(float(sys.argv[2]))
    print(begun, time.monotonic(), flush=True)
"""


def start(folder: Path, seconds: float, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", JOB, str(folder), str(seconds)]
    library = {"PYTHONPATH": str(Path(gpus.__file__).parents[2])}
    return subprocess.Popen(
        command, env={**os.environ, **FOUR, **library, **environment}, stdout=subprocess.PIPE, text=True
    )


def reservations(jobs: list[subprocess.Popen[str]]) -> list[tuple[str, float, float]]:
    """The device of each job, and when the job began and ended."""
    outputs = [job.communicate(timeout=60)[0].split() for job in jobs]
    return [(device, float(begun), float(ended)) for device, begun, ended in outputs]


def overlapping(rows: list[tuple[str, float, float]]) -> int:
    return sum(a[0] == b[0] and a[1] < b[2] and b[1] < a[2] for a, b in combinations(rows, 2))


def test_twelve_jobs_on_four_devices_use_all_and_never_share(tmp_path: Path) -> None:
    rows = reservations([start(tmp_path, 0.3) for _ in range(12)])
    assert len(rows) == 12 and overlapping(rows) == 0
    assert {device for device, _, _ in rows} == {"0", "1", "2", "3"}


def test_two_jobs_share_a_device_if_the_configuration_allows_it(tmp_path: Path) -> None:
    jobs = [start(tmp_path, 1.5, CUDA_VISIBLE_DEVICES="7", ANSWERPRINT_GPU_SHARE="2") for _ in range(3)]
    assert overlapping(reservations(jobs)) >= 1


def test_a_killed_job_releases_its_device(tmp_path: Path) -> None:
    first = start(tmp_path, 60, CUDA_VISIBLE_DEVICES="0")
    assert first.stdout and first.stdout.readline() == "0\n"
    second = start(tmp_path, 0, CUDA_VISIBLE_DEVICES="0")
    time.sleep(0.5)
    assert second.poll() is None
    first.send_signal(signal.SIGKILL)
    assert second.communicate(timeout=30)[0].startswith("0\n")


def test_cuda_visible_devices_limits_the_devices(tmp_path: Path) -> None:
    assert gpus.devices({gpus.VISIBLE_DEVICES: "2, GPU-ab,-1,3"}) == ("2", "GPU-ab")
    with (
        pytest.raises(FilmError, match="No GPU was found"),
        gpus.reserve_gpu({gpus.VISIBLE_DEVICES: ""}, folder=tmp_path),
    ):
        pass


def test_mig_instances_count_as_devices() -> None:
    listed = """GPU 0: NVIDIA A100 (UUID: GPU-5d5b)
  MIG 1g.5gb Device 0: (UUID: MIG-c7f1)
  MIG 1g.5gb Device 1: (UUID: MIG-e3a0)
GPU 1: NVIDIA A100 (UUID: GPU-77aa)
"""
    assert gpus.listed_devices(listed) == ("MIG-c7f1", "MIG-e3a0", "GPU-77aa")


def test_a_reservation_ends_with_its_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(gpus.VISIBLE_DEVICES, "0,1")
    for _ in range(3):
        with gpus.reserve_gpu(folder=tmp_path) as device:
            assert device == "0" == os.environ[gpus.VISIBLE_DEVICES]
        assert os.environ[gpus.VISIBLE_DEVICES] == "0,1"


def test_a_gpu_is_usable_where_there_is_one_and_torch_is_built_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    for version, usable in (("13.0", True), (None, False)):
        monkeypatch.setattr(torch.version, "cuda", version)
        assert gpus.usable({gpus.VISIBLE_DEVICES: "0"}) is usable
        assert not gpus.usable({gpus.VISIBLE_DEVICES: ""})
