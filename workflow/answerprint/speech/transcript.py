"""Who says what: mouths, faces and voices put together into the lines of a film.

Lips and voices give each word its speaker (turns.py), voices seen elsewhere name the lines off screen (naming.py), and
whoever has no portrait is Person 1, Person 2... in the order in which they speak.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from . import attribution, off_screen, voiceprints
from .attribution import Turn

BREATH = 0.8
"""Seconds of silence after which one person's words begin a new line."""
LONGEST = 12.0
"""Seconds of one line."""
UNSPACED = ("zh", "ja", "th", "lo", "my", "km", "yue")
"""Languages written without spaces between words."""


def transcript(
    heard: Mapping[str, Any],
    seen: Sequence[Mapping[str, Any]],
    samples: np.ndarray,
    rate: Fraction | float,
    *,
    cuts: Sequence[float] = (),
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The lines of a film and the people who say them, as JSON.

    Lines, in order: {"start", "end", "speaker", "on_screen", "confidence", "text", "words", "reasons": {"lips",
    "voice", "face"}}, seconds. People, in the order in which they speak: {"speaker", "known", "tracks"}: whether a
    portrait gave the name, and the numbers of the faces followed. `heard` is from voice.recognise, `seen` from
    seen.look, `samples` the sound (16 kHz), `cuts` the seconds at which shots change.
    """
    sound = voiceprints.features(samples)
    found = attribution.gathered(heard, seen, sound, float(rate), cuts)
    off_screen.by_voice(found, sound)
    strangers = _strangers(found)
    likeness = {str(s["person"]): _likeness(s) for s in seen}
    lines = _lines(found, likeness, strangers, "" if heard.get("language") in UNSPACED else " ")
    people = [
        {
            "speaker": strangers.get(name, name),
            "known": name not in strangers,
            "tracks": [s["id"] for s in seen if s["person"] == name],
        }
        for name in dict.fromkeys(turn.speaker for turn in found)
    ]
    return lines, people


def _strangers(found: Sequence[Turn]) -> dict[str, str]:
    """Person 1, Person 2... for those without a portrait, in the order in which they speak."""
    names = dict.fromkeys(turn.speaker for turn in found if turn.speaker.startswith(("face ", "voice ")))
    return {name: f"Person {number}" for number, name in enumerate(names, 1)}


def _likeness(face: Mapping[str, Any]) -> tuple[float, float] | None:
    """Distance to the nearest portrait, and that distance as a share of the largest that gives a name."""
    if face["distance"] is None:
        return None
    return face["distance"], face["distance"] / face.get("limit", 0.52)


def _lines(
    found: Sequence[Turn],
    faces: Mapping[str, tuple[float, float] | None],
    strangers: Mapping[str, str],
    space: str,
) -> list[dict[str, Any]]:
    """Turns of one person joined across short pauses."""
    joined: list[list[Turn]] = []
    for turn in found:
        last = joined[-1][-1] if joined else None
        same = last and (last.speaker, last.on_screen) == (turn.speaker, turn.on_screen)
        pause = turn.spoken[0][0] - last.spoken[0][1] if last else 0.0
        if same and pause < BREATH and turn.end - joined[-1][0].start <= LONGEST:
            joined[-1].append(turn)
        else:
            joined.append([turn])
    lines = []
    for group in joined:
        words = [dict(unit.word) for turn in group for unit in turn.units]
        lines.append(
            {
                "start": round(group[0].start, 3),
                "end": round(group[-1].end, 3),
                "speaker": strangers.get(group[0].speaker, group[0].speaker),
                "on_screen": group[0].on_screen,
                "confidence": _confidence(group, faces),
                "text": space.join(word["text"] for word in words),
                "words": words,
                "reasons": _reasons(group, faces),
            }
        )
    return lines


def _reasons(group: Sequence[Turn], faces: Mapping[str, tuple[float, float] | None]) -> dict[str, float | None]:
    """Log odds of the lips, distance of the voice, distance of the face; None where it had no say."""
    heard = [turn.voice for turn in group if turn.voice is not None]
    face = faces.get(group[0].speaker)
    return {
        "lips": round(float(np.mean([turn.lips for turn in group])), 2)
        if len(group[0].units[0].evidence) > 1
        else None,
        "voice": round(float(np.mean(heard)), 2) if heard else None,
        "face": face[0] if face else None,
    }


def _confidence(group: Sequence[Turn], faces: Mapping[str, tuple[float, float] | None]) -> float:
    """How sure the speaker is, 0..1: the lips' odds where they decided, else how near the voice came; then the face."""
    lips = 1 / (1 + np.exp(-np.mean([turn.lips for turn in group])))
    if group[0].on_screen:
        face = faces.get(group[0].speaker)
        # A portrait at half the limit is certain, one just beyond it as good as none.
        sure = lips * (float(np.clip(1.5 - face[1], 0.3, 1)) if face else 0.9)
    elif group[0].voice is not None:
        sure = lips * float(np.clip(1 - group[0].voice / (2 * off_screen.SAME_VOICE), 0.3, 1))
    else:
        sure = 0.3
    return round(float(sure), 2)
