"""Whose portraits may lend detail, and to which face: only to one that is the same person, seen from the same side."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...film import picture_file
from ...frames import optical_flow
from ...runtime.errors import FilmError
from ...runtime.text import one_line
from .. import file_option
from ._likeness import Witness
from ._options import FaceOptions
from ._patch import Patch, blurred, cut
from ._portrait import Portrait, agreement, bending, fitted, laid, view
from ._quality import Condition, condition
from ._seen import Seen

SAME = (0.3, 20.0)
"""Largest distance of descriptors at which a face and a portrait made as blurred are one person, where at least so many
blurs lie across the face; with fewer it falls in proportion. Blurred to 22 across, the nearest of 304 pairs of
strangers was 0.33 away; five people of the same lens lay within 0.26, others in another pose at 0.34 and more."""
NARROWEST = 40
"""Pixels across a face below which the descriptor cannot tell whose it is."""
CLEAR = 0.06
"""By how much the next person must be further away."""
AGREES = 0.8
"""Correlation of a face and a portrait that nine tenths of the face must reach: less shows another side, or light."""
BENT = 0.5
"""Most that the way to the portrait may bend from pixel to pixel in nine tenths of the face: to none of those strangers
it was below 0.6, to the same person from the same side up to 0.4."""
MOSTLY = 0.75
"""Share of the looks at a face in which the same person must be the nearest."""
LEAST = (48, 40.0)
"""Pixels across the face of a portrait, and blurs, below which it has no detail to lend."""


@dataclass(frozen=True, kw_only=True)
class PortraitOptions(FaceOptions):
    """Whose portraits there are, and within which limits they lend."""

    portraits: tuple[str, ...] = file_option(())
    """Sharp pictures of people in the film, each with one face, as "NAME=path", several for one person if there are;
    or folders of NAME.jpg or NAME/*.jpg, such as the film's cast. The same for the whole film."""

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "portraits", tuple(one for text in self.portraits for one in _written(str(text))))

    def people(self) -> list[tuple[str, Path]]:
        """The name and path of each portrait."""
        pairs = (text.partition("=") for text in self.portraits)
        return [(one_line(name), Path(path.strip()).expanduser()) for name, _, path in pairs]


def _written(text: str) -> list[str]:
    """The portraits that an entry names, as "NAME=path". Raises ValueError for one that names none."""
    if "=" in text:
        return [text]
    written = [f"{name}={path}" for name, path in picture_file.portraits(Path(text).expanduser())]
    if not written:
        raise ValueError(f"portraits has {text!r}, which is neither NAME=path nor a folder of pictures")
    return written


def read(options: PortraitOptions, witness: Witness) -> list[Portrait]:
    """The portraits. Raises FilmError for one that cannot lend: unreadable, without one face, small or blurred."""
    return [_read(person, path, witness) for person, path in options.people()]


def _read(person: str, path: Path, witness: Witness) -> Portrait:
    picture = picture_file.read_rgb(path)
    if picture is None:
        raise FilmError(
            f"The portrait {path} cannot be read as a picture.", "Check its path in stages.faces.portraits."
        )
    grey = optical_flow.luma(picture.astype(np.float32) / 255)
    faces = witness.detector(grey[..., None])
    if len(faces) != 1:
        raise FilmError(f"The portrait {path} shows {len(faces)} faces.", f"Crop it to {person} alone.")
    landmarks = np.array(faces[0].landmarks)
    patch = cut(grey[..., None], np.array(faces[0].box), landmarks)
    blur = condition(patch).blur if patch else 0.0
    portrait = Portrait(person=person, luma=grey, box=faces[0].box, landmarks=landmarks, blur=blur)
    if patch is None or portrait.width < LEAST[0] or portrait.width < LEAST[1] * blur:
        raise FilmError(
            f"The portrait {path} has no detail to lend: its face is {portrait.width:.0f} pixels wide and blurred by "
            f"{blur:.1f}.",
            f"Take one of {LEAST[0]} pixels at least, and sharp.",
        )
    return portrait


@dataclass(frozen=True, kw_only=True, eq=False)
class Sitting:
    """A face in one frame beside one portrait."""

    number: int
    """Of the portrait."""
    flow: np.ndarray
    """From the face to the portrait, in pixels of their view."""
    blur: float
    """Of the face, as the portrait shows it, pixels."""
    distance: float
    """Of the descriptors, the portrait made as blurred."""
    alike: float
    """Correlation that nine tenths of the face reach."""
    bent: float
    """By how much the way to the portrait bends from pixel to pixel in nine tenths of the face, at most."""


def sit(patch: Patch, state: Condition, portraits: list[Portrait], witness: Witness) -> list[Sitting]:
    """A face beside each portrait."""
    own = witness.describe(patch, patch.luma)
    return [_sat(number, one, patch, state, (own, witness)) for number, one in enumerate(portraits)]


def _sat(
    number: int, portrait: Portrait, patch: Patch, state: Condition, described: tuple[np.ndarray, Witness]
) -> Sitting:
    """A face, described already, compared with a portrait."""
    both = view(portrait, patch)
    flow, softening = fitted(both, portrait.softening(patch, state.blur) * both.scale)
    _, alike = agreement(both, flow, softening)
    softer = softening / both.scale
    # As laid by five landmarks: bent to the face, a stranger would come near.
    face, witness = described
    other = witness.describe(patch, blurred(laid(portrait, patch), softer))
    own = portrait.blur * patch.width / portrait.width
    return Sitting(
        number=number,
        flow=flow,
        blur=float(np.hypot(softer, own)),
        distance=float(np.linalg.norm(face - other)),
        alike=float(np.quantile(alike[both.inside], 0.1)) if both.inside.any() else 0.0,
        bent=float(np.quantile(bending(flow)[both.inside], 0.9)) if both.inside.any() else np.inf,
    )


@dataclass(frozen=True, kw_only=True)
class Sitter:
    """Whose portrait lends to a face along its track, or why none does."""

    number: int = -1
    """Of the portrait; -1 where none lends."""
    person: str = ""
    file: str = ""
    distance: float = float("nan")
    blur: float = 0.0
    """Of the face along its track, as the portrait shows it, pixels."""
    why: str = ""

    def row(self) -> dict[str, Any]:
        """As plain values for the record."""
        return {"person": self.person, "file": self.file, "distance": round(self.distance, 3)}


NOBODY = Sitter()


def limit(width: float, blur: float) -> float:
    """The largest distance of one person's descriptors for a face of so many pixels, blurred by so many."""
    return SAME[0] * min(1.0, width / max(blur, 1e-6) / SAME[1])


def sitter(seen: Seen, options: FaceOptions, width: float) -> Sitter:
    """The portrait that lends to a track of that width, pixels, from all looks at it; or `NOBODY` with the reason."""
    if not isinstance(options, PortraitOptions) or not options.portraits:
        return NOBODY
    numbers = seen.of("portrait").astype(int)
    looks = numbers >= 0
    if width < NARROWEST:
        return Sitter(why="too small to tell whose it is")
    if not looks.any():
        return Sitter(why="it was not compared with the portraits")
    people = options.people()
    person, times = Counter(people[number][0] for number in numbers[looks]).most_common(1)[0]
    own = np.array([number >= 0 and people[number][0] == person for number in numbers])
    number = Counter(numbers[own].tolist()).most_common(1)[0][0]
    distance, blur = float(seen.of("distance")[own].mean()), float(np.median(seen.of("soft")[own]))
    most, next_one = limit(width, blur), float(seen.of("next_distance")[own].mean())
    if times < MOSTLY * looks.sum():
        return Sitter(why="no portrait is the nearest throughout")
    if distance > most:
        return Sitter(why=f"no portrait is of this person: {person} is {distance:.2f} away, {most:.2f} at most")
    if next_one - distance < CLEAR:
        return Sitter(why=f"{person} and another are equally near")
    if float(np.median(seen.of("alike")[own])) < AGREES or float(np.median(seen.of("bent")[own])) > BENT:
        return Sitter(why=f"the portrait of {person} shows another side or light")
    return Sitter(number=number, person=person, file=people[number][1].name, distance=distance, blur=blur)
