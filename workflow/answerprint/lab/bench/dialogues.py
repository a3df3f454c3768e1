"""Dialogues composed of clips: who is seen and who is heard in each shot, so that the truth is known.

One function a kind of scene, each for any people in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .dialogue_clips import FPS, SHOT, Pose

UNKNOWN = "?"
"""In a truth: somebody whose name nothing tells; right is any name that is nobody's."""
SENTENCE = (0, SHOT)
"""A whole clip, in frames."""

MIDDLE = 29
"""Frame in the middle of what is spoken."""


@dataclass(frozen=True, kw_only=True)
class Seat:
    """One face in a shot."""

    name: str
    clips: tuple[tuple[Pose, int, int], ...]
    """What it does, one after the other: frames start..stop-1 of a clip, at 25 a second."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One voice in a shot."""

    name: str
    frames: tuple[int, int] = SENTENCE
    """Which part of the sentence, in frames at 25 a second."""
    at: int = 0
    """Frames after which it begins."""


@dataclass(frozen=True, kw_only=True)
class Shot:
    """What is seen and heard between two cuts."""

    frames: int
    """How long it is, at 25 frames a second."""
    seats: tuple[Seat, ...]
    heard: tuple[Heard, ...]
    music: bool = False
    level: float = 1.0
    """Level of the sound against full scale; 1: as it is."""

    def seconds(self, rate: int) -> float:
        """How long it is in a copy of this rate."""
        return (self.frames * rate // FPS) / rate


@dataclass(frozen=True, kw_only=True)
class Dialogue:
    """A film's shots, and whose name nothing tells."""

    shots: tuple[Shot, ...]
    without_portrait: tuple[str, ...] = ()
    never_named: tuple[str, ...] = ()
    """Without a portrait, or never seen to speak."""

    def truth(self, rate: int = FPS) -> list[tuple[float, float, str, str]]:
        """(start, end, speaker, name of the speaker in the film or UNKNOWN) of each voice, in seconds.

        `rate` is that of the copy, in which a shot has only whole frames.
        """
        turns, first = [], 0.0
        for shot in self.shots:
            for heard in shot.heard:
                start = first + heard.at / FPS
                end = start + (heard.frames[1] - heard.frames[0]) / FPS
                label = UNKNOWN if heard.name in self.never_named else heard.name
                turns.append((start, min(end, first + shot.seconds(rate)), heard.name, label))
            first += shot.seconds(rate)
        return turns


def _talks(name: str, frames: tuple[int, int] = SENTENCE) -> Seat:
    return Seat(name=name, clips=(("talk", *frames),))


def _listens(name: str, frames: tuple[int, int] = SENTENCE) -> Seat:
    return Seat(name=name, clips=(("listen", *frames),))


def _shot(seats: Sequence[Seat], heard: str, frames: tuple[int, int] = SENTENCE) -> Shot:
    return Shot(frames=frames[1] - frames[0], seats=tuple(seats), heard=(Heard(name=heard, frames=frames),))


def _after(order: Sequence[str]) -> list[tuple[str, str]]:
    """Each person and the one after them, the first after the last."""
    return list(zip(order, [*order[1:], order[0]], strict=True))


def reverse(order: Sequence[str]) -> Dialogue:
    """Each speaks alone on screen."""
    return Dialogue(shots=tuple(_shot([_talks(name)], name) for name in order))


def split(order: Sequence[str]) -> Dialogue:
    """Each speaks beside a silent listener."""
    return Dialogue(shots=tuple(_shot([_talks(name), _listens(other)], name) for name, other in _after(order)))


def three(order: Sequence[str]) -> Dialogue:
    """Each speaks between two silent listeners."""
    third = {name: after for (_, name), (_, after) in zip(_after(order), _after([*order[1:], order[0]]), strict=True)}
    return Dialogue(
        shots=tuple(
            _shot([_listens(other), _talks(name), _listens(third[other])], name) for name, other in _after(order)
        )
    )


def offscreen(order: Sequence[str]) -> Dialogue:
    """Each speaks on screen, then each again while a listener is shown."""
    return Dialogue(shots=reverse(order).shots + tuple(_shot([_listens(o)], name) for name, o in _after(order)))


def other_words(order: Sequence[str]) -> Dialogue:
    """The first half of each sentence on screen, the other half while a listener is shown."""
    first, second = (0, MIDDLE), (MIDDLE, SHOT)
    on = [_shot([_talks(name, first)], name, first) for name in order]
    off = [_shot([_listens(other, second)], name, second) for name, other in _after(order)]
    return Dialogue(shots=(*on, *off))


def short(order: Sequence[str]) -> Dialogue:
    """Lines under a second: half of each sentence, then the other half, on screen."""
    shots = [
        _shot([_talks(name, part)], name, part)
        for part in ((MIDDLE - 22, MIDDLE), (MIDDLE, MIDDLE + 22))
        for name in order
    ]
    return Dialogue(shots=tuple(shots))


def overlap(order: Sequence[str]) -> Dialogue:
    """Two in a frame; the second begins nearly a second before the first has ended."""
    late = 44
    shots = []
    for name, other in _after(order):
        seats = (
            Seat(name=name, clips=(("talk", *SENTENCE), ("listen", 0, late))),
            Seat(name=other, clips=(("listen", 0, late), ("talk", *SENTENCE))),
        )
        shots.append(Shot(frames=SHOT + late, seats=seats, heard=(Heard(name=name), Heard(name=other, at=late))))
    return Dialogue(shots=tuple(shots))


def music(order: Sequence[str]) -> Dialogue:
    """On and off screen, with music under the speech."""
    return _changed(offscreen(order), music=True)


def quiet(order: Sequence[str]) -> Dialogue:
    """On and off screen, at -40 dB of full scale."""
    return _changed(offscreen(order), level=0.01)


def swapped(order: Sequence[str]) -> Dialogue:
    """Each speaks on screen twice; then two are heard while another's lips move."""
    seen = [*_twice(order)]
    return Dialogue(shots=(*seen, *(_shot([_talks(other)], name) for name, other in _after(order)[:2])))


def _twice(order: Sequence[str]) -> tuple[Shot, ...]:
    """Each speaks alone on screen, then each again."""
    return reverse(order).shots + reverse(order[::-1]).shots


def narrator(order: Sequence[str]) -> Dialogue:
    """One is heard over listeners and never seen; the others speak on screen."""
    unseen, *others = order
    over = [_shot([_listens(name)], unseen) for name in others[:2]]
    spoken = [_shot([_talks(name)], name) for name in others]
    return Dialogue(shots=(*over[:1], *spoken, *over[1:]), never_named=(unseen,))


def dubbed(order: Sequence[str]) -> Dialogue:
    """One is never seen, and is heard while two others' lips move; the others speak on screen twice."""
    unseen, *others = order
    over = [_shot([_talks(name)], unseen) for name in others[:2]]
    return Dialogue(shots=(*_twice(others), *over), never_named=(unseen,))


def dubbed_once(order: Sequence[str]) -> Dialogue:
    """One is never seen, and is heard once, while another's lips move; the others speak on screen twice."""
    unseen, *others = order
    return Dialogue(shots=(*_twice(others), _shot([_talks(others[0])], unseen)), never_named=(unseen,))


def narrated(order: Sequence[str]) -> Dialogue:
    """One is never seen: heard over a listener, and over another's moving lips; the others speak on screen once."""
    unseen, *others = order
    over = (_shot([_listens(others[1])], unseen), *reverse(others).shots, _shot([_talks(others[0])], unseen))
    return Dialogue(shots=over, never_named=(unseen,))


def stranger(order: Sequence[str]) -> Dialogue:
    """On and off screen, without the first one's portrait."""
    return Dialogue(shots=offscreen(order).shots, without_portrait=(order[0],), never_named=(order[0],))


def _changed(dialogue: Dialogue, *, music: bool = False, level: float = 1.0) -> Dialogue:
    shots = [
        Shot(frames=shot.frames, seats=shot.seats, heard=shot.heard, music=music, level=level)
        for shot in dialogue.shots
    ]
    return Dialogue(shots=tuple(shots))


KINDS: Mapping[str, Callable[[Sequence[str]], Dialogue]] = {
    "reverse": reverse,
    "split": split,
    "off screen": offscreen,
    "off screen, other words": other_words,
    "three in a frame": three,
    "overlapping": overlap,
    "music under speech": music,
    "lines under a second": short,
    "-40 dBFS": quiet,
    "sound swapped": swapped,
    "narrator never seen": narrator,
    "lips under an unseen voice": dubbed,
    "lips under an unseen voice, once": dubbed_once,
    "lips under a narrator's voice": narrated,
    "stranger": stranger,
}
