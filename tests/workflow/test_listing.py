"""Listing the jobs of a run: what is the same for all jobs of a rule is found out once."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import films
from runs import SNAKEFILE, Run

COUNTED = """
import collections, gc, inspect, os, sys
from snakemake.cli import main
import snakemake.dag, snakemake.io, snakemake.iocontainers, snakemake.jobs, snakemake.rules, snakemake.script
import snakemake_interface_common.io
counts = collections.Counter()
def count(kind, name):
    method = getattr(kind, name)
    def counted(*arguments, **named):
        counts[name] += 1
        return method(*arguments, **named)
    setattr(kind, name, counted)
count(snakemake.script, "get_source")
count(inspect, "_signature_from_function")
count(snakemake.rules.Rule, "is_producer")
count(snakemake.rules.Rule, "expand_resources")
count(snakemake.iocontainers.InputFiles, "_plainstrings")
count(snakemake.jobs.Job, "format_wildcards")
count(snakemake.jobs, "format_files")
count(snakemake.rules, "Wildcards")
count(os.path, "commonpath")
count(snakemake.io._IOFile, "check")
count(snakemake_interface_common.io.AnnotatedStringInterface, "is_flagged")
named = []
init = snakemake.jobs.Job.__init__
def counting_files(job, *arguments, **others):
    init(job, *arguments, **others)
    named.append(len(job.input) + len(job.output))
snakemake.jobs.Job.__init__ = counting_files
try:
    main()
except SystemExit as end:
    assert not end.code
kept = sum(type(thing) is snakemake.iocontainers.AttributeGuard for thing in gc.get_objects())
print("counts", sum(counts.values()) + kept, sum(named), len(named))
"""


def counts(run: Run) -> tuple[int, int, int]:
    """What a dry run asks once more for jobs of the same rule, the files that its jobs name, and how many jobs."""
    command = run.command("--dry-run")
    done = subprocess.run([sys.executable, "-c", COUNTED, *command[3:]], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    asked, named, jobs = map(int, (done.stdout + done.stderr).rpartition("counts ")[2].split()[:3])
    return asked, named, jobs


def test_a_film_of_more_parts_asks_no_more_of_its_rules(tmp_path: Path) -> None:
    film = films.write_video(tmp_path / "reel.mkv", films.moving_texture(48, 48, 64, 1), rate=24)
    few, many = (counts(Run(tmp_path / str(parts), film=film, parts=parts)) for parts in (2, 16))
    assert many[2] > few[2] + 14 * 8
    # But for the wildcards that its functions are given.
    assert many[0] - few[0] < 2 * (many[2] - few[2])
    # A part of all three editions, with one print each.
    assert many[1] - few[1] < 14 * 116


SMALL = """
import functools, os, sys
from pathlib import Path
MENDED
SUFFIX = "as well"
wildcard_constraints: part=r"\\d{3}"
localrules: all
def later(wildcards):
    return [f"made/{part:03d}.txt" for part in range(int(wildcards.part) + 1)]
rule all:
    input: "sums/000.txt", "sums/001.txt", " odd name.txt", "tried/twice.txt", "grown/text.txt"
rule make:
    output: temp("made/{part}.txt"), folder=directory("folders/{part}")
    params: both=lambda wildcards, input, output: [len(input), *output], more=["a", "b"]
    resources:
        mem_mb=lambda wildcards: 100 + int(wildcards.part),
        runtime=lambda wildcards, attempt: 20 * attempt,
        disk_mb=50,
    message: "{wildcards.part}: {params.both} and {params.more}"
    shell: "mkdir -p {output.folder}; echo {resources.mem_mb} {params.both} > {output[0]}"
rule add:
    input: later
    output: "sums/{part}.txt"
    log: "logs/{part}.log"
    benchmark: "benchmarks/{part}.tsv"
    resources: mem_mb=lambda wildcards, input: 7 * len(input)
    message: "{{add}} {wildcards.part} of {input} to {output}, {threads} {resources.mem_mb} {log} {SUFFIX}"
    shell: "cat {input} > {output}"
rule odd:
    output: " odd name.txt"
    message: "{wildcards}{params.missing}" if "wrong" in config else "none of {wildcards}{params}"
    shell: "echo > '{output}'"
rule twice:
    output: "tried/twice.txt"
    retries: 1
    resources: runtime=lambda wildcards, attempt: 10 * attempt
    shell: "if [ -e tried/once ]; then echo {resources.runtime} > {output}; else touch tried/once; exit 1; fi"
rule grow:
    output: update("grown/text.txt")
    shell: "echo more >> {output}"
rule nested:
    output: "folders/000/inner.txt"
    shell: "echo > {output}"
"""

CHANCE = (
    r"20\d\d-\S+|\[\w{3} .*|Workflow ID.*|Config MD5.*|\w*id:? \d+.*|log: .*|Elapsed time.*|Complete log.*"
    r"|(?<=Exception)( in .*)?:"
)
"""What two runs of the same workflow say otherwise."""


def said(folder: Path, *arguments: str) -> list[str]:
    """What Snakemake says of a run, as sorted lines of sorted words."""
    where = ["--directory", str(folder), "--snakefile", str(folder / "Snakefile")]
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *where]
    done = subprocess.run(
        [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100
    )
    text = re.sub(CHANCE, "", done.stdout)
    text = text.replace(str(folder), "")
    # How far a run came that ended with an error is chance.
    lines = [line for line in text.splitlines() if not done.returncode or "Exception" in line or "Error" in line]
    return [f"exit {done.returncode}", *sorted(" ".join(sorted(re.findall(r"[^\s,]+", line))) for line in lines)]


def test_snakemake_says_and_does_the_same_without_it(tmp_path: Path) -> None:
    mended = f'include: "{SNAKEFILE.parent / "rules" / "listing.smk"}"'
    runs = {"mended": mended, "plain": ""}
    for name, line in runs.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "Snakefile").write_text(SMALL.replace("MENDED", line))
    for arguments in (
        ["--dry-run", "--printshellcmds"],
        ["--dry-run", "--config", "wrong=1"],
        ["--dry-run", "folders/000/inner.txt", "all"],
        ["--dry-run", "--default-resources", "disk_mb=max(2*input.size_mb,1000)"],
        [],
        ["--dry-run", "--forceall", "--set-resources", "make:mem_mb=5"],
    ):
        mended_says, plain_says = (said(tmp_path / name, *arguments) for name in runs)
        assert mended_says == plain_says, arguments
    made, plain = (
        sorted(path.relative_to(tmp_path / name) for path in (tmp_path / name).glob("[!.]*/*")) for name in runs
    )
    assert made == plain and Path("sums/000.txt") in made and not [path for path in made if path.parts[0] == "made"]
    for name in ("sums/001.txt", "tried/twice.txt"):
        assert (tmp_path / "mended" / name).read_text() == (tmp_path / "plain" / name).read_text() != "10\n"
