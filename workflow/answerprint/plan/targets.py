"""What can be asked of the workflow by name, a sentence each."""

from __future__ import annotations

TARGETS = {
    "all": "everything that the configuration asks for of every film; what runs when nothing is named",
    "plan": "what a run will cost in jobs, hours, memory and disk",
    "films": "how far each film is, the time left and the disk it takes",
    "help": "this list",
    "fetch_models": "all weights that the configuration names, for a machine without network",
    "archive": "what a stranger needs to make each film again, in one file: results/<film>/bundle.tar.gz",
    "reproduce": "a film made again from its recipe and compared: --config recipe=PATH source=PATH",
    "demo_film": "a short damaged film whose undamaged original is known, in demo/",
    "damage": "films damaged on purpose, with the truth beside them, in damaged/",
    "train": "our own networks trained again, into resources/models/",
    "train_clean": "the network of clean: learned",
    "train_denoise": "the network of denoise: learned",
    "bench": "speed and memory of every stage",
    "bench_repair": "repair beside other tools, on known damage",
    "bench_colour": "faded, tinted and coloured film, on clips of known colour",
    "bench_cuts": "how well cuts are found",
    "bench_speakers": "how well words and speakers are found",
    "bench_reproduce": "one film made again twenty times",
    "rulegraph": "the picture of the rules in the documentation; needs Graphviz",
    "report_picture": "a picture of the first screen of a film's report; needs Chromium",
}
"""By name, in the order in which people want them."""


def listing() -> str:
    """The targets as lines for the terminal, and how to ask for one file."""
    width = max(map(len, TARGETS))
    lines = [f"  {name:{width}}  {sentence}" for name, sentence in TARGETS.items()]
    return "\n".join(
        [
            "snakemake --cores all [TARGET] --config film=PATH    restores one film, or makes TARGET of it",
            "",
            *lines,
            "",
            "A result can be asked for by its path, for example results/<film>/report.html.",
        ]
    )
