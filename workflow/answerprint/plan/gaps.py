"""A decision on lost frames, as people write it: after which frame, how many, and what becomes of the sound there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..film.lost_frames import MOST, SOUNDS, LostFrames
from ..runtime.errors import FilmError, unknown_name_error
from ..runtime.text import shortened
from . import written

KEYS = ("after", "frames", "sound", "why", "by")


def read(path: Path, item: Any) -> LostFrames:
    """The lost frames that a decision in a file speaks of. Raises FilmError where it does not say which."""
    example = f"Write it as {{after: 120, frames: 3, sound: silence, why: ...}}, with 1 to {MOST} frames."
    if not isinstance(item, dict) or not all(map(written.is_frame, (item.get("after"), item.get("frames")))):
        raise FilmError(f"In {path} a decision on lost frames does not say which: {shortened(item)}.", example)
    for key in item:
        if key not in KEYS:
            raise unknown_name_error(f"key of lost frames in {path}", str(key), KEYS)
    if not 1 <= item["frames"] <= MOST:
        raise FilmError(f"In {path} {item['frames']} frames are lost after frame {item['after']}.", example)
    if item.get("sound") not in SOUNDS:
        raise FilmError(
            f"In {path} it is not said what becomes of the sound where frames were lost after frame {item['after']}.",
            "Write `sound: silence` to insert as much silence, or `sound: leave` if the sound is whole.",
        )
    return LostFrames(after=item["after"], frames=item["frames"], sound=item["sound"])
