"""Runs of the workflow by its command line, for tests."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from places import REPOSITORY

SNAKEFILE = REPOSITORY / "Snakefile"
EDITIONS = ("restored", "enhanced", "presented")
PLAIN = "shots: {engine: pyscenedetect}\nauto: false\n"
"""Cuts without a network, and every stage in every shot."""
ONE_PRINT = "prints: {master: true, mezzanine: false, access: none, television: false, changes: false}\n"


class Started(subprocess.Popen[bytes]):
    """A run in the background, and the file to which it says what it does."""

    def __init__(self, command: list[str], said: Path) -> None:
        self.said = said
        with said.open("wb") as file:
            super().__init__(command, stdout=file, stderr=subprocess.STDOUT)


class Run:
    """A folder to run in, the film and its settings there."""

    def __init__(self, folder: Path, settings: str = PLAIN + ONE_PRINT, **values: object) -> None:
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

    def would_do(self, *arguments: str) -> set[str]:
        """The messages of the jobs that would run."""
        return set(re.findall(r"^Job \d+: \S+: (.+)$", self.succeed("--dry-run", *arguments), re.MULTILINE))

    def decide(self, film: str, text: str) -> None:
        (self.folder / "config" / "decisions" / f"{film}.yaml").write_text(text)

    def start(self, *arguments: str, cores: int = 2) -> Started:
        return Started(self.command(*arguments, cores=cores), self.folder / "said.txt")

    def catch(self, script: str, *arguments: str, cores: int = 1) -> tuple[Started, int]:
        """A run in the background and its job that runs that script now.

        Where the job was over before it was seen, all is done anew.
        """
        for _ in range(5):
            run = self.start(*arguments, cores=cores)
            job = seen(script, run)
            if job:
                return run, job
            shutil.rmtree(self.folder / "results")
        raise AssertionError(f"{script} was not seen:\n{run.said.read_text()[-3000:]}")

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


WATCH = """
import glob, sys, time
script, run = sys.argv[1:]
while True:
    for path in glob.glob(f"/proc/{run}/task/*/children"):
        try:
            for child in open(path).read().split():
                if f".{script}.py" in open(f"/proc/{child}/cmdline").read():
                    sys.exit(print(child))
        except OSError:
            pass
    time.sleep(0.001)
"""
"""Prints the first process that a run starts for a script. A process of its own looks, and does nothing else: jobs of
tiny films last a fifth of a second."""


def seen(script: str, run: Started) -> int | None:
    """The first process of a run that runs that script; None when the run ended before one was seen."""
    watch = subprocess.Popen([sys.executable, "-S", "-c", WATCH, script, str(run.pid)], stdout=subprocess.PIPE)
    try:
        while watch.poll() is None and run.poll() is None:
            time.sleep(0.001)
        return int(watch.communicate()[0]) if watch.poll() is not None else None
    finally:
        watch.kill()
        watch.wait()


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
