"""What people wrote about a film: decisions, a corrected transcript, subtitles, portraits of its cast."""

@functools.cache
def written(name):
    """A file of that name among the decisions; None where nobody wrote one."""
    folder = SETTINGS.get("decisions")
    own = [Path("config/decisions"), REPOSITORY / "config" / "decisions"]
    files = (path / name for path in ([Path(folder)] if folder else own))
    return next((path for path in files if path.exists()), None)


def decisions_file(film):
    """What a person decided about a film; None where nothing is written."""
    return written(f"{film}.yaml")


AUTO = bool(SETTINGS.get("auto"))


def resolved_stages(wildcards):
    """What `stages: auto` resolved to, where the configuration says that."""
    return [f"results/{wildcards.film}/stages.yaml"] if AUTO else []


def decisions_input(wildcards):
    return [str(path) for path in [decisions_file(wildcards.film)] if path]


@told
def decided(film):
    return answerprint.plan.decisions.read(decisions_file(film))


@told
def check_decisions():
    """Say what is wrong with decisions before anything runs."""
    for film in FILMS:
        if decisions_file(film):
            answerprint.plan.decisions.check(decisions_file(film), CHAIN)


check_decisions()


def cast_files(wildcards):
    """The portraits of a film's cast."""
    cast = FILMS[wildcards.film].cast
    files = cast.rglob("*") if cast and cast.is_dir() else []
    return sorted(str(path) for path in files if path.is_file())


def corrections_input(wildcards):
    """The transcript that a person corrected in a spreadsheet, where there is one: <film>.csv beside the decisions."""
    return [str(path) for path in [written(f"{wildcards.film}.csv")] if path]


def given_subtitles(film):
    """The subtitles that a film already has."""
    subtitles = FILMS[film].subtitles
    return [str(subtitles)] if subtitles else []
