"""A digest of code changes with what the code does, and not with how it is written or where it stands."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from answerprint.runtime.code_digest import PACKAGE, UNCOUNTED, digest_of
from places import REPOSITORY

SOURCES = {
    "engines/clean/motion.py": '''"""Cleans."""

from ...frames.flow import flow
from ...runtime.errors import FilmError
from .. import Engine


class Motion(Engine):
    """Repairs dirt."""

    strength: float = 0.5
    """How much."""

    def run(self, frames):
        """The frames, cleaned."""
        if not frames:
            raise FilmError("no frames")
        return flow(frames) * self.strength  # scaled
''',
    "engines/__init__.py": "class Engine:\n    pass\n",
    "frames/flow.py": "from .pyramid import LEVELS\n\n\ndef flow(frames):\n    return frames * LEVELS\n",
    "frames/pyramid.py": "LEVELS = 4\n",
    "frames/unrelated.py": "UNUSED = 1\n",
    "runtime/errors.py": "class FilmError(Exception):\n    pass\n",
}
Digest = Callable[..., str]


@pytest.fixture
def digest(tmp_path: Path) -> Digest:
    """The digest of the engine in a package of its own, with some of its files written otherwise."""

    def of_package(changes: Mapping[str, str] | None = None, module: str = "engines.clean.motion") -> str:
        package = tmp_path / str(len(list(tmp_path.iterdir()))) / "restorer"
        for name, text in {**SOURCES, **(changes or {})}.items():
            path = package / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return digest_of(module, package=package)

    return of_package


def edited(name: str, old: str, new: str) -> dict[str, str]:
    assert old in SOURCES[name]
    return {name: SOURCES[name].replace(old, new)}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("engines/clean/motion.py", "* self.strength", "+ self.strength"),
        ("engines/clean/motion.py", "strength: float = 0.5", "strength: float = 0.6"),
        ("engines/clean/motion.py", '"no frames"', '"nothing"'),
        ("frames/flow.py", "frames * LEVELS", "frames + LEVELS"),
        ("frames/pyramid.py", "LEVELS = 4", "LEVELS = 5"),
        ("engines/__init__.py", "pass", "radius = 1"),
    ],
)
def test_what_the_code_and_what_it_imports_do_counts(digest: Digest, name: str, old: str, new: str) -> None:
    assert digest(edited(name, old, new)) != digest()


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("engines/clean/motion.py", '"""Cleans."""', '"""Removes dirt."""'),
        ("engines/clean/motion.py", '"""The frames, cleaned."""', '"""Cleaned frames."""'),
        ("engines/clean/motion.py", '    """How much."""\n', ""),
        ("engines/clean/motion.py", "  # scaled", "  # by the strength"),
        ("engines/clean/motion.py", "flow(frames) * self.strength", "(\n            flow(frames)\n * self.strength)"),
        ("engines/clean/motion.py", '"no frames"', "'no frames'"),
        ("frames/flow.py", "def flow", "# Dense.\ndef flow"),
    ],
)
def test_how_it_is_written_does_not(digest: Digest, name: str, old: str, new: str) -> None:
    assert digest(edited(name, old, new)) == digest()


def test_a_module_that_is_not_imported_does_not_count(digest: Digest) -> None:
    assert digest({"frames/unrelated.py": "UNUSED = 2\n", "frames/new.py": "x = 1\n"}) == digest()


@pytest.mark.parametrize("module", UNCOUNTED)
def test_the_version_messages_and_the_writing_of_files_do_not_count(digest: Digest, module: str) -> None:
    source = "from ..." if module == "__init__" else f"from ...{module}"
    engine = edited("engines/clean/motion.py", "from ...runtime.errors", source)
    path = f"{module.replace('.', '/')}.py"
    before, after = ({**engine, path: f"class FilmError(Exception):\n    hint = {hint!r}\n"} for hint in ("a", "b"))
    assert digest(before) == digest(after)


def test_a_module_may_move_and_be_renamed(digest: Digest) -> None:
    moved = {
        "engines/dirt/by_motion.py": SOURCES["engines/clean/motion.py"].replace(
            "from ...frames.flow import", "from ...motion.optical.dense_flow import"
        ),
        "motion/optical/dense_flow.py": SOURCES["frames/flow.py"].replace("from .pyramid", "from ...scales"),
        "scales.py": SOURCES["frames/pyramid.py"],
    }
    assert digest(moved, module="engines.dirt.by_motion") == digest()


def test_names_taken_from_a_module_count(digest: Digest) -> None:
    other = {"frames/pyramid.py": "LEVELS = 4\nSTEPS = 4\n"}
    use = edited("frames/flow.py", "import LEVELS", "import STEPS as LEVELS")
    assert digest({**other, **use}) != digest(other)


def test_modules_that_import_each_other_are_each_counted_once(digest: Digest) -> None:
    circle = {"frames/pyramid.py": "from .flow import flow\n\nLEVELS = 4\n"}
    assert digest(circle, module="frames.flow") == digest(circle, module="frames.pyramid")


def library() -> list[str]:
    """Every module of this library."""
    paths = (path.relative_to(PACKAGE).with_suffix("") for path in sorted(PACKAGE.rglob("*.py")))
    return [".".join(path.parts) for path in paths]


def works(python: str) -> bool:
    return subprocess.run([python, "-c", "pass"], capture_output=True).returncode == 0


@pytest.mark.parametrize("python", ["python3.11", "python3.12", "python3.13"])
def test_every_version_of_python_gives_the_whole_library_the_same_digest(python: str) -> None:
    if not shutil.which(python) or not works(python):
        pytest.skip(f"{python} is not on PATH, or does not run")
    ask = "import sys\nfrom answerprint.runtime.code_digest import digest_of\nprint(digest_of(*sys.argv[1:]))"
    settings = {**os.environ, "PYTHONPATH": str(REPOSITORY / "workflow")}
    answer = subprocess.run([python, "-c", ask, *library()], capture_output=True, text=True, check=True, env=settings)
    assert answer.stdout.strip() == digest_of(*library())
