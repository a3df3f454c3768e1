"""Who says what: mouths, faces and voices combined into the lines of a film.

Lips and changes of voice divide the words into segments (attribution.py), and lips, voices and pauses together decide
who speaks each (turns.py). Whoever has no portrait is Person 1, Person 2... in the order in which they speak.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..engines.hearing import Hearing, VoiceEngine
from ..film.languages import UNSPACED
from . import attribution, turns
from .attribution import SpeechSegment
from .speaker import Speaker
from .visible_face import VisibleFace

LINE_PAUSE = 0.8
"""Seconds of silence after which one person's words begin a new line."""
LONGEST = 12.0
"""Seconds of one line."""


@dataclass(frozen=True, kw_only=True)
class _Cast:
    """What is known of the speakers of a film."""

    names: Mapping[Speaker, str]
    faces: Mapping[Speaker, VisibleFace]
    """The last face of each person."""
    same_voice: float
    """Distance up to which two voices are one."""

    def portrait_distance(self, speaker: Speaker) -> float | None:
        """Distance of the speaker's face to the nearest portrait, None without a face or portrait."""
        face = self.faces.get(speaker)
        return face.distance if face else None

    def portrait_share(self, speaker: Speaker) -> float | None:
        """That distance as a share of the largest that gives a name."""
        face = self.faces.get(speaker)
        return face.distance / face.limit if face and face.distance is not None else None


def transcript(
    recognised: Mapping[str, Any],
    faces: Sequence[VisibleFace],
    hearing: Hearing,
    rate: Fraction | float,
    *,
    cuts: Sequence[float] = (),
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The lines of a film and the people who say them, as JSON.

    Lines, in order: {"start", "end", "speaker", "on_screen", "confidence", "text", "words", "reasons": {"lips",
    "voice", "face"}}, in seconds. People, in the order in which they speak: {"speaker", "known", "tracks"}: whether a
    portrait gave the name, and the numbers of their face tracks. `recognised` is from `recognise.recognise` or
    `existing_subtitles.recognised`, `faces` from `active_speakers.detect`, `hearing` from an engine of the stage
    voices, `cuts` the seconds at which shots change.
    """
    segments = attribution.attribute(recognised, faces, hearing, float(rate), cuts)
    turns.decide(segments, hearing, cuts)
    speakers = list(dict.fromkeys(segment.speaker for segment in segments))
    faces_of = {face.speaker: face for face in faces}
    cast = _Cast(names=_names(speakers), faces=faces_of, same_voice=hearing.calibration.same)
    # A recogniser's words are bare, so the language tells how to join them; a subtitle's bring their spaces with them.
    space = "" if recognised.get("spaced") or recognised.get("language") in UNSPACED else " "
    people = [
        {
            "speaker": cast.names[speaker],
            "known": not speaker.is_stranger,
            "tracks": [face.track for face in faces if face.speaker == speaker],
        }
        for speaker in speakers
    ]
    return [_line(group, cast, space) for group in _grouped(segments)], people


def listen(recognised: Mapping[str, Any], samples: np.ndarray, engine: VoiceEngine) -> Hearing:
    """The voices of a film's sound (16 kHz), heard where `recognise.recognise` found any."""
    spans = recognised.get("voice") or recognised.get("spans", [])
    return engine.listen(samples, [(float(start), float(end)) for start, end in spans])


def _names(speakers: Sequence[Speaker]) -> dict[Speaker, str]:
    """The name of each speaker: Person 1, Person 2... for strangers, in the order in which they speak."""
    strangers = [speaker for speaker in speakers if speaker.is_stranger]
    numbered = {speaker: f"Person {number}" for number, speaker in enumerate(strangers, 1)}
    return {speaker: numbered.get(speaker, str(speaker)) for speaker in speakers}


def _grouped(segments: Sequence[SpeechSegment]) -> list[list[SpeechSegment]]:
    """Segments of one person joined across short pauses."""
    groups: list[list[SpeechSegment]] = []
    for segment in segments:
        previous = groups[-1][-1] if groups else None
        if (
            previous
            and (previous.speaker, previous.on_screen) == (segment.speaker, segment.on_screen)
            and segment.spoken[0] - previous.spoken[1] < LINE_PAUSE
            and segment.end - groups[-1][0].start <= LONGEST
        ):
            groups[-1].append(segment)
        else:
            groups.append([segment])
    return groups


def _line(group: Sequence[SpeechSegment], cast: _Cast, space: str) -> dict[str, Any]:
    """One line of the transcript from segments of one person."""
    words = [scored.word for segment in group for scored in segment.words]
    return {
        "start": round(group[0].start, 3),
        "end": round(group[-1].end, 3),
        "speaker": cast.names[group[0].speaker],
        "on_screen": group[0].on_screen,
        "confidence": _confidence(group, cast),
        "text": space.join(word["text"] for word in words).strip(),
        "words": [{**word, "text": word["text"].strip()} for word in words],
        "reasons": _reasons(group, cast),
    }


def _reasons(group: Sequence[SpeechSegment], cast: _Cast) -> dict[str, float | None]:
    """Log odds of the lips, distance of the voice, distance of the face; None for what did not count."""
    voices = [segment.voice_distance for segment in group if segment.voice_distance is not None]
    lips = float(np.mean([segment.lip_odds for segment in group]))
    anybody_visible = len(group[0].words[0].evidence) > 1
    return {
        "lips": round(lips, 2) if anybody_visible else None,
        "voice": round(float(np.mean(voices)), 2) if voices else None,
        "face": cast.portrait_distance(group[0].speaker),
    }


def _confidence(group: Sequence[SpeechSegment], cast: _Cast) -> float:
    """How certain the speaker is, 0..1: from the odds of the lips, then from how near the face or the voice came."""
    lips = 1 / (1 + np.exp(-np.mean([segment.lip_odds for segment in group])))
    if group[0].on_screen:
        share = cast.portrait_share(group[0].speaker)
        # A portrait at half the limit is certain; one just beyond the limit is worth hardly more than none.
        certainty = lips * (float(np.clip(1.5 - share, 0.3, 1)) if share is not None else 0.9)
    elif group[0].voice_distance is not None:
        certainty = lips * float(np.clip(1 - group[0].voice_distance / (2 * cast.same_voice), 0.3, 1))
    else:
        certainty = 0.3
    return round(float(certainty), 2)
