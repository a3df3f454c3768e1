"""The packages of the library stand on each other in one order, and rules, scripts and results share their names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from answerprint.plan import folders
from places import REPOSITORY

LIBRARY = REPOSITORY / "workflow" / "answerprint"
PACKAGES = (
    *("runtime", "frames", "film", "engines", "plan", "stages"),
    *("speech", "prints", "report", "archive", "lab"),
)
"""Each may import those before it."""


def imported_packages(path: Path) -> Iterator[str]:
    """The packages of the library that a module imports from."""
    package = path.relative_to(LIBRARY).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - (node.level - 1)]
            names = [node.module] if node.module else [name.name for name in node.names]
            yield from ((*base, *name.split("."))[0] for name in names)


def test_the_library_is_these_packages_and_nothing_else() -> None:
    entries = {path.name for path in LIBRARY.iterdir() if path.name != "__pycache__"}
    assert entries == {*PACKAGES, "__init__.py"}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_those_below_it(package: str) -> None:
    allowed = {*PACKAGES[: PACKAGES.index(package) + 1], "__version__"}
    for path in (LIBRARY / package).rglob("*.py"):
        assert set(imported_packages(path)) <= allowed, path


def test_every_rule_has_a_script_of_its_name_and_every_script_a_rule() -> None:
    rules = {
        name: re.search(r'"(?:\.\./)+scripts/(\w+)\.py"', body)
        for path in REPOSITORY.glob("rules/**/*.smk")
        for name, body in re.findall(r"^rule (\w+):\n((?:    .*\n|\n)+)", path.read_text(), re.MULTILINE)
    }
    assert all(script[1] == name for name, script in rules.items() if script)
    scripts = {path.stem for path in REPOSITORY.glob("scripts/*.py")} - {"job"}
    assert scripts == {name for name, script in rules.items() if script}


def test_the_results_of_a_rule_are_in_a_folder_or_file_of_its_name() -> None:
    public = {"apply_cut_decisions": "shots", "describe_source": "source", "analyse_film": "analysis"}
    public |= {
        "suggest_stages": "stages",
        "concatenate": "{print}",
        "check": "check|master",
        "report": "report|review|restoration",
    }
    for path in REPOSITORY.glob("rules/*.smk"):
        for name, body in re.findall(r"^rule (\w+):\n((?:    .*\n|\n)+)", path.read_text(), re.MULTILINE):
            output = body.partition("    output:\n")[2].partition("    log:\n")[0]
            for result in re.findall(r'"(results/[^"]+)"', output):
                parts = re.split(r"[/.]", result)
                assert set(public.get(name, name).split("|")) & set(parts), f"rule {name} writes {result}"


@pytest.mark.parametrize("rule", ["analyse_section", "analyse_film", "suggest_stages"])
def test_what_is_measured_of_a_film_is_measured_again_where_the_code_changed(rule: str) -> None:
    body = (REPOSITORY / "rules" / "analysis.smk").read_text().partition(f"rule {rule}:\n")[2].partition("\nrule ")[0]
    script = (REPOSITORY / "scripts" / f"{rule}.py").read_text()
    (counted,) = re.findall(r"code=digest_of\(([^)]*)\)", body)
    modules = re.findall(r"from answerprint\.(\w+) import (.+)", script)
    used = {f"{package}.{name}" for package, names in modules for name in names.split(", ")}
    # What joins and words is not what measures or decides.
    assert used - {"plan.chain", "stages.measures"} == set(re.findall(r"[\w.]+", counted))


def test_an_edition_may_have_the_name_of_no_folder_that_rules_write_beside_it() -> None:
    pattern = re.compile(r"(?:results|logs|benchmarks)/\{+[^/]*?\}+/([\w-]+)[/\"]")
    used = {name for path in REPOSITORY.glob("rules/**/*.smk") for name in pattern.findall(path.read_text())}
    assert used == folders.FOLDERS and "package" in used
