"""Runs of the workflow by its command line, for tests."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

SNAKEFILE = Path(__file__).parents[1] / "Snakefile"
EDITIONS = ("restored", "enhanced", "presented")
SILENT_CUTS = "shots: {engine: pyscenedetect}\n"
ONE_PRINT = "prints: {master: true, mezzanine: false, access: none, changes: false}\n"


class Started(subprocess.Popen[bytes]):
    """A run in the background, and the file to which it says what it does."""

    def __init__(self, command: list[str], said: Path) -> None:
        self.said = said
        with said.open("wb") as file:
            super().__init__(command, stdout=file, stderr=subprocess.STDOUT)


class Run:
    """A folder to run in, the film and its settings there."""

    def __init__(self, folder: Path, settings: str = SILENT_CUTS + ONE_PRINT, **values: object) -> None:
        self.folder = folder
        (folder / "config" / "decisions").mkdir(parents=True)
        (folder / "config" / "config.yaml").write_text(settings)
        self.values = values

    def command(self, *arguments: str, cores: int = 2) -> list[str]:
        options = ["--snakefile", str(SNAKEFILE), "--directory", str(self.folder), "--cores", str(cores)]
        given = [f"{key}={value}" for key, value in self.values.items()]
        return [sys.executable, "-m", "snakemake", *arguments, *options, *(["--config", *given] if given else [])]

    def do(self, *arguments: str, cores: int = 2, timeout: int = 300) -> subprocess.CompletedProcess[str]:
        command = self.command(*arguments, cores=cores)
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout)

    def succeed(self, *arguments: str, cores: int = 2) -> str:
        done = self.do(*arguments, cores=cores)
        assert done.returncode == 0, done.stdout[-3000:]
        return done.stdout

    def fail(self, *arguments: str) -> str:
        """The sentence that a run ends with."""
        done = self.do(*arguments)
        assert done.returncode == 1, done.stdout[-3000:]
        sentence = done.stdout.rstrip().split("\nERROR  ")[-1]
        assert len(sentence.splitlines()) <= 3, done.stdout[-3000:]
        return sentence

    def would_do(self) -> set[str]:
        """The messages of the jobs that would run."""
        return set(re.findall(r"^Job \d+: \S+: (.+)$", self.succeed("--dry-run"), re.MULTILINE))

    def decide(self, film: str, text: str) -> None:
        (self.folder / "config" / "decisions" / f"{film}.yaml").write_text(text)

    def start(self, *arguments: str, cores: int = 2) -> Started:
        return Started(self.command(*arguments, cores=cores), self.folder / "said.txt")

    def master(self, film: str, edition: str) -> str:
        """A digest of the decoded frames of a master."""
        return decoded(self.folder / "results" / film / edition / "master.mkv")[0]


def decoded(path: Path) -> tuple[str, int, tuple[int, int]]:
    """A digest of the decoded frames of a print, their number and size."""
    import av

    with av.open(str(path)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(video=0)]
        context = container.streams.video[0].codec_context
        return hashlib.sha256(np.stack(frames).tobytes()).hexdigest(), len(frames), (context.width, context.height)


def running(script: str, parent: int) -> Iterator[int]:
    """The processes that `parent` started and that run a script of the workflow.

    The kernel lists them: looking through all processes of a busy machine would miss jobs of a fifth of a second.
    """
    for children in Path(f"/proc/{parent}/task").glob("*/children"):
        with suppress(OSError):
            for child in children.read_text().split():
                if f".{script}.py" in Path(f"/proc/{child}/cmdline").read_text():
                    yield int(child)


def wait_for(script: str, run: Started) -> int:
    """The first process of a run that runs that script."""
    for _ in range(50000):
        found = next(running(script, run.pid), None)
        if found:
            return found
        assert run.poll() is None, f"the run ended before {script}:\n{run.said.read_text()[-3000:]}"
        time.sleep(0.002)
    raise TimeoutError(script)


def ended(process: int) -> bool:
    """Whether a process is gone within ten seconds."""
    for _ in range(500):
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False
