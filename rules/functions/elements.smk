"""The other elements of films: which there are, and which of their files a job reads."""


def element_of(wildcards):
    """The element that a job is about, as the sheet names it."""
    return FILMS[wildcards.film].elements[int(wildcards.element)]


def element_source(wildcards):
    """The file or folder of an element."""
    return element_of(wildcards).path


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
        names = sorted({part, *PATHS.next_to(film, stage, part)})
        return {
            f"element_{number}": ancient(
                [f"results/{film}/element/{number}/{name}.zip" for name in names]
            )
            for number in range(len(FILMS[film].elements))
        }

    return files
