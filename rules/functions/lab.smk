"""What the rules that damage films and train networks share: their orders, and functions that name files."""

import answerprint.lab.damage_film
import answerprint.lab.training.plan

DAMAGED = ("damaged.mkv", "clean.mkv", "truth.mkv", "damage.json")


@exit_on_film_error
def all_damaged(wildcards):
    """The damaged films of the configuration."""
    if not FILMS:
        raise FilmError("There is no film to damage.", "Give --config film=PATH.")
    return [f"damaged/{film}/{file}" for film in FILMS for file in DAMAGED]


@exit_on_film_error
def first_film():
    """The first film of the configuration."""
    if not FILMS:
        raise no_film_error()
    return next(iter(FILMS))


TRAINING = exit_on_film_error(answerprint.lab.training.plan.read)(
    SETTINGS.get("train") or {}
)


def piece_before(wildcards):
    """The state that a piece of a training starts from."""
    number = int(wildcards.piece)
    folder = f"training/{wildcards.network}/pieces"
    return [f"{folder}/{number - 1:02}.pt"] if number else []


def start_of_piece(wildcards):
    """The last state of the training that the first piece of another starts from."""
    start = answerprint.lab.training.plan.start_of(wildcards.network)
    return [last_piece(start)] if start and int(wildcards.piece) == 0 else []


def last_piece(network):
    return f"training/{network}/pieces/{TRAINING.pieces - 1:02}.pt"


def weights_of(network):
    stem = f"{TRAINING.into}/{answerprint.lab.training.plan.weight_file(network)}"
    return {"weights": f"{stem}.safetensors", "card": f"{stem}.md"}


def training_plan(wildcards):
    return dataclasses.asdict(TRAINING)


def bench_source(wildcards):
    """The film that the bench restores: the first of the configuration, else the demo film."""
    return next((str(row.source) for row in FILMS.values()), "demo/film.mkv")
