"""What is asked of a package: pixels to put back, and where the originals are."""

import answerprint.archive.recipe
import answerprint.archive.restorations
import answerprint.archive.reversion


@exit_on_film_error
def signing_files():
    """The certificate and the private key that access prints are signed with, if the configuration names them."""
    named = SETTINGS.get("credentials") or {}
    if not named:
        return []
    for key in ("certificate", "key"):
        if not named.get(key) or not Path(named[key]).is_file():
            raise FilmError(
                f"The file of credentials.{key} does not exist: {named.get(key) or 'none is named'}.",
                "Name a certificate and its private key, both PEM, or leave credentials out.",
            )
    return [named["certificate"], named["key"]]


@functools.cache
@exit_on_film_error
def packaged_recipe():
    """The recipe in the package that `package` names."""
    if not SETTINGS.get("package"):
        raise FilmError(
            "No package given to revert.",
            "Give --config package=PATH/package source=PATH/film revert='{edition: restored, stage: clean}'.",
        )
    return answerprint.archive.recipe.read(SETTINGS["recipe"])


@exit_on_film_error
def reversion():
    """Which pixels are put back."""
    recipe = packaged_recipe()
    return answerprint.archive.reversion.resolve(
        SETTINGS.get("revert") or {}, recipe, CHAIN
    )


def parts_to_revert():
    """The numbers of the parts that hold them."""
    return answerprint.archive.reversion.parts(reversion(), packaged_recipe())


def original_frames():
    """The part files that hold the original pixels."""
    film, asked = film_to_reproduce(), reversion()
    return [
        PATHS.frames(film, *asked.before, f"{part:03d}") for part in parts_to_revert()
    ]


def packaged_prints():
    """The prints of the package that the pixels are put back into."""
    edition = reversion().edition
    folder = Path(SETTINGS["package"], "data", edition)
    return [str(folder / name) for name in ("master.mkv", "changes.mkv")]


@exit_on_film_error
def compared_files():
    """The recipes and masters of the two restorations that `first` and `second` name."""
    missing = [key for key in ("first", "second") if not SETTINGS.get(key)]
    if missing:
        raise FilmError(
            f"No {missing[0]} restoration given to compare.",
            "Give --config first=PATH second=PATH: folders of results/<film>, or packages.",
        )
    return [
        str(path)
        for key in ("first", "second")
        for path in answerprint.archive.restorations.files(Path(SETTINGS[key]))
    ]
