"""Where the frames of stages and their records are: what each job reads."""

import answerprint.stages.analysis


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
    """The ingested parts beside a section that its analysis looks at."""
    radius = answerprint.stages.analysis.RADIUS
    parts = PATHS.next_to_section(wildcards.film, wildcards.section, radius)
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
    radius = CHAIN.stages[stage].card.measure_radius
    parts = PATHS.next_to_section(film, wildcards.section, radius)
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
