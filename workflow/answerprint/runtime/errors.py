"""The one kind of error that is written for users."""

from __future__ import annotations

from pathlib import Path


class FilmError(Exception):
    """What went wrong and where, in one sentence, with a hint about what to do."""

    damaged: Path | None = None
    """A corrupted working file, if that is the cause: the job that meets it removes it, so that it is made again."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[type[FilmError], tuple[str, str]]:
        """Between processes it travels as what it was made from."""
        return type(self), (self.message, self.hint)


def terminal_message(error: FilmError) -> str:
    """The message and its hint, laid out for the terminal."""
    hint = f"\n       {error.hint}" if error.hint else ""
    text = f"\nERROR  {error.message}{hint}\n"
    # A file name that is not UTF-8 holds surrogates, which no terminal takes.
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8")


def unknown_name_error(kind: str, name: str, valid: list[str] | tuple[str, ...]) -> FilmError:
    """The error for a name that is not among the valid ones; its hint suggests the closest and lists them all.

    `kind` says what is named, such as "stage" or "key of train".
    """
    import difflib

    closest = difflib.get_close_matches(name, valid, n=1)
    suggestion = f"Did you mean '{closest[0]}'? " if closest else ""
    return FilmError(f"Unknown {kind} '{name}'.", f"{suggestion}Valid: {', '.join(valid)}.")
