"""Pictures that lie over a frame of the film, coloured or painted on: they must have its shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..film import picture_file
from ..film.facts import Facts
from ..runtime.errors import FilmError
from .chain import Chain
from .decisions import Decisions

TOLERANCE = 0.02
"""Share by which the aspect of a picture may differ from the film's: 720x576 shown as 768x576 differs by 0.067."""


def given(chain: Chain, editions: Iterable[str], decided: Decisions, painted: Sequence[Path]) -> Iterator[Path]:
    """The pictures of frames that the configuration, decisions and the folder of painted pictures give for a film."""
    yield from painted
    for name in dict.fromkeys(stage for edition in editions for _, stage in chain.lineage(edition)[1:]):
        stage = chain.stages[name]
        changed = [decision.options.get(name) for decision in decided.shots]
        for options in (stage.options, *(stage.changed(values) for values in changed if values)):
            yield from map(Path, stage.frame_pictures(options))


def require_shape(pictures: Iterable[Path], facts: Facts) -> None:
    """Raises FilmError for a picture that has neither the shape of the film's frames nor that in which they are shown.

    A picture that cannot be read is left to the stage that needs it.
    """
    shown = round(facts.width * facts.sar)
    for path in dict.fromkeys(pictures):
        size = picture_file.size(path)
        if size and not any(_alike(size, (width, facts.height)) for width in (facts.width, shown)):
            displayed = f", shown as {shown}x{facts.height}" if shown != facts.width else ""
            raise FilmError(
                f"{path} is {size[0]}x{size[1]}, but the film's frames are {facts.width}x{facts.height}{displayed}: "
                "it would be stretched over its frame.",
                "Save the whole frame, without crop or border, at any size. Colours of another picture are given as "
                "`like`.",
            )


def _alike(size: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two (width, height) have the same aspect, within the tolerance and what whole pixels allow."""
    aspect = size[0] / size[1] * other[1] / other[0]
    return abs(aspect - 1) <= TOLERANCE + 0.5 / min(size)
