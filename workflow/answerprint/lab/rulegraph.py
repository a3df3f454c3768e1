"""The graph of the workflow's rules as a picture, for the documentation."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ..runtime.errors import FilmError

LEFT_OUT = ("measure_section", "join_measures")
"""Rules that run before several stages: each is one node of the graph, so they would close a circle."""
_NODE = re.compile(r'^\s*(\d+)\[label = "(\w+)"', re.MULTILINE)


def draw(snakefile: Path, film: Path) -> str:
    """The rules that restore a film as SVG, without the arrows that a longer way through the graph implies.

    Raises FilmError where Graphviz is not installed.
    """
    if not (shutil.which("dot") and shutil.which("tred")):
        raise FilmError("The rule graph needs Graphviz's `dot` and `tred`.", "Install Graphviz, then run it again.")
    return _piped(["dot", "-Tsvg"], _piped(["tred"], without(_graph(snakefile, film), LEFT_OUT)))


def without(graph: str, rules: tuple[str, ...]) -> str:
    """A graph in the dot language, one node or arrow a line, without these rules."""
    numbers = {number for number, rule in _NODE.findall(graph) if rule in rules}
    mentioned = re.compile(r"^\s*(\d+)(?:\[| -> (\d+))")
    lines = ((line, mentioned.match(line)) for line in graph.splitlines())
    return "\n".join(line for line, numbered in lines if not numbered or not numbers & set(numbered.groups()))


def _graph(snakefile: Path, film: Path) -> str:
    """What Snakemake would run for that film, in the dot language, by rule."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile), "--directory", folder]
        return _piped([*command, "--rulegraph", "dot", "--config", f"film={film.resolve()}"])


def _piped(command: list[str], text: str = "") -> str:
    return subprocess.run(command, input=text, check=True, text=True, stdout=subprocess.PIPE).stdout
