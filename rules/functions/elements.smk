"""The other elements of films: which there are, and whether each can be one."""

import answerprint.film.elements
import answerprint.film.probe
import answerprint.runtime.child


def element_of(wildcards):
    """The element that a job is about, as the sheet names it."""
    return FILMS[wildcards.film].elements[int(wildcards.element)]


def element_header(film, element):
    """What the headers of an element say, a folder of frames at the film's rate."""
    rate = FILMS[film].rate
    if element.path.is_dir():
        rate = PATHS.facts(film).rate
    gaps = SETTINGS["missing"] != "refuse"
    return answerprint.runtime.child.call(
        lambda: answerprint.film.probe.inspect(element.path, rate, gaps=gaps),
        str(element.path),
    )


def element_rate(wildcards):
    """The rate to read an element at, where its header does not say it."""
    film = wildcards.film
    folder = element_of(wildcards).path.is_dir()
    return str(PATHS.facts(film).rate if folder else FILMS[film].rate or "")


def wanted_element(wildcards):
    """The SHA-256 that a recipe expects of an element, and the name of its file; empty without a recipe."""
    wanted = SETTINGS.get("wanted_elements") or []
    number = int(wildcards.element)
    return wanted[number] if number < len(wanted) else ["", ""]


def element_facts(wildcards):
    """What is known of each element of a film, and where it lies along it."""
    film = wildcards.film
    numbers = range(len(FILMS[film].elements))
    return [f"results/{film}/place_element/{number}.json" for number in numbers]


def elements_read(stage):
    """The parts of each element that a job of a stage reads, in order, those beside its own among them.

    To be unpacked. They are ancient: when their pixels matter, the fingerprint says so.
    """

    def files(wildcards):
        film, part = wildcards.film, wildcards.part
        names = sorted({part, *PATHS.next_to(film, part)})
        return {
            f"element_{number}": ancient(
                [f"results/{film}/element/{number}/{name}.zip" for name in names]
            )
            for number in range(len(FILMS[film].elements))
        }

    return files


@exit_on_film_error
def check_elements(film):
    """Say whether elements do not fit their film, or would not be used, before anything runs."""
    if not FILMS[film].elements:
        return
    editions = FILMS[film].editions
    if not any("clean" in PATHS.steps(edition) for edition in editions):
        raise FilmError(
            f"The film {film} has elements, but none of its editions has the stage clean.",
            "Add the stage to an edition, or leave the elements out.",
        )
    for element in FILMS[film].elements:
        answerprint.film.elements.require_rate(
            element_header(film, element), PATHS.facts(film), surveyed=False
        )


if is_main_process():
    for film in FILMS:
        check_elements(film)
