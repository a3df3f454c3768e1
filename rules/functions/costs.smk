"""What jobs cost, as the forecast says: memory, time and disk of each, and whether the disk holds them all."""

import answerprint.plan.film_states
import answerprint.plan.forecast
import answerprint.plan.job_memory
import answerprint.report.film_index

MEASURED = exit_on_film_error(answerprint.plan.forecast.MeasuredCosts.in_folder)(
    Path("results")
)


def gpu(stage):
    """1 where the stage's engine runs on a GPU, else 0."""
    used = stage in CHAIN.stages and CHAIN.stages[stage].card.gpu
    return gpus_for(SETTINGS["device"] if used else "cpu")


def measure_gpu(wildcards):
    """1 where measuring for a stage runs on a GPU, else 0."""
    by_network = CHAIN.stages[wildcards.stage].measures_by_network
    return gpu(wildcards.stage) if by_network else 0


def measure_megabytes(wildcards):
    """Memory of a job that measures for a stage."""
    by_network = CHAIN.stages[wildcards.stage].measures_by_network
    return megabytes(wildcards.stage)(wildcards) if by_network else 2000


def measure_minutes(wildcards):
    """A job that measures may take two hours; with a network as long as a section of parts."""
    by_network = CHAIN.stages[wildcards.stage].measures_by_network
    parts = len(PATHS.section(wildcards.film, wildcards.section)) if by_network else 0
    return max(120, parts * minutes(wildcards.stage)(wildcards)) if by_network else 120


@exit_on_film_error
def analysis_megabytes(wildcards):
    """Memory of the job that has the analysis of all frames of a film at hand, 8 kB each."""
    return 300 + max(700, PATHS.facts(wildcards.film).frames * 8 // 1000)


@functools.cache
@exit_on_film_error
def steps(film, edition):
    """What the stages of an edition of a film read, make and cost."""
    size = answerprint.plan.forecast.size_of(PATHS, film)
    rate = PATHS.facts(film).rate
    lineage = answerprint.plan.forecast.steps(PROJECT, rate, size, edition, MEASURED)
    return {step.stage.name: step for step in lineage}


def megabytes(stage):
    """Memory of a job of a stage, a third more than the forecast says; as much again to examine other elements."""
    mends = stage in answerprint.plan.regions.MENDING

    def of_job(wildcards):
        others = 1 if mends and FILMS[wildcards.film].elements else 0
        memory = steps(wildcards.film, wildcards.edition)[stage].memory
        return round(1.33 * (1 + others) * memory)

    return of_job


def at_least(least, forecast):
    """Memory of a job: a third more than the forecast says, and `least` at least."""
    return max(least, round(1.33 * forecast))


@exit_on_film_error
def source_megabytes(wildcards):
    """Memory of a job that decodes a film's source."""
    size = answerprint.plan.forecast.size_of(PATHS, wildcards.film)
    return at_least(2000, answerprint.plan.job_memory.of_source(size.values))


@functools.cache
@exit_on_film_error
def shown_size(film, edition):
    """The size of the frames that an edition of a film shows."""
    return answerprint.plan.forecast.shown(PATHS, film, edition)


def lossless_megabytes(wildcards):
    """Memory of a job that makes lossless prints."""
    values = shown_size(wildcards.film, wildcards.edition).values
    return at_least(2000, answerprint.plan.job_memory.of_lossless_prints(values))


def lossy_megabytes(wildcards):
    """Memory of a job that makes lossy prints."""
    pixels = shown_size(wildcards.film, wildcards.edition).pixels
    memory = answerprint.plan.job_memory.of_lossy_prints(PROJECT.lossy(), pixels)
    return at_least(4000, memory)


def minutes(stage):
    """A job of a stage may take eight times as long as the forecast says, and half an hour at least."""
    return lambda wildcards: round(
        30
        + 8
        * steps(wildcards.film, wildcards.edition)[stage].seconds
        / len(part_names(wildcards.film))
        / 60
    )


def disk(stage):
    """Megabytes that a job of a stage writes."""
    return lambda wildcards: round(
        1
        + steps(wildcards.film, wildcards.edition)[stage].made.bytes
        / len(part_names(wildcards.film))
        / 1e6
    )


@exit_on_film_error
def forecast():
    """What every film will cost."""
    if not FILMS:
        raise no_film_error()
    return [
        row
        for film in FILMS
        for row in answerprint.plan.forecast.film(PATHS, film, MEASURED)
    ]


def film_states():
    """How far every film is, those left out included."""
    states = [
        answerprint.plan.film_states.state(SOURCES, film, MEASURED) for film in FILMS
    ]
    return states + [
        answerprint.plan.film_states.left_out(film, error)
        for film, error in LEFT_OUT.items()
    ]


def write_index():
    """Write the list of films in the folder of results: those with a report, and how far the others of this run are."""
    results = Path("results")
    if answerprint.report.film_index.has_reports(results):
        states = {one.film: one.state for one in film_states()}
        answerprint.report.film_index.write(results, states)


def discards():
    """Whether working files go when nothing needs them any more."""
    return SETTINGS["working_files"] == "discard"


def turn(wildcards):
    """What a film waits for where working files are discarded: that the last film but one is whole.

    So never more than a few films' working files are there at once. A job of its own process waits for nothing: there
    the films that cannot be read are not left out, and the last but one would be another.
    """
    names = list(FILMS)
    place = names.index(wildcards.film) - answerprint.plan.forecast.AT_ONCE
    if not discards() or place < 0 or not is_main_process():
        return []
    return ancient(f"results/{names[place]}/package/bagit.txt")


@exit_on_film_error
def require_writable_results():
    """Say before anything runs that results cannot be written."""
    for folder in [Path("results"), *(Path("results", film) for film in FILMS)]:
        if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
            raise FilmError(
                f"The folder {folder.resolve()} cannot be written to.",
                "Change its permissions, or run in another folder: --directory PATH.",
            )


@exit_on_film_error
def require_room():
    """Say before a stage runs that the disk cannot hold what it and the others write; `plan` itself writes nothing."""
    if SETTINGS["disk"] == "check" and stages_to_run():
        answerprint.plan.forecast.require_room(
            forecast(), Path("."), Path("results"), discard=discards()
        )
