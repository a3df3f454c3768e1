"""Which repair stages the numbers of a shot's analysis suggest, with which options, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

WEAVE, TREMOR, SHARE = 0.3, 0.15, 0.25
"""A picture weaves when it strays by WEAVE pixels from its path, and by TREMOR and SHARE of the first from frame to
frame. That share is a third in old films, and a tenth with a hand-held or animated camera, which only drifts."""
SHAKEN = 0.0016
"""Jumps from frame to frame, as a share of the width, that no camera makes on purpose: a pixel of 640. Hand-held ones
reach 0.0008."""
USUAL, FARTHEST = 0.02, 0.1
"""How far `stabilise` moves a frame unless told otherwise, and at most when it is suggested; shares of the width."""
FLICKER = 0.003
"""Jitter of brightness from which light is said to pump; undamaged films reach 0.001."""
DIRT, MISTAKEN = 1e-4, 6e-3
"""Share of spots from which film is dirty, beyond the share of moving picture that is mistaken for spots. Undamaged
films stay below the sum of the two by a tenth in the fastest motion, and by two thirds in calm scenes."""
BOLD = 0.1
"""Spots a frame that a person sees, away from what moves, from which the clear ones are repaired, be they ever so few.
Undamaged fur, fast hands and crowds show 0 to 0.08, and clean at that strength touches 0 to 0.003 % of them."""
SCRATCHED = 0.3
"""Share of frames with a line from which film is scratched."""
NOISE = 0.012
"""Standard deviation of grain, as a share of white, from which it is reduced."""
DROPPED = 0.3
"""Level streaks a frame from which videotape has dropouts; undamaged clips and films with hairs stay below 0.1."""
TORN, JITTER = 2, 0.2
"""Torn lines at the bottom, and the jitter of lines in pixels, from which they are repaired. Noise reaches 0.17."""
DYES = ("cyan", "magenta", "yellow")
DARK, BRIGHT, MOST_LIFT, VISIBLE = 0.12, 0.25, 4.0, 0.04
"""Mean brightness below which a shot is dark, and to which it is lifted; the most that is suggested, and the noise, as
a share of white, that no lift may exceed."""
COMBED, BLOCKY = 0.01, 0.5
"""Values from which interlacing and compression are noted."""


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A stage that a shot seems to need."""

    stage: str
    why: str
    options: dict[str, Any] = field(default_factory=dict)
    """Options of the stage's built-in engine that differ from their defaults."""


def suggested(numbers: Mapping[str, Any], width: float) -> tuple[Suggestion, ...]:
    """The stages that a shot `width` pixels wide with these `ShotAnalysis` numbers seems to need."""
    stages = (_video, _stabilise, _deflicker, _dyes, _clean, _denoise, _tint, _grade)
    return tuple(need for stage in stages for need in stage(numbers, width))


def _video(numbers: Mapping[str, Any], width: float) -> Iterator[Suggestion]:
    why: list[str] = []
    options: dict[str, Any] = {}
    if numbers["line_jitter"] >= JITTER:
        options["time_base"] = True
        why.append(f"lines jitter by {numbers['line_jitter']:.1f} pixels: the time base of videotape was not corrected")
    if numbers["torn_lines"] >= TORN:
        options["torn"] = round(numbers["torn_lines"])
        why.append(f"head switching of videotape tears the lowest {options['torn']} lines")
    if numbers["chroma_shift"]:
        options["chroma"] = [round(numbers["chroma_shift"], 1), 0.0]
        why.append(f"colour lies {numbers['chroma_shift']:+.1f} pixels to the right of brightness")
    for record in ("red", "blue"):
        across, down = numbers[f"{record}_offset"]
        if across or down:
            options[record] = [round(across, 2), round(down, 2)]
            why.append(
                f"the {record} record lies {across:+.2f} pixels to the right of the green one and {down:+.2f} below"
            )
    if numbers["signal"]:
        options["comb"] = numbers["signal"]
        why.append(
            f"colours flash by {numbers['cross_colour']:.1%} on fine detail, as in {numbers['signal'].upper()} video"
        )
    if options:
        yield Suggestion(stage="video", why="; ".join(why), options=options)


def _stabilise(numbers: Mapping[str, Any], width: float) -> Iterator[Suggestion]:
    weave, tremor = numbers["weave"], numbers["tremor"]
    if weave < WEAVE or tremor < max(TREMOR, min(SHARE * weave, SHAKEN * width)):
        return
    why = f"the picture weaves by {weave:.1f} pixels and jumps by {tremor:.1f} from frame to frame"
    options = {}
    # Weave seldom exceeds three times its root mean square.
    if 3 * weave > USUAL * width:
        options["limit"] = round(min(FARTHEST, 3 * weave / width), 3)
        why += f"; the furthest move is raised to {options['limit']:.1%} of the width"
    yield Suggestion(stage="stabilise", why=why, options=options)


def _deflicker(numbers: Mapping[str, Any], width: float) -> Iterator[Suggestion]:
    flicker = numbers["flicker"]
    if flicker < FLICKER:
        return
    why, options = f"brightness jitters by {flicker:.1%}", {}
    if 3 * flicker > 0.35:
        options["limit"] = round(min(0.8, 3 * flicker), 2)
        why += f"; the largest correction is raised to {options['limit']:.0%}"
    yield Suggestion(stage="deflicker", why=why, options=options)


def _dyes(numbers: Mapping[str, Any], width: float) -> Iterator[Suggestion]:
    left = {dye: round(float(numbers[dye]), 2) for dye in DYES}
    if min(left.values()) == 1:
        return
    why = "the dyes have faded: left are " + ", ".join(f"{share:.0%} of the {dye}" for dye, share in left.items())
    yield Suggestion(stage="dyes", why=why, options=dict(left))


def _clean(numbers: Mapping[str, Any], width: float) -> Iterator[Suggestion]:
    dirt, stir, lines, bold = (numbers[name] for name in ("dirt", "stir", "scratches", "bold"))
    mistaken = DIRT + MISTAKEN * stir
    dirty, scratched, dropped = dirt >= mistaken, lines >= SCRATCHED, numbers["dropouts"] >= DROPPED
    if not dirty and not scratched and not dropped and bold < BOLD:
        return
    why: list[str] = []
    options: dict[str, Any] = {}
    if dirty:
        why.append(f"spots of one frame cover {dirt:.3%} of the picture, of which motion explains {mistaken:.3%}")
        if dirt > 20 * mistaken:
            options["strength"] = 0.65
            why.append("so many that faint ones are repaired too")
        elif stir > 0.1:
            options["strength"] = 0.4
            why.append(f"{stir:.0%} of the picture moves fast, so only clear ones are repaired")
    else:
        options["strength"] = 0.2
        why.append(f"spots cover only {dirt:.3%}, {bold:.1f} bold ones a frame, so only clear ones are repaired")
    if scratched:
        why.append(f"vertical lines run through {lines:.0%} of the frames")
    if dropped:
        options["dropouts"] = True
        why.append(f"{numbers['dropouts']:.1f} dropouts of videotape a frame")
    yield Suggestion(stage="clean", why="; ".join(why), options=options)


def _denoise(numbers: Mapping[str, Any], width: float) -> Iterator[Suggestion]:
    noise = numbers["noise"]
    if noise < NOISE:
        return
    yield Suggestion(stage="denoise", why=f"grain has a standard deviation of {noise:.1%} of white")


def _tint(numbers: Mapping[str, Any], width: float) -> Iterator[Suggestion]:
    if numbers["tint"]:
        why = "the film is tinted or toned: restored in grey, it gets back the colours that were measured in it"
        yield Suggestion(stage="tint", why=why, options={"colours": list(numbers["tint"])})


def _grade(numbers: Mapping[str, Any], width: float) -> Iterator[Suggestion]:
    brightness, noise = numbers["brightness"], numbers["noise"]
    lift = min(BRIGHT / max(brightness, 0.01), MOST_LIFT, VISIBLE / max(noise, 1e-3))
    if brightness < DARK and lift > 1.2:
        why = f"the picture is dark, {brightness:.0%} of white on average; `auto` leaves it so"
        yield Suggestion(stage="grade", why=why, options={"lift": round(lift, 1)})


def undone(repeats: Sequence[str]) -> tuple[Suggestion, ...]:
    """What repeated frames suggest, for a stage that is to undo them; `repeats`: the stretches where a rule holds."""
    if not repeats:
        return ()
    why = f"frames repeat by a rule: {', '.join(repeats)}"
    return (Suggestion(stage="interpolate", why=why, options={"repeats": list(repeats)}),)


def lost(jumps: Sequence[Any]) -> tuple[str, ...]:
    """Sentences on the places where frames seem lost; each has `after`, `frames` and `confidence`."""
    return tuple(
        f"about {jump.frames} frame{'s' if jump.frames > 1 else ''} may be lost after frame {jump.after} "
        f"(confidence {jump.confidence:.2f}): look, and decide under lost"
        for jump in jumps
    )


def noted(numbers: Mapping[str, Any]) -> tuple[str, ...]:
    """What is wrong with a shot that no stage repairs, in sentences."""
    notes = []
    if numbers["combing"] > COMBED:
        notes.append(
            f"{numbers['combing']:.1%} of the picture looks like two fields of different moments: if it is, "
            "set fields: tff or bff"
        )
    if numbers["cross_colour"] and not numbers["signal"]:
        notes.append(
            f"colours flash by {numbers['cross_colour']:.1%} on fine detail, to the rhythm of neither NTSC nor PAL"
        )
    if numbers["blockiness"] > BLOCKY:
        notes.append(
            f"steps across the edges of the codec's blocks are {1 + numbers['blockiness']:.1f} times those within"
        )
    if numbers["sharpness"] < 0.03 and numbers["contrast"] > 0.05:
        notes.append("soft: hardly any fine detail")
    return tuple(notes)
