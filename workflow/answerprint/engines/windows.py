"""Windows of a shot, for engines that carry something from frame to frame, such as recurrent networks.

Windows lie on fixed frames of the shot, `card.window` frames each from its first on. An engine is given a whole window
with `card.handle` frames on either side, however few of its frames are wanted: what it carries into a frame then does
not depend on how a film is cut into parts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import Card, Clip


def edges(card: Card, shot: range) -> range:
    """The frames of a shot at which a window begins; none for an engine without windows."""
    return shot[:: card.window] if card.window else shot[:0]


def sight(card: Card, start: int, stop: int, shot: range) -> range:
    """The frames of a shot that an engine is given to produce those from start to stop, which lie in one window."""
    if not card.window:
        return range(max(shot.start, start - card.radius), min(shot.stop, stop + card.radius))
    first = start - (start - shot.start) % card.window
    return range(max(shot.start, first - card.handle), min(shot.stop, first + card.window + card.handle))


def split(card: Card, clip: Clip) -> Iterator[Clip]:
    """A clip of one whole shot, all of which is to be produced, window by window."""
    shot = range(len(clip.frames))
    for start in edges(card, shot):
        stop = min(start + card.window, shot.stop)
        seen = sight(card, start, stop, shot)
        frames = slice(seen.start, seen.stop)
        yield dataclasses.replace(
            clip,
            frames=clip.frames[frames],
            core=slice(start - seen.start, stop - seen.start),
            first=clip.first + seen.start,
            plan={key: values[frames] for key, values in clip.plan.items()},
            marked=None if clip.marked is None else clip.marked[frames],
        )
