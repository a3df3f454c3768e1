"""Takes a scratch off a frame: what it adds is estimated along its length and undone, so that what lies under it stays.

A scratch mixes the picture with its own tone, white or black: seen = picture + cover (tone - picture), where the
cover is a bell across the line and changes slowly along it. Where the cover leaves little to see, the sides are
joined and given their own grain.

Bruni and Vitulano, "A generalized model for scratch detection", IEEE Transactions on Image Processing 13 (2004).
"""

from __future__ import annotations

import cv2
import numpy as np

from ...frames import optical_flow
from ._scratches import Line, smooth

SEEN = 0.012
"""A pixel is repaired where the scratch moves it by more than this; three steps of an 8-bit film."""
PEAK = 0.025
"""A row has a scratch where it moves the picture by more than this at its centre,"""
CERTAIN = 2.5
"""and by so many standard errors."""
BURNT = (0.35, 0.7)
"""From the first to the second cover, the picture is taken less and less from under the scratch."""
ALONG = 1.5
"""Strips over which the cover is averaged, standard deviation."""
BEYOND = 6
"""Strips in which a line's faint ends are searched for."""
BENDS = 3
"""Degree of the curve that a scratch of the picture's height is."""
WIDTHS = np.arange(0.4, 3.01, 0.1)
"""Bells tried, standard deviation in pixels of a picture 640 wide or narrower."""


def unscratched(frame: np.ndarray, lines: list[Line]) -> tuple[np.ndarray, np.ndarray, int]:
    """The frame (h, w, c) without its scratches, where they were, bool (h, w), and how many."""
    mask, count = np.zeros(frame.shape[:2], bool), 0
    if lines:
        frame = frame.copy()
        grey = optical_flow.luma(frame).copy()
        for line in lines:
            streak = _take_off(frame, grey, line)
            count += bool(len(streak[0]))
            mask[streak] = True
            # The next one may run close by.
            grey[streak] = optical_flow.luma(frame[streak][None])[0]
    return frame, mask, count


def _take_off(frame: np.ndarray, grey: np.ndarray, line: Line) -> tuple[np.ndarray, np.ndarray]:
    """Repairs one scratch in the frame itself; rows and columns of the pixels that this changed."""
    height, width = frame.shape[:2]
    unit = max(1.0, width / 640)
    strip = height / line.strips
    along = max(ALONG * strip, 6.0)
    top = int(max(0, line.top - BEYOND) * strip)
    rows = np.arange(top, int(min(line.strips, line.bottom + BEYOND) * strip))
    centre = np.interp((rows + 0.5) / strip - 0.5, np.arange(line.top, line.bottom), _place(grey, line, unit))
    reach = int(np.ceil(9 * unit))
    columns = np.rint(centre).astype(int)[:, None] + np.arange(-reach, reach + 1)
    inside = (columns >= 0) & (columns < width)
    columns = columns.clip(0, width - 1)
    seen = frame[rows[:, None], columns].astype(np.float32)
    apart = (columns - centre[:, None]).astype(np.float32)

    tone = np.where(np.full(frame.shape[2], line.bright), 1.0, 0.0)
    sides = _between(seen, apart, 3 * unit, 6 * unit)
    bell, shift = _bell(seen - sides, apart, unit, line.bright)
    apart = apart - shift
    edge = min(2.5 * bell + 0.5, 5 * unit)
    sides = _between(seen, apart, edge, edge + 3 * unit)
    shape = np.exp(-0.5 * (apart / bell) ** 2)
    repaired, mask = seen.copy(), np.zeros(apart.shape, bool)
    for c in range(frame.shape[2]):
        cover, sure = _cover(seen[..., c] - sides[..., c], tone[c] - sides[..., c], shape, along)
        veil = np.clip(cover[:, None] * shape, 0, 0.97)
        under = (seen[..., c] - veil * tone[c]) / (1 - veil)
        # No scratch is an exact bell: what is left of a stripe, on average along the line, goes as well.
        left = np.clip(under - sides[..., c], -0.15, 0.15)
        for _ in range(2):
            stripe = cv2.GaussianBlur(left, (0, 0), 0.3, sigmaY=along, borderType=cv2.BORDER_REFLECT_101)
            left = stripe + np.clip(left - stripe, -0.05, 0.05)
        under -= stripe
        burnt = np.clip((veil - BURNT[0]) / (BURNT[1] - BURNT[0]), 0, 1)
        joined = sides[..., c] + _grain(seen[..., c], int(np.ceil(2 * edge)))
        moved = veil * np.abs(tone[c] - sides[..., c])
        touched = inside & (moved > SEEN) & (sure & (moved.max(axis=1) > PEAK))[:, None]
        repaired[..., c] = np.where(touched, under + burnt * (joined - under), seen[..., c])
        mask |= touched
    y, k = np.nonzero(mask)
    frame[rows[y], columns[y, k]] = np.clip(repaired[y, k], 0, 1)
    return rows[y], columns[y, k]


def _place(grey: np.ndarray, line: Line, unit: float) -> np.ndarray:
    """The line's place in each of its strips, to a tenth of a pixel: a smooth curve through where it is boldest."""
    sign = 1 if line.bright else -1
    strip = len(grey) / line.strips
    along = np.linspace(-1, 1, len(line.x))
    basis = np.polynomial.chebyshev.chebvander(along, 1 + round(BENDS * len(line.x) / line.strips))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(line.x, 6, mode="reflect", reflect_type="odd"), 13)
    x = _fit(basis, line.x, np.ones(len(along)), _fit(basis, np.median(windows, axis=1), np.ones(len(along))), unit)
    rows = np.arange(int(line.top * strip), int(line.bottom * strip))
    # A quarter of a pixel a step: the bell of a scratch, and the lower of its sides' means.
    offsets, away = np.arange(-28, 29) * unit / 4, 16
    to_y = np.repeat(rows[:, None], len(offsets), axis=1).astype(np.float32)
    for search in (8, 4):
        centre = np.interp((rows + 0.5) / strip - 0.5, np.arange(line.top, line.bottom), x)
        to_x = (centre[:, None] + offsets).astype(np.float32)
        seen = cv2.remap(grey, to_x, to_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        seen = sign * cv2.resize(seen, (len(offsets), len(x)), interpolation=cv2.INTER_AREA)
        middle, side = cv2.GaussianBlur(seen, (0, 0), 3, sigmaY=0.5), cv2.blur(seen, (9, 1))
        bold = np.minimum(middle[:, away:-away] - side[:, : -2 * away], middle[:, away:-away] - side[:, 2 * away :])
        zero = bold.shape[1] // 2
        peak = zero - search + bold[:, zero - search : zero + search + 1].argmax(axis=1)
        depth = np.maximum(bold[np.arange(len(x)), peak], 0)
        before, top, after = (bold[np.arange(len(x)), peak + k] for k in (-1, 0, 1))
        bend = np.minimum(before - 2 * top + after, -1e-6)
        exact = peak + np.clip((before - after) / (2 * bend), -0.5, 0.5)
        weight = np.minimum(depth, np.median(depth) + 1e-6) + 1e-6
        x = _fit(basis, x + (exact - zero) * unit / 4, weight, x, unit)
    return x


def _fit(
    basis: np.ndarray, x: np.ndarray, weight: np.ndarray, start: np.ndarray | None = None, unit: float = 1.0
) -> np.ndarray:
    """The smooth curve nearest to a path, deaf to strips that lie over a pixel off it (Tukey's biweight)."""
    curve = start
    for _ in range(1 if start is None else 5):
        trust = weight if curve is None else weight * np.clip(1 - ((x - curve) / (1.5 * unit)) ** 2, 1e-3, 1) ** 2
        root = np.sqrt(trust)
        curve = basis @ np.linalg.lstsq(basis * root[:, None], x * root, rcond=None)[0]
    assert curve is not None
    return curve


def _between(seen: np.ndarray, apart: np.ndarray, near: float, far: float) -> np.ndarray:
    """What both sides of a line, from `near` to `far` pixels away, say about the pixels between them: (rows, k, c)."""
    means, places = [], []
    for side in (-apart, apart):
        weight = ((side > near) & (side <= far)).astype(np.float64)
        total = np.maximum(weight.sum(axis=1), 1e-9)[:, None]
        means.append((seen * weight[..., None]).sum(axis=1) / total)
        places.append((apart * weight).sum(axis=1)[:, None] / total)
    share = np.clip((apart - places[0]) / np.maximum(places[1] - places[0], 1e-6), 0, 1)[..., None]
    return means[0][:, None] * (1 - share) + means[1][:, None] * share


def _bell(excess: np.ndarray, apart: np.ndarray, unit: float, bright: bool) -> tuple[float, float]:
    """Standard deviation and displacement of the bell that describes the line's mean profile best, pixels."""
    values = np.clip(excess.mean(axis=2) * (1 if bright else -1), -0.3, 0.3)
    near = np.abs(apart) < 5 * unit
    bins = np.rint(apart[near] * 4).astype(int) + int(20 * unit + 4)
    count = np.bincount(bins)
    profile = np.bincount(bins, values[near]) / np.maximum(count, 1)
    at = (np.arange(len(count)) - int(20 * unit + 4)) / 4
    bells, shifts = WIDTHS * unit, np.arange(-0.5, 0.51, 0.125) * unit
    models = np.exp(-0.5 * ((at - shifts[:, None, None]) / bells[:, None]) ** 2).reshape(-1, len(at))
    match, power = models @ (count * profile), models**2 @ count
    gain = np.maximum(match, 0) ** 2 / power
    best = divmod(int(gain.argmax()), len(bells))
    return float(bells[best[1]]), float(shifts[best[0]])


def _cover(excess: np.ndarray, span: np.ndarray, shape: np.ndarray, along: float) -> tuple[np.ndarray, np.ndarray]:
    """Cover at the centre of each row (rows,), 0..1, smooth along the line, and where it is certain.

    excess: seen minus sides. span: tone minus sides. shape: the bell. All (rows, k).
    """
    weight = shape * (shape > 0.1)
    energy = (weight * weight).sum(axis=1)
    depth = (weight * excess).sum(axis=1) / energy
    room = (weight * weight * span).sum(axis=1) / energy
    # Dirt and edges that cross the line stand out of their surroundings along it; a median keeps them out.
    size = min(2 * int(along) + 1, 31)
    usual = np.median(np.lib.stride_tricks.sliding_window_view(np.pad(depth, size // 2, mode="edge"), size), axis=1)
    limit = 3 * max(1.5 * float(np.median(np.abs(depth - usual))), 1e-4)
    depth = usual + np.clip(depth - usual, -limit, limit)
    total = smooth(room * room, along) + 1e-4
    cover = smooth(depth * room, along) / total
    # Rows in a Gaussian window of standard deviation s average like 3.5 s independent ones.
    error = np.sqrt(np.maximum(smooth((depth - cover * room) ** 2, 2 * along), 0) / (3.5 * along))
    return np.clip(cover, 0, 1), np.abs(cover * room) > CERTAIN * error


def _grain(seen: np.ndarray, step: int) -> np.ndarray:
    """What is too fine to be picture beside the line, for the pixels `step` further in: (rows, k)."""
    fine = seen - cv2.GaussianBlur(seen, (0, 0), 1.5, borderType=cv2.BORDER_REFLECT_101)
    middle = seen.shape[1] // 2
    step = min(step, middle)
    return np.concatenate([fine[:, step : step + middle], fine[:, middle - step : -step or None]], axis=1)[
        :, : seen.shape[1]
    ]
