"""The one kind of error that is written for users."""

from __future__ import annotations

import re
from pathlib import Path

LONGEST = 1500
"""Characters of a message or a hint."""


class FilmError(Exception):
    """What went wrong and where, in one sentence, with a hint about what to do."""

    damaged: Path | None = None
    """A corrupted working file, if that is the cause: the job that meets it removes it, so that it is made again."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = _sentence(message)
        self.hint = _sentence(hint)
        super().__init__(f"{self.message} {self.hint}".strip())

    def __reduce__(self) -> tuple[type[FilmError], tuple[str, str]]:
        """Between processes it travels as what it was made from."""
        return type(self), (self.message, self.hint)


def _sentence(text: str) -> str:
    """A text on one line, and cut where it repeats what a person wrote at too great length."""
    line = re.sub(r"\s*[\r\n]+\s*", " ", text)
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def terminal_message(error: FilmError) -> str:
    """The message and its hint, laid out for the terminal."""
    hint = f"\n       {error.hint}" if error.hint else ""
    # Names in films and sheets may hold what a terminal takes for commands.
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "", f"\nERROR  {error.message}{hint}\n")
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
