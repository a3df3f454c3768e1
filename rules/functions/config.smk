"""The configuration of a run: what is asked for, read and checked before anything else."""

import atexit
import dataclasses
import functools
import os
import shutil
import sys
from pathlib import Path


include: "snakemake_internals.smk"


REPOSITORY = Path(workflow.snakefile).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "workflow"))

import answerprint.engines
import answerprint.plan.config
import answerprint.plan.devices
import answerprint.runtime.environment
import answerprint.runtime.failures
import answerprint.runtime.gpus
from answerprint.archive.reproduce import project as project_of_recipe
from answerprint.archive.reversion import with_recipe
from answerprint.runtime.errors import FilmError, terminal_message

answerprint.runtime.environment.prepare(REPOSITORY / "workflow")


def say_last(text):
    """Print to the terminal below everything that Snakemake says."""
    atexit.register(print, text, file=sys.stderr)


def exit_on_film_error(function):
    """A function whose FilmErrors end the run with one sentence; so does an unexpected error, with its traceback in logs/.

    Snakemake's own exceptions are for Snakemake.
    """

    @functools.wraps(function)
    def exiting(*arguments, **named):
        try:
            return function(*arguments, **named)
        except FilmError as error:
            reason = error
        except Exception as error:
            # A file that is not there yet tells Snakemake to ask again once it is.
            asked_by_job = arguments and not isinstance(arguments[0], str)
            if asked_by_job and isinstance(error, FileNotFoundError):
                raise
            if (
                type(error).__module__.partition("_")[0].partition(".")[0]
                == "snakemake"
            ):
                raise
            reason = answerprint.runtime.failures.unexpected(
                error, function.__name__, arguments, Path("logs")
            )
        say_last(terminal_message(reason))
        sys.exit(1)

    return exiting


class Guarded:
    """An object whose methods end the run with one sentence when they fail."""

    def __init__(self, guarded):
        self._guarded = guarded

    def __getattr__(self, name):
        value = getattr(self._guarded, name)
        return exit_on_film_error(value) if callable(value) else value


@functools.cache
def has_gpu():
    """Whether there is a GPU for this run: `--resources gpu=0` says that there is none."""
    return granted("gpu") != 0 and answerprint.runtime.gpus.usable()


@exit_on_film_error
def read_project():
    """The configuration: the repository's, the working folder's laid over it, then --configfile's and --config's."""
    files = [REPOSITORY / "config" / "config.yaml", Path("config/config.yaml")]
    files = [path for path in files if path.exists()] + given_configfiles()
    layers = list({path.resolve(): path for path in files}.values())
    given = with_recipe(given_config())
    if "recipe" in given:
        return project_of_recipe(layers[0], given, Path("."))
    return answerprint.plan.config.project(layers, given, Path("."), REPOSITORY)


@exit_on_film_error
def settled(project):
    """The project with the device that its configuration means here."""
    return answerprint.plan.devices.settled(project, has_gpu)


AS_WRITTEN = read_project()
PROJECT = settled(AS_WRITTEN)
CHAIN = PROJECT.chain
FILMS = PROJECT.films
SETTINGS = PROJECT.values
AUTO = bool(SETTINGS.get("auto"))
CONDA = ("conda", "mamba")
os.environ[answerprint.runtime.gpus.JOBS_PER_GPU] = str(SETTINGS["gpu_share"])


wildcard_constraints:
    film="[^/]+",
    edition="[A-Za-z0-9_-]+",
    stage="[a-z]+",
    part=r"\d{3}",
    section=r"\d{3}",
    element=r"\d+",
    stream=r"\d+",
    print="master|mezzanine|access|television|changes",
    container="mkv|mov|mp4",


@exit_on_film_error
def require_conda():
    """Say that there is no conda to make environments with, before Snakemake blames a rule for it."""
    if wants_conda() and not any(shutil.which(name) for name in CONDA):
        raise FilmError(
            "Conda is asked for (--sdm conda), but no program of that name is installed.",
            "Leave --sdm conda out: the .venv of `make setup` holds everything. Or install Miniforge.",
        )


if is_main_process():
    require_conda()


def no_film_error():
    return FilmError(
        "There is no film to restore.",
        "Give --config film=PATH, or fill config/films.tsv.",
    )


def engine_card(step):
    """The card of the engine of a step that is no stage."""
    return answerprint.engines.find(step, PROJECT.engine(step)[0]).card


def device_of(step):
    """The device that the engine of a step that is no stage runs on."""
    return answerprint.plan.devices.device_of(engine_card(step), SETTINGS["device"])


def gpus_for(*devices):
    """How many GPUs a job asks for that runs its networks on these devices."""
    return int("cuda" in devices)


@exit_on_film_error
def settle_device():
    """Say before anything runs that a GPU is missing; keep what `device: auto` means for when the run is continued."""
    record, device = answerprint.plan.devices.RECORD, SETTINGS["device"]
    asked = AS_WRITTEN.values["device"]
    if runs_here() and gpus_to_use():
        answerprint.plan.devices.require_gpu(
            device, has_gpu, recorded=asked == "auto" and record.exists()
        )
    if asked == "auto" and writes_results() and not record.exists():
        answerprint.plan.devices.write(device)


def codecs():
    """The prints to make of each edition, and the codec of each by the name that codecs.py knows."""
    lossy = PROJECT.lossy()
    return {
        name: lossy[name]["codec"] if name in lossy else name
        for name in PROJECT.prints()
    }


def tell_failures(logs):
    """Say what went wrong once more, below everything that Snakemake says."""
    summary = answerprint.runtime.failures.failure_summary(logs)
    if summary:
        say_last(summary)
