"""The report's view of speech: film strip, waveform and a lane for each speaker, in rows of one stretch of time each.

What comes back is markup that holds its pictures and loads nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from fractions import Fraction
from html import escape
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..frames.faces import Read
from ..frames.optical_flow import eight_bits
from ..runtime.files import read_json
from ..speech.recognise import RATE
from .formatting import clock, percent

WIDTH = 1000
STRIP, WAVE, LANE = 48, 36, 18
"""Heights of the film strip, the waveform and one speaker's lane."""
PICTURES = 14
"""Frames in the strip of one row."""
LONGEST, ROWS = 60.0, 40
"""Seconds of one row, and rows at most: the rows of a long film are longer."""
COLOURS = ("#2b5f93", "#a3591a", "#2f6f55", "#8a3b6b", "#6b6a1f", "#4a4a9a", "#9a3f24", "#2b7a86")
STYLE = """<style>
.people { display: flex; flex-wrap: wrap; gap: 12px; margin: 12px 0; }
.person { margin: 0; width: 180px; border-top: 4px solid; }
.person img { width: 100%; display: block; }
.person small { display: block; }
.timeline { margin: 0 0 16px; }
.timeline svg { width: 100%; height: auto; display: block; }
.timeline .wave { fill: currentColor; opacity: 0.45; }
.timeline .speaker { font: 10px system-ui, sans-serif; fill: currentColor; paint-order: stroke; stroke: var(--card, #fff);
  stroke-width: 3px; }
</style>
"""
REASONS = {"lips": "lips {:+.1f}", "voice": "voice {:.1f} away", "face": "face {:.2f} away"}


def markup(
    lines: Sequence[Mapping[str, Any]],
    read: Read,
    frames: int,
    rate: Fraction,
    samples: np.ndarray,
    people: Path,
    names: Mapping[str, str],
) -> str:
    """The view as HTML; empty for a film in which nobody speaks.

    `lines` as corrected, `samples` the sound (16 kHz), `people` the folder that contact.write made, `names` those that
    decisions gave to the people in it.
    """
    if not lines:
        return ""
    speakers = list(dict.fromkeys(str(line["speaker"]) for line in lines))
    colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(speakers)}
    seconds = float(frames / rate)
    length = max(min(LONGEST, seconds), seconds / ROWS)
    count = max(1, int(np.ceil(seconds / length - 1e-6)))
    drawn = [
        _row(i * length, min(seconds, (i + 1) * length), length, lines, colours, read, frames, rate, samples)
        for i in range(count)
    ]
    return STYLE + _faces(people, names, colours) + "\n".join(drawn) + "\n"


def _row(
    start: float,
    stop: float,
    length: float,
    lines: Sequence[Mapping[str, Any]],
    colours: Mapping[str, str],
    read: Read,
    frames: int,
    rate: Fraction,
    samples: np.ndarray,
) -> str:
    """One stretch of the film as an SVG; a last row that is shorter is as much narrower."""
    inside = [line for line in lines if line["end"] > start and line["start"] < stop]
    speaking = [name for name in colours if any(line["speaker"] == name for line in inside)]
    scale = WIDTH / length
    height = STRIP + WAVE + LANE * max(1, len(speaking)) + 4
    parts = [_strip(start, stop, scale, read, frames, rate), _wave(start, stop, scale, samples)]
    for lane, name in enumerate(speaking):
        y = STRIP + WAVE + 4 + lane * LANE
        parts += [_bar(line, start, stop, scale, y, colours[name]) for line in inside if line["speaker"] == name]
        parts.append(f'<text x="3" y="{y + LANE - 6}" class="speaker">{escape(name)}</text>')
    label = f"Speech from {clock(start)} to {clock(stop)}: {', '.join(speaking) or 'nobody speaks'}"
    return (
        f'<figure class="timeline"><figcaption>{clock(start)} to {clock(stop)}</figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(label, quote=True)}">'
        f"{''.join(parts)}</svg></figure>"
    )


def _strip(start: float, stop: float, scale: float, read: Read, frames: int, rate: Fraction) -> str:
    """Frames at even distances, each as wide as its share of the row."""
    share = WIDTH / PICTURES
    parts = []
    for i in range(max(1, round((stop - start) * scale / share))):
        number = min(frames - 1, int((start + (i + 0.5) * share / scale) * rate))
        picture = eight_bits(read(number, number + 1)[0])
        # The middle of the frame in the shape of its place, at twice the size for sharp screens.
        height, width = picture.shape[:2]
        wide = min(width, round(height * share / STRIP))
        picture = picture[:, (width - wide) // 2 : (width - wide) // 2 + wide]
        small = cv2.resize(picture, (round(share * 1.5), round(STRIP * 1.5)), interpolation=cv2.INTER_AREA)
        parts.append(
            f'<image x="{i * share:.1f}" y="0" width="{share:.1f}" height="{STRIP}" preserveAspectRatio="none" '
            f'href="{_jpeg(small)}"/>'
        )
    return "".join(parts)


def _jpeg(picture: np.ndarray, quality: int = 70) -> str:
    """A picture uint8 (h, w) or (h, w, c), RGB, as a data address."""
    shown = picture[..., ::-1] if picture.ndim == 3 and picture.shape[2] == 3 else picture
    data = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"


def _wave(start: float, stop: float, scale: float, samples: np.ndarray) -> str:
    """The largest sample of each pixel, up and down from the middle."""
    columns = max(1, round((stop - start) * scale / 2))
    edges = np.linspace(start * RATE, stop * RATE, columns + 1).astype(int)
    peaks = np.array([float(np.abs(samples[a:b]).max()) if len(samples[a:b]) else 0.0 for a, b in _pairs(edges)])
    loudest = max(0.05, float(np.abs(samples).max()) if len(samples) else 0.0)
    heights = np.sqrt(peaks / loudest) * (WAVE / 2 - 2)
    middle = STRIP + WAVE / 2
    up = " ".join(f"{2 * i},{middle - h:.1f}" for i, h in enumerate(heights))
    down = " ".join(f"{2 * i},{middle + h:.1f}" for i, h in reversed(list(enumerate(heights))))
    return f'<polygon class="wave" points="{up} {down}"/>'


def _pairs(edges: np.ndarray) -> list[tuple[int, int]]:
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def _bar(line: Mapping[str, Any], start: float, stop: float, scale: float, y: float, colour: str) -> str:
    """One line as a bar, hollow when its speaker is off screen, paler the less sure the name is."""
    x, end = ((min(stop, max(start, line[key])) - start) * scale for key in ("start", "end"))
    reasons = line.get("reasons") or {}
    why = [text.format(reasons[key]) for key, text in REASONS.items() if reasons.get(key) is not None]
    why += [f"decided: {reasons['decision']}"] if reasons.get("decision") else []
    where = "on screen" if line["on_screen"] else "off screen"
    told = f"{line['speaker']}, {where}, {percent(line['confidence'])} sure ({'; '.join(why) or 'nothing to go by'})"
    fill = f'fill="{colour}"' if line["on_screen"] else f'fill="none" stroke="{colour}" stroke-dasharray="4 2"'
    return (
        f'<rect x="{x:.1f}" y="{y + 1}" width="{max(1.5, end - x):.1f}" height="{LANE - 4}" rx="2" {fill} '
        f'opacity="{0.35 + 0.65 * line["confidence"]:.2f}"><title>{escape(told)}: {escape(line["text"])}</title></rect>'
    )


def _faces(people: Path, names: Mapping[str, str], colours: Mapping[str, str]) -> str:
    """Who speaks: faces, and where to hear a stranger's voice."""
    parts = []
    for person in read_json(people / "index.json"):
        own = str(person["speaker"])
        name = names.get(own, own)
        sheet = cv2.imread(str(people / person["faces"]), cv2.IMREAD_COLOR_RGB) if person["faces"] else None
        picture = f'<img src="{_jpeg(sheet, 80)}" alt="{escape(name)}">' if sheet is not None else "<p>never seen</p>"
        told = "" if person["known"] or own in names else " <small>not named yet</small>"
        heard = f"<small>voice: contact_sheets/{escape(person['voice'])}</small>" if person["voice"] else ""
        parts.append(
            f'<figure class="person" style="border-color:{colours.get(name, "#8a8578")}">{picture}'
            f"<figcaption><b>{escape(name)}</b>{told} {heard}</figcaption></figure>"
        )
    return f'<div class="people">{"".join(parts)}</div>\n'
