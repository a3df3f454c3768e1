"""What determines the pixels of a job, as its `params`: this decides what runs again."""

import errno

import answerprint.engines.models
import answerprint.plan.film_fingerprints
from answerprint.plan.fingerprint_cache import FingerprintCache, Given
from answerprint.runtime.code_digest import digest_of
from answerprint.runtime.files import digest

FINGERPRINTS = FingerprintCache(CHAIN, SETTINGS["device"])


def fingerprints(film, resolved=AUTO, named=True, placed=True):
    """The fingerprints of a film; it must be known how it is cut, what `stages: auto` says, who is where, and what its
    other elements show.
    """
    given = Given(
        folder=f"results/{film}",
        decisions=decisions_file(film),
        pictures=coloured_pictures(film),
        matte=bool(FILMS[film].matte),
        elements=len(FILMS[film].elements) if placed else 0,
        parts=len(part_names(film)),
        shortest=PATHS.shortest_part(film),
    )
    try:
        return FINGERPRINTS.of(given, resolved=resolved, named=named)
    except answerprint.plan.people.NotFound as error:
        begun = AT_WORK or runs_as_module() or not is_main_process()
        if begun:
            raise
        # This run may find them: Snakemake asks again where an input of a job is missing.
        warn(str(error))
        raise FileNotFoundError(
            errno.ENOENT, str(error), f"{given.folder}/{answerprint.plan.people.SEEN}"
        ) from error


def known(wildcards):
    """What says how a film is cut, what `stages: auto` resolved to, where people are whose faces are decided on, and what
    other elements show.

    They are ancient: the fingerprint says when they matter.
    """
    files = [f"results/{wildcards.film}/shots.json", *resolved_stages(wildcards)]
    return ancient(files + who_is_where(wildcards) + element_facts(wildcards))


@exit_on_film_error
def ingest_fingerprint(wildcards):
    """What determines the pixels of a part as ingested."""
    return fingerprints(
        wildcards.film, resolved=False, named=False, placed=False
    ).ingest(int(wildcards.part))


@exit_on_film_error
def element_fingerprint(wildcards):
    """What determines the pixels of a part as another element shows it."""
    film = fingerprints(wildcards.film, resolved=False, named=False)
    return film.element(int(wildcards.element), int(wildcards.part))


def stage_fingerprint(stage):
    """What determines the pixels of a part.

    It does not take `input`: Snakemake does not remember params that are derived from files.
    """

    @exit_on_film_error
    def fingerprint(wildcards):
        film = fingerprints(wildcards.film)
        return film.stage(wildcards.edition, stage, int(wildcards.part)).to_json()

    return fingerprint


@exit_on_film_error
def measure_fingerprint(wildcards):
    """What determines the measures of a section."""
    film, section = fingerprints(wildcards.film), int(wildcards.section)
    return film.measure(wildcards.edition, wildcards.stage, section).to_json()


@exit_on_film_error
def end_fingerprints(wildcards):
    """The digests of what now determines the frames of an edition, a part each; none for one without stages."""
    edition, stage = CHAIN.end(wildcards.edition)
    if edition == "source":
        return []
    film = fingerprints(wildcards.film)
    parts = range(len(part_names(wildcards.film)))
    return [digest(film.stage(edition, stage, part).to_json()) for part in parts]


@exit_on_film_error
def regions_to_track(wildcards):
    """The regions of a film that have to be tracked."""
    return fingerprints(
        wildcards.film, resolved=False, named=False, placed=False
    ).regions()


def engine_code(step):
    """The digest of the code of a step that is no stage."""
    return answerprint.plan.film_fingerprints.engine_code(step, PROJECT.engine(step)[0])


@exit_on_film_error
def weight_files(name):
    """The file that a path or a name in the registry of models stands for, if its licence is accepted.

    It is ancient: the fingerprint, or `sums` in a job's params, says when it is another. That it cannot be fetched to its
    place is said here: Snakemake looks into a job's folder before the job does.
    """
    if not name:
        return []
    accepted = SETTINGS["models"]["accept_licences"]
    answerprint.engines.models.check_licence_of(name, accepted)
    path = answerprint.engines.models.place(name)
    if not path.exists():
        answerprint.engines.models.require_store()
    return [ancient(str(path))]


def weights(stage):
    """The weight files that a stage's engine reads for a film, or the portraits."""
    if stage not in CHAIN.stages:
        return []
    if not hasattr(CHAIN.stages[stage].options, "weights"):
        return ancient(CHAIN.stages[stage].measured_files)
    return lambda wildcards: weights_read_by(stage, [wildcards.film])


def measuring_weights(wildcards):
    """The weight files that a job which measures for a stage reads, and the portraits."""
    stage = CHAIN.stages[wildcards.stage]
    names = [getattr(stage.options, "weights", None), *stage.measuring_weights]
    weights = [path for name in names for path in weight_files(name)]
    return ancient(list(dict.fromkeys([*weights, *stage.measured_files])))


def weights_read_by(stage, films):
    """The weight files that a stage reads for some films, those that are decided on for single shots among them."""
    names = [*answerprint.engines.options.weights(CHAIN.stages[stage].options)]
    for film in films:
        names += answerprint.plan.decisions.weights(decided(film), stage)
    return [path for name in dict.fromkeys(names) for path in weight_files(name)]


def stage_weights(films):
    """The weight files that the stages read for some films."""
    return [path for stage in CHAIN.stages for path in weights_read_by(stage, films)]


def step_weights(step):
    """The weight files that the engine of a step that is no stage reads."""
    name, values = PROJECT.engine(step)
    options = answerprint.engines.options.read(
        answerprint.engines.find(step, name), values
    )
    return [
        path
        for name in answerprint.engines.options.weights(options)
        for path in weight_files(name)
    ]


def sums(files):
    """The checksums of weight files, as params of a job without a fingerprint; those to be fetched have them already."""
    return [
        answerprint.plan.film_fingerprints.file_digest(Path(path)) for path in files
    ]


def weights_to_hear(step, film):
    """The weight files that speech or voices reads for a film: none without sound, no speech where words are given."""
    listens = step == "voices" if FILMS[film].subtitles else PATHS.sounds(film)
    return step_weights(step) if listens else []


def all_weights(wildcards):
    """Every weight file that the configured engines read."""
    steps = ("speech", "voices", "speaking", "identity")
    return stage_weights(FILMS) + [
        path for step in steps for path in step_weights(step)
    ]
