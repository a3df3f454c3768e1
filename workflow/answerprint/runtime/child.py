"""Work in a child process that may die: a decoder that crashes on a broken file takes no run with it."""

from __future__ import annotations

import faulthandler
import os
import pickle
import resource
import signal
from collections.abc import Callable
from typing import TypeVar

from .errors import FilmError

T = TypeVar("T")
SECONDS = 300
"""Processor time after which the child is ended: headers take less than one."""
BYTES = 8_000_000_000
"""Memory that it may take."""


def call(work: Callable[[], T], what: str) -> T:
    """What `work` returns or raises, done in a child process; `what` names the file for the error.

    Raises FilmError if the child dies.
    """
    read, write = os.pipe()
    child = os.fork()
    if not child:
        _work_and_exit(work, write)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        content = answer.read()
    _, status = os.waitpid(child, 0)
    if status or not content:
        raise FilmError(
            f"Reading {what} {_death(status)}.", "The file is broken; copy it again, or convert it to FFV1."
        )
    done, value = pickle.loads(content)
    if done:
        result: T = value
        return result
    raise value


def _work_and_exit(work: Callable[[], T], write: int) -> None:
    code = 1
    try:
        faulthandler.disable()
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (BYTES, hard))
        try:
            answer = (True, work())
        except Exception as error:
            answer = (False, _portable(error))  # type: ignore[assignment]
        with os.fdopen(write, "wb") as file:
            file.write(pickle.dumps(answer))
        code = 0
    finally:
        os._exit(code)


def _portable(error: Exception) -> Exception:
    """An exception that can be pickled and is still the same kind for whoever catches it."""
    if isinstance(error, FilmError):
        return error
    return FilmError(f"{type(error).__name__}: {error}")


def _death(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number in (signal.SIGXCPU, signal.SIGKILL):
            return "took too long or too much memory"
        return f"crashed the decoder ({signal.Signals(number).name})"
    return "failed without a reason"
