"""What people wrote about a film: decisions, a corrected transcript, subtitles, portraits of its cast."""

import answerprint.film.matte
import answerprint.film.picture_file
import answerprint.plan.decision_files
import answerprint.plan.decisions
import answerprint.plan.frame_pictures
import answerprint.plan.painted
import answerprint.plan.people
import answerprint.plan.regions
import answerprint.runtime.files
import answerprint.speech.corrections
import answerprint.speech.existing_subtitles


@exit_on_film_error
def decision_folders():
    """Where decisions are looked for."""
    if not SETTINGS.get("decisions"):
        return [Path("config/decisions"), REPOSITORY / "config" / "decisions"]
    folder = Path(SETTINGS["decisions"])
    answerprint.plan.decision_files.require_folder(folder)
    return [folder]


@functools.cache
@exit_on_film_error
def written_file(name):
    """A file of that name among the decisions; None where nobody wrote one, and where a recipe says all."""
    if "recipe" in SETTINGS:
        return None
    files = (path / name for path in decision_folders())
    return next((path for path in files if path.exists()), None)


def decisions_file(film):
    """What a person decided about a film; None where nothing is written. A recipe holds the decisions itself."""
    if "recipe" in SETTINGS:
        return Path(SETTINGS["recipe"])
    return written_file(f"{film}.yaml")


def coloured_pictures(film):
    """The folder of pictures that a person coloured, beside the decisions; None where there is none to read."""
    used = any(
        answerprint.plan.painted.STAGE in one.stages for one in CHAIN.editions.values()
    )
    return written_file(film) if used else None


def pictures_input(wildcards):
    """The pictures in it."""
    folder = coloured_pictures(wildcards.film)
    return [str(path) for path in answerprint.plan.painted.files(folder)]


def resolved_stages(wildcards):
    """What `stages: auto` resolved to, where the configuration says that."""
    return [f"results/{wildcards.film}/stages.yaml"] if AUTO else []


def who_is_where(wildcards):
    """What says which face is whose, where something is decided about somebody's face."""
    files = answerprint.plan.people.FILES if decided(wildcards.film).people else ()
    return [f"results/{wildcards.film}/{name}" for name in files]


def written_decisions(wildcards):
    """The file of what a person decided, where there is one."""
    return [str(path) for path in [decisions_file(wildcards.film)] if path]


def decisions_to_keep(wildcards):
    """The decisions that a person wrote to a file of their own: those of a recipe are in the recipe that is kept."""
    return [] if "recipe" in SETTINGS else written_decisions(wildcards)


@exit_on_film_error
def decided(film):
    return answerprint.plan.decisions.read(decisions_file(film))


@functools.cache
def idle(film):
    """The stages that change no frame of a film, because nobody gave them anything to go by."""
    stages = answerprint.plan.decisions.idle(decided(film), CHAIN)
    painted = answerprint.plan.painted
    return (
        stages - {painted.STAGE} if painted.files(coloured_pictures(film)) else stages
    )


def lost_in(film):
    """Where frames of a film were lost, how many, and what becomes of the sound, in order."""
    return tuple(
        sorted((gap.after, gap.frames, gap.sound) for gap in decided(film).lost)
    )


@exit_on_film_error
def check_decisions(film):
    """Say what is wrong with decisions, and which pictures are missing, before anything runs."""
    CHAIN.require_pictures(FILMS[film].editions)
    if decisions_file(film):
        answerprint.plan.decisions.check(decisions_file(film), CHAIN)


if is_main_process():
    for film in FILMS:
        check_decisions(film)


def say_unused_decisions():
    """Say which files of decisions no film reads."""
    names = list(FILMS)
    files = answerprint.plan.decision_files.unused(decision_folders(), names)
    sheet = "film" not in SETTINGS
    for text in answerprint.plan.decision_files.warnings(files, names, sheet=sheet):
        print(f"WARNING  {text}", file=sys.stderr)


@exit_on_film_error
def check_texts(film):
    """Say before anything runs what is wrong with a corrected transcript, or with subtitles that are handed in."""
    corrected = written_file(f"{film}.csv")
    if corrected:
        answerprint.speech.corrections.read_sheet(corrected)
    if FILMS[film].subtitles:
        answerprint.speech.existing_subtitles.read(FILMS[film].subtitles)


@functools.cache
def warn(said):
    """Say once that a decision does not fit what an earlier run found, as it may fit what this one finds."""
    print(f"WARNING  By what an earlier run found: {said}", file=sys.stderr)


@exit_on_film_error
def check_speakers(film):
    """Say before anything runs whether decisions name people or lines that an earlier run did not find."""
    lines = Path(f"results/{film}/speakers/lines.json")
    if not decided(film).speakers or not lines.exists():
        return
    found = answerprint.runtime.files.read_json(lines)
    try:
        answerprint.speech.corrections.apply_decisions(found, decided(film).speakers)
    except FilmError as error:
        warn(f"{film}: {error}")


if is_main_process() and FILMS and "recipe" not in SETTINGS:
    if not SETTINGS.get("only"):
        say_unused_decisions()
    for film in FILMS:
        check_texts(film)
        check_speakers(film)


@exit_on_film_error
def cast_files(wildcards):
    """The portraits of a film's cast."""
    cast = FILMS[wildcards.film].cast
    found = answerprint.film.picture_file.portraits(cast) if cast else []
    return [str(path) for _, path in found]


def corrections(wildcards):
    """The transcript that a person corrected in a spreadsheet, where there is one: <film>.csv beside the decisions."""
    return [str(path) for path in [written_file(f"{wildcards.film}.csv")] if path]


def existing_subtitles(wildcards):
    """The subtitles that a film already has."""
    subtitles = FILMS[wildcards.film].subtitles
    return [str(subtitles)] if subtitles else []


def matte_facts(wildcards):
    """The facts of the matte of a film that has one."""
    film = wildcards.film
    return [f"results/{film}/matte/facts.json"] if FILMS[film].matte else []


@exit_on_film_error
def check_matte(film):
    """Say whether a matte does not fit its film, or would not be used, before anything runs."""
    matte = FILMS[film].matte
    if not matte:
        return
    stages = {
        stage for edition in FILMS[film].editions for stage in PATHS.steps(edition)
    }
    if not stages & set(answerprint.plan.regions.MENDING):
        raise FilmError(
            f"The film {film} has a matte, but none of its editions has the stage clean.",
            "Add the stage to an edition, or leave the matte out.",
        )
    answerprint.film.matte.must_fit(matte, PATHS.facts(film))


if is_main_process():
    for film in FILMS:
        check_matte(film)


@exit_on_film_error
def check_pictures(film):
    """Say which pictures of frames have another shape than the film's frames, before anything runs."""
    pictures = answerprint.plan.frame_pictures.given(
        CHAIN,
        FILMS[film].editions,
        decided(film),
        answerprint.plan.painted.files(coloured_pictures(film)),
    )
    answerprint.plan.frame_pictures.require_shape(pictures, PATHS.facts(film))


if is_main_process():
    for film in FILMS:
        check_pictures(film)


def marks(stage):
    """What mattes and people mark for a stage, and the measures of the stages that have moved the picture since.

    To be unpacked. Regions and measures are ancient: when they matter, the fingerprint says so.
    """

    def files(wildcards):
        film, inputs = wildcards.film, {}
        if FILMS[film].matte and stage in answerprint.plan.regions.MENDING:
            inputs["matte"] = f"results/{film}/matte/marks.zip"
        if any(stage in region.stages for region in decided(film).regions):
            inputs["regions"] = ancient(f"results/{film}/track_regions/regions.json")
        if inputs:
            inputs["carried"] = [
                ancient(path)
                for edition, name in answerprint.plan.regions.carriers(
                    CHAIN, wildcards.edition, stage
                )
                for path in PATHS.measures(film, edition, name)
            ]
        return inputs

    return files
