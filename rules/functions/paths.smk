"""Where files are: what each job reads and what a run is to make."""

import time

import answerprint.archive.recipe
import answerprint.film.fixity
import answerprint.film.said_colour
import answerprint.plan.paths
import answerprint.prints.labels
import answerprint.report.endings
import answerprint.report.film_index
from answerprint.archive.reproduce import masters as published_masters

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


def working(path):
    """A file between stages: kept, or removed once nothing needs it, as the configuration says."""
    return path if SETTINGS["working_files"] == "keep" else temp(path)


@exit_on_film_error
def part_names(film):
    return PATHS.parts(film)


def each_part(pattern):
    """One file for each part of a film."""
    return lambda wildcards: expand(
        pattern, part=part_names(wildcards.film), **dict(wildcards.items())
    )


def each_section(pattern):
    """One file for each section of a film."""
    return lambda wildcards: expand(
        pattern, section=PATHS.sections(wildcards.film), **dict(wildcards.items())
    )


def each_edition(pattern):
    """One file for each edition of a film."""
    return lambda wildcards: expand(
        pattern, film=wildcards.film, edition=FILMS[wildcards.film].editions
    )


def label(wildcards):
    """How a job calls its part on the terminal."""
    return f"part {int(wildcards.part) + 1} of {len(part_names(wildcards.film))}"


def section_label(wildcards):
    """How a job calls its section on the terminal."""
    number = len(PATHS.sections(wildcards.film))
    return f"section {int(wildcards.section) + 1} of {number}"


def ingested(wildcards):
    """The frames of a part as they came."""
    return PATHS.frames(wildcards.film, "source", "ingest", wildcards.part)


def section_ingested(wildcards):
    """The frames of a section as they came."""
    parts = PATHS.section(wildcards.film, wildcards.section)
    return [PATHS.frames(wildcards.film, "source", "ingest", part) for part in parts]


def beside_ingested(wildcards):
    """The ingested parts beside a section."""
    parts = PATHS.next_to_section(wildcards.film, wildcards.section)
    return [PATHS.frames(wildcards.film, "source", "ingest", part) for part in parts]


def previous(stage):
    """The part that a stage reads."""
    return lambda wildcards: PATHS.before(
        wildcards.film, wildcards.edition, stage, wildcards.part
    )


def neighbours(stage):
    """The parts beside it, when the stage looks at neighbouring frames.

    They are ancient: when their pixels matter, the fingerprint says so.
    """
    if stage not in CHAIN.stages or not CHAIN.stages[stage].radius:
        return []
    return lambda wildcards: ancient(
        PATHS.beside(wildcards.film, wildcards.edition, stage, wildcards.part)
    )


def measured_frames(wildcards):
    """The parts of a section that a stage reads."""
    film, edition, stage = (wildcards[name] for name in ("film", "edition", "stage"))
    parts = PATHS.section(film, wildcards.section)
    return [PATHS.before(film, edition, stage, part) for part in parts]


def measured_neighbours(wildcards):
    """The parts beside them, when measuring for a stage looks at neighbouring frames."""
    film, edition, stage = (wildcards[name] for name in ("film", "edition", "stage"))
    if not CHAIN.stages[stage].card.measure_radius:
        return []
    parts = PATHS.next_to_section(film, wildcards.section)
    return ancient([PATHS.before(film, edition, stage, part) for part in parts])


def measures(stage):
    """The film's measures for a stage, when its engine plans over the shot."""
    if stage not in CHAIN.stages or not CHAIN.stages[stage].card.measured:
        return []
    return lambda wildcards: ancient(
        PATHS.measures(wildcards.film, wildcards.edition, stage)
    )


def before_colour(wildcards):
    """The frames of all parts as the stage colorize of an edition reads them."""
    film, edition = wildcards.film, wildcards.edition
    return [PATHS.before(film, edition, "colorize", part) for part in part_names(film)]


def color_sheets(wildcards):
    """The key frames of every film, of each edition with the stage colorize."""
    return [
        f"results/{film}/{name}/key_frames"
        for film in FILMS
        for name, edition in CHAIN.editions.items()
        if "colorize" in edition.stages
    ]


def shown(wildcards):
    """The frames that an edition shows of a part."""
    return PATHS.end(wildcards.film, wildcards.edition, wildcards.part)


def shown_from(wildcards):
    """The same, and those of the parts after it that a group of pictures may reach into."""
    film, edition = wildcards.film, wildcards.edition
    return [
        PATHS.end(film, edition, part)
        for part in PATHS.reached_by_group(film, wildcards.part)
    ]


def pieces(wildcards):
    """The pieces of a print."""
    rule_name = "encode_access" if wildcards.print in PROJECT.lossy() else "encode"
    return each_part(
        f"results/{{film}}/{{edition}}/{rule_name}/{{print}}/{{part}}.piece"
    )(wildcards)


def searched_qualities(wildcards):
    """What was chosen for each group of pictures of a film's access copies, if it was searched."""
    if "vmaf" not in PROJECT.lossy().get("access", {}):
        return []
    film = wildcards.film
    return [
        f"results/{film}/{edition}/encode_access/{part}.json"
        for edition in FILMS[film].editions
        for part in part_names(film)
    ]


@exit_on_film_error
def streamed_print(wildcards):
    """The print that a stream is made of: the one that every browser plays, else the access copy."""
    lossy = [name for name in ("television", "access") if name in PROJECT.lossy()]
    if not lossy:
        raise FilmError(
            "A stream is made of a lossy print, and the configuration asks for none.",
            "Set `prints: {television: true}`.",
        )
    return f"results/{wildcards.film}/{wildcards.edition}/{lossy[0]}.mp4"


def shown_in_editors(wildcards):
    """The print that a timeline shows, from the folder of the film's results: the best one at the film's own rate."""
    for edition in FILMS[wildcards.film].editions:
        names = [
            PROJECT.prints()[name]
            for name in ("mezzanine", "master", "television", "access")
            if name in PROJECT.prints()
        ]
        if names and not CHAIN.retiming(edition):
            return f"{edition}/{names[0]}"
    return str(Path(FILMS[wildcards.film].source).resolve())


@exit_on_film_error
def noted_timeline(wildcards):
    """The timeline that came back from an editing program."""
    if not SETTINGS.get("timeline"):
        raise FilmError(
            "No timeline given to read notes from.",
            "Give --config film=PATH timeline=PATH.otio; results/<film>/timeline.otio is the one to edit.",
        )
    return SETTINGS["timeline"]


@functools.cache
@exit_on_film_error
def qualities_of_recipe():
    """By edition, the first frame and the quality of each group of pictures that a recipe holds."""
    if "recipe" not in SETTINGS:
        return {}
    return answerprint.archive.recipe.read(SETTINGS["recipe"]).get("qualities") or {}


def known_qualities(wildcards):
    """The same for one edition."""
    return qualities_of_recipe().get(wildcards.edition, [])


def added_steps(wildcards):
    """The (edition, stage) pairs that an edition adds to the nearest one that is made of the film."""
    return CHAIN.added(wildcards.edition, FILMS[wildcards.film].editions)


def added_frames(wildcards):
    """The frames of a part after each of them."""
    return [
        PATHS.frames(wildcards.film, edition, stage, wildcards.part)
        for edition, stage in added_steps(wildcards)
    ]


def enlarging_steps(wildcards):
    """Those of them that make the picture larger."""
    return [
        (edition, stage)
        for edition, stage in added_steps(wildcards)
        if CHAIN.stages[stage].enlargement.changes
    ]


def frames_enlarged(wildcards):
    """The frames of a part that they read."""
    return [
        PATHS.before(wildcards.film, edition, stage, wildcards.part)
        for edition, stage in enlarging_steps(wildcards)
    ]


def added_confidence(wildcards):
    """How certain the colour of a part is, where an edition adds it."""
    film, part = wildcards.film, wildcards.part
    steps = [step for step in added_steps(wildcards) if step[1] == "colorize"]
    return [
        PATHS.frames(film, *step, part).replace(".zip", ".confidence.zip")
        for step in steps
    ]


def changes(wildcards):
    """The change maps of all stages up to the end of an edition, for one part."""
    return PATHS.changes(wildcards.film, wildcards.edition, wildcards.part)


def part_records(wildcards):
    """The records of the same stages for that part."""
    return [path.replace(".changes.zip", ".json") for path in changes(wildcards)]


def film_records(wildcards):
    """The records of all stages of all editions of a film."""
    return PATHS.film_records(wildcards.film)


def sounds(wildcards):
    """The sound streams of a film."""
    return PATHS.sounds(wildcards.film)


def sound_file(wildcards):
    """The file that holds the sounds of a film: its own, or the one that the sheet names."""
    film = FILMS[wildcards.film]
    return film.audio or film.source


def sound_facts(wildcards):
    """What is known of each of them."""
    return [path.replace(".flac", ".json") for path in sounds(wildcards)]


def own_subtitles(wildcards):
    """The text subtitles that a film's file holds."""
    return PATHS.own_subtitles(wildcards.film)


def prints(wildcards):
    """The prints of an edition."""
    return PATHS.prints(wildcards.film, wildcards.edition)


def film_prints(wildcards):
    """The prints of all editions of a film."""
    film = wildcards.film
    return [
        path for edition in FILMS[film].editions for path in PATHS.prints(film, edition)
    ]


def film_stills(wildcards):
    """The folders of pictures of all editions of a film."""
    film = wildcards.film
    return [
        f"results/{film}/{edition}/encode/stills/{part}"
        for edition in FILMS[film].editions
        for part in part_names(film)
    ]


def kept(wildcards):
    """The results worth keeping."""
    film = wildcards.film
    names = tuple(f"restoration.{kind}" for kind in ("md", "html", "pdf"))
    names += ("report.html", "recipe.yaml", "bundle.tar.gz", "source.json")
    names += ("analysis.json", "shots.json")
    names += tuple(
        f"transcript.{kind}" for kind in ("json", "csv", "srt", "vtt", "ttml")
    )
    masters = PATHS.masters(film)
    return [
        *(f"results/{film}/{name}" for name in names),
        *film_prints(wildcards),
        *each_edition("results/{film}/{edition}/check.json")(wildcards),
        *(path.replace(".mkv", ".framemd5") for path in masters),
    ]


def enlargements(edition, stage=None):
    """How frames are enlarged up to a stage, or to the end of an edition, step by step."""
    return tuple(step.step for step in CHAIN.enlargements(edition, stage))


def described(wildcards):
    """An edition as its prints describe it."""
    edition = wildcards.edition
    retiming = CHAIN.retiming(edition)
    return {
        "name": edition,
        "kind": CHAIN.editions[edition].kind,
        "steps": tuple(
            (stage, CHAIN.stages[stage].engine) for stage in PATHS.steps(edition)
        ),
        "enlargements": enlargements(edition),
        "rate": retiming.rate if retiming else "",
        "output_channels": CHAIN.output_channels(edition, idle(wildcards.film)),
        "source_type": answerprint.prints.labels.source_type(
            CHAIN, edition, decided(wildcards.film)
        ),
        "elements": bool(FILMS[wildcards.film].elements)
        and "clean" in PATHS.steps(edition),
        "lost": lost_in(wildcards.film) if retiming else (),
    }


@exit_on_film_error
def all_results(wildcards):
    """Everything that the configuration asks for."""
    if not FILMS:
        raise no_film_error()
    return [path for film in FILMS for path in PATHS.results(film)]


def where_to_look():
    """What a finished run did to each film, what to know of it, and where its results are."""
    texts = [answerprint.report.endings.text(Path("results", film)) for film in FILMS]
    return "\n".join(["", *filter(None, texts)])


@exit_on_film_error
def film_to_reproduce():
    """The film that is made again."""
    if "recipe" not in SETTINGS:
        raise FilmError(
            "No recipe given to reproduce.",
            "Give --config recipe=PATH/recipe.yaml source=PATH/film.",
        )
    return next(iter(FILMS))


@exit_on_film_error
def references():
    """The masters that a reproduction is compared with, by edition: none unless `reference` names their folder."""
    if "reference" not in SETTINGS:
        return {}
    folder = Path(SETTINGS["reference"])
    return published_masters(folder, FILMS[film_to_reproduce()].editions)


def bench_source(wildcards):
    """The film that the bench restores: the first of the configuration, else the demo film."""
    return next((str(row.source) for row in FILMS.values()), "demo/film.mkv")
