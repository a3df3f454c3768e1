"""Every rule has its environment, log and costs, and all environments agree with the lock."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib import metadata
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
    files = ("requirements.txt", "requirements-torch.txt", "requirements-nodeps.txt")
    return {name: version for file in files for name, version, _ in requirements(file)}


def requirements(file: str) -> list[tuple[str, str, list[str]]]:
    """Name, version and checksums of every package of a lock."""
    blocks = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)((?: \\\n    --hash=\S+)*)$", (REPOSITORY / file).read_text(), re.M)
    return [(normal(name), version, re.findall(r"sha256:([0-9a-f]{64})\b", hashes)) for name, version, hashes in blocks]


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
    named = {"fetch_models", "bench", "train", "damage", "archive", "color_sheets", "streams", "read_notes"}
    assert set(RULES) - set(WORK) <= named


@pytest.mark.parametrize("path", sorted(REPOSITORY.glob("envs/*.yaml")), ids=lambda path: path.stem)
def test_an_environment_pins_what_the_lock_pins(path: Path) -> None:
    pinned = yaml.safe_load(path.read_text())["dependencies"][-1]["pip"]
    for line in pinned:
        name, version = line.split("==")
        assert lock()[normal(name)] == version, f"{path.name} and the lock disagree about {name}"


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-nodeps.txt", "requirements-dev.txt"])
def test_every_package_of_a_lock_is_known_by_its_checksums(file: str) -> None:
    packages = requirements(file)
    begun = re.findall(r"^[A-Za-z]", (REPOSITORY / file).read_text(), re.MULTILINE)
    assert len(packages) == len(begun) > 5 and all(hashes for _, _, hashes in packages)
    assert f"--requirement {file}" in (REPOSITORY / "Makefile").read_text()


def test_the_lock_holds_what_snakemake_makes_its_report_with() -> None:
    wanted = [one for one in metadata.requires("snakemake") or [] if re.search(r"extra == .reports.", one)]
    names = {normal(re.match(r"[A-Za-z0-9._-]+", one).group()) for one in wanted}  # type: ignore[union-attr]
    assert names and names <= set(lock())


def test_pip_takes_nothing_whose_checksum_is_not_in_the_lock() -> None:
    lines = re.findall(r"pip install .*--requirement (\S+)", (REPOSITORY / "Makefile").read_text())
    hashed = re.findall(r"pip install .*--require-hashes.*--requirement (\S+)", (REPOSITORY / "Makefile").read_text())
    assert set(lines) - set(hashed) == {"requirements-torch.txt"}
    assert [name for name, _, _ in requirements("requirements-torch.txt")] == ["torch"]


def test_docker_and_apptainer_leave_out_the_same_files(tmp_path: Path) -> None:
    """The commands of answerprint.def, run on a small checkout."""
    checkout, root = tmp_path / "checkout", tmp_path / "root"
    out = ("results/film/master.mkv", ".git/HEAD", ".venv/bin/python", "workflow/answerprint/__pycache__/a.pyc")
    kept = ("Snakefile", "workflow/results/x.py", ".test/config/config.yaml", "tests/demo/a.py")
    for name in (*out, *kept):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text("")
    shutil.copy(REPOSITORY / ".dockerignore", checkout)
    definition = (REPOSITORY / "answerprint.def").read_text()
    setup = re.search(r"^%setup\n(.*?)^%post", definition, re.MULTILINE | re.DOTALL)
    assert setup
    environment = {**os.environ, "APPTAINER_ROOTFS": str(root)}
    subprocess.run(["sh", "-ec", setup[1]], cwd=checkout, env=environment, check=True)
    copied = root / "opt" / "answerprint"
    assert all((copied / name).exists() for name in kept) and not any((copied / name).exists() for name in out)


def test_a_container_does_not_run_as_root() -> None:
    assert re.search(r"^USER (?!root)\w+$", (REPOSITORY / "Dockerfile").read_text(), re.MULTILINE)


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
