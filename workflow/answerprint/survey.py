"""The survey: decodes a source once and says what it really holds.

It finds out how fields and pulldown lie, whether the film is grey, whether the file is whole, and makes the
ledger: which source frame each film frame is. A tiny picture of every frame is kept for finding shots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import cv2
import numpy as np

from . import source
from .errors import FilmError
from .source import Facts

Fields = Literal["auto", "progressive", "tff", "bff", "pulldown"]

PROXY = (48, 27)
"""Width and height of the tiny pictures: what TransNet V2 wants."""
GREY_CHROMA = 8 / 255
"""A film is grey when no tiny picture has more colour than this; tinted and toned films have several times more."""
STANDARD_RATES = tuple(
    Fraction(*r)
    for r in (
        (24000, 1001),
        (24, 1),
        (25, 1),
        (30000, 1001),
        (30, 1),
        (50, 1),
        (60000, 1001),
        (60, 1),
        (16, 1),
        (18, 1),
        (20, 1),
        (12, 1),
        (15, 1),
    )
)


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What decoding a whole source showed."""

    facts: Facts
    """With the true number of film frames, rate and field order."""
    ledger: np.ndarray
    """int64, (film frames,): the decoded frame that each film frame is. After pulldown: the decimated frame."""
    times: tuple[Fraction | None, ...]
    """When each decoded frame is shown, seconds by the file's clock."""
    keys: np.ndarray
    """bool: which decoded frames decoding can start from."""
    pulldown: bool
    grey: bool
    proxy: np.ndarray
    """uint8, (film frames, 27, 48, 3)."""
    damaged: str | None
    """Why the file is not whole; None when it is."""


def graph_for(stream: Any, fields: str) -> Any:
    """The filter graph that turns fields into frames (bwdif), or takes pulldown back (fieldmatch, decimate)."""
    graph = av.filter.Graph()
    first = graph.add_buffer(template=stream)
    steps = {
        "tff": [("bwdif", "mode=send_frame:parity=tff:deint=all")],
        "bff": [("bwdif", "mode=send_frame:parity=bff:deint=all")],
        "pulldown": [
            ("fieldmatch", "order=auto:combmatch=full"),
            ("bwdif", "mode=send_frame:deint=interlaced"),
            ("decimate", ""),
        ],
    }[fields]
    last = first
    for name, arguments in steps:
        node = graph.add(name, arguments)
        last.link_to(node)
        last = node
    sink = graph.add("buffersink")
    last.link_to(sink)
    graph.configure()
    return graph


def filtered(frames: Iterator[Any], graph: Any) -> Iterator[Any]:
    """Frames through a filter graph."""
    for frame in frames:
        graph.push(frame)
        yield from _pulled(graph)
    graph.push(None)
    yield from _pulled(graph)


def _pulled(graph: Any) -> Iterator[Any]:
    while True:
        try:
            yield graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return


def fields_of(path: Path) -> Literal["progressive", "tff", "bff", "pulldown"]:
    """How the fields of a file lie, by FFmpeg's idet over up to 900 frames of it.

    Interlaced when at least a fifth of the decided frames are; pulldown when, at about 29.97 frames a second,
    fields repeat regularly: 3:2 repeats one top and one bottom field in every five frames.
    """
    counts = {"tff": 0, "bff": 0, "progressive": 0, "undetermined": 0}
    repeats = {"top": 0, "bottom": 0, "neither": 0}
    with source.opened(path) as (container, stream):
        if (stream.codec_context.height or 0) % 2 or stream.codec_context.height < 64:
            return "progressive"
        graph = av.filter.Graph()
        chain = [graph.add_buffer(template=stream), graph.add("idet", ""), graph.add("buffersink")]
        chain[0].link_to(chain[1])
        chain[1].link_to(chain[2])
        graph.configure()
        frames = (frame for _, frame in zip(range(900), _tolerant(container, stream, []), strict=False))
        for frame in filtered(frames, graph):
            counts[frame.metadata["lavfi.idet.multiple.current_frame"]] += 1
            repeats[frame.metadata["lavfi.idet.repeated.current_frame"]] += 1
        rate = Fraction(stream.average_rate or 25)
    total = sum(repeats.values())
    decided = counts["tff"] + counts["bff"] + counts["progressive"]
    combed = counts["tff"] + counts["bff"]
    if abs(rate - Fraction(30000, 1001)) < Fraction(1, 10) and total >= 10:
        if min(repeats["top"], repeats["bottom"]) >= 0.12 * total:
            return "pulldown"
    if decided < 3 or combed < 0.2 * decided:
        return "progressive"
    return "tff" if counts["tff"] >= counts["bff"] else "bff"


def _tolerant(container: Any, stream: Any, troubles: list[str]) -> Iterator[Any]:
    """Decoded frames; what cannot be decoded is written down in `troubles` and left out."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, OSError) as error:
            troubles.append(str(error))
            return
        if packet is None:
            return
        try:
            for frame in packet.decode():
                if frame.is_corrupt:
                    troubles.append(f"a frame at {float(frame.time or 0):.2f} s is damaged")
                yield frame
        except (av.FFmpegError, OSError) as error:
            troubles.append(str(error))


def survey(
    facts: Facts,
    *,
    fields: Fields = "auto",
    accept_damaged: bool = False,
    say: Callable[[int, int], None] | None = None,
) -> Survey:
    """Decode all of a source and say what it holds. Raises FilmError when it is not whole and that is not accepted."""
    path = Path(facts.path)
    if facts.kind == "frames":
        return _survey_folder(facts, say)
    lie = fields_of(path) if fields == "auto" else fields
    times: list[Fraction | None] = []
    keys: list[bool] = []
    small = _Proxies()
    troubles: list[str] = []
    with source.opened(path) as (container, stream):
        size = None
        frames = _tolerant(container, stream, troubles)
        base = stream.time_base
        if lie == "pulldown":
            frames = filtered(frames, graph_for(stream, "pulldown"))
        for frame in frames:
            if size not in (None, (frame.width, frame.height)):
                troubles.append(f"the picture changes size at {float(frame.time or 0):.2f} s")
                break
            size = (frame.width, frame.height)
            times.append(frame.pts * (frame.time_base or base) if frame.pts is not None else None)
            keys.append(bool(frame.key_frame))
            small.add(frame)
            if say:
                say(len(times), facts.frames)
        expected = stream.frames
        promised = _promised(container, stream)
    if not times:
        raise FilmError(f"No frame of {path} can be decoded.", "It is damaged; copy it again.")
    rate = facts.rate * Fraction(4, 5) if lie == "pulldown" else facts.rate
    rate, ledger = _ledger(times, rate)
    if not troubles and lie != "pulldown":
        troubles += _too_short(len(times), expected, len(ledger) / rate, promised)
    if troubles and not accept_damaged:
        raise FilmError(
            f"{path} is not whole: {troubles[0]}; {len(times)} of about {max(expected, facts.frames)} frames can be read.",
            "Copy it again, or set `accept_damaged: true` to restore the readable frames.",
        )
    facts = replace(
        facts,
        rate=rate,
        frames=len(ledger),
        field_order=lie if lie in ("tff", "bff") else "progressive",
        start=times[0] or Fraction(0),
        audio=tuple(replace(s, start=s.start - (times[0] or 0)) for s in facts.audio),
    )
    proxy = small.pictures()[ledger]
    return Survey(
        facts=facts,
        ledger=ledger,
        times=tuple(times),
        keys=np.array(keys),
        pulldown=lie == "pulldown",
        grey=small.grey,
        proxy=proxy,
        damaged=troubles[0] if troubles else None,
    )


def _promised(container: Any, stream: Any) -> Fraction:
    if stream.duration:
        return Fraction(stream.duration * stream.time_base)
    video_only = len(container.streams) == 1
    return Fraction(container.duration or 0, av.time_base) if video_only else Fraction(0)


def _too_short(found: int, expected: int, seconds: Fraction, promised: Fraction) -> list[str]:
    if expected and found < expected:
        return [f"its index lists {expected} frames and {found} are there"]
    if promised and seconds < promised - max(Fraction(1, 2), promised / 100):
        return [f"it should last {float(promised):.2f} s and the picture ends at {float(seconds):.2f} s"]
    return []


def _survey_folder(facts: Facts, say: Callable[[int, int], None] | None) -> Survey:
    small = _Proxies()
    files = source.frame_files(Path(facts.path))
    for index, path in enumerate(files):
        frame = read_frame(path, facts)
        small.add(frame)
        if say:
            say(index + 1, len(files))
    return Survey(
        facts=facts,
        ledger=np.arange(len(files)),
        times=tuple(Fraction(index) / facts.rate for index in range(len(files))),
        keys=np.ones(len(files), bool),
        pulldown=False,
        grey=small.grey,
        proxy=small.pictures(),
        damaged=None,
    )


def read_frame(path: Path, facts: Facts) -> Any:
    """One frame file, decoded. Raises FilmError when it is damaged or of another size than the first."""
    try:
        with source.opened(path) as (container, stream):
            frame = next(container.decode(stream))
    except (av.FFmpegError, StopIteration) as error:
        raise FilmError(f"The frame {path} cannot be read ({error}).", "Copy it again.") from error
    if (frame.width, frame.height) != (facts.width, facts.height):
        raise FilmError(
            f"The frame {path} is {frame.width}x{frame.height}, the first one is {facts.width}x{facts.height}.",
            "All frames of a film must be of one size; put other sizes in a film of their own.",
        )
    return frame


def _ledger(times: list[Fraction | None], rate: Fraction) -> tuple[Fraction, np.ndarray]:
    """The film's constant rate, and which decoded frame each of its frames is.

    Frames that keep to the rate within 0.3 of a frame are taken one for one; otherwise the rate is the standard
    one nearest to the usual step, and each film frame shows the last source frame begun by its middle.
    """
    known = [t if t is not None else Fraction(i) / rate for i, t in enumerate(times)]
    steady = all(abs((t - known[0]) * rate - i) <= Fraction(3, 10) for i, t in enumerate(known))
    if steady or len(known) < 3:
        return rate, np.arange(len(known))
    steps = sorted(b - a for a, b in zip(known, known[1:], strict=False) if b > a)
    usual = 1 / steps[len(steps) // 2]
    nearest = min(STANDARD_RATES, key=lambda r: abs(r - usual))
    chosen = nearest if abs(nearest - usual) < usual / 50 else Fraction(round(usual))
    begins = np.array([float(t - known[0]) for t in known])
    count = max(1, round((known[-1] - known[0] + steps[len(steps) // 2]) * chosen))
    middles = (np.arange(count) + 0.5) / float(chosen)
    return chosen, np.maximum(np.searchsorted(begins, middles, side="right") - 1, 0)


class _Proxies:
    """Gathers tiny pictures, and whether any of them has colour."""

    def __init__(self) -> None:
        self._pictures: list[np.ndarray] = []
        self._chroma = 0.0

    def add(self, frame: Any) -> None:
        picture = frame.reformat(width=PROXY[0] * 4, height=PROXY[1] * 4, format="rgb24", interpolation="AREA")
        small = cv2.resize(picture.to_ndarray(), PROXY, interpolation=cv2.INTER_AREA)
        self._pictures.append(small)
        spread = small.max(axis=2).astype(np.int16) - small.min(axis=2)
        self._chroma = max(self._chroma, float(np.percentile(spread, 99)) / 255)

    @property
    def grey(self) -> bool:
        return self._chroma <= GREY_CHROMA

    def pictures(self) -> np.ndarray:
        return np.stack(self._pictures)
