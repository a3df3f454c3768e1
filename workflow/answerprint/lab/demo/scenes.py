"""The three shots of the demo film, animated from public-domain and CC0 photographs in scikit-image's wheel.

scikit-image documents their rights: camera.png (L. Varshney), coffee.png (R. Michetti) and horse.png (A. Preuss) are
CC0, astronaut.png (NASA) is in the public domain. The words that the face speaks are invented.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import cv2
import numpy as np

from ...runtime.errors import FilmError

WIDTH, HEIGHT = 384, 288


def photograph(name: str) -> np.ndarray:
    """A sample picture of scikit-image as stored: uint8 (h, w, c), blue first. Raises FilmError if it is missing."""
    picture = cv2.imread(str(sample(name)), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise FilmError(f"Cannot read {name} of scikit-image.", "Install scikit-image again.")
    return picture


def sample(name: str) -> Path:
    """The path of a sample picture of scikit-image. Raises FilmError if scikit-image is not installed."""
    spec = importlib.util.find_spec("skimage")
    if spec is None or spec.origin is None:
        raise FilmError("The demo's photographs are not installed.", "Run: pip install scikit-image")
    return Path(spec.origin).parent / "data" / name


def _grey(name: str) -> np.ndarray:
    """A photograph as on early panchromatic stock, less sensitive to red: float32 (h, w), 0.05..0.92."""
    picture = photograph(name).astype(np.float32) / 255
    value = picture if picture.ndim == 2 else picture[..., :3] @ np.array([0.3, 0.5, 0.2], np.float32)
    return 0.05 + 0.87 * value


def _view(picture: np.ndarray, centre: tuple[float, float], scale: float) -> np.ndarray:
    """A frame of the film: `picture` around `centre`, with `scale` of its pixels to one pixel of the film."""
    x, y = _rays(centre, scale)
    # A photograph that is shrunk is softened first, so that fine grass does not shimmer as the camera moves.
    soft = cv2.GaussianBlur(picture, (0, 0), max(0.45 * scale, 0.3))
    return cv2.remap(soft, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def _rays(centre: tuple[float, float], scale: float) -> tuple[np.ndarray, np.ndarray]:
    """The point of the photograph that each pixel of the film shows: x and y, float32 (h, w)."""
    x, y = np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))
    return centre[0] + (x - (WIDTH - 1) / 2) * scale, centre[1] + (y - (HEIGHT - 1) / 2) * scale


def _ease(part: np.ndarray | float) -> np.ndarray:
    """Smoothstep: 0..1 to 0..1 with a soft start and end, constant outside."""
    part = np.clip(part, 0, 1)
    return part * part * (3 - 2 * part)


def meadow(count: int) -> np.ndarray:
    """A camera pans from its operator to a horse that trots into view: float32 (count, h, w)."""
    ground = _grey("camera.png")
    horse = 1 - photograph("horse.png")[:, ::-1, 0].astype(np.float32) / 255
    frames = []
    for t in range(count):
        part = t / max(count - 1, 1)
        scene = _trot(ground, horse, (478 - 3.5 * t, 226.0), t / 13)
        frames.append(_view(scene, (216 + 81 * float(_ease(part)), 190 + 4 * part), 1.1))
    return np.stack(frames)


def _trot(scene: np.ndarray, horse: np.ndarray, at: tuple[float, float], phase: float) -> np.ndarray:
    """The scene with the horse, whose shape is (h, w), 0..1: its legs swing, its back rises and falls."""
    height, width = horse.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    front = 1 - 2 * _ease((x - 150) / 100)
    swing = 0.3 * np.maximum(y - 180, 0) * np.sin(2 * np.pi * phase) * front
    walking = cv2.remap(horse, (x + swing).astype(np.float32), y, cv2.INTER_LINEAR)
    small = 0.22
    bob = 1.2 * np.cos(4 * np.pi * phase)
    place = np.array([[small, 0, at[0]], [0, small, at[1] + bob]])
    shape = cv2.warpAffine(cv2.GaussianBlur(walking, (0, 0), 1.8), place, scene.shape[::-1], flags=cv2.INTER_LINEAR)
    # Lit from above: the coat is brighter along the back than under the belly.
    coat = 0.10 + 0.16 * np.clip((at[1] + 45 - np.arange(len(scene))) / 45, 0, 1) ** 2
    return scene + shape * (coat[:, None].astype(np.float32) - scene)


def portrait(loudness: np.ndarray) -> np.ndarray:
    """A woman in a space suit speaks, her mouth open by `loudness` (n,), 0..1: float32 (n, h, w)."""
    picture = _grey("astronaut.png")
    frames = []
    for t, loud in enumerate(loudness):
        x, y = _rays((226 + 4 * np.sin(t / 31), 124 - 0.04 * t), 0.68 - 0.0004 * t)
        x, y = _move_head(x, y, t)
        dark, lowered = _open_mouth(x, y, 5.5 * float(loud))
        lid, drawn = _blink(x, y, float(np.exp(-0.5 * ((t % 41 - 20) / 1.2) ** 2)))
        frame = cv2.remap(picture, x, lowered, cv2.INTER_CUBIC)
        frame += dark * (0.13 - frame)
        frame += lid * (cv2.remap(picture, x, drawn, cv2.INTER_CUBIC) - frame)
        frames.append(frame)
    return np.stack(frames)


def _move_head(x: np.ndarray, y: np.ndarray, t: int) -> tuple[np.ndarray, np.ndarray]:
    """Rays bent so that the head sways and nods; the effect fades with the distance from it."""
    near = np.exp(-np.square(((x - 222) / 62) ** 2 + ((y - 112) / 72) ** 2))
    sway, nod, lean = 2.2 * np.sin(t / 11), 1.6 * np.sin(t / 7.3 + 1), 0.025 * np.sin(t / 13 + 2)
    return (
        (x - near * (sway - lean * (y - 170))).astype(np.float32),
        (y - near * (nod + lean * (x - 222))).astype(np.float32),
    )


def _open_mouth(x: np.ndarray, y: np.ndarray, drop: float) -> tuple[np.ndarray, np.ndarray]:
    """The share of each pixel that is the dark of the mouth, 0..1, and rays bent so that lip and jaw drop by pixels."""
    across = (x - 223.5) / 20
    lips = 150 - 9 * across**2
    below = y - lips
    gap = drop * np.clip(1 - (1.15 * across) ** 2, 0, 1)
    dark = np.clip(below + 0.5, 0, 1) * np.clip(gap - below + 0.5, 0, 1) * np.clip(gap, 0, 1)
    # The lower lip drops as far as the gap is wide; towards the chin the drop spreads sideways and fades.
    reach = 0.87 + 0.8 * _ease((below - gap) / 25)
    moved = drop * np.clip(1 - (across / reach) ** 2, 0, 1) * (1 - _ease((below - gap) / 48))
    return dark, np.where(below > 0, np.maximum(y - moved, np.minimum(y, lips)), y).astype(np.float32)


def _blink(x: np.ndarray, y: np.ndarray, closed: float) -> tuple[np.ndarray, np.ndarray]:
    """The share of each pixel covered by a lid, 0..1, and rays bent so that the skin below the brow forms it."""
    cover, bent = np.zeros_like(y), y.copy()
    if closed < 0.02:
        return cover, bent
    for eye, lid, brow in ((203.5, 97.5, 90.0), (247.0, 99.5, 92.0)):
        drawn = closed * 7.5 * np.clip(1 - np.square(((x - eye) / 13) ** 2), 0, 1)
        here = (np.abs(x - eye) < 13) & (y > brow) & (y < lid + drawn + 1)
        bent[here] = (brow + (y - brow) * (lid - brow) / (lid - brow + drawn))[here]
        cover = np.where(here, np.clip(lid + drawn - y + 0.5, 0, 1) * np.clip(drawn, 0, 1), cover)
    return cover, bent


def table(count: int) -> np.ndarray:
    """The camera glides over a cup on a table; the rim moves faster than the wood: float32 (count, h, w)."""
    # The photograph is dark and red; the curve gives it the mid-tones of a table by a window.
    picture = cv2.GaussianBlur(0.05 + 0.87 * ((_grey("coffee.png") - 0.05) / 0.87) ** 0.7, (0, 0), 0.5)
    frames = []
    for t in range(count):
        part = t / max(count - 1, 1)
        x, y = _rays((270 + 62 * part, 180 + 6 * part), 1.16 - 0.06 * part)
        # What is nearer to the camera moves faster; a smooth transition to the wood keeps the cup in one piece.
        rim = np.exp(-np.square(((x - 288) / 150) ** 2 + ((y - 115) / 130) ** 2))
        x = (x + 26 * (part - 0.5) * rim).astype(np.float32)
        frames.append(cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101))
    return np.stack(frames)
