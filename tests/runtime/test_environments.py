"""Every rule has its environment, log and costs, and all environments agree with the lock."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from answerprint.runtime import environment
from places import REPOSITORY

RULES = {
    name: body
    for path in sorted(REPOSITORY.glob("rules/**/*.smk"))
    for name, body in re.findall(r"^rule (\w+):\n((?:    .*\n|\n)+)", path.read_text(), re.MULTILINE)
}
WORK = {name: body for name, body in RULES.items() if "script:" in body}


def lock() -> dict[str, str]:
    lines = [
        line
        for file in ("requirements.txt", "requirements-nodeps.txt")
        for line in (REPOSITORY / file).read_text().splitlines()
        if line and not line.startswith("#")
    ]
    return {normal(line.split("==")[0]): line.split("==")[1] for line in lines}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("name", sorted(WORK))
def test_a_rule_says_what_it_needs_and_what_it_costs(name: str) -> None:
    for directive in ("message:", "log:", "conda:", "threads:", "resources:", "mem_mb=", "runtime="):
        assert directive in WORK[name], f"rule {name} has no {directive}"


@pytest.mark.parametrize("name", sorted(WORK))
def test_a_rule_and_its_script_have_one_name(name: str) -> None:
    assert f'/scripts/{name}.py"' in WORK[name]
    assert (REPOSITORY / "scripts" / f"{name}.py").exists()


def test_rules_that_do_no_work_only_name_targets() -> None:
    assert set(RULES) - set(WORK) <= {"fetch_models", "bench", "train", "damage", "archive"}


@pytest.mark.parametrize("path", sorted(REPOSITORY.glob("envs/*.yaml")), ids=lambda path: path.stem)
def test_an_environment_pins_what_the_lock_pins(path: Path) -> None:
    pinned = yaml.safe_load(path.read_text())["dependencies"][-1]["pip"]
    for line in pinned:
        name, version = line.split("==")
        assert lock()[normal(name)] == version, f"{path.name} and the lock disagree about {name}"


def test_every_environment_is_used() -> None:
    used = set(re.findall(r'"(?:\.\./)+envs/(\w+)\.yaml"', "".join(RULES.values())))
    assert used == {path.stem for path in REPOSITORY.glob("envs/*.yaml")}


def test_only_scripts_and_rules_know_snakemake() -> None:
    for path in REPOSITORY.glob("workflow/answerprint/**/*.py"):
        assert not re.search(r"^\s*(import|from) snakemake", path.read_text(), re.MULTILINE), path


@pytest.mark.parametrize(("flags", "kernels"), [({"sse2", "avx2"}, "Haswell"), ({"sse2"}, "SkylakeX")])
def test_jobs_sum_in_one_order_on_all_processors_with_avx2(
    flags: set[str], kernels: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "_processor_flags", lambda: flags)
    monkeypatch.setattr(environment.os, "environ", {"OPENBLAS_CORETYPE": "SkylakeX"})
    environment.prepare(REPOSITORY / "workflow")
    assert environment.os.environ["OPENBLAS_CORETYPE"] == kernels
    assert environment.os.environ["OPENBLAS_NUM_THREADS"] == "1"
