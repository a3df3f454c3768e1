"""Films spliced from clips, whose cuts are known: what shot detection is trained and measured on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

Kind = Literal["same set", "any", "jump", "short", "dark", "flash", "dissolve", "no cut"]
KINDS: tuple[Kind, ...] = ("same set", "any", "jump", "short", "dark", "flash", "dissolve", "no cut")
SIZE = (192, 108)
"""Width and height of clips and films."""
LONGEST = 140
"""Frames after which a film ends."""
JUMP = 25
"""Frames left out, at least, at a jump cut within one clip."""
Clips = Mapping[str, Sequence[np.ndarray]]
"""Clips uint8 (n, 108, 192, 3), RGB, by what they show: no cut joins two clips of one name, they are too alike."""


@dataclass(frozen=True, kw_only=True)
class SplicedFilm:
    """Frames whose cuts are known."""

    kind: Kind
    frames: np.ndarray
    """uint8 (n, 108, 192, 3), RGB."""
    cuts: tuple[int, ...]
    """First frames of the shots after the first."""
    undecided: tuple[tuple[int, int], ...] = ()
    """Dissolves and fades, frames start..stop (exclusive): a cut found in one is neither right nor wrong."""


def draw(people: Clips, scenes: Clips, kind: Kind, seed: int) -> SplicedFilm:
    """A film of this kind from clips of people before one background, and of anything else."""
    rng = np.random.default_rng(seed)
    groups = [*people.values(), *scenes.values()] if kind != "same set" else [*people.values()]
    shots = _shots(groups, kind, rng)
    frames = np.concatenate(shots).astype(np.float32) / 255
    cuts = [int(cut) for cut in np.cumsum([len(shot) for shot in shots])[:-1]]
    undecided: list[tuple[int, int]] = []
    if kind == "dissolve":
        undecided = _dissolve(frames, cuts, rng)
    if kind in ("no cut", "flash"):
        _disturb(frames, cuts, kind, rng)
    return SplicedFilm(
        kind=kind,
        frames=_copied(frames, 0.12 if kind == "dark" else 1.0, rng),
        cuts=tuple(cuts),
        undecided=tuple(undecided),
    )


def _shots(groups: Sequence[Sequence[np.ndarray]], kind: Kind, rng: np.random.Generator) -> list[np.ndarray]:
    """Consecutive shots: of other groups, or of one clip at other times and nearer or further."""
    step = int(rng.choice([1, 1, 1, 2]))
    group = int(rng.integers(len(groups)))
    clip = groups[group][int(rng.integers(len(groups[group])))]
    if kind == "no cut":
        return [_reframed(_run(clip, LONGEST, step, rng)[0], rng.uniform(0, 0.25), rng)]
    shots: list[np.ndarray] = []
    place = 0
    reframing, zoom = kind != "jump" and rng.random() < 0.5, rng.uniform(0, 0.15)
    while sum(map(len, shots)) < LONGEST * 0.7:
        length = int(rng.integers(1, 4)) if kind == "short" and len(shots) % 2 else int(rng.integers(8, 45))
        if kind == "jump":
            shot, place = _elsewhere(clip, length, place, rng)
            shots.append(_reframed(shot, zoom + (len(shots) % 2) * rng.uniform(0.12, 0.3), rng))
            continue
        group = int(rng.choice([i for i in range(len(groups)) if i != group]))
        shot, _ = _run(groups[group][int(rng.integers(len(groups[group])))], length, step, rng)
        if kind in ("any", "short") and len(shots) % 2 == 0 and rng.random() < 0.3:
            shot = _card(length, rng)
        shots.append(_reframed(shot, rng.uniform(0, 0.25), rng) if reframing else shot)
    return shots


def _card(length: int, rng: np.random.Generator) -> np.ndarray:
    """Black or white leader, or a title."""
    picture = np.full((SIZE[1], SIZE[0], 3), rng.choice([0, 0, 10, 240]), np.uint8)
    for line in range(int(rng.choice([0, 0, 1, 3]))):
        text = "".join(rng.choice([*"answer print lab "], int(rng.integers(4, 14))))
        place = (int(rng.integers(10, 60)), 40 + 20 * line)
        cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (128, 128, 128), 1, cv2.LINE_AA)
    return np.repeat(picture[None], length, axis=0)


def _run(clip: np.ndarray, length: int, step: int, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Consecutive frames, or every second one, of a clip, and the frame after them."""
    length = min(length, len(clip) // step)
    start = int(rng.integers(0, len(clip) - length * step + 1))
    return clip[start : start + length * step : step], start + length * step


def _elsewhere(clip: np.ndarray, length: int, place: int, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Frames of a clip that begin well before or after frame `place`."""
    length = min(length, len(clip) // 2)
    starts = [start for start in range(len(clip) - length) if abs(start - place) >= JUMP]
    start = int(rng.choice(starts)) if starts else 0
    return clip[start : start + length], start + length


def _reframed(shot: np.ndarray, zoom: float, rng: np.random.Generator) -> np.ndarray:
    """The shot mirrored or not, cropped by a share `zoom` of its size, and lit a little differently."""
    width, height = SIZE
    wide, high = int(width * (1 - zoom)), int(height * (1 - zoom))
    x, y = int(rng.integers(0, width - wide + 1)), int(rng.integers(0, height - high + 1))
    step = -1 if rng.random() < 0.5 else 1
    gain = rng.uniform(0.85, 1.1)
    crops = (frame[y : y + high, x : x + wide][:, ::step] for frame in shot)
    pictures = [cv2.resize(crop, SIZE, interpolation=cv2.INTER_LINEAR) for crop in crops]
    return np.clip(np.stack(pictures) * gain, 0, 255).astype(np.uint8)


def _dissolve(frames: np.ndarray, cuts: list[int], rng: np.random.Generator) -> list[tuple[int, int]]:
    """Turn every other cut into a dissolve or fade, sometimes cut off in its middle; returns where they are."""
    places = []
    for cut in cuts[::2]:
        reach = int(rng.integers(4, 9))
        start, stop = cut - reach, cut + reach
        if any(start - 3 < other < stop + 3 for other in cuts if other != cut) or start < 1 or stop >= len(frames):
            continue
        before, after = frames[start:cut][::-1].copy(), frames[cut:stop][::-1].copy()
        share = (np.arange(2 * reach, dtype=np.float32) + 1)[:, None, None, None] / (2 * reach + 1)
        first = np.concatenate([frames[start:cut], before])
        second = np.concatenate([after, frames[cut:stop]])
        if rng.random() < 0.4:
            frames[start:stop] = np.where(share < 0.5, first * (1 - 2 * share), second * (2 * share - 1))
        else:
            frames[start:stop] = first * (1 - share) + second * share
        cuts.remove(cut)
        places.append((start - 2, stop + 2))
    return places


def _disturb(frames: np.ndarray, cuts: list[int], kind: Kind, rng: np.random.Generator) -> None:
    """Put flashes, dirt and the like where no cut is; in a film of kind `flash`, flashes beside its cuts."""
    if kind == "flash":
        for cut in cuts:
            length = int(rng.integers(1, 3))
            start = cut + int(rng.integers(1, 5)) if rng.random() < 0.5 else cut - length - int(rng.integers(1, 5))
            if 0 < start < len(frames) - length and not any(start <= other <= start + length for other in cuts):
                _flash(frames, start, rng, length)
        return
    for start in range(int(rng.integers(6, 20)), len(frames) - 8, int(rng.integers(14, 30))):
        DISTURBANCES[rng.integers(len(DISTURBANCES))](frames, start, rng)


def _flash(frames: np.ndarray, start: int, rng: np.random.Generator, length: int = 0) -> None:
    length = length or int(rng.integers(1, 4))
    strength = rng.uniform(0.2, 1.0) * np.linspace(1, rng.uniform(0.3, 1), length)
    run = frames[start : start + length]
    run += (1 - run) * strength[: len(run), None, None, None].astype(np.float32)


def _lamp(frames: np.ndarray, start: int, rng: np.random.Generator) -> None:
    """A lamp is switched on or off and stays so."""
    width, height = SIZE
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    distance = np.hypot(x - rng.uniform(0, width), y - rng.uniform(0, height)) / width
    light = 1 + rng.choice([-0.5, 0.8]) * np.exp(-((distance / rng.uniform(0.2, 1.5)) ** 2))
    frames[start:] *= light[None, :, :, None].astype(np.float32)


def _blast(frames: np.ndarray, start: int, rng: np.random.Generator) -> None:
    """A ball of fire that grows, boils and fades."""
    width, height = SIZE
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    distance = np.hypot(x - rng.uniform(0, width), y - rng.uniform(0, height))
    length, reach = int(rng.integers(5, 14)), rng.uniform(30, 110)
    boil = rng.random((7, 12)).astype(np.float32)
    for age, frame in enumerate(frames[start : start + length]):
        boil = 0.7 * boil + 0.3 * rng.random((7, 12)).astype(np.float32)
        edge = cv2.resize(boil, SIZE, interpolation=cv2.INTER_CUBIC)
        radius = reach * np.sqrt((age + 1) / 4) * (0.6 + 0.8 * edge)
        cover = np.clip((radius - distance) / 12, 0, 1) * min(1, 1.4 * (1 - age / length))
        frame += cover[..., None].astype(np.float32) * (
            np.array([1.0, 0.75, 0.4], np.float32) * (0.5 + edge[..., None]) - frame
        )


def _dirt(frames: np.ndarray, start: int, rng: np.random.Generator) -> None:
    """Blotches, up to a third of the picture, in one frame."""
    mask = np.zeros(SIZE[::-1], np.float32)
    for _ in range(int(rng.integers(1, 12))):
        center = (int(rng.integers(0, SIZE[0])), int(rng.integers(0, SIZE[1])))
        axes = (int(rng.integers(2, 40)), int(rng.integers(2, 25)))
        cv2.ellipse(mask, center, axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 1.0)[..., None]
    frames[start] += mask * (np.float32(rng.choice([0.03, 0.97])) - frames[start])


def _splice(frames: np.ndarray, start: int, rng: np.random.Generator) -> None:
    """The picture jumps at a splice and settles; a few frames are lost."""
    lost = int(rng.integers(0, 4))
    if lost:
        frames[start : len(frames) - lost] = frames[start + lost :].copy()
    for age, frame in enumerate(frames[start : start + 3]):
        frame[:] = _moved(frame, rng.normal(0, 2), rng.normal(0, 8) / (age + 1))
    cv2.line(frames[start], (0, 2), (SIZE[0], 2), (0.9, 0.9, 0.9), 2)


def _shake(frames: np.ndarray, start: int, rng: np.random.Generator) -> None:
    for frame in frames[start : start + 12]:
        frame[:] = _moved(frame, *rng.normal(0, rng.uniform(1, 5), 2))


def _whip(frames: np.ndarray, start: int, rng: np.random.Generator) -> None:
    """The camera is thrown to one side and back, blurred by its speed."""
    speed, place = rng.uniform(4, 14), 0.0
    for age, frame in enumerate(frames[start : start + 10]):
        place += speed if age < 5 else -speed
        moved = _moved(frame, place, 0)
        frame[:] = cv2.blur(moved, (max(1, int(speed)), 1))


def _flicker(frames: np.ndarray, start: int, rng: np.random.Generator) -> None:
    run = frames[start : start + 14]
    run *= (1 + rng.normal(0, 0.12, len(run)))[:, None, None, None].astype(np.float32)


def _freeze(frames: np.ndarray, start: int, rng: np.random.Generator) -> None:
    """Some frames are shown twice, as animation is shot and as rates are converted."""
    frames[start + 1 : start + 12 : 2] = frames[start : start + 11 : 2][
        : len(frames[start + 1 : start + 12 : 2])
    ].copy()


def _passer(frames: np.ndarray, start: int, rng: np.random.Generator) -> None:
    """Something large and near passes quickly before the camera."""
    cloth = rng.random((8, 6, 1)) * 0.5 + rng.random((8, 6, 3)) * 0.1
    texture = cv2.resize(cloth.astype(np.float32), (int(rng.integers(30, 110)), SIZE[1]))
    width, speed = texture.shape[1], rng.uniform(15, 50)
    place = -width
    for frame in frames[start : start + 14]:
        place = int(place + speed)
        left, right = max(0, place), min(SIZE[0], place + width)
        if right > left:
            frame[:, left:right] = texture[:, left - place : right - place] * 0.6


def _fade(frames: np.ndarray, start: int, rng: np.random.Generator) -> None:
    """The light goes down to a rest and comes back, within the shot."""
    length = int(rng.integers(10, 24))
    run = frames[start : start + length]
    down = 1 - rng.uniform(0.3, 0.9) * np.sin(np.linspace(0, np.pi, length))
    run *= down[: len(run), None, None, None].astype(np.float32)


DISTURBANCES: tuple[Callable[[np.ndarray, int, np.random.Generator], None], ...] = (
    *(_flash, _lamp, _blast, _dirt, _splice, _shake, _whip, _flicker, _freeze, _passer, _fade),
)


def _moved(picture: np.ndarray, dx: float, dy: float) -> np.ndarray:
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    return cv2.warpAffine(picture, matrix, SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _copied(frames: np.ndarray, light: float, rng: np.random.Generator) -> np.ndarray:
    """The film as a copy shows it: lit, tinted or grey, weaving, grainy, perhaps at half size; 8 bits."""
    frames = np.clip(frames, 0, 1) ** rng.uniform(0.7, 1.4) * (light * rng.uniform(0.7, 1.0))
    if rng.random() < 0.4:
        frames = np.repeat(frames.mean(axis=3, keepdims=True), 3, axis=3)
    frames = frames * rng.uniform(0.8, 1.0, 3).astype(np.float32)
    weave, grain, half = (
        rng.choice([0, 0.3, 1.0]),
        rng.choice([0, 0.01, 0.02, 0.05]) * max(light, 0.3),
        rng.random() < 0.3,
    )
    copies = np.empty(frames.shape, np.uint8)
    for copy, frame in zip(copies, frames, strict=True):
        picture = _moved(frame, *rng.normal(0, weave, 2)) if weave else frame
        size = (SIZE[0] // 2, SIZE[1] // 2) if half else SIZE
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        picture = picture + rng.normal(0, grain, (*picture.shape[:2], 1)).astype(np.float32)
        copy[:] = np.clip(cv2.resize(picture, SIZE, interpolation=cv2.INTER_LINEAR) * 255 + 0.5, 0, 255)
    return copies
