"""What a recipe says, where one is given: the film is made again by it."""

import answerprint.archive.recipe
from answerprint.archive.reproduce import masters as published_masters


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
