"""The report's view of speech: film strip, waveform and the lines of each speaker, along one time axis.

The result is markup that holds its pictures and loads nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..film.footage import Footage
from ..film.sound import RATE
from ..frames.optical_flow import eight_bits
from ..runtime.files import read_json
from .formatting import clock, percent

WIDTH = 1000
"""Width of a row in units of the SVG."""
STRIP_HEIGHT, WAVE_HEIGHT, SPEAKER_HEIGHT = 48, 36, 18
"""Heights of the film strip, the waveform and the lines of one speaker."""
PICTURES = 14
"""Frames in the strip of one row."""
LONGEST, ROWS = 60.0, 40
"""Seconds of one row, and rows at most: a long film has longer rows."""
COLOURS = ("#2b5f93", "#a3591a", "#2f6f55", "#8a3b6b", "#6b6a1f", "#4a4a9a", "#9a3f24", "#2b7a86")
STYLE = """<style>
.people { display: flex; flex-wrap: wrap; gap: 12px; margin: 12px 0; }
.person { margin: 0; width: 180px; border-top: 4px solid; }
.person img { width: 100%; display: block; }
.person small { display: block; }
.timeline { margin: 0 0 16px; }
.timeline svg { width: 100%; height: auto; display: block; }
.timeline .wave { fill: currentColor; opacity: 0.45; }
.timeline .speaker { font: 10px system-ui, sans-serif; fill: currentColor; paint-order: stroke;
  stroke: var(--card, #fff); stroke-width: 3px; }
</style>
"""
REASONS = {"lips": "lips {:+.1f}", "voice": "voice {:.1f} away", "face": "face {:.2f} away"}

Line = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class _Row:
    """One stretch of the film."""

    start: float
    """Seconds."""
    stop: float
    scale: float
    """Units of the SVG a second."""


def markup(lines: Sequence[Line], footage: Footage, frames: int, people: Path, names: Mapping[str, str]) -> str:
    """The timeline of a film of `frames` frames as HTML; empty if nobody speaks.

    `lines` are the corrected ones, `people` is the folder that `contact_sheets.write` filled, `names` those that
    decisions gave to the people in it.
    """
    if not lines:
        return ""
    speakers = list(dict.fromkeys(str(line["speaker"]) for line in lines))
    colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(speakers)}
    seconds = float(frames / footage.rate)
    length = max(min(LONGEST, seconds), seconds / ROWS)
    count = max(1, int(np.ceil(seconds / length - 1e-6)))
    rows = [_Row(start=i * length, stop=min(seconds, (i + 1) * length), scale=WIDTH / length) for i in range(count)]
    drawn = [_draw(row, lines, colours, footage, frames) for row in rows]
    return STYLE + _people(people, names, colours) + "\n".join(drawn) + "\n"


def _draw(row: _Row, lines: Sequence[Line], colours: Mapping[str, str], footage: Footage, frames: int) -> str:
    """One row as an SVG; a shorter last row is narrower in proportion."""
    inside = [line for line in lines if line["end"] > row.start and line["start"] < row.stop]
    speakers = [name for name in colours if any(line["speaker"] == name for line in inside)]
    height = STRIP_HEIGHT + WAVE_HEIGHT + SPEAKER_HEIGHT * max(1, len(speakers)) + 4
    parts = [_strip(row, footage, frames), _wave(row, footage.samples)]
    for number, name in enumerate(speakers):
        y = STRIP_HEIGHT + WAVE_HEIGHT + 4 + number * SPEAKER_HEIGHT
        parts += [_bar(line, row, y, colours[name]) for line in inside if line["speaker"] == name]
        parts.append(f'<text x="3" y="{y + SPEAKER_HEIGHT - 6}" class="speaker">{escape(name)}</text>')
    span = f"{clock(row.start)} to {clock(row.stop)}"
    label = f"Speech from {span}: {', '.join(speakers) or 'nobody speaks'}"
    return (
        f'<figure class="timeline"><figcaption>{span}</figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(label, quote=True)}">'
        f"{''.join(parts)}</svg></figure>"
    )


def _strip(row: _Row, footage: Footage, frames: int) -> str:
    """Evenly spaced frames, each as wide as its share of the row."""
    share = WIDTH / PICTURES
    parts = []
    for i in range(max(1, round((row.stop - row.start) * row.scale / share))):
        number = min(frames - 1, int((row.start + (i + 0.5) * share / row.scale) * footage.rate))
        picture = eight_bits(footage.read(number, number + 1)[0])
        # The middle of the frame in the shape of its place, at 1.5 times the size for sharp screens.
        height, width = picture.shape[:2]
        crop = min(width, round(height * share / STRIP_HEIGHT))
        picture = picture[:, (width - crop) // 2 : (width - crop) // 2 + crop]
        size = round(share * 1.5), round(STRIP_HEIGHT * 1.5)
        parts.append(
            f'<image x="{i * share:.1f}" y="0" width="{share:.1f}" height="{STRIP_HEIGHT}" preserveAspectRatio="none" '
            f'href="{_jpeg(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))}"/>'
        )
    return "".join(parts)


def _jpeg(picture: np.ndarray, quality: int = 70) -> str:
    """A picture uint8 (h, w) or (h, w, c), RGB, as a data URL."""
    bgr = picture[..., ::-1] if picture.ndim == 3 and picture.shape[2] == 3 else picture
    data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"


def _wave(row: _Row, samples: np.ndarray) -> str:
    """The waveform: the largest sample of each column, mirrored about the middle."""
    columns = max(1, round((row.stop - row.start) * row.scale / 2))
    edges = np.linspace(row.start * RATE, row.stop * RATE, columns + 1).astype(int).tolist()
    pieces = [samples[a:b] for a, b in pairwise(edges)]
    peaks = np.array([float(np.abs(piece).max()) if len(piece) else 0.0 for piece in pieces])
    loudest = max(0.05, float(np.abs(samples).max()) if len(samples) else 0.0)
    heights = np.sqrt(peaks / loudest) * (WAVE_HEIGHT / 2 - 2)
    middle = STRIP_HEIGHT + WAVE_HEIGHT / 2
    upper = " ".join(f"{2 * i},{middle - h:.1f}" for i, h in enumerate(heights))
    lower = " ".join(f"{2 * i},{middle + h:.1f}" for i, h in reversed(list(enumerate(heights))))
    return f'<polygon class="wave" points="{upper} {lower}"/>'


def _bar(line: Line, row: _Row, y: float, colour: str) -> str:
    """One line as a bar: hollow if its speaker is off screen, paler the less certain the name is."""
    x, end = ((min(row.stop, max(row.start, line[key])) - row.start) * row.scale for key in ("start", "end"))
    fill = f'fill="{colour}"' if line["on_screen"] else f'fill="none" stroke="{colour}" stroke-dasharray="4 2"'
    return (
        f'<rect x="{x:.1f}" y="{y + 1}" width="{max(1.5, end - x):.1f}" height="{SPEAKER_HEIGHT - 4}" rx="2" {fill} '
        f'opacity="{0.35 + 0.65 * line["confidence"]:.2f}" data-line="{line["start"]}">'
        f"<title>{escape(_title(line))}</title></rect>"
    )


def _title(line: Line) -> str:
    """What the pointer shows over a bar: who speaks, how certain that is and why, and the text."""
    reasons = line.get("reasons") or {}
    why = [text.format(reasons[key]) for key, text in REASONS.items() if reasons.get(key) is not None]
    why += [f"decided: {reasons['decision']}"] if reasons.get("decision") else []
    where = "on screen" if line["on_screen"] else "off screen"
    certainty = f"{percent(line['confidence'])} sure ({'; '.join(why) or 'nothing to go by'})"
    return f"{line['speaker']}, {where}, {certainty}: {line['text']}"


def _people(people: Path, names: Mapping[str, str], colours: Mapping[str, str]) -> str:
    """Who speaks: their faces, and where to hear their voices."""
    parts = []
    for person in read_json(people / "index.json"):
        recognised_as = str(person["speaker"])
        name = names.get(recognised_as, recognised_as)
        sheet = cv2.imread(str(people / person["faces"]), cv2.IMREAD_COLOR_RGB) if person["faces"] else None
        picture = f'<img src="{_jpeg(sheet, 80)}" alt="{escape(name)}">' if sheet is not None else "<p>never seen</p>"
        unnamed = "" if person["known"] or recognised_as in names else " <small>not named yet</small>"
        voice = f"<small>voice: contact_sheets/{escape(person['voice'])}</small>" if person["voice"] else ""
        parts.append(
            f'<figure class="person" style="border-color:{colours.get(name, "#8a8578")}">{picture}'
            f"<figcaption><b>{escape(name)}</b>{unnamed} {voice}</figcaption></figure>"
        )
    return f'<div class="people">{"".join(parts)}</div>\n'
