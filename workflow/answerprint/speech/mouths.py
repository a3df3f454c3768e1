"""Whose mouth moves with the speech, moment by moment: the first half of deciding who speaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..film.sound import Spans
from .speaker import OFF_SCREEN, Speaker
from .visible_face import VisibleFace

STEP = 0.1
"""Seconds of a moment."""
PAUSE = 0.35
"""Seconds of silence that make a change of speaker likely."""
INDEPENDENT = 0.2
"""Seconds apart at which the lips say something new."""
BREATH, AFTER_PAUSE, AT_CUT = 6.0, 1.5, 3.0
"""Log odds against a change of speaker: within a breath it takes the lips of about a second to outweigh it, after a
pause those of a word, at a cut something between: a cut may follow the speaker or leave them."""
RARER = 0.5
"""Log odds against off screen: lips that say nothing either way leave the speech with the face."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A tenth of a second of speech, and the evidence for each person who may speak in it."""

    start: float
    """Seconds."""
    evidence: Mapping[Speaker, float]
    """Log odds that a visible person speaks; OFF_SCREEN: that nobody visible does."""


def moments(spans: Spans, faces: Sequence[VisibleFace], rate: float) -> list[Moment]:
    """The moments within spans of speech (seconds, in any order), in order; `rate` is the film's frame rate."""
    steps = sorted({step for start, end in spans for step in range(int(start / STEP), max(1, round(end / STEP)))})
    by_start = sorted(faces, key=lambda face: face.first)
    first, last = (np.array([getattr(face, key) for face in by_start]) for key in ("first", "last"))
    found = []
    for step in steps:
        begin = int(step * STEP * rate)
        end = max(begin + 1, round((step + 1) * STEP * rate))
        visible = np.flatnonzero((first < end) & (last >= begin))
        found.append(Moment(start=step * STEP, evidence=_evidence([by_start[i] for i in visible], begin, end)))
    return found


def _evidence(faces: Sequence[VisibleFace], begin: int, end: int) -> dict[Speaker, float]:
    """Log odds of each person visible in at least half of these frames, and of nobody visible."""
    odds: dict[Speaker, float] = {}
    for face in faces:
        scores = face.scores[max(0, begin - face.first) : max(0, end - face.first)]
        if 2 * len(scores) >= end - begin:
            odds[face.speaker] = max(odds.get(face.speaker, -np.inf), float(np.mean(scores)))
    return {**odds, OFF_SCREEN: -max(odds.values()) - RARER if odds else 0.0}


def most_likely(moments: Sequence[Moment], voice: Spans, cuts: Sequence[float]) -> list[Speaker]:
    """The most likely speaker of each moment, by Viterbi's algorithm over the whole film.

    `voice` says where somebody is heard, `cuts` where shots change, in seconds; what the mouths do in a pause counts
    for nothing.
    """
    heard = _within(np.array([moment.start for moment in moments]) + STEP / 2, voice)
    score: dict[Speaker, float] = {}
    steps: list[dict[Speaker, Speaker]] = []
    silent, cut_at = np.inf, iter([*sorted(cuts), np.inf])
    cut = next(cut_at)
    for i, moment in enumerate(moments):
        silent += moment.start - moments[i - 1].start - STEP if i else 0.0
        at_cut = False
        while cut <= moment.start + STEP / 2:
            cut, at_cut = next(cut_at), True
        change = AFTER_PAUSE if silent >= PAUSE else AT_CUT if at_cut else BREATH
        best = _best(score)
        step: dict[Speaker, Speaker] = {}
        reached: dict[Speaker, float] = {}
        for speaker, odds in moment.evidence.items():
            stay, switch = score.get(speaker, -np.inf), score.get(best, 0.0) - change
            step[speaker] = speaker if stay >= switch else best
            reached[speaker] = max(stay, switch) + odds * (STEP / INDEPENDENT if heard[i] else 0.0)
        score = reached
        steps.append(step)
        silent = 0.0 if heard[i] else silent + STEP
    return _traced(steps, _best(score))


def _traced(steps: Sequence[Mapping[Speaker, Speaker]], speaker: Speaker) -> list[Speaker]:
    """The path that ends with a speaker."""
    path: list[Speaker] = []
    for step in reversed(steps):
        path.append(speaker)
        speaker = step[speaker]
    return path[::-1]


def _best(score: Mapping[Speaker, float]) -> Speaker:
    """The speaker with the highest score, by label among equals; OFF_SCREEN without any."""
    return min(score, key=lambda speaker: (-score[speaker], str(speaker)), default=OFF_SCREEN)


def _within(times: np.ndarray, spans: Spans) -> np.ndarray:
    """Which times lie in a span; all if there are no spans."""
    if not spans:
        return np.ones(len(times), bool)
    starts, ends = (np.array([span[i] for span in sorted(spans)]) for i in (0, 1))
    at = np.searchsorted(starts, times, "right") - 1
    return (at >= 0) & (times < ends[at])
