"""Removes a scratch from a frame: what it adds is estimated along its length and undone, so the picture under it stays.

A scratch mixes the picture with its own tone, white or black: observed = picture + cover (tone - picture), where the
cover is a bell across the line and changes slowly along it. Where the cover leaves little to see, the sides are
joined and given their own grain.

Bruni and Vitulano, "A generalized model for scratch detection", IEEE Transactions on Image Processing 13 (2004).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...frames import optical_flow
from ._curves import smooth
from ._scratches import Line

VISIBLE = 0.012
"""A pixel is repaired where the scratch changes it by more than this, of 1: three steps of an 8-bit film."""
PEAK = 0.025
"""A row has a scratch where its centre changes the picture by more than this, of 1,"""
CERTAIN = 2.5
"""and by so many standard errors."""
BURNT = (0.35, 0.7)
"""Between these two covers, less and less of the picture under the scratch is used."""
ALONG = 1.5
"""Strips over which the cover is averaged, standard deviation."""
BEYOND = 6
"""Strips beyond a line's ends in which its faint ends are searched for."""
BENDS = 3
"""Degree of the curve that describes a scratch of the picture's height."""
WIDTHS = np.arange(0.4, 3.01, 0.1)
"""Widths of the bells that are tried, standard deviation in pixels of a picture up to 640 wide,"""
SHIFTS = np.arange(-0.5, 0.51, 0.125)
"""how far they are moved,"""
NEAR = 5
"""and how far from a line its profile is compared with them, in the same pixels."""


@dataclass(frozen=True, kw_only=True)
class _Ribbon:
    """The pixels along a scratch, row by row, as wide as its surroundings are needed."""

    rows: np.ndarray
    """Rows of the frame, (rows,)."""
    columns: np.ndarray
    """Columns of the frame, (rows, k), clipped to it."""
    inside: np.ndarray
    """Where the columns were inside the frame, bool (rows, k)."""
    apart: np.ndarray
    """Distance from the centre of the scratch in pixels, float32 (rows, k)."""
    pixels: np.ndarray
    """The frame there, float32 (rows, k, c)."""
    along: float
    """Rows over which the cover is averaged, standard deviation."""
    line: slice
    """Which of the rows the line itself is in, without those beyond its ends."""


def remove_scratches(frame: np.ndarray, lines: list[Line]) -> tuple[np.ndarray, np.ndarray, int]:
    """The frame (h, w, c) without its scratches, where they were, bool (h, w), and how many."""
    mask, count = np.zeros(frame.shape[:2], bool), 0
    if lines:
        frame = frame.copy()
        grey = optical_flow.luma(frame).copy()
        for line in lines:
            streak = _remove(frame, grey, line)
            count += bool(len(streak[0]))
            mask[streak] = True
            # The next scratch may run close by.
            grey[streak] = optical_flow.luma(frame[streak][None])[0]
    return frame, mask, count


def _remove(frame: np.ndarray, grey: np.ndarray, line: Line) -> tuple[np.ndarray, np.ndarray]:
    """Repairs one scratch, in place; rows and columns of the pixels that this changed."""
    unit = max(1.0, frame.shape[1] / 640)
    ribbon = _ribbon(frame, grey, line, unit)
    sides = _between(ribbon.pixels, ribbon.apart, 3 * unit, 6 * unit)
    excess = (ribbon.pixels - sides)[ribbon.line].mean(axis=2) * (1 if line.bright else -1)
    bell, shift = (unit * size for size in _bell(excess, ribbon.apart[ribbon.line] / unit))
    apart = ribbon.apart - shift
    edge = min(2.5 * bell + 0.5, 5 * unit)
    sides = _between(ribbon.pixels, apart, edge, edge + 3 * unit)
    shape = np.exp(-0.5 * (apart / bell) ** 2)
    tone = np.where(np.full(frame.shape[2], line.bright), 1.0, 0.0)
    repaired, mask = ribbon.pixels.copy(), np.zeros(apart.shape, bool)
    for c in range(frame.shape[2]):
        repaired[..., c], touched = _restored(ribbon, c, sides[..., c], shape, tone[c], edge)
        mask |= touched
    y, k = np.nonzero(mask)
    frame[ribbon.rows[y], ribbon.columns[y, k]] = np.clip(repaired[y, k], 0, 1)
    return ribbon.rows[y], ribbon.columns[y, k]


def _ribbon(frame: np.ndarray, grey: np.ndarray, line: Line, unit: float) -> _Ribbon:
    """The pixels of a frame (h, w, c) along a line; unit: pixels to one of a picture 640 wide."""
    height, width = frame.shape[:2]
    strip = height / line.strips
    top = int(max(0, line.top - BEYOND) * strip)
    rows = np.arange(top, int(min(line.strips, line.bottom + BEYOND) * strip))
    centre = np.interp((rows + 0.5) / strip - 0.5, np.arange(line.top, line.bottom), _place(grey, line, unit))
    reach = int(np.ceil(9 * unit))
    columns = np.rint(centre).astype(int)[:, None] + np.arange(-reach, reach + 1)
    inside = (columns >= 0) & (columns < width)
    columns = columns.clip(0, width - 1)
    return _Ribbon(
        rows=rows,
        columns=columns,
        inside=inside,
        apart=(columns - centre[:, None]).astype(np.float32),
        pixels=frame[rows[:, None], columns].astype(np.float32),
        along=max(ALONG * strip, 6.0),
        line=slice(int(line.top * strip) - top, int(line.bottom * strip) - top),
    )


def _restored(
    ribbon: _Ribbon, channel: int, sides: np.ndarray, shape: np.ndarray, tone: float, edge: float
) -> tuple[np.ndarray, np.ndarray]:
    """One channel of a ribbon without its scratch, and where that changed it, both (rows, k).

    sides: what both sides of the scratch suggest is between them; shape: its bell; edge: where it ends, in pixels.
    """
    observed = ribbon.pixels[..., channel]
    cover, sure = _cover(observed - sides, tone - sides, shape, ribbon.along)
    veil = np.clip(cover[:, None] * shape, 0, 0.97)
    under = (observed - veil * tone) / (1 - veil)
    # No scratch is an exact bell: the stripe that remains, on average along the line, is removed as well.
    left = np.clip(under - sides, -0.15, 0.15)
    for _ in range(2):
        stripe = cv2.GaussianBlur(left, (0, 0), 0.3, sigmaY=ribbon.along, borderType=cv2.BORDER_REFLECT_101)
        left = stripe + np.clip(left - stripe, -0.05, 0.05)
    under -= stripe
    burnt = np.clip((veil - BURNT[0]) / (BURNT[1] - BURNT[0]), 0, 1)
    joined = sides + _grain(observed, int(np.ceil(2 * edge)))
    moved = veil * np.abs(tone - sides)
    touched = ribbon.inside & (moved > VISIBLE) & (sure & (moved.max(axis=1) > PEAK))[:, None]
    return np.where(touched, under + burnt * (joined - under), observed), touched


def _place(grey: np.ndarray, line: Line, unit: float) -> np.ndarray:
    """The line's place in each of its strips, to a tenth of a pixel: a smooth curve through where it is boldest."""
    along = np.linspace(-1, 1, len(line.x))
    basis = np.polynomial.chebyshev.chebvander(along, 1 + round(BENDS * len(line.x) / line.strips))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(line.x, 6, mode="reflect", reflect_type="odd"), 13)
    x = _fit(basis, line.x, np.ones(len(along)), _fit(basis, np.median(windows, axis=1), np.ones(len(along))), unit)
    for search in (8, 4):
        offset, depth = _boldest(grey, line, x, unit, search)
        weight = np.minimum(depth, np.median(depth) + 1e-6) + 1e-6
        x = _fit(basis, x + offset * unit / 4, weight, x, unit)
    return x


def _boldest(grey: np.ndarray, line: Line, x: np.ndarray, unit: float, search: int) -> tuple[np.ndarray, np.ndarray]:
    """How far from `x` each strip of a line is boldest, in quarters of a pixel up to `search`, and how bold it is."""
    sign = 1 if line.bright else -1
    strip = len(grey) / line.strips
    rows = np.arange(int(line.top * strip), int(line.bottom * strip))
    # A quarter of a pixel a step: the bell of a scratch, and the lower of its sides' means.
    offsets, away = np.arange(-28, 29) * unit / 4, 16
    to_y = np.repeat(rows[:, None], len(offsets), axis=1).astype(np.float32)
    centre = np.interp((rows + 0.5) / strip - 0.5, np.arange(line.top, line.bottom), x)
    to_x = (centre[:, None] + offsets).astype(np.float32)
    profile = cv2.remap(grey, to_x, to_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    profile = sign * cv2.resize(profile, (len(offsets), len(x)), interpolation=cv2.INTER_AREA)
    middle, side = cv2.GaussianBlur(profile, (0, 0), 3, sigmaY=0.5), cv2.blur(profile, (9, 1))
    bold = np.minimum(middle[:, away:-away] - side[:, : -2 * away], middle[:, away:-away] - side[:, 2 * away :])
    zero = bold.shape[1] // 2
    peak = zero - search + bold[:, zero - search : zero + search + 1].argmax(axis=1)
    depth = np.maximum(bold[np.arange(len(x)), peak], 0)
    before, top, after = (bold[np.arange(len(x)), peak + k] for k in (-1, 0, 1))
    bend = np.minimum(before - 2 * top + after, -1e-6)
    exact = peak + np.clip((before - after) / (2 * bend), -0.5, 0.5)
    return exact - zero, depth


def _fit(
    basis: np.ndarray, x: np.ndarray, weight: np.ndarray, start: np.ndarray | None = None, unit: float = 1.0
) -> np.ndarray:
    """The smooth curve nearest to a path, ignoring strips more than a pixel off it (Tukey's biweight)."""
    curve = start
    for _ in range(1 if start is None else 5):
        trust = weight if curve is None else weight * np.clip(1 - ((x - curve) / (1.5 * unit)) ** 2, 1e-3, 1) ** 2
        root = np.sqrt(trust)
        curve = basis @ np.linalg.lstsq(basis * root[:, None], x * root, rcond=None)[0]
    assert curve is not None
    return curve


def _between(observed: np.ndarray, apart: np.ndarray, near: float, far: float) -> np.ndarray:
    """What both sides of a line, `near` to `far` pixels away, suggest for the pixels between them: (rows, k, c)."""
    means, places = [], []
    for side in (-apart, apart):
        weight = ((side > near) & (side <= far)).astype(np.float64)
        total = np.maximum(weight.sum(axis=1), 1e-9)[:, None]
        means.append((observed * weight[..., None]).sum(axis=1) / total)
        places.append((apart * weight).sum(axis=1)[:, None] / total)
    share = np.clip((apart - places[0]) / np.maximum(places[1] - places[0], 1e-6), 0, 1)[..., None]
    return means[0][:, None] * (1 - share) + means[1][:, None] * share


def _bell(excess: np.ndarray, apart: np.ndarray) -> tuple[float, float]:
    """Standard deviation and displacement of the bell that describes a line's profile best.

    excess: how far the line stands out from its sides, (rows, k). apart: its distance from the centre, in pixels of a
    picture up to 640 wide, as both numbers that come back.
    """
    at, profile, count = _profile(np.clip(excess, -0.3, 0.3), apart)
    root = np.sqrt(count)
    # Whatever the sides say of the ground may be off, by more on one side than on the other.
    ground = np.linalg.qr(np.stack([root, root * at], axis=1))[0]
    bells = np.exp(-0.5 * ((at - SHIFTS[:, None, None]) / WIDTHS[:, None]) ** 2).reshape(-1, len(at)) * root
    bells -= (bells @ ground) @ ground.T
    gain = np.maximum(bells @ (profile * root), 0) ** 2 / (bells**2).sum(axis=1)
    shift, width = divmod(int(gain.argmax()), len(WIDTHS))
    return float(WIDTHS[width]), float(SHIFTS[shift])


def _profile(excess: np.ndarray, apart: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What most rows show at each distance from a line up to NEAR: distances, values, and of how many pixels.

    A scratch stands out along its whole length; what stands out beside it along a part of that is picture. So a value
    is the mean of the middle half, from which the highest and the lowest quarter are left out.
    """
    near = np.abs(apart) < NEAR
    place, values = np.rint(apart[near] * 4).astype(int), excess[near]
    order = np.lexsort((values, place))
    places, first, count = np.unique(place[order], return_index=True, return_counts=True)
    total = np.concatenate([[0.0], np.cumsum(values[order], dtype=np.float64)])
    out = count // 4
    return places / 4, (total[first + count - out] - total[first + out]) / (count - 2 * out), count


def _cover(excess: np.ndarray, span: np.ndarray, shape: np.ndarray, along: float) -> tuple[np.ndarray, np.ndarray]:
    """Cover at the centre of each row (rows,), 0..1, smooth along the line, and where it is certain.

    excess: observed minus sides. span: tone minus sides. shape: the bell. All (rows, k).
    """
    weight = shape * (shape > 0.1)
    energy = np.maximum((weight * weight).sum(axis=1), 1e-9)
    depth = (weight * excess).sum(axis=1) / energy
    room = (weight * weight * span).sum(axis=1) / energy
    # Dirt and edges that cross the line stand out along it; a median keeps them out.
    size = min(2 * int(along) + 1, 31)
    usual = np.median(np.lib.stride_tricks.sliding_window_view(np.pad(depth, size // 2, mode="edge"), size), axis=1)
    limit = 3 * max(1.5 * float(np.median(np.abs(depth - usual))), 1e-4)
    depth = usual + np.clip(depth - usual, -limit, limit)
    total = smooth(room * room, along) + 1e-4
    cover = smooth(depth * room, along) / total
    # Rows in a Gaussian window of standard deviation s average like 3.5 s independent ones.
    error = np.sqrt(np.maximum(smooth((depth - cover * room) ** 2, 2 * along), 0) / (3.5 * along))
    return np.clip(cover, 0, 1), np.abs(cover * room) > CERTAIN * error


def _grain(observed: np.ndarray, step: int) -> np.ndarray:
    """What is too fine to be picture next to the line, for the pixels `step` further in: (rows, k)."""
    fine = observed - cv2.GaussianBlur(observed, (0, 0), 1.5, borderType=cv2.BORDER_REFLECT_101)
    middle = observed.shape[1] // 2
    step = min(step, middle)
    return np.concatenate([fine[:, step : step + middle], fine[:, middle - step : -step or None]], axis=1)[
        :, : observed.shape[1]
    ]
