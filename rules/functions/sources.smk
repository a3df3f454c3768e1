"""The films' sources: looked at before anything runs."""

import time

import answerprint.film.elements
import answerprint.film.fixity
import answerprint.film.probe
import answerprint.film.reading
import answerprint.film.said_colour
import answerprint.plan.forecast
import answerprint.plan.paths
import answerprint.prints.codecs
import answerprint.prints.slices
import answerprint.runtime.child
import answerprint.runtime.files

SOURCES = answerprint.plan.paths.Paths(PROJECT, lambda film: idle(film))
"""Raises FilmError where a source cannot be read; PATHS ends the run then."""
PATHS = Guarded(SOURCES)
LEFT_OUT = {}
"""Films of a sheet whose sources cannot be read, and why: the others go on without them."""


def check_source(film):
    """Raises FilmError for a source that cannot be read, has changed, or would be made smaller or larger than its prints
    can be, and for elements that do not fit.
    """
    SOURCES.parts(film)
    for edition in FILMS[film].editions:
        CHAIN.require_larger(edition, SOURCES.facts(film).height)
        check_slices(film, edition)
    facts = Path(f"results/{film}/survey/facts.json")
    answerprint.film.fixity.require_unchanged(facts, FILMS[film].source)
    check_elements(film)


def check_slices(film, edition):
    """Raises FilmError for frames that a print of an edition cannot hold."""
    size = answerprint.plan.forecast.shown(SOURCES, film, edition)
    for name, codec in codecs().items():
        codec = answerprint.prints.codecs.CODECS[codec]
        pixel_format = codec.pixel_format(size.channels, size.depth)
        answerprint.prints.slices.option(
            codec,
            size.width,
            size.height,
            pixel_format,
            f"The print {name} of {edition}",
        )


def element_header(film, element):
    """What the headers of an element say, a folder of frames at the film's rate."""
    rate = FILMS[film].rate
    if element.path.is_dir():
        rate = SOURCES.facts(film).rate
    gaps = SETTINGS["missing"] != "refuse"
    return answerprint.runtime.child.call(
        lambda: answerprint.film.probe.inspect(element.path, rate, gaps=gaps),
        str(element.path),
    )


def check_elements(film):
    """Raises FilmError for elements that do not fit their film, or would not be used."""
    if not FILMS[film].elements:
        return
    editions = FILMS[film].editions
    if not any("clean" in SOURCES.steps(edition) for edition in editions):
        raise FilmError(
            f"The film {film} has elements, but none of its editions has the stage clean.",
            "Add the stage to an edition, or leave the elements out.",
        )
    for element in FILMS[film].elements:
        answerprint.film.elements.require_rate(
            element_header(film, element), SOURCES.facts(film), surveyed=False
        )


def leave_out_unreadable_films():
    """Look at the source of each film; one film alone, or every one of a sheet, ends the run."""
    check_or_exit = exit_on_film_error(check_source)
    for film in FILMS:
        try:
            check_source(film)
        except FilmError as error:
            LEFT_OUT[film] = error
        except Exception:
            check_or_exit(film)
    if FILMS and len(LEFT_OUT) == len(FILMS):
        check_or_exit(next(iter(LEFT_OUT)))
    for film, error in LEFT_OUT.items():
        del FILMS[film]
        print(f"WARNING  {film} is left out: {error.message}", file=sys.stderr)


def fail_for_films_left_out():
    """End a run that restored the others as one that failed."""
    for error in LEFT_OUT.values():
        say_last(terminal_message(error))
    if LEFT_OUT:
        sys.exit(1)


if is_main_process():
    leave_out_unreadable_films()


def source_input(path):
    """A source as an input of a job; none where it is dated in the future.

    Snakemake takes an input later than the outputs for a clock skew and fails the job. Jobs have the path in their
    params as well, and what tells that such a source has changed.
    """
    dated_ahead = Path(path).stat().st_mtime > time.time()
    return [] if dated_ahead else str(path)


def film_source(wildcards):
    """The source of a film."""
    return FILMS[wildcards.film].source


def reading(option, source):
    """A reading option as it concerns the source of a job."""

    @exit_on_film_error
    def concerning(wildcards):
        options = answerprint.film.reading.concerning(source(wildcards), SETTINGS)
        return options[option]

    return concerning


def damage_refused(facts):
    """Whether damage that a survey accepted is accepted no more.

    Its job remembers this in place of `accept_damaged`, which concerns no source that is whole.
    """

    @exit_on_film_error
    def refused(wildcards):
        path = Path(facts.format(**dict(wildcards.items())))
        return answerprint.film.reading.damage_refused(path, SETTINGS)

    return refused


def handed_in(files):
    """Files that people wrote, as inputs of a job; none of those dated in the future.

    They are ancient: what they hold counts, which the job's params tell.
    """
    return lambda wildcards: [
        ancient(path) for path in files(wildcards) if source_input(path)
    ]


def contents(files):
    """The same files as params, each with the digest of what it holds: by these a job reads them."""
    return lambda wildcards: {path: content_of(path) for path in files(wildcards)}


@functools.cache
def content_of(path):
    """The digest of what a file holds as this run found it."""
    return answerprint.runtime.files.sha256(path)


@exit_on_film_error
def stamp_of(path):
    """A digest of names, sizes and dates of a file or of the files of a folder."""
    return answerprint.film.fixity.stamp(Path(path))
