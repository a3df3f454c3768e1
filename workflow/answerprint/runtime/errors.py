"""The one kind of error that a person is meant to read."""

from pathlib import Path


class FilmError(Exception):
    """What went wrong and where, in one sentence, with a hint about what to do."""

    damaged: Path | None = None
    """A working file that is not what was written: the job that meets it removes it, so that it is made again."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.message = message
        self.hint = hint


def terminal_message(error: FilmError) -> str:
    """What a person got wrong, and what to do, as the terminal shows it."""
    hint = f"\n       {error.hint}" if error.hint else ""
    return f"\nERROR  {error.message}{hint}\n"


def unknown_name_error(name: str, wrong: str, valid: list[str] | tuple[str, ...]) -> FilmError:
    """The error for a name that is not one of the valid ones, with the nearest of them."""
    import difflib

    near = difflib.get_close_matches(wrong, valid, n=1)
    guess = f"Did you mean '{near[0]}'? " if near else ""
    return FilmError(f"Unknown {name} '{wrong}'.", f"{guess}Valid: {', '.join(valid)}.")
