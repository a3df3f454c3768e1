"""What no engine may do to a face, whatever it has drawn: the same guards for all of them, each with its measure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._patch import IRIS, Patch, blurred

LEFT = 0.85
"""Least share of the grain's deviation that smooth skin keeps: less of it looks like wax in a picture with grain."""
GRAIN = 2.0
"""Grain is finer than this Gaussian, pixels, of a film enlarged to twice its size as well."""


@dataclass(frozen=True, kw_only=True)
class Effects:
    """What a change did to a face where people look first; all are measured on the result."""

    texture: float = 1.0
    """Energy of the fine texture of the cheeks, after over before: below 1 skin looks airbrushed."""
    teeth: float = 1.0
    """Contrast inside the mouth, after over before: above 1 there are dark lines between teeth."""
    iris: float = 0.0
    """Mean brightness of the iris that changed more, after minus before, share of white."""


def guarded(patch: Patch, change: np.ndarray, eyes: float) -> np.ndarray:
    """A change of a face's brightness (h, w) within the limits that keep it the same face.

    Nothing outside the ellipse and inside the mouth; in the eyes the share `eyes` of what is smaller than an iris, so
    that irises stay as bright as they are; and no less of the skin's fine texture than before: where a change takes it
    away, it is laid back.
    """
    small = change - blurred(change, max(1.0, IRIS * patch.between_eyes))
    kept = (change + patch.eyes * (eyes * small - change)) * (1 - patch.mouth) * patch.inside
    for iris in patch.irises:
        kept = kept - iris * float((iris * kept).sum() / max((iris * iris).sum(), 1e-6))
    bare = patch.inside * (1 - patch.mouth) * (1 - patch.eyes)
    return np.asarray(kept + _texture_lost(patch, kept) * bare, np.float32)


def effects(patch: Patch, change: np.ndarray) -> Effects:
    """What a change (h, w) did; a place that the picture does not show counts as unchanged."""
    before, after = patch.luma, patch.luma + change
    lines = [image[patch.mouth == 1] for image in (before, after)]
    fine = [fine_texture(patch, image)[patch.skin] for image in (before, after)]
    return Effects(
        texture=_ratio(fine, 2),
        teeth=_ratio(lines, 1),
        iris=max(
            (float(np.average(change, weights=iris)) for iris in patch.irises if iris.any()), key=abs, default=0.0
        ),
    )


def removable_grain(patch: Patch, change: np.ndarray, grain: np.ndarray) -> float:
    """The share 0..1 of grain (h, w) that can go with a change (h, w) while the cheeks keep their energy of texture."""
    skin = patch.skin
    values = (patch.luma, patch.luma + change, grain)
    before, after, less = (fine_texture(patch, image)[skin] for image in values)
    if len(before) < 16:
        return 0.0
    before, after, less = (texture - texture.mean() for texture in (before, after, less))
    # The smallest g >= 0 with |after - g less| = |before|.
    squares, product, spare = float(less @ less), float(less @ after), float(after @ after - before @ before)
    if spare <= 0:
        return 0.0
    root = product**2 - squares * spare
    return 1.0 if product <= 0 or root <= 0 else min(1.0, (product - float(np.sqrt(root))) / squares)


def grain_laid_back(patch: Patch, change: np.ndarray, gone: np.ndarray) -> float:
    """The share 0..1 of the grain (h, w) gone with a change (h, w) that must be laid back.

    With it, smooth skin keeps `LEFT` of its grain, however much texture the change brings elsewhere.
    """
    values = (patch.luma, patch.luma + change, gone)
    before, after, more = ((image - blurred(image, GRAIN))[patch.quiet] for image in values)
    return min(1.0, _share_missing(LEFT * before, after, more))


def _texture_lost(patch: Patch, change: np.ndarray) -> np.ndarray:
    """How much of a face's own fine texture (h, w) makes up for what a change takes of it on the cheeks."""
    own, skin = fine_texture(patch, patch.luma), patch.skin
    values = (own, own + fine_texture(patch, change), fine_texture(patch, own))
    before, after, more = (image[skin] for image in values)
    return np.asarray(_share_missing(before, after, more) * own, np.float32)


def _share_missing(before: np.ndarray, after: np.ndarray, more: np.ndarray) -> float:
    """The smallest g >= 0 with |after + g more| >= |before|, means aside; 0 for less than 16 pixels."""
    if len(before) < 16:
        return 0.0
    before, after, more = (values - values.mean() for values in (before, after, more))
    squares, product, missing = float(more @ more), float(more @ after), float(before @ before - after @ after)
    if missing <= 0 or squares == 0:
        return 0.0
    return (float(np.sqrt(product**2 + squares * missing)) - product) / squares


def fine_texture(patch: Patch, image: np.ndarray) -> np.ndarray:
    """What of a picture (h, w) is finer than a fortieth of the face, and than two pixels at least."""
    return image - blurred(image, max(1.0, patch.width / 80))


def _ratio(pair: list[np.ndarray], power: int) -> float:
    before, after = (float(values.std()) if len(values) else 0.0 for values in pair)
    return (after / before) ** power if before > 1e-6 else 1.0
