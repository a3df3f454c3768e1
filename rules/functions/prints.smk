"""Where prints, sounds and all else that a film ends in are: what a run is to make."""

import answerprint.prints.labels
import answerprint.report.endings


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
    if not Path(SETTINGS["timeline"]).is_file():
        raise FilmError(
            f"The timeline {SETTINGS['timeline']} does not exist.",
            f"Relative paths count from {Path.cwd()}.",
        )
    return SETTINGS["timeline"]


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


def asked_of_film(wildcards):
    """The chain, and the film's row of the sheet.

    In a list: of other objects than Python's own Snakemake remembers nothing, and runs nothing again for them.
    """
    return [CHAIN, FILMS[wildcards.film]]


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


AT_WORK = set()
"""The films that this run makes results of, known when it begins."""


def where_to_look():
    """What a finished run did to each film that it worked on, what to know of it, and where its results are."""
    films = [film for film in FILMS if film in AT_WORK]
    texts = [answerprint.report.endings.text(Path("results", film)) for film in films]
    return "\n".join(["", *filter(None, texts)])
