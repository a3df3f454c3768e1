"""What the rules of stages share: the frames they read, and the brief that says what they do with them."""

import answerprint.film.matte
import answerprint.plan.regions

BRIEFS = answerprint.plan.fingerprint.Desk(CHAIN, SETTINGS["device"])


def ingested(wildcards):
    """The frames of a part as they came."""
    return LAYOUT.frames(wildcards.film, "source", "ingest", wildcards.part)


def section_ingested(wildcards):
    """The frames of a section as they came."""
    return [
        LAYOUT.frames(wildcards.film, "source", "ingest", part)
        for part in LAYOUT.section(wildcards.film, wildcards.section)
    ]


def beside_ingested(wildcards):
    """The ingested parts beside a section."""
    return [
        LAYOUT.frames(wildcards.film, "source", "ingest", part)
        for part in LAYOUT.next_to_section(wildcards.film, wildcards.section)
    ]


def shown(wildcards):
    """The frames that an edition shows of a part."""
    return LAYOUT.end(wildcards.film, wildcards.edition, wildcards.part)


def changes(wildcards):
    """The change maps of all stages up to the end of an edition, for one part."""
    return LAYOUT.changes(wildcards.film, wildcards.edition, wildcards.part)


def previous(stage=None):
    """The part that a stage reads."""
    return lambda wildcards: LAYOUT.before(
        wildcards.film, wildcards.edition, stage or wildcards.stage, wildcards.part
    )


def neighbours(stage):
    """The parts beside it, when the stage looks at neighbouring frames.

    They are ancient: when their pixels matter, the brief says so.
    """
    if stage not in CHAIN.stages or not CHAIN.stages[stage].radius:
        return []
    return lambda wildcards: ancient(
        LAYOUT.beside(wildcards.film, wildcards.edition, stage, wildcards.part)
    )


def measured_frames(wildcards):
    """The parts of a section that a stage reads."""
    film, edition, stage = (wildcards[name] for name in ("film", "edition", "stage"))
    return [
        LAYOUT.before(film, edition, stage, part)
        for part in LAYOUT.section(film, wildcards.section)
    ]


def measured_neighbours(wildcards):
    """The parts beside them, when measuring for a stage looks at neighbouring frames."""
    film, edition, stage = (wildcards[name] for name in ("film", "edition", "stage"))
    if not CHAIN.stages[stage].card.measure_radius:
        return []
    near = LAYOUT.next_to_section(film, wildcards.section)
    return ancient([LAYOUT.before(film, edition, stage, part) for part in near])


def measures(stage):
    """The film-wide measures of a stage, when its engine plans over the shot."""
    if stage not in CHAIN.stages or not CHAIN.stages[stage].card.measured:
        return []
    return ancient(f"results/{{film}}/{{edition}}/measures/{stage}.npz")


def weights(stage):
    """The weight files that a stage's engine reads for a film."""
    if stage not in CHAIN.stages or not hasattr(CHAIN.stages[stage].options, "weights"):
        return []
    return lambda wildcards: [
        path
        for name in [
            CHAIN.stages[stage].options.weights,
            *answerprint.plan.decisions.weights(decided(wildcards.film), stage),
        ]
        for path in weight_files(name)
    ]


def brief_of(film, resolved=False):
    """The briefs of a film; it must be known how it is cut, and `resolved` what `stages: auto` says."""
    matte = bool(FILMS[film].matte)
    return BRIEFS.of(f"results/{film}", decisions_file(film), matte, resolved)


def known(wildcards):
    """What says how a film is cut, and what `stages: auto` resolved to. They are ancient: the brief says when they matter."""
    files = [f"results/{wildcards.film}/shots.json", *resolved_stages(wildcards)]
    return ancient(files)


@told
def ingest_brief(wildcards):
    """What determines the pixels of a part as ingested."""
    return brief_of(wildcards.film).ingest(int(wildcards.part))


def stage_brief(stage):
    """What determines the pixels of a part: as `params` it decides what runs again.

    It does not take `input`: Snakemake does not remember params that are derived from files.
    """

    @told
    def brief(wildcards):
        part = int(wildcards.part)
        briefs = brief_of(wildcards.film, resolved=AUTO)
        return briefs.stage(wildcards.edition, stage, part)

    return brief


@told
def measure_brief(wildcards):
    """What determines the measures of a section."""
    briefs = brief_of(wildcards.film, resolved=AUTO)
    return briefs.measure(wildcards.edition, wildcards.stage, int(wildcards.section))


def matte_facts(wildcards):
    """The facts of the matte of a film that has one."""
    film = wildcards.film
    return [f"results/{film}/matte/facts.json"] if FILMS[film].matte else []


@told
def check_mattes():
    """Say which matte does not fit its film, or would not be used, before anything runs."""
    for film in FILMS.values():
        stages = {stage for edition in film.editions for stage in LAYOUT.steps(edition)}
        if film.matte and not stages & set(answerprint.plan.regions.MENDING):
            raise FilmError(
                f"The film {film.film} has a matte, but none of its editions has the stage clean.",
                "Add the stage to an edition, or leave the matte out.",
            )
        if film.matte:
            answerprint.film.matte.must_fit(film.matte, LAYOUT.facts(film.film))


if workflow.is_main_process:
    check_mattes()


@told
def regions_brief(wildcards):
    """The regions of a film that have to be followed."""
    return brief_of(wildcards.film).regions()


def marks(stage):
    """What mattes and people mark for a stage, and the measures of the stages that have moved the picture since.

    To be unpacked. Regions and measures are ancient: when they matter, the brief says so.
    """

    def files(wildcards):
        film, found = wildcards.film, {}
        if FILMS[film].matte and stage in answerprint.plan.regions.MENDING:
            found["matte"] = f"results/{film}/matte/marks.zip"
        if any(stage in region.stages for region in decided(film).regions):
            found["regions"] = ancient(f"results/{film}/track_regions/regions.json")
        if found:
            found["carried"] = [
                ancient(f"results/{film}/{edition}/join_measures/{name}.npz")
                for edition, name in answerprint.plan.regions.carriers(
                    CHAIN, wildcards.edition, stage
                )
                if CHAIN.stages[name].card.measured
            ]
        return found

    return files
