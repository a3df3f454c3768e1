"""The only functions of the workflow: they read the configuration and name files."""

import sys
from pathlib import Path

REPOSITORY = Path(str(workflow.main_snakefile)).resolve().parent
sys.path.insert(0, str(REPOSITORY / "workflow"))

import answerprint.brief
import answerprint.config
import answerprint.decisions
import answerprint.engines
import answerprint.environment
import answerprint.models
import answerprint.parts
import answerprint.source
from answerprint.errors import FilmError
from snakemake.exceptions import WorkflowError

answerprint.environment.prepare(REPOSITORY / "workflow")


def told(function):
    """The function's result; what a person got wrong becomes one sentence on the terminal."""
    try:
        return function()
    except FilmError as error:
        raise WorkflowError(str(error)) from None


def layers():
    """Configuration files, each laid over the ones before: the repository's, the working folder's, --configfile's."""
    own = [REPOSITORY / "config" / "config.yaml", Path("config/config.yaml")]
    files = [path for path in own if path.exists()] + [
        Path(path) for path in workflow.overwrite_configfiles or []
    ]
    return list({path.resolve(): path for path in files}.values())


def read_project():
    return answerprint.config.project(
        layers(), dict(workflow.config_settings.config or {}), Path(".")
    )


PROJECT = told(read_project)
CHAIN = PROJECT.chain
FILMS = PROJECT.films
SETTINGS = PROJECT.values


FACTS = told(
    lambda: {
        name: answerprint.source.inspect(row.source, row.rate)
        for name, row in FILMS.items()
    }
)
PARTS = {
    name: answerprint.parts.count(row.parts, FACTS[name].frames)
    for name, row in FILMS.items()
}


wildcard_constraints:
    film="[^/]+",
    edition="[A-Za-z0-9_-]+",
    stage="[a-z]+",
    part=r"\d{3}",
    stream=r"\d+",
    print="master|mezzanine|access|changes",
    container="mkv|mov|mp4",


def working(path):
    """A file between stages: kept, or removed once nothing needs it, as the configuration says."""
    return path if SETTINGS.get("working_files", "keep") == "keep" else temp(path)


def part_names(film):
    return [answerprint.parts.name(index) for index in range(PARTS[film])]


def frames_of(film, edition, stage, part):
    return f"results/{film}/{edition}/{stage}/{part}.b2nd"


def previous(stage=None):
    """The part that a stage reads."""

    def part_before(wildcards):
        before = CHAIN.before(wildcards.edition, stage or wildcards.stage)
        return frames_of(wildcards.film, *before, wildcards.part)

    return part_before


def neighbours(stage=None):
    """The parts beside it, when the stage looks at neighbouring frames (None: when its measuring does).

    They are ancient: when their pixels matter, the brief says so.
    """

    def beside(wildcards):
        card = CHAIN.stages[stage or wildcards.stage].card
        if not (card.radius if stage else card.measure_radius):
            return []
        index = int(wildcards.part)
        near = [k for k in (index - 1, index + 1) if 0 <= k < PARTS[wildcards.film]]
        before = CHAIN.before(wildcards.edition, stage or wildcards.stage)
        return [
            ancient(frames_of(wildcards.film, *before, answerprint.parts.name(k)))
            for k in near
        ]

    return beside


def measures(stage):
    """The film-wide measures of a stage, when its engine plans over the shot."""

    def measured(wildcards):
        if not CHAIN.stages[stage].card.measured:
            return []
        return ancient(f"results/{wildcards.film}/{wildcards.edition}/plan/{stage}.npz")

    return measured


def measured_parts(wildcards):
    """The measures of all parts of a film for a stage."""
    folder = f"results/{wildcards.film}/{wildcards.edition}/measure/{wildcards.stage}"
    return [f"{folder}/{part}.npz" for part in part_names(wildcards.film)]


def weights(stage):
    """The weight files that a stage's engine reads."""

    return lambda wildcards: weight_files(
        getattr(CHAIN.stages[stage].options, "weights", None)
    )


def weight_files(name):
    """The file that a path or a name in the registry of models stands for."""
    return told(lambda: [str(answerprint.models.place(name))]) if name else []


def engine_card(step):
    """The card of the engine of a step that is no stage."""
    return answerprint.engines.find(step, PROJECT.engine(step)[0]).card


def decisions_file(film):
    folder = SETTINGS.get("decisions")
    folders = (
        [Path(folder)]
        if folder
        else [Path("config/decisions"), REPOSITORY / "config" / "decisions"]
    )
    return next(
        (path for path in (f / f"{film}.yaml" for f in folders) if path.exists()), None
    )


def decisions_input(wildcards):
    return [str(path) for path in [decisions_file(wildcards.film)] if path]


def cast_files(wildcards):
    """The portraits of a film's cast."""
    cast = FILMS[wildcards.film].cast
    return (
        sorted(str(path) for path in cast.rglob("*") if path.is_file())
        if cast and cast.is_dir()
        else []
    )


def beside_source(wildcards):
    """The ingested parts beside a part."""
    index = int(wildcards.part)
    near = [k for k in (index - 1, index + 1) if 0 <= k < PARTS[wildcards.film]]
    return [
        frames_of(wildcards.film, "source", "ingest", answerprint.parts.name(k))
        for k in near
    ]


def decided(film):
    return answerprint.decisions.read(decisions_file(film))


def cut_of(wildcards, input):
    return answerprint.brief.cut_of(
        input.source, input.parts, input.detected, decided(wildcards.film)
    )


def stage_brief(stage):
    """What determines the pixels of a part: as `params` it decides what runs again."""
    return lambda wildcards, input: told(
        lambda: answerprint.brief.of_stage(
            cut_of(wildcards, input),
            CHAIN,
            wildcards.edition,
            stage,
            int(wildcards.part),
            decided(wildcards.film),
            SETTINGS["device"],
        )
    )


def measure_brief(wildcards, input):
    """What determines the measures of a part."""
    cut = cut_of(wildcards, input)
    index = int(wildcards.part)
    return answerprint.brief.of_measure(
        cut, CHAIN, wildcards.edition, wildcards.stage, index, decided(wildcards.film)
    )


def gpu(stage):
    """1 where the stage's engine runs on a GPU, else 0."""
    return int(
        SETTINGS["device"] != "cpu"
        and stage in CHAIN.stages
        and CHAIN.stages[stage].card.gpu
    )


def megabytes(stage):
    """Memory of a job of a stage."""
    return 4000 if stage in CHAIN.stages and CHAIN.stages[stage].card.weights else 2000


def label(wildcards):
    """How a job calls its part on the terminal."""
    return f"part {int(wildcards.part) + 1} of {PARTS[wildcards.film]}"


def all_results(wildcards):
    """Everything that the configuration asks for."""
    wanted = []
    for film, row in FILMS.items():
        wanted += [
            f"results/{film}/report.html",
            f"results/{film}/recipe.yaml",
            f"results/{film}/package/bagit.txt",
        ]
        wanted += [
            f"results/{film}/{edition}/{file}"
            for edition in row.editions
            for file in PROJECT.prints().values()
        ]
    if not wanted:
        raise WorkflowError(
            "There is no film to restore. Give --config film=PATH, or fill config/films.tsv."
        )
    return wanted


def steps_of(edition):
    """The stages from the source to the end of an edition."""
    return [stage for own, stage in CHAIN.lineage(edition) if own != "source"]


def change_files(wildcards):
    """The change maps of the stages of an edition and of those it grows from, for one part."""
    return [
        f"results/{wildcards.film}/{edition}/{stage}/{wildcards.part}.changes.b2nd"
        for edition, stage in CHAIN.lineage(wildcards.edition)
        if edition != "source"
    ]


def edition_rate(wildcards):
    """The rate that an edition asks for; empty for the film's own."""
    return (
        str(CHAIN.stages["interpolate"].options.rate)
        if CHAIN.interpolated(wildcards.edition)
        else ""
    )


def codec(wildcards):
    """The codec of a print, by the name that encode.py knows."""
    return (
        SETTINGS["prints"]["access"] if wildcards.print == "access" else wildcards.print
    )


def described(edition):
    """What a print says of its edition."""
    steps = [[stage, CHAIN.stages[stage].engine] for stage in steps_of(edition)]
    return {"name": edition, "kind": CHAIN.editions[edition].kind, "steps": steps}


def sounds_of(film):
    """The sound streams of a film: its own, or the one file that the sheet names."""
    count = 1 if FILMS[film].audio else len(FACTS[film].audio)
    return [f"results/{film}/audio/{stream}.flac" for stream in range(count)]


def prints_of(film, edition):
    return [f"results/{film}/{edition}/{file}" for file in PROJECT.prints().values()]


def records_of(film, edition):
    """The records of all stages and parts of an edition."""
    return [
        f"results/{film}/{own}/{stage}/{part}.json"
        for own, stage in CHAIN.lineage(edition)
        if own != "source"
        for part in part_names(film)
    ]


def all_weights(wildcards):
    """Every weight file that the configured engines read."""
    used = [stage.options for stage in CHAIN.stages.values()]
    names = [getattr(options, "weights", None) for options in used]
    names += [
        PROJECT.engine(step)[1].get("weights")
        for step in ("speech", "speaking", "identity")
    ]
    return [path for name in names for path in weight_files(name)]


def end_records(wildcards):
    """The records of the last stage of an edition; none for an edition without stages."""
    edition, stage = CHAIN.end(wildcards.edition)
    if edition == "source":
        return []
    return [
        f"results/{wildcards.film}/{edition}/{stage}/{part}.json"
        for part in part_names(wildcards.film)
    ]


def editions_of(film, file):
    return [f"results/{film}/{edition}/{file}" for edition in FILMS[film].editions]


def where_to_look():
    """Where the results of a finished run are."""
    lines = []
    for film, row in FILMS.items():
        reports = [f"results/{film}/report.html"] + [p for e in row.editions for p in prints_of(film, e)]
        lines += [f"  {Path(path).resolve()}" for path in reports if Path(path).exists()]
    return "\n".join(["", "Results:", *lines, ""]) if lines else ""
