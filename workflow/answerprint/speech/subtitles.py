"""Named subtitles from a transcript's lines: SubRip, WebVTT and TTML (EBU-TT-D).

Limits follow common house rules (BBC Subtitle Guidelines; EBU Tech 3380 for EBU-TT-D): two rows of 42 characters,
no more than 17 characters a second where there is time, a second at least, never two at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ..runtime.text import plain

ROW = 42
"""Characters in a row."""
SPEED = 17.0
"""Characters a second that most people can read."""
SHORTEST = 1.0
LONGEST = 7.0
"""Seconds that a subtitle stays."""
GAP = 0.08
"""Seconds between two subtitles, two frames at 25 a second: the eye then sees that the text changed."""
LATE = 0.5
"""Seconds by which a subtitle may be late so that a very short one before it stays its second."""

SENTENCE_END, CLAUSE_END = r"[.?!\u2026\u3002\uff1f\uff01]$", r"[,;:\u3001\uff0c]$"
"""Western, Chinese and Japanese punctuation."""

TTML = """<?xml version="1.0" encoding="UTF-8"?>
<tt:tt xmlns:tt="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
  xmlns:tts="http://www.w3.org/ns/ttml#styling" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"
  xmlns:ebuttm="urn:ebu:tt:metadata" ttp:timeBase="media" ttp:cellResolution="32 15" xml:lang={language}>
  <tt:head>
    <tt:metadata>
      <ttm:title>{title}</ttm:title>
{agents}      <ebuttm:documentMetadata>
        <ebuttm:conformsToStandard>urn:ebu:tt:distribution:2018-04</ebuttm:conformsToStandard>
      </ebuttm:documentMetadata>
    </tt:metadata>
    <tt:styling>
      <tt:style xml:id="block" tts:textAlign="center" tts:fontFamily="proportionalSansSerif" tts:fontSize="100%"/>
      <tt:style xml:id="text" tts:color="#ffffff" tts:backgroundColor="#000000c2"/>
    </tt:styling>
    <tt:layout>
      <tt:region xml:id="bottom" tts:origin="10% 10%" tts:extent="80% 80%" tts:displayAlign="after"/>
    </tt:layout>
  </tt:head>
  <tt:body>
    <tt:div>
{paragraphs}    </tt:div>
  </tt:body>
</tt:tt>
"""
"""The frame of an EBU-TT-D file."""

Line = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Cue:
    """One subtitle."""

    start: float
    """Seconds."""
    end: float
    speaker: str
    rows: tuple[str, ...]
    """One or two rows of plain text, including the name if it is shown."""


def cues(lines: Sequence[Line], until: float = math.inf) -> list[Cue]:
    """Subtitles of a transcript's lines in order, without overlap; names are shown off screen and on a change.

    None is shown after `until` seconds, where the picture ends.
    """
    pieces: list[tuple[float, float, str, str]] = []
    last_speaker = ""
    for line in sorted(lines, key=lambda line: (line["start"], line["end"])):
        speaker = _plain(line.get("speaker") or "")
        named = speaker and (speaker != last_speaker or not line.get("on_screen", True))
        tokens = _tokens(line, f"{speaker}: " if named else "")
        if tokens:
            pieces += [(start, end, speaker, text) for start, end, text in _pieces(tokens, float(line["end"]))]
            last_speaker = speaker
    return [replace(cue, end=min(cue.end, until)) for cue in _timed(pieces) if cue.start < until]


def _plain(text: str) -> str:
    """Text on one row, without the control characters that subtitle formats forbid."""
    return " ".join(plain(text).split())


def _tokens(line: Line, name: str) -> list[tuple[float, str]]:
    """(start, text) of each word, with the space before it if there is one; the first carries the name."""
    text, words = _plain(line.get("text") or ""), line.get("words") or []
    tokens: list[tuple[float, str]] = []
    rest = text
    for word in words:
        token = _plain(word["text"])
        if not token or not rest.lstrip().startswith(token):
            break
        space = rest[: len(rest) - len(rest.lstrip())]
        tokens.append((float(word["start"]), space + token))
        rest = rest.lstrip()[len(token) :]
    else:
        if not rest and tokens:
            return [(tokens[0][0], name + tokens[0][1]), *tokens[1:]]
    # A person has rewritten the text, so its words are spread over the time of the line.
    start, length = float(line["start"]), float(line["end"]) - float(line["start"])
    split = re.findall(r"\s*\S+", text)
    at = [start + length * sum(map(len, split[:i])) / max(1, len(text)) for i in range(len(split))]
    return [(t, (name if i == 0 else "") + token) for i, (t, token) in enumerate(zip(at, split, strict=True))]


def _pieces(tokens: list[tuple[float, str]], end: float) -> list[tuple[float, float, str]]:
    """Words as (start, end, text) that fit one subtitle each, split at punctuation and pauses near the middle."""
    text = "".join(token for _, token in tokens).strip()
    start = tokens[0][0]
    if _rows(text) and (len(tokens) == 1 or end - start <= LONGEST):
        return [(start, end, text)]
    if len(tokens) == 1:
        # A text without spaces that a person wrote, or a very long name: nothing of it may be lost.
        parts = re.findall(rf"\s*\S{{1,{ROW}}}", text)
        tokens = [(start + (end - start) * i / len(parts), part) for i, part in enumerate(parts)]
    total, best, at = len(text), -1.0, 1
    for i in range(1, len(tokens)):
        before = "".join(token for _, token in tokens[:i]).strip()
        middle = 1 - abs(2 * len(before) / total - 1)
        full_stop = 0.5 if re.search(SENTENCE_END, before) else 0.25 if re.search(CLAUSE_END, before) else 0.0
        pause = min(0.4, max(0.0, tokens[i][0] - tokens[i - 1][0] - 0.08 * len(tokens[i - 1][1])))
        if (value := middle + full_stop + pause) > best:
            best, at = value, i
    return _pieces(tokens[:at], tokens[at][0]) + _pieces(tokens[at:], end)


def _rows(text: str) -> tuple[str, ...]:
    """One row, or two of nearly equal length with the longer below; none if the text does not fit."""
    if len(text) <= ROW:
        return (text,)
    breaks = [m.start() for m in re.finditer(r" ", text)] or list(range(1, len(text)))
    fitting = [(text[:i].rstrip(), text[i:].lstrip()) for i in breaks]
    fitting = [rows for rows in fitting if max(map(len, rows)) <= ROW]
    return min(fitting, key=lambda rows: (abs(len(rows[1]) - len(rows[0]) - 2), rows), default=())


def _timed(pieces: Sequence[tuple[float, float, str, str]]) -> list[Cue]:
    """Cues that leave a gap, give time to read and never overlap."""
    starts: list[float] = []
    for start, _, _, _ in pieces:
        earliest = starts[-1] + SHORTEST + GAP if starts else 0.0
        # A run of very short lines must not push the following ones further and further from their sound.
        late = min(max(start, earliest), start + LATE)
        starts.append(max(late, starts[-1] + 2 * GAP) if starts else max(0.0, late))
    timed = []
    for i, (start, (_, end, speaker, text)) in enumerate(zip(starts, pieces, strict=True)):
        readable = max(end, start + SHORTEST, start + len(text) / SPEED)
        limit = starts[i + 1] - GAP if i + 1 < len(starts) else readable
        timed.append(
            Cue(
                start=round(start, 3),
                end=round(min(readable, limit, max(end, start + LONGEST)), 3),
                speaker=speaker,
                rows=_rows(text),
            )
        )
    return timed


def _clock(seconds: float, point: str = ".") -> str:
    """hours:minutes:seconds with milliseconds after `point`."""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}{point}{rest % 1000:03d}"


def srt(lines: Sequence[Line], until: float = math.inf) -> str:
    """The text of a SubRip file. It has no escapes, so characters that players would take for tags are replaced."""
    substitutes = str.maketrans("<>{}", "\u2039\u203a()")
    return "".join(
        f"{i}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n"
        + "\n".join(cue.rows).translate(substitutes)
        + "\n\n"
        for i, cue in enumerate(cues(lines, until), 1)
    )


def webvtt(lines: Sequence[Line], until: float = math.inf) -> str:
    """The text of a WebVTT file with a voice tag on each cue (W3C WebVTT 1)."""
    blocks = ["WEBVTT\n"]
    for cue in cues(lines, until):
        text = escape("\n".join(cue.rows))
        voice = f"<v {escape(cue.speaker)}>{text}</v>" if cue.speaker else text
        blocks.append(f"{_clock(cue.start)} --> {_clock(cue.end)}\n{voice}\n")
    return "\n".join(blocks)


def ttml(lines: Sequence[Line], *, until: float = math.inf, language: str = "", title: str = "") -> str:
    """The text of a TTML file in the EBU-TT-D profile (EBU Tech 3380); speakers are its agents."""
    timed = cues(lines, until)
    speakers = {
        name: f"speaker{i}" for i, name in enumerate(dict.fromkeys(cue.speaker for cue in timed if cue.speaker), 1)
    }
    agents = "".join(
        f'      <ttm:agent xml:id="{key}" type="person"><ttm:name type="full">{escape(name)}</ttm:name></ttm:agent>\n'
        for name, key in speakers.items()
    )
    paragraphs = "".join(
        f'      <tt:p xml:id="cue{i}" region="bottom" style="block" begin="{_clock(cue.start)}" end="{_clock(cue.end)}"'
        + (f' ttm:agent="{speakers[cue.speaker]}"' if cue.speaker else "")
        + f'><tt:span style="text">{"<tt:br/>".join(escape(row) for row in cue.rows)}</tt:span></tt:p>\n'
        for i, cue in enumerate(timed, 1)
    )
    return TTML.format(language=quoteattr(language), title=escape(_plain(title)), agents=agents, paragraphs=paragraphs)


def write(
    path: str | Path, lines: Sequence[Line], *, until: float = math.inf, language: str = "", title: str = ""
) -> None:
    """Write the lines to a .srt, .vtt or .ttml file, UTF-8, none after `until` seconds.

    Raises ValueError for any other suffix.
    """
    path = Path(path)
    if path.suffix == ".srt":
        text = srt(lines, until)
    elif path.suffix == ".vtt":
        text = webvtt(lines, until)
    elif path.suffix == ".ttml":
        text = ttml(lines, until=until, language=language, title=title)
    else:
        raise ValueError(f"{path.name} is not a .srt, .vtt or .ttml file")
    path.write_text(text, encoding="utf-8")
