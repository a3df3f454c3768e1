"""Brings a frame of another element onto the film's: crop and size, the small warps of two scans, and its light.

Both show the same moment, so that nothing but the scans differs. Each print flickers in its own way, so that light is
matched frame by frame, by the one rising curve that gives a channel the film's distribution of brightness.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...frames import optical_flow
from . import _repair

SMALL = 320
"""Crop and size are measured in pictures of about so many pixels on the longer side."""
EDGES = 1.5
"""Standard deviation, pixels, of the blur before gradients are taken: grain and small dirt are gone."""
STEPS, PRECISION = 80, 1e-5
ALIKE = 0.6
"""Correlation of the two gradients from which an element is taken to show the same frame: a frame of another film, or a
wrong crop, has 0.3 at most, worn prints of one frame have 0.8 and more."""
SMOOTH = 12.0
"""Standard deviation, pixels, of the smooth warps in which two scans differ."""
ROUNDS = 3
FARTHEST = 12.0
"""Pixels that they may differ after crop and size."""
COMPARED = 100
"""Pixels that both must show undamaged, or nothing is known of how their light differs."""
PREFILTER = 0.35
"""Standard deviation of the blur before a picture twice as large is read at every second pixel, divided by 3 ** 0.5."""
QUANTILES = np.linspace(0.002, 0.998, 65)
"""Shares of the picture at which the curve of brightness is known."""


@dataclass(frozen=True, kw_only=True)
class Brought:
    """An element's frame in the film's place and light, (h, w, c), and where it shows the picture, bool (h, w)."""

    picture: np.ndarray
    shown: np.ndarray


def aligned(film: np.ndarray, dirt: np.ndarray, element: np.ndarray, worn: np.ndarray) -> Brought | None:
    """`element` (y, x, c) brought onto `film` (h, w, c); None where it is not found in it, or too little is undamaged.

    `dirt`, bool (h, w), and `worn`, bool (y, x), are the damage of each; what is worn is not shown.
    """
    height, width = film.shape[:2]
    element = _thinned(element, max(element.shape[0] / height, element.shape[1] / width))
    grey, other = (_repair.fill_in(optical_flow.luma(one), hole) for one, hole in ((film, dirt), (element, worn)))
    affine = _affine(grey, other)
    if affine is None:
        return None
    places = _places(affine, (height, width))
    seen = _inside(places, other.shape) & ~dirt
    if np.count_nonzero(seen) < COMPARED:
        return None
    light = _curves(_read(other, places)[..., None], grey[..., None], seen)
    steps = np.zeros((height, width, 2), np.float32)
    for _ in range(ROUNDS):
        steps = steps + _warp(grey, light(_read(other, places)[..., None])[..., 0], seen)
        places = _places(affine, (height, width), steps)
    picture = _read(element, places).reshape(film.shape)
    shown = _inside(places, other.shape) & (_read(worn.astype(np.float32), places, cv2.INTER_LINEAR) < 0.02)
    if np.count_nonzero(shown & ~dirt) < COMPARED:
        return None
    return Brought(picture=_curves(picture, film, shown & ~dirt)(picture), shown=shown)


def _thinned(element: np.ndarray, larger: float) -> np.ndarray:
    """A picture (y, x, c) without what would not fit between the pixels of one that is so many times smaller."""
    if larger <= 1.1:
        return element
    return cv2.GaussianBlur(element, (0, 0), PREFILTER * (larger**2 - 1) ** 0.5).reshape(element.shape)


def _affine(film: np.ndarray, element: np.ndarray) -> np.ndarray | None:
    """Where the film's pixels lie in the element, float32 (2, 3); None where it does not show the same.

    Evangelidis and Psarakis, "Parametric image alignment using enhanced correlation coefficient maximization", 2008; it
    begins from phase correlation. Gradients, because light differs, and vignettes do not.
    """
    small, ratios = [], []
    for grey in (film, element):
        scale = min(1.0, SMALL / max(grey.shape))
        size = max(16, round(grey.shape[1] * scale)), max(16, round(grey.shape[0] * scale))
        small.append(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
        ratios.append(np.array([grey.shape[1] / size[0], grey.shape[0] / size[1]]))
    size = small[0].shape[::-1]
    stretch = np.array([small[1].shape[1] / size[0], small[1].shape[0] / size[1]])
    edges = [_edges(small[0]), _edges(cv2.resize(small[1], size, interpolation=cv2.INTER_LINEAR))]
    (dx, dy), _ = cv2.phaseCorrelate(edges[0], edges[1], cv2.createHanningWindow(size, cv2.CV_32F))
    best, found, all_over = -1.0, None, np.ones(edges[0].shape, np.uint8)
    for start in ((dx, dy), (0.0, 0.0)):
        map_: np.ndarray = np.array([[1, 0, start[0]], [0, 1, start[1]]], np.float32)
        try:
            for blur in (9, 3):
                score, better = cv2.findTransformECC(
                    edges[0], edges[1], map_, cv2.MOTION_AFFINE, (3, STEPS, PRECISION), all_over, blur
                )
                map_ = np.asarray(better)
        except cv2.error:  # It does not converge where the two share nothing.
            continue
        if score > best:
            best, found = score, map_
        if best > 0.9:
            break
    if found is None or best < ALIKE:
        return None
    # From small pictures of one size to the pixels of each, whose centres are halves.
    a, t = found[:, :2].astype(float), found[:, 2].astype(float)
    into, out = np.diag(stretch * ratios[1]), np.diag(1 / ratios[0])
    whole = into @ a @ out
    shift = into @ (a @ (out @ [0.5, 0.5] - 0.5) + t + 0.5) - 0.5
    return np.column_stack([whole, shift]).astype(np.float32)


def _edges(grey: np.ndarray) -> np.ndarray:
    soft = cv2.GaussianBlur(grey, (0, 0), EDGES)
    # Not cv2.magnitude, whose last bit depends on where a picture lies in memory.
    edges = np.sqrt(cv2.Sobel(soft, cv2.CV_32F, 1, 0) ** 2 + cv2.Sobel(soft, cv2.CV_32F, 0, 1) ** 2)
    # A few hard edges would outweigh all else.
    return np.minimum(edges, 4 * float(edges.mean()) + 1e-6)


def _places(affine: np.ndarray, shape: tuple[int, int], steps: np.ndarray | None = None) -> np.ndarray:
    """Where the film's pixels, moved by `steps` (h, w, 2), lie in the element: float32 (h, w, 2), x and y."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    if steps is not None:
        x, y = x + steps[..., 0], y + steps[..., 1]
    return np.stack([affine[k, 0] * x + affine[k, 1] * y + affine[k, 2] for k in (0, 1)], axis=2)


def _inside(places: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    x, y = places[..., 0], places[..., 1]
    return (x >= 1) & (x <= shape[1] - 2) & (y >= 1) & (y <= shape[0] - 2)


def _read(image: np.ndarray, places: np.ndarray, interpolation: int = cv2.INTER_CUBIC) -> np.ndarray:
    x, y = np.ascontiguousarray(places[..., 0]), np.ascontiguousarray(places[..., 1])
    return cv2.remap(image, x, y, interpolation, borderMode=cv2.BORDER_REPLICATE)


class _Curves:
    """One rising curve a channel."""

    def __init__(self, given: np.ndarray, wanted: np.ndarray) -> None:
        self._given, self._wanted = given, wanted

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        """A picture (h, w, c) with the light of the film; beyond the curve's ends it goes on by one for one."""
        channels = []
        for c, (given, wanted) in enumerate(zip(self._given, self._wanted, strict=True)):
            plane = picture[..., c]
            beyond = np.minimum(plane - given[0], 0) + np.maximum(plane - given[-1], 0)
            channels.append(np.interp(plane, given, wanted).astype(np.float32) + beyond)
        return np.stack(channels, axis=2)


def _curves(picture: np.ndarray, film: np.ndarray, where: np.ndarray) -> _Curves:
    """The curves that give `picture` (h, w, c) the film's distribution of brightness where both can be compared."""
    given, wanted = (
        [np.quantile(cv2.GaussianBlur(one[..., c], (0, 0), 1.0)[where][::7], QUANTILES) for c in range(film.shape[2])]
        for one in (picture, film)
    )
    # A level that occurs often stands at several quantiles: the curve must rise to be one.
    given = [levels + 1e-6 * np.arange(len(levels)) for levels in given]
    return _Curves(np.array(given), np.array(wanted))


def _warp(film: np.ndarray, element: np.ndarray, told: np.ndarray) -> np.ndarray:
    """The smooth steps (h, w, 2) by which two pictures (h, w) in one place and light still differ."""
    steps = optical_flow.flow(optical_flow.eight_bits(film), optical_flow.eight_bits(element), "medium")
    # Flow is known where there is detail to follow.
    soft = cv2.GaussianBlur(film, (0, 0), EDGES)
    detail = cv2.Sobel(soft, cv2.CV_32F, 1, 0) ** 2 + cv2.Sobel(soft, cv2.CV_32F, 0, 1) ** 2
    near = np.abs(steps).max(axis=2) < FARTHEST
    weight = np.where(told & near, detail + 1e-6, 0).astype(np.float32)
    mass = cv2.GaussianBlur(weight, (0, 0), SMOOTH)
    smooth = cv2.GaussianBlur(steps * weight[..., None], (0, 0), SMOOTH) / np.maximum(mass, 1e-12)[..., None]
    return np.where((mass > 1e-9)[..., None], smooth, 0).astype(np.float32)
