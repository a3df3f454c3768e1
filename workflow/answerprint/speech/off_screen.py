"""Names for voices: a line off screen gets the name that its voice has on screen, if it has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from . import voiceprints
from .attribution import OFF, PAUSE, Turn

SAME_VOICE = 6.0
"""Distance of `voices.apart` up to which two long stretches are one voice; SHORT over the number of feature vectors of
the shorter is added: the same person's other words lie 3 to 9 away on 0.7 s, another's 7.8 to 15."""
SHORT = 140.0
CLEARLY = 1.2
"""How many times nearer it must be than the next voice."""
DOUBT = 1.5
"""Log odds of the lips under which a voice that is clearly another's takes the line away from the face."""


def by_voice(turns: Sequence[Turn], sound: np.ndarray) -> None:
    """Put a name to each turn off screen: that of the nearest voice on screen, or "voice 0", "voice 1"...

    A voice also overrules lips in doubt: a still listener may nod, and a speaker may turn away.
    """
    stretches = [voiceprints.within(sound, turn.spoken) for turn in turns]
    heard = [found for found in stretches if len(found) >= voiceprints.ENOUGH]
    background = voiceprints.model(np.concatenate(heard)) if heard else None
    if background is not None:
        _listen_again(turns, stretches, background)
    known = _known_voices(turns, stretches, background) if background else {}
    strangers: list[int] = []
    for i, turn in enumerate(turns):
        if turn.on_screen:
            continue
        if background is None or len(stretches[i]) < voiceprints.ENOUGH:
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
    found: np.ndarray, known: Mapping[str, voiceprints.Voice], background: voiceprints.Voice
) -> tuple[str | None, float | None]:
    """The name and distance of the voice that feature vectors surely belong to, or None twice."""
    mine = voiceprints.model(found, background)
    far = sorted((voiceprints.apart(mine, voice), name) for name, voice in known.items())
    if not far:
        return None, None
    limit = SAME_VOICE + SHORT / min(len(found), known[far[0][1]].count)
    clear = len(far) == 1 or far[1][0] >= CLEARLY * far[0][0]
    return (far[0][1], far[0][0]) if far[0][0] <= limit and clear else (None, None)


def _listen_again(turns: Sequence[Turn], stretches: Sequence[np.ndarray], background: voiceprints.Voice) -> None:
    """Take a turn from a face whose lips are in doubt when its voice is clearly someone else's."""
    for i, turn in enumerate(turns):
        if not turn.on_screen or turn.lips >= DOUBT or len(stretches[i]) < voiceprints.ENOUGH:
            continue
        others = [k for k in range(len(turns)) if k != i]
        known = _known_voices([turns[k] for k in others], [stretches[k] for k in others], background)
        name, distance = _nearest(stretches[i], known, background)
        # Without another sample of the face's own voice nothing says that it is not the one heard.
        if name is not None and name != turn.speaker and turn.speaker in known:
            visible = any(name in unit.evidence for unit in turn.units)
            turn.speaker, turn.on_screen, turn.voice = name, visible, distance


def _number_strangers(
    turns: Sequence[Turn], stretches: Sequence[np.ndarray], strangers: Sequence[int], background: voiceprints.Voice
) -> None:
    """Voices that nobody on screen has: those told apart in the running sound, else turns that sound alike."""
    parted = {turns[i].speaker for i in strangers}
    if len(parted) > 1:
        numbers = [sorted(parted).index(turns[i].speaker) for i in strangers]
    else:
        numbers = voiceprints.cluster([stretches[i] for i in strangers], background, same=SAME_VOICE)
    for i, number in zip(strangers, numbers, strict=True):
        turns[i].speaker = f"voice {number}"


def _same_breath(turns: Sequence[Turn], i: int) -> str | None:
    """Who speaks right before a turn, or right after it, without a pause: a cut does not end a sentence."""
    if i and turns[i].spoken[0][0] - turns[i - 1].spoken[0][1] < PAUSE:
        return turns[i - 1].speaker
    after = turns[i + 1] if i + 1 < len(turns) else None
    return after.speaker if after and after.on_screen and after.spoken[0][0] - turns[i].spoken[0][1] < PAUSE else None


def _known_voices(
    turns: Sequence[Turn], stretches: Sequence[np.ndarray], background: voiceprints.Voice
) -> dict[str, voiceprints.Voice]:
    """The voice of each person whose lips were surely seen to speak."""
    by_name: dict[str, list[np.ndarray]] = {}
    for turn, found in zip(turns, stretches, strict=True):
        if turn.on_screen and turn.lips > 1.0:
            by_name.setdefault(turn.speaker, []).append(found)
    joined = {name: np.concatenate(pieces) for name, pieces in by_name.items()}
    return {
        name: voiceprints.model(found, background) for name, found in joined.items() if len(found) >= voiceprints.ENOUGH
    }
