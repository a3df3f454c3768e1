"""The dialogue bench: hundreds of generated dialogues, and whose name stands over them, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from ...film.sound import Recogniser
from ...runtime.errors import FilmError
from .dialogue_clips import Copy
from .dialogue_films import Studio
from .dialogue_scores import Attribution, Said, TrueTurn, attribution, named_word_errors, plain, said
from .dialogues import KINDS, SENTENCE, Dialogue

ORDERS = 6
"""Orders of the people for each kind of scene and copy, drawn from all; the first is that of their names."""
COPIES: Mapping[str, Copy] = {
    "as they are": Copy(),
    "grey, grainy, half size": Copy(poor=True),
    "18 fps": Copy(rate=18),
    "24 fps": Copy(rate=24),
    "mirrored, darker": Copy(mirrored=True, light=1.6),
}
ALONE = ("18 fps", "24 fps", "mirrored, darker")
"""Copies of which only the scenes with one face in the frame are measured."""
HEARD = 2
"""Orders in which the recogniser hears the whole dialogues."""
CONFIDENCES = (0.0, 0.5, 0.7, 0.8, 0.9)
"""Confidences down to which lines keep their names."""
Scored = list[tuple[Dialogue, list[dict[str, Any]]]]
"""Dialogues and the lines that were found."""


def orders(names: Sequence[str], count: int = ORDERS) -> list[tuple[str, ...]]:
    """Orders of people, always the same."""
    every = list(permutations(sorted(names)))
    rng = np.random.default_rng(0)
    return [every[0], *(every[i] for i in rng.choice(np.arange(1, len(every)), min(count, len(every)) - 1, False))]


def composed(studio: Studio, kind: str, copy: Copy, engine: str, count: int = ORDERS) -> Scored:
    """Dialogues of a kind and their lines."""
    dialogues = [KINDS[kind](order) for order in orders(list(studio.people), count)]
    return [(dialogue, studio.lines(dialogue, copy, engine)) for dialogue in dialogues]


def attributed(studio: Studio, scored: Scored, copy: Copy, least: float = 0.0) -> Attribution:
    """What stands over the voiced time of dialogues, if lines below a confidence lose their name."""
    total = Attribution()
    for dialogue, lines in scored:
        kept = [line if line["confidence"] >= least else {**line, "speaker": "?"} for line in lines]
        total += attribution(kept, truth(dialogue, copy), studio.voice(dialogue, copy), set(studio.people))
    return total


def truth(dialogue: Dialogue, copy: Copy) -> list[TrueTurn]:
    """Who is right over which time."""
    return [(start, end, label) for start, end, _, label in dialogue.truth(copy.rate)]


def table(studio: Studio, engines: Sequence[str], copies: Mapping[str, Copy] = COPIES) -> str:
    """Right and wrong names as shares of the voiced time, by kind of scene; one column for each engine and copy."""
    columns = [(name, engine) for name in copies for engine in engines]
    rows = []
    for kind in KINDS:
        cells = []
        for name, engine in columns:
            if name in ALONE and any(len(shot.seats) > 1 for shot in KINDS[kind](sorted(studio.people)).shots):
                cells.append("")
                continue
            right, wrong = attributed(studio, composed(studio, kind, copies[name], engine), copies[name]).shares()
            cells.append(f"{100 * right:.0f} / {100 * wrong:.0f}")
        rows.append(f"| {kind} | " + " | ".join(cells) + " |")
    head = "| right / wrong name, % of the time | " + " | ".join(f"{name}, {engine}" for name, engine in columns) + " |"
    return "\n".join([head, "|---" * (len(columns) + 1) + "|", *rows])


def confidence_table(studio: Studio, engine: str) -> str:
    """How much of all scenes keeps its name, and how much of that is right, by the least confidence of a line."""
    scored = [pair for kind in KINDS for pair in composed(studio, kind, Copy(), engine)]
    rows = []
    for least in CONFIDENCES:
        total = attributed(studio, scored, Copy(), least)
        share, wrong = total.shares()
        named = share + wrong
        rows.append(f"| {least:.1f} | {100 * named:.0f} % | {100 * share / max(1e-9, named):.1f} % |")
    return "\n".join(["| confidence at least | time with an answer | of it right |", "|---|---|---|", *rows])


def word_errors(studio: Studio, engine: str, recogniser: Recogniser, vocabulary: str = "") -> str:
    """tcpWER with names over the scenes of whole sentences, in per cent; the recogniser hears each dialogue whole."""
    errors = length = 0
    try:
        for kind in KINDS:
            for order in orders(list(studio.people), HEARD):
                dialogue = KINDS[kind](order)
                if any(heard.frames != SENTENCE for shot in dialogue.shots for heard in shot.heard):
                    continue
                words = studio.listened(dialogue, Copy(), recogniser, vocabulary)
                lines = studio.lines(dialogue, Copy(), engine, words)
                wrong, count = named_word_errors(said(lines, studio.people), spoken(studio, dialogue))
                errors, length = errors + wrong, length + count
    except FilmError as error:
        return f"skipped: {error}"
    return f"{100 * errors / max(1, length):.1f} % of {length}"


def spoken(studio: Studio, dialogue: Dialogue) -> list[Said]:
    """What was said, as the corpus has it."""
    return [
        Said(start=start, end=end, speaker=label, words=plain(studio.people[name].text))
        for start, end, name, label in dialogue.truth()
    ]
