"""What the rules of stages share: the frames they read, and the brief that says what they do with them."""

BRIEFS = answerprint.brief.Desk(CHAIN, SETTINGS["device"])


def ingested(wildcards):
    """The frames of a part as they came."""
    return LAYOUT.frames(wildcards.film, "source", "ingest", wildcards.part)


def beside_ingested(wildcards):
    """The ingested parts beside a part."""
    return [
        LAYOUT.frames(wildcards.film, "source", "ingest", part)
        for part in LAYOUT.next_to(wildcards.film, wildcards.part)
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


def measured_neighbours(wildcards):
    """The parts beside it, when measuring for a stage looks at neighbouring frames."""
    film, edition, stage, part = (
        wildcards[name] for name in ("film", "edition", "stage", "part")
    )
    if not CHAIN.stages[stage].card.measure_radius:
        return []
    return ancient(LAYOUT.beside(film, edition, stage, part))


def measures(stage):
    """The film-wide measures of a stage, when its engine plans over the shot."""
    if stage not in CHAIN.stages or not CHAIN.stages[stage].card.measured:
        return []
    return ancient(f"results/{{film}}/{{edition}}/plan/{stage}.npz")


def weights(stage):
    """The weight files that a stage's engine reads for a film."""
    if stage not in CHAIN.stages or not hasattr(CHAIN.stages[stage].options, "weights"):
        return []
    return lambda wildcards: [
        path
        for name in [
            CHAIN.stages[stage].options.weights,
            *answerprint.decisions.weights(decided(wildcards.film), stage),
        ]
        for path in weight_files(name)
    ]


def brief_of(film):
    """The briefs of a film; it must be known how it is cut."""
    return BRIEFS.of(f"results/{film}", decisions_file(film))


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
        return brief_of(wildcards.film).stage(wildcards.edition, stage, part)

    return brief


@told
def measure_brief(wildcards):
    """What determines the measures of a part."""
    briefs = brief_of(wildcards.film)
    return briefs.measure(wildcards.edition, wildcards.stage, int(wildcards.part))


def gpu(stage):
    """1 where the stage's engine runs on a GPU, else 0."""
    used = stage in CHAIN.stages and CHAIN.stages[stage].card.gpu
    return int(used and SETTINGS["device"] != "cpu")


def megabytes(stage):
    """Memory of a job of a stage."""
    return 4000 if stage in CHAIN.stages and CHAIN.stages[stage].card.weights else 2000
