"""What every engine promises, whoever wrote it: found by its file, described by its card, the same by any cut."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import Clip, InBetweenEngine, Kind, PixelEngine, models
from answerprint.engines._weights import NetworkEngine

NAMES = [(stage, name) for stage, names in engines.available().items() for name in names]
GIVEN = [("colorize", "ddcolor")]
"""Engines whose weights a person gives, because no checksum of the published files is known."""
OFFLINE = [
    (stage, name)
    for stage, name in NAMES
    if issubclass(engines.find(stage, name), PixelEngine)
    and not engines.find(stage, name).card.retimes
    and not engines.find(stage, name).card.weights
    and (stage, name) not in GIVEN
]
HEAVY = ("torch", "scipy", "dlib", "whisper", "av", "torchvision", "facenet_pytorch", "spandrel", "pocketsphinx")

every_engine = pytest.mark.parametrize(("stage", "name"), NAMES)
every_picture_engine = pytest.mark.parametrize(("stage", "name"), OFFLINE)


def film(count: int, channels: int, multiple: int = 1) -> np.ndarray:
    """A small damaged film of odd size: a moving disc over texture, with weave, flicker, grain and dirt."""
    height, width = (-(-side // multiple) * multiple for side in (34, 57))
    random = np.random.default_rng(7)
    background = cv2.GaussianBlur(random.random((height + 8, width + 8, 3), np.float32), (0, 0), 1.5)
    background = (background - background.min()) / np.ptp(background)
    frames = []
    for i in range(count):
        dy, dx = random.integers(0, 3, 2)
        frame = background[dy : dy + height, dx : dx + width].copy()
        cv2.circle(frame, (12 + 3 * i, 17), 7, (0.9, 0.5, 0.2), -1)
        frame = frame * (0.8 + 0.1 * np.sin(i)) + random.normal(0, 0.02, frame.shape).astype(np.float32)
        cv2.circle(frame, tuple(int(v) for v in random.integers(4, 30, 2)), 2, (1.0, 1.0, 1.0), -1)
        frames.append(frame[..., :channels])
    return np.clip(np.stack(frames), 0, 1).astype(np.float32)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """OpenCV, and torch if an engine brought it in, with this many threads."""
    before = cv2.getNumThreads()
    torch = sys.modules.get("torch")
    torch_before = torch.get_num_threads() if torch else 0
    cv2.setNumThreads(count)
    if torch:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
        if torch:
            torch.set_num_threads(torch_before)


def in_blocks(engine: PixelEngine, frames: np.ndarray, lengths: list[int]) -> tuple[np.ndarray, ...]:
    """Frames and mask as the workflow makes them: measured and applied part by part, planned over the shot."""
    edges = np.cumsum([0, *lengths])
    spans = [(int(a), int(b)) for a, b in itertools.pairwise(edges)]

    def around(start: int, stop: int, radius: int) -> tuple[Clip, slice]:
        low, high = max(0, start - radius), min(len(frames), stop + radius)
        return Clip(frames=frames[low:high].copy(), core=slice(start - low, stop - low), first=low), slice(low, high)

    plan: dict[str, np.ndarray] = {}
    if engine.card.measured:
        pieces = [engine.measure(around(a, b, engine.card.measure_radius)[0]) for a, b in spans]
        plan = engine.plan({key: np.concatenate([p[key] for p in pieces]) for key in pieces[0]}, first=0)
    done = []
    for a, b in spans:
        clip, covered = around(a, b, engine.card.radius)
        done.append(engine.run(dataclasses.replace(clip, plan={key: value[covered] for key, value in plan.items()})))
    masks = [result.mask for result in done if result.mask is not None]
    return np.concatenate([result.frames for result in done]), *([np.concatenate(masks)] if masks else [])


@every_engine
def test_the_card_is_complete_and_belongs_to_its_file(stage: str, name: str) -> None:
    kind = engines.find(stage, name)
    card = kind.card
    assert (card.stage, card.name) == (stage, name)
    assert card.summary and card.paper and card.licence
    assert card.kind in (None, *get_args(Kind))
    assert (card.kind is not None) == (issubclass(kind, PixelEngine))
    assert card.radius >= 0 and card.measure_radius >= 0 and card.multiple >= 1
    assert card.radius == card.window + card.handle - 1 if card.window else card.handle == 0
    assert card.channels and set(card.channels) <= {1, 3}
    for weights in card.weights:
        assert models.find(weights).engine == f"{stage}/{name}"
    if issubclass(kind, PixelEngine):
        assert kind.run is not PixelEngine.run
        assert card.measured == (kind.plan is not PixelEngine.plan) == (kind.measure is not PixelEngine.measure)


@every_engine
def test_options_are_frozen_documented_and_have_defaults(stage: str, name: str) -> None:
    kind = engines.find(stage, name).Options
    assert engines.options.read(engines.find(stage, name)) == kind()
    assert vars(kind)["__dataclass_params__"].frozen and all(field.kw_only for field in dataclasses.fields(kind))
    tree = ast.parse(inspect.getsource(sys.modules[kind.__module__]))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == kind.__name__)
    for field, below in zip(body, [*body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign):
            explained = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            assert explained, f"{ast.unparse(field)} has no line that explains it"


@every_engine
def test_an_unknown_option_is_refused_by_name(stage: str, name: str) -> None:
    with pytest.raises(engines.FilmError, match="colour_of_money"):
        engines.options.read(engines.find(stage, name), {"colour_of_money": 1})


@every_engine
def test_weights_are_an_option_that_names_a_file(stage: str, name: str, tmp_path: Path) -> None:
    kind = engines.find(stage, name)
    if not any(option.name == "weights" for option in dataclasses.fields(kind.Options)):
        pytest.skip(f"{stage}/{name} reads no weights")
    assert issubclass(kind, NetworkEngine)
    if (stage, name) in GIVEN:
        with pytest.raises(engines.FilmError, match="no weight file"):
            engines.options.files(kind, {})
    else:
        assert engines.options.files(kind, {}, {"weights"}) == [str(models.place(kind.Options().weights))]
    assert set(kind.card.weights) <= {kind.Options().weights}
    chosen = tmp_path / "chosen.pth"
    chosen.touch()
    assert engines.options.files(kind, {"weights": str(chosen)}, {"weights"}) == [str(chosen)]
    with pytest.raises(engines.FilmError, match=r"weights of .* is empty"):
        engines.options.read(kind, {"weights": ""})
    with pytest.raises(engines.FilmError, match="damaged"):
        engines.load(stage, name, weights=str(chosen))


@pytest.mark.parametrize(
    "references", [("3=a.png", "12 = ~/b.png"), ["3=a.png", "12=~/b.png"], {3: "a.png", 12: "~/b.png"}]
)
def test_pictures_that_options_name_are_files_of_the_engine(references: Any) -> None:
    values = {"references": references, "hints": ["1:0.5,0.5,#ff0000"]}
    engine = engines.find("colorize", "hints")
    assert engines.options.files(engine, values) == ["a.png", str(Path.home() / "b.png")]
    whole = engines.options.read(engine, values)
    assert engines.options.files(engine, whole) == ["a.png", str(Path.home() / "b.png")]


def test_options_without_files_name_none() -> None:
    assert engines.options.files(engines.find("clean", "motion"), {"strength": 0.7}) == []
    assert engines.options.files(engines.find("colorize", "hints"), {}) == []


def test_reading_the_cards_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom answerprint import engines\n"
        "for stage, names in engines.available().items():\n"
        "    for name in names:\n"
        "        engines.find(stage, name)\n"
        f"        heavy = [m for m in {HEAVY!r} if m in sys.modules]\n"
        "        assert not heavy, f'{stage}/{name} imports {heavy}'\n"
    )
    library = Path(engines.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=library, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@every_picture_engine
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_frames_keep_their_count_type_size_and_range(stage: str, name: str, channels: int, count: int) -> None:
    engine = engines.load(stage, name)
    if channels not in engine.card.channels:
        pytest.skip(f"{stage}/{name} takes {engine.card.channels} channels")
    frames = film(count, channels, engine.card.multiple)
    original = frames.copy()
    clip = engine.clip(frames)
    result = engine.run(clip)
    height, width = frames.shape[1:3]
    assert np.array_equal(frames, original), "the input was changed"
    assert np.array_equal(clip.frames, original), "the clip was changed"
    assert result.frames.dtype == np.float32
    assert result.frames.shape[:3] == (count, height * engine.scale, width * engine.scale)
    assert result.frames.shape[3] in (engine.card.output_channels or channels, channels)
    assert np.isfinite(result.frames).all()
    # Pictures are clipped only when they are written: what is lifted or sharpened may pass white until then.
    assert result.frames.min() > -0.5 and result.frames.max() < 1.5
    for key, values in result.statistics.items():
        assert np.shape(values) == (count,) and np.isfinite(values).all(), key
    if result.mask is not None:
        assert result.mask.dtype == bool and result.mask.shape == (count, height, width)
        assert np.array_equal(*(np.broadcast_to(x, result.frames.shape)[~result.mask] for x in (result.frames, frames)))
    for key, values in clip.plan.items():
        assert len(values) == count, key


@every_picture_engine
@pytest.mark.parametrize("count", [1, 2, 9])
def test_a_plan_does_not_depend_on_neighbouring_shots(stage: str, name: str, count: int) -> None:
    engine = engines.load(stage, name)
    if not engine.card.measured:
        pytest.skip(f"{stage}/{name} plans nothing")
    shot = film(count, engine.card.channels[0])
    plans = []
    for other in (shot[:1] * 0.3, 1 - shot[-1:], None):
        frames = shot if other is None else np.concatenate([other, shot, other])
        start = 0 if other is None else 1
        measures = engine.measure(Clip(frames=frames, core=slice(start, start + count), first=4 - start))
        plans.append(engine.plan(measures, first=4))
    for plan in plans[1:]:
        for key, values in plan.items():
            np.testing.assert_array_equal(values, plans[0][key], err_msg=key)


@every_picture_engine
def test_pixels_do_not_depend_on_parts_or_threads(stage: str, name: str) -> None:
    engine = engines.load(stage, name)
    frames = film(9, max(engine.card.channels), engine.card.multiple)
    with threads(1):
        whole = in_blocks(engine, frames, [9])
    assert np.array_equal(whole[0], engine(frames))
    with threads(2):
        parts = in_blocks(engines.load(stage, name), frames, [1, 4, 2, 2])
    for one, other in zip(whole, parts, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("name", engines.available().get("interpolate", ()))
def test_an_interpolator_draws_between_frames_instead_of_running_over_them(name: str) -> None:
    kind = engines.find("interpolate", name)
    assert issubclass(kind, InBetweenEngine) and kind.card.retimes
    if kind.card.weights:
        pytest.skip(f"interpolate/{name} needs weights that are not part of the repository")
    engine = engines.load("interpolate", name)
    for channels in (1, 3):
        a, b = film(2, channels)
        middle = engine.between(a, b, 0.5)
        assert middle.shape == a.shape and middle.dtype == np.float32
        assert np.isfinite(middle).all() and middle.min() >= 0 and middle.max() <= 1
        assert np.array_equal(engine.between(a, a, 0.5), a)
