"""Part files: the working files between stages, one archive of packed frames each.

A part file is a zip archive. It has one member a frame, the planar values (channels, height, width) bit-shuffled and
packed with zstd 1 by numcodecs' Blosc; a black frame has none. The last member, `part.json`, holds the shape and a
digest a frame. Every digest is checked when its frame is read. The file is written under a temporary name and renamed
once it is whole. (Bit-shuffle: Masui et al., "A compression scheme for radio data", 2015.)
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
import xxhash

from ..runtime.errors import FilmError

CONTENTS = "part.json"
DIGEST = "XXH3-128"
"""The hash that tells frames apart; recipes name it."""
DAMAGED = (OSError, KeyError, TypeError, ValueError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error)
"""What reading a zip archive or unpacking a frame raises when bytes have changed since they were written."""
OUT_OF_REACH = {
    *(errno.EMFILE, errno.ENFILE, errno.EACCES, errno.EPERM, errno.ENOMEM, errno.EAGAIN, errno.EINTR),
    *(errno.ESTALE, errno.ETIMEDOUT, errno.ENOTCONN, errno.EHOSTDOWN, errno.EHOSTUNREACH),
}
"""Errors of a file that is whole, but not to be had at the moment: too many are open, or a server does not answer."""
BLOCK = 262_144
"""Bytes that Blosc packs at a time. Of 64 kB to 512 kB this reads fastest and packs smallest."""
MOST_CONTENTS = 64_000_000
"""Bytes of `part.json`: the digests of two million frames."""
MOST_CHANNELS = 4
MOST_PIXELS = 1 << 28
"""Pixels of a frame: those of an 8K film, enlarged twice, and as many again."""


def digest(planes: np.ndarray) -> str:
    """The digest of one frame's values: 32 hex digits of XXH3 (Collet 2020).

    It finds damage and tells frames apart in a fiftieth of the time of BLAKE2b; it is no signature.
    """
    return xxhash.xxh3_128_hexdigest(np.ascontiguousarray(planes).data)


def to_integers(frames: np.ndarray, depth: int) -> np.ndarray:
    """Frames (n, h, w, c) 0..1 as uint16 (n, c, h, w), clipped and rounded to `depth` bits.

    The bits stand at the top of the 16, so that the empty ones cost nothing when packed.
    """
    count, height, width, channels = frames.shape
    white = np.float32((1 << depth) - 1)
    values = np.empty((count, channels, height, width), np.uint16)
    # Frame by frame in one small buffer that stays in the processor's cache: six times as fast as all at once.
    scaled = np.empty((channels, height, width), np.float32)
    for index, frame in enumerate(frames):
        np.multiply(frame.transpose(2, 0, 1), white, out=scaled)
        np.rint(scaled, out=scaled)
        values[index] = np.clip(scaled, 0, white, out=scaled)
    return np.left_shift(values, 16 - depth, out=values)


def to_floats(planes: np.ndarray, depth: int) -> np.ndarray:
    """Stored values (n, c, h, w) as float32 frames (n, h, w, c), 0..1; `to_integers` gives the same values back."""
    count, channels, height, width = planes.shape
    frames = np.empty((count, height, width, channels), np.float32)
    shifted = np.empty((channels, height, width), planes.dtype)
    for frame, values in zip(frames, planes, strict=True):
        np.right_shift(values, 16 - depth, out=shifted)
        np.multiply(shifted.transpose(1, 2, 0), np.float32(1.0 / ((1 << depth) - 1)), out=frame)
    return frames


class FrameFormat(NamedTuple):
    """Shape and depth of stored frames: change maps have 8 bits and are stored as bytes, pictures have more."""

    channels: int
    height: int
    width: int
    depth: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the stored values."""
        return np.dtype(np.uint8 if self.depth <= 8 else np.uint16)

    @property
    def black(self) -> str:
        """The digest of a black frame."""
        left = int(np.prod(self[:3], dtype=np.int64)) * self.dtype.itemsize
        block = bytes(min(left, 1 << 20))
        hasher = xxhash.xxh3_128()
        while left:
            hasher.update(block[:left])
            left -= min(left, len(block))
        return hasher.hexdigest()


@cache
def _codec() -> Any:
    from numcodecs import Blosc, blosc

    # Parts run beside each other; threads inside one would only get in their way.
    blosc.set_nthreads(1)
    return Blosc(cname="zstd", clevel=1, shuffle=Blosc.BITSHUFFLE, blocksize=BLOCK)


class Writer:
    """Writes one part file, frame after frame; the file appears when all of them are there."""

    def __init__(self, path: Path | str, *, frames: int, format: FrameFormat) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.format = format
        self.digests: list[str] = []
        self._frames = frames
        self._black = format.black
        self._temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        self._archive = zipfile.ZipFile(self._temporary, "w")

    def write(self, planes: np.ndarray) -> None:
        """Append integers (n, channels, height, width)."""
        if planes.shape[1:] != self.format[:3]:
            raise ValueError(f"{self.path} was promised frames of {self.format[:3]} and got {planes.shape[1:]}")
        for frame in np.ascontiguousarray(planes, self.format.dtype):
            if frame.any():
                self._append(_codec().encode(frame), digest(frame))
            else:
                self._append(b"", self._black)

    def copy(self, reader: Reader, index: int) -> bool:
        """Append a frame of another part file without unpacking it, at a quarter of the work.

        Returns False, and does nothing, when that file has another frame format.
        """
        if self.format != reader.format:
            return False
        self._append(reader.packed(index), reader.digests[index])
        return True

    def _append(self, packed: bytes, digest: str) -> None:
        if packed:
            self._add(_member(len(self.digests)), packed)
        self.digests.append(digest)

    def _add(self, name: str, content: bytes | str) -> None:
        try:
            # Without a date, so that equal frames make equal files.
            self._archive.writestr(zipfile.ZipInfo(name), content)
        except OSError as error:
            raise _disk_full(self.path, error) from error

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            with contextlib.suppress(Exception):
                self._archive.close()
            self._temporary.unlink(missing_ok=True)

    def _finish(self) -> None:
        if len(self.digests) != self._frames:
            raise ValueError(f"{self.path} was promised {self._frames} frames and got {len(self.digests)}")
        self._add(CONTENTS, json.dumps({**self.format._asdict(), "digests": self.digests}))
        try:
            self._archive.close()
        except OSError as error:
            raise _disk_full(self.path, error) from error
        os.replace(self._temporary, self.path)


def _stored(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """A member that was stored as it is. Raises ValueError before more than `most` bytes are read."""
    member = archive.getinfo(name)
    if member.compress_type != zipfile.ZIP_STORED or member.file_size > most:
        raise ValueError(f"{name} is not as it was written")
    return archive.read(member)


def _require_possible(form: FrameFormat) -> None:
    """Raises ValueError for frames that no film has, before any memory is asked for."""
    if not all(isinstance(value, int) and value > 0 for value in form):
        raise ValueError("the size of the frames is no number")
    if form.channels > MOST_CHANNELS or form.height * form.width > MOST_PIXELS or form.depth > 16:
        raise ValueError(f"frames of {form} are too large")


def _member(index: int) -> str:
    return f"{index:06d}"


def _disk_full(path: Path, error: Exception) -> FilmError:
    return FilmError(
        f"Could not write {path} ({error}).", "The disk is probably full: free some space, then run the same command."
    )


class Reader:
    """Reads frames of one part file in any order. Raises FilmError when a frame is not what was written."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        try:
            self._archive = zipfile.ZipFile(path)
            contents = json.loads(_stored(self._archive, CONTENTS, MOST_CONTENTS))
            self.digests: list[str] = [str(one) for one in contents.pop("digests")]
            self.format = FrameFormat(**contents)
            _require_possible(self.format)
            self._black = self.format.black
            # What cannot be packed grows a little.
            self._most = 2 * int(np.prod(self.format[:3], dtype=np.int64)) * self.format.dtype.itemsize + 65536
        except DAMAGED as error:
            raise _damaged(self.path, "cannot be opened", error) from error

    def __len__(self) -> int:
        return len(self.digests)

    @property
    def channels(self) -> int:
        """1 for grey, 3 for colour."""
        return self.format.channels

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.format.height, self.format.width

    @property
    def depth(self) -> int:
        """Bits of the stored values."""
        return self.format.depth

    def packed(self, index: int) -> bytes:
        """A frame as packed in the file; nothing for a black one."""
        if self.digests[index] == self._black:
            return b""
        try:
            return _stored(self._archive, _member(index), self._most)
        except DAMAGED as error:
            raise _damaged(self.path, f"cannot be read at frame {index}", error) from error

    def integers(self, start: int, stop: int) -> np.ndarray:
        """Frames start..stop as stored: (n, channels, height, width)."""
        planes = np.empty((stop - start, *self.format[:3]), self.format.dtype)
        for index, frame in enumerate(planes, start):
            packed = self.packed(index)
            if packed:
                try:
                    _codec().decode(packed, out=frame)
                except DAMAGED as error:
                    raise _damaged(self.path, f"cannot be read at frame {index}", error) from error
            else:
                frame.fill(0)
            if digest(frame) != self.digests[index]:
                raise _damaged(self.path, f"has changed at frame {index} since it was written")
        return planes

    def frames(self, start: int, stop: int) -> np.ndarray:
        """Frames start..stop as float32 (n, h, w, c), 0..1."""
        return to_floats(self.integers(start, stop), self.depth)

    def __iter__(self) -> Iterator[np.ndarray]:
        """All frames as stored, (channels, height, width), one after another."""
        for index in range(len(self)):
            yield self.integers(index, index + 1)[0]


def _damaged(path: Path, what: str, cause: Exception | None = None) -> FilmError:
    if isinstance(cause, OSError) and cause.errno in OUT_OF_REACH:
        return FilmError(f"The working file {path} {what} ({cause.strerror}).", "Run the same command again.")
    error = FilmError(f"The working file {path} {what}.", "Run the same command: it will be made again.")
    error.damaged = path
    return error
