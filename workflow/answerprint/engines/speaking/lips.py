"""Who speaks, from the mouth: how much it moves beyond the head's own motion, and whether it moves with the sound."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np

from ...frames.face_crops import crop_upright
from ...frames.optical_flow import luma
from .. import Card, Engine

WIDTH, HEIGHT = 96, 64
TEMPLATE = np.array([[26, -14], [70, -14], [48, 10], [32, 36], [64, 36]], np.float64)
"""Where eyes, nose tip and mouth corners lie in the crop (eyes above its top): the lower face fills it."""
STILL = 0.7
"""Motion, in pixels of the crop, that is as likely a talker's as a listener's: GRID's talkers make 0.97 to 1.2, its
listeners 0.07 to 0.38, and up to 0.52 under grain of 5 %."""
PRIOR = 100.0
"""How much grain restrains the estimate of the head's motion, in pixels of featureless cheek."""
LIMIT = 3.0
"""Scores are clipped to this (log odds), because neighbouring frames repeat each other."""


@dataclass(frozen=True, kw_only=True)
class LipsOptions:
    """How motion and sound are weighed."""

    lag: float = 0.08
    """Seconds between the pictures compared, 0.02..0.2; at 16 to 30 frames a second 0.08 is one or two frames."""
    window: float = 1.5
    """Seconds on either side over which motion is compared with loudness, 0.3..5."""
    synchrony: float = 2.0
    """Log odds for a mouth that moves exactly with the loudness, 0..5; 0 looks at the amount of motion only."""

    def __post_init__(self) -> None:
        if not (0.02 <= self.lag <= 0.2 and 0.3 <= self.window <= 5 and 0 <= self.synchrony <= 5):
            raise ValueError("lag must be within 0.02..0.2, window within 0.3..5, synchrony within 0..5")


class Lips(Engine):
    """Mouth motion against voice activity."""

    card = Card(
        stage="speaking",
        name="lips",
        summary="Mouth motion left when the head's motion is taken out, compared with the loudness of the sound.",
        paper="Everingham, Sivic and Zisserman, Hello! My name is... Buffy, BMVC 2006",
        licence="Apache-2.0",
    )
    Options = LipsOptions
    options: LipsOptions

    def crop(self, frame: np.ndarray, box: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        """What `score` wants of one face in a frame (h, w, c): the lower face upright and grey, float32 (64, 96)."""
        grey = luma(frame)[..., None]
        return crop_upright(grey, landmarks, TEMPLATE, WIDTH, HEIGHT)[..., 0]

    def score(self, crops: np.ndarray, samples: np.ndarray, rate: float) -> np.ndarray:
        """Log odds that this mouth makes the sound, frame by frame: float32 (n,); meaningful only where someone speaks.

        `crops` (n, 64, 96) of one track; `samples` the sound of just these frames at 16 kHz; `rate` frames a second.
        """
        count = len(crops)
        if count < 2:
            return np.zeros(count, np.float32)
        moved = self.power(crops, rate)
        # Power is averaged before the root is taken: what grain adds and takes away then cancels.
        even = np.sqrt(np.maximum(0.0, _mean(moved, max(1, round(0.12 * rate)))))
        # At 18 frames a second the nearest picture is 0.056 s away, in which a mouth moves less than in the lag.
        even *= self.options.lag * rate / self._lag(count, rate)
        # Twice the motion of the threshold says e^2.1 for a talker, half of it as much against.
        amount = np.clip(3.0 * np.log(np.maximum(even, 0.02) / STILL), -LIMIT, LIMIT)
        together = _correlation(even, loudness(samples, count), max(2, round(self.options.window * rate)))
        return np.clip(amount + self.options.synchrony * together, -LIMIT, LIMIT).astype(np.float32)

    def _lag(self, count: int, rate: float) -> int:
        """Frames between the pictures compared, of `count`."""
        return min(count - 1, max(1, round(self.options.lag * rate)))

    def power(self, crops: np.ndarray, rate: float) -> np.ndarray:
        """Square of how far the mouth moved against the face around it, in pixels of the crop: float64 (n,).

        Below zero where grain on the cheeks happens to exceed that on the mouth.
        """
        lag = self._lag(len(crops), rate)
        soft = [cv2.GaussianBlur(np.ascontiguousarray(crop, np.float32), (0, 0), 1.2) for crop in crops]
        mouth, face = _regions()
        moved = np.zeros(len(crops))
        for t in range(lag, len(crops)):
            left = (soft[t] - _aligned(soft[t - lag], soft[t])) ** 2
            # The cheeks show the difference that grain makes; the mouth's excess over it, over its slopes, is motion.
            slope = sum(_slopes(soft[t])[axis][mouth] ** 2 for axis in (0, 1)).mean()
            # A mouth moves up to 2 px; a spot of dirt on it would count for more than a second of speech.
            moved[t] = min(4.0, float(left[mouth].mean() - left[face].mean()) / (slope + 1e-5))
        moved[:lag] = moved[lag]
        return moved


def loudness(samples: np.ndarray, count: int) -> np.ndarray:
    """Level of the sound of each of `count` frames in dB, no lower than -60: float64 (count,)."""
    edges = np.linspace(0, len(samples), count + 1).astype(int)
    power = [float(np.mean(samples[a:b].astype(np.float64) ** 2)) if b > a else 0.0 for a, b in pairwise(edges)]
    return 10 * np.log10(np.array(power) + 1e-6)


@lru_cache(maxsize=1)
def _regions() -> tuple[np.ndarray, np.ndarray]:
    """Masks of the mouth with its surroundings, and of cheeks, nose and chin, which move with the head only."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    mouth = ((x - 48) / 24) ** 2 + ((y - 37) / 14) ** 2 < 1
    near = ((x - 48) / 28) ** 2 + ((y - 38) / 19) ** 2 < 1
    return mouth, (((x - 48) / 40) ** 2 + ((y - 32) / 30) ** 2 < 1) & ~near


def _slopes(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return cv2.Scharr(image, cv2.CV_32F, 1, 0) / 32, cv2.Scharr(image, cv2.CV_32F, 0, 1) / 32


def _aligned(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Picture `a` moved onto `b` along the affine motion of the face around the mouth, and with the same light.

    Three robust Gauss-Newton steps: Baker and Matthews, "Lucas-Kanade 20 Years On", IJCV 56(3), 2004.
    """
    y, x = (axis.astype(np.float32) for axis in np.mgrid[:HEIGHT, :WIDTH])
    plane = np.stack([np.ones_like(x), (x - 48) / 48, (y - 32) / 32], axis=2)
    face = _regions()[1]
    right, down = (plane * slope[..., None] for slope in _slopes(b))
    fit = np.zeros(7, np.float64)
    # Light is one factor: with an offset as well, cheeks of one tone would not say what happens to a dark mouth.
    for step in range(4):
        to_x, to_y = x - plane @ fit[:3].astype(np.float32), y - plane @ fit[3:6].astype(np.float32)
        moved = cv2.remap(a, to_x, to_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        lit = (1 + np.float32(fit[6])) * moved
        if step == 3:
            break
        wrong = (lit - b)[face].astype(np.float64)
        ways = np.dstack([-right, -down, moved])[face].astype(np.float64)
        spread = 1.5 * float(np.median(np.abs(wrong)))
        weight = 1 / np.maximum(1, np.abs(wrong) / (2 * spread + 1e-4))
        # A prior of no motion, as strong as the grain: smooth cheeks under grain otherwise pull the mouth about.
        prior = np.diag([1e-3 + PRIOR * spread**2] * 6 + [0.1])
        normal = (ways * weight[:, None]).T @ ways + prior
        fit -= np.linalg.solve(normal, (ways * weight[:, None]).T @ wrong)
    return lit


def _mean(values: np.ndarray, reach: int) -> np.ndarray:
    """Mean over `reach` values on either side; fewer at the ends."""
    ones = np.ones(2 * reach + 1)
    count = np.convolve(np.ones(len(values)), ones)[reach : reach + len(values)]
    return np.convolve(values, ones)[reach : reach + len(values)] / count


def _correlation(a: np.ndarray, b: np.ndarray, reach: int) -> np.ndarray:
    """Correlation of two series in a window round each value, -1..1; near 0 where one of them hardly changes."""
    ma, mb = _mean(a, reach), _mean(b, reach)
    both = _mean(a * b, reach) - ma * mb
    # A hundredth of a pixel of motion is noise. Within a phrase, where loudness varies by 5 dB, a mouth moves as much
    # on soft sounds as on loud ones; only pauses, which vary it by 15 dB, tell whose mouth it is.
    variances = (_mean(a * a, reach) - ma**2 + 1e-4) * (_mean(b * b, reach) - mb**2 + 10.0**2)
    return np.clip(both / np.sqrt(np.maximum(variances, 1e-12)), -1, 1)
