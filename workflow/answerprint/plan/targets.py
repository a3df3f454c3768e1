"""What can be asked of the workflow by name, a sentence each."""

from __future__ import annotations

TARGETS = {
    "all": "everything that the configuration asks for of every film; what runs when nothing is named",
    "plan": "what a run will cost in jobs, hours, memory and disk",
    "films": "how far each film is, the time left and the disk it takes",
    "help": "this list",
    "fetch_models": "all weights that the configuration names, for a machine without network",
    "measure_tile": "the largest pieces of a frame that the network of upscale can see in this machine's memory",
    "streams": "each edition as a folder for a web server, HLS and DASH: results/<film>/<edition>/stream/",
    "read_notes": "decisions from the notes in an edited timeline: --config film=PATH timeline=PATH.otio",
    "color_sheets": "frames to paint on for colour, the most useful first: results/<film>/<edition>/key_frames/",
    "archive": "what a stranger needs to make each film again, in one file: results/<film>/bundle.tar.gz",
    "reproduce": "a film made again from its recipe and compared: --config recipe=PATH source=PATH",
    "revert": "original pixels put back into a print: --config package=PATH source=PATH revert='{edition: restored}'",
    "compare": "two restorations of one film side by side, in results/compare.html: --config first=PATH second=PATH",
    "demo_film": "a short damaged film whose undamaged original is known, in demo/",
    "damage": "films damaged on purpose, with the truth beside them, in damaged/",
    "train": "our own networks trained again, into training/models/",
    "train_clean": "the network of clean: learned",
    "train_denoise": "the network of denoise: learned",
    "train_upscale": "the network of upscale: compact",
    "train_upscale_bicubic": "the same for pictures that were reduced and never damaged",
    "train_faces": "the network of faces: detail",
    "train_scratches": "the network of clean that tells scratches",
    "train_colorize": "the network of colorize: automatic",
    "bench": "speed and memory of every stage",
    "bench_repair": "repair beside other tools, on known damage",
    "bench_upscale": "enlarging beside other tools and published networks",
    "bench_faces": "how far known faces come back that were blurred, halved and grained",
    "bench_portraits": "what portraits lend to blurred faces of the same people, and of others",
    "bench_prints": "bytes of access copies at the quality that each shot needs, beside one fixed quality",
    "bench_colour": "faded, tinted and coloured film, on clips of known colour",
    "bench_cuts": "how well cuts are found",
    "bench_motion": "in-between frames beside other tools, and lost frames found",
    "bench_speakers": "how well words and speakers are found",
    "bench_reproduce": "one film made again twenty times",
    "rulegraph": "the picture of the rules in the documentation; needs Graphviz",
    "report_picture": "pictures of a film's report and blind review; needs Chromium",
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
