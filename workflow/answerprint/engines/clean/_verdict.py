"""How likely each spot is dirt: what the network says, what `clean/motion` says, and what other frames show of it.

The network knows what dirt looks like, and takes flakes and flames for it, too; motion knows what comes again, and the
spots of other frames what moves on a path. Where much of what the network likes was rejected by motion, or comes again,
the picture is restless, and spots need more.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ._context import Context
from ._evidence import Detection
from ._spot_search import Search, not_found_again

BODY = 0.15
"""Spots consist of the pixels that are more probable than this, and of those that motion named."""
WEIGHTS = {
    "all": 0.23, "network": 0.64, "kept": 0.69, "rejected": -1.1, "again": -0.84, "discord": -1.23, "path": -4.0,
    "fellows": -2.0, "company": -0.28, "restless": -9.6,
}  # fmt: skip
"""Log odds that each trait adds: a logistic regression on nine thousand spots of drawn film, in which rain, snow, fire
and glitter count for one clip in ten. Paths and fellows count two to three times as much: what is eaten is lost."""
CHANCE = 2.5
"""Evidence for a path up to which it proves nothing."""
LIKELY = 2.2
"""Log odds of the network from which it likes a spot, nine to one."""
LEAST, MOST = -4.0, 8.0
"""Log odds of the network are cut off at these."""
DISCORD = 0.6
"""A spot that motion did not name is left if the neighbours disagree about it by this share of how far the frame is
from the middle of them: a hand or a wing that goes its own way."""
CERTAIN = 0.7
"""Log odds that a spot must reach: on that film, 94 of 100 that do are dirt."""
USUAL = 8
"""A frame counts as if the network liked so many more spots, at rest."""


@dataclass(frozen=True, kw_only=True)
class Opinions:
    """What is known about the spots of one frame."""

    probable: np.ndarray
    """The network's probability of a defect at each pixel, float32 (h, w)."""
    motion: Detection
    """What `clean/motion` named, and what it rejected."""
    shown: list[np.ndarray]
    """The brightness of the neighbours, aligned and matched, float32 (h, w)."""
    grey: np.ndarray
    """The brightness of the frame, float32 (h, w)."""
    search: Search | None
    """Where spots are searched for in other frames; None at the ends of a shot."""


@dataclass(frozen=True, kw_only=True)
class Spots:
    """All that may be dirt in one frame, and what speaks for it, by the number of a spot; 0 is the rest."""

    labels: np.ndarray
    """The number of each pixel's spot, int32 (h, w)."""
    pixels: np.ndarray
    """How many pixels a spot has."""
    network: np.ndarray
    """The network's log odds where they are highest."""
    kept: np.ndarray
    """Whether motion named it, bool."""
    rejected: np.ndarray
    """Whether motion rejected it, bool."""
    again: np.ndarray
    """Share of it that is found again in other frames."""
    discord: np.ndarray
    """How far the neighbours disagree about it."""

    @property
    def restless(self) -> float:
        """Share of what the network likes that motion rejected or other frames show as well."""
        likely = self.network > LIKELY
        return float((likely & (self.rejected | (self.again > 0.5))).sum() / (likely.sum() + USUAL))


def area(probable: np.ndarray, motion: Detection) -> np.ndarray:
    """All that may be dirt, bool (h, w)."""
    return (probable > BODY) | motion.mask


def spots(opinions: Opinions) -> Spots:
    """What is known about a frame, spot by spot."""
    motion = opinions.motion
    whole = area(opinions.probable, motion)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(whole.astype(np.uint8), connectivity=8)
    spot = labels[whole]
    size = np.maximum(np.bincount(spot, minlength=count), 1)

    def share(values: np.ndarray) -> np.ndarray:
        return np.bincount(spot, values[whole], count) / size

    network = np.full(count, LEAST)
    np.maximum.at(network, spot, np.clip(log_odds(opinions.probable[whole]), LEAST, MOST))
    kept, again = share(motion.mask) > 0, np.zeros(count)
    if opinions.search is not None:
        worth = whole & ((network > 0) | kept)[labels]
        again = share(worth & ~not_found_again(worth, opinions.search))
    return Spots(
        labels=labels,
        pixels=stats[:, cv2.CC_STAT_AREA],
        network=network,
        kept=kept,
        rejected=(share(motion.rejected) > 0) & ~kept & (opinions.search is not None),
        again=again,
        discord=_discord(opinions, whole, labels),
    )


def log_odds_of_dirt(spots: Spots, context: Context, restless: float) -> np.ndarray:
    """The log odds that each spot of a frame this restless is dirt, by its number, in this context."""
    path, fellows, company = (np.append(0.0, one) for one in (context.path, context.fellows, context.company))
    traits: dict[str, np.ndarray | float] = {
        "all": 1.0,
        "network": spots.network,
        "kept": spots.kept,
        "rejected": spots.rejected,
        "again": spots.again,
        "discord": spots.discord,
        "path": np.maximum(path - CHANCE, 0),
        "fellows": fellows,
        "company": company,
        "restless": restless,
    }
    odds = np.asarray(sum(WEIGHTS[name] * trait for name, trait in traits.items()))
    named = spots.kept | ((spots.network > LIKELY) & (spots.discord < DISCORD))
    return np.where(named, odds, -np.inf)


def log_odds(probability: np.ndarray) -> np.ndarray:
    """The logarithm of the odds of probabilities, at most 14 either way."""
    safe = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.log(safe / (1 - safe))


def _discord(opinions: Opinions, whole: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How far the neighbours disagree about each spot, as a share of how far the frame is from the middle of them."""
    count = int(labels.max()) + 1
    if not opinions.shown:
        return np.zeros(count)
    shown = np.sort([picture[whole] for picture in opinions.shown], axis=0)
    # Of many neighbours, one at either end may have dirt of its own.
    outer = 1 if len(shown) > 3 else 0
    spread = shown[-1 - outer] - shown[outer]
    contrast = np.abs(opinions.grey[whole] - np.median(shown, axis=0))
    spread, contrast = (np.bincount(labels[whole], values, count) for values in (spread, contrast))
    return np.minimum(spread / np.maximum(contrast, 1e-6), 2.0)
