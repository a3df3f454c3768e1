"""Who says what: mouths, faces and voices put together into the lines of a film.

A word goes to the visible person whose mouth moves with it, and off screen when nobody's does; the most likely run
of speakers through the film is found at once (Viterbi), because people seldom change within a breath. A line off
screen gets the name of the person whose voice on screen it matches. Whoever has no portrait is Person 1, Person 2...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from . import diarise, voices
from .errors import FilmError

OFF = "off"
PAUSE = 0.35
"""Seconds of silence that make a change of speaker likely, and part two lines off screen."""
BREATH = 0.8
"""Seconds of silence after which one person's words begin a new line."""
LONGEST = 12.0
"""Seconds of one line."""
SAME_VOICE = 6.0
"""Distance of `voices.apart` up to which two long stretches are one voice, plus SHORT over the number of feature vectors
of the shorter: the same person's other words lie 3 to 9 away on 0.7 s, another's 7.8 to 15."""
SHORT = 140.0
CLEARLY = 1.2
"""How many times nearer it must be than the next voice."""
DOUBT = 1.5
"""Log odds of the lips under which a voice that is clearly another's takes the line away from the face."""
EDGE = 1.0
"""Seconds of a voice before its first and after its last word that belong to the line: recognisers miss words."""
UNSPACED = ("zh", "ja", "th", "lo", "my", "km", "yue")
"""Languages written without spaces between words."""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A word with what speaks for each person."""

    word: Mapping[str, Any]
    evidence: Mapping[str, float]
    """Log odds that a visible person says it; OFF: nobody visible."""


def transcript(
    heard: Mapping[str, Any],
    seen: Sequence[Mapping[str, Any]],
    samples: np.ndarray,
    rate: Fraction | float,
    *,
    decisions: Mapping[str, Any] | None = None,
    cuts: Sequence[float] = (),
) -> list[dict[str, Any]]:
    """The lines of a film as JSON, in order: [{"start", "end", "speaker", "on_screen", "confidence", "text", "words",
    "reasons": {"lips", "voice", "face"}}], seconds.

    `heard` is from voice.recognise, `seen` from seen.look, `samples` the sound (16 kHz), `cuts` the seconds at which
    shots change. `decisions` may hold "names" {"Person 1": "Anna"} and "lines" [{"at": seconds, "speaker", "text"}].
    Raises FilmError for a decision about a line or a person that is not there.
    """
    words = sorted(heard["words"], key=lambda word: (word["start"], word["end"]))
    units = [Unit(word=word, evidence=_evidence(word, seen, float(rate))) for word in words]
    times = _owned(words, heard.get("spans", []))
    sound = voices.features(samples)
    path = _likeliest(units)
    turns = _turns(units, times, _parted(sound, heard.get("voice") or heard.get("spans", []), times, path), cuts)
    faces = {str(s["person"]): s["distance"] for s in seen}
    _name_by_voice(turns, sound)
    return decide(_lines(turns, faces, "" if heard.get("language") in UNSPACED else " "), decisions or {})


@dataclass(kw_only=True)
class Turn:
    """Words of one person without a pause."""

    units: list[Unit]
    speaker: str
    """A name, "face 0", or OFF with the number of the voice where several were told apart: "off 1"."""
    on_screen: bool
    start: float
    """Seconds, where the voice begins."""
    end: float
    voice: float | None = None
    """Distance to the voice of that name, where it gave the name or bore it out."""

    @property
    def spoken(self) -> list[tuple[float, float]]:
        """From the first word to the last, as spans (seconds)."""
        return [(float(self.units[0].word["start"]), float(max(unit.word["end"] for unit in self.units)))]

    @property
    def lips(self) -> float:
        """Mean log odds of the speaker's mouth, or of none of those visible."""
        own = OFF if not self.on_screen else self.speaker
        return float(np.mean([unit.evidence.get(own, 0.0) for unit in self.units]))


def _evidence(word: Mapping[str, Any], seen: Sequence[Mapping[str, Any]], rate: float) -> dict[str, float]:
    """Log odds that each visible person says a word; for OFF the reverse of the best of them."""
    first, last = int(word["start"] * rate), max(int(word["start"] * rate) + 1, round(word["end"] * rate))
    found: dict[str, float] = {}
    for face in seen:
        scores = face["scores"][max(0, first - face["first"]) : max(0, last - face["first"])]
        # A person seen for less than half of a word may be in the next shot.
        if 2 * len(scores) >= last - first:
            found[face["person"]] = max(found.get(face["person"], -9.0), float(np.mean(scores)))
    # Off screen is the rarer case: lips that say nothing either way leave the line with the face.
    return {**found, OFF: -max(found.values()) - 0.5 if found else 0.0}


def _likeliest(units: Sequence[Unit]) -> list[str]:
    """The most likely person for each word, by Viterbi's algorithm over the whole film."""
    score: dict[str, float] = {}
    back: list[dict[str, str]] = []
    for i, unit in enumerate(units):
        pause = unit.word["start"] - units[i - 1].word["end"] if i else 9.0
        # In the middle of a breath a change must be borne out by about a second of lips, after a pause by a word.
        change = 6.0 if pause < PAUSE else 1.5
        best = min(score, key=lambda name: (-score[name], name)) if score else OFF
        step: dict[str, str] = {}
        now: dict[str, float] = {}
        # Frames 0.2 s apart hardly repeat each other: so often a word's evidence counts.
        weight = max(1.0, (unit.word["end"] - unit.word["start"]) / 0.2)
        for name, odds in unit.evidence.items():
            stay, come = score.get(name, -np.inf), score.get(best, 0.0) - change
            step[name] = name if stay >= come else best
            now[name] = max(stay, come) + weight * odds
        score, back = now, [*back, step]
    path: list[str] = []
    name = min(score, key=lambda n: (-score[n], n)) if score else OFF
    for step in reversed(back):
        path.append(name)
        name = step[name]
    return path[::-1]


def _owned(words: Sequence[Mapping[str, Any]], spans: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """The time (seconds) of each word with the voice round it that no other word has: up to EDGE on either side."""
    times = []
    for i, word in enumerate(words):
        start, end = float(word["start"]), float(word["end"])
        inside = [span for span in spans if span[0] - 0.1 <= (start + end) / 2 <= span[1] + 0.1]
        low, high = inside[0] if inside else (start, end)
        if i and words[i - 1]["end"] > low:
            low = (words[i - 1]["end"] + start) / 2
        if i + 1 < len(words) and words[i + 1]["start"] < high:
            high = (end + words[i + 1]["start"]) / 2
        times.append((min(start, max(low, start - EDGE)), max(end, min(high, end + EDGE))))
    return times


def _parted(
    sound: np.ndarray,
    spans: Sequence[Sequence[float]],
    times: Sequence[tuple[float, float]],
    path: Sequence[str],
) -> list[tuple[str, float]]:
    """Who says each word, and from when on; off screen "off 0", "off 1"... where the voice changes."""
    seen = [time for time, name in zip(times, path, strict=True) if name != OFF]
    parts = diarise.parted(sound, _without([(float(a), float(b)) for a, b in spans], seen)) if OFF in path else []
    several = len({number for _, _, number in parts}) > 1
    found: list[tuple[str, float]] = []
    for (start, end), name in zip(times, path, strict=True):
        if name != OFF or not several:
            found.append((name, start))
            continue
        a, _, number = max(parts, key=lambda part: min(end, part[1]) - max(start, part[0]))
        # The voice knows better than the words where it begins, unless that is far from this word.
        found.append((f"{OFF} {number}", a if abs(a - start) < EDGE else start))
    return found


def _without(
    spans: Sequence[tuple[float, float]], taken: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """What is left of `spans` outside the stretches `taken`, both in order."""
    left = list(spans)
    for start, end in taken:
        left = [
            piece
            for a, b in left
            for piece in ((a, min(b, start)), (max(a, end), b))
            if piece[1] - piece[0] > 0.05
        ]
    return left


def _turns(
    units: Sequence[Unit], times: Sequence[tuple[float, float]], whose: Sequence[tuple[str, float]], cuts: Sequence[float]
) -> list[Turn]:
    """Words gathered into turns: parted where the speaker changes, and off screen at pauses and cuts too."""
    turns: list[Turn] = []
    ended = -9.0
    for unit, (start, end), (name, begins) in zip(units, times, whose, strict=True):
        last = turns[-1] if turns else None
        pause = unit.word["start"] - ended
        off = name.startswith(OFF)
        parted = last is None or last.speaker != name or pause >= PAUSE
        if parted or (off and any(ended <= cut <= unit.word["start"] for cut in cuts)):
            if last and last.speaker != name and pause < PAUSE:
                start = min(begins, float(unit.word["end"]) - 0.05)
                last.end = min(last.end, start)
            turns.append(Turn(units=[unit], speaker=name, on_screen=not off, start=start, end=end))
        elif last:
            last.units.append(unit)
            last.end = max(last.end, end)
        ended = max(ended, float(unit.word["end"])) if not parted else float(unit.word["end"])
    return turns


def _name_by_voice(turns: Sequence[Turn], sound: np.ndarray) -> None:
    """Put a name to each turn off screen: that of the nearest voice on screen, or "voice 0", "voice 1"...

    A voice also overrules lips in doubt: a still listener may nod, and a speaker may turn away.
    """
    stretches = [voices.within(sound, turn.spoken) for turn in turns]
    heard = [found for found in stretches if len(found) >= voices.ENOUGH]
    background = voices.model(np.concatenate(heard)) if heard else None
    if background is not None:
        _listen_again(turns, stretches, background)
    known = _known_voices(turns, stretches, background) if background else {}
    strangers: list[int] = []
    for i, turn in enumerate(turns):
        if turn.on_screen:
            continue
        if background is None or len(stretches[i]) < voices.ENOUGH:
            if turn.speaker == OFF:
                turn.speaker = _same_breath(turns, i) or "voice unknown"
            else:
                strangers.append(i)
            continue
        # Whoever is seen with still lips does not speak off screen.
        silent = {n for unit in turn.units for n, odds in unit.evidence.items() if n != OFF and odds < -1}
        name, distance = _nearest(stretches[i], {n: v for n, v in known.items() if n not in silent}, background)
        if name is not None:
            turn.speaker, turn.voice = name, distance
        else:
            strangers.append(i)
    if background is not None:
        _number_strangers(turns, stretches, strangers, background)


def _nearest(
    found: np.ndarray, known: Mapping[str, voices.Voice], background: voices.Voice
) -> tuple[str | None, float | None]:
    """The name and distance of the voice that feature vectors surely belong to, or None twice."""
    mine = voices.model(found, background)
    far = sorted((voices.apart(mine, voice), name) for name, voice in known.items())
    if not far:
        return None, None
    limit = SAME_VOICE + SHORT / min(len(found), known[far[0][1]].count)
    clear = len(far) == 1 or far[1][0] >= CLEARLY * far[0][0]
    return (far[0][1], far[0][0]) if far[0][0] <= limit and clear else (None, None)


def _listen_again(turns: Sequence[Turn], stretches: Sequence[np.ndarray], background: voices.Voice) -> None:
    """Take a turn from a face whose lips are in doubt when its voice is clearly someone else's."""
    for i, turn in enumerate(turns):
        if not turn.on_screen or turn.lips >= DOUBT or len(stretches[i]) < voices.ENOUGH:
            continue
        others = [k for k in range(len(turns)) if k != i]
        known = _known_voices([turns[k] for k in others], [stretches[k] for k in others], background)
        name, distance = _nearest(stretches[i], known, background)
        # Without another sample of the face's own voice nothing says that it is not the one heard.
        if name is not None and name != turn.speaker and turn.speaker in known:
            visible = any(name in unit.evidence for unit in turn.units)
            turn.speaker, turn.on_screen, turn.voice = name, visible, distance


def _number_strangers(
    turns: Sequence[Turn], stretches: Sequence[np.ndarray], strangers: Sequence[int], background: voices.Voice
) -> None:
    """Voices that nobody on screen has: those told apart in the running sound, else turns that sound alike."""
    parted = {turns[i].speaker for i in strangers}
    if len(parted) > 1:
        numbers = [sorted(parted).index(turns[i].speaker) for i in strangers]
    else:
        numbers = voices.cluster([stretches[i] for i in strangers], background, same=SAME_VOICE)
    for i, number in zip(strangers, numbers, strict=True):
        turns[i].speaker = f"voice {number}"


def _same_breath(turns: Sequence[Turn], i: int) -> str | None:
    """Who speaks right before a turn, or right after it, without a pause: a cut does not end a sentence."""
    if i and turns[i].spoken[0][0] - turns[i - 1].spoken[0][1] < PAUSE:
        return turns[i - 1].speaker
    after = turns[i + 1] if i + 1 < len(turns) else None
    return after.speaker if after and after.on_screen and after.spoken[0][0] - turns[i].spoken[0][1] < PAUSE else None


def _known_voices(
    turns: Sequence[Turn], stretches: Sequence[np.ndarray], background: voices.Voice
) -> dict[str, voices.Voice]:
    """The voice of each person whose lips were surely seen to speak."""
    by_name: dict[str, list[np.ndarray]] = {}
    for turn, found in zip(turns, stretches, strict=True):
        if turn.on_screen and turn.lips > 1.0:
            by_name.setdefault(turn.speaker, []).append(found)
    joined = {name: np.concatenate(pieces) for name, pieces in by_name.items()}
    return {name: voices.model(found, background) for name, found in joined.items() if len(found) >= voices.ENOUGH}


def _lines(turns: Sequence[Turn], faces: Mapping[str, float | None], space: str) -> list[dict[str, Any]]:
    """Turns of one person joined across short pauses, strangers numbered in the order in which they speak."""
    joined: list[list[Turn]] = []
    for turn in turns:
        last = joined[-1][-1] if joined else None
        same = last and (last.speaker, last.on_screen) == (turn.speaker, turn.on_screen)
        pause = turn.spoken[0][0] - last.spoken[0][1] if last else 0.0
        if same and pause < BREATH and turn.end - joined[-1][0].start <= LONGEST:
            joined[-1].append(turn)
        else:
            joined.append([turn])
    strangers: dict[str, str] = {}
    lines = []
    for group in joined:
        speaker = group[0].speaker
        if speaker.startswith(("face ", "voice ")):
            speaker = strangers.setdefault(speaker, f"Person {len(strangers) + 1}")
        words = [dict(unit.word) for turn in group for unit in turn.units]
        lines.append(
            {
                "start": round(group[0].start, 3),
                "end": round(group[-1].end, 3),
                "speaker": speaker,
                "on_screen": group[0].on_screen,
                "confidence": _confidence(group, faces),
                "text": space.join(word["text"] for word in words),
                "words": words,
                "reasons": _reasons(group, faces),
            }
        )
    return lines


def _reasons(group: Sequence[Turn], faces: Mapping[str, float | None]) -> dict[str, float | None]:
    """Log odds of the lips, distance of the voice, distance of the face; None where it had no say."""
    heard = [turn.voice for turn in group if turn.voice is not None]
    face = faces.get(group[0].speaker)
    return {
        "lips": round(float(np.mean([turn.lips for turn in group])), 2)
        if len(group[0].units[0].evidence) > 1
        else None,
        "voice": round(float(np.mean(heard)), 2) if heard else None,
        "face": face,
    }


def _confidence(group: Sequence[Turn], faces: Mapping[str, float | None]) -> float:
    """How sure the speaker is, 0..1: the lips' odds where they decided, else how near the voice came; then the face."""
    lips = 1 / (1 + np.exp(-np.mean([turn.lips for turn in group])))
    if group[0].on_screen:
        face = faces.get(group[0].speaker)
        # A portrait 0.3 away is certain, one 0.6 away as good as none.
        sure = lips * (float(np.clip((0.75 - face) / 0.45, 0.3, 1)) if face is not None else 0.9)
    elif group[0].voice is not None:
        sure = lips * float(np.clip(1 - group[0].voice / (2 * SAME_VOICE), 0.3, 1))
    else:
        sure = 0.3
    return round(float(sure), 2)


def decide(lines: Sequence[Mapping[str, Any]], decisions: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Lines as a person corrected them: "names" renames people, "lines" gives one line another speaker or text."""
    changed = [dict(line) for line in lines]
    for decision in decisions.get("lines", []):
        at = float(decision["at"])
        near = [line for line in changed if line["start"] - 0.5 <= at <= line["end"] + 0.5]
        if not near:
            raise FilmError(f"A decision names the line at {at:g} s, but nobody speaks there.", _spoken(changed))
        line = min(near, key=lambda one: max(one["start"] - at, at - one["end"]))
        line.update({key: decision[key] for key in ("speaker", "text") if key in decision}, confidence=1.0)
        line["reasons"] = {**line["reasons"], "decision": decision.get("why", "")}
    people = {line["speaker"] for line in changed}
    for old, new in decisions.get("names", {}).items():
        if old not in people:
            raise FilmError(
                f"A decision names '{old}', who does not speak in this film.", f"Speakers: {sorted(people)}."
            )
        for line in changed:
            if line["speaker"] == old:
                line["speaker"] = new
    return changed


def _spoken(lines: Sequence[Mapping[str, Any]]) -> str:
    return (
        f"The film has {len(lines)} lines; the first begins at {lines[0]['start']:g} s."
        if lines
        else "It has no lines."
    )
