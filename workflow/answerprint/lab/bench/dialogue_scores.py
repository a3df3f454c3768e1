"""Scores of the lines of a dialogue: whose names stand over the time in which somebody speaks, and over the words."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...film.sound import Spans
from ...runtime.errors import FilmError
from .dialogues import UNKNOWN
from .speech_scores import STEP

TrueTurn = tuple[float, float, str]
"""Start, end (seconds) and the name that is right, UNKNOWN for one that nothing tells."""
COLLAR = 2.0
"""Seconds by which a word may be misplaced."""


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """Seconds in which a voice is heard, by what stands over them."""

    right: float = 0.0
    wrong: float = 0.0
    """The name of somebody else."""
    unnamed: float = 0.0
    """No line, or somebody without a name though the name could be known."""

    def __add__(self, other: Attribution) -> Attribution:
        return Attribution(
            right=self.right + other.right, wrong=self.wrong + other.wrong, unnamed=self.unnamed + other.unnamed
        )

    def shares(self) -> tuple[float, float]:
        """Right and wrong as shares of the whole, 0..1."""
        total = max(1e-9, self.right + self.wrong + self.unnamed)
        return self.right / total, self.wrong / total


def attribution(
    lines: Sequence[Mapping[str, Any]], truth: Sequence[TrueTurn], spoken: Spans, names: Collection[str]
) -> Attribution:
    """What stands over the voiced time of a dialogue; `names` are all that could be given."""
    given, expected = _by_step(_turns(lines)), _by_step(truth)
    found = {"right": 0, "wrong": 0, "unnamed": 0}
    for step in {step for start, end in spoken for step in range(round(start / STEP), round(end / STEP))}:
        true, mine = expected.get(step, set()), given.get(step, set())
        if not true:
            continue
        nameless = bool(mine) and not mine & set(names)
        right = bool(mine & true) or (UNKNOWN in true and nameless)
        found["right" if right else "wrong" if mine & set(names) else "unnamed"] += 1
    return Attribution(**{key: count * STEP for key, count in found.items()})


def _turns(lines: Sequence[Mapping[str, Any]]) -> list[TrueTurn]:
    return [(line["start"], line["end"], line["speaker"]) for line in lines]


def _by_step(turns: Sequence[TrueTurn]) -> dict[int, set[str]]:
    """Who speaks in each STEP in which anybody does."""
    steps: dict[int, set[str]] = {}
    for start, end, name in turns:
        for step in range(round(start / STEP), round(end / STEP)):
            steps.setdefault(step, set()).add(name)
    return steps


@dataclass(frozen=True, kw_only=True)
class Said:
    """Words of one person."""

    start: float
    end: float
    speaker: str
    words: str


def said(lines: Sequence[Mapping[str, Any]], names: Collection[str]) -> list[Said]:
    """The lines of a transcript; all who have no name count as one."""
    return [
        Said(
            start=line["start"],
            end=max(line["end"], line["start"] + STEP),
            speaker=line["speaker"] if line["speaker"] in names else UNKNOWN,
            words=plain(line["text"]),
        )
        for line in lines
    ]


def plain(text: str) -> str:
    """A text by Whisper's own normaliser of English, with letters and digits apart: "F2" and "f two" are both "f 2".

    The normaliser takes away case, punctuation and filled pauses, spells numbers with digits and contractions in full.
    """
    from whisper.normalizers import EnglishTextNormalizer

    return " ".join(re.findall(r"\d|[^\W\d]+", EnglishTextNormalizer()(text)))


def named_word_errors(found: Sequence[Said], truth: Sequence[Said]) -> tuple[int, int]:
    """Errors and number of true words: the time-constrained word errors of each name with its own words.

    A right word under a wrong name counts twice, as missing there and as invented here. This is tcpWER with the names
    as given instead of the best permutation. Raises FilmError without the package MeetEval.
    """
    try:
        from meeteval.io import SegLST
        from meeteval.wer import time_constrained_siso_word_error_rate as rate
    except ImportError as error:
        raise FilmError("MeetEval is not installed.", "pip install meeteval==0.4.3") from error
    errors = length = 0
    for name in sorted({one.speaker for one in [*found, *truth]}):
        texts = [
            SegLST(
                [
                    {"start_time": one.start, "end_time": one.end, "words": one.words}
                    for one in said
                    if one.speaker == name
                ]
            )
            for said in (truth, found)
        ]
        true, mine = (sum(len(one.words.split()) for one in said if one.speaker == name) for said in (truth, found))
        # Without words on one side, all of the other's are errors.
        errors += rate(*texts, collar=COLLAR).errors if true and mine else true + mine
        length += true
    return errors, length
