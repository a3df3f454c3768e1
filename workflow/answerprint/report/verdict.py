"""What a restoration did, in words, with numbers from the change maps; and what each edition may claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import census
from .census import Census
from .formatting import percent

KINDS = {
    "repair": "from the film's own pixels",
    "enhance": "what is there is sharpened or enlarged",
    "generate": "what the film does not show is added",
}
"""The classes, in words."""
DONE = {
    "clean": "repaired",
    "video": "moved or combed as a video signal",
    "stabilise": "steadied",
    "deflicker": "evened in brightness",
    "dyes": "given back faded colour",
    "denoise": "denoised",
    "upscale": "enlarged",
    "faces": "sharpened in faces",
    "colorize": "coloured",
    "tint": "tinted as the film was",
    "grade": "graded",
    "interpolate": "in-between frames",
}
"""What a stage does to a pixel; the one that replaces pixels comes first."""
INVENTED = {"colorize": "colour", "interpolate": "in-between frames", "upscale": "detail", "faces": "faces"}
"""What a stage of class generate invents."""


def sentence(counted: Census, kinds: Mapping[str, str], added: Sequence[str], drawn: float = 0.0) -> str:
    """What an edition did: its own stages first, then how much of it is invented.

    kinds: the class of each stage of the edition, from the source to its end; added: those that are its own; drawn: the
    share of pixels that were drawn from fields before them.
    """
    numbers = census.whole(counted)
    shares, classes = census.by_stage(numbers), census.by_kind(numbers, kinds)
    # That nothing had to be repaired is worth saying; of the other stages only what they changed.
    own = [stage for stage in DONE if stage in added and (stage in shares or stage == "clean")]
    own = [stage for stage in own if kinds[stage] != "generate"]
    done = [f"{percent(shares.get(stage, 0.0))}{' of pixels' * (stage == own[0])} {DONE[stage]}" for stage in own]
    parts = [
        f"{percent(drawn)} of pixels drawn between the lines of fields" if drawn else "",
        ", ".join(done),
        "" if drawn or own or classes["generate"] else "unchanged",
        _invented(classes["generate"], shares, kinds),
    ]
    return "; ".join(filter(None, parts))


def _invented(share: float, shares: Mapping[str, float], kinds: Mapping[str, str]) -> str:
    if not share:
        return "none invented"
    what = [INVENTED.get(stage, stage) for stage in shares if kinds.get(stage) == "generate"]
    return f"{percent(share)} of pixels invented: {', '.join(what)}"


def claim(classes: Mapping[str, float]) -> str:
    """What an edition may claim, by the share of its pixels in each class."""
    if classes["generate"]:
        return (
            f"May be shown if it is said to be completed. {percent(classes['generate'])} of its pixels are not in the "
            "film: it is no evidence of them."
        )
    if classes["enhance"]:
        return (
            "May be shown as the film, enlarged or sharpened. What happens in it is the film's; its finest detail is "
            "no evidence."
        )
    return "May be shown and cited as the film: every pixel comes from the film's own."
