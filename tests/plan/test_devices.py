"""`device: auto` is answered once, where a run begins; what it means is written out, kept and recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from answerprint.plan import config, devices
from answerprint.plan.config import Project
from answerprint.runtime.errors import FilmError
from places import REPOSITORY

NETWORKS = REPOSITORY / "config" / "networks.yaml"


def project(device: str, **values: object) -> Project:
    files = [REPOSITORY / "config" / "config.yaml", NETWORKS]
    return config.project(files, {"device": device, **values}, Path("."))


def never() -> bool:
    raise AssertionError("nobody was to look for a GPU")


@pytest.mark.parametrize(("has_gpu", "device"), [(True, "cuda"), (False, "cpu")])
def test_auto_is_a_gpu_where_there_is_one(tmp_path: Path, has_gpu: bool, device: str) -> None:
    assert devices.settled(project("auto"), lambda: has_gpu, tmp_path / "none.yaml").values["device"] == device


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_run_that_is_continued_keeps_its_device_wherever_it_is(tmp_path: Path, device: str) -> None:
    record = tmp_path / "results" / "device.yaml"
    record.parent.mkdir()
    devices.write(device, record)
    assert devices.settled(project("auto"), never, record).values["device"] == device


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_device_that_is_named_is_taken_whatever_there_is(tmp_path: Path, device: str) -> None:
    record = tmp_path / "device.yaml"
    devices.write("cuda" if device == "cpu" else "cpu", record)
    assert devices.settled(project(device), never, record).values["device"] == device


@pytest.mark.parametrize("text", ["device: gpu\n", "cuda\n", ""])
def test_a_record_that_says_no_device_is_refused(tmp_path: Path, text: str) -> None:
    record = tmp_path / "device.yaml"
    record.write_text(text)
    with pytest.raises(FilmError, match="does not say on which device"):
        devices.settled(project("auto"), never, record)


@pytest.mark.parametrize(("device", "precision"), [("cpu", "float32"), ("cuda", "float16")])
def test_the_precision_of_every_network_is_written_out(device: str, precision: str) -> None:
    found = devices.settled(project(device), never)
    for stage in ("denoise", "upscale", "interpolate"):
        assert found.chain.stages[stage].options.precision == precision
    assert found.values["speech"]["precision"] == precision
    assert found.engine("speech")[1]["precision"] == precision
    for stage in ("stabilise", "deflicker", "faces"):
        assert not hasattr(found.chain.stages[stage].options, "precision")
    assert "precision" not in found.values["identity"] and "precision" not in found.values["shots"]


def test_a_precision_that_is_asked_for_stays() -> None:
    found = devices.settled(project("cuda", stages={"denoise": {"precision": "bfloat16"}}), never)
    assert found.chain.stages["denoise"].options.precision == "bfloat16"
    assert found.chain.stages["upscale"].options.precision == "float16"


def test_what_is_no_precision_is_refused_by_name() -> None:
    with pytest.raises(FilmError, match="'float8'"):
        project("cpu", stages={"denoise": {"precision": "float8"}})
    with pytest.raises(FilmError, match="Whisper runs in float32 or float16"):
        project("cpu", speech={"precision": "bfloat16"})


def test_a_missing_gpu_is_one_sentence_that_says_what_asked_for_it() -> None:
    devices.require_gpu("cpu", never, recorded=False)
    devices.require_gpu("cuda", lambda: True, recorded=True)
    with pytest.raises(FilmError, match="the configuration says `device: cuda`"):
        devices.require_gpu("cuda", lambda: False, recorded=False)
    with pytest.raises(FilmError, match="This run began on a GPU") as failure:
        devices.require_gpu("cuda", lambda: False, recorded=True)
    assert "device=cpu" in failure.value.hint
