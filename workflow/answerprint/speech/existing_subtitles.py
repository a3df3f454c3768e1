"""Subtitles that a film already has, used in place of recognition: read, aligned with the voice, split into words."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from ..film.sound import Spans, Word
from ..runtime.errors import FilmError
from ..runtime.text import one_line, read_text
from .voice_activity import speech_probability, speech_spans

_CLOCK = r"(?:(\d{1,2}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
TIMES = re.compile(rf"^[ \t]*{_CLOCK}[ \t]*-->[ \t]*{_CLOCK}[^\n]*\n?", re.MULTILINE | re.ASCII)
"""The line that says when a subtitle is shown."""
STEP = 0.1
"""Resolution in seconds at which text and voice are compared."""
FURTHEST = 60.0
"""Seconds by which a file may be early or late."""
SPEEDS = (1.0, 25 / 24, 24 / 25, 25025 / 24000, 24000 / 25025, 1001 / 1000, 1000 / 1001)
"""Factors by which a file may run slower or faster than the film: it was made for another frame rate."""
BETTER = 0.1
"""Share of the text's duration by which it must agree better with the voice before a file is moved or stretched."""
MOST_BYTES = 8 << 20
"""Bytes of a file of subtitles; those of a long film have 0.2 million."""
MOST_BLOCK = 10_000
"""Characters of one subtitle."""
UNSPACED = r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef\u0e00-\u0e7f]"
"""Scripts written without spaces, and their punctuation: each character then counts as a word."""


@dataclass(frozen=True, kw_only=True)
class Subtitle:
    """One subtitle of a file."""

    start: float
    """Seconds."""
    end: float
    text: str


def read(path: Path | str) -> list[Subtitle]:
    """The subtitles of a SubRip or WebVTT file in order of time, without tags and without sounds in brackets.

    Raises FilmError for any other file, and for one without subtitles.
    """
    text = read_text(path, most_bytes=MOST_BYTES)
    times = list(TIMES.finditer(text))
    subtitles = []
    for time, following in zip_longest(times, times[1:]):
        block = _block(text[time.end() : following.start()] if following else f"{text[time.end() :]}\n\n")
        if len(block) > MOST_BLOCK:
            raise FilmError(
                f"{path} has a subtitle of more than {MOST_BLOCK} characters.", "Leave an empty line between subtitles."
            )
        start, end = (_seconds(time.groups()[i : i + 4]) for i in (0, 4))
        words = _plain(block)
        if words and end > start:
            subtitles.append(Subtitle(start=start, end=end, text=words))
    if not subtitles:
        raise FilmError(f"{path} holds no subtitles.", "Give a SubRip (.srt) or WebVTT (.vtt) file.")
    return sorted(subtitles, key=lambda one: (one.start, one.end))


def _block(lines: str) -> str:
    """The lines of a subtitle, of all up to the next one's times: they end at an empty line, or before its number."""
    block, empty, _ = re.sub(r"^[ \t]+$", "", lines, flags=re.MULTILINE).partition("\n\n")
    return block if empty else re.sub(r"\n[ \t]*[0-9]+[ \t]*\n$", "\n", block)


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = parts
    return (
        int(hours or 0) * 3600
        + int(minutes or 0) * 60
        + int(seconds or 0)
        + int((fraction or "0").ljust(3, "0")) / 1000
    )


def _plain(text: str) -> str:
    """The words alone: no tags, no notes, no dashes before the lines of a dialogue."""
    text = re.sub(r"<[^<>]*>|\{[^{}]*\}|\[[^\[\]]*\]|\([^()]*\)|[\u266a\u266b#]", " ", html.unescape(text))
    rows = [re.sub(r"^\s*[-\u2013\u2014]+\s*", "", row) for row in text.split("\n")]
    return one_line(" ".join(rows))


def alignment(subtitles: Sequence[Subtitle], voice: Spans) -> tuple[float, float]:
    """Factor and shift in seconds that align times with the voice, multiplied first; (1, 0) if they already agree."""
    if not voice:
        return 1.0, 0.0
    end = max(max(subtitle.end for subtitle in subtitles) * max(SPEEDS), voice[-1][1]) + FURTHEST
    voiced = _marks(voice, end).astype(np.float64)
    size = 1 << (2 * len(voiced) - 1).bit_length()
    voice_spectrum = np.fft.rfft(voiced - voiced.mean(), size)
    reach = round(FURTHEST / STEP)
    agreement: dict[float, np.ndarray] = {}
    for speed in SPEEDS:
        marks = _marks([(one.start * speed, one.end * speed) for one in subtitles], end).astype(np.float64)
        correlation = np.fft.irfft(voice_spectrum * np.conj(np.fft.rfft(marks, size)), size) / max(1.0, marks.sum())
        agreement[speed] = np.concatenate([correlation[-reach:], correlation[: reach + 1]])
    # A slightly wrong speed fits a short film as well: a change of speed must earn half of the gain itself.
    speed = max(SPEEDS, key=lambda one: float(agreement[one].max()) - (BETTER / 2 if one != 1.0 else 0.0))
    shift = int(agreement[speed].argmax()) - reach
    if agreement[speed].max() < agreement[1.0][reach] + BETTER:
        return 1.0, 0.0
    return speed, round(shift * STEP, 3)


def _marks(spans: Spans, end: float) -> np.ndarray:
    """Whether each STEP up to `end` lies within a span: bool (n,)."""
    marks = np.zeros(round(end / STEP) + 1, bool)
    for start, stop in spans:
        marks[max(0, round(start / STEP)) : max(0, round(stop / STEP))] = True
    return marks


def recognised(subtitles: Sequence[Subtitle], samples: np.ndarray, language: str = "en") -> dict[str, Any]:
    """The words of a subtitle file, in the form of `recognise.recognise`, but "spaced": with the space before them.

    The words of each subtitle share the voice within it by their length, or all of its time if there is no voice.
    """
    voice = speech_spans(samples, probability=speech_probability(samples))
    speed, shift = alignment(subtitles, voice)
    words: list[Word] = []
    spans: list[list[float]] = []
    for subtitle in subtitles:
        start, end = subtitle.start * speed + shift, subtitle.end * speed + shift
        inside = [(max(start, a), min(end, b)) for a, b in voice if min(end, b) - max(start, a) > 0.1]
        # What would come before the film begins is dropped.
        words += [word for word in _spread(subtitle.text, inside or [(start, end)]) if word.start >= 0]
        spans += [[round(a, 3), round(b, 3)] for a, b in inside or [(start, end)] if b > 0]
    words.sort(key=lambda word: (word.start, word.end))
    return {
        "language": language,
        "spaced": True,
        "voice": [list(span) for span in voice],
        "spans": sorted(spans),
        "words": [asdict(word) for word in words],
    }


def _words(text: str) -> list[str]:
    """The words of a text on one line, each with the space before it, as the text has it, whatever its language.

    The first has one too, for what another subtitle says before it. Between characters of a script without spaces,
    a space is only the end of a row.
    """
    closed = re.sub(rf"(?:^|(?<={UNSPACED})) (?={UNSPACED})", "", f" {text}")
    return re.findall(rf" ?(?:{UNSPACED}|(?:(?!{UNSPACED})\S)+)", closed)


def _spread(text: str, spans: Spans) -> list[Word]:
    """The words of a text over spans, each taking time by its number of letters; none reaches across a pause."""
    tokens = _words(text)
    total = sum(b - a for a, b in spans)
    lengths = np.cumsum([0, *(len(token.strip()) + 1 for token in tokens)])
    shares = (lengths / lengths[-1] * total).tolist()
    starts = np.cumsum([0, *(b - a for a, b in spans)]).tolist()
    words = []
    for token, low, high in zip(tokens, shares, shares[1:], strict=False):
        span = min(int(np.searchsorted(starts, (low + high) / 2, side="right")) - 1, len(spans) - 1)
        a, b = spans[span]
        at = [min(b, max(a, a + value - starts[span])) for value in (low, high)]
        words.append(Word(start=round(at[0], 3), end=round(at[1], 3), text=token, confidence=1.0))
    return words
