"""Subtitles that a film already has, in place of recognition: read, moved onto the voice, parted into words."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..runtime.errors import FilmError
from .recognise import Spans, Word, activity, speech_probability

STEP = 0.1
"""Seconds between two looks at whether text and voice agree."""
FURTHEST = 60.0
"""Seconds that a file may be early or late."""
SPEEDS = (1.0, 25 / 24, 24 / 25, 25025 / 24000, 24000 / 25025, 1001 / 1000, 1000 / 1001)
"""How much slower or faster than the film a file may run: made for another frame rate."""
BETTER = 0.1
"""Share of the text's time by which the voice must agree better before a file is moved or stretched."""
SPACED = r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]"
"""Scripts written without spaces: each sign is then a word."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """One subtitle of a file."""

    start: float
    """Seconds."""
    end: float
    text: str


def read(path: Path | str) -> list[Given]:
    """The subtitles of a SubRip or WebVTT file in order of time, without tags and without sounds in brackets.

    Raises FilmError for a file that is neither, or holds none.
    """
    text = _decoded(Path(path).read_bytes()).replace("\r\n", "\n").replace("\r", "\n")
    clock = r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
    found = []
    for block in re.split(r"\n[ \t]*\n", text):
        match = re.search(rf"^\s*{clock}\s*-->\s*{clock}[^\n]*\n?", block, re.MULTILINE)
        if match:
            start, end = (_seconds(match.groups()[i : i + 4]) for i in (0, 4))
            said = _plain(block[match.end() :])
            if said and end > start:
                found.append(Given(start=start, end=end, text=said))
    if not found:
        raise FilmError(f"{path} holds no subtitles.", "Give a SubRip (.srt) or WebVTT (.vtt) file.")
    return sorted(found, key=lambda one: (one.start, one.end))


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What older programs write in Western Europe; it gives every byte a sign.
        return data.decode("cp1252", errors="replace")


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = parts
    return (
        int(hours or 0) * 3600
        + int(minutes or 0) * 60
        + int(seconds or 0)
        + int((fraction or "0").ljust(3, "0")) / 1000
    )


def _plain(text: str) -> str:
    """Words only: no tags, no notes, no dashes before the lines of a dialogue."""
    text = re.sub(r"<[^>]*>|\{[^}]*\}|\[[^\]]*\]|\([^)]*\)|[\u266a\u266b#]", " ", html.unescape(text))
    rows = [re.sub(r"^\s*[-\u2013\u2014]+\s*", "", row) for row in text.split("\n")]
    return " ".join(" ".join(rows).split())


def aligned(given: Sequence[Given], voice: Spans) -> tuple[float, float]:
    """Factor and seconds by which times must be multiplied and then moved to lie on the voice: (1, 0) when they do."""
    if not voice:
        return 1.0, 0.0
    end = max(max(one.end for one in given) * max(SPEEDS), voice[-1][1]) + FURTHEST
    spoken = _marks(voice, end).astype(np.float64)
    size = 1 << (2 * len(spoken) - 1).bit_length()
    heard = np.fft.rfft(spoken - spoken.mean(), size)
    reach = round(FURTHEST / STEP)
    agreed: dict[float, np.ndarray] = {}
    for speed in SPEEDS:
        marks = _marks([(one.start * speed, one.end * speed) for one in given], end).astype(np.float64)
        both = np.fft.irfft(heard * np.conj(np.fft.rfft(marks, size)), size) / max(1.0, marks.sum())
        agreed[speed] = np.concatenate([both[-reach:], both[: reach + 1]])
    # Over a short film a slightly wrong speed fits as well: half of the gain must come from the speed.
    speed = max(SPEEDS, key=lambda one: float(agreed[one].max()) - (BETTER / 2 if one != 1.0 else 0.0))
    shift = int(agreed[speed].argmax()) - reach
    if agreed[speed].max() < agreed[1.0][reach] + BETTER:
        return 1.0, 0.0
    return speed, round(shift * STEP, 3)


def _marks(spans: Spans, end: float) -> np.ndarray:
    marks = np.zeros(round(end / STEP) + 1, bool)
    for start, stop in spans:
        marks[max(0, round(start / STEP)) : max(0, round(stop / STEP))] = True
    return marks


def heard(given: Sequence[Given], samples: np.ndarray, language: str = "en") -> dict[str, Any]:
    """What voice.recognise would say, with the words of a subtitle file in place of a recogniser's.

    The words of each subtitle share the voice within it by their length, or all of its time where no voice is found.
    """
    voice = activity(samples, probability=speech_probability(samples))
    speed, shift = aligned(given, voice)
    words: list[Word] = []
    spans: list[list[float]] = []
    for one in given:
        start, end = one.start * speed + shift, one.end * speed + shift
        inside = [(max(start, a), min(end, b)) for a, b in voice if min(end, b) - max(start, a) > 0.1]
        said = _spread(one.text, inside or [(start, end)])
        # A subtitle shown before the film begins, or one over another, keeps the order of time.
        words += [word for word in said if word.start >= 0]
        spans += [[round(a, 3), round(b, 3)] for a, b in inside or [(start, end)] if b > 0]
    words.sort(key=lambda word: (word.start, word.end))
    return {
        "language": language,
        "voice": [list(span) for span in voice],
        "spans": sorted(spans),
        "words": [asdict(word) for word in words],
    }


def _spread(text: str, spans: Spans) -> list[Word]:
    """The words of a text over spans (seconds), each as long as its letters; none reaches over a pause."""
    tokens = list(text.replace(" ", "")) if re.search(SPACED, text) else text.split()
    total = sum(b - a for a, b in spans)
    lengths = np.cumsum([0, *(len(token) + 1 for token in tokens)])
    shares = (lengths / lengths[-1] * total).tolist()
    starts = np.cumsum([0, *(b - a for a, b in spans)]).tolist()
    words = []
    for token, low, high in zip(tokens, shares, shares[1:], strict=False):
        span = min(int(np.searchsorted(starts, (low + high) / 2, side="right")) - 1, len(spans) - 1)
        a, b = spans[span]
        at = [min(b, max(a, a + value - starts[span])) for value in (low, high)]
        words.append(Word(start=round(at[0], 3), end=round(at[1], 3), text=token, confidence=1.0))
    return words
