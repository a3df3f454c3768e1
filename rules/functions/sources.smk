"""The films' sources: looked at before anything runs."""

import time

import answerprint.film.fixity
import answerprint.film.said_colour
import answerprint.plan.paths

SOURCES = answerprint.plan.paths.Paths(PROJECT, lambda film: idle(film))
"""Raises FilmError where a source cannot be read; PATHS ends the run then."""
PATHS = Guarded(SOURCES)
LEFT_OUT = {}
"""Films of a sheet whose sources cannot be read, and why: the others go on without them."""


def check_source(film):
    """Raises FilmError for a source that cannot be read, or has changed, before anything runs."""
    SOURCES.parts(film)
    facts = Path(f"results/{film}/survey/facts.json")
    answerprint.film.fixity.require_unchanged(facts, FILMS[film].source)


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


@exit_on_film_error
def stamp_of(path):
    """A digest of names, sizes and dates of a file or of the files of a folder."""
    return answerprint.film.fixity.stamp(Path(path))
