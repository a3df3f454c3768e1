"""Engines: each is one way to do a stage, one file, found by its name.

A file `engines/<stage>/<name>.py` holds one class with a `card` (what it is, as data) and an `Options`
dataclass. Nothing else has to be edited to add one. Heavy imports stay inside methods, so that a card can be
read without torch.

    from answerprint import engines
    upscale = engines.load("upscale", "lanczos", scale=2)
    bigger = upscale(frames)                                    # (n, h, w, c) -> (n, 2h, 2w, c)
    repaired, mask = engines.load("clean", "motion").repair(frames)
"""

from __future__ import annotations

import copy
import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from ..film.enlargement import SQUARE, Enlargement
from ..runtime.errors import FilmError, unknown_name_error
from . import options, windows

Kind = Literal["repair", "enhance", "generate"]
Measures = dict[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Card:
    """What an engine is, readable without loading it."""

    stage: str
    name: str
    kind: Kind | None = None
    """repair: from the film's own pixels; enhance: sharpens what is there; generate: adds what is not; None: none."""
    summary: str
    paper: str
    licence: str
    weights: tuple[str, ...] = ()
    """Names in resources/models.yaml that the default options need."""
    radius: int = 0
    """How many neighbouring frames on either side `run` looks at."""
    measure_radius: int = 0
    """The same for `measure`."""
    measures_shots: bool = False
    """True: `measure` looks across no cut. A cut that is moved then measures its section anew."""
    window: int = 0
    """Frames of a shot that `run` always works on together, counted from its first; 0: any run of frames will do."""
    in_turn: bool = False
    """True: keeps what it knows of frames for those after them, so that its clips are as long as parts. It asks for the
    frames of a clip by their numbers, and each is read then."""
    handle: int = 0
    """How many frames on either side of its window `run` sees; its radius is then window + handle - 1."""
    measured: bool = False
    """True: `measure` runs over the whole film and `plan` over the shot before `run`."""
    measure_options: tuple[str, ...] = ()
    """Options that `measure` depends on: they must be the same for the whole film. With a file of weights among them,
    measuring needs it, and a GPU where `run` would."""
    cost: float = 0.2
    """Seconds of one core a million values (pixels times channels of a frame it reads), roughly, for the forecast."""
    memory: float = 150.0
    """Megabytes a million values of a frame that one of its jobs takes beyond the 250 of any job."""
    multiple: int = 1
    """Width and height handed to `run` are padded to a multiple of this."""
    channels: tuple[int, ...] = (1, 3)
    """Channels of the frames that `run` takes."""
    output_channels: int | None = None
    """Channels of the frames that come out; None: as many as went in."""
    retimes: bool = False
    """True: the film's frames come out at another rate, with in-between frames."""
    needs_any: tuple[str, ...] = ()
    """Options of which at least one must differ from its default, for the film or a shot, or `run` would change no
    frame of the film: the stage is then not measured, and its frames are copied."""
    warning: tuple[str, str] | None = None
    """A statistic, and what the report warns of where it is zero in every frame of a part."""
    gpu: bool = False
    """True: runs on a GPU when the configuration's device says so."""


@dataclass(frozen=True, kw_only=True)
class Element:
    """What another print or scan shows of the frames of a clip, in its own size, place and light."""

    frames: np.ndarray
    """float32, (n, y, x, channels), 0..1, one for each frame of the clip."""
    present: np.ndarray
    """bool, (n,): where it has the frame."""


@dataclass(frozen=True, kw_only=True)
class Clip:
    """Consecutive frames of one shot: those in `core` are to be produced, the others are neighbours."""

    frames: np.ndarray
    """float32, (n, height, width, channels), 0..1 in the source's transfer curve."""
    core: slice
    """For an engine with windows: the frames of one window, or some of them; `frames` holds all, with its handles."""
    first: int = 0
    """The film's frame number of frames[0]."""
    plan: Measures = field(default_factory=dict)
    """What `plan` said about these frames: arrays whose first axis runs over `frames`."""
    depth: int = 16
    """Bits in which the core frames will be stored, for what must hold exactly there."""
    marked: np.ndarray | None = None
    """bool, (n, height, width): what a matte or a person says must be repaired; None: nothing was said."""
    pixel_aspect: Fraction = SQUARE
    """How many times as wide as high the pixels are."""
    elements: tuple[Element, ...] = ()
    """Other prints or scans of the same frames, the preferred one first."""

    @property
    def indices(self) -> range:
        """Positions in `frames` of the frames to be produced."""
        return range(self.core.start, self.core.stop)


@dataclass(frozen=True, kw_only=True)
class Result:
    """The produced frames, which pixels a detector marked, and numbers for the report."""

    frames: np.ndarray
    """float32, (core, height * scale, width * scale, channels)."""
    mask: np.ndarray | None = None
    """bool, (core, height, width): where the engine meant to change a pixel; None: everywhere."""
    statistics: dict[str, np.ndarray] = field(default_factory=dict)
    """One number a core frame, by name."""
    lent: np.ndarray | None = None
    """bool, (core, height, width): which of those pixels are another element's; None: none."""
    confidence: np.ndarray | None = None
    """How sure the engine is of what it added, 0..1, (core, y, x) at any size; None: it does not say."""


def file_option(default: str | tuple[str, ...], *, of_frame: bool = False) -> Any:
    """A field of an Options dataclass that names files: their contents then count as part of the options.

    A string is a weight file, by path or by its name in the registry; a tuple holds pictures as "FRAME=path".
    `of_frame`: such a picture lies over the frame that it names, so that it has the frame's shape.
    """
    return field(default=default, metadata={"file": True, "of_frame": of_frame})


class Engine:
    """Base of every engine: holds its options and device, loads its weights when told to."""

    card: ClassVar[Card]
    Options: ClassVar[type]

    def __init__(self, options: Any = None, *, device: str = "cpu") -> None:
        self.options = options if options is not None else self.Options()
        self.device = device

    def load(self) -> None:
        """Read weights and build networks; called once, before any work."""

    def with_options(self, options: Any) -> Engine:
        """This engine with other options; shares what it has loaded if weights and precision are the same."""
        if options == self.options:
            return self
        other = copy.copy(self)
        other.options = options
        if any(getattr(options, name, None) != getattr(self.options, name, None) for name in ("weights", "precision")):
            other.load()
        return other


class PixelEngine(Engine):
    """An engine that turns frames into frames; its output for a frame depends only on frames within its radius."""

    @property
    def scale(self) -> int:
        """How many times wider and higher the output is, unless it is enlarged to a height."""
        return 1

    @property
    def enlargement(self) -> Enlargement:
        """How large frames become."""
        return Enlargement(scale=self.scale)

    def run(self, clip: Clip) -> Result:
        """The core frames of `clip`, processed."""
        raise NotImplementedError(f"{self.card.name} has no run")

    def in_turn(self, clip: Clip) -> Iterator[Result]:
        """The core frames of `clip`, processed, some at a time; all at once unless an engine says otherwise."""
        yield self.run(clip)

    def measure(self, clip: Clip) -> Measures:
        """What `plan` needs to know about the core frames: arrays whose first axis runs over them."""
        raise NotImplementedError(f"{self.card.name} measures nothing")

    def plan(self, measures: Measures, *, first: int) -> Measures:
        """What `run` needs for each frame of one whole shot; `first` is the film's number of its first frame."""
        raise NotImplementedError(f"{self.card.name} plans nothing")

    def decided(self, measures: Measures, *, first: int) -> list[dict[str, Any]]:
        """What `plan` decided for single things in one whole shot, such as faces: plain values for the record."""
        return []

    def warp_mask(self, clip: Clip) -> np.ndarray:
        """The core frames of `clip`, which are masks, moved as `run` moves the picture: float32 (core, h, w, 1), 0..1.

        Engines that move the picture override this; the others leave every pixel in its place, or enlarge it.
        """
        return clip.frames[clip.core].repeat(self.scale, axis=1).repeat(self.scale, axis=2)

    def clip(
        self,
        frames: np.ndarray,
        first: int = 0,
        marked: np.ndarray | None = None,
        elements: tuple[Element, ...] = (),
    ) -> Clip:
        """A clip of one whole shot, measured and planned if this engine does that."""
        frames = np.ascontiguousarray(frames, np.float32)
        if frames.ndim != 4 or frames.shape[3] not in self.card.channels:
            raise FilmError(
                f"{self.card.stage}/{self.card.name} needs frames of shape (n, h, w, c) "
                f"with c in {self.card.channels}, not {frames.shape}."
            )
        whole = Clip(frames=frames, core=slice(0, len(frames)), first=first, marked=marked, elements=elements)
        plan = self.plan(self.measure(whole), first=first) if self.card.measured else {}
        return dataclasses.replace(whole, plan=plan)

    def __call__(self, frames: np.ndarray) -> np.ndarray:
        """The frames of one shot, processed: float32 (n, h, w, c) -> (n, h * scale, w * scale, c)."""
        return self._whole(self.clip(frames))

    def _whole(self, clip: Clip) -> np.ndarray:
        """The frames of one whole shot, processed; window by window if this engine has windows."""
        if not self.card.window:
            return self.run(clip).frames
        return np.concatenate([self.run(window).frames for window in windows.split(self.card, clip)])

    def repair(self, frames: np.ndarray, marked: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The frames of one shot, processed, and the mask (n, h, w) that is True where a pixel changed.

        `marked`, bool (n, h, w): what a matte or a person says must be repaired.
        """
        repaired = self._whole(self.clip(frames, marked=marked))
        if repaired.shape[1:3] != frames.shape[1:3]:
            raise FilmError(f"{self.card.stage}/{self.card.name} changes the size of frames, so it has no mask.")
        return repaired, (repaired != frames).any(axis=3)


class InBetweenEngine(PixelEngine):
    """An engine that draws frames between two others. Its card `retimes`; a clip holds the two frames."""

    def draw(self, before: np.ndarray, after: np.ndarray, times: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
        """The frames at `times`, 0 < time < 1, between two frames (h, w, c), 0..1, of one shot; and what was held.

        float32 (times, h, w, c), and the share of each frame, float (times,), in which motion was not found, so that
        the nearer of the two frames is shown.
        """
        raise NotImplementedError(f"{self.card.name} draws no frames")

    def betweens(self, before: np.ndarray, after: np.ndarray, times: Sequence[float]) -> np.ndarray:
        """The frames at `times`, 0 < time < 1, between `before` (0) and `after` (1): float32 (times, h, w, c)."""
        before, after = (np.ascontiguousarray(frame, np.float32) for frame in (before, after))
        if before.shape != after.shape:
            raise ValueError(f"frames of shapes {before.shape} and {after.shape} cannot be interpolated")
        return self._drawn(before, after, times)[0]

    def between(self, before: np.ndarray, after: np.ndarray, time: float) -> np.ndarray:
        """The frame at `time`, 0 < time < 1, between `before` (0) and `after` (1): float32 (h, w, c), 0..1."""
        return self.betweens(before, after, [time])[0]

    def run(self, clip: Clip) -> Result:
        """The frames at the moments plan["times"] between the two frames of `clip`.

        Statistics: `in_between`, 1; `held`, the share of the picture that is held; `lost`, plan["lost"]: 1 for a frame
        that takes the place of a lost one.
        """
        times = clip.plan["times"].tolist()
        frames, held = self._drawn(clip.frames[0], clip.frames[1], times)
        lost = clip.plan.get("lost", np.zeros(len(times)))
        return Result(frames=frames, statistics={"in_between": np.ones(len(times)), "held": held, "lost": lost})

    def _drawn(self, before: np.ndarray, after: np.ndarray, times: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
        if np.array_equal(before, after):  # A repeated frame: drawing it again would soften it.
            return np.repeat(before[None], len(times), axis=0), np.zeros(len(times))
        return self.draw(before, after, times)


@lru_cache
def available() -> dict[str, tuple[str, ...]]:
    """The names of all engines by stage, from the folders and files next to this one."""
    folder = Path(__file__).parent
    return {
        stage.name: tuple(sorted(module.name for module in pkgutil.iter_modules([str(stage)]) if module.name[0] != "_"))
        for stage in sorted(folder.iterdir())
        if stage.is_dir() and stage.name[0] != "_"
    }


@lru_cache
def find(stage: str, name: str) -> type[Engine]:
    """The class of one engine. Raises FilmError with the valid names if there is none."""
    if stage not in available():
        raise unknown_name_error("stage", stage, sorted(available()))
    if name not in available()[stage]:
        raise unknown_name_error(f"engine of {stage}", name, available()[stage])
    module = importlib.import_module(f"{__name__}.{stage}.{name}")
    classes = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Engine) and value.__module__ == module.__name__
    ]
    if len(classes) != 1:
        raise TypeError(f"{module.__file__} holds {len(classes)} engines, not one")
    return classes[0]


def load(stage: str, name: str, *, device: str = "cpu", **values: Any) -> Any:
    """One engine with the given options, ready to work."""
    kind = find(stage, name)
    engine = kind(options.read(kind, values), device=device)
    engine.load()
    return engine
