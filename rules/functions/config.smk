"""What all rules share: the configuration, and functions that name files."""

import atexit
import dataclasses
import functools
import gc
import os
import sys
from pathlib import Path

REPOSITORY = Path(str(workflow.main_snakefile)).resolve().parent
sys.path.insert(0, str(REPOSITORY / "workflow"))

import answerprint.plan.fingerprint
import answerprint.runtime.code_digest
import answerprint.plan.config
import answerprint.plan.decisions
import answerprint.engines
import answerprint.runtime.environment
import answerprint.runtime.failures
import answerprint.film.fixity
import answerprint.plan.forecast
import answerprint.plan.paths
import answerprint.runtime.gpus
import answerprint.engines.models
import answerprint.archive.reproduce
from answerprint.runtime.errors import FilmError, terminal_message

answerprint.runtime.environment.prepare(REPOSITORY / "workflow")
# Building the table of jobs leaves little to collect, and looking for it takes a fifth of the time: on again at onstart.
gc.disable()
# Taking it apart at the end takes another fifth, for nothing.
atexit.register(gc.freeze)


def say_last(text):
    atexit.register(print, text, file=sys.stderr)


def told(function):
    """A function whose FilmErrors end the run with one sentence, below everything that Snakemake says."""

    @functools.wraps(function)
    def telling(*arguments, **named):
        try:
            return function(*arguments, **named)
        except FilmError as error:
            say_last(terminal_message(error))
            sys.exit(1)

    return telling


@told
def read_project():
    """The configuration: the repository's, the working folder's laid over it, then --configfile's and --config's."""
    own = [REPOSITORY / "config" / "config.yaml", Path("config/config.yaml")]
    files = [path for path in own if path.exists()]
    files += [Path(path) for path in workflow.overwrite_configfiles or []]
    layers = list({path.resolve(): path for path in files}.values())
    given = dict(workflow.config_settings.config or {})
    if "recipe" in given:
        return answerprint.archive.reproduce.project(own[0], given, Path("."))
    return answerprint.plan.config.project(layers, given, Path("."), REPOSITORY)


PROJECT = read_project()
CHAIN = PROJECT.chain
FILMS = PROJECT.films
SETTINGS = PROJECT.values
LAYOUT = answerprint.plan.paths.Layout(PROJECT)
os.environ[answerprint.runtime.gpus.JOBS_PER_GPU] = str(SETTINGS["gpu_share"])


@told
def check_sources():
    """Say which source cannot be read, or is another than before, before anything runs."""
    for film in FILMS:
        LAYOUT.parts(film)
        facts = Path(f"results/{film}/survey/facts.json")
        answerprint.film.fixity.require_unchanged(facts, FILMS[film].source)


if workflow.is_main_process:
    check_sources()


wildcard_constraints:
    film="[^/]+",
    edition="[A-Za-z0-9_-]+",
    stage="[a-z]+",
    part=r"\d{3}",
    section=r"\d{3}",
    stream=r"\d+",
    print="master|mezzanine|access|changes",
    container="mkv|mov|mp4",


def working(path):
    """A file between stages: kept, or removed once nothing needs it, as the configuration says."""
    return path if SETTINGS.get("working_files", "keep") == "keep" else temp(path)


@told
def part_names(film):
    return LAYOUT.parts(film)


def each_part(pattern):
    """One file for each part of a film."""

    def files(wildcards):
        known = dict(wildcards.items())
        return [
            pattern.format(part=part, **known) for part in part_names(known["film"])
        ]

    return files


def each_section(pattern):
    """One file for each section of a film."""

    def files(wildcards):
        known = dict(wildcards.items())
        return [
            pattern.format(section=section, **known)
            for section in LAYOUT.sections(known["film"])
        ]

    return files


@told
def weight_files(name):
    """The file that a path or a name in the registry of models stands for."""
    return [str(answerprint.engines.models.place(name))] if name else []


def all_weights(wildcards):
    """Every weight file that the configured engines read."""
    options = [stage.options for stage in CHAIN.stages.values()]
    names = [getattr(option, "weights", None) for option in options]
    names += [
        PROJECT.engine(step)[1].get("weights")
        for step in ("speech", "speaking", "identity")
    ]
    return [path for name in names for path in weight_files(name)]


def engine_card(step):
    """The card of the engine of a step that is no stage."""
    return answerprint.engines.find(step, PROJECT.engine(step)[0]).card


def label(wildcards):
    """How a job calls its part on the terminal."""
    return f"part {int(wildcards.part) + 1} of {len(part_names(wildcards.film))}"


def section_label(wildcards):
    """How a job calls its section on the terminal."""
    number = len(LAYOUT.sections(wildcards.film))
    return f"section {int(wildcards.section) + 1} of {number}"


def edition_rate(wildcards):
    """The rate that an edition asks for; empty for the film's own."""
    if not CHAIN.interpolated(wildcards.edition):
        return ""
    return str(CHAIN.stages["interpolate"].options.rate)


def codecs():
    """The prints to make of each edition, and the codec of each by the name that encode.py knows."""
    access = SETTINGS["prints"]["access"]
    return {name: access if name == "access" else name for name in PROJECT.prints()}


def described(wildcards):
    """What a print says of its edition."""
    steps = [
        [stage, CHAIN.stages[stage].engine] for stage in LAYOUT.steps(wildcards.edition)
    ]
    kind = CHAIN.editions[wildcards.edition].kind
    return {"name": wildcards.edition, "kind": kind, "steps": steps}


def sounds(wildcards):
    """The sound streams of a film."""
    return LAYOUT.sounds(wildcards.film)


def first_sound(wildcards):
    """The sound stream that is listened to; none in a silent film."""
    return sounds(wildcards)[:1]


def prints(wildcards):
    """The prints of an edition."""
    return LAYOUT.prints(wildcards.film, wildcards.edition)


def each_edition(pattern):
    """One file for each edition of a film."""
    return lambda wildcards: [
        pattern.format(film=wildcards.film, edition=edition)
        for edition in FILMS[wildcards.film].editions
    ]


def records_of(film):
    """The records of all stages and parts of all editions of a film, each once."""
    editions = FILMS[film].editions
    paths = (path for edition in editions for path in LAYOUT.records(film, edition))
    return list(dict.fromkeys(paths))


def all_records(wildcards):
    """The same for the film of a job."""
    return records_of(wildcards.film)


def no_film():
    return FilmError(
        "There is no film to restore.",
        "Give --config film=PATH, or fill config/films.tsv.",
    )


@told
def all_results(wildcards):
    """Everything that the configuration asks for."""
    if not FILMS:
        raise no_film()
    return [path for film in FILMS for path in LAYOUT.results(film)]


def where_to_look():
    """Where the results of a finished run are."""
    wanted = [path for film in FILMS for path in LAYOUT.results(film)]
    shown = [path for path in wanted if not path.endswith((".yaml", ".txt"))]
    lines = [f"  {Path(path).resolve()}" for path in shown if Path(path).exists()]
    return "\n".join(["", "Results:", *lines, ""]) if lines else ""


def tell_failures(logs):
    """Say what went wrong once more, below everything that Snakemake says."""
    failures = answerprint.runtime.failures.failure_summary(logs)
    if failures:
        say_last(failures)


def bench_source(wildcards):
    """The film that the bench restores: the first of the configuration, else the demo film."""
    return next((str(row.source) for row in FILMS.values()), "demo/film.mkv")


def step_weights(step):
    """The weight files that the engine of a step that is no stage reads."""
    name, values = PROJECT.engine(step)
    options = answerprint.engines.options(step, name, values)
    return weight_files(getattr(options, "weights", None))


@told
def again():
    """The film that is made again."""
    if "recipe" not in SETTINGS:
        raise FilmError(
            "It is not said what is to be made again.",
            "Give --config recipe=PATH/recipe.yaml source=PATH/film.",
        )
    return next(iter(FILMS))


def published():
    """The masters that a reproduction is compared with, by edition: none unless `reference` names their folder."""
    if "reference" not in SETTINGS:
        return {}
    folder = Path(SETTINGS["reference"])
    return answerprint.archive.reproduce.masters(folder, FILMS[again()].editions)
